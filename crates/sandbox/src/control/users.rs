//! Users, and the plans that are bought for them.

use super::state::{Control, ControlResult, json_body};
use crate::error_chain::error_chain;
use crate::identity::signer::TEST_USER_LIFE;
use crate::identity::users;
use crate::records::user::User;
use crate::store::Store;
use crate::stripe::api::StripeError;
use crate::stripe::catalogue::plans;
use crate::stripe::checkout::payment::{self, PaymentResult};
use crate::stripe::payments::instrument::Instrument;
use crate::stripe::payments::payment_intents::Authentication;
use crate::stripe::payments::test_cards::PLAIN_CARD;
use crate::token_service::{self, ServiceResponse, TokenService};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

/// How long the service may take to show a plan that was paid for.
const PLAN_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UserRequest {
    email: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    plan: Option<String>,
}

/// `GET /sandbox/users`.
pub async fn list(State(control): State<Control>) -> Json<Value> {
    Json(json!({ "users": control.store.read(users::all) }))
}

/// `POST /sandbox/users`: finds or creates a user and buys the plan, if one is given.
pub async fn create(State(control): State<Control>, bytes: Bytes) -> ControlResult {
    let request: UserRequest = json_body(&bytes)?;
    let plan = request.plan.filter(|plan| plan != "free");
    if let Some(plan) = &plan {
        control.store.read(|store| plan_price(store, plan, "month"))?;
    }
    let user = control.store.change(|store| {
        users::find_or_create(store, &request.email, request.name.as_deref())
            .map_err(|error| StripeError::invalid_param("email", error.to_string()))
    })?;
    let token = control.issuer.access_token_for_the_service(&user, TEST_USER_LIFE).map_err(|error| {
        tracing::error!(error = error_chain(&error), "a user got no access token");
        StripeError::internal()
    })?;
    if let Some(plan) = &plan {
        buy_plan(&control, &user, &token, plan).await?;
    }
    Ok(Json(json!({ "id": user.id, "email": user.email, "name": user.name, "access_token": token })))
}

/// The price of a plan that a request names.
pub fn plan_price(store: &Store, plan: &str, interval: &str) -> Result<Value, StripeError> {
    plans::price(store, plan, interval).ok_or_else(|| {
        StripeError::invalid_param(
            "plan",
            format!("There is no plan {plan:?} by the {interval}; the plans are essential, premium and ultimate, and free for users."),
        )
    })
}

/// Buys a plan as a person does: with a checkout session that the service creates, which is then paid.
async fn buy_plan(control: &Control, user: &User, token: &str, plan: &str) -> Result<(), StripeError> {
    let service = TokenService::beside(&control.webhooks, &control.http).ok_or_else(|| {
        StripeError::invalid("A paid plan is bought through the service, which is found beside --webhook-url: set it, or PUT /sandbox/webhooks with a url.")
    })?;
    let path = "/v1/subscription/checkout";
    let request = service.post(path).json(&json!({ "plan_id": plan, "interval": "month" }));
    let ServiceResponse { status, body } = token_service::send(request, token)
        .await
        .map_err(|error| service_failed(&format!("{}: {}", service.url(path), error_chain(&error))))?;
    if status == StatusCode::CONFLICT && body["code"] == "already_subscribed" {
        return Ok(());
    }
    let session = body["url"].as_str().and_then(|url| url.rsplit('/').next()).filter(|_| status.is_success());
    let Some(session) = session else {
        return Err(service_failed(&format!("{} responded with {status}: {body}", service.url(path))));
    };
    let mut card = Instrument::card(PLAIN_CARD, None);
    (card.name, card.email) = (Some(user.name.clone()), Some(user.email.clone()));
    let paid = control.change(|store| payment::pay(store, session, &card, Authentication::Passed)).await?;
    if !matches!(paid, PaymentResult::Complete(_)) {
        return Err(service_failed("the plan's checkout could not be paid"));
    }
    wait_for_plan(&service, token, plan).await;
    Ok(())
}

/// Waits until the service shows the plan, which can be later than its response to the webhook.
async fn wait_for_plan(service: &TokenService, token: &str, plan: &str) {
    let shown = async {
        loop {
            if let Ok(account) = token_service::send(service.get("/v1/account"), token).await
                && account.body["plan"]["id"] == plan
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    if tokio::time::timeout(PLAN_TIMEOUT, shown).await.is_err() {
        tracing::warn!(plan, "the plan is paid for, but the service does not show it yet");
    }
}

fn service_failed(reason: &str) -> StripeError {
    StripeError {
        status: StatusCode::BAD_GATEWAY,
        ..StripeError::invalid(format!("The plan could not be bought through the token service: {reason}"))
    }
}
