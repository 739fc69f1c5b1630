//! Stand-ins for the outside world, for development, demo and tests: Stripe's API and hosted pages, an OpenID issuer, a
//! demo studio that spends tokens. Never linked into the service or the app.
//!
//! - [`stripe`]: the API under `/v1`; its objects are JSON values in Stripe's own shapes
//! - [`pages`]: the hosted checkout, portal, receipts
//! - [`webhooks`]: delivery of events, and how it misbehaves
//! - [`identity`]: the issuer; [`users`]: who can sign in
//! - [`studio`]: spends tokens through the service
//! - [`control`]: `/sandbox/…`, what happens in the outside world on request
//! - [`books`] over [`records`]: the state, in memory and written through to SQLite

#![recursion_limit = "512"]

mod books;
mod control;
mod id;
mod identity;
mod pages;
mod records;
mod settings;
mod stripe;
mod studio;
mod time;
mod users;
mod webhooks;
mod world;

pub use settings::Settings;

use axum::Router;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::get;
use books::Books;
use identity::keys::Signer;
use records::Records;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};
use webhooks::Endpoint;
use world::World;

/// A sandbox that accepts connections.
#[derive(Debug)]
pub struct Running {
    /// Where it listens; the port is the one that was picked if port 0 was asked for.
    pub addr: SocketAddr,
    world: World,
    server: JoinHandle<()>,
}

/// Why the sandbox could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Nothing could listen on the address.
    #[error(
        "--listen {addr}: {source}; choose an address of this machine and a free port, or port 0 to have one picked"
    )]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The data folder cannot be used.
    #[error("--data {}: {why}; choose a folder that can be written to", folder.display())]
    Data {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A webhook address without a secret.
    #[error("--webhook-secret is missing: with --webhook-url it is what events are signed with")]
    Secret,
    /// The HTTP client could not be made.
    #[error("the HTTP client could not be made: {0}")]
    Http(#[from] reqwest::Error),
}

/// Starts the sandbox; it accepts connections once this returns.
pub async fn start(settings: Settings) -> Result<Running, StartError> {
    // Fails if a provider is installed already, which is just as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let listener = TcpListener::bind(settings.listen)
        .await
        .map_err(|source| StartError::Listen { addr: settings.listen, source })?;
    let addr =
        listener.local_addr().map_err(|source| StartError::Listen { addr: settings.listen, source })?;
    let mut books = Books::new(open(settings.data.as_deref())?, origin(addr));
    let endpoint = match (settings.webhook_url, settings.webhook_secret) {
        (Some(url), Some(secret)) => Some(Endpoint { url, secret }),
        (Some(_), None) => return Err(StartError::Secret),
        (None, _) => None,
    };
    webhooks::note_endpoint(&mut books.records, endpoint.is_some());
    stripe::gate::forget_old_keys(&mut books.records);
    stripe::seed(&mut books);
    let folder = settings.data.unwrap_or_default();
    let signer =
        Signer::of(&mut books.records).map_err(|why| StartError::Data { folder: folder.clone(), why })?;
    books.records.commit().map_err(|error| StartError::Data { folder, why: error.to_string() })?;
    // Neither an environment's proxy nor a redirect has a say in where the service is.
    let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?;
    let world = World::new(books, signer, http, endpoint, settings.service_key);
    let server = tokio::spawn(serve(listener, world.clone()));
    Ok(Running { addr, world, server })
}

fn open(data: Option<&Path>) -> Result<Records, StartError> {
    let Some(folder) = data else { return Ok(Records::in_memory()) };
    let failed = |why: String| StartError::Data { folder: folder.to_owned(), why };
    std::fs::create_dir_all(folder).map_err(|error| failed(error.to_string()))?;
    Records::open(&folder.join("sandbox.sqlite")).map_err(|error| failed(error.to_string()))
}

/// How the sandbox is reached: an address that listens everywhere is reached on the loopback one.
fn origin(addr: SocketAddr) -> String {
    let ip = match addr.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    format!("http://{}", SocketAddr::new(ip, addr.port()))
}

async fn serve(listener: TcpListener, world: World) {
    let mut tasks = JoinSet::new();
    tasks.spawn(webhooks::deliver_for_ever(world.clone()));
    tasks.spawn(keep_time(world.clone()));
    let stop = world.clone();
    let server =
        axum::serve(listener, router(world)).with_graceful_shutdown(async move { stop.stopped().await });
    if let Err(error) = server.await {
        tracing::error!(%error, "the listener failed");
    }
    tasks.join_all().await;
}

fn router(world: World) -> Router {
    let pages = Router::new()
        .route("/c/pay/{session}", get(pages::checkout::show).post(pages::checkout::pay))
        .route("/invoices/{invoice}", get(pages::receipt::invoice))
        .route("/p/session/{portal}", get(pages::portal::show).post(pages::portal::act))
        .route("/receipts/{charge}", get(pages::receipt::receipt))
        .merge(identity::routes())
        .merge(studio::routes())
        .layer(axum::middleware::from_fn(secured));
    Router::new()
        .merge(stripe::routes())
        .merge(control::routes())
        .merge(pages)
        .method_not_allowed_fallback(stripe::gate::unknown)
        .with_state(world)
}

async fn secured(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().extend(pages::SECURITY_HEADERS);
    response
}

/// Does what falls due as time goes by: checkouts expire, subscriptions renew.
async fn keep_time(world: World) {
    let mut changes = world.changes();
    loop {
        changes.mark_unchanged();
        let next = world.read(stripe::next_due);
        let wait = next.map_or(Duration::from_hours(1), |due| {
            let wait = Duration::try_from(due.duration_since(time::real_now())).unwrap_or_default();
            wait.min(Duration::from_hours(1))
        });
        tokio::select! {
            _ = changes.changed() => {}
            () = tokio::time::sleep(wait) => {
                let done: rusqlite::Result<()> = world.change(|books| { stripe::catch_up(books); Ok(()) });
                if let Err(error) = done {
                    tracing::error!(%error, "what fell due could not be written down; it is tried again");
                }
            }
            () = world.stopped() => return,
        }
    }
}

impl Running {
    /// `http://` and the address: the base of Stripe's API; the issuer is this plus `/identity`.
    pub fn origin(&self) -> String {
        self.world.origin().to_owned()
    }

    /// Every call, as a service in this process makes them without a network in between.
    pub fn router(&self) -> Router {
        router(self.world.clone())
    }

    /// From now on events are posted to `url`, signed with `secret`: for a service that starts after the sandbox.
    ///
    /// # Errors
    /// If `url` is not an `http` or `https` address, or the data folder cannot be written to.
    pub fn send_webhooks_to(&self, url: &str, secret: &str) -> Result<(), String> {
        let url = settings::http_url(url)?;
        let endpoint = Endpoint { url, secret: secret.into() };
        self.world.set_endpoint(endpoint).map_err(|error| error.to_string())
    }

    /// Stops accepting, finishes what is under way and returns once everything has ended.
    pub async fn shutdown(self) {
        self.world.stop();
        if let Err(error) = self.server.await {
            tracing::error!(%error, "the sandbox did not end well");
        }
    }
}
