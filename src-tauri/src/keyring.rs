//! The refresh tokens in the system's keyring, one entry for each account.
//!
//! A call can block for as long as the keyring waits for its password, so calls run one after the other on a thread of
//! their own, and a caller gives up after a while.

use keyring::{Entry, Error};
use secrecy::{ExposeSecret, SecretString};
use std::{
    collections::HashMap,
    error::Error as StdError,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::Duration,
};
use tokenwell_desktop::{account_key::AccountKey, failure::Failure};
use tokio::sync::{OwnedMutexGuard, oneshot};

/// The service name of all entries. The user name of an entry is its account.
const SERVICE: &str = "app.tokenwell.desktop";

/// An unlocked keyring responds in milliseconds.
const UNLOCKED_TIMEOUT: Duration = Duration::from_secs(2);

/// Long enough to type a password into the prompt of a locked keyring.
const PROMPT_TIMEOUT: Duration = Duration::from_secs(30);

type Job = Box<dyn FnOnce() + Send>;

/// A stored refresh token.
pub(crate) struct StoredToken {
    pub(crate) token: SecretString,
    /// Whether it is in the keyring, and so survives the program.
    pub(crate) in_keyring: bool,
}

/// The keyring.
#[derive(Clone)]
pub(crate) struct Keyring {
    jobs: mpsc::Sender<Job>,
    /// The tokens that the keyring did not accept. They are lost when the program ends.
    in_memory: Arc<Mutex<HashMap<AccountKey, SecretString>>>,
    locks: Arc<Mutex<HashMap<AccountKey, Arc<tokio::sync::Mutex<()>>>>>,
    /// Called with true when the keyring seems to be locked, and with false when the wait is over.
    report_waiting: Arc<dyn Fn(bool) + Send + Sync>,
}

impl Keyring {
    /// Starts the keyring's thread, which ends when the last `Keyring` is dropped.
    pub(crate) fn start(report_waiting: impl Fn(bool) + Send + Sync + 'static) -> std::io::Result<Self> {
        let (jobs, queue) = mpsc::channel::<Job>();
        thread::Builder::new()
            .name("keyring".into())
            .spawn(move || queue.into_iter().for_each(|job| job()))?;
        Ok(Self {
            jobs,
            in_memory: Arc::default(),
            locks: Arc::default(),
            report_waiting: Arc::new(report_waiting),
        })
    }

    /// A keyring that accepts nothing, so that every token stays in memory.
    #[cfg(test)]
    pub(crate) fn unusable() -> Self {
        let (jobs, _) = mpsc::channel();
        Self { jobs, in_memory: Arc::default(), locks: Arc::default(), report_waiting: Arc::new(|_| {}) }
    }

    /// The exclusive right to change an account's token, until the guard is dropped.
    pub(crate) async fn lock_entry(&self, account: &AccountKey) -> OwnedMutexGuard<()> {
        let entry = Arc::clone(lock(&self.locks).entry(account.clone()).or_default());
        entry.lock_owned().await
    }

    /// The account's refresh token, if there is one.
    pub(crate) async fn read(&self, account: &AccountKey) -> Result<Option<StoredToken>, Failure> {
        let in_memory = lock(&self.in_memory).get(account).cloned();
        if let Some(token) = in_memory {
            return Ok(Some(StoredToken { token, in_keyring: false }));
        }
        let token = self.run(account, |entry| match entry.get_password() {
            Ok(token) => Ok(Some(SecretString::from(token))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(error),
        });
        Ok(token.await?.map(|token| StoredToken { token, in_keyring: true }))
    }

    /// Stores the account's refresh token, in memory if the keyring does not accept it. Returns whether it is in the
    /// keyring.
    pub(crate) async fn write(&self, account: &AccountKey, token: SecretString) -> bool {
        let secret = token.clone();
        let written = self.run(account, move |entry| entry.set_password(secret.expose_secret())).await;
        if written.is_ok() {
            lock(&self.in_memory).remove(account);
        } else {
            lock(&self.in_memory).insert(account.clone(), token);
        }
        written.is_ok()
    }

    /// Deletes the account's refresh token and returns it.
    pub(crate) async fn delete(&self, account: &AccountKey) -> Result<Option<SecretString>, Failure> {
        let in_memory = lock(&self.in_memory).remove(account);
        let deleted = self.run(account, |entry| {
            let token = match entry.get_password() {
                Ok(token) => token.into(),
                Err(Error::NoEntry) => return Ok(None),
                Err(error) => return Err(error),
            };
            entry.delete_credential()?;
            Ok(Some(token))
        });
        let in_keyring = deleted.await;
        if in_memory.is_some() { Ok(in_memory) } else { in_keyring }
    }

    /// Runs a call on the keyring's thread. The call runs even if the future is dropped.
    fn run<T: Send + 'static, F: FnOnce(&Entry) -> Result<T, Error> + Send + 'static>(
        &self,
        account: &AccountKey,
        call: F,
    ) -> impl Future<Output = Result<T, Failure>> + Send + use<T, F> {
        let user = account.to_string();
        let (reply, response) = oneshot::channel();
        let queued = self.jobs.send(Box::new(move || {
            let result = Entry::new(SERVICE, &user).and_then(|entry| call(&entry));
            // Fails if the caller has given up.
            drop(reply.send(result));
        }));
        let report_waiting = Arc::clone(&self.report_waiting);
        async move {
            queued.map_err(|_| Failure::Keyring)?;
            let mut response = pin!(response);
            let mut result = tokio::time::timeout(UNLOCKED_TIMEOUT, &mut response).await;
            if result.is_err() {
                report_waiting(true);
                result = tokio::time::timeout(PROMPT_TIMEOUT, response).await;
                report_waiting(false);
            }
            match result {
                Ok(Ok(Ok(value))) => Ok(value),
                Ok(Ok(Err(error))) => {
                    tracing::warn!(error = &error as &dyn StdError, "the keyring cannot be used");
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

/// A poisoned lock is taken anyway: every change behind it is one step, so its value is consistent.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
