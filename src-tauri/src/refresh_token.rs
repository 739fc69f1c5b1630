//! A refresh token with the issuer that has given it, as one entry of the keyring.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

/// A refresh token. It is sent to no other issuer than the one that has given it.
#[derive(Clone)]
pub(crate) struct RefreshToken {
    secret: SecretString,
    issuer: String,
    client_id: String,
}

/// An entry of the keyring, as it is written.
#[derive(Serialize)]
struct Entry<'e> {
    refresh_token: &'e str,
    issuer: &'e str,
    client_id: &'e str,
}

impl RefreshToken {
    pub(crate) fn new(secret: SecretString, issuer: &str, client_id: &str) -> Self {
        Self { secret, issuer: issuer.to_owned(), client_id: client_id.to_owned() }
    }

    pub(crate) fn secret(&self) -> &SecretString {
        &self.secret
    }

    /// Whether this issuer has given it to this client. A `/` at the end of an issuer's name makes no difference: the service
    /// does not know of it while the issuer is unreachable.
    pub(crate) fn is_from(&self, issuer: &str, client_id: &str) -> bool {
        let name = |issuer: &str| issuer.trim_end_matches('/').to_owned();
        name(&self.issuer) == name(issuer) && self.client_id == client_id
    }

    /// The entry of the keyring.
    pub(crate) fn to_entry(&self) -> SecretString {
        let Self { secret, issuer, client_id } = self;
        let entry = Entry { refresh_token: secret.expose_secret(), issuer, client_id };
        // Text is always written, so this never falls back.
        serde_json::to_string(&entry).unwrap_or_default().into()
    }

    /// The token in an entry of the keyring; `None` if it is none.
    pub(crate) fn from_entry(entry: &SecretString) -> Option<Self> {
        let entry: OwnedEntry = serde_json::from_str(entry.expose_secret()).ok()?;
        Some(Self::new(entry.refresh_token, &entry.issuer, &entry.client_id))
    }
}

/// An entry of the keyring, as it is read.
#[derive(Deserialize)]
struct OwnedEntry {
    refresh_token: SecretString,
    issuer: String,
    client_id: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_stored_with_its_issuer_and_read_again() {
        let token = RefreshToken::new("a \"secret\"\n".into(), "https://id.example/", "the-app");
        let read = RefreshToken::from_entry(&token.to_entry()).unwrap();
        assert_eq!(read.secret().expose_secret(), "a \"secret\"\n");
        assert!(
            read.is_from("https://id.example", "the-app") && read.is_from("https://id.example/", "the-app")
        );
        for (issuer, client) in [
            ("https://id.example.org", "the-app"),
            ("https://id.example", "another-app"),
            ("", ""),
            ("http://id.example", "the-app"),
        ] {
            assert!(!read.is_from(issuer, client), "{issuer} {client}");
        }
        for entry in ["", "a token", "{}", r#"{"refresh_token":"a","issuer":"b"}"#] {
            assert!(RefreshToken::from_entry(&entry.into()).is_none(), "{entry}");
        }
    }
}
