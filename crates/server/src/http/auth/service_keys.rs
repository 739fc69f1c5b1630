//! The keys of the platform's back ends.

use super::scope::Scope;
use crate::base::spelling::Spelled;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// A key of the platform's back ends.
#[derive(Debug, Clone)]
pub struct ServiceKey {
    name: Option<String>,
    scopes: Vec<Scope>,
    key: SecretString,
}

impl ServiceKey {
    /// A key for these scopes. Entries and logs carry its name.
    pub fn named(name: &str, scopes: Vec<Scope>, key: &str) -> Self {
        Self { name: Some(name.to_owned()), scopes, key: key.into() }
    }

    /// Whether it has no name, and every scope.
    pub fn is_plain(&self) -> bool {
        self.name.is_none()
    }
}

/// A key in its plain form, which has every scope.
impl From<String> for ServiceKey {
    fn from(key: String) -> Self {
        Self { name: None, scopes: Scope::ALL.to_vec(), key: key.into() }
    }
}

/// A back end that has shown a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Names the key without revealing it. Idempotency keys are scoped to it.
    pub id: String,
    /// The key's name, if it has one.
    pub name: Option<String>,
    /// What the key is good for.
    pub scopes: Vec<Scope>,
}

/// The service keys, as digests.
pub struct ServiceKeys(Vec<([u8; 32], Caller)>);

impl ServiceKeys {
    /// Accepts these keys.
    pub fn new(keys: Vec<ServiceKey>) -> Self {
        let known = keys.into_iter().map(|ServiceKey { name, scopes, key }| {
            let digest = digest(key.expose_secret());
            (digest, Caller { id: format!("service:{}", hex::encode(&digest[..8])), name, scopes })
        });
        Self(known.collect())
    }

    /// The caller with this key; `None` if it is not accepted. The comparison takes the same time for every key.
    pub fn caller(&self, key: &str) -> Option<&Caller> {
        let presented = digest(key);
        let mut found = None;
        for (known, caller) in &self.0 {
            if bool::from(known.ct_eq(&presented)) {
                found = Some(caller);
            }
        }
        found
    }
}

fn digest(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_its_own_name_scopes_and_id() {
        let keys = ServiceKeys::new(vec![
            "plain".to_owned().into(),
            ServiceKey::named("studio", vec![Scope::Spend], "old"),
            ServiceKey::named("studio", vec![Scope::Spend, Scope::Read], "new"),
        ]);
        let [plain, old, new] = ["plain", "old", "new"].map(|key| keys.caller(key).unwrap());
        assert_eq!((&plain.name, plain.scopes.as_slice()), (&None, Scope::ALL));
        assert_eq!((old.name.as_deref(), old.scopes.as_slice()), (Some("studio"), &[Scope::Spend][..]));
        assert_eq!(new.scopes, [Scope::Spend, Scope::Read]);
        assert!(plain.id != old.id && old.id != new.id, "a rotation starts new idempotency keys");
        assert_eq!(keys.caller("studio"), None);
        assert_eq!(keys.caller(""), None);
    }
}
