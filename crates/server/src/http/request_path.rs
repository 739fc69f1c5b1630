//! The id in a path.

use super::state::ServiceState;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use std::convert::Infallible;

/// The longest id of an object here or at Stripe, in bytes.
const BYTES_MAX: usize = 255;
/// No object has this id.
const NO_ID: &str = "-";

/// The id in a path. What cannot be an id, such as text that a database does not store, becomes one that no object has: the
/// request is answered like any other whose object does not exist.
#[derive(Debug)]
pub struct Id(pub String);

impl Id {
    /// The id that a path names.
    pub fn of(text: String) -> Self {
        let is_id = text.len() <= BYTES_MAX && text.bytes().all(|byte| byte.is_ascii_graphic());
        Self(if is_id { text } else { NO_ID.to_owned() })
    }
}

impl FromRequestParts<ServiceState> for Id {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &ServiceState) -> Result<Self, Infallible> {
        let id = Path::<String>::from_request_parts(parts, state).await;
        Ok(id.map_or_else(|_| Self(NO_ID.to_owned()), |Path(id)| Self::of(id)))
    }
}
