//! Addresses that are given as settings.

use url::Url;

/// The text is not an address that can be posted to.
#[derive(Debug, thiserror::Error)]
pub enum InvalidUrl {
    /// It cannot be parsed.
    #[error("{0}; give it as http://HOST:PORT/PATH")]
    Syntax(#[from] url::ParseError),
    /// It has another scheme or no host.
    #[error("not an http:// or https:// address")]
    NotHttp,
}

/// Parses an absolute `http` or `https` address.
pub fn parse_http_url(text: &str) -> Result<Url, InvalidUrl> {
    let url = Url::parse(text)?;
    match url.scheme() {
        "http" | "https" if url.has_host() => Ok(url),
        _ => Err(InvalidUrl::NotHttp),
    }
}
