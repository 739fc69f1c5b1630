//! The inbox: events that Stripe delivers are verified, stored and acknowledged; the worker follows them up afterwards.

use super::state::Payments;
use super::stripe::{BadSignature, Event, Signatures};
use crate::base::pace::on_another_thread;
use crate::store::{IdempotencyRecord, StoreError};
use bytes::Bytes;
use jiff::Timestamp;
use std::sync::Arc;
use tokio::task::JoinError;

/// Why a delivered event was not stored.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// It is not signed by Stripe.
    #[error(transparent)]
    Signature(#[from] BadSignature),
    /// The body is not an event.
    #[error("the body is not an event")]
    NotAnEvent(#[source] serde_json::Error),
    /// The check of the signature broke off.
    #[error("the signature was not checked")]
    Unchecked(#[from] JoinError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Payments {
    /// Stores a delivered event, unless it was delivered before, and wakes the worker.
    ///
    /// # Errors
    /// Why the event was not stored. Stripe delivers it again.
    pub async fn receive(&self, signatures: Signatures, body: Bytes) -> Result<(), DeliveryError> {
        let (secrets, signed) = (Arc::clone(&self.webhook_secrets), body.clone());
        self.metrics.hashed(body.len().saturating_mul(secrets.len()));
        on_another_thread(move || signatures.check(&signed, &secrets)).await??;
        let now = Timestamp::now();
        let event: Event = serde_json::from_slice(&body).map_err(DeliveryError::NotAnEvent)?;
        self.endpoint_version.note(event.api_version.as_deref(), now);
        let is_new = self.store.receive(&event.id, body.to_vec(), now).await?;
        tracing::debug!(event = event.id, kind = event.kind, new = is_new, "an event was received");
        if is_new {
            self.work.notify_one();
        }
        Ok(())
    }

    /// Puts an event that was set aside back into the inbox, stores the response to that call, and wakes the worker.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the event is not set aside any more.
    pub async fn retry_event(&self, id: &str, record: IdempotencyRecord) -> Result<(), StoreError> {
        self.store.retry_event(id, record).await?;
        self.work.notify_one();
        Ok(())
    }
}
