//! The running sandbox: its routes, its background tasks and its shutdown.

use crate::control::{self, Control};
use crate::error_chain::error_chain;
use crate::html::layout::SECURITY_HEADERS;
use crate::http_url::{InvalidUrl, parse_http_url};
use crate::identity;
use crate::identity::issuer::Issuer;
use crate::pages::{self, HostedPages};
use crate::platforms::{self, Platforms};
use crate::store::{SharedStore, WriteError};
use crate::stripe::{due, request, routes as stripe_routes};
use crate::studio::{self, Studio};
use crate::webhooks::{Endpoint, WebhookSender};
use axum::Router;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use jiff::Timestamp;
use secrecy::SecretString;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

/// A sandbox that accepts connections.
#[derive(Debug)]
pub struct Running {
    /// The address that it listens on, with the port that was picked for port 0.
    pub addr: SocketAddr,
    parts: Parts,
    server: JoinHandle<()>,
}

/// The parts of the sandbox; clones share everything.
#[derive(Debug, Clone)]
pub(crate) struct Parts {
    pub store: SharedStore,
    pub webhooks: WebhookSender,
    pub issuer: Issuer,
    pub platforms: Platforms,
    pub http: reqwest::Client,
    pub service_key: Option<SecretString>,
    pub shutdown: CancellationToken,
}

/// The webhook endpoint could not be set.
#[derive(Debug, thiserror::Error)]
pub enum SetEndpointError {
    /// The address is not valid.
    #[error("the webhook address is not valid")]
    Url(#[from] InvalidUrl),
    /// The data folder cannot be written to.
    #[error("the webhook endpoint could not be recorded")]
    Write(#[from] WriteError),
}

impl Running {
    /// Serves on a listener.
    pub(crate) fn new(addr: SocketAddr, listener: TcpListener, parts: Parts) -> Self {
        let server = tokio::spawn(serve(listener, parts.clone()));
        Self { addr, parts, server }
    }

    /// `http://` and the address: the base of Stripe's API. The issuer is this plus `/identity`.
    pub fn origin(&self) -> String {
        self.parts.store.origin().to_owned()
    }

    /// Every route, for a service in this process that calls them without a network.
    pub fn router(&self) -> Router {
        router(&self.parts)
    }

    /// Posts all further events to `url`, signed with `secret`, for a service that starts after the sandbox.
    ///
    /// # Errors
    /// If `url` is not an `http` or `https` address, or the data folder cannot be written to.
    pub fn send_webhooks_to(&self, url: &str, secret: &str) -> Result<(), SetEndpointError> {
        let url = parse_http_url(url)?;
        let endpoint = Endpoint { url, secret: secret.into() };
        Ok(self.parts.webhooks.set_endpoint(endpoint)?)
    }

    /// Stops accepting connections, finishes the requests under way, and returns when everything has ended.
    pub async fn shutdown(self) {
        self.parts.shutdown.cancel();
        if let Err(error) = self.server.await {
            tracing::error!(error = error_chain(&error), "the server task failed");
        }
    }
}

async fn serve(listener: TcpListener, parts: Parts) {
    let mut tasks = JoinSet::new();
    tasks.spawn(parts.webhooks.clone().run());
    tasks.spawn(do_due_work(parts.store.clone(), parts.shutdown.clone()));
    let server = axum::serve(listener, router(&parts))
        .with_graceful_shutdown(async move { parts.shutdown.cancelled().await });
    if let Err(error) = server.await {
        tracing::error!(error = error_chain(&error), "the listener failed");
    }
    tasks.join_all().await;
}

fn router(parts: &Parts) -> Router {
    let Parts { store, webhooks, issuer, platforms, http, service_key, .. } = parts.clone();
    let hosted_pages = HostedPages { store: store.clone(), webhooks: webhooks.clone() };
    let studio = Studio { store: store.clone(), webhooks: webhooks.clone(), http: http.clone(), service_key };
    let control = Control {
        store: store.clone(),
        webhooks,
        issuer: issuer.clone(),
        platforms: platforms.clone(),
        http,
    };
    let html = Router::new()
        .merge(pages::routes().with_state(hosted_pages))
        .merge(identity::routes().with_state(issuer))
        .merge(studio::routes().with_state(studio))
        .layer(axum::middleware::from_fn(add_security_headers));
    Router::new()
        .merge(stripe_routes::routes())
        .merge(control::routes().with_state(control))
        .merge(platforms::routes().with_state(platforms))
        .merge(html)
        .method_not_allowed_fallback(request::not_found)
        .with_state(store)
}

async fn add_security_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().extend(SECURITY_HEADERS);
    response
}

/// Does the work that falls due as time passes, until the shutdown.
async fn do_due_work(store: SharedStore, shutdown: CancellationToken) {
    let mut changes = store.changes();
    loop {
        changes.mark_unchanged();
        let wait = store.read(due::next_due).map_or(Duration::from_hours(1), |due| {
            let wait = Duration::try_from(due.duration_since(Timestamp::now())).unwrap_or_default();
            wait.min(Duration::from_hours(1))
        });
        tokio::select! {
            _ = changes.changed() => {}
            () = tokio::time::sleep(wait) => {
                let done: Result<(), WriteError> = store.change(|store| {
                    due::catch_up(store);
                    Ok(())
                });
                if let Err(error) = done {
                    tracing::error!(error = error_chain(&error), "due work failed; it is tried again");
                }
            }
            () = shutdown.cancelled() => return,
        }
    }
}
