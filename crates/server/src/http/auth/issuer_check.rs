//! Whether the issuer's discovery document and keys can be had.

use crate::base::error_chain::Chain;
use crate::base::finding::{Checked, Finding};
use crate::base::outgoing::HttpClient;
use jsonwebtoken::jwk::JwkSet;
use reqwest::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

/// How the issuer stands.
pub async fn findings(issuer: &Url, http: &HttpClient) -> Vec<Finding> {
    let address = issuer.as_str().trim_end_matches('/');
    let unreachable = |error: &reqwest::Error| {
        Finding::unknown(
            Checked::Issuer,
            format!("{address} does not answer, so nobody can sign in anew: {}", Chain(error)),
            "Correct --oidc-issuer, or check again when the issuer is back",
        )
    };
    let discovery: Discovery = match get(http, &format!("{address}/.well-known/openid-configuration")).await {
        Ok(discovery) => discovery,
        Err(error) => return vec![unreachable(&error)],
    };
    if discovery.issuer.trim_end_matches('/') != address {
        let what = format!("the issuer at {address} calls itself {}", discovery.issuer);
        let remedy = "Give --oidc-issuer the address that the issuer calls itself";
        return vec![Finding::risk(Checked::Issuer, what, remedy)];
    }
    vec![match get::<JwkSet>(http, &discovery.jwks_uri).await {
        Err(error) => unreachable(&error),
        Ok(set) if set.keys.is_empty() => Finding::risk(
            Checked::Issuer,
            format!("{address} publishes no key, so nobody can sign in"),
            "Give the issuer a key that signs access tokens",
        ),
        Ok(_) => Finding::fine(Checked::Issuer, format!("{address} publishes its keys")),
    }]
}

async fn get<T: DeserializeOwned>(http: &HttpClient, url: &str) -> reqwest::Result<T> {
    let response = http.send(http.request(Method::GET, url)).await?;
    response.error_for_status()?.json().await
}
