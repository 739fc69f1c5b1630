//! Idempotency keys, and the responses that are stored and replayed under them.

use super::error::StripeError;
use super::keys::ApiKey;
use super::response;
use crate::records::table::{Kind, Records};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How long Stripe stores a key at least.
const KEY_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// An idempotency key, in the scope of the API key it came with.
#[derive(Debug)]
pub struct IdempotencyKey {
    /// As the caller wrote it.
    text: String,
    /// The id of its record: a hash of API key and text.
    record: String,
}

/// The response that was given under a key.
#[derive(Debug, Serialize, Deserialize)]
struct IdempotencyRecord {
    stored_at: Timestamp,
    fingerprint: String,
    status: u16,
    body: String,
}

impl IdempotencyRecord {
    const KIND: Kind = "idempotency";
}

/// Identifies a request: the same key may only be used with the same fingerprint.
pub fn fingerprint(method: &Method, path: &str, parameters: &[u8]) -> String {
    hex::encode(Sha256::digest([method.as_str().as_bytes(), path.as_bytes(), parameters].join(&0)))
}

impl IdempotencyKey {
    /// The key of a call; calls other than POST have none, because they are idempotent by themselves.
    pub fn of(method: &Method, headers: &HeaderMap, api_key: &ApiKey) -> Result<Option<Self>, StripeError> {
        let Some(key) = headers.get("Idempotency-Key").filter(|_| method == Method::POST) else {
            return Ok(None);
        };
        let text = key.to_str().unwrap_or_default().to_owned();
        match text.len() {
            0 => Err(StripeError::invalid("The Idempotency-Key header is empty or not plain text.")),
            1..=255 => {
                let scoped = format!("{}\n{text}", api_key.text.expose_secret());
                Ok(Some(Self { text, record: hex::encode(Sha256::digest(scoped)) }))
            }
            _ => Err(StripeError::invalid("Idempotency keys can have up to 255 characters.")),
        }
    }

    /// The stored response, if there is one; refused if it was for another request.
    pub fn replay(&self, records: &Records, fingerprint: &str) -> Result<Option<Response>, StripeError> {
        let Some(record) = records.read::<IdempotencyRecord>(IdempotencyRecord::KIND, &self.record) else {
            return Ok(None);
        };
        if record.fingerprint != fingerprint {
            return Err(StripeError::idempotency(format!(
                "Keys for idempotent requests can only be used with the same parameters they were first used with. Try \
                 using a key other than '{}' if you meant to execute a different request.",
                self.text
            )));
        }
        let status = StatusCode::from_u16(record.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = response::json_text(status, record.body);
        response.headers_mut().insert("Idempotent-Replayed", HeaderValue::from_static("true"));
        Ok(Some(response))
    }

    /// Stores the response to a request.
    pub fn store(&self, records: &mut Records, fingerprint: String, status: StatusCode, body: &str) {
        let record = IdempotencyRecord {
            stored_at: Timestamp::now(),
            fingerprint,
            status: status.as_u16(),
            body: body.to_owned(),
        };
        records.write(IdempotencyRecord::KIND, &self.record, &record);
    }
}

/// Removes the records that are older than Stripe stores them.
pub fn remove_expired(records: &mut Records) {
    let oldest = Timestamp::now() - KEY_LIFE;
    let all = records.read_all::<IdempotencyRecord>(IdempotencyRecord::KIND);
    let expired: Vec<String> =
        all.filter(|(_, record)| record.stored_at < oldest).map(|(key, _)| key.to_owned()).collect();
    for key in expired {
        records.remove(IdempotencyRecord::KIND, &key);
    }
}
