//! Writers receive the decisions of fulfilment: they commit them to the ledger and Stripe, or report drift.

use super::drift::{Drift, DriftSink};
use super::error::PaymentError;
use super::stripe::StripeClient;
use super::unclear::Unclear;
use crate::accounts::{Accounts, DisputeSeen, UnitOfWork};
use crate::store::{PlanPriceRecord, RefundDueRecord, Store, StoreError};
use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::Arc;

/// Receives the decisions of fulfilment. `drift` is the difference between the ledger and Stripe before the decision.
#[async_trait]
pub trait Writer: Send + Sync {
    /// Receives a unit of work.
    async fn commit(&self, unit: UnitOfWork<'_>, drift: Option<Drift>) -> Result<(), StoreError>;
    /// Receives a payment that belongs to no account and is to be refunded.
    async fn list_refund_due(&self, refund: RefundDueRecord) -> Result<(), StoreError>;
    /// Receives a listed payment that turned out not to be due.
    async fn withdraw_refund_due(&self, id: &str, note: &str, at: Timestamp) -> Result<(), StoreError>;
    /// Receives what an operator has to look at.
    async fn list_unclear(&self, unclear: Unclear) -> Result<(), StoreError>;
    /// Receives a price that was recognised as one of a plan for the first time.
    async fn remember_plan_price(&self, record: PlanPriceRecord) -> Result<(), StoreError>;
    /// Receives a dispute of a purchase whose account was deleted.
    async fn note_former_dispute(&self, seen: &DisputeSeen) -> Result<(), PaymentError>;
    /// Receives the cancellation of a subscription whose account was deleted.
    async fn cancel_subscription(&self, subscription: &str, drift: Drift) -> Result<(), PaymentError>;
}

/// Commits every decision: the service's writer.
pub struct CommittingWriter {
    accounts: Arc<Accounts>,
    store: Arc<dyn Store>,
    stripe: Arc<StripeClient>,
}

impl CommittingWriter {
    /// Creates a writer that commits to these.
    pub fn new(accounts: Arc<Accounts>, store: Arc<dyn Store>, stripe: Arc<StripeClient>) -> Self {
        Self { accounts, store, stripe }
    }
}

#[async_trait]
impl Writer for CommittingWriter {
    async fn commit(&self, unit: UnitOfWork<'_>, _drift: Option<Drift>) -> Result<(), StoreError> {
        self.accounts.commit(unit).await.map(drop)
    }

    async fn list_refund_due(&self, refund: RefundDueRecord) -> Result<(), StoreError> {
        self.store.list_refund_due(refund).await
    }

    async fn withdraw_refund_due(&self, id: &str, note: &str, at: Timestamp) -> Result<(), StoreError> {
        self.store.withdraw_refund_due(id, note, at).await
    }

    async fn list_unclear(&self, unclear: Unclear) -> Result<(), StoreError> {
        let Unclear { what, kind, object, why } = &unclear;
        tracing::error!(what, kind, object, why, "what Stripe says is unclear and listed for an operator");
        self.store.list_set_aside(&unclear.id(), unclear.event(), why, Timestamp::now()).await
    }

    async fn remember_plan_price(&self, record: PlanPriceRecord) -> Result<(), StoreError> {
        self.store.remember_plan_price(record).await
    }

    async fn note_former_dispute(&self, seen: &DisputeSeen) -> Result<(), PaymentError> {
        Ok(self.accounts.note_former_dispute(seen).await?)
    }

    async fn cancel_subscription(&self, subscription: &str, _drift: Drift) -> Result<(), PaymentError> {
        Ok(self.stripe.cancel_subscription(subscription).await?)
    }
}

/// Reports the changes of decisions.
struct Reporter<'a> {
    store: &'a dyn Store,
    sink: &'a dyn DriftSink,
}

impl Reporter<'_> {
    async fn report_unit(&self, unit: &UnitOfWork<'_>, drift: Option<Drift>) -> Result<(), StoreError> {
        if let Some(drift) = drift {
            self.sink.report(drift);
        }
        for refund in unit.refunds_due() {
            self.report_refund(refund).await?;
        }
        Ok(())
    }

    /// Reports a payment to be refunded, unless it is listed already.
    async fn report_refund(&self, refund: &RefundDueRecord) -> Result<(), StoreError> {
        if self.store.refund_due(&refund.id).await?.is_none() {
            self.sink.report(Drift::of_refund_due(refund));
        }
        Ok(())
    }

    /// Reports what an operator has to look at, unless it is listed already.
    async fn report_unclear(&self, unclear: &Unclear) -> Result<(), StoreError> {
        if self.store.event_set_aside(&unclear.id()).await?.is_none() {
            self.sink.report(Drift::of_unclear(unclear));
        }
        Ok(())
    }
}

/// Reports every drift and commits nothing: the writer of `reconcile --dry-run`.
pub struct DryRunWriter<'a>(Reporter<'a>);

impl<'a> DryRunWriter<'a> {
    /// Reports to `sink`.
    pub fn new(store: &'a dyn Store, sink: &'a dyn DriftSink) -> Self {
        Self(Reporter { store, sink })
    }
}

#[async_trait]
impl Writer for DryRunWriter<'_> {
    async fn commit(&self, unit: UnitOfWork<'_>, drift: Option<Drift>) -> Result<(), StoreError> {
        self.0.report_unit(&unit, drift).await
    }

    async fn list_refund_due(&self, refund: RefundDueRecord) -> Result<(), StoreError> {
        self.0.report_refund(&refund).await
    }

    async fn withdraw_refund_due(&self, _id: &str, _note: &str, _at: Timestamp) -> Result<(), StoreError> {
        Ok(())
    }

    async fn list_unclear(&self, unclear: Unclear) -> Result<(), StoreError> {
        self.0.report_unclear(&unclear).await
    }

    async fn remember_plan_price(&self, _record: PlanPriceRecord) -> Result<(), StoreError> {
        Ok(())
    }

    async fn note_former_dispute(&self, _seen: &DisputeSeen) -> Result<(), PaymentError> {
        Ok(())
    }

    async fn cancel_subscription(&self, _subscription: &str, drift: Drift) -> Result<(), PaymentError> {
        self.0.sink.report(drift);
        Ok(())
    }
}

/// Reports every drift and commits: the writer of `reconcile`.
pub struct ReportingWriter<'a> {
    reporter: Reporter<'a>,
    writer: &'a dyn Writer,
}

impl<'a> ReportingWriter<'a> {
    /// Reports to `sink` and commits to `writer`.
    pub fn new(store: &'a dyn Store, sink: &'a dyn DriftSink, writer: &'a dyn Writer) -> Self {
        Self { reporter: Reporter { store, sink }, writer }
    }
}

#[async_trait]
impl Writer for ReportingWriter<'_> {
    async fn commit(&self, unit: UnitOfWork<'_>, drift: Option<Drift>) -> Result<(), StoreError> {
        self.reporter.report_unit(&unit, drift).await?;
        self.writer.commit(unit, None).await
    }

    async fn list_refund_due(&self, refund: RefundDueRecord) -> Result<(), StoreError> {
        self.reporter.report_refund(&refund).await?;
        self.writer.list_refund_due(refund).await
    }

    async fn withdraw_refund_due(&self, id: &str, note: &str, at: Timestamp) -> Result<(), StoreError> {
        self.writer.withdraw_refund_due(id, note, at).await
    }

    async fn list_unclear(&self, unclear: Unclear) -> Result<(), StoreError> {
        self.reporter.report_unclear(&unclear).await?;
        self.writer.list_unclear(unclear).await
    }

    async fn remember_plan_price(&self, record: PlanPriceRecord) -> Result<(), StoreError> {
        self.writer.remember_plan_price(record).await
    }

    async fn note_former_dispute(&self, seen: &DisputeSeen) -> Result<(), PaymentError> {
        self.writer.note_former_dispute(seen).await
    }

    async fn cancel_subscription(&self, subscription: &str, drift: Drift) -> Result<(), PaymentError> {
        self.reporter.sink.report(drift.clone());
        self.writer.cancel_subscription(subscription, drift).await
    }
}
