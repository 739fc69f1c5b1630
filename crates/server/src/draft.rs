//! A change of one account while it is being decided: read, decided by the rules, written whole.

use crate::App;
use crate::metrics;
use crate::problem::{Answer, Failure};
use crate::request::{Identity, Reply};
use crate::store::{
    AccountRecord, Change, ChangeNotice, Chore, ChoreKind, IdempotencyRecord, PurchaseRecord,
    RefundDueRecord, StoreError,
};
use crate::together::Turn;
use crate::translate;
use jiff::Timestamp;
use tokenwell_ledger as ledger;
use tokenwell_wire as wire;
use uuid::Uuid;

/// How often a change is decided anew because another came first. Within an instance changes of an account take turns;
/// between instances each round is won by one of them, so that many are needed on an account that all of them write to.
const TRIES: u32 = 100;

/// Why an attempt at a change ended.
#[derive(Debug)]
pub enum Stop {
    /// Another change came first: read again and decide anew.
    Again,
    /// For good.
    Failed(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Again,
            failed @ (StoreError::Overloaded | StoreError::Unavailable(_) | StoreError::Failed(_)) => {
                Self::Failed(failed.into())
            }
        }
    }
}

/// Makes attempts until one is not overtaken by another change.
pub async fn attempts<T, F: Future<Output = Result<T, Stop>>>(mut attempt: impl FnMut() -> F) -> Answer<T> {
    for _ in 0..TRIES {
        match attempt().await {
            Ok(done) => return Ok(done),
            Err(Stop::Failed(failure)) => return Err(failure),
            Err(Stop::Again) => {}
        }
    }
    Err(StoreError::Conflict.into())
}

/// A change of one account while it is being decided. Dropped without [`Draft::commit`], it changes nothing.
pub struct Draft<'a> {
    app: &'a App,
    record: AccountRecord,
    change: Change,
    dirty: bool,
    turn: Option<Turn>,
}

impl<'a> Draft<'a> {
    /// Waits for the account's turn and reads it.
    ///
    /// # Errors
    /// 404 if there is no such account, 410 if it was deleted.
    pub async fn open(app: &'a App, account: &str) -> Answer<Draft<'a>> {
        let turn = app.turns.place(account).turn().await;
        let record = app.store.account(account).await?.ok_or_else(|| Failure::not_found("account"))?;
        let draft = Self::on(app, record)?;
        Ok(Self { turn: Some(turn), ..draft })
    }

    /// A change of an account as it is known to whoever has its turn.
    ///
    /// # Errors
    /// 410 if it was deleted.
    pub fn on(app: &'a App, record: AccountRecord) -> Answer<Draft<'a>> {
        if record.deleted_at.is_some() {
            return Err(Failure::account_deleted());
        }
        let change = Change {
            account: record.id.clone(),
            revision: record.revision,
            state: record.state.clone(),
            deleted_at: None,
            entries: Vec::new(),
            purchases: Vec::new(),
            holds: Vec::new(),
            checkouts: Vec::new(),
            subscriptions: Vec::new(),
            refunds_due: Vec::new(),
            chores: Vec::new(),
            notices: Vec::new(),
            idempotency_records: Vec::new(),
            at: app.clock.now(),
        };
        Ok(Self { app, record, change, dirty: false, turn: None })
    }

    /// The account by the rules, as the change leaves it.
    pub fn state(&self) -> &ledger::Account {
        &self.change.state
    }

    /// What else is known of the account.
    pub fn record(&self) -> &AccountRecord {
        &self.record
    }

    /// The time that is decided by.
    pub fn now(&self) -> Timestamp {
        self.change.at
    }

    /// Lets the rules decide; a refusal leaves the draft as it was.
    pub fn apply(&mut self, command: ledger::Command) -> Answer<Result<ledger::Outcome, ledger::Refusal>> {
        let decided = ledger::decide(&self.change.state, &self.app.catalogue, command, self.change.at);
        let decision = match decided {
            Ok(decision) => decision,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if decision.account != self.change.state {
            if decision.account.version() != self.change.state.version() {
                self.tell(ChangeNotice::Balance);
            }
            self.change.entries.extend(translate::entry_records(&decision.entries)?);
            self.change.state = decision.account;
            self.dirty = true;
        }
        Ok(Ok(decision.outcome))
    }

    /// Applies what is due by now: renewals, the day's tokens, holds that expired.
    pub fn catch_up(&mut self) -> Answer<()> {
        match self.apply(ledger::Command::CatchUp)? {
            Ok(_) => Ok(()),
            Err(refusal) => Err(translate::refusal(&refusal)),
        }
    }

    /// The balance as the change leaves it.
    pub fn balance(&self) -> wire::Balance {
        translate::balance(&ledger::balance(&self.change.state, &self.app.catalogue, self.change.at))
    }

    /// Keeps a purchase that was made or changed.
    pub fn put_purchase(&mut self, purchase: PurchaseRecord) {
        // Until there is somewhere to pay, there is nothing to tell.
        if purchase.session.is_some() {
            self.tell(ChangeNotice::Purchase(purchase.id.clone()));
        }
        self.change.purchases.retain(|other| other.id != purchase.id);
        self.change.purchases.push(purchase);
        self.dirty = true;
    }

    /// Remembers whose hold it is.
    pub fn put_hold(&mut self, id: String) {
        self.change.holds.push(id);
        self.dirty = true;
    }

    /// Has a Checkout session looked up, first at the given real time.
    pub fn watch_checkout(&mut self, session: String, first_check: Timestamp) {
        self.change.checkouts.push((session, first_check));
        self.dirty = true;
    }

    /// Has a subscription looked up, first at the given real time if it is new here; never again once it has ended.
    pub fn watch_subscription(&mut self, id: String, first_check: Option<Timestamp>) {
        self.change.subscriptions.push((id, first_check));
        self.dirty = true;
    }

    /// Payments that this change lists for refund.
    pub fn refunds_due(&self) -> &[RefundDueRecord] {
        &self.change.refunds_due
    }

    /// Lists a payment that granted nothing.
    pub fn list_refund_due(&mut self, refund: RefundDueRecord) {
        self.change.refunds_due.push(refund);
        self.dirty = true;
    }

    /// Leaves something to do at Stripe once this is committed.
    pub fn leave_chore(&mut self, kind: ChoreKind, object: String) {
        self.change.chores.push(Chore { id: Uuid::now_v7().to_string(), kind, object, attempts: 0 });
        self.dirty = true;
    }

    /// Tells the account's streams.
    pub fn tell(&mut self, notice: ChangeNotice) {
        if !self.change.notices.contains(&notice) {
            self.change.notices.push(notice);
        }
        self.dirty = true;
    }

    /// Marks the account deleted, at a real time.
    pub fn delete(&mut self, at: Timestamp) {
        self.change.deleted_at = Some(at);
        self.tell(ChangeNotice::AccountDeleted);
    }

    /// The answer that this request got before, if it was sent before.
    ///
    /// # Errors
    /// `idempotency_key_reused` if the key came with another body.
    pub async fn kept(&self, identity: &Identity) -> Result<Kept, Stop> {
        let Some(kept) = self.app.store.idempotency_record(&identity.scope).await? else {
            return Ok(Kept::Nothing);
        };
        Ok(match (identity.answer_of(&kept)?, kept.purchase) {
            (Some(reply), _) => Kept::Reply(reply),
            (None, Some(purchase)) => Kept::UnderWay { purchase },
            (None, None) => Kept::Nothing,
        })
    }

    /// Keeps the answer to a request.
    pub fn keep(&mut self, answer: IdempotencyRecord) {
        self.change.idempotency_records.push(answer);
        self.dirty = true;
    }

    /// Writes the change, if there is one, and wakes whoever waits for it.
    pub async fn commit(self) -> Result<(), Stop> {
        self.leave().await.map(drop)
    }

    /// Commits, and returns the account as it is then.
    pub async fn leave(mut self) -> Result<AccountRecord, Stop> {
        if !self.dirty {
            return Ok(self.record);
        }
        self.app.remembered.forget(&self.record.id);
        let (streams, work) = (!self.change.notices.is_empty(), self.leaves_work());
        let written = metrics::tally(&self.change.entries);
        self.record.revision += 1;
        self.record.state.clone_from(&self.change.state);
        self.app.store.commit(self.change).await.inspect_err(|error| {
            if matches!(error, StoreError::Conflict) {
                self.app.metrics.conflicts.inc();
            }
        })?;
        self.app.metrics.written(&written);
        if streams {
            self.app.streams.wake(&self.record.id);
        }
        if work {
            self.app.work.notify_one();
        }
        drop(self.turn);
        Ok(self.record)
    }

    fn leaves_work(&self) -> bool {
        !self.change.chores.is_empty()
            || !self.change.checkouts.is_empty()
            || !self.change.subscriptions.is_empty()
    }
}

/// What is kept under an idempotency key.
#[derive(Debug)]
pub enum Kept {
    /// The request is new.
    Nothing,
    /// It was answered.
    Reply(Reply),
    /// Its purchase was made, but it was not answered.
    UnderWay {
        /// The purchase.
        purchase: String,
    },
}
