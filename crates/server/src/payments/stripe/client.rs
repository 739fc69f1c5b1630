//! How a call is sent: its headers, its retries, and its idempotency keys.

use super::error::{Outage, Retry, RetryHints, StripeError, read_error};
use super::fields::Field;
use super::key_kind::KeyKind;
use super::metrics::StripeMetrics;
use super::permissions::MissingPermissions;
use crate::base::error_chain::Chain;
use crate::base::outgoing::HttpClient;
use crate::base::random::{RandomSource, random_share};
use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, RequestBuilder, Response};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use url::Url;

/// The version of Stripe's API that requests and responses follow.
pub const API_VERSION: &str = "2026-09-30.endive";

/// The maximum number of attempts of a call.
const TRIES: u32 = 3;
/// The pause before the second attempt; each further pause is three times as long. A random pause of up to the same length
/// is added, so that clients that failed together do not retry together.
const FIRST_PAUSE: Duration = Duration::from_millis(300);
/// If Stripe requests a longer pause, the call fails and the caller waits.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How many replayed faults are skipped in search of an unused idempotency key.
const REPLAYS_SKIPPED: u32 = 50;

/// No call of Stripe has a parameter of this name.
const UNKNOWN_PARAMETER: &str = "tokenwell_check";

/// A client of Stripe's API.
pub struct StripeClient {
    base: String,
    key: SecretString,
    http: HttpClient,
    random: Arc<dyn RandomSource>,
    first_pause: Duration,
    metrics: StripeMetrics,
    /// Whether the last call failed because Stripe was unreachable.
    is_away: AtomicBool,
    back: Notify,
    /// The permissions that Stripe said the key lacks.
    missing: MissingPermissions,
    /// How far Stripe's clock was ahead of this machine's at the last response.
    clock_ahead: Mutex<Option<SignedDuration>>,
}

impl StripeClient {
    /// A client of the API at `base`.
    pub fn new(
        base: &Url,
        key: SecretString,
        http: HttpClient,
        random: Arc<dyn RandomSource>,
        metrics: StripeMetrics,
    ) -> Self {
        Self {
            base: base.as_str().trim_end_matches('/').to_owned(),
            key,
            http,
            random,
            first_pause: FIRST_PAUSE,
            metrics,
            is_away: AtomicBool::new(false),
            back: Notify::new(),
            missing: MissingPermissions::default(),
            clock_ahead: Mutex::new(None),
        }
    }

    /// Returns when Stripe is reachable again after an outage.
    pub async fn is_back(&self) {
        self.back.notified().await;
    }

    /// Reads an object or a list.
    pub async fn get<T: DeserializeOwned>(&self, path: &str, query: &[Field]) -> Result<T, StripeError> {
        self.without_key(|| self.request(Method::GET, path).query(query)).await
    }

    /// Deletes or cancels an object, such as a subscription. [`StripeError::NotFound`] if it was ended before.
    pub async fn delete<T: DeserializeOwned>(&self, path: &str) -> Result<T, StripeError> {
        self.without_key(|| self.request(Method::DELETE, path)).await
    }

    /// Creates or changes an object, once. `purpose` names the reason, such as `purchase-{id}`. The idempotency key is derived
    /// from it and from the fields, so that the same call after a crash returns what the first one created.
    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        fields: &[Field],
        purpose: &str,
    ) -> Result<T, StripeError> {
        self.post_unless(path, fields, purpose, async { Ok(None) }).await
    }

    /// Like [`StripeClient::post`], for objects that must not exist twice. A fault that Stripe stored under the key does not
    /// say whether the object was created, so `find` looks for it before another key is used.
    pub async fn post_unless<T: DeserializeOwned>(
        &self,
        path: &str,
        fields: &[Field],
        purpose: &str,
        find: impl Future<Output = Result<Option<T>, StripeError>> + Send,
    ) -> Result<T, StripeError> {
        let form = serde_urlencoded::to_string(fields).unwrap_or_default();
        let digest = Sha256::new_with_prefix(path).chain_update("\n").chain_update(&form).finalize();
        let key = format!("{purpose}-{}", hex::encode(&digest[..8]));
        let (mut tries, mut skipped, mut find) = (0, 0, Some(find));
        loop {
            let key = if skipped == 0 { key.clone() } else { format!("{key}-{skipped}") };
            let request = self
                .request(Method::POST, path)
                .header("Idempotency-Key", key)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .body(form.clone());
            match self.attempt(request).await {
                Ok(object) => return Ok(object),
                Err(Retry::SameKey(error)) => {
                    tries += 1;
                    self.pause(tries, error).await?;
                }
                Err(Retry::OtherKey(error)) if skipped < REPLAYS_SKIPPED => {
                    if let Some(find) = find.take()
                        && let Some(object) = find.await?
                    {
                        return Ok(object);
                    }
                    tracing::warn!(
                        purpose,
                        error = %Chain(&error),
                        "a fault is kept under an idempotency key; the next one is used"
                    );
                    skipped += 1;
                }
                Err(Retry::OtherKey(error) | Retry::Never(error)) => return Err(self.failed(error)),
            }
        }
    }

    /// Sends a call that can be repeated without a key.
    async fn without_key<T: DeserializeOwned>(
        &self,
        request: impl Fn() -> RequestBuilder,
    ) -> Result<T, StripeError> {
        let mut tries = 0;
        loop {
            match self.attempt(request()).await {
                Ok(object) => return Ok(object),
                Err(Retry::SameKey(error)) => {
                    tries += 1;
                    self.pause(tries, error).await?;
                }
                Err(Retry::OtherKey(error) | Retry::Never(error)) => return Err(self.failed(error)),
            }
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(self.key.expose_secret())
            .header("Stripe-Version", API_VERSION)
    }

    async fn attempt<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Retry> {
        let begun = Instant::now();
        let outcome = self.send(request).await;
        let error = outcome.as_ref().err().map(Retry::error);
        self.metrics.called(error, begun.elapsed());
        if let Some(StripeError::Forbidden { permission, message }) = error {
            self.missing.note(permission.as_deref(), message.clone());
        }
        outcome
    }

    async fn send<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Retry> {
        // Without a response the call may have succeeded: the same key returns its result. The URL may contain identifiers.
        let no_response = |error: reqwest::Error| {
            Retry::SameKey(StripeError::Outage(Outage::Unreachable(error.without_url())))
        };
        let response = self.http.send(request).await.map_err(no_response)?;
        let (status, hints) = (response.status(), retry_hints(&response));
        self.note_clock(&response);
        let body = response.bytes().await.map_err(no_response)?;
        if !status.is_success() {
            return Err(read_error(status, hints, &body));
        }
        if self.is_away.swap(false, Ordering::Relaxed) {
            self.back.notify_one();
        }
        serde_json::from_slice(&body).map_err(|error| Retry::Never(StripeError::Unreadable(error)))
    }

    /// The permissions that Stripe said the key lacks.
    pub fn missing_permissions(&self) -> &MissingPermissions {
        &self.missing
    }

    /// The start of the key, which says what kind of key it is.
    pub fn key_kind(&self) -> KeyKind {
        KeyKind::of(self.key.expose_secret())
    }

    /// How far Stripe's clock was ahead of this machine's at the last response. Stripe sends whole seconds.
    pub fn clock_ahead(&self) -> Option<SignedDuration> {
        *self.clock_ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a call that Stripe must refuse, because it has a parameter that Stripe does not know. Returns what Stripe says.
    pub async fn refused_call(&self, method: Method, path: &str) -> Result<Value, StripeError> {
        let request = || {
            self.request(method.clone(), path)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .body(format!("{UNKNOWN_PARAMETER}=1"))
        };
        self.without_key(request).await
    }

    fn note_clock(&self, response: &Response) {
        let date = response.headers().get("Date").and_then(|date| date.to_str().ok());
        if let Some(at) = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok()) {
            let ahead = at.timestamp().duration_since(Timestamp::now());
            *self.clock_ahead.lock().unwrap_or_else(PoisonError::into_inner) = Some(ahead);
        }
    }

    /// Waits before another attempt: as long as Stripe requests, or else longer each time.
    ///
    /// # Errors
    /// The error itself, after the last attempt or if Stripe requests a pause that is too long.
    async fn pause(&self, tries: u32, error: StripeError) -> Result<(), StripeError> {
        let requested = match &error {
            StripeError::RateLimited { retry_after, .. } => *retry_after,
            _ => None,
        };
        if tries >= TRIES || requested.is_some_and(|pause| pause > LONGEST_PAUSE) {
            return Err(self.failed(error));
        }
        let pause = self.first_pause * 3_u32.pow(tries - 1);
        let jitter = pause.mul_f64(random_share(&*self.random));
        tokio::time::sleep(requested.unwrap_or(pause + jitter)).await;
        Ok(())
    }

    /// Notes that Stripe is unreachable, so that [`StripeClient::is_back`] returns when it is reachable again.
    fn failed(&self, error: StripeError) -> StripeError {
        if matches!(error, StripeError::Outage(_)) {
            self.is_away.store(true, Ordering::Relaxed);
        }
        error
    }
}

fn retry_hints(response: &Response) -> RetryHints {
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    RetryHints {
        should_retry: header("Stripe-Should-Retry").and_then(|value| value.parse().ok()),
        retry_after: header("Retry-After").and_then(|value| value.parse().ok()).map(Duration::from_secs),
        is_replayed: header("Idempotent-Replayed") == Some("true"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fields::fields;
    use super::*;
    use crate::base::random::SystemRandom;
    use axum::Router;
    use axum::extract::{Request, State};
    use axum::http::{HeaderMap, StatusCode};
    use axum::response::{IntoResponse, Response};
    use std::collections::VecDeque;

    type Script = Vec<(u16, &'static [(&'static str, &'static str)], &'static str)>;

    /// A server that sends scripted responses and records the requests.
    #[derive(Clone, Default)]
    struct Scripted {
        responses: Arc<Mutex<VecDeque<Response>>>,
        requests: Arc<Mutex<Vec<(String, HeaderMap)>>>,
    }

    impl Scripted {
        async fn start(script: Script) -> (Self, StripeClient) {
            let scripted = Self::default();
            for (status, headers, body) in script {
                let mut response = (StatusCode::from_u16(status).unwrap(), body).into_response();
                for (name, value) in headers {
                    response.headers_mut().insert(*name, value.parse().unwrap());
                }
                scripted.responses.lock().unwrap().push_back(response);
            }
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let base = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
            let respond = async |State(scripted): State<Self>, request: Request| scripted.respond(&request);
            let router = Router::new().fallback(respond).with_state(scripted.clone());
            tokio::spawn(async move { axum::serve(listener, router).await });
            let _ = rustls::crypto::ring::default_provider().install_default();
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            let http = HttpClient::with_transport(client.clone(), Arc::new(client));
            let stripe = StripeClient {
                first_pause: Duration::ZERO,
                ..StripeClient::new(
                    &base,
                    "sk_test_key".into(),
                    http,
                    Arc::new(SystemRandom),
                    StripeMetrics::default(),
                )
            };
            (scripted, stripe)
        }

        fn respond(&self, request: &Request) -> Response {
            let recorded = (format!("{} {}", request.method(), request.uri()), request.headers().clone());
            self.requests.lock().unwrap().push(recorded);
            self.responses.lock().unwrap().pop_front().expect("more requests than scripted responses")
        }

        fn requests(&self) -> Vec<String> {
            self.requests.lock().unwrap().iter().map(|(request, _)| request.clone()).collect()
        }

        fn header(&self, name: &str) -> Vec<String> {
            let requests = self.requests.lock().unwrap();
            requests.iter().map(|(_, headers)| headers[name].to_str().unwrap().to_owned()).collect()
        }
    }

    const BROKEN: (u16, &[(&str, &str)], &str) = (500, &[], "{}");
    const REPLAYED: (u16, &[(&str, &str)], &str) = (500, &[("Idempotent-Replayed", "true")], "{}");
    const CREATED: (u16, &[(&str, &str)], &str) = (200, &[], r#"{"id":"cs_1"}"#);

    #[tokio::test]
    async fn every_call_has_the_pinned_version_and_a_post_has_a_key_of_its_purpose_and_fields() {
        let (scripted, stripe) = Scripted::start(vec![CREATED, CREATED, CREATED]).await;
        for quantity in [1, 1, 2] {
            let made: Value =
                stripe.post("/v1/things", &fields!["quantity" => quantity], "purchase-7").await.unwrap();
            assert_eq!(made["id"], "cs_1");
        }
        let keys = scripted.header("idempotency-key");
        assert!(keys[0].starts_with("purchase-7-") && keys[0] == keys[1] && keys[0] != keys[2], "{keys:?}");
        assert_eq!(scripted.header("stripe-version"), ["2026-09-30.endive"; 3]);
        assert_eq!(scripted.header("authorization"), ["Bearer sk_test_key"; 3]);
    }

    #[tokio::test]
    async fn a_fault_is_retried_under_the_same_key_up_to_the_maximum_number_of_attempts() {
        let (scripted, stripe) = Scripted::start(vec![BROKEN, (503, &[], ""), CREATED]).await;
        stripe.post::<Value>("/v1/things", &[], "purchase-7").await.unwrap();
        let keys = scripted.header("idempotency-key");
        assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");

        let (scripted, stripe) = Scripted::start(vec![BROKEN; 3]).await;
        let error = stripe.get::<Value>("/v1/things", &[]).await.unwrap_err();
        assert!(matches!(error, StripeError::Outage(_)), "{error:?}");
        assert_eq!(scripted.requests().len(), 3);
    }

    #[tokio::test]
    async fn after_a_fault_that_stripe_replays_the_object_is_looked_up_and_then_the_next_key_is_used() {
        let (scripted, stripe) = Scripted::start(vec![BROKEN, REPLAYED, REPLAYED, CREATED]).await;
        stripe.post_unless::<Value>("/v1/things", &[], "purchase-7", async { Ok(None) }).await.unwrap();
        let keys = scripted.header("idempotency-key");
        let expected = [String::new(), String::new(), "-1".to_owned(), "-2".to_owned()];
        assert_eq!(keys, expected.map(|suffix| format!("{}{suffix}", keys[0])));

        let (scripted, stripe) = Scripted::start(vec![REPLAYED]).await;
        let existing = async { Ok(Some(Value::from("the existing one"))) };
        let found = stripe.post_unless("/v1/things", &[], "purchase-7", existing).await.unwrap();
        assert_eq!((found, scripted.requests().len()), (Value::from("the existing one"), 1));
    }

    #[tokio::test]
    async fn a_short_pause_that_stripe_requests_is_waited_for_and_a_long_one_is_returned() {
        let (scripted, stripe) = Scripted::start(vec![(429, &[("Retry-After", "0")], "{}"), CREATED]).await;
        stripe.get::<Value>("/v1/things", &[]).await.unwrap();
        assert_eq!(scripted.requests().len(), 2);

        let (scripted, stripe) = Scripted::start(vec![(429, &[("Retry-After", "60")], "{}")]).await;
        let error = stripe.get::<Value>("/v1/things", &[]).await.unwrap_err();
        let has_pause = matches!(error, StripeError::RateLimited { retry_after: Some(pause), .. } if pause.as_secs() == 60);
        assert!(has_pause, "{error:?}");
        assert_eq!(scripted.requests().len(), 1);
    }

    #[tokio::test]
    async fn stripes_should_retry_header_decides_whether_a_call_is_retried() {
        let (scripted, stripe) =
            Scripted::start(vec![(500, &[("Stripe-Should-Retry", "false")], "{}")]).await;
        stripe.get::<Value>("/v1/things", &[]).await.unwrap_err();
        assert_eq!(scripted.requests().len(), 1);
        let (scripted, stripe) =
            Scripted::start(vec![(400, &[("Stripe-Should-Retry", "true")], "{}"), CREATED]).await;
        stripe.get::<Value>("/v1/things", &[]).await.unwrap();
        assert_eq!(scripted.requests().len(), 2);
    }

    #[tokio::test]
    async fn is_back_returns_once_stripe_is_reachable_again_after_an_outage() {
        let (_, stripe) = Scripted::start(vec![CREATED, BROKEN, BROKEN, BROKEN, CREATED]).await;
        let get = async || stripe.get::<Value>("/v1/things", &[]).await;
        get().await.unwrap();
        get().await.unwrap_err();
        let mut back = std::pin::pin!(stripe.is_back());
        assert!(futures_util::poll!(&mut back).is_pending());
        get().await.unwrap();
        back.await;
    }
}
