//! `/sandbox/…`: what happens in the outside world, on request.

use crate::books::Books;
use crate::identity::keys::GIVEN_LIFE;
use crate::settings::http_url;
use crate::stripe::checkout::{self, Outcome};
use crate::stripe::disputes::{self, Verdict};
use crate::stripe::instrument::{Instrument, Means, PLAIN_CARD, Wallet};
use crate::stripe::payment_intents::Authentication;
use crate::stripe::refusal::Refusal;
use crate::stripe::subscriptions::{self, Change};
use crate::stripe::{self, Faults, refunds};
use crate::users::{self, User};
use crate::webhooks::{self, ANSWER_WITHIN, Delivery, Endpoint, Misbehaviour, Which};
use crate::world::World;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::Duration;

type Answer = Result<Json<Value>, Refusal>;

/// How long the service may take to put an account on the plan that was paid for.
const PLAN_WITHIN: Duration = Duration::from_secs(10);

/// How far ahead of real time the clock may be set.
const FURTHEST_AHEAD: SignedDuration = SignedDuration::from_hours(20 * 366 * 24);

/// Every call.
pub fn routes() -> Router<World> {
    Router::new()
        .route("/sandbox/charges/{id}/dispute", post(dispute))
        .route("/sandbox/charges/{id}/refund", post(refund))
        .route("/sandbox/checkout/{id}/pay", post(pay))
        .route("/sandbox/checkout/{id}/settle", post(settle))
        .route("/sandbox/clock", get(clock).put(set_clock))
        .route("/sandbox/faults", get(faults).put(set_faults))
        .route("/sandbox/refunds/{id}/fail", post(fail_refund))
        .route("/sandbox/subscriptions/{id}", post(change_subscription))
        .route("/sandbox/users", get(list_users).post(create_user))
        .route("/sandbox/webhooks", put(set_webhooks))
        .route("/sandbox/webhooks/flush", post(flush))
}

/// The body of a call; an empty one is an empty object.
fn body<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    let bytes = if bytes.trim_ascii().is_empty() { b"{}" } else { bytes };
    serde_json::from_slice(bytes)
        .map_err(|error| Refusal::invalid(format!("The JSON body is not what this call takes: {error}")))
}

/// Changes the books and waits until the events of it were delivered, or tried once.
async fn happen<T>(world: &World, work: impl FnOnce(&mut Books) -> Result<T, Refusal>) -> Result<T, Refusal> {
    let result = world.change(work)?;
    delivered(world).await;
    Ok(result)
}

async fn delivered(world: &World) {
    let delayed = world.read(|books| Misbehaviour::of(&books.records).delay_ms > 0);
    if !delayed {
        world.delivered(ANSWER_WITHIN, |_, _| true).await;
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewUser {
    email: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    plan: Option<String>,
}

async fn list_users(State(world): State<World>) -> Json<Value> {
    Json(json!({ "users": world.read(users::all) }))
}

async fn create_user(State(world): State<World>, bytes: Bytes) -> Answer {
    let new: NewUser = body(&bytes)?;
    let plan = new.plan.filter(|plan| plan != "free");
    if let Some(plan) = &plan {
        world.read(|books| price_of(books, plan, "month"))?;
    }
    let user = world.change(|books| users::by_email(books, &new.email, new.name.as_deref()))?;
    let now = crate::time::real_now();
    let token =
        world.signer().access_token(&world.issuer(), &user, now, GIVEN_LIFE).ok_or_else(Refusal::internal)?;
    if let Some(plan) = &plan {
        subscribe(&world, &user, &token, plan).await?;
    }
    Ok(Json(json!({ "id": user.id, "email": user.email, "name": user.name, "access_token": token })))
}

fn price_of(books: &Books, plan: &str, interval: &str) -> Result<Value, Refusal> {
    stripe::lookup(books, &format!("tokenwell_{plan}_{interval}")).ok_or_else(|| {
        Refusal::invalid_param(
            "plan",
            format!("There is no plan {plan:?} by the {interval}; the plans are essential, premium and ultimate, and free for users."),
        )
    })
}

/// Buys a plan the way a person does: the service's checkout, then the hosted page.
async fn subscribe(world: &World, user: &User, token: &str, plan: &str) -> Result<(), Refusal> {
    let service = world.service().ok_or_else(|| {
        Refusal::invalid("A paid plan is bought through the service, which is found beside --webhook-url: set it, or PUT /sandbox/webhooks with a url.")
    })?;
    let url = format!("{service}/v1/subscription/checkout");
    let request =
        world.http().post(&url).bearer_auth(token).json(&json!({ "plan_id": plan, "interval": "month" }));
    let (status, answer) = ask(request, &url).await?;
    if status == StatusCode::CONFLICT && answer["code"] == "already_subscribed" {
        return Ok(());
    }
    let session =
        answer["url"].as_str().and_then(|url| url.rsplit('/').next()).filter(|_| status.is_success());
    let Some(session) = session else {
        return Err(service_failed(&format!("{url} answered {status}: {answer}")));
    };
    let mut card = Instrument::card(PLAIN_CARD, None);
    (card.name, card.email) = (Some(user.name.clone()), Some(user.email.clone()));
    let paid = happen(world, |books| checkout::pay(books, session, &card, Authentication::Passed)).await?;
    if !matches!(paid, Outcome::Complete(_)) {
        return Err(service_failed("the plan's checkout could not be paid"));
    }
    on_plan(world, token, &service, plan).await;
    Ok(())
}

/// Waits until the service shows the plan: it may take a moment longer than its answer to the webhook.
async fn on_plan(world: &World, token: &str, service: &str, plan: &str) {
    let url = format!("{service}/v1/account");
    let shows = async {
        loop {
            if let Ok((_, account)) = ask(world.http().get(&url).bearer_auth(token), &url).await
                && account["plan"]["id"] == plan
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    if tokio::time::timeout(PLAN_WITHIN, shows).await.is_err() {
        tracing::warn!(plan, "the plan is paid for, but the service does not show it yet");
    }
}

async fn ask(request: reqwest::RequestBuilder, url: &str) -> Result<(StatusCode, Value), Refusal> {
    let answer = request.timeout(ANSWER_WITHIN).send().await;
    let answer =
        answer.map_err(|error| service_failed(&format!("{url} does not answer: {}", error.without_url())))?;
    let status = answer.status();
    Ok((status, answer.json().await.unwrap_or_default()))
}

fn service_failed(why: &str) -> Refusal {
    Refusal {
        status: StatusCode::BAD_GATEWAY,
        ..Refusal::invalid(format!("The token service did not play along: {why}"))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Payment {
    #[serde(default)]
    method: PaymentMethod,
    card: Option<String>,
    name: Option<String>,
    email: Option<String>,
    /// Whether the payer passes their bank's question, if their card asks one.
    authenticate: Option<bool>,
}

#[derive(Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum PaymentMethod {
    #[default]
    Card,
    ApplePay,
    GooglePay,
    Paypal,
    BankDebit,
}

impl Payment {
    fn instrument(self) -> Result<Instrument, Refusal> {
        let number = self.card.as_deref();
        let card = |wallet| Instrument::card(number.unwrap_or(PLAIN_CARD), wallet).means;
        let means = match self.method {
            PaymentMethod::Card => card(None),
            PaymentMethod::ApplePay => card(Some(Wallet::ApplePay)),
            PaymentMethod::GooglePay => card(Some(Wallet::GooglePay)),
            PaymentMethod::Paypal | PaymentMethod::BankDebit if number.is_some() => {
                return Err(Refusal::invalid_param("card", "PayPal and bank debit take no card."));
            }
            PaymentMethod::Paypal => Means::Paypal,
            PaymentMethod::BankDebit => Means::BankDebit,
        };
        let email = self.email.or_else(|| Some("payer@sandbox.example".to_owned()));
        Ok(Instrument { means, name: self.name, email })
    }
}

async fn pay(State(world): State<World>, Path(id): Path<String>, bytes: Bytes) -> Answer {
    let payment: Payment = body(&bytes)?;
    let passes = payment.authenticate.unwrap_or(true);
    let authentication = if passes { Authentication::Passed } else { Authentication::Failed };
    let instrument = payment.instrument()?;
    match happen(&world, |books| checkout::pay(books, &id, &instrument, authentication)).await? {
        Outcome::Complete(session) => Ok(Json(session)),
        Outcome::Declined(refusal) => Err(refusal),
        Outcome::NeedsAuthentication => Err(Refusal::internal()),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settlement {
    outcome: SettlementOutcome,
}

#[derive(PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SettlementOutcome {
    Succeeded,
    Failed,
}

async fn settle(State(world): State<World>, Path(id): Path<String>, bytes: Bytes) -> Answer {
    let settlement: Settlement = body(&bytes)?;
    let succeeds = settlement.outcome == SettlementOutcome::Succeeded;
    happen(&world, |books| checkout::settle(books, &id, succeeds)).await.map(Json)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SubscriptionChange {
    status: Option<SubscriptionStatus>,
    plan: Option<String>,
    cancel_at_period_end: Option<bool>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SubscriptionStatus {
    Active,
    PastDue,
    Unpaid,
    Canceled,
}

async fn change_subscription(State(world): State<World>, Path(id): Path<String>, bytes: Bytes) -> Answer {
    let change: SubscriptionChange = body(&bytes)?;
    if change.status.is_none() && change.plan.is_none() && change.cancel_at_period_end.is_none() {
        return Err(Refusal::invalid("Nothing to change: give status, plan or cancel_at_period_end."));
    }
    let work = |books: &mut Books| {
        let mut subscription = books.find("subscription", &id)?;
        if let Some(plan) = &change.plan {
            let interval = &subscriptions::item_of(&subscription)["price"]["recurring"]["interval"];
            let price = price_of(books, plan, interval.as_str().unwrap_or("month"))?;
            subscription = subscriptions::change_price(books, subscription, price, Change::AsThePortal)?;
        }
        if let Some(cancel) = change.cancel_at_period_end {
            subscription = subscriptions::cancel_at_period_end(books, subscription, cancel)?;
        }
        let Some(status) = change.status else { return Ok(subscription) };
        let status = match status {
            SubscriptionStatus::Active => "active",
            SubscriptionStatus::PastDue => "past_due",
            SubscriptionStatus::Unpaid => "unpaid",
            SubscriptionStatus::Canceled => "canceled",
        };
        subscriptions::set_status(books, subscription, status)
    };
    happen(&world, work).await.map(Json)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RefundAmount {
    amount: Option<i64>,
}

async fn refund(State(world): State<World>, Path(id): Path<String>, bytes: Bytes) -> Answer {
    let wanted: RefundAmount = body(&bytes)?;
    let work = |books: &mut Books| {
        books.find("charge", &id)?;
        refunds::refund(books, &id, wanted.amount, Some("requested_by_customer"), &json!({}))
    };
    happen(&world, work).await.map(Json)
}

async fn fail_refund(State(world): State<World>, Path(id): Path<String>) -> Answer {
    happen(&world, |books| refunds::fail(books, &id)).await.map(Json)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DisputeState {
    state: DisputeStep,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum DisputeStep {
    Opened,
    Won,
    Lost,
}

async fn dispute(State(world): State<World>, Path(id): Path<String>, bytes: Bytes) -> Answer {
    let DisputeState { state } = body(&bytes)?;
    let work = |books: &mut Books| {
        books.find("charge", &id)?;
        let verdict = match state {
            DisputeStep::Opened => return disputes::open(books, &id, disputes::Form::Chargeback),
            DisputeStep::Won => Verdict::Won,
            DisputeStep::Lost => Verdict::Lost,
        };
        let dispute = disputes::of_charge(books, &id);
        let dispute = dispute.ok_or_else(|| {
            Refusal::invalid("This charge has no dispute: open one first, with the state opened.")
        })?;
        disputes::settle(books, dispute, verdict)
    };
    happen(&world, work).await.map(Json)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewClock {
    /// Where the clock is to stand; `null` lets it run with real time again.
    #[serde(deserialize_with = "Option::deserialize")]
    now: Option<Timestamp>,
}

async fn clock(State(world): State<World>) -> Json<Value> {
    world.read(|books| Json(json!({ "now": books.now(), "stands": books.clock().is_some() })))
}

async fn set_clock(State(world): State<World>, bytes: Bytes) -> Answer {
    let new: NewClock = body(&bytes)?;
    if new.now.is_some_and(|now| now.duration_since(crate::time::real_now()) > FURTHEST_AHEAD) {
        return Err(Refusal::invalid_param(
            "now",
            "The clock can be at most 20 years ahead: every renewal until then is billed.",
        ));
    }
    let work = |books: &mut Books| {
        books.set_clock(new.now);
        stripe::catch_up(books);
        Ok(json!({ "now": books.now(), "stands": books.clock().is_some() }))
    };
    happen(&world, work).await.map(Json)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewWebhooks {
    #[serde(default)]
    drop: u32,
    #[serde(default)]
    duplicate: u32,
    #[serde(default)]
    reverse: bool,
    #[serde(default)]
    delay_ms: u32,
    url: Option<String>,
    secret: Option<SecretString>,
}

async fn set_webhooks(State(world): State<World>, bytes: Bytes) -> Answer {
    let NewWebhooks { drop, duplicate, reverse, delay_ms, url, secret } = body(&bytes)?;
    let before = world.endpoint();
    let url = match url {
        Some(url) => {
            Some(http_url(&url).map_err(|why| Refusal::invalid_param("url", format!("url: {why}")))?)
        }
        None => before.as_ref().map(|endpoint| endpoint.url.clone()),
    };
    match (url, secret.or_else(|| before.map(|endpoint| endpoint.secret))) {
        (Some(url), Some(secret)) => world.set_endpoint(Endpoint { url, secret })?,
        (None, None) => {}
        (Some(_), None) => return Err(Refusal::missing("secret")),
        (None, Some(_)) => return Err(Refusal::missing("url")),
    }
    let misbehaviour = Misbehaviour { drop, duplicate, reverse, delay_ms };
    world.change::<_, Refusal>(|books| {
        misbehaviour.set(&mut books.records);
        Ok(())
    })?;
    Ok(Json(json!(misbehaviour)))
}

async fn flush(State(world): State<World>) -> Json<Value> {
    let delivered = webhooks::deliver(&world, Which::All).await;
    let pending = world.read(|books| books.records.all(Delivery::KIND).count());
    Json(json!({ "delivered": delivered, "pending": pending }))
}

async fn faults(State(world): State<World>) -> Json<Value> {
    Json(json!(world.read(|books| Faults::of(&books.records))))
}

async fn set_faults(State(world): State<World>, bytes: Bytes) -> Answer {
    let faults: Faults = body(&bytes)?;
    world.change::<_, Refusal>(|books| {
        faults.set(&mut books.records);
        Ok(())
    })?;
    Ok(Json(json!(faults)))
}
