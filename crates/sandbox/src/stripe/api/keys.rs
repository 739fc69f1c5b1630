//! API keys, as Bearer or as the user of Basic. The sandbox accepts any test key. A key that was set by `PUT /sandbox/keys` can
//! be restricted, expired, or of live mode.

use super::error::StripeError;
use super::permissions::Permission;
use crate::records::table::{Kind, Records};
use axum::http::{HeaderMap, Method, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The API key of a call.
#[derive(Debug)]
pub struct ApiKey {
    /// The key.
    pub text: SecretString,
    settings: KeySettings,
}

/// What a key may do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeySettings {
    /// The permissions of a restricted key; every permission if there are none.
    pub permissions: Option<Vec<String>>,
    /// Whether the key has expired.
    pub expired: bool,
}

impl KeySettings {
    const KIND: Kind = "api_key";

    /// Sets what a key may do.
    pub fn set(&self, records: &mut Records, key: &SecretString) {
        records.write(Self::KIND, &record(key), self);
    }

    fn of(records: &Records, key: &SecretString) -> Option<Self> {
        records.read(Self::KIND, &record(key))
    }
}

/// The id of a key's record. The key itself is not stored.
fn record(key: &SecretString) -> String {
    hex::encode(Sha256::digest(key.expose_secret()))
}

impl ApiKey {
    /// Reads the key from the Authorization header; refuses keys that Stripe would not accept.
    pub fn of(headers: &HeaderMap, records: &Records) -> Result<Self, StripeError> {
        let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let key = match authorization.unwrap_or_default().split_once(' ') {
            Some(("Bearer" | "bearer", key)) => key.trim().to_owned(),
            Some(("Basic" | "basic", encoded)) => basic_user(encoded.trim()).unwrap_or_default(),
            _ => {
                return Err(StripeError::unauthorized(
                    "You did not provide an API key. You need to provide your API key in the Authorization header, using \
                     Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
                ));
            }
        };
        let shown = masked(&key);
        let is_test_key = key.starts_with("sk_test_") || key.starts_with("rk_test_");
        let text = SecretString::from(key);
        match KeySettings::of(records, &text) {
            Some(settings) if settings.expired => Err(StripeError::expired_key(&shown)),
            Some(settings) => Ok(Self { text, settings }),
            None if is_test_key => Ok(Self { text, settings: KeySettings::default() }),
            None => Err(StripeError::unauthorized(format!(
                "Invalid API Key provided: {shown}. The sandbox takes any key that starts with sk_test_ or rk_test_, and \
                 those of PUT /sandbox/keys."
            ))),
        }
    }

    /// Whether objects are of live mode.
    pub fn is_live(&self) -> bool {
        let text = self.text.expose_secret();
        text.starts_with("sk_live_") || text.starts_with("rk_live_")
    }

    /// Refuses a call that the key lacks the permission for.
    pub fn may_call(&self, method: &Method, path: &str) -> Result<(), StripeError> {
        self.must_have(Permission::for_call(method, path))
    }

    /// Refuses to expand what the key may not read.
    pub fn may_expand(&self, path: &str) -> Result<(), StripeError> {
        self.must_have(Permission::for_expanding(path))
    }

    fn must_have(&self, needed: impl IntoIterator<Item = Permission>) -> Result<(), StripeError> {
        let Some(granted) = &self.settings.permissions else { return Ok(()) };
        match needed.into_iter().find(|permission| !permission.is_in(granted)) {
            Some(missing) => Err(StripeError::forbidden(&masked(self.text.expose_secret()), &missing.name())),
            None => Ok(()),
        }
    }
}

fn basic_user(encoded: &str) -> Option<String> {
    let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    decoded.split(':').next().map(str::to_owned)
}

/// A key as Stripe's messages show it: its start and its end.
pub fn masked(key: &str) -> String {
    let length = key.chars().count();
    let start = if length > 16 { 8 } else { 4.min(length) };
    let end = if length > 16 { 6 } else { 0 };
    let is_shown = |index: usize| index < start || index >= length - end;
    key.chars().enumerate().map(|(index, letter)| if is_shown(index) { letter } else { '*' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_a_key_is_masked() {
        assert_eq!(masked("rk_test_51PabcdefGhi"), "rk_test_******defGhi");
        assert_eq!(masked("sk_test_1"), "sk_t*****");
        assert_eq!(masked(""), "");
    }
}
