//! Finding and building Stripe's objects.

use super::error::StripeError;
use crate::store::Store;
use serde_json::Value;

/// The object whose id was given as the parameter `param`.
pub fn find_by_param(store: &Store, kind: &str, id: &str, param: &str) -> Result<Value, StripeError> {
    store.find(kind, id).map_err(|_| StripeError::no_such(kind, id, param))
}

/// An object with the fields of both. `unused` are the fields that the sandbox never sets, which the official clients
/// expect all the same.
pub fn with_unused_fields(mut used: Value, unused: Value) -> Value {
    if let (Value::Object(fields), Value::Object(unused)) = (&mut used, unused) {
        fields.extend(unused);
    }
    used
}
