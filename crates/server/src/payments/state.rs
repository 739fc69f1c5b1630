//! The state that selling through Stripe and following payments up need.

use super::check::PlanPrices;
use super::endpoint_version::EndpointVersion;
use super::fulfilment::Fulfilment;
use super::metrics::PaymentMetrics;
use super::scan_schedule::EventScans;
use super::stripe::StripeClient;
use super::visitor_lookups::VisitorLookups;
use super::writer::{CommittingWriter, Writer};
use crate::accounts::Accounts;
use crate::base::finding::{Checked, Finding};
use crate::base::keyed_locks::KeyedLocks;
use crate::store::Store;
use jiff::Timestamp;
use secrecy::SecretString;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;
use url::Url;

/// Sells packs and plans through Stripe, and updates accounts to the state at Stripe.
pub struct Payments {
    pub(super) accounts: Arc<Accounts>,
    pub(super) store: Arc<dyn Store>,
    pub(super) stripe: Arc<StripeClient>,
    pub(super) scans: EventScans,
    /// The metrics.
    pub metrics: PaymentMetrics,
    pub(super) endpoint_version: EndpointVersion,
    pub(super) work: Arc<Notify>,
    /// The id of this database, which the metadata of objects at Stripe names.
    pub(super) database: String,
    pub(super) webhook_secrets: Arc<[SecretString]>,
    /// The address at which browsers reach the service, without a slash at the end.
    pub(super) public_url: String,
    /// How many checkouts of an account may be open at once; 0 for any number.
    pub(super) open_checkouts_max: u32,
    /// The accounts for which the page of a plan is being opened.
    pub(super) opening: KeyedLocks,
    /// Look-ups for visitors of the return pages.
    pub visitor_lookups: VisitorLookups,
    writer: CommittingWriter,
    /// What Stripe charges for plans, as it was last read.
    plan_prices: Mutex<Arc<PlanPrices>>,
    plan_prices_shown: Notify,
}

/// The parts of [`Payments`].
pub struct PaymentsSetup {
    /// The accounts that payments change.
    pub accounts: Arc<Accounts>,
    /// The store of purchases, events and work items.
    pub store: Arc<dyn Store>,
    /// Stripe's API.
    pub stripe: Arc<StripeClient>,
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
    /// How many checkouts of an account may be open at once; 0 for any number.
    pub open_checkouts_max: u32,
}

impl Payments {
    /// Creates `Payments`. The first event scan is due at once.
    pub fn new(setup: PaymentsSetup) -> Self {
        let PaymentsSetup { accounts, store, stripe, metrics, work, database, webhook_secrets, .. } = setup;
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
            webhook_secrets: webhook_secrets.into(),
            public_url: setup.public_url.as_str().trim_end_matches('/').to_owned(),
            open_checkouts_max: setup.open_checkouts_max,
            opening: KeyedLocks::default(),
            visitor_lookups: VisitorLookups::default(),
            writer,
            plan_prices: Mutex::default(),
            plan_prices_shown: Notify::new(),
        }
    }

    /// What Stripe charges for plans, as it was last read. It is read again soon.
    pub fn plan_prices(&self) -> Arc<PlanPrices> {
        self.plan_prices_shown.notify_one();
        Arc::clone(&self.plan_prices.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns when somebody was shown the prices of plans.
    pub async fn plan_prices_were_shown(&self) {
        self.plan_prices_shown.notified().await;
    }

    /// Replaces what Stripe charges for plans.
    pub fn set_plan_prices(&self, prices: PlanPrices) {
        *self.plan_prices.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(prices);
    }

    /// The permissions that Stripe said the key lacks, since the last check.
    pub fn missing_permissions(&self) -> Vec<Finding> {
        let missing = self.stripe.missing_permissions().all().into_iter();
        missing
            .map(|(permission, why)| {
                let what = format!("Stripe refused a call, because the key lacks this permission: {why}");
                let remedy = "Give the key this permission in Stripe's dashboard";
                Finding::risk(Checked::Permission, what.trim_end_matches('.'), remedy).about(permission)
            })
            .collect()
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
