//! Rows as records. Every database has the same columns. A value that means nothing here is an error that names it, never a
//! guess.

use super::accounts::{AccountRecord, CustomerRecord, Email, Subject, SubjectKey};
use super::error::{Cause, StoreError, StoreResult};
use super::idempotency::{IdempotencyRecord, IdempotencyScope, StoredResponse};
use super::lists::{ChangeNotice, Charged, EntryRecord, NoticeKind, Page, PurchaseRecord, RefundDueRecord};
use super::naming::RefusedClaim;
use super::plan_prices::PlanPriceRecord;
use super::work::{Chore, Inbox, InboxRecord, PollRecord, SetAsideRecord};
use crate::base::spelling::Spelled;
use jiff::Timestamp;
use serde::Serialize;
use tokenwell_ledger::{Former, Minor, PlanId, Tokens};

/// What is wrong with a row.
#[derive(Debug, thiserror::Error)]
pub enum RowError {
    /// A column without a value that has to have one.
    #[error("the column {column} is empty")]
    Empty {
        /// Its name.
        column: String,
    },
    /// A word that no value of the enum is spelled as.
    #[error("the column {column} holds `{word}`, which this version of tokenwell-server does not know")]
    Unknown {
        /// Its name.
        column: String,
        /// The word.
        word: String,
    },
    /// A value that does not fit.
    #[error("the column {column} cannot be read")]
    Unreadable {
        /// Its name.
        column: String,
        /// Why.
        source: Cause,
    },
    /// A setting that was stored and is gone.
    #[error("the setting {name} is missing")]
    NoSetting {
        /// Its name.
        name: &'static str,
    },
}

impl From<RowError> for StoreError {
    fn from(error: RowError) -> Self {
        Self::failed(error)
    }
}

/// The error of a column whose value does not fit.
pub fn unreadable(column: &str, why: impl Into<Cause>) -> RowError {
    RowError::Unreadable { column: column.to_owned(), source: why.into() }
}

/// A row, read by the names of its columns.
pub trait Columns {
    /// A number.
    fn int(&self, name: &str) -> StoreResult<Option<i64>>;
    /// A text.
    fn string(&self, name: &str) -> StoreResult<Option<String>>;
    /// Bytes.
    fn blob(&self, name: &str) -> StoreResult<Option<Vec<u8>>>;
    /// A truth value.
    fn flag(&self, name: &str) -> StoreResult<bool>;
}

impl dyn Columns + '_ {
    /// A number that is there.
    pub fn whole<T: TryFrom<i64, Error: Into<Cause>>>(&self, name: &str) -> StoreResult<T> {
        present(name, self.maybe_whole(name)?)
    }
    fn maybe_whole<T: TryFrom<i64, Error: Into<Cause>>>(&self, name: &str) -> StoreResult<Option<T>> {
        Ok(self.int(name)?.map(T::try_from).transpose().map_err(|error| unreadable(name, error))?)
    }
    /// A text that is there.
    pub fn text(&self, name: &str) -> StoreResult<String> {
        present(name, self.string(name)?)
    }
    /// Bytes that are there.
    pub fn bytes(&self, name: &str) -> StoreResult<Vec<u8>> {
        present(name, self.blob(name)?)
    }
    fn time(&self, name: &str) -> StoreResult<Timestamp> {
        present(name, self.maybe_time(name)?)
    }
    /// An instant, if there is one.
    pub fn maybe_time(&self, name: &str) -> StoreResult<Option<Timestamp>> {
        let time = self.int(name)?.map(Timestamp::from_millisecond).transpose();
        Ok(time.map_err(|error| unreadable(name, error))?)
    }
    fn tokens(&self, name: &str) -> StoreResult<Tokens> {
        self.whole(name).map(Tokens)
    }
    fn minor(&self, name: &str) -> StoreResult<Minor> {
        self.whole(name).map(Minor)
    }
    fn word<T: Spelled>(&self, name: &str) -> StoreResult<T> {
        let word = self.text(name)?;
        Ok(T::from_spelling(&word).ok_or_else(|| RowError::Unknown { column: name.to_owned(), word })?)
    }
}

fn present<T>(column: &str, value: Option<T>) -> StoreResult<T> {
    Ok(value.ok_or_else(|| RowError::Empty { column: column.to_owned() })?)
}

/// A value as JSON.
pub fn json(value: impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string(&value)
}

/// How an instant is stored.
pub fn ms(at: Timestamp) -> i64 {
    at.as_millisecond()
}

pub fn account(row: &dyn Columns) -> StoreResult<AccountRecord> {
    Ok(AccountRecord {
        id: row.text("id")?,
        revision: row.whole("revision")?,
        email: match row.string("email")? {
            Some(address) => Some(Email { address, is_verified: row.flag("email_verified")? }),
            None => None,
        },
        customer: match row.string("customer_id")? {
            Some(id) => Some(CustomerRecord { id, made_here: row.flag("customer_made_here")? }),
            None => None,
        },
        external_id: row.string("external_id")?,
        name: row.string("name")?,
        state: serde_json::from_str(&row.text("state")?).map_err(|error| unreadable("state", error))?,
        opened_at: row.time("created_at")?,
        deleted_at: row.maybe_time("deleted_at")?,
    })
}

/// What outlives an account.
pub fn former(row: &dyn Columns) -> StoreResult<Former> {
    let Some(text) = row.string("subject_former")? else { return Ok(Former::default()) };
    Ok(serde_json::from_str(&text).map_err(|error| unreadable("former", error))?)
}

/// The subject's columns are prefixed, because the account has columns of the same names.
fn known_subject(row: &dyn Columns) -> StoreResult<Subject> {
    Ok(Subject {
        account: row.string("subject_account_id")?,
        deleted_at: row.maybe_time("subject_deleted_at")?,
        former: former(row)?,
        is_expected: row.flag("subject_expected")?,
        revision: row.whole("subject_revision")?,
    })
}

/// A subject with the hash that it is known by.
pub fn subject(row: &dyn Columns) -> StoreResult<(SubjectKey, Subject)> {
    Ok((subject_key(row)?, known_subject(row)?))
}

fn subject_key(row: &dyn Columns) -> StoreResult<SubjectKey> {
    let key = row.bytes("subject")?.try_into();
    Ok(SubjectKey(key.map_err(|_| unreadable("subject", "it is no hash"))?))
}

/// A subject's hash, and whether it is only expected.
pub fn expected_subject(row: &dyn Columns) -> StoreResult<(SubjectKey, bool)> {
    Ok((subject_key(row)?, row.flag("expected")?))
}

/// The digest that an account was imported with.
pub fn import_digest(row: &dyn Columns) -> StoreResult<Option<[u8; 32]>> {
    let digest = row.blob("import_digest")?.map(TryInto::try_into).transpose();
    Ok(digest.map_err(|_| unreadable("import_digest", "it is no digest"))?)
}

pub fn refused_claim(row: &dyn Columns) -> StoreResult<RefusedClaim> {
    Ok(RefusedClaim {
        external_id: row.text("external_id")?,
        kind: row.word("kind")?,
        account: row.string("account_id")?,
        holder: row.string("holder_id")?,
        at: row.time("at")?,
    })
}

pub fn subject_and_account(row: &dyn Columns) -> StoreResult<(Subject, Option<AccountRecord>)> {
    let subject = known_subject(row)?;
    let account = subject.account.is_some().then(|| account(row)).transpose()?;
    Ok((subject, account))
}

pub fn entry(row: &dyn Columns) -> StoreResult<EntryRecord> {
    Ok(EntryRecord {
        seq: row.whole("seq")?,
        id: row.text("id")?,
        at: row.time("at")?,
        kind: row.word("kind")?,
        bucket: row.word("bucket")?,
        amount: row.whole("amount")?,
        balance_after: row.tokens("balance_after")?,
        reason: row.string("reason")?,
        reference: row.string("reference")?,
        entry: row.text("entry")?,
        service_key: row.string("service_key")?,
    })
}

pub fn purchase(row: &dyn Columns) -> StoreResult<PurchaseRecord> {
    Ok(PurchaseRecord {
        id: row.text("id")?,
        account: row.text("account_id")?,
        status: row.word("status")?,
        pack_id: row.text("pack_id")?,
        pack_name: row.text("pack_name")?,
        quantity: row.whole("quantity")?,
        tokens: row.tokens("tokens")?,
        amount: row.minor("amount")?,
        currency: row.text("currency")?,
        tax_included: row.flag("tax_included")?,
        charged: charged(row)?,
        session: row.string("session_id")?,
        checkout_url: row.string("checkout_url")?,
        expires_at: row.maybe_time("expires_at")?,
        payment_intent: row.string("payment_intent_id")?,
        receipt_url: row.string("receipt_url")?,
        created_at: row.time("created_at")?,
    })
}

fn charged(row: &dyn Columns) -> StoreResult<Option<Charged>> {
    let Some(currency) = row.string("charged_currency")? else { return Ok(None) };
    Ok(Some(Charged {
        currency,
        subtotal: row.minor("subtotal")?,
        discount: row.minor("discount")?,
        tax: row.minor("tax")?,
        total: row.minor("total")?,
    }))
}

pub fn idempotency_record(row: &dyn Columns) -> StoreResult<IdempotencyRecord> {
    let digest = row.bytes("body_digest")?;
    let response = match row.maybe_whole("status")? {
        Some(status) => Some(StoredResponse { status, body: row.bytes("body")? }),
        None => None,
    };
    Ok(IdempotencyRecord {
        scope: IdempotencyScope {
            caller: row.text("caller")?,
            account: row.text("account_id")?,
            route: row.text("route")?,
            key: row.text("key")?,
        },
        body_digest: digest.try_into().map_err(|_| unreadable("body_digest", "it is not 32 bytes"))?,
        response,
        purchase: row.string("purchase_id")?,
    })
}

pub fn refund_due(row: &dyn Columns) -> StoreResult<RefundDueRecord> {
    let resolved = match row.maybe_time("resolved_at")? {
        Some(at) => Some((at, row.text("note")?)),
        None => None,
    };
    Ok(RefundDueRecord {
        id: row.text("id")?,
        account: row.string("account_id")?,
        purchase: row.string("purchase_id")?,
        session: row.string("session_id")?,
        payment: row.string("payment_id")?,
        amount: row.minor("amount")?,
        currency: row.text("currency")?,
        why: row.text("why")?,
        created_at: row.time("created_at")?,
        resolved,
    })
}

pub fn event(row: &dyn Columns) -> StoreResult<InboxRecord> {
    Ok(InboxRecord { id: row.text("id")?, body: row.bytes("body")?, attempts: row.whole("attempts")? })
}

pub fn set_aside(row: &dyn Columns) -> StoreResult<SetAsideRecord> {
    Ok(SetAsideRecord {
        id: row.text("id")?,
        body: row.bytes("body")?,
        attempts: row.whole("attempts")?,
        error: row.text("last_error")?,
        received_at: row.time("received_at")?,
        set_aside_at: row.time("set_aside_at")?,
    })
}

pub fn poll(row: &dyn Columns) -> StoreResult<PollRecord> {
    Ok(PollRecord { id: row.text("id")?, checks: row.whole("checks")? })
}

pub fn plan_price(row: &dyn Columns) -> StoreResult<PlanPriceRecord> {
    Ok(PlanPriceRecord {
        price: row.text("price_id")?,
        plan: PlanId::from(row.text("plan_id")?.as_str()),
        interval: row.word("interval")?,
        seen_at: row.time("seen_at")?,
    })
}

pub fn chore(row: &dyn Columns) -> StoreResult<Chore> {
    Ok(Chore {
        id: row.text("id")?,
        kind: row.word("kind")?,
        object: row.text("object_id")?,
        attempts: row.whole("attempts")?,
    })
}

/// A notice with its sequence number.
pub fn notice(row: &dyn Columns) -> StoreResult<(i64, ChangeNotice)> {
    let notice = match row.word("kind")? {
        NoticeKind::Balance => ChangeNotice::Balance,
        NoticeKind::Purchase => ChangeNotice::Purchase(row.text("data")?),
        NoticeKind::SpendRefused => ChangeNotice::SpendRefused(row.text("data")?),
        NoticeKind::AccountDeleted => ChangeNotice::AccountDeleted,
    };
    Ok((row.whole("seq")?, notice))
}

/// How a notice is stored: the word for its kind, and its data.
pub fn notice_parts(notice: &ChangeNotice) -> (&'static str, Option<&str>) {
    let (kind, data) = match notice {
        ChangeNotice::Balance => (NoticeKind::Balance, None),
        ChangeNotice::Purchase(id) => (NoticeKind::Purchase, Some(id.as_str())),
        ChangeNotice::SpendRefused(json) => (NoticeKind::SpendRefused, Some(json.as_str())),
        ChangeNotice::AccountDeleted => (NoticeKind::AccountDeleted, None),
    };
    (kind.spelling(), data)
}

/// The words of these values.
pub fn words<T: Spelled>(values: &[T]) -> Vec<&'static str> {
    values.iter().map(|value| value.spelling()).collect()
}

/// A page of a list. The query asked for one row more than `limit`, which says whether there is a next page.
pub fn page<T>(mut items: Vec<(i64, T)>, limit: u32) -> Page<T> {
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next = items.last().filter(|_| more).map(|(seq, _)| *seq);
    Page { items: items.into_iter().map(|(_, item)| item).collect(), next }
}

/// Counts the inbox, on every database. Events that are done are not read.
pub const INBOX: &str = "SELECT (SELECT count(*) FROM inbox WHERE state = 'waiting') AS waiting,
                 (SELECT count(*) FROM inbox WHERE state = 'set_aside') AS set_aside,
                 (SELECT min(received_at) FROM inbox WHERE state = 'waiting') AS oldest";

pub fn inbox(row: &dyn Columns) -> StoreResult<Inbox> {
    Ok(Inbox {
        waiting: row.whole("waiting")?,
        set_aside: row.whole("set_aside")?,
        oldest: row.maybe_time("oldest")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row of one column, which holds a text.
    struct OneText(&'static str);

    impl Columns for OneText {
        fn int(&self, _: &str) -> StoreResult<Option<i64>> {
            Ok(None)
        }
        fn string(&self, name: &str) -> StoreResult<Option<String>> {
            Ok((name == "kind").then(|| self.0.to_owned()))
        }
        fn blob(&self, _: &str) -> StoreResult<Option<Vec<u8>>> {
            Ok(None)
        }
        fn flag(&self, _: &str) -> StoreResult<bool> {
            Ok(false)
        }
    }

    #[test]
    fn a_word_of_a_newer_version_is_never_read_as_a_known_one() {
        let row: &dyn Columns = &OneText("of_a_newer_version");
        for error in [row.word::<NoticeKind>("kind").unwrap_err(), notice(row).unwrap_err()] {
            let StoreError::Failed(cause) = error else { panic!("{error}") };
            assert_eq!(
                cause.to_string(),
                "the column kind holds `of_a_newer_version`, which this version of tokenwell-server does not know"
            );
        }
        let row: &dyn Columns = &OneText("purchase");
        let StoreError::Failed(cause) = notice(row).unwrap_err() else { panic!("it has no data") };
        assert_eq!(cause.to_string(), "the column data is empty");
    }
}
