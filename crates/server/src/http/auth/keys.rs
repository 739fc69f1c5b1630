//! The issuer's keys, as this process last fetched them.
//!
//! They are fetched with the first token, not at the start: the service runs while the issuer is unreachable, and returns 503
//! to users until it is reachable again. A fetch runs in the background. A call waits for it only if it needs a key that is
//! not known.

use super::documents::{IssuerError, discover};
use super::published::{Discovery, Key};
use crate::base::error_chain::Chain;
use crate::base::outgoing::HttpClient;
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};

/// Keys are fetched again after this time, so that a key that the issuer has revoked stops working here too.
const KEYS_KEPT: Duration = Duration::from_hours(1);
/// The minimum pause between fetches, however many tokens name unknown keys.
pub const PAUSE_BETWEEN_FETCHES: Duration = Duration::from_secs(5);
/// The minimum pause between fetches while no key is known and nobody can sign in.
const PAUSE_WITHOUT_KEYS: Duration = Duration::from_secs(1);
/// How long a call waits for a fetch, from its beginning.
const WAIT: Duration = Duration::from_secs(3);
/// How long a fetch may take.
const FETCH_TIMEOUT: Duration = Duration::from_secs(10);

/// The keys of one issuer.
pub struct Keys {
    /// What the issuer says about itself.
    pub discovery: Discovery,
    /// When the issuer gave them out.
    pub date: Timestamp,
    by_id: HashMap<Option<String>, Key>,
    fetched: Instant,
}

impl Keys {
    /// The key with this id.
    pub fn get(&self, id: Option<&String>) -> Option<&Key> {
        self.by_id.get(&id.cloned())
    }
}

/// Where the keys of one issuer come from.
pub struct KeySource {
    /// The issuer, as the operator names it.
    name: String,
    http: HttpClient,
    latest: watch::Sender<Latest>,
}

#[derive(Clone, Default)]
struct Latest {
    keys: Option<Arc<Keys>>,
    /// When the last fetch began.
    asked: Option<Instant>,
    is_fetching: bool,
}

impl KeySource {
    /// The keys of the issuer with this name. Nothing is fetched yet.
    pub fn new(name: String, http: HttpClient) -> Arc<Self> {
        Arc::new(Self { name, http, latest: watch::Sender::new(Latest::default()) })
    }

    /// The issuer, as the operator names it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The keys, if they hold the one with this id. Old ones are fetched again in the background.
    pub fn with(self: &Arc<Self>, id: Option<&String>) -> Option<Arc<Keys>> {
        let keys = self.latest.borrow().keys.clone()?;
        keys.get(id)?;
        if keys.fetched.elapsed() >= KEYS_KEPT {
            self.fetch();
        }
        Some(keys)
    }

    /// The keys as they are now, if they can be had in a short time.
    pub async fn fresh(self: &Arc<Self>) -> Option<Arc<Keys>> {
        self.fetch();
        let mut latest = self.latest.subscribe();
        let asked = latest.borrow().asked.unwrap_or_else(Instant::now);
        // When the time is over, what was known before is still there.
        let _ = timeout_at(asked + WAIT, latest.wait_for(|latest| !latest.is_fetching)).await;
        latest.borrow().keys.clone()
    }

    /// The keys that are known, or as [`Self::fresh`] if none are.
    pub async fn any(self: &Arc<Self>) -> Option<Arc<Keys>> {
        let known = self.latest.borrow().keys.clone();
        if known.is_some() { known } else { self.fresh().await }
    }

    /// Starts a fetch, unless one is under way or the last one was a moment ago.
    fn fetch(self: &Arc<Self>) {
        let begins = self.latest.send_if_modified(|latest| {
            let pause = if latest.keys.is_some() { PAUSE_BETWEEN_FETCHES } else { PAUSE_WITHOUT_KEYS };
            let begins = !latest.is_fetching && latest.asked.is_none_or(|asked| asked.elapsed() >= pause);
            if begins {
                (latest.is_fetching, latest.asked) = (true, Some(Instant::now()));
            }
            begins
        });
        if begins {
            let source = Arc::clone(self);
            tokio::spawn(async move { source.fetch_to_the_end().await });
        }
    }

    async fn fetch_to_the_end(&self) {
        let fetched = timeout(FETCH_TIMEOUT, fetch(&self.http, &self.name)).await;
        let keys = match fetched {
            Ok(Ok(keys)) => Some(Arc::new(keys)),
            Ok(Err(error)) => {
                tracing::warn!(issuer = self.name, error = %Chain(&error), "the issuer's keys cannot be had");
                None
            }
            Err(_) => {
                tracing::warn!(
                    issuer = self.name,
                    "the issuer's keys cannot be had: it does not answer in time"
                );
                None
            }
        };
        self.latest.send_modify(|latest| {
            latest.is_fetching = false;
            // Known keys stay valid while the issuer is unreachable.
            latest.keys = keys.or(latest.keys.take());
        });
    }
}

async fn fetch(http: &HttpClient, name: &str) -> Result<Keys, IssuerError> {
    let asked_at = Timestamp::now();
    let discovery = discover(http, name).await?;
    let set = discovery.keys(http).await?;
    let date = set.date(asked_at);
    Ok(Keys { discovery, date, by_id: set.keys.usable(), fetched: Instant::now() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::outgoing::HttpTransport;
    use async_trait::async_trait;
    use jiff::SignedDuration;
    use serde_json::{Value, json};
    use std::sync::Mutex;

    /// An issuer that publishes the keys with these ids, or hangs.
    #[derive(Clone, Default)]
    struct Published {
        ids: Vec<&'static str>,
        age: u64,
        hangs: bool,
    }

    #[derive(Clone, Default)]
    struct FakeIssuer(Arc<Mutex<(Published, usize)>>);

    #[async_trait]
    impl HttpTransport for FakeIssuer {
        async fn send(&self, request: reqwest::Request) -> reqwest::Result<reqwest::Response> {
            let published = self.0.lock().unwrap().0.clone();
            if published.hangs {
                std::future::pending::<()>().await;
            }
            let body: Value = if request.url().path() == "/keys" {
                self.0.lock().unwrap().1 += 1;
                let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
                let keys = published
                    .ids
                    .iter()
                    .map(|id| json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": id }));
                json!({ "keys": keys.collect::<Vec<_>>() })
            } else {
                json!({ "issuer": "https://id.example", "jwks_uri": "https://id.example/keys" })
            };
            let response = axum::http::Response::builder().header("Age", published.age.to_string());
            Ok(response.body(body.to_string()).unwrap().into())
        }
    }

    impl FakeIssuer {
        fn source(&self) -> Arc<KeySource> {
            let _ = rustls::crypto::ring::default_provider().install_default();
            let http = HttpClient::with_transport(reqwest::Client::new(), Arc::new(self.clone()));
            KeySource::new("https://id.example".to_owned(), http)
        }

        fn publishes(&self, published: Published) {
            self.0.lock().unwrap().0 = published;
        }

        fn fetches(&self) -> usize {
            self.0.lock().unwrap().1
        }
    }

    fn ids(ids: &[&'static str]) -> Published {
        Published { ids: ids.to_vec(), ..Published::default() }
    }

    fn has(keys: Option<&Arc<Keys>>, id: &str) -> bool {
        keys.is_some_and(|keys| keys.get(Some(&id.to_owned())).is_some())
    }

    #[tokio::test(start_paused = true)]
    async fn row_10_known_keys_answer_at_once_while_old_ones_are_fetched_in_the_background() {
        let issuer = FakeIssuer::default();
        issuer.publishes(ids(&["k1"]));
        let source = issuer.source();
        assert!(has(source.fresh().await.as_ref(), "k1"));
        issuer.publishes(Published { hangs: true, ..ids(&[]) });
        tokio::time::advance(KEYS_KEPT).await;
        let began = Instant::now();
        for _ in 0..100 {
            assert!(has(source.with(Some(&"k1".to_owned())).as_ref(), "k1"));
            tokio::task::yield_now().await;
        }
        assert_eq!(began.elapsed(), Duration::ZERO);

        tokio::time::advance(FETCH_TIMEOUT).await;
        issuer.publishes(ids(&["k1"]));
        assert!(source.with(Some(&"k1".to_owned())).is_some());
        while issuer.fetches() < 2 {
            assert!(source.with(Some(&"k1".to_owned())).is_some());
            tokio::time::advance(PAUSE_BETWEEN_FETCHES).await;
        }
        assert_eq!(began.elapsed().as_secs() / 60, 0, "a hanging fetch is given up");
    }

    #[tokio::test(start_paused = true)]
    async fn row_10_a_call_that_needs_an_unknown_key_waits_three_seconds_at_most_and_so_do_all_together() {
        let issuer = FakeIssuer::default();
        issuer.publishes(ids(&["k1"]));
        let source = issuer.source();
        source.fresh().await;
        issuer.publishes(Published { hangs: true, ..ids(&[]) });
        tokio::time::advance(PAUSE_BETWEEN_FETCHES).await;
        let began = Instant::now();
        assert!(!has(source.fresh().await.as_ref(), "k2"));
        assert_eq!(began.elapsed(), WAIT);
        assert!(!has(source.fresh().await.as_ref(), "k2"));
        assert_eq!(began.elapsed(), WAIT, "the second call does not wait anew");
    }

    #[tokio::test(start_paused = true)]
    async fn however_many_calls_need_an_unknown_key_it_is_asked_for_once_in_five_seconds() {
        let issuer = FakeIssuer::default();
        issuer.publishes(ids(&["k1"]));
        let source = issuer.source();
        source.fresh().await;
        issuer.publishes(ids(&["k1", "k2"]));
        for _ in 0..100 {
            assert!(!has(source.fresh().await.as_ref(), "k2"));
        }
        assert_eq!(issuer.fetches(), 1);
        tokio::time::advance(PAUSE_BETWEEN_FETCHES).await;
        let calls = futures_util::future::join_all((0..100).map(|_| source.fresh())).await;
        assert!(calls.iter().all(|keys| has(keys.as_ref(), "k2")));
        assert_eq!(issuer.fetches(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn row_9_a_copy_that_a_cache_returned_is_as_old_as_the_cache_says() {
        let issuer = FakeIssuer::default();
        issuer.publishes(Published { age: 600, ..ids(&["k1"]) });
        let before = Timestamp::now();
        let date = issuer.source().fresh().await.unwrap().date;
        let age = SignedDuration::from_secs(600);
        assert!(before - age <= date && date <= Timestamp::now() - age, "{date}");
    }
}
