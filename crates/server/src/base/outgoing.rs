//! Outgoing HTTP: to Stripe and to the issuer.

use async_trait::async_trait;
use reqwest::redirect::Policy;
use reqwest::{Client, IntoUrl, Method, Request, RequestBuilder, Response};
use std::sync::Arc;
use std::time::Duration;

/// How long one call may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(20);
/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Carries a request to its host and returns the response.
#[async_trait]
pub trait HttpTransport: Send + Sync {
    /// Sends a request.
    async fn send(&self, request: Request) -> reqwest::Result<Response>;
}

#[async_trait]
impl HttpTransport for Client {
    async fn send(&self, request: Request) -> reqwest::Result<Response> {
        self.execute(request).await
    }
}

/// An HTTP client.
#[derive(Clone)]
pub struct HttpClient {
    /// Builds requests.
    builder: Client,
    transport: Arc<dyn HttpTransport>,
}

impl HttpClient {
    /// A client that sends over the network.
    ///
    /// # Errors
    /// If the system's TLS or resolver cannot be set up.
    pub fn over_network() -> reqwest::Result<Self> {
        // Fails if a provider was installed before, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .timeout(CALL_TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            // Keys and tokens are sent to the requested address only.
            .redirect(Policy::none())
            .user_agent(concat!("tokenwell-server/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { builder: client.clone(), transport: Arc::new(client) })
    }

    /// A client that builds requests with `builder` and sends them over `transport`.
    #[cfg(test)]
    pub fn with_transport(builder: Client, transport: Arc<dyn HttpTransport>) -> Self {
        Self { builder, transport }
    }

    /// Begins a request, for [`HttpClient::send`].
    pub fn request(&self, method: Method, url: impl IntoUrl) -> RequestBuilder {
        self.builder.request(method, url)
    }

    /// Sends a request.
    pub async fn send(&self, request: RequestBuilder) -> reqwest::Result<Response> {
        self.transport.send(request.build()?).await
    }
}
