//! The identity of a request, by which a repeated request is recognised.

use super::error::AccountError;
use crate::store::{IdempotencyRecord, IdempotencyScope, StoredResponse};

/// The idempotency key of a request in its scope, and the digest of the request's body.
#[derive(Debug, Clone)]
pub struct RequestIdentity {
    /// The caller, account, route and key that the response is stored for.
    pub scope: IdempotencyScope,
    /// The digest of the body.
    pub body_digest: [u8; 32],
    /// The name of the caller's service key, which the entries of the request carry.
    pub service_key: Option<String>,
}

/// What is stored under the idempotency key of a request.
#[derive(Debug)]
pub enum Replay {
    /// Nothing: the request is new.
    New,
    /// Its response.
    Response(StoredResponse),
    /// The purchase that it stored; there is no response yet.
    UnderWay {
        /// The purchase's id.
        purchase: String,
    },
}

impl RequestIdentity {
    /// The record to store; `response` is `None` while the work is under way.
    pub fn record(&self, response: Option<&StoredResponse>, purchase: Option<String>) -> IdempotencyRecord {
        IdempotencyRecord {
            scope: self.scope.clone(),
            body_digest: self.body_digest,
            response: response.cloned(),
            purchase,
        }
    }

    /// The stored response to this request; `None` while its work is under way.
    ///
    /// # Errors
    /// [`AccountError::KeyReused`] if the record is of a request with another body.
    pub fn response_in(&self, record: &IdempotencyRecord) -> Result<Option<StoredResponse>, AccountError> {
        if record.body_digest == self.body_digest {
            Ok(record.response.clone())
        } else {
            Err(AccountError::KeyReused)
        }
    }
}
