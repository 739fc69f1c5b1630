//! A client for JSON over HTTP. A response that is not a success is an error with its status and body.

use anyhow::{Context as _, Result, bail};
use reqwest::{Client, Method, StatusCode};
use serde_json::Value;

/// A client with a bearer token, or none.
#[derive(Debug, Clone)]
pub struct Http {
    client: Client,
    base: String,
    token: Option<String>,
}

impl Http {
    /// A client of the server at `base`.
    pub fn new(base: &str) -> Result<Self> {
        // Fails only if a provider is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().build()?;
        Ok(Self { client, base: base.to_owned(), token: None })
    }

    /// The same client with a bearer token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// Sends a request. Returns the status and the body; an empty body is `null`.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        idempotency_key: Option<&str>,
    ) -> Result<(StatusCode, Value)> {
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(key) = idempotency_key {
            request = request.header("Idempotency-Key", key);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response =
            request.send().await.with_context(|| format!("no response from {}{path}", self.base))?;
        let status = response.status();
        let text = response.text().await?;
        let body = if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text).unwrap_or(Value::String(text))
        };
        Ok((status, body))
    }

    /// `GET path`. An error unless it succeeds.
    pub async fn get(&self, path: &str) -> Result<Value> {
        self.send_expecting_success(Method::GET, path, None, None).await
    }

    /// `POST path`. An error unless it succeeds.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.send_expecting_success(Method::POST, path, Some(body), None).await
    }

    /// `POST path` with an idempotency key. An error unless it succeeds.
    pub async fn post_once(&self, path: &str, body: &Value, idempotency_key: &str) -> Result<Value> {
        self.send_expecting_success(Method::POST, path, Some(body), Some(idempotency_key)).await
    }

    /// `PUT path`. An error unless it succeeds.
    pub async fn put(&self, path: &str, body: &Value) -> Result<Value> {
        self.send_expecting_success(Method::PUT, path, Some(body), None).await
    }

    async fn send_expecting_success(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        key: Option<&str>,
    ) -> Result<Value> {
        let (status, body) = self.send(method.clone(), path, body, key).await?;
        if !status.is_success() {
            bail!("{method} {path} returned {status}: {body}");
        }
        Ok(body)
    }
}
