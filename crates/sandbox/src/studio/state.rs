//! What the studio needs.

use crate::store::SharedStore;
use crate::webhooks::WebhookSender;
use secrecy::SecretString;

/// What the studio needs; clones share everything.
#[derive(Debug, Clone)]
pub struct Studio {
    /// The users.
    pub store: SharedStore,
    /// The token service has the origin of the webhook endpoint.
    pub webhooks: WebhookSender,
    /// The HTTP client.
    pub http: reqwest::Client,
    /// The service key to spend with.
    pub service_key: Option<SecretString>,
}
