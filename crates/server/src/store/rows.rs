//! Rows as records. Every database has the same columns.

use super::{
    AccountRecord, ChangeNotice, Chore, ChoreKind, EntryRecord, IdempotencyRecord, IdempotencyScope, Inbox,
    InboxRecord, Page, PollRecord, PurchaseRecord, RefundDueRecord, SetAsideRecord, StoreError, StoreResult,
    StoredResponse, Subject,
};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Display;
use tokenwell_wire::{Minor, Tokens};

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

/// The error of a column whose value means nothing here.
pub fn unreadable(column: &str, error: impl Display) -> StoreError {
    StoreError::Failed(format!("the column {column} cannot be read: {error}"))
}

impl dyn Columns + '_ {
    pub fn whole<T: TryFrom<i64, Error: Display>>(&self, name: &str) -> StoreResult<T> {
        there(name, self.maybe_whole(name)?)
    }
    pub fn maybe_whole<T: TryFrom<i64, Error: Display>>(&self, name: &str) -> StoreResult<Option<T>> {
        self.int(name)?.map(T::try_from).transpose().map_err(|error| unreadable(name, error))
    }
    pub fn text(&self, name: &str) -> StoreResult<String> {
        there(name, self.string(name)?)
    }
    fn time(&self, name: &str) -> StoreResult<Timestamp> {
        there(name, self.maybe_time(name)?)
    }
    pub fn maybe_time(&self, name: &str) -> StoreResult<Option<Timestamp>> {
        self.int(name)?.map(Timestamp::from_millisecond).transpose().map_err(|error| unreadable(name, error))
    }
    fn tokens(&self, name: &str) -> StoreResult<Tokens> {
        self.whole(name).map(Tokens)
    }
    fn minor(&self, name: &str) -> StoreResult<Minor> {
        self.whole(name).map(Minor)
    }
    /// A word that stands for an enum, as JSON writes it.
    fn word<T: DeserializeOwned>(&self, name: &str) -> StoreResult<T> {
        serde_json::from_value(self.text(name)?.into()).map_err(|error| unreadable(name, error))
    }
}

fn there<T>(column: &str, value: Option<T>) -> StoreResult<T> {
    value.ok_or_else(|| unreadable(column, "it is empty"))
}

/// The word that an enum is stored as.
pub fn word(value: impl Serialize) -> StoreResult<String> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        other => Err(StoreError::Failed(format!("not a word: {other:?}"))),
    }
}

pub fn json(value: impl Serialize) -> StoreResult<String> {
    serde_json::to_string(&value).map_err(|error| StoreError::Failed(error.to_string()))
}

/// How an instant is stored.
pub fn ms(at: Timestamp) -> i64 {
    at.as_millisecond()
}

pub fn subject(row: &dyn Columns) -> StoreResult<Subject> {
    Ok(Subject { account: row.string("account_id")?, deleted_at: row.maybe_time("deleted_at")? })
}

pub fn account(row: &dyn Columns) -> StoreResult<AccountRecord> {
    Ok(AccountRecord {
        id: row.text("id")?,
        revision: row.whole("revision")?,
        email: row.string("email")?,
        customer: row.string("customer_id")?,
        state: serde_json::from_str(&row.text("state")?).map_err(|error| unreadable("state", error))?,
        deleted_at: row.maybe_time("deleted_at")?,
    })
}

pub fn entry(row: &dyn Columns) -> StoreResult<EntryRecord> {
    Ok(EntryRecord {
        seq: row.whole("seq")?,
        id: row.text("id")?,
        at: row.time("at")?,
        kind: row.text("kind")?,
        bucket: row.word("bucket")?,
        amount: row.whole("amount")?,
        balance_after: row.tokens("balance_after")?,
        reason: row.string("reason")?,
        reference: row.string("reference")?,
        entry: row.text("entry")?,
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
        session: row.string("session_id")?,
        checkout_url: row.string("checkout_url")?,
        expires_at: row.maybe_time("expires_at")?,
        payment_intent: row.string("payment_intent_id")?,
        receipt_url: row.string("receipt_url")?,
        created_at: row.time("created_at")?,
    })
}

pub fn idempotency_record(row: &dyn Columns) -> StoreResult<IdempotencyRecord> {
    let digest = row.blob("body_digest")?.unwrap_or_default();
    let sent = row.maybe_whole("status")?.zip(row.blob("body")?);
    Ok(IdempotencyRecord {
        scope: IdempotencyScope {
            caller: row.text("caller")?,
            account: row.text("account_id")?,
            route: row.text("route")?,
            key: row.text("key")?,
        },
        body_digest: digest.try_into().map_err(|_| unreadable("body_digest", "it is not 32 bytes"))?,
        response: sent.map(|(status, body)| StoredResponse { status, body }),
        purchase: row.string("purchase_id")?,
    })
}

pub fn refund_due(row: &dyn Columns) -> StoreResult<RefundDueRecord> {
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
        resolved: row.maybe_time("resolved_at")?.zip(row.string("note")?),
    })
}

pub fn event(row: &dyn Columns) -> StoreResult<InboxRecord> {
    Ok(InboxRecord {
        id: row.text("id")?,
        body: row.blob("body")?.unwrap_or_default(),
        attempts: row.whole("attempts")?,
    })
}

pub fn set_aside(row: &dyn Columns) -> StoreResult<SetAsideRecord> {
    Ok(SetAsideRecord {
        id: row.text("id")?,
        body: row.blob("body")?.unwrap_or_default(),
        attempts: row.whole("attempts")?,
        error: row.string("last_error")?.unwrap_or_default(),
        received_at: row.time("received_at")?,
        set_aside_at: row.time("set_aside_at")?,
    })
}

pub fn poll(row: &dyn Columns) -> StoreResult<PollRecord> {
    Ok(PollRecord { id: row.text("id")?, checks: row.whole("checks")? })
}

pub fn chore(row: &dyn Columns) -> StoreResult<Chore> {
    let kind = match row.text("kind")?.as_str() {
        "expire_checkout" => ChoreKind::ExpireCheckout,
        _ => ChoreKind::CancelSubscription,
    };
    Ok(Chore { id: row.text("id")?, kind, object: row.text("object_id")?, attempts: row.whole("attempts")? })
}

/// What a kind of chore is stored as.
pub fn chore_kind(kind: ChoreKind) -> &'static str {
    match kind {
        ChoreKind::ExpireCheckout => "expire_checkout",
        ChoreKind::CancelSubscription => "cancel_subscription",
    }
}

pub fn notice(row: &dyn Columns) -> StoreResult<(i64, ChangeNotice)> {
    let data = row.string("data")?.unwrap_or_default();
    let notice = match row.text("kind")?.as_str() {
        "purchase" => ChangeNotice::Purchase(data),
        "spend_refused" => ChangeNotice::SpendRefused(data),
        "account_deleted" => ChangeNotice::AccountDeleted,
        _ => ChangeNotice::Balance,
    };
    Ok((row.whole("seq")?, notice))
}

/// What a notice is stored as: its kind and its data.
pub fn notice_parts(notice: &ChangeNotice) -> (&'static str, Option<&str>) {
    match notice {
        ChangeNotice::Balance => ("balance", None),
        ChangeNotice::Purchase(id) => ("purchase", Some(id)),
        ChangeNotice::SpendRefused(json) => ("spend_refused", Some(json)),
        ChangeNotice::AccountDeleted => ("account_deleted", None),
    }
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
