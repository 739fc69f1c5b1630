//! API keys, which cannot be printed.

use secrecy::{ExposeSecret as _, SecretString};
use std::fmt;

/// An API key of a platform, as the user pasted it.
#[derive(Clone)]
pub struct ApiKey(SecretString);

/// Why a text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// There is nothing.
    #[error("there is no key")]
    Empty,
    /// It has characters that no header can have, or too many.
    #[error("this is not a key: a key is one line of letters, digits and signs")]
    NotAKey,
}

/// The longest key. The longest that is known has 128 characters.
const LENGTH_MAX: usize = 1_024;

impl ApiKey {
    /// Takes a key without the white space around it.
    pub fn new(pasted: &str) -> Result<Self, BadKey> {
        let key = pasted.trim();
        if key.is_empty() {
            return Err(BadKey::Empty);
        }
        if key.len() > LENGTH_MAX || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(BadKey::NotAKey);
        }
        Ok(Self(SecretString::from(key)))
    }

    /// The key, for the keyring and the request.
    pub fn secret(&self) -> &SecretString {
        &self.0
    }

    /// A header's value in which the key stands for its placeholder.
    pub(crate) fn fill(&self, template: &str) -> SecretString {
        SecretString::from(template.replace(PLACEHOLDER, self.0.expose_secret()))
    }
}

/// Where the key stands in a header's value.
pub(crate) const PLACEHOLDER: &str = "{key}";

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

impl PartialEq for ApiKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }
}

impl Eq for ApiKey {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_word_without_the_white_space_around_it() {
        assert_eq!(ApiKey::new(" key_1\n").unwrap().secret().expose_secret(), "key_1");
        assert_eq!(ApiKey::new(" \n"), Err(BadKey::Empty));
        for text in ["a b", "a\r\nHost: evil.example", "schlüssel", &"k".repeat(1_025)] {
            assert_eq!(ApiKey::new(text), Err(BadKey::NotAKey), "{text:?}");
        }
    }

    #[test]
    fn a_key_cannot_be_printed() {
        let key = ApiKey::new("key_1").unwrap();
        assert_eq!(format!("{key:?} {:?}", Some(key.clone())), "ApiKey(…) Some(ApiKey(…))");
        assert!(!format!("{:?}", key.fill("Bearer {key}")).contains("key_1"));
        assert_eq!(key.fill("Bearer {key}").expose_secret(), "Bearer key_1");
    }
}
