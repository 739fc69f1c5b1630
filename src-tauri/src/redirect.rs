//! The way back from the sign-in page: a listener on loopback (RFC 8252), alive for one sign-in.

use axum::{
    Router,
    extract::{Query, State},
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;
use std::{net::Ipv4Addr, sync::Arc};
use tokenwell_desktop::text::Texts;
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot},
};
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;

/// What the issuer sends along with the user's browser.
#[derive(Deserialize)]
pub(crate) struct Redirect {
    pub(crate) state: Option<String>,
    pub(crate) code: Option<String>,
    pub(crate) error: Option<String>,
}

/// A browser that came back and waits to hear how it ended.
pub(crate) struct Visit {
    pub(crate) redirect: Redirect,
    pub(crate) signed_in: oneshot::Sender<bool>,
}

/// The listener; it stops when this is dropped, once open answers are sent.
pub(crate) struct Listener {
    /// Where the issuer sends the browser to.
    pub(crate) url: Url,
    visits: mpsc::Receiver<Visit>,
    _stop: DropGuard,
}

struct Page {
    texts: Arc<Texts>,
    visits: mpsc::Sender<Visit>,
}

impl Listener {
    /// Listens on a free port of 127.0.0.1.
    pub(crate) async fn start(texts: Arc<Texts>) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = format!("http://{}/callback", listener.local_addr()?);
        let url = Url::parse(&address).map_err(std::io::Error::other)?;

        let (sender, visits) = mpsc::channel(1);
        let page = Arc::new(Page { texts, visits: sender });
        let routes = Router::new().route("/callback", get(callback)).with_state(page);
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        tokio::spawn(axum::serve(listener, routes).with_graceful_shutdown(stopped).into_future());
        Ok(Self { url, visits, _stop: stop.drop_guard() })
    }

    /// The next browser that comes back.
    pub(crate) async fn visit(&mut self) -> Option<Visit> {
        self.visits.recv().await
    }
}

async fn callback(State(page): State<Arc<Page>>, Query(redirect): Query<Redirect>) -> Response {
    let (signed_in, outcome) = oneshot::channel();
    // If signing in is over meanwhile, nobody takes the visit, and the outcome is no.
    drop(page.visits.send(Visit { redirect, signed_in }).await);
    let signed_in = outcome.await.unwrap_or(false);
    let (status, name) =
        if signed_in { (StatusCode::OK, "signed-in") } else { (StatusCode::FORBIDDEN, "sign-in-ended") };
    let say = |what| page.texts.say(&format!("{name}-{what}"));
    let html =
        include_str!("redirect.html").replace("{title}", &say("title")).replace("{text}", &say("text"));
    let headers = [
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONNECTION, "close"),
    ];
    let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
    (status, headers, Html(html)).into_response()
}
