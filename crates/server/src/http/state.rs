//! The state that handlers share.

use super::admission::Admission;
use super::auth::issuer::Issuer;
use super::auth::service_keys::ServiceKeys;
use super::limits::Limits;
use super::metrics::HttpMetrics;
use super::rates::{FORGET_EVERY, Rates};
use crate::accounts::Accounts;
use crate::base::finding::LatestFindings;
use crate::base::random::RandomSource;
use crate::payments::Payments;
use crate::store::Store;
use axum::body::Bytes;
use axum::extract::FromRef;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tokio_util::sync::CancellationToken;

/// The state of HTTP: authentication, limits, metrics.
pub struct Http {
    /// Verifies access tokens.
    pub issuer: Issuer,
    /// Verifies service keys.
    pub service_keys: ServiceKeys,
    /// The key that subjects are hashed with.
    pub subject_secret: Vec<u8>,
    /// The description of the service for the app.
    pub published: Published,
    /// The limits of concurrent work.
    pub admission: Admission,
    /// The rate limits.
    pub rates: Rates,
    /// The metrics.
    pub metrics: HttpMetrics,
    /// What the last check found.
    pub findings: Arc<LatestFindings>,
    /// Draws the random part of pauses.
    pub random: Arc<dyn RandomSource>,
    /// Set when the service is about to stop, so that load balancers send no more requests.
    pub is_draining: AtomicBool,
    /// Cancelled when the service stops.
    pub stopping: CancellationToken,
}

/// The description of the service for the app.
pub struct Published {
    /// The only hosts that the app opens for paying and billing.
    pub checkout_hosts: Vec<String>,
    /// The oldest app version that is still served.
    pub min_app_version: Option<String>,
    /// How users reach the operator.
    pub support_contact: Option<String>,
    /// The OpenAPI description, as JSON.
    pub openapi: Bytes,
}

/// The parts of [`Http`].
pub struct HttpSetup {
    /// Verifies access tokens.
    pub issuer: Issuer,
    /// Verifies service keys.
    pub service_keys: ServiceKeys,
    /// The key that subjects are hashed with.
    pub subject_secret: Vec<u8>,
    /// The description of the service for the app.
    pub published: Published,
    /// The metrics.
    pub metrics: HttpMetrics,
    /// What the last check found.
    pub findings: Arc<LatestFindings>,
    /// Draws the random part of pauses.
    pub random: Arc<dyn RandomSource>,
}

impl Http {
    /// Creates the state. Nothing is served yet.
    pub fn new(limits: &Limits, setup: HttpSetup) -> Self {
        let HttpSetup { issuer, service_keys, subject_secret, published, metrics, findings, random } = setup;
        Self {
            issuer,
            service_keys,
            subject_secret,
            published,
            admission: Admission::new(limits),
            rates: Rates::new(limits),
            metrics,
            findings,
            random,
            is_draining: AtomicBool::new(false),
            stopping: CancellationToken::new(),
        }
    }
}

/// Removes full buckets of callers, until the service stops.
pub async fn forget_idle_callers(http: Arc<Http>) {
    let mut passes = tokio::time::interval(FORGET_EVERY);
    loop {
        tokio::select! {
            () = http.stopping.cancelled() => return,
            _ = passes.tick() => http.rates.forget_idle(),
        }
    }
}

/// The state of the router. Each handler extracts the part that it needs.
#[derive(Clone)]
pub struct ServiceState {
    /// Decides on accounts.
    pub accounts: Arc<Accounts>,
    /// Sells packs and plans, and follows payments up.
    pub payments: Arc<Payments>,
    /// Reads data without a decision by the rules.
    pub store: Arc<dyn Store>,
    /// Serves HTTP.
    pub http: Arc<Http>,
}

impl FromRef<ServiceState> for Arc<Accounts> {
    fn from_ref(state: &ServiceState) -> Self {
        Self::clone(&state.accounts)
    }
}

impl FromRef<ServiceState> for Arc<Payments> {
    fn from_ref(state: &ServiceState) -> Self {
        Self::clone(&state.payments)
    }
}

impl FromRef<ServiceState> for Arc<dyn Store> {
    fn from_ref(state: &ServiceState) -> Self {
        Self::clone(&state.store)
    }
}

impl FromRef<ServiceState> for Arc<Http> {
    fn from_ref(state: &ServiceState) -> Self {
        Self::clone(&state.http)
    }
}
