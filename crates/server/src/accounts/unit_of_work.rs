//! A unit of work: one account, the decisions on it, and everything that is written with them.

use super::error::AccountError;
use super::lock::AccountLock;
use crate::store::{
    AccountRecord, Change, ChangeNotice, Chore, ChoreKind, CustomerRecord, Deletion, EntryRecord,
    IdempotencyRecord, OpenedCheckout, PurchaseRecord, RefundDueRecord,
};
use jiff::Timestamp;
use tokenwell_ledger::{self as ledger, Catalogue, Command, Outcome, Refusal};
use uuid::Uuid;

/// A change of one account while it is decided. `Accounts::commit` writes it. A dropped unit of work changes nothing.
pub struct UnitOfWork<'a> {
    catalogue: &'a Catalogue,
    record: AccountRecord,
    change: Change,
    is_changed: bool,
    /// The name of the service key of the back end that the next commands are of.
    service_key: Option<String>,
    lock: Option<AccountLock>,
}

/// The result of a unit of work.
pub struct FinishedWork {
    /// The account as it will be once the change is written.
    pub record: AccountRecord,
    /// The change; `None` if there is nothing to write.
    pub change: Option<Change>,
    /// Dropped after the change is written.
    pub lock: Option<AccountLock>,
}

impl<'a> UnitOfWork<'a> {
    /// Begins a change of an account at an instant of the ledger's clock.
    ///
    /// # Errors
    /// [`AccountError::Deleted`]
    pub fn begin(
        record: AccountRecord,
        catalogue: &'a Catalogue,
        now: Timestamp,
    ) -> Result<Self, AccountError> {
        if record.deleted_at.is_some() {
            return Err(AccountError::Deleted);
        }
        let change = Change {
            account: record.id.clone(),
            revision: record.revision,
            state: record.state.clone(),
            deletion: None,
            customer: None,
            entries: Vec::new(),
            purchases: Vec::new(),
            holds: Vec::new(),
            checkouts: Vec::new(),
            subscriptions: Vec::new(),
            refunds_due: Vec::new(),
            chores: Vec::new(),
            notices: Vec::new(),
            idempotency_records: Vec::new(),
            at: now,
        };
        Ok(Self { catalogue, record, change, is_changed: false, service_key: None, lock: None })
    }

    /// Adds the account's lock, which is released after the change is written.
    #[must_use]
    pub fn under(self, lock: AccountLock) -> Self {
        Self { lock: Some(lock), ..self }
    }

    /// The account's state, with the change.
    pub fn state(&self) -> &ledger::Account {
        &self.change.state
    }

    /// The account's customer at Stripe.
    pub fn customer(&self) -> Option<&CustomerRecord> {
        self.record.customer.as_ref()
    }

    /// When the account was opened, by the ledger's clock.
    pub fn opened_at(&self) -> Timestamp {
        self.record.opened_at
    }

    /// The time of the decision, by the ledger's clock.
    pub fn now(&self) -> Timestamp {
        self.change.at
    }

    /// Whether the unit has changes to write.
    pub fn is_changed(&self) -> bool {
        self.is_changed
    }

    /// The balance with the change.
    pub fn balance(&self) -> ledger::Balance {
        ledger::balance(&self.change.state, self.catalogue, self.change.at)
    }

    /// Applies a command by the rules. A refusal changes nothing.
    ///
    /// # Errors
    /// If an entry cannot be encoded.
    pub fn apply(&mut self, command: Command) -> Result<Result<Outcome, Refusal>, AccountError> {
        let decided = ledger::decide(&self.change.state, self.catalogue, command, self.change.at);
        let decision = match decided {
            Ok(decision) => decision,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if decision.account != self.change.state {
            if decision.account.version() != self.change.state.version() {
                self.notify(ChangeNotice::Balance);
            }
            for entry in &decision.entries {
                let service_key = self.service_key.clone();
                self.change.entries.push(EntryRecord { service_key, ..EntryRecord::of(entry)? });
            }
            self.change.state = decision.account;
            self.is_changed = true;
        }
        Ok(Ok(decision.outcome))
    }

    /// From here on, entries carry the name of this service key, or none.
    pub fn name_service_key(&mut self, name: Option<&str>) {
        self.service_key = name.map(str::to_owned);
    }

    /// Applies what is due by now: renewals, the daily allowance, expired holds.
    ///
    /// # Errors
    /// If the rules refuse, or an entry cannot be encoded.
    pub fn catch_up(&mut self) -> Result<(), AccountError> {
        self.apply(Command::CatchUp)??;
        Ok(())
    }

    /// Stores a new or changed purchase.
    pub fn put_purchase(&mut self, purchase: PurchaseRecord) {
        // Streams push a purchase only once there is a checkout.
        if purchase.session.is_some() {
            self.notify(ChangeNotice::Purchase(purchase.id.clone()));
        }
        self.change.purchases.retain(|other| other.id != purchase.id);
        self.change.purchases.push(purchase);
        self.is_changed = true;
    }

    /// Stores which account a hold belongs to.
    pub fn put_hold(&mut self, id: String) {
        self.change.holds.push(id);
        self.is_changed = true;
    }

    /// Schedules look-ups of a Checkout session that was opened.
    pub fn poll_checkout(&mut self, checkout: OpenedCheckout) {
        self.change.checkouts.push(checkout);
        self.is_changed = true;
    }

    /// Schedules look-ups of a subscription, the first at a real time unless some are scheduled. `None` ends them.
    pub fn poll_subscription(&mut self, id: String, first_check: Option<Timestamp>) {
        self.change.subscriptions.push((id, first_check));
        self.is_changed = true;
    }

    /// Makes this the account's customer at Stripe, unless it has one or the customer is another account's.
    pub fn bring_customer(&mut self, customer: CustomerRecord) {
        self.change.customer = Some(customer);
        self.is_changed = true;
    }

    /// The payments that this change lists for refund.
    pub fn refunds_due(&self) -> &[RefundDueRecord] {
        &self.change.refunds_due
    }

    /// Lists a payment that granted nothing for refund.
    pub fn list_refund_due(&mut self, refund: RefundDueRecord) {
        self.change.refunds_due.push(refund);
        self.is_changed = true;
    }

    /// Enqueues a call to Stripe to make after the commit.
    pub fn enqueue_chore(&mut self, kind: ChoreKind, object: String) {
        self.change.chores.push(Chore { id: Uuid::now_v7().to_string(), kind, object, attempts: 0 });
        self.is_changed = true;
    }

    /// Writes a row that event streams push from.
    pub fn notify(&mut self, notice: ChangeNotice) {
        if !self.change.notices.contains(&notice) {
            self.change.notices.push(notice);
        }
        self.is_changed = true;
    }

    /// Marks the account as deleted. Access tokens that were issued up to an instant of real time are invalid then.
    pub fn delete(&mut self, at: Timestamp) {
        self.change.deletion = Some(Deletion { at, former: self.change.state.former() });
        self.notify(ChangeNotice::AccountDeleted);
    }

    /// Stores a response under an idempotency key.
    pub fn put_idempotency_record(&mut self, record: IdempotencyRecord) {
        self.change.idempotency_records.push(record);
        self.is_changed = true;
    }

    /// Ends the decision.
    pub fn finish(mut self) -> FinishedWork {
        if !self.is_changed {
            return FinishedWork { record: self.record, change: None, lock: self.lock };
        }
        self.record.revision += 1;
        self.record.state.clone_from(&self.change.state);
        FinishedWork { record: self.record, change: Some(self.change), lock: self.lock }
    }
}
