//! The refresh token in the system's keyring. Its calls can block on a prompt for as long as the user likes, so they
//! run one after the other on a thread of their own, and whoever waits for one gives up after a while.

use keyring::{Entry, Error};
use secrecy::{ExposeSecret, SecretString};
use std::{
    pin::pin,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};
use tokenwell_desktop::failure::Failure;
use tokio::sync::oneshot;
use url::Url;

/// The name under which all entries are kept; the user name of an entry is the service's address.
const SERVICE: &str = "app.tokenwell.desktop";

/// A keyring that is open answers in milliseconds.
const SOON: Duration = Duration::from_secs(2);

/// Long enough to type a password into the prompt of a locked keyring.
const PATIENCE: Duration = Duration::from_secs(30);

type Job = Box<dyn FnOnce() + Send>;

/// The keyring.
#[derive(Clone)]
pub(crate) struct Keyring {
    jobs: mpsc::Sender<Job>,
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
        Ok(Self { jobs, waits: Arc::new(waits) })
    }

    /// The refresh token for a service; `None` if there is no entry.
    pub(crate) async fn read(&self, service: &Url) -> Result<Option<SecretString>, Failure> {
        self.ask(service, |entry| match entry.get_password() {
            Ok(token) => Ok(Some(token.into())),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(error),
        })
        .await
    }

    /// Keeps the refresh token for a service, in place of an earlier one.
    pub(crate) async fn write(&self, service: &Url, token: SecretString) -> Result<(), Failure> {
        self.ask(service, move |entry| entry.set_password(token.expose_secret())).await
    }

    /// Takes the refresh token for a service out. The job is queued at once, before the first `await`.
    pub(crate) fn take(
        &self,
        service: &Url,
    ) -> impl Future<Output = Result<Option<SecretString>, Failure>> + Send + use<> {
        self.ask(service, |entry| {
            let token = match entry.get_password() {
                Ok(token) => token.into(),
                Err(Error::NoEntry) => return Ok(None),
                Err(error) => return Err(error),
            };
            entry.delete_credential()?;
            Ok(Some(token))
        })
    }

    fn ask<T: Send + 'static, F: FnOnce(&Entry) -> Result<T, Error> + Send + 'static>(
        &self,
        service: &Url,
        job: F,
    ) -> impl Future<Output = Result<T, Failure>> + Send + use<T, F> {
        let user = service.as_str().to_owned();
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
