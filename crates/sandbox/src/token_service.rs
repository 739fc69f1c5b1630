//! A client of the token service, which has the same origin as the webhook endpoint.

use crate::webhooks::WebhookSender;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::Value;
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(10);

/// The token service.
#[derive(Debug, Clone)]
pub struct TokenService {
    http: Client,
    origin: String,
}

/// A response of the token service; a body that is no JSON counts as null.
#[derive(Debug)]
pub struct ServiceResponse {
    /// The status.
    pub status: StatusCode,
    /// The body.
    pub body: Value,
}

/// The token service did not respond.
#[derive(Debug, thiserror::Error)]
#[error("the token service does not respond")]
pub struct NoResponse(#[source] reqwest::Error);

impl TokenService {
    /// The service beside the webhook endpoint; `None` without an endpoint.
    pub fn beside(webhooks: &WebhookSender, http: &Client) -> Option<Self> {
        let origin = webhooks.endpoint()?.url.origin().ascii_serialization();
        Some(Self { http: http.clone(), origin })
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// A GET request.
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(self.url(path))
    }

    /// A POST request.
    pub fn post(&self, path: &str) -> RequestBuilder {
        self.http.post(self.url(path))
    }
}

/// Sends a request, authenticated by a service key or an access token.
pub async fn send(request: RequestBuilder, bearer: &str) -> Result<ServiceResponse, NoResponse> {
    let response = request.bearer_auth(bearer).timeout(TIMEOUT).send().await;
    let response = response.map_err(|error| NoResponse(error.without_url()))?;
    let status = response.status();
    Ok(ServiceResponse { status, body: response.json().await.unwrap_or_default() })
}
