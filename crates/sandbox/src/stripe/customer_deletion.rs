//! Deleting a customer, which ends the customer's subscriptions.

use super::api::{Call, StripeError};
use super::payments::customers;
use super::subscriptions::cancellation;
use crate::store::Store;
use serde_json::Value;

/// `DELETE /v1/customers/{id}`.
pub fn delete(store: &mut Store, call: Call) -> Result<Value, StripeError> {
    let customer = customers::existing(store, &call.id, "id")?;
    call.params.finish()?;
    cancellation::end_all_of_customer(store, &call.id);
    Ok(customers::mark_deleted(store, &customer))
}
