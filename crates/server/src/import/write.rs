//! One line against the database, and into it.

use super::line::{Line, LotLine};
use super::summary::Outcome;
use crate::http::auth::keyed_hash::{external_key, subject_key};
use crate::store::{
    Charged, Email, EntryRecord, ExternalId, ImportedRows, Naming, OpenedAccount, PurchaseRecord,
    PurchaseStatus, Store, StoreError, StoreResult, Subject, SubjectKey,
};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use tokenwell_ledger::{
    self as ledger, Account, AccountId, Catalogue, Command, Currency, Import, ImportedLot,
    ImportedSubscription, LotId, Minor, Money, PlanId, SubscriptionId, Tokens,
};
use uuid::Uuid;

/// The id and name of the pack of imported lots.
const PACK: (&str, &str) = ("imported", "Imported");
/// Subscriptions are looked up at Stripe one after the other, so many per second. Stripe allows a multiple of the calls.
const LOOK_UPS_PER_SECOND: u64 = 10;

/// What a line is compared with and written to.
pub struct Destination {
    /// The database.
    pub store: Arc<dyn Store>,
    /// Plans and packs.
    pub catalogue: Catalogue,
    /// The key of the hashes.
    pub secret: Vec<u8>,
    /// The issuer's name, and those that it had before.
    pub issuers: Vec<String>,
    /// The time of the ledger's clock.
    pub now: Timestamp,
}

/// Where a line stands.
pub enum Standing {
    /// It is to be written.
    New,
    /// It was written, and what became of it.
    Settled(Outcome),
    /// It cannot be written.
    Refused(String),
}

impl Destination {
    fn external_id(&self, line: &Line) -> ExternalId {
        let id = line.external_id.clone();
        ExternalId { key: external_key(&self.secret, &id), id }
    }

    /// The hashes of the subject, the first under the name that the issuer has now.
    fn subject_keys(&self, line: &Line) -> Vec<SubjectKey> {
        let issuers = self.issuers.iter().filter(|_| line.subject.is_some());
        let subject = line.subject.as_deref().unwrap_or_default();
        issuers.map(|issuer| subject_key(&self.secret, issuer, subject)).collect()
    }

    /// Where a line stands.
    pub async fn standing(&self, line: &Line, digest: [u8; 32]) -> StoreResult<Standing> {
        let external = self.external_id(line);
        let refused = |why: &str| Ok(Standing::Refused(why.to_owned()));
        match self.store.import_of_external_id(&external.id).await? {
            Some(Some(known)) if known == digest => return Ok(Standing::Settled(Outcome::Known)),
            Some(Some(_)) => return refused("it was imported before, and says something else now"),
            Some(None) => return refused("its `external_id` has an account that was not imported"),
            None if self.store.former_of_external_id(external.key).await?.is_some() => {
                return Ok(Standing::Settled(Outcome::Deleted));
            }
            None => {}
        }
        for key in self.subject_keys(line) {
            if self.store.subject_and_account(key).await?.1.is_some() {
                return refused("its `subject` has an account already");
            }
        }
        if let Some(customer) = &line.customer
            && self.store.account_of_customer(customer).await?.is_some()
        {
            return refused("its `customer` has an account already");
        }
        if let Some(subscription) = &line.subscription
            && self.store.account_of_subscription(subscription).await?.is_some()
        {
            return refused("its `subscription` is another account's");
        }
        for payment in line.lots.iter().filter_map(|lot| lot.payment.as_ref()) {
            if self.store.purchase_of_payment(payment).await?.is_some() {
                return refused("a `payment` is that of another purchase");
            }
        }
        Ok(Standing::New)
    }

    /// Writes a line, unless it is written.
    pub async fn import(&self, number: u64, line: &Line) -> Result<Outcome, WriteError> {
        let digest = line.digest().map_err(StoreError::from)?;
        match self.standing(line, digest).await? {
            Standing::Settled(outcome) => return Ok(outcome),
            Standing::Refused(why) => return Err(WriteError::Refused(why)),
            Standing::New => {}
        }
        let key = self.subject_keys(line).first().copied();
        let subject = match key {
            Some(key) => self.store.subject_and_account(key).await?.0,
            None => Subject::default(),
        };
        let naming = self.naming(number, line, digest, key, &subject)?;
        match self.store.name_account(naming).await {
            Ok(()) => Ok(Outcome::Imported),
            Err(StoreError::Conflict) => {
                Err(WriteError::Refused("somebody took one of its ids meanwhile".to_owned()))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn naming(
        &self,
        number: u64,
        line: &Line,
        digest: [u8; 32],
        key: Option<SubjectKey>,
        subject: &Subject,
    ) -> Result<Naming, WriteError> {
        let account = Uuid::new_v4().to_string();
        let id = AccountId::from(account.as_str());
        let (state, mut entries) = Account::open_after(&subject.former, id, &self.catalogue, self.now);
        let lots: Vec<(&LotLine, ImportedLot)> =
            line.lots.iter().map(|lot| Ok((lot, imported_lot(lot)?))).collect::<Result<_, WriteError>>()?;
        let import = Import {
            reference: hex::encode(digest),
            fast: Tokens(line.fast),
            rollover: Tokens(line.rollover),
            lots: lots.iter().map(|(_, lot)| lot.clone()).collect(),
            subscription: subscription(line),
        };
        let decision = ledger::decide(&state, &self.catalogue, Command::Import(import), self.now)
            .map_err(|refusal| WriteError::Refused(refusal.to_string()))?;
        entries.extend(decision.entries);
        let purchases = lots.iter().filter_map(|(line, lot)| purchase(&account, line, lot)).collect();
        let rows = ImportedRows {
            digest,
            purchases,
            subscription: line.subscription.clone().map(|id| (id, first_look_up(number))),
        };
        let entries = entries.iter().map(EntryRecord::of).collect::<StoreResult<_>>()?;
        Ok(Naming {
            account,
            opened: Some(OpenedAccount { state: decision.account, entries, import: Some(rows) }),
            external: self.external_id(line),
            reopens: false,
            name: line.name.clone(),
            email: line.email.clone().map(|address| Email { address, is_verified: false }),
            customer: line.customer.clone(),
            subject: key.map(|key| (key, subject.revision)),
            at: self.now,
        })
    }
}

/// Why a line was not written.
#[derive(Debug)]
pub enum WriteError {
    /// It cannot be written.
    Refused(String),
    /// The database failed.
    Store(StoreError),
}

impl From<StoreError> for WriteError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// By real time. Events of Stripe have a subscription looked up earlier.
fn first_look_up(number: u64) -> Timestamp {
    let pause = i64::try_from(number * 1_000 / LOOK_UPS_PER_SECOND).unwrap_or(i64::MAX);
    Timestamp::now().saturating_add(SignedDuration::from_millis(pause)).unwrap_or(Timestamp::MAX)
}

fn subscription(line: &Line) -> Option<ImportedSubscription> {
    Some(ImportedSubscription {
        id: SubscriptionId::from(line.subscription.as_deref()?),
        plan: PlanId::from(line.plan.as_deref()?),
        as_of: line.as_of,
    })
}

fn imported_lot(line: &LotLine) -> Result<ImportedLot, WriteError> {
    let paid = match (&line.payment, line.paid, &line.currency) {
        (Some(_), Some(amount), Some(currency)) => {
            let currency = Currency::try_from(currency.clone());
            let currency = currency.map_err(|error| WriteError::Refused(error.to_string()))?;
            Some(Money { amount: Minor(amount), currency })
        }
        _ => None,
    };
    Ok(ImportedLot {
        id: LotId::from(Uuid::now_v7().to_string()),
        granted: Tokens(line.bought()),
        left: Tokens(line.tokens),
        paid_at: line.paid_at,
        paid,
    })
}

/// The purchase of a lot with a payment, by which refunds and disputes find it.
fn purchase(account: &str, line: &LotLine, lot: &ImportedLot) -> Option<PurchaseRecord> {
    let (payment, paid) = (line.payment.as_ref()?, lot.paid.as_ref()?);
    let currency = paid.currency.to_string();
    let charged = Charged {
        currency: currency.clone(),
        subtotal: paid.amount,
        discount: Minor(0),
        tax: Minor(0),
        total: paid.amount,
    };
    Some(PurchaseRecord {
        id: lot.id.to_string(),
        account: account.to_owned(),
        status: PurchaseStatus::Paid,
        pack_id: PACK.0.to_owned(),
        pack_name: PACK.1.to_owned(),
        quantity: 1,
        tokens: lot.granted,
        amount: paid.amount,
        currency,
        tax_included: true,
        charged: Some(charged),
        session: None,
        checkout_url: None,
        expires_at: None,
        payment_intent: Some(payment.clone()),
        receipt_url: None,
        created_at: line.paid_at,
    })
}
