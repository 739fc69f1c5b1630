//! Writers receive the decisions of fulfilment: they commit them to the ledger and Stripe, or report drift.

use super::drift::{Drift, DriftSink};
use super::error::PaymentError;
use super::stripe::StripeClient;
use crate::accounts::{Accounts, UnitOfWork};
use crate::store::{RefundDueRecord, Store, StoreError};
use async_trait::async_trait;
use std::sync::Arc;

/// Receives the decisions of fulfilment. `drift` is the difference between the ledger and Stripe before the decision.
#[async_trait]
pub trait Writer: Send + Sync {
    /// Receives a unit of work.
    async fn commit(&self, unit: UnitOfWork<'_>, drift: Option<Drift>) -> Result<(), StoreError>;
    /// Receives a payment that belongs to no account and is to be refunded.
    async fn list_refund_due(&self, refund: RefundDueRecord) -> Result<(), StoreError>;
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

    async fn cancel_subscription(&self, subscription: &str, drift: Drift) -> Result<(), PaymentError> {
        self.reporter.sink.report(drift.clone());
        self.writer.cancel_subscription(subscription, drift).await
    }
}
