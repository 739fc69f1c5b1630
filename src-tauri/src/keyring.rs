//! The refresh tokens in the system's keyring, an entry for each account. Its calls can block on a prompt for as long as the user likes, so they
//! run one after the other on a thread of their own, and whoever waits for one gives up after a while.

use keyring::{Entry, Error};
use secrecy::{ExposeSecret, SecretString};
use std::{
    collections::HashMap,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::Duration,
};
use tokenwell_desktop::{account_key::AccountKey, failure::Failure};
use tokio::sync::{OwnedMutexGuard, oneshot};
use url::Url;

/// The name under which all entries are kept.
const SERVICE: &str = "app.tokenwell.desktop";

/// A keyring that is open answers in milliseconds.
const SOON: Duration = Duration::from_secs(2);

/// Long enough to type a password into the prompt of a locked keyring.
const PATIENCE: Duration = Duration::from_secs(30);

type Job = Box<dyn FnOnce() + Send>;

/// Where a refresh token is kept: the user name of its entry.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Place(String);

impl Place {
    /// An account's.
    pub(crate) fn of(account: &AccountKey) -> Self {
        Self(account.to_string())
    }

    /// Where versions that knew one account only kept its token.
    pub(crate) fn of_the_only_account(service: &Url) -> Self {
        Self(service.as_str().to_owned())
    }
}

/// A refresh token that was kept.
pub(crate) struct Kept {
    pub(crate) token: SecretString,
    /// Whether it will still be there in the next run.
    pub(crate) in_keyring: bool,
}

/// The keyring.
#[derive(Clone)]
pub(crate) struct Keyring {
    jobs: mpsc::Sender<Job>,
    /// What the keyring did not take: in memory, until the program ends.
    held: Arc<Mutex<HashMap<Place, SecretString>>>,
    turns: Arc<Mutex<HashMap<Place, Arc<tokio::sync::Mutex<()>>>>>,
    /// Called when an answer takes longer than a keyring needs that is open, and when it came.
    waits: Arc<dyn Fn(bool) + Send + Sync>,
}

impl Keyring {
    /// Starts its thread, which ends when the last `Keyring` is dropped.
    pub(crate) fn start(waits: impl Fn(bool) + Send + Sync + 'static) -> std::io::Result<Self> {
        let (jobs, queue) = mpsc::channel::<Job>();
        thread::Builder::new()
            .name("keyring".into())
            .spawn(move || queue.into_iter().for_each(|job| job()))?;
        Ok(Self { jobs, held: Arc::default(), turns: Arc::default(), waits: Arc::new(waits) })
    }

    /// Waits until nobody else is about to change what is kept in a place. It is one's own turn until the guard is dropped.
    pub(crate) async fn turn(&self, place: &Place) -> OwnedMutexGuard<()> {
        let turn = Arc::clone(lock(&self.turns).entry(place.clone()).or_default());
        turn.lock_owned().await
    }

    /// The refresh token in a place; `None` if there is none.
    pub(crate) async fn read(&self, place: &Place) -> Result<Option<Kept>, Failure> {
        let held = lock(&self.held).get(place).cloned();
        if let Some(token) = held {
            return Ok(Some(Kept { token, in_keyring: false }));
        }
        let token = self.ask(place, |entry| match entry.get_password() {
            Ok(token) => Ok(Some(SecretString::from(token))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(error),
        });
        Ok(token.await?.map(|token| Kept { token, in_keyring: true }))
    }

    /// Keeps a refresh token in a place, instead of an earlier one.
    pub(crate) async fn write(&self, place: &Place, token: SecretString) -> Result<(), Failure> {
        self.ask(place, move |entry| entry.set_password(token.expose_secret())).await?;
        lock(&self.held).remove(place);
        Ok(())
    }

    /// Keeps a refresh token that the keyring did not take, until the program ends.
    pub(crate) fn hold(&self, place: &Place, token: SecretString) {
        lock(&self.held).insert(place.clone(), token);
    }

    /// Takes the refresh token out of a place.
    pub(crate) async fn take(&self, place: &Place) -> Result<Option<SecretString>, Failure> {
        let held = lock(&self.held).remove(place);
        let taken = self.ask(place, |entry| {
            let token = match entry.get_password() {
                Ok(token) => token.into(),
                Err(Error::NoEntry) => return Ok(None),
                Err(error) => return Err(error),
            };
            entry.delete_credential()?;
            Ok(Some(token))
        });
        let kept = taken.await;
        if held.is_some() { Ok(held) } else { kept }
    }

    fn ask<T: Send + 'static, F: FnOnce(&Entry) -> Result<T, Error> + Send + 'static>(
        &self,
        place: &Place,
        job: F,
    ) -> impl Future<Output = Result<T, Failure>> + Send + use<T, F> {
        let Place(user) = place.clone();
        let (reply, answer) = oneshot::channel();
        let queued = self.jobs.send(Box::new(move || {
            let result = Entry::new(SERVICE, &user).and_then(|entry| job(&entry));
            // Nobody waits any more: a prompt stood open for too long.
            drop(reply.send(result));
        }));
        let waits = Arc::clone(&self.waits);
        async move {
            queued.map_err(|_| Failure::Keyring)?;
            let mut answer = pin!(answer);
            let mut answered = tokio::time::timeout(SOON, &mut answer).await;
            if answered.is_err() {
                waits(true);
                answered = tokio::time::timeout(PATIENCE, answer).await;
                waits(false);
            }
            match answered {
                Ok(Ok(Ok(value))) => Ok(value),
                Ok(Ok(Err(error))) => {
                    tracing::warn!("the keyring cannot be used: {error}");
                    Err(match error {
                        Error::NoStorageAccess(_) => Failure::KeyringLocked,
                        _ => Failure::Keyring,
                    })
                }
                Ok(Err(_)) => Err(Failure::Keyring),
                Err(_) => Err(Failure::KeyringLocked),
            }
        }
    }
}

/// What stands behind a lock stays good whoever panicked: each change is one step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
