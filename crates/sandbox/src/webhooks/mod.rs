//! Delivery of events to the webhook endpoint: signed, in order, and retried with back-off.

pub mod endpoint;
pub mod sender;

pub use endpoint::Endpoint;
pub use sender::{RESPONSE_TIMEOUT, Selection, WebhookSender};
