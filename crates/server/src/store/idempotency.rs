//! What is stored under an `Idempotency-Key`.

/// The caller, account, route and key that a response is stored for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyScope {
    /// Who calls.
    pub caller: String,
    /// The account that the call is about; empty if it is about none.
    pub account: String,
    /// Method and path.
    pub route: String,
    /// The `Idempotency-Key`.
    pub key: String,
}

/// A response as it was sent. The store does not look into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredResponse {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// What is stored under an `Idempotency-Key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyRecord {
    /// The call that it is stored for.
    pub scope: IdempotencyScope,
    /// The digest of the request's body.
    pub body_digest: [u8; 32],
    /// The response to replay; `None` while the work is under way.
    pub response: Option<StoredResponse>,
    /// The purchase that the work made.
    pub purchase: Option<String>,
}
