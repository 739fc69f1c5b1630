//! One call of the API, as its implementation gets it.

use super::error::StripeError;
use super::params::Params;
use crate::store::Store;
use serde_json::Value;

/// A call.
#[derive(Debug)]
pub struct Call {
    /// The id in the path; empty if the path has none.
    pub id: String,
    /// The parameters, without `expand[]`.
    pub params: Params,
}

/// The implementation of a call: changes the store and returns the object of the response.
pub type Implementation = fn(&mut Store, Call) -> Result<Value, StripeError>;
