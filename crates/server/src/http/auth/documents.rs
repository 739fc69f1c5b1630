//! Fetching what the issuer publishes, its discovery document and its keys, and what it says about a user.

use super::published::{Discovery, PublishedKeys, UserInfo};
use crate::base::outgoing::HttpClient;
use crate::base::web_address::is_protected;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{AGE, LOCATION};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::de::DeserializeOwned;
use url::Url;

/// Longer documents are not read. Those of the largest issuers have some ten kilobytes.
const BYTES_MAX: usize = 1 << 20;

/// The keys of an issuer.
pub struct KeySet {
    /// As it publishes them.
    pub keys: PublishedKeys,
    /// How old the copy was that a cache on the way returned.
    pub age: SignedDuration,
}

/// Why something of the issuer's is not known.
#[derive(Debug, thiserror::Error)]
pub enum IssuerError {
    /// No response.
    #[error("the issuer does not answer")]
    Http(#[from] reqwest::Error),
    /// Redirects could lead away from the issuer that the operator has named.
    #[error("the issuer redirects {0} to {1}, which is not followed")]
    Redirect(String, String),
    /// Another status than 200.
    #[error("the issuer answers {0} with {1}")]
    Status(String, StatusCode),
    /// The document has no end.
    #[error("the issuer sends more than a megabyte for {0}")]
    TooLong(String),
    /// It is no such document.
    #[error("what the issuer sends for {0} cannot be read")]
    NotTheDocument(String, #[source] serde_json::Error),
    /// The document belongs to another issuer.
    #[error("the issuer at {expected} calls itself {found}")]
    OtherIssuer {
        /// The name that the operator gave.
        expected: String,
        /// The name in the document.
        found: String,
    },
    /// Others could change what is sent on the way.
    #[error("the issuer names {0} as its {1}, which is not encrypted")]
    NotEncrypted(String, &'static str),
    /// It has none.
    #[error("the issuer names no userinfo_endpoint")]
    NoUserInfo,
}

/// Reads the discovery document of the issuer with this name, with or without a `/` at its end.
pub async fn discover(http: &HttpClient, name: &str) -> Result<Discovery, IssuerError> {
    let address = name.trim_end_matches('/');
    let url = format!("{address}/.well-known/openid-configuration");
    let discovery: Discovery = json(&url, get(http, &url).await?).await?;
    if !discovery.is_of(address) {
        return Err(IssuerError::OtherIssuer { expected: address.to_owned(), found: discovery.issuer });
    }
    protected(&discovery.jwks_uri, "jwks_uri")?;
    Ok(discovery)
}

impl Discovery {
    /// Fetches the keys.
    pub async fn keys(&self, http: &HttpClient) -> Result<KeySet, IssuerError> {
        let response = get(http, &self.jwks_uri).await?;
        let age = response.headers().get(AGE).and_then(|age| age.to_str().ok()?.parse().ok());
        let keys = json(&self.jwks_uri, response).await?;
        Ok(KeySet { keys, age: SignedDuration::from_secs(age.unwrap_or(0_u32).into()) })
    }

    /// Asks about the user of an access token.
    pub async fn user_info(&self, http: &HttpClient, access_token: &str) -> Result<UserInfo, IssuerError> {
        let url = self.userinfo_endpoint.as_deref().ok_or(IssuerError::NoUserInfo)?;
        protected(url, "userinfo_endpoint")?;
        let request = http.request(Method::GET, url).bearer_auth(access_token);
        json(url, send(http, url, request).await?).await
    }
}

fn protected(url: &str, what: &'static str) -> Result<(), IssuerError> {
    match Url::parse(url) {
        Ok(parsed) if is_protected(&parsed) => Ok(()),
        _ => Err(IssuerError::NotEncrypted(url.to_owned(), what)),
    }
}

async fn get(http: &HttpClient, url: &str) -> Result<Response, IssuerError> {
    send(http, url, http.request(Method::GET, url)).await
}

async fn send(http: &HttpClient, url: &str, request: RequestBuilder) -> Result<Response, IssuerError> {
    let response = http.send(request).await?;
    let status = response.status();
    if status.is_redirection() {
        let target = response.headers().get(LOCATION).and_then(|target| target.to_str().ok());
        return Err(IssuerError::Redirect(url.to_owned(), target.unwrap_or_default().to_owned()));
    }
    if status == StatusCode::OK { Ok(response) } else { Err(IssuerError::Status(url.to_owned(), status)) }
}

async fn json<T: DeserializeOwned>(url: &str, mut response: Response) -> Result<T, IssuerError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if bytes.len() + chunk.len() > BYTES_MAX {
            return Err(IssuerError::TooLong(url.to_owned()));
        }
        bytes.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&bytes).map_err(|error| IssuerError::NotTheDocument(url.to_owned(), error))
}

impl KeySet {
    /// When the issuer gave the keys out, if they were asked for at this time.
    pub fn date(&self, asked_at: Timestamp) -> Timestamp {
        asked_at.checked_sub(self.age).unwrap_or(Timestamp::MIN)
    }
}
