//! The listener on loopback that the issuer redirects the browser to (RFC 8252), open for one sign-in.

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

/// The query that the issuer sends with the browser.
#[derive(Deserialize)]
pub(crate) struct Redirect {
    pub(crate) state: Option<String>,
    pub(crate) code: Option<String>,
    pub(crate) error: Option<String>,
}

/// A browser that was redirected here. It waits for the result, whether the user is signed in.
pub(crate) struct Visit {
    pub(crate) redirect: Redirect,
    pub(crate) result: oneshot::Sender<bool>,
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
    /// Listens on a free port of 127.0.0.1.
    pub(crate) async fn start(texts: Arc<Texts>) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = format!("http://{}/callback", listener.local_addr()?);
        let url = Url::parse(&address).map_err(std::io::Error::other)?;

        let (sender, visits) = mpsc::channel(1);
        let page = Arc::new(ResultPage { texts, visits: sender });
        let routes = Router::new().route("/callback", get(callback)).with_state(page);
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        tokio::spawn(axum::serve(listener, routes).with_graceful_shutdown(stopped).into_future());
        Ok(Self { url, visits, _stop: stop.drop_guard() })
    }

    /// Waits for the next browser that is redirected here.
    pub(crate) async fn visit(&mut self) -> Option<Visit> {
        self.visits.recv().await
    }
}

async fn callback(State(page): State<Arc<ResultPage>>, Query(redirect): Query<Redirect>) -> Response {
    let (result, signed_in) = oneshot::channel();
    // If the sign-in has ended meanwhile, the visit is not received, and the page says that the user is not signed in.
    drop(page.visits.send(Visit { redirect, result }).await);
    let signed_in = signed_in.await.unwrap_or(false);
    let (status, name) =
        if signed_in { (StatusCode::OK, "signed-in") } else { (StatusCode::FORBIDDEN, "sign-in-ended") };
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
