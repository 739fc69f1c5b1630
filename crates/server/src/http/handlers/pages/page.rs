//! The layout of the pages: a short text and a link back to the app, without scripts, in a light and a dark theme.

use super::words::{Language, Subject, links, title_and_text};
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

/// The well as an icon, with its three layers.
const WELL: &str = include_str!("well.svg");

/// A page.
#[derive(Debug)]
pub struct Page {
    /// What it is about.
    pub subject: Subject,
    pub language: Language,
    /// The address of the checkout, if it is still open.
    pub checkout: Option<String>,
    /// The deep link back to the app; `tokenwell://open` if `None`.
    pub app_link: Option<String>,
    /// Whether the page reloads by itself.
    pub reloads: bool,
}

impl Page {
    /// A page without a link to a checkout, in English.
    pub fn of(subject: Subject) -> Self {
        Self { subject, language: Language::English, checkout: None, app_link: None, reloads: false }
    }

    /// The same page in another language.
    #[must_use]
    pub fn in_language(self, language: Language) -> Self {
        Self { language, ..self }
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let app_link = self.app_link.as_deref().unwrap_or("tokenwell://open");
        let (title, text) = title_and_text(&self.subject, self.language);
        let links = links(self.language);
        let markup = html! {
            (DOCTYPE)
            html lang=(self.language.tag()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    @if self.reloads { meta http-equiv="refresh" content=(RELOAD_S); }
                    title { (title) " · Tokenwell" }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    main {
                        p.from { (PreEscaped(WELL)) "Tokenwell" }
                        h1 { (title) }
                        p { (text) }
                        nav aria-label=(links.label) {
                            @if let Some(address) = &self.checkout { a href=(address) { (links.checkout) } }
                            a href=(app_link) { (links.app) }
                        }
                    }
                }
            }
        };
        let headers: [(HeaderName, HeaderValue); 6] = [
            (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (header::VARY, HeaderValue::from_static("accept-language")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
            (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (header::CONTENT_SECURITY_POLICY, POLICY.clone()),
        ];
        (headers, markup.into_string()).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_well_has_straight_edges_on_whole_or_half_pixels() {
        let paths = WELL.split(" d=\"").skip(1).filter_map(|rest| rest.split_once('"'));
        let numbers: Vec<f64> = paths
            .flat_map(|(path, _)| path.split(|c: char| !c.is_ascii_digit() && c != '.'))
            .filter_map(|number| number.parse().ok())
            .collect();
        assert!(numbers.len() > 30, "{numbers:?}");
        assert!(numbers.iter().all(|number| (number * 2.0).fract() == 0.0), "{numbers:?}");
    }

    #[test]
    fn the_pages_have_the_colours_of_the_panel() {
        let panel = include_str!("../../../../../../ui/src/tokens.css");
        let names = [
            ("paper", "paper"),
            ("card", "card"),
            ("ink", "ink"),
            ("quiet", "quiet"),
            ("accent", "accent"),
            ("on-accent", "on-accent"),
            ("wall", "wall-color"),
            ("rollover", "rollover"),
            ("fast", "fast"),
            ("top-up", "top-up"),
        ];
        let (light, dark) = STYLE.split_once("@media").expect("two themes");
        let long = |colour: &str| match colour.as_bytes() {
            &[b'#', r, g, b] => {
                ['#', r.into(), r.into(), g.into(), g.into(), b.into(), b.into()].iter().collect()
            }
            _ => colour.to_owned(),
        };
        let of = |css: &str, name: &str| {
            let (_, rest) = css.split_once(&format!("--{name}: ")).expect(name);
            long(rest.split(';').next().unwrap_or_default())
        };
        for (page, name) in names {
            let pair = format!("--{name}: light-dark({}, {});", of(light, page), of(dark, page));
            assert!(panel.contains(&pair), "{pair}");
        }
    }
}
