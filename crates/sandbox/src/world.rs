//! What every part of the sandbox shares: the books behind one lock, the way out to the service, and who waits for what.

use crate::books::Books;
use crate::identity::keys::Signer;
use crate::webhooks::{self, Delivery, Endpoint};
use secrecy::SecretString;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// A handle on the sandbox; clones share everything.
#[derive(Debug, Clone)]
pub struct World(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    books: Mutex<Books>,
    endpoint: RwLock<Option<Endpoint>>,
    service_key: Option<SecretString>,
    signer: Signer,
    http: reqwest::Client,
    origin: String,
    changed: watch::Sender<u64>,
    tried: watch::Sender<u64>,
    turn: tokio::sync::Mutex<()>,
    stop: CancellationToken,
}

impl World {
    /// Puts the parts together.
    pub fn new(
        books: Books,
        signer: Signer,
        http: reqwest::Client,
        endpoint: Option<Endpoint>,
        service_key: Option<SecretString>,
    ) -> Self {
        let origin = books.origin.clone();
        Self(Arc::new(Shared {
            books: Mutex::new(books),
            endpoint: RwLock::new(endpoint),
            service_key,
            signer,
            http,
            origin,
            changed: watch::Sender::new(0),
            tried: watch::Sender::new(0),
            turn: tokio::sync::Mutex::new(()),
            stop: CancellationToken::new(),
        }))
    }

    /// Looks something up.
    pub fn read<T>(&self, look: impl FnOnce(&Books) -> T) -> T {
        look(&self.lock())
    }

    /// Changes the books, all or nothing: an error, or a failure to write it out, leaves them as they were.
    pub fn change<T, E: From<rusqlite::Error>>(
        &self,
        work: impl FnOnce(&mut Books) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut books = self.lock();
        let result = work(&mut books);
        if result.is_ok() {
            books.records.commit()?;
        } else {
            books.records.roll_back();
        }
        drop(books);
        self.0.changed.send_modify(|count| *count += 1);
        result
    }

    fn lock(&self) -> MutexGuard<'_, Books> {
        self.0.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where events go.
    pub fn endpoint(&self) -> Option<Endpoint> {
        self.0.endpoint.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sends events somewhere else from now on.
    pub fn set_endpoint(&self, endpoint: Endpoint) -> rusqlite::Result<()> {
        *self.0.endpoint.write().unwrap_or_else(PoisonError::into_inner) = Some(endpoint);
        self.change(|books| {
            webhooks::note_endpoint(&mut books.records, true);
            Ok(())
        })
    }

    /// `http://HOST:PORT` of the sandbox.
    pub fn origin(&self) -> &str {
        &self.0.origin
    }

    /// The issuer: the sandbox's origin and `/identity`.
    pub fn issuer(&self) -> String {
        format!("{}/identity", self.0.origin)
    }

    /// The token service's origin: that of the webhook address.
    pub fn service(&self) -> Option<String> {
        self.endpoint().map(|endpoint| endpoint.url.origin().ascii_serialization())
    }

    /// The service key that the studio spends with.
    pub fn service_key(&self) -> Option<&SecretString> {
        self.0.service_key.as_ref()
    }

    /// Signs the issuer's tokens.
    pub fn signer(&self) -> &Signer {
        &self.0.signer
    }

    /// The HTTP client.
    pub fn http(&self) -> &reqwest::Client {
        &self.0.http
    }

    /// Tells of every change of the books from now on.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.changed.subscribe()
    }

    /// Waits for the turn to deliver.
    pub async fn delivery_turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.0.turn.lock().await
    }

    /// Tells those who wait that a delivery was tried.
    pub fn delivery_was_tried(&self) {
        self.0.tried.send_modify(|count| *count += 1);
    }

    /// Waits until every event that `of_interest` names was answered or at least tried once, for `at_most`; says whether
    /// that came to pass.
    pub async fn delivered(
        &self,
        at_most: Duration,
        of_interest: impl Fn(&Books, &Delivery) -> bool,
    ) -> bool {
        let mut tried = self.0.tried.subscribe();
        let all_tried = async {
            loop {
                tried.mark_unchanged();
                let waiting = self.read(|books| {
                    let mut untried =
                        books.records.read_all::<Delivery>(Delivery::KIND).filter(|(_, it)| it.attempts == 0);
                    untried.any(|(_, delivery)| of_interest(books, &delivery))
                });
                if !waiting || tried.changed().await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            () = all_tried => true,
            () = tokio::time::sleep(at_most) => false,
            () = self.stopped() => false,
        }
    }

    /// Waits until the sandbox is told to stop.
    pub async fn stopped(&self) {
        self.0.stop.cancelled().await;
    }

    /// Tells everything to stop.
    pub fn stop(&self) {
        self.0.stop.cancel();
    }
}
