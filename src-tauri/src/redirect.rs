//! The listener on loopback that the issuer redirects the browser to (RFC 8252), open for one sign-in.

use axum::{
    Router,
    extract::{Query, State},
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;
use std::{
    net::{Ipv4Addr, Ipv6Addr},
    sync::Arc,
};
use tokenwell_desktop::text::Texts;
use tokenwell_wire::RedirectHost;
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot},
};
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;

/// The query that the issuer sends with the browser.
#[derive(Deserialize)]
pub(crate) struct Redirect {
    pub(crate) state: Option<String>,
    pub(crate) code: Option<String>,
    pub(crate) error: Option<String>,
    /// The issuer (RFC 9207).
    pub(crate) iss: Option<String>,
}

/// A browser that was redirected here. It waits for the answer.
pub(crate) struct Visit {
    pub(crate) redirect: Redirect,
    pub(crate) answer: oneshot::Sender<Answer>,
}

/// What the browser is told.
pub(crate) enum Answer {
    SignedIn,
    /// The user is not signed in.
    Ended,
    /// The sign-in goes on at this page.
    Elsewhere(Url),
}

/// The listener. Dropping it stops it after open responses are sent.
pub(crate) struct Listener {
    /// The address that the issuer redirects to.
    pub(crate) url: Url,
    visits: mpsc::Receiver<Visit>,
    _stop: DropGuard,
}

struct ResultPage {
    texts: Arc<Texts>,
    visits: mpsc::Sender<Visit>,
}

impl Listener {
    /// Listens on the first of these ports that is free, or on any free port if there are none.
    pub(crate) async fn start(texts: Arc<Texts>, host: RedirectHost, ports: &[u16]) -> std::io::Result<Self> {
        let (listeners, port) = bind_first(host, ports).await?;
        let name = match host {
            RedirectHost::Loopback => "127.0.0.1",
            RedirectHost::Localhost => "localhost",
        };
        let url = Url::parse(&format!("http://{name}:{port}/callback")).map_err(std::io::Error::other)?;

        let (sender, visits) = mpsc::channel(1);
        let page = Arc::new(ResultPage { texts, visits: sender });
        let routes = Router::new().route("/callback", get(callback)).with_state(page);
        let stop = CancellationToken::new();
        for listener in listeners {
            let stopped = stop.clone().cancelled_owned();
            let server = axum::serve(listener, routes.clone()).with_graceful_shutdown(stopped);
            tokio::spawn(server.into_future());
        }
        Ok(Self { url, visits, _stop: stop.drop_guard() })
    }

    /// Waits for the next browser that is redirected here.
    pub(crate) async fn visit(&mut self) -> Option<Visit> {
        self.visits.recv().await
    }
}

/// Listeners on the first of these ports that is free, or on any free port if there are none; and the port.
async fn bind_first(host: RedirectHost, ports: &[u16]) -> std::io::Result<(Vec<TcpListener>, u16)> {
    let mut result = Err(std::io::ErrorKind::AddrNotAvailable.into());
    for port in if ports.is_empty() { &[0] } else { ports } {
        result = bind(host, *port).await;
        if result.is_ok() {
            break;
        }
    }
    result
}

/// Browsers look for `localhost` at both loopback addresses, so nobody else may listen at one of them. A computer without
/// IPv6 has only one.
async fn bind(host: RedirectHost, port: u16) -> std::io::Result<(Vec<TcpListener>, u16)> {
    let first = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let port = first.local_addr()?.port();
    let mut listeners = vec![first];
    if host == RedirectHost::Localhost {
        match TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
            Ok(second) => listeners.push(second),
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => return Err(error),
            Err(_) => {}
        }
    }
    Ok((listeners, port))
}

async fn callback(State(page): State<Arc<ResultPage>>, Query(redirect): Query<Redirect>) -> Response {
    let (sender, answer) = oneshot::channel();
    // If the sign-in has ended meanwhile, the visit is not received, and the page says that the user is not signed in.
    drop(page.visits.send(Visit { redirect, answer: sender }).await);
    let (status, name) = match answer.await.unwrap_or(Answer::Ended) {
        Answer::SignedIn => (StatusCode::OK, "signed-in"),
        Answer::Ended => (StatusCode::FORBIDDEN, "sign-in-ended"),
        Answer::Elsewhere(url) => return axum::response::Redirect::to(url.as_str()).into_response(),
    };
    let text = |what| page.texts.say(&format!("{name}-{what}"));
    let html = include_str!("redirect.html")
        .replace("{lang}", &page.texts.locale())
        .replace("{title}", &text("title"))
        .replace("{text}", &text("text"));
    let headers = [
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONNECTION, "close"),
    ];
    let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
    (status, headers, Html(html)).into_response()
}
