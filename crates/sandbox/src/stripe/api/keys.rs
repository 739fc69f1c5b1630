//! API keys: the sandbox accepts any test key, as Bearer or as the user of Basic.

use super::error::StripeError;
use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;

/// The API key of a call.
#[derive(Debug)]
pub struct ApiKey(pub SecretString);

impl ApiKey {
    /// Reads the key from the Authorization header; refuses keys that are no test keys.
    pub fn of(headers: &HeaderMap) -> Result<Self, StripeError> {
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
        if key.starts_with("sk_test_") || key.starts_with("rk_test_") {
            return Ok(Self(key.into()));
        }
        let start: String = key.chars().take(8).collect();
        Err(StripeError::unauthorized(format!(
            "Invalid API Key provided: {start}***. The sandbox takes any key that starts with sk_test_."
        )))
    }
}

fn basic_user(encoded: &str) -> Option<String> {
    let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    decoded.split(':').next().map(str::to_owned)
}
