//! Chores: calls to Stripe that a commit left to be made. A chore ends when it is done, or when Stripe has no such object. It
//! is tried again after an outage. What Stripe refuses otherwise is listed for an operator, who can retry it.

use super::back_off::{chore_pause, retry_pause};
use super::error::PaymentError;
use super::state::Payments;
use super::stripe::StripeError;
use super::unclear::refused_chore;
use crate::base::error_chain::Chain;
use crate::store::{Chore, ChoreKind, StoreError};
use jiff::Timestamp;

/// How an attempt at a chore ended, if Stripe did not refuse it.
enum Attempted {
    Done,
    /// It has to wait for something at Stripe.
    Waits(&'static str),
}

impl Payments {
    /// Works one chore off.
    pub(super) async fn work_chore(&self, chore: Chore) -> Result<(), StoreError> {
        let Chore { id, kind, object, attempts } = &chore;
        let error = match self.attempt_chore(*kind, object, id).await {
            Ok(Attempted::Done) => return self.store.chore_done(id).await,
            Ok(Attempted::Waits(what)) => {
                let next = Timestamp::now() + chore_pause(attempts + 1);
                tracing::debug!(object, kind = kind.name(), what, %next, "a chore at Stripe waits");
                return self.store.chore_failed(id, &format!("it waits for {what}"), next).await;
            }
            Err(error) => error,
        };
        let text = Chain(&error).to_string();
        if error.is_retryable() {
            let next = Timestamp::now() + retry_pause(attempts + 1);
            tracing::warn!(object, kind = kind.name(), error = text, %next, "a chore at Stripe failed and is tried again");
            return self.store.chore_failed(id, &text, next).await;
        }
        tracing::error!(
            object,
            kind = kind.name(),
            error = text,
            "Stripe refuses a chore, which is listed for an operator"
        );
        let (listed, event) = refused_chore(&chore);
        self.store.list_set_aside(&listed, event, &text, Timestamp::now()).await?;
        self.store.chore_done(id).await
    }

    /// Works off a chore that was listed, as an event.
    pub(super) async fn repeat_chore(
        &self,
        kind: &str,
        object: &str,
        purpose: &str,
    ) -> Result<(), PaymentError> {
        let Some(kind) = ChoreKind::of_name(kind) else {
            return Err(PaymentError::Unexpected(format!("chores of the kind `{kind}` are not known")));
        };
        match self.attempt_chore(kind, object, purpose).await? {
            Attempted::Done => Ok(()),
            Attempted::Waits(what) => Err(PaymentError::Unexpected(format!("it waits for {what}"))),
        }
    }

    async fn attempt_chore(&self, kind: ChoreKind, object: &str, id: &str) -> Result<Attempted, StripeError> {
        let done = match kind {
            ChoreKind::ExpireCheckout => self.end_checkout(object, &format!("chore-{id}")).await,
            ChoreKind::CancelSubscription => self.end_subscription(object).await,
            ChoreKind::DeleteCustomer => match self.use_of_customer(object, id).await {
                Ok(Some(what)) => return Ok(Attempted::Waits(what)),
                Ok(None) => self.stripe.delete_customer(object).await,
                // Lists of a customer that does not exist are refused by the parameter.
                Err(error) if error.is_missing("customer") => Ok(()),
                Err(error) => Err(error),
            },
            ChoreKind::StripCustomer => self.stripe.strip_customer(object, &format!("chore-{id}")).await,
        };
        match done {
            Ok(()) => Ok(Attempted::Done),
            Err(StripeError::NotFound(_)) => {
                tracing::info!(object, kind = kind.name(), "nothing was left to do at Stripe");
                Ok(Attempted::Done)
            }
            Err(error) => Err(error),
        }
    }

    /// Expires a Checkout session. Stripe refuses that if the session has ended.
    async fn end_checkout(&self, session: &str, purpose: &str) -> Result<(), StripeError> {
        match self.stripe.expire_checkout(session, purpose).await {
            Err(error @ StripeError::Request { .. }) => {
                let session = self.stripe.checkout_session(session).await?;
                if session.status.as_deref() == Some("open") { Err(error) } else { Ok(()) }
            }
            done => done,
        }
    }

    /// Cancels a subscription. Stripe may refuse that if the subscription has ended.
    async fn end_subscription(&self, id: &str) -> Result<(), StripeError> {
        match self.stripe.cancel_subscription(id).await {
            Err(error @ StripeError::Request { .. }) => {
                let subscription = self.stripe.subscription(id).await?;
                if subscription.ended_at.is_none() { Err(error) } else { Ok(()) }
            }
            done => done,
        }
    }
}
