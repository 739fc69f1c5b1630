//! Sessions that end without a payment.

use super::session::KIND;
use crate::store::Store;
use jiff::Timestamp;
use serde_json::Value;

/// Expires an open session.
pub fn expire(store: &mut Store, mut session: Value) -> Value {
    session["status"] = "expired".into();
    session["url"] = Value::Null;
    store.save_and_emit(&session, "checkout.session.expired");
    session
}

/// The open session that expires first, and when.
pub fn next_expiry(store: &Store) -> Option<(Timestamp, Value)> {
    let open =
        store.records.all(KIND).map(|(_, session)| session).filter(|session| session["status"] == "open");
    let first = open.min_by_key(|session| session["expires_at"].as_i64())?;
    let at = Timestamp::from_second(first["expires_at"].as_i64()?).ok()?;
    Some((at, first.clone()))
}
