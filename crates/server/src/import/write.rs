//! Lines against the database, and into it.

use super::line::{Line, LotLine};
use super::summary::Outcome;
use crate::http::auth::keyed_hash::{external_key, subject_key};
use crate::store::{
    Charged, Email, EntryRecord, ExternalId, ImportNames, ImportedRows, KnownAccount, KnownNames, Naming,
    OpenedAccount, PurchaseRecord, PurchaseStatus, Store, StoreError, StoreResult, Subject, SubjectKey,
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

/// What lines are compared with and written to.
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
    /// It is to be written. Who signs in is this.
    New(Subject),
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

    /// Where each line stands.
    pub async fn standings(&self, lines: &[(u64, Line)]) -> StoreResult<Vec<Standing>> {
        let known = self.store.known_names(lines.iter().map(|(_, line)| self.names(line)).collect()).await?;
        let lines = lines.iter().map(|(_, line)| line);
        known.into_iter().zip(lines).map(|(known, line)| Ok(standing(known, line.digest()?))).collect()
    }

    fn names(&self, line: &Line) -> ImportNames {
        ImportNames {
            external: self.external_id(line),
            subjects: self.subject_keys(line),
            customer: line.customer.clone(),
            subscription: line.subscription.clone(),
            payments: line.lots.iter().filter_map(|lot| lot.payment.clone()).collect(),
        }
    }

    /// Writes lines in one transaction, except those that are written. If one of them cannot be written, those before it are.
    pub async fn import(&self, lines: &[(u64, Line)]) -> Result<Vec<Outcome>, WriteError> {
        let failed = match self.import_at_once(lines).await {
            Err(error) if lines.len() > 1 && !error.is_of_database() => error,
            done => return done,
        };
        tracing::debug!(?failed, "lines were not written together; each is written alone");
        let mut outcomes = Vec::new();
        for line in lines {
            outcomes.extend(self.import_at_once(std::slice::from_ref(line)).await?);
        }
        Ok(outcomes)
    }

    async fn import_at_once(&self, lines: &[(u64, Line)]) -> Result<Vec<Outcome>, WriteError> {
        let standings = self.standings(lines).await?;
        let (mut outcomes, mut namings) = (Vec::new(), Vec::new());
        for ((number, line), standing) in lines.iter().zip(standings) {
            outcomes.push(match standing {
                Standing::Settled(outcome) => outcome,
                Standing::Refused(why) => return Err(WriteError::Refused { line: *number, why }),
                Standing::New(subject) => {
                    namings.push(self.naming(*number, line, &subject)?);
                    Outcome::Imported
                }
            });
        }
        if namings.is_empty() {
            return Ok(outcomes);
        }
        match self.store.name_accounts(namings).await {
            Ok(()) => Ok(outcomes),
            Err(StoreError::Conflict) => {
                let line = lines.first().map_or(0, |(number, _)| *number);
                Err(WriteError::Refused { line, why: "somebody took one of its ids meanwhile".to_owned() })
            }
            Err(error) => Err(error.into()),
        }
    }

    fn naming(&self, number: u64, line: &Line, subject: &Subject) -> Result<Naming, WriteError> {
        let refused = |why| WriteError::Refused { line: number, why };
        let digest = line.digest().map_err(StoreError::from)?;
        let key = self.subject_keys(line).first().copied();
        let account = Uuid::new_v4().to_string();
        let id = AccountId::from(account.as_str());
        let (state, mut entries) = Account::open_after(&subject.former, id, &self.catalogue, self.now);
        let lots: Vec<(&LotLine, ImportedLot)> = line
            .lots
            .iter()
            .map(|lot| Ok((lot, imported_lot(lot)?)))
            .collect::<Result<_, _>>()
            .map_err(refused)?;
        let import = Import {
            reference: hex::encode(digest),
            fast: Tokens(line.fast),
            rollover: Tokens(line.rollover),
            lots: lots.iter().map(|(_, lot)| lot.clone()).collect(),
            subscription: subscription(line),
        };
        let decision = ledger::decide(&state, &self.catalogue, Command::Import(import), self.now)
            .map_err(|refusal| refused(refusal.to_string()))?;
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

fn standing(known: KnownNames, digest: [u8; 32]) -> Standing {
    let refused = match known.account {
        KnownAccount::Imported(imported) if imported == digest => return Standing::Settled(Outcome::Known),
        KnownAccount::Imported(_) => "it was imported before, and says something else now",
        KnownAccount::NotImported => "its `external_id` has an account that was not imported",
        KnownAccount::None if known.is_former => return Standing::Settled(Outcome::Deleted),
        KnownAccount::None if known.subject_is_taken => "its `subject` has an account already",
        KnownAccount::None if known.customer_is_taken => "its `customer` has an account already",
        KnownAccount::None if known.subscription_is_taken => "its `subscription` is another account's",
        KnownAccount::None if known.payment_is_taken => "a `payment` is that of another purchase",
        KnownAccount::None => return Standing::New(known.subject),
    };
    Standing::Refused(refused.to_owned())
}

/// Why lines were not written.
#[derive(Debug)]
pub enum WriteError {
    /// One cannot be written.
    Refused {
        /// Its number.
        line: u64,
        /// Why.
        why: String,
    },
    /// The database failed.
    Store(StoreError),
}

impl WriteError {
    fn is_of_database(&self) -> bool {
        matches!(self, Self::Store(_))
    }
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

fn imported_lot(line: &LotLine) -> Result<ImportedLot, String> {
    let paid = match (&line.payment, line.paid, &line.currency) {
        (Some(_), Some(amount), Some(currency)) => {
            let currency = Currency::try_from(currency.clone());
            let currency = currency.map_err(|error| error.to_string())?;
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
