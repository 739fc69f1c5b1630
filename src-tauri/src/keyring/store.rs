//! The system's keyring. It may start after the app, and may be restarted, so it is asked anew at each use.

use super::parts::{self, Entries};
use keyring_core::{CredentialStore, Entry, Error};
use std::sync::Arc;

/// The service name of all entries. The user name of an entry is its account.
const SERVICE: &str = "app.tokenwell.desktop";

/// How many bytes one entry can have. Windows limits them; the other systems have no limit that matters here.
const ENTRY_MAX: usize = if cfg!(windows) { 2560 } else { usize::MAX };

/// Why the keyring did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub(super) enum StoreError {
    /// No keyring is running.
    #[error("there is no keyring")]
    Missing(#[source] Error),
    /// It is locked, or the user dismissed its prompt.
    #[error("the keyring is locked")]
    Locked(#[source] Error),
    /// It did not respond as it should.
    #[error("the keyring failed")]
    Failed(#[source] Error),
    /// It refuses this entry.
    #[error("the keyring refuses the entry")]
    Refused(#[source] Error),
}

/// Opens a keyring.
pub(super) type Open = Box<dyn Fn() -> Result<Arc<CredentialStore>, Error> + Send>;

/// The keyring, open or not.
pub(super) struct Store {
    open: Open,
    opened: Option<Opened>,
}

#[derive(Clone)]
struct Opened(Arc<CredentialStore>);

impl Store {
    pub(super) fn new(open: Open) -> Self {
        Self { open, opened: None }
    }

    pub(super) fn read(&mut self, account: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.with(|opened| parts::read(opened, account))
    }

    pub(super) fn write(&mut self, account: &str, secret: &[u8]) -> Result<(), StoreError> {
        self.with(|opened| parts::write(opened, account, secret, ENTRY_MAX))
    }

    pub(super) fn delete(&mut self, account: &str) -> Result<(), StoreError> {
        self.with(|opened| parts::delete(opened, account))
    }

    /// Calls with the keyring. If the one from before has ended, the call is made again with the one that is there now.
    fn with<T>(&mut self, call: impl Fn(&Opened) -> Result<T, Error>) -> Result<T, StoreError> {
        if let Some(opened) = self.opened.take() {
            match call(&opened) {
                Err(Error::PlatformFailure(error)) => {
                    tracing::debug!(error = &*error as &dyn std::error::Error, "the keyring is opened again");
                }
                result => {
                    self.opened = Some(opened);
                    return result.map_err(reason);
                }
            }
        }
        let opened = Opened((self.open)().map_err(StoreError::Missing)?);
        let result = call(&opened).map_err(reason);
        if !matches!(result, Err(StoreError::Failed(_))) {
            self.opened = Some(opened);
        }
        result
    }
}

fn reason(error: Error) -> StoreError {
    match error {
        Error::NoStorageAccess(_) => StoreError::Locked(error),
        Error::NoDefaultStore => StoreError::Missing(error),
        Error::PlatformFailure(_) => StoreError::Failed(error),
        _ => StoreError::Refused(error),
    }
}

impl Opened {
    fn entry(&self, name: &str) -> Result<Entry, Error> {
        self.0.build(SERVICE, name, None)
    }
}

impl Entries for Opened {
    type Error = Error;

    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        match self.entry(name)?.get_secret() {
            Ok(content) => Ok(Some(content)),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn set(&self, name: &str, content: &[u8]) -> Result<(), Error> {
        self.entry(name)?.set_secret(content)
    }

    fn delete(&self, name: &str) -> Result<(), Error> {
        match self.entry(name)?.delete_credential() {
            Err(Error::NoEntry) => Ok(()),
            result => result,
        }
    }
}

/// Opens the system's keyring.
#[cfg(target_os = "linux")]
pub(super) fn system() -> Result<Arc<CredentialStore>, Error> {
    Ok(zbus_secret_service_keyring_store::Store::new()?)
}

/// Opens the system's keyring.
#[cfg(target_os = "macos")]
pub(super) fn system() -> Result<Arc<CredentialStore>, Error> {
    Ok(apple_native_keyring_store::keychain::Store::new()?)
}

/// Opens the system's keyring.
#[cfg(windows)]
pub(super) fn system() -> Result<Arc<CredentialStore>, Error> {
    Ok(windows_native_keyring_store::Store::new()?)
}

/// There is no keyring that this version knows.
#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
pub(super) fn system() -> Result<Arc<CredentialStore>, Error> {
    Err(Error::NoDefaultStore)
}

#[cfg(test)]
mod tests;
