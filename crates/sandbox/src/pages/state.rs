//! What the pages need.

use crate::store::SharedStore;
use crate::webhooks::WebhookSender;

/// What the pages need; clones share everything.
#[derive(Debug, Clone)]
pub struct HostedPages {
    /// The store.
    pub store: SharedStore,
    /// The delivery of events, which a page waits for before it sends the customer back.
    pub webhooks: WebhookSender,
}
