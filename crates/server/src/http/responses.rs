//! Responses that are stored for replay.

use super::api_error::problem_response;
use super::refusals::refusal;
use crate::accounts::DecisionError;
use crate::store::StoredResponse;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tokenwell_ledger::Refusal;

/// A stored response, sent to the caller unchanged.
#[derive(Debug)]
pub struct Replayable(pub StoredResponse);

/// A JSON response.
pub fn json_response(status: StatusCode, body: &impl Serialize) -> serde_json::Result<StoredResponse> {
    Ok(StoredResponse { status: status.as_u16(), body: serde_json::to_vec(body)? })
}

/// The response to a call that the rules refuse.
pub fn refusal_response(why: &Refusal) -> StoredResponse {
    let problem = refusal(why);
    StoredResponse { status: problem.status().as_u16(), body: problem.body() }
}

/// A refusal by the rules, as a decision.
pub fn refused(why: &Refusal) -> DecisionError {
    DecisionError::Refused { kind: refusal(why).kind().code(), response: refusal_response(why) }
}

impl From<StoredResponse> for Replayable {
    fn from(response: StoredResponse) -> Self {
        Self(response)
    }
}

impl IntoResponse for Replayable {
    fn into_response(self) -> Response {
        let StoredResponse { status, body } = self.0;
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if status.is_client_error() || status.is_server_error() {
            problem_response(status, body)
        } else {
            (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
        }
    }
}
