//! The layout of the pages: a short text and a link back to the app, without scripts, in a light and a dark theme.

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, PreEscaped, html};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

const STYLE: &str = include_str!("page.css");

/// The policy of a page: it loads, runs, frames and sends nothing. Its one style is allowed by its hash.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
});

/// The pause before a waiting page reloads, in seconds.
const RELOAD_S: u32 = 5;

/// A page.
#[derive(Debug, Default)]
pub struct Page {
    /// What happened, in one line.
    pub title: &'static str,
    /// The state of the tokens, and what to do.
    pub text: String,
    /// A link besides the one to the app: its text and its URL.
    pub link: Option<(&'static str, String)>,
    /// The deep link back to the app; `tokenwell://open` if `None`.
    pub app_link: Option<String>,
    /// Whether the page reloads by itself.
    pub reloads: bool,
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let app_link = self.app_link.as_deref().unwrap_or("tokenwell://open");
        let markup = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    @if self.reloads { meta http-equiv="refresh" content=(RELOAD_S); }
                    title { (self.title) " · Tokenwell" }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    main {
                        p.from { "Tokenwell" }
                        h1 { (self.title) }
                        p { (self.text) }
                        nav aria-label="Where to go from here" {
                            @if let Some((words, address)) = &self.link { a href=(address) { (words) } }
                            a href=(app_link) { "Back to Tokenwell" }
                        }
                    }
                }
            }
        };
        let headers: [(HeaderName, HeaderValue); 5] = [
            (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
            (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (header::CONTENT_SECURITY_POLICY, POLICY.clone()),
        ];
        (headers, markup.into_string()).into_response()
    }
}
