//! The refresh tokens and API keys in the system's keyring, one entry for each account.
//!
//! A call can block for as long as the keyring waits for its password, so calls run one after the other on a thread of
//! their own, and a caller gives up after a while.

mod parts;
mod store;

use secrecy::{ExposeSecret, SecretString};
use std::{
    collections::HashMap,
    error::Error as StdError,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::Duration,
};
use store::{Store, StoreError};
use tokenwell_desktop::{
    account_key::AccountKey,
    event::{Kept, KeyringProblem},
    failure::Failure,
    meter_failure::MeterFailure,
};
use tokio::sync::{OwnedMutexGuard, oneshot};

/// An unlocked keyring responds in milliseconds.
const UNLOCKED_TIMEOUT: Duration = Duration::from_secs(2);

/// Long enough to type a password into the prompt of a locked keyring.
const PROMPT_TIMEOUT: Duration = Duration::from_secs(30);

type Job = Box<dyn FnOnce(&mut Store) + Send>;

/// What the keyring reports while it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    /// It seems to be locked, or the wait is over.
    Waiting(bool),
    /// It can be used now, after a caller gave up.
    Opened,
}

/// The keyring.
#[derive(Clone)]
pub(crate) struct Keyring {
    jobs: mpsc::Sender<Job>,
    /// The tokens that are not in the keyring, and why. They are lost when the program ends.
    in_memory: Arc<Mutex<HashMap<AccountKey, (SecretString, KeyringProblem)>>>,
    locks: Arc<Mutex<HashMap<AccountKey, Arc<tokio::sync::Mutex<()>>>>>,
    report: Arc<dyn Fn(Signal) + Send + Sync>,
}

impl Keyring {
    /// Starts the keyring's thread, which ends when the last `Keyring` is dropped.
    pub(crate) fn start(report: impl Fn(Signal) + Send + Sync + 'static) -> std::io::Result<Self> {
        let (jobs, queue) = mpsc::channel::<Job>();
        let mut store = Store::new(Box::new(store::system));
        thread::Builder::new()
            .name("keyring".into())
            .spawn(move || queue.into_iter().for_each(|job| job(&mut store)))?;
        Ok(Self { jobs, in_memory: Arc::default(), locks: Arc::default(), report: Arc::new(report) })
    }

    /// A keyring that accepts nothing, so that every token stays in memory.
    #[cfg(test)]
    pub(crate) fn unusable() -> Self {
        let (jobs, _) = mpsc::channel();
        Self { jobs, in_memory: Arc::default(), locks: Arc::default(), report: Arc::new(|_| {}) }
    }

    /// The exclusive right to change an account's token, until the guard is dropped.
    pub(crate) async fn lock_entry(&self, account: &AccountKey) -> OwnedMutexGuard<()> {
        let entry = Arc::clone(lock(&self.locks).entry(account.clone()).or_default());
        entry.lock_owned().await
    }

    /// Where the account's token is.
    pub(crate) fn kept(&self, account: &AccountKey) -> Kept {
        match lock(&self.in_memory).get(account) {
            Some((_, problem)) => Kept::InMemory(*problem),
            None => Kept::InKeyring,
        }
    }

    /// The account's refresh token, if there is one.
    pub(crate) async fn read(&self, account: &AccountKey) -> Result<Option<SecretString>, Failure> {
        let in_memory = lock(&self.in_memory).get(account).map(|(token, _)| token.clone());
        if in_memory.is_some() {
            return Ok(in_memory);
        }
        let user = account.to_string();
        self.run(move |store| read(store, &user)).await.map_err(|why| failure(&why))
    }

    /// Stores the account's refresh token, in memory if the keyring does not accept it. Returns where it is.
    pub(crate) async fn write(&self, account: &AccountKey, token: SecretString) -> Kept {
        let (user, secret) = (account.to_string(), token.clone());
        let written = self.run(move |store| store.write(&user, secret.expose_secret().as_bytes())).await;
        match written {
            Ok(()) => {
                lock(&self.in_memory).remove(account);
                Kept::InKeyring
            }
            Err(why) => {
                let problem = problem(&why);
                lock(&self.in_memory).insert(account.clone(), (token, problem));
                Kept::InMemory(problem)
            }
        }
    }

    /// Stores an API key in the keyring and nowhere else.
    pub(crate) async fn store_key(
        &self,
        account: &AccountKey,
        key: &SecretString,
    ) -> Result<(), MeterFailure> {
        let (user, key) = (account.to_string(), key.clone());
        let written = self.run(move |store| store.write(&user, key.expose_secret().as_bytes())).await;
        written.map_err(|why| meter_failure(&why))
    }

    /// The account's API key, if there is one.
    pub(crate) async fn read_key(&self, account: &AccountKey) -> Result<Option<SecretString>, MeterFailure> {
        let user = account.to_string();
        self.run(move |store| read(store, &user)).await.map_err(|why| meter_failure(&why))
    }

    /// Tries again to store the tokens that are in memory.
    pub(crate) async fn store_the_rest(&self) {
        let waiting: Vec<AccountKey> = lock(&self.in_memory).keys().cloned().collect();
        for account in waiting {
            let _entry = self.lock_entry(&account).await;
            let token = lock(&self.in_memory).get(&account).map(|(token, _)| token.clone());
            if let Some(token) = token {
                self.write(&account, token).await;
            }
        }
    }

    /// Deletes the account's refresh token and returns it.
    pub(crate) async fn delete(&self, account: &AccountKey) -> Result<Option<SecretString>, Failure> {
        let in_memory = lock(&self.in_memory).remove(account);
        let user = account.to_string();
        let deleted = self.run(move |store| {
            let token = read(store, &user)?;
            store.delete(&user)?;
            Ok(token)
        });
        let in_keyring = deleted.await.map_err(|why| failure(&why));
        if let Some((token, _)) = in_memory { Ok(Some(token)) } else { in_keyring }
    }

    /// Runs a call on the keyring's thread. The call runs even if the future is dropped.
    fn run<T: Send + 'static, F: FnOnce(&mut Store) -> Result<T, StoreError> + Send + 'static>(
        &self,
        call: F,
    ) -> impl Future<Output = Result<T, Unusable>> + Send + use<T, F> {
        let (reply, response) = oneshot::channel();
        let queued = self.jobs.send(Box::new(move |store| {
            // Fails if nobody waits any more.
            drop(reply.send(call(store)));
        }));
        let report = Arc::clone(&self.report);
        async move {
            queued.map_err(|_| Unusable::Ended)?;
            let mut response = response;
            let mut result = tokio::time::timeout(UNLOCKED_TIMEOUT, pin!(&mut response)).await;
            if result.is_err() {
                report(Signal::Waiting(true));
                result = tokio::time::timeout(PROMPT_TIMEOUT, pin!(&mut response)).await;
                report(Signal::Waiting(false));
            }
            let Ok(result) = result else {
                // The prompt stays open. When the user has typed the password after all, the app goes on.
                tokio::spawn(async move {
                    if matches!(response.await, Ok(Ok(_))) {
                        report(Signal::Opened);
                    }
                });
                return Err(Unusable::Waiting);
            };
            result.map_err(|_| Unusable::Ended)?.map_err(|error| {
                tracing::warn!(error = &error as &dyn StdError, "the keyring cannot be used");
                Unusable::Store(error)
            })
        }
    }
}

/// Why a call to the keyring had no result.
enum Unusable {
    Store(StoreError),
    /// It still waits for its password.
    Waiting,
    /// The keyring's thread has ended.
    Ended,
}

/// Why a token is not in the keyring.
fn problem(why: &Unusable) -> KeyringProblem {
    match why {
        Unusable::Waiting | Unusable::Store(StoreError::Locked(_)) => KeyringProblem::Locked,
        Unusable::Ended | Unusable::Store(StoreError::Missing(_)) => KeyringProblem::Missing,
        Unusable::Store(StoreError::Failed(_) | StoreError::Refused(_)) => KeyringProblem::Refused,
    }
}

/// Why a token cannot be read. A keyring that is not there now may be there later.
fn failure(why: &Unusable) -> Failure {
    match why {
        Unusable::Waiting | Unusable::Store(StoreError::Locked(_)) => Failure::KeyringLocked,
        Unusable::Store(StoreError::Missing(_) | StoreError::Failed(_)) => Failure::KeyringUnavailable,
        Unusable::Ended | Unusable::Store(StoreError::Refused(_)) => Failure::Keyring,
    }
}

/// Why an API key cannot be stored or read.
fn meter_failure(why: &Unusable) -> MeterFailure {
    match why {
        Unusable::Waiting | Unusable::Store(StoreError::Locked(_)) => MeterFailure::KeyringLocked,
        Unusable::Ended | Unusable::Store(_) => MeterFailure::NoKeyring,
    }
}

/// The token in an entry. What is no text is no token.
fn read(store: &mut Store, user: &str) -> Result<Option<SecretString>, StoreError> {
    let entry = store.read(user)?.and_then(|entry| String::from_utf8(entry).ok());
    Ok(entry.map(SecretString::from))
}

/// A poisoned lock is taken anyway: every change behind it is one step, so its value is consistent.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Calls `started` whenever a keyring starts, until the session bus is closed.
#[cfg(target_os = "linux")]
pub(crate) async fn watch(mut started: impl FnMut()) -> zbus::Result<()> {
    use futures_util::StreamExt as _;
    const NAME: &str = "org.freedesktop.secrets";

    let bus = zbus::Connection::session().await?;
    let dbus = zbus::fdo::DBusProxy::new(&bus).await?;
    let mut changes = dbus.receive_name_owner_changed_with_args(&[(0, NAME)]).await?;
    while let Some(change) = changes.next().await {
        if change.args().is_ok_and(|args| args.new_owner().is_some()) {
            started();
        }
    }
    Ok(())
}

/// Elsewhere the keyring is always there.
#[cfg(not(target_os = "linux"))]
pub(crate) async fn watch(_started: impl FnMut()) -> Result<(), std::convert::Infallible> {
    std::future::pending().await
}
