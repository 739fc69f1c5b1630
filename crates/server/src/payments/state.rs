//! The state that selling through Stripe and following payments up need.

use super::endpoint_version::EndpointVersion;
use super::fulfilment::Fulfilment;
use super::metrics::PaymentMetrics;
use super::scan_schedule::EventScans;
use super::stripe::StripeClient;
use super::writer::{CommittingWriter, Writer};
use crate::accounts::Accounts;
use crate::store::Store;
use jiff::Timestamp;
use secrecy::SecretString;
use std::sync::Arc;
use tokio::sync::Notify;
use url::Url;

/// Sells packs and plans through Stripe, and updates accounts to the state at Stripe.
pub struct Payments {
    pub(super) accounts: Arc<Accounts>,
    pub(super) store: Arc<dyn Store>,
    pub(super) stripe: Arc<StripeClient>,
    pub(super) scans: EventScans,
    pub(super) metrics: PaymentMetrics,
    pub(super) endpoint_version: EndpointVersion,
    pub(super) work: Arc<Notify>,
    /// The id of this database, which the metadata of objects at Stripe names.
    pub(super) database: String,
    pub(super) webhook_secrets: Vec<SecretString>,
    /// The address at which browsers reach the service, without a slash at the end.
    pub(super) public_url: String,
    writer: CommittingWriter,
}

/// The parts of [`Payments`].
pub struct PaymentsSetup {
    /// The accounts that payments change.
    pub accounts: Arc<Accounts>,
    /// The store of purchases, events and work items.
    pub store: Arc<dyn Store>,
    /// Stripe's API.
    pub stripe: StripeClient,
    /// The metrics.
    pub metrics: PaymentMetrics,
    /// Notified when there is work for the worker.
    pub work: Arc<Notify>,
    /// The id of this database.
    pub database: String,
    /// The secrets that webhooks may be signed with.
    pub webhook_secrets: Vec<SecretString>,
    /// The address at which browsers reach the service.
    pub public_url: Url,
}

impl Payments {
    /// Creates `Payments`. The first event scan is due at once.
    pub fn new(setup: PaymentsSetup) -> Self {
        let PaymentsSetup { accounts, store, stripe, metrics, work, database, webhook_secrets, public_url } =
            setup;
        let stripe = Arc::new(stripe);
        let writer = CommittingWriter::new(Arc::clone(&accounts), Arc::clone(&store), Arc::clone(&stripe));
        Self {
            accounts,
            store,
            stripe,
            scans: EventScans::from(Timestamp::now()),
            metrics,
            endpoint_version: EndpointVersion::default(),
            work,
            database,
            webhook_secrets,
            public_url: public_url.as_str().trim_end_matches('/').to_owned(),
            writer,
        }
    }

    /// Fulfilment that commits its decisions.
    pub fn fulfilment(&self) -> Fulfilment<'_> {
        self.fulfilment_by(&self.writer)
    }

    /// Fulfilment whose decisions go to another writer.
    pub fn fulfilment_by<'a>(&'a self, writer: &'a dyn Writer) -> Fulfilment<'a> {
        let Self { accounts, store, stripe, metrics, database, .. } = self;
        Fulfilment { accounts, store: &**store, stripe, database, writer, metrics }
    }

    /// The writer that commits.
    pub fn writer(&self) -> &CommittingWriter {
        &self.writer
    }
}
