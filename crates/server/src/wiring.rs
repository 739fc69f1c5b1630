//! Wires the layers of the service together; nothing of them runs yet.

use crate::accounts::{AccountMetrics, Accounts, AccountsSetup, stored_test_clock};
use crate::base::clock::Clock;
use crate::base::finding::LatestFindings;
use crate::base::metrics::registry;
use crate::base::outgoing::HttpClient;
use crate::base::random::{RandomSource, SystemRandom};
use crate::checks::{Checks, RegularChecks};
use crate::errors::StartError;
use crate::http::auth::issuer::Issuer;
use crate::http::auth::service_keys::ServiceKeys;
use crate::http::metrics::HttpMetrics;
use crate::http::openapi;
use crate::http::state::{Http, HttpSetup, Published, ServiceState};
use crate::payments::{PaymentMetrics, Payments, PaymentsSetup, StripeClient, StripeMetrics};
use crate::settings::Settings;
use crate::store::Store;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::Notify;
use url::Url;
use uuid::Uuid;

/// What reaches out of the process. A simulation brings its own.
pub struct Environment {
    /// Outgoing HTTP.
    pub http: HttpClient,
    /// Randomness for pauses.
    pub random: Arc<dyn RandomSource>,
}

impl Environment {
    /// The network and the system's randomness.
    pub fn system() -> Result<Self, StartError> {
        Ok(Self { http: HttpClient::over_network()?, random: Arc::new(SystemRandom) })
    }
}

/// The layers of the service.
pub struct Service {
    /// Where everything is stored.
    pub store: Arc<dyn Store>,
    /// Decides on accounts.
    pub accounts: Arc<Accounts>,
    /// Sells, and follows payments up.
    pub payments: Arc<Payments>,
    /// Serves HTTP.
    pub http: Arc<Http>,
    /// What is checked at the start and daily.
    pub checks: Arc<Checks>,
}

impl Service {
    /// Opens the database and wires the layers together.
    ///
    /// # Errors
    /// If the database cannot be used.
    pub async fn assemble(
        settings: Settings,
        addr: SocketAddr,
        environment: Environment,
    ) -> Result<Self, StartError> {
        let opened = settings.database.open().await;
        let store = opened.map_err(|error| StartError::database(&settings.database, error))?;
        Self::on(store.into(), settings, addr, environment).await
    }

    /// Wires the layers together over an open store.
    pub async fn on(
        store: Arc<dyn Store>,
        settings: Settings,
        addr: SocketAddr,
        Environment { http, random }: Environment,
    ) -> Result<Self, StartError> {
        // The first start on a database creates the secret.
        let subject_secret = store.setting("subject_secret", random_secret()?).await?;
        // The first start creates it too. A copy or a restored backup of the database keeps it.
        let database = store.setting("database_id", Uuid::new_v4().to_string().into_bytes()).await?;
        let database = String::from_utf8_lossy(&database).into_owned();
        let clock = if settings.test_clock { stored_test_clock(&*store).await? } else { Clock::real() };
        let mut registry = registry();
        store.register(&mut registry);
        let work = Arc::new(Notify::new());
        let accounts = Arc::new(Accounts::new(AccountsSetup {
            store: Arc::clone(&store),
            catalogue: settings.catalogue,
            clock,
            metrics: AccountMetrics::new(&mut registry),
            work: Arc::clone(&work),
        }));
        let metrics = PaymentMetrics::new(&mut registry);
        let (base, key) = (&settings.stripe_api_base, settings.stripe_secret_key);
        let (client, stripe_metrics) = (http.clone(), metrics.stripe.clone());
        let stripe = Arc::new(StripeClient::new(base, key, client, Arc::clone(&random), stripe_metrics));
        let public_url = settings.public_url.map_or_else(|| own_address(addr), Ok)?;
        let checks = Arc::new(Checks {
            stripe: Arc::clone(&stripe),
            catalogue: accounts.catalogue().clone(),
            public_url: without_slash(&public_url),
            test_clock: settings.test_clock,
            database: settings.database,
            oidc: settings.oidc.clone(),
            http: http.clone(),
        });
        let findings = LatestFindings::new(&mut registry);
        let payments = Arc::new(Payments::new(PaymentsSetup {
            accounts: Arc::clone(&accounts),
            store: Arc::clone(&store),
            stripe,
            metrics,
            work,
            database,
            webhook_secrets: settings.stripe_webhook_secrets,
            public_url,
            open_checkouts_max: settings.limits.open_checkouts,
        }));
        let setup = HttpSetup {
            issuer: Issuer::new(settings.oidc, http),
            service_keys: ServiceKeys::new(settings.service_keys),
            subject_secret,
            published: Published {
                checkout_hosts: settings.checkout_hosts,
                min_app_version: settings.min_app_version,
                support_contact: settings.support_contact,
                openapi: openapi::document().to_json()?.into(),
            },
            metrics: HttpMetrics::new(registry),
            findings: Arc::new(findings),
            random,
        };
        Ok(Self { store, accounts, payments, http: Arc::new(Http::new(&settings.limits, setup)), checks })
    }

    /// The checks that the running service repeats.
    pub fn regular_checks(&self) -> RegularChecks {
        RegularChecks {
            checks: Arc::clone(&self.checks),
            findings: Arc::clone(&self.http.findings),
            payments: Arc::clone(&self.payments),
        }
    }

    /// What the router is given.
    pub fn state(&self) -> ServiceState {
        ServiceState {
            accounts: Arc::clone(&self.accounts),
            payments: Arc::clone(&self.payments),
            store: Arc::clone(&self.store),
            http: Arc::clone(&self.http),
        }
    }
}

/// What `check` looks at, without opening the database.
///
/// # Errors
/// If the service's own address cannot be written as a URL.
pub fn checks(settings: Settings, Environment { http, random }: Environment) -> Result<Checks, StartError> {
    let (base, key) = (&settings.stripe_api_base, settings.stripe_secret_key);
    let stripe = StripeClient::new(base, key, http.clone(), random, StripeMetrics::default());
    let public_url = settings.public_url.map_or_else(|| own_address(settings.listen), Ok)?;
    Ok(Checks {
        stripe: Arc::new(stripe),
        catalogue: settings.catalogue,
        public_url: without_slash(&public_url),
        test_clock: settings.test_clock,
        database: settings.database,
        oidc: settings.oidc,
        http,
    })
}

fn without_slash(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}

fn random_secret() -> Result<Vec<u8>, StartError> {
    let mut secret = vec![0; 32];
    getrandom::fill(&mut secret).map_err(StartError::Randomness)?;
    Ok(secret)
}

/// Where browsers on this machine reach the service.
fn own_address(addr: SocketAddr) -> Result<Url, StartError> {
    let host =
        if addr.ip().is_unspecified() { format!("localhost:{}", addr.port()) } else { addr.to_string() };
    Ok(Url::parse(&format!("http://{host}"))?)
}
