use super::*;
use keyring_core::api::{Credential, CredentialApi, CredentialStoreApi};
use std::{any::Any, collections::HashMap, sync::Mutex};

/// A Secret Service: entries that survive it, and whether it runs. A connection ends when it is restarted.
#[derive(Default)]
struct Service {
    entries: Mutex<HashMap<String, Vec<u8>>>,
    state: Mutex<State>,
}

#[derive(Default, Clone, Copy, PartialEq)]
struct State {
    runs: bool,
    starts: u32,
    locked: bool,
}

struct Connection {
    service: Arc<Service>,
    start: u32,
}

struct StandIn {
    connection: Arc<Connection>,
    user: String,
}

fn ended() -> Error {
    Error::PlatformFailure("the name has no owner".into())
}

impl Connection {
    fn check(&self) -> Result<(), Error> {
        let state = *self.service.state.lock().unwrap();
        match state {
            State { runs: false, .. } => Err(ended()),
            State { starts, .. } if starts != self.start => Err(ended()),
            State { locked: true, .. } => Err(Error::NoStorageAccess("the prompt was dismissed".into())),
            _ => Ok(()),
        }
    }
}

impl CredentialApi for StandIn {
    fn set_secret(&self, secret: &[u8]) -> Result<(), Error> {
        self.connection.check()?;
        self.connection.service.entries.lock().unwrap().insert(self.user.clone(), secret.to_vec());
        Ok(())
    }

    fn get_secret(&self) -> Result<Vec<u8>, Error> {
        self.connection.check()?;
        self.connection.service.entries.lock().unwrap().get(&self.user).cloned().ok_or(Error::NoEntry)
    }

    fn delete_credential(&self) -> Result<(), Error> {
        self.connection.check()?;
        let deleted = self.connection.service.entries.lock().unwrap().remove(&self.user);
        deleted.map(drop).ok_or(Error::NoEntry)
    }

    fn get_credential(&self) -> Result<Option<Arc<Credential>>, Error> {
        Ok(None)
    }

    fn get_specifiers(&self) -> Option<(String, String)> {
        None
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct Connected(Arc<Connection>);

impl CredentialStoreApi for Connected {
    fn vendor(&self) -> String {
        "stand-in".into()
    }

    fn id(&self) -> String {
        "stand-in".into()
    }

    fn build(&self, _: &str, user: &str, _: Option<&HashMap<&str, &str>>) -> Result<Entry, Error> {
        let stand_in = StandIn { connection: Arc::clone(&self.0), user: user.to_owned() };
        Ok(Entry::new_with_credential(Arc::new(stand_in)))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Service {
    fn start(&self) {
        let mut state = self.state.lock().unwrap();
        *state = State { runs: true, starts: state.starts + 1, locked: false };
    }

    fn set_locked(&self, locked: bool) {
        self.state.lock().unwrap().locked = locked;
    }
}

/// A service that does not run yet, and a store that uses it.
fn service() -> (Arc<Service>, Store) {
    let service = Arc::new(Service::default());
    let opened = Arc::clone(&service);
    let open = move || {
        let State { runs, starts, .. } = *opened.state.lock().unwrap();
        let connection = Arc::new(Connection { service: Arc::clone(&opened), start: starts });
        if runs { Ok(Arc::new(Connected(connection)) as Arc<CredentialStore>) } else { Err(ended()) }
    };
    (service, Store::new(Box::new(open)))
}

#[test]
fn a_keyring_that_starts_after_the_app_is_found() {
    let (service, mut store) = service();
    assert!(matches!(store.write("ada", b"{token"), Err(StoreError::Missing(_))));
    assert!(matches!(store.read("ada"), Err(StoreError::Missing(_))), "asked again, and not there yet");
    service.start();
    store.write("ada", b"{token").unwrap();
    assert_eq!(store.read("ada").unwrap().as_deref(), Some(&b"{token"[..]));
}

#[test]
fn a_keyring_that_is_restarted_goes_on_with_the_call_during_which_it_is_noticed() {
    let (service, mut store) = service();
    service.start();
    store.write("ada", b"{token").unwrap();
    service.start();
    assert_eq!(store.read("ada").unwrap().as_deref(), Some(&b"{token"[..]));
    service.start();
    store.delete("ada").unwrap();
    assert_eq!(store.read("ada").unwrap(), None);
}

#[test]
fn a_locked_keyring_is_asked_again_only_when_it_is_used_again() {
    let (service, mut store) = service();
    service.start();
    store.write("ada", b"{token").unwrap();
    service.set_locked(true);
    assert!(matches!(store.read("ada"), Err(StoreError::Locked(_))));
    service.set_locked(false);
    assert!(store.read("ada").unwrap().is_some());
}
