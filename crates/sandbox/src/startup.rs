//! Starting the sandbox.

use crate::identity::issuer::Issuer;
use crate::identity::signer::{Signer, SigningKeyError};
use crate::platforms::Platforms;
use crate::records::endpoint;
use crate::records::table::Records;
use crate::server::{Parts, Running};
use crate::settings::Settings;
use crate::store::{SharedStore, Store};
use crate::stripe::api::idempotency;
use crate::stripe::catalogue::plans;
use crate::stripe::portal::configurations;
use crate::webhooks::{Endpoint, WebhookSender};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// The sandbox could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error(
        "--listen {addr}: {source}; choose an address of this machine and a free port, or port 0 to have one picked"
    )]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// The system's error.
        source: std::io::Error,
    },
    /// The data folder cannot be used.
    #[error("--data {}: {source}; choose a folder that can be written to", folder.display())]
    Data {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with it.
        source: DataError,
    },
    /// There is an address for webhooks without a secret.
    #[error("--webhook-secret is missing: with --webhook-url, events are signed with it")]
    Secret,
    /// The HTTP client could not be created.
    #[error("the HTTP client could not be created: {0}")]
    Http(#[from] reqwest::Error),
}

/// The data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The folder cannot be created.
    #[error(transparent)]
    Folder(#[from] std::io::Error),
    /// The database cannot be opened or written.
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
    /// The signing key in the database is damaged.
    #[error(transparent)]
    SigningKey(#[from] SigningKeyError),
}

/// Starts the sandbox. It accepts connections when this returns.
pub async fn start(settings: Settings) -> Result<Running, StartError> {
    // Fails if the process has a provider already, which then is used.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let listen_error = |source| StartError::Listen { addr: settings.listen, source };
    let listener = TcpListener::bind(settings.listen).await.map_err(listen_error)?;
    let addr = listener.local_addr().map_err(listen_error)?;
    let endpoint = match (settings.webhook_url, settings.webhook_secret) {
        (Some(url), Some(secret)) => Some(Endpoint { url, secret }),
        (Some(_), None) => return Err(StartError::Secret),
        (None, _) => None,
    };
    let (store, signer) = open(settings.data.as_deref(), origin(addr), endpoint.as_ref())
        .map_err(|source| StartError::Data { folder: settings.data.unwrap_or_default(), source })?;
    // The service's address is a setting, so neither a proxy of the environment nor a redirect may change it.
    let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?;
    let store = SharedStore::new(store);
    let shutdown = CancellationToken::new();
    let webhooks = WebhookSender::new(store.clone(), http.clone(), endpoint, shutdown.clone());
    let issuer = Issuer { store: store.clone(), signer: Arc::new(signer) };
    let platforms = Platforms::default();
    let service_key = settings.service_key;
    let parts = Parts { store, webhooks, issuer, platforms, http, service_key, shutdown };
    Ok(Running::new(addr, listener, parts))
}

/// The store with the records of a data folder, or in memory without one; and the issuer's signer.
fn open(
    data: Option<&Path>,
    origin: String,
    endpoint: Option<&Endpoint>,
) -> Result<(Store, Signer), DataError> {
    let records = match data {
        Some(folder) => {
            std::fs::create_dir_all(folder)?;
            Records::open(&folder.join("sandbox.sqlite"))?
        }
        None => Records::in_memory(),
    };
    let mut store = Store::new(records, origin);
    endpoint::set_url(&mut store.records, endpoint.map(|endpoint| endpoint.url.as_str()));
    idempotency::remove_expired(&mut store.records);
    plans::seed(&mut store);
    configurations::seed(&mut store);
    let signer = Signer::from_records(&mut store.records)?;
    store.records.commit()?;
    Ok((store, signer))
}

/// The address at which clients reach the sandbox: if it listens on every address, the loopback one.
fn origin(addr: SocketAddr) -> String {
    let ip = match addr.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    format!("http://{}", SocketAddr::new(ip, addr.port()))
}
