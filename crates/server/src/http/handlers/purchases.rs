//! Packs and plans on sale, and the caller's purchases.

use crate::accounts::Accounts;
use crate::http::api_error::{ApiError, HttpResult};
use crate::http::auth::User;
use crate::http::problem::ProblemKind;
use crate::http::request_body::Idempotent;
use crate::http::request_path::Id;
use crate::http::request_query::PageRequest;
use crate::http::responses::{Replayable, json_response, refusal_response};
use crate::http::wire_types;
use crate::payments::{Payments, PurchaseOrder, PurchaseResponses};
use crate::store::{PurchaseRecord, PurchaseStatus, Store, StoredResponse};
use axum::extract::State;
use axum::http::StatusCode;
use std::sync::Arc;
use tokenwell_ledger::{Account, Refusal};
use tokenwell_wire::{NewPurchase, PackList, PlanList, Problem, Purchase, PurchaseList};

/// The caller in the scope of users' idempotency keys. The account is in the scope too.
const CALLER: &str = "user";

/// The packs on sale, smallest first.
#[utoipa::path(get, path = "/v1/packs", tag = "user", security(("user" = [])),
    responses((status = 200, body = PackList), (status = 401, body = Problem)))]
pub async fn packs(State(accounts): State<Arc<Accounts>>, _user: User) -> axum::Json<PackList> {
    axum::Json(wire_types::packs(accounts.catalogue()))
}

/// The plans, the free one first, with the prices that Stripe charges.
#[utoipa::path(get, path = "/v1/plans", tag = "user", security(("user" = [])),
    responses((status = 200, body = PlanList), (status = 401, body = Problem)))]
pub async fn plans(
    State(accounts): State<Arc<Accounts>>,
    State(payments): State<Arc<Payments>>,
    _user: User,
) -> axum::Json<PlanList> {
    axum::Json(wire_types::plans(accounts.catalogue(), &payments.plan_prices()))
}

/// Opens a checkout for a pack.
#[utoipa::path(post, path = "/v1/purchases", tag = "user", security(("user" = [])), request_body = NewPurchase,
    params(("Idempotency-Key" = String, Header)),
    responses((status = 201, body = Purchase), (status = 400, body = Problem), (status = 403, body = Problem),
        (status = 422, body = Problem), (status = 503, body = Problem)))]
pub async fn create(
    State(payments): State<Arc<Payments>>,
    user: User,
    call: Idempotent<NewPurchase>,
) -> HttpResult<Replayable> {
    let order = PurchaseOrder {
        account: &user.account,
        request: call.identity(CALLER, &user.account.id),
        pack: &call.body.pack_id,
        quantity: call.body.quantity,
    };
    Ok(payments.buy(&order, &WireResponses).await?.into())
}

/// Writes the responses to an order as JSON.
struct WireResponses;

impl PurchaseResponses for WireResponses {
    fn created(&self, purchase: &PurchaseRecord, account: &Account) -> serde_json::Result<StoredResponse> {
        json_response(StatusCode::CREATED, &wire_types::purchase(purchase, account))
    }

    fn refused(&self, refusal: &Refusal) -> StoredResponse {
        refusal_response(refusal)
    }
}

/// The caller's purchases, newest first.
#[utoipa::path(get, path = "/v1/purchases", tag = "user", operation_id = "list_purchases", security(("user" = [])),
    params(("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = PurchaseList), (status = 401, body = Problem)))]
pub async fn list(
    State(store): State<Arc<dyn Store>>,
    user: User,
    page: PageRequest,
) -> HttpResult<axum::Json<PurchaseList>> {
    let page = store.purchases(&user.account.id, page.before, page.limit).await?;
    let state = &user.account.state;
    Ok(axum::Json(PurchaseList {
        items: page.items.iter().map(|purchase| wire_types::purchase(purchase, state)).collect(),
        next_cursor: page.next.map(|seq| seq.to_string()),
    }))
}

/// One of the caller's purchases.
#[utoipa::path(get, path = "/v1/purchases/{id}", tag = "user", operation_id = "show_purchase", security(("user" = [])),
    params(("id" = String, Path)),
    responses((status = 200, body = Purchase), (status = 404, body = Problem)))]
pub async fn show(
    State(store): State<Arc<dyn Store>>,
    user: User,
    Id(id): Id,
) -> HttpResult<axum::Json<Purchase>> {
    let purchase = own(&*store, &user, &id).await?;
    Ok(axum::Json(wire_types::purchase(&purchase, &user.account.state)))
}

/// Returns 404 for other accounts' purchases too, so ids cannot be probed.
async fn own(store: &dyn Store, user: &User, id: &str) -> HttpResult<PurchaseRecord> {
    let purchase = store.purchase(id).await?;
    purchase
        .filter(|purchase| purchase.account == user.account.id)
        .ok_or_else(|| ApiError::not_found("purchase"))
}

/// Expires the checkout at Stripe, unless it was paid.
#[utoipa::path(post, path = "/v1/purchases/{id}/cancel", tag = "user", security(("user" = [])),
    params(("id" = String, Path)),
    responses((status = 200, body = Purchase), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn cancel(
    State(payments): State<Arc<Payments>>,
    State(store): State<Arc<dyn Store>>,
    user: User,
    Id(id): Id,
) -> HttpResult<axum::Json<Purchase>> {
    payments.cancel_purchase(&own(&*store, &user, &id).await?).await?;
    let purchase = own(&*store, &user, &id).await?;
    match purchase.status {
        PurchaseStatus::Expired | PurchaseStatus::Failed => {
            Ok(axum::Json(wire_types::purchase(&purchase, &user.account.state)))
        }
        PurchaseStatus::Open => Err(ApiError::new(
            ProblemKind::PaymentProviderUnavailable,
            "The payment provider has not closed the checkout. Try again in a moment.",
        )
        .retry_after_s(5)),
        _ => Err(ApiError::new(
            ProblemKind::AlreadyPaid,
            "This purchase was paid already; there is nothing to cancel.",
        )),
    }
}
