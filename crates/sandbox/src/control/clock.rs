//! The billing clock.

use super::state::{Control, ControlResult, json_body};
use crate::store::Store;
use crate::stripe::api::StripeError;
use crate::stripe::due;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

/// How far ahead of real time the clock can be set.
const FURTHEST_AHEAD: SignedDuration = SignedDuration::from_hours(20 * 366 * 24);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockRequest {
    /// The time to stop the clock at; null lets it run with real time.
    #[serde(deserialize_with = "Option::deserialize")]
    now: Option<Timestamp>,
}

fn clock(store: &Store) -> Value {
    json!({ "now": store.now(), "stands": store.stopped_clock().is_some() })
}

/// `GET /sandbox/clock`.
pub async fn show(State(control): State<Control>) -> Json<Value> {
    Json(control.store.read(clock))
}

/// `PUT /sandbox/clock`.
pub async fn set(State(control): State<Control>, bytes: Bytes) -> ControlResult {
    let request: ClockRequest = json_body(&bytes)?;
    if request.now.is_some_and(|now| now.duration_since(Timestamp::now()) > FURTHEST_AHEAD) {
        let message = "The clock can be at most 20 years ahead: every renewal until then is billed.";
        return Err(StripeError::invalid_param("now", message));
    }
    let change = |store: &mut Store| {
        store.set_clock(request.now);
        due::catch_up(store);
        Ok(clock(store))
    };
    control.change(change).await.map(Json)
}
