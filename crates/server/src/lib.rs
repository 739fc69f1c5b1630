//! The token service: the ledger's rules behind HTTP, users known by their OpenID Connect sign-in, packs and plans sold
//! through Stripe.
//!
//! [`start`] runs it in this process; the program `tokenwell-server` is a thin shell around that. Where to look:
//! every route is in `routes`, what an event of Stripe means is in `payment_events`, the SQL is in `store`.

mod admission;
mod auth;
mod clock;
mod connections;
mod draft;
mod fulfil;
mod handlers;
mod metrics;
mod observe;
mod openapi;
mod outside;
mod payment_events;
mod problem;
mod rates;
mod reconcile;
mod request;
mod routes;
mod settings;
mod store;
#[cfg(test)]
mod storm;
mod streams;
mod stripe;
mod together;
mod translate;
mod turns;
mod worker;

pub use openapi::document as openapi_document;
pub use reconcile::{Drift, ReconcileError};
pub use settings::{Limits, LogFormat, Settings, SettingsError, Task};
pub use store::{CopyError, CopyJob, CopySummary, Database, DatabaseAddressError, OpenError};

use admission::Admission;
use auth::{Issuer, ServiceKeys};
use clock::Clock;
use jiff::Timestamp;
use metrics::Metrics;
use outside::Outside;
use rates::Rates;
use reconcile::{Telling, Walks};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use store::{Store, StoreError};

use streams::Streams;
use stripe::Stripe;
use together::{Remembered, Turns};
use tokenwell_ledger::Catalogue;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use url::Url;

/// How long one call of Stripe or of the issuer may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(20);
/// How long connecting to them may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long requests that are under way may take to end when the service stops.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(15);

/// What every handler and worker shares.
struct App {
    catalogue: Catalogue,
    clock: Clock,
    store: Box<dyn Store>,
    stripe: Stripe,
    issuer: Issuer,
    service_keys: ServiceKeys,
    webhook_secrets: Vec<secrecy::SecretString>,
    public_url: Url,
    oidc_client_id: String,
    checkout_hosts: Vec<String>,
    min_app_version: Option<String>,
    /// The key that subjects are hashed with; made by the first start on a database.
    subject_secret: Vec<u8>,
    /// Whose turn it is to change an account.
    turns: Turns,
    remembered: Remembered,
    streams: Streams,
    metrics: Metrics,
    admission: Admission,
    rates: Rates,
    /// When Stripe's list of events is walked next.
    walks: Walks,
    /// Set under [`reconcile`] only: where the ledger and Stripe differ is told.
    telling: Option<Telling>,
    /// Wakes the worker: there is something to do.
    work: Notify,
    /// Set when the service is about to stop: nobody is to be sent here any more.
    draining: AtomicBool,
    /// Cancelled when the service stops.
    stopping: CancellationToken,
}

/// Why the service did not start: one line that names the flag and the fix.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Nothing can listen there.
    #[error("--listen {address}: {reason}; choose another port, or 0 for a free one")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        reason: String,
    },
    /// The database cannot be used.
    #[error("--database {shown}: {reason}; {remedy}")]
    Database {
        /// Its address, without a password.
        shown: String,
        /// What it said.
        #[source]
        reason: OpenError,
        /// What to do.
        remedy: &'static str,
    },
    /// The system lacks something basic.
    #[error("this system does not work: {0}")]
    System(String),
}

/// A service that accepts connections.
pub struct Running {
    /// Where.
    pub addr: SocketAddr,
    app: Arc<App>,
    drain_delay: Duration,
    server: JoinHandle<()>,
    others: Vec<JoinHandle<()>>,
}

/// Starts the service; it accepts connections when this returns.
///
/// # Errors
/// If the address cannot be listened on or the database not be written. Stripe and the issuer may be away.
pub async fn start(settings: Settings) -> Result<Running, StartError> {
    let (listener, addr) = listen(settings.listen).await?;
    let drain_delay = settings.drain_delay;
    let app = Arc::new(assemble(settings, addr, outside()?, None).await?);
    let router = routes::router(Arc::clone(&app));
    Ok(Running {
        addr,
        drain_delay,
        server: tokio::spawn(connections::serve(listener, router, Arc::clone(&app))),
        others: vec![
            tokio::spawn(worker::run(Arc::clone(&app))),
            tokio::spawn(streams::follow(Arc::clone(&app))),
            tokio::spawn(rates::forget_idle(Arc::clone(&app))),
        ],
        app,
    })
}

/// Brings the ledger to what Stripe says, or in a dry run tells where they differ, through every purchase and
/// subscription; the service may run meanwhile. Each drift is handed to `tell`. Returns how many are left.
///
/// # Errors
/// If the database cannot be used, or Stripe does not answer: what was told so far holds.
pub async fn reconcile(
    settings: Settings,
    dry_run: bool,
    tell: impl FnMut(&Drift),
) -> Result<u64, ReconcileError> {
    let address = settings.listen;
    let app = assemble(settings, address, outside()?, Some(Telling::new(dry_run))).await?;
    let left = reconcile::everything(&app, tell).await;
    if !dry_run {
        worker::see_to_all(&app).await?;
    }
    app.store.close().await;
    left
}

/// Puts the parts together; nothing of them runs yet.
async fn assemble(
    settings: Settings,
    addr: SocketAddr,
    outside: Outside,
    telling: Option<Telling>,
) -> Result<App, StartError> {
    let database = &settings.database;
    let store = database.open().await.map_err(|reason| cannot_use(database, reason))?;
    let system = |error: StoreError| StartError::System(error.to_string());
    let subject_secret = store.setting("subject_secret", random_secret()?).await.map_err(system)?;
    let clock = if settings.test_clock { test_clock(&*store).await.map_err(system)? } else { Clock::real() };
    let metrics = Metrics::new(&*store);
    Ok(App {
        catalogue: settings.catalogue,
        clock,
        store,
        stripe: Stripe::new(
            &settings.stripe_api_base,
            settings.stripe_secret_key,
            outside.clone(),
            metrics.stripe.clone(),
        ),
        issuer: Issuer::new(settings.oidc_issuer, settings.oidc_audience, outside),
        service_keys: ServiceKeys::new(&settings.service_keys),
        webhook_secrets: settings.stripe_webhook_secrets,
        public_url: settings.public_url.map_or_else(|| own_address(addr), Ok)?,
        oidc_client_id: settings.oidc_client_id,
        checkout_hosts: settings.checkout_hosts,
        min_app_version: settings.min_app_version,
        subject_secret,
        turns: Turns::default(),
        remembered: Remembered::default(),
        streams: Streams::default(),
        metrics,
        admission: Admission::new(&settings.limits),
        rates: Rates::new(&settings.limits),
        walks: Walks::from(Timestamp::now()),
        telling,
        work: Notify::new(),
        draining: AtomicBool::new(false),
        stopping: CancellationToken::new(),
    })
}

impl Running {
    /// Says that it is not ready, and after a pause stops accepting, ends event streams, lets what is under way finish,
    /// and lets go of the database.
    pub async fn shutdown(self) {
        self.app.draining.store(true, Ordering::Relaxed);
        tokio::time::sleep(self.drain_delay).await;
        self.app.stopping.cancel();
        let drained = async {
            let _ = self.server.await;
            for other in self.others {
                let _ = other.await;
            }
        };
        if tokio::time::timeout(DRAIN_TIMEOUT, drained).await.is_err() {
            tracing::warn!("requests were still under way when the service stopped");
        }
        self.app.store.close().await;
    }

    /// Returns when the service has ended without being asked to.
    pub async fn failed(&mut self) {
        let ended = (&mut self.server).await;
        tracing::error!(?ended, "the service stopped accepting connections");
    }
}

fn outside() -> Result<Outside, StartError> {
    // Fails only if it was installed before, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .timeout(CALL_TIMEOUT)
        .connect_timeout(CONNECT_TIMEOUT)
        .user_agent(concat!("tokenwell-server/", env!("CARGO_PKG_VERSION")))
        .build();
    client.map(Outside::new).map_err(|error| StartError::System(error.to_string()))
}

/// Makes the steps that the schema of a database lacks.
///
/// # Errors
/// If the database cannot be used, or was left to a newer version.
pub async fn migrate(database: &Database) -> Result<(), StartError> {
    database.migrate().await.map_err(|reason| cannot_use(database, reason))
}

fn cannot_use(database: &Database, reason: OpenError) -> StartError {
    StartError::Database { shown: database.to_string(), reason, remedy: database.remedy() }
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let refused = |error: std::io::Error| StartError::Listen {
        address,
        reason: match error.kind() {
            std::io::ErrorKind::AddrInUse => "the port is taken".to_owned(),
            std::io::ErrorKind::PermissionDenied => "this port is not allowed".to_owned(),
            std::io::ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
            _ => error.to_string(),
        },
    };
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    let addr = listener.local_addr().map_err(refused)?;
    Ok((listener, addr))
}

/// A test clock stands where it stood when the service last ran on this database, else at the present.
async fn test_clock(store: &dyn Store) -> Result<Clock, StoreError> {
    let now = Timestamp::now().to_string().into_bytes();
    let stored = store.setting(handlers::TEST_CLOCK, now).await?;
    let now = String::from_utf8_lossy(&stored).parse().unwrap_or_else(|_| Timestamp::now());
    Ok(Clock::test(now))
}

fn random_secret() -> Result<Vec<u8>, StartError> {
    let mut secret = vec![0; 32];
    getrandom::fill(&mut secret).map_err(|error| StartError::System(error.to_string()))?;
    Ok(secret)
}

/// Where browsers on this machine reach the service.
fn own_address(addr: SocketAddr) -> Result<Url, StartError> {
    let host =
        if addr.ip().is_unspecified() { format!("localhost:{}", addr.port()) } else { addr.to_string() };
    Url::parse(&format!("http://{host}")).map_err(|error| StartError::System(error.to_string()))
}
