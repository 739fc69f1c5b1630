//! The frame of every page: plain HTML without scripts, and nothing is loaded from elsewhere.

use axum::http::{HeaderName, HeaderValue, header};
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("style.css");

/// Headers that allow the pages their inline style and nothing else.
pub const SECURITY_HEADERS: [(HeaderName, HeaderValue); 3] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
        ),
    ),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
];

/// A page with one narrow column.
pub fn narrow_page(title: &str, content: &Markup) -> Markup {
    page(title, "narrow", content)
}

/// A page with two columns.
pub fn wide_page(title: &str, content: &Markup) -> Markup {
    page(title, "wide", content)
}

fn page(title: &str, width: &str, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Tokenwell sandbox" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                p.banner role="note" { "Sandbox: no money moves" }
                main class=(width) { (content) }
            }
        }
    }
}
