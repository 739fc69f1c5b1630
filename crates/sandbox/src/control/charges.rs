//! Refunds and disputes.

use super::state::{Control, ControlResult, json_body};
use crate::store::Store;
use crate::stripe::api::StripeError;
use crate::stripe::payments::disputes::{self, Verdict};
use crate::stripe::payments::refunds;
use crate::stripe::payments::test_cards::DisputeKind;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RefundRequest {
    amount: Option<i64>,
}

/// `POST /sandbox/charges/{id}/refund`.
pub async fn refund(State(control): State<Control>, Path(id): Path<String>, bytes: Bytes) -> ControlResult {
    let request: RefundRequest = json_body(&bytes)?;
    let change = |store: &mut Store| {
        store.find("charge", &id)?;
        refunds::refund(store, &id, request.amount, Some("requested_by_customer"), &json!({}))
    };
    control.change(change).await.map(Json)
}

/// `POST /sandbox/refunds/{id}/fail`.
pub async fn fail_refund(State(control): State<Control>, Path(id): Path<String>) -> ControlResult {
    control.change(|store| refunds::fail(store, &id)).await.map(Json)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DisputeRequest {
    state: Option<DisputeState>,
    /// Any status of Stripe, or one that Stripe may add.
    status: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum DisputeState {
    /// Opens an inquiry, which takes no money.
    Inquiry,
    Opened,
    Won,
    Lost,
}

/// `POST /sandbox/charges/{id}/dispute`: opens or settles a dispute, or sets its status.
pub async fn dispute(State(control): State<Control>, Path(id): Path<String>, bytes: Bytes) -> ControlResult {
    let DisputeRequest { state, status } = json_body(&bytes)?;
    let change = |store: &mut Store| {
        store.find("charge", &id)?;
        let dispute = disputes::of_charge(store, &id).ok_or_else(|| {
            StripeError::invalid("This charge has no dispute: open one first, with the state opened.")
        });
        match (state, status) {
            (Some(DisputeState::Inquiry), None) => disputes::open(store, &id, DisputeKind::Inquiry),
            (Some(DisputeState::Opened), None) => disputes::open(store, &id, DisputeKind::Chargeback),
            (Some(DisputeState::Won), None) => disputes::settle(store, dispute?, Verdict::Won),
            (Some(DisputeState::Lost), None) => disputes::settle(store, dispute?, Verdict::Lost),
            (None, Some(status)) => disputes::set_status(store, dispute?, &status),
            (None, None) | (Some(_), Some(_)) => {
                Err(StripeError::invalid("Give either a state or a status."))
            }
        }
    };
    control.change(change).await.map(Json)
}
