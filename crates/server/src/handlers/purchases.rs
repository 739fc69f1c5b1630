//! Buying packs on Stripe's hosted checkout.
//!
//! The purchase is stored before Stripe is called, and the session is made under a key derived from it: whatever breaks
//! off in between, the same request taken up again finds the same purchase and the same session.

use crate::App;
use crate::auth::User;
use crate::draft::{Draft, Kept, Stop, attempts};
use crate::fulfil::{self, customer};
use crate::problem::{Answer, Failure, Kind};
use crate::reconcile::FIRST_CHECK;
use crate::request::{Once, PageOf, Reply};
use crate::store::{ChoreKind, PurchaseRecord, PurchaseStatus};
use crate::stripe::{CheckoutSession, List, StripeError, fields};
use crate::translate;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use jiff::Timestamp;
use std::sync::Arc;
use tokenwell_ledger as ledger;
use tokenwell_wire::{NewPurchase, PackList, PlanList, Problem, Purchase, PurchaseList};
use uuid::Uuid;

/// How many of a pack one purchase may take (rule 14).
const QUANTITY: std::ops::RangeInclusive<u32> = 1..=ledger::QUANTITY_MAX;

/// The packs on sale, smallest first.
#[utoipa::path(get, path = "/v1/packs", tag = "user", security(("user" = [])),
    responses((status = 200, body = PackList), (status = 401, body = Problem)))]
pub async fn packs(State(app): State<Arc<App>>, _user: User) -> axum::Json<PackList> {
    axum::Json(translate::packs(&app.catalogue))
}

/// The plans, the free one first.
#[utoipa::path(get, path = "/v1/plans", tag = "user", security(("user" = [])),
    responses((status = 200, body = PlanList), (status = 401, body = Problem)))]
pub async fn plans(State(app): State<Arc<App>>, _user: User) -> axum::Json<PlanList> {
    axum::Json(translate::plans(&app.catalogue))
}

/// Opens a checkout for a pack.
#[utoipa::path(post, path = "/v1/purchases", tag = "user", security(("user" = [])), request_body = NewPurchase,
    params(("Idempotency-Key" = String, Header)),
    responses((status = 201, body = Purchase), (status = 400, body = Problem), (status = 403, body = Problem),
        (status = 422, body = Problem), (status = 503, body = Problem)))]
pub async fn create(State(app): State<Arc<App>>, user: User, once: Once<NewPurchase>) -> Answer<Reply> {
    match make(&app, &user, &once).await? {
        Made::Answered(reply) => Ok(reply),
        Made::Purchase(purchase) => open_checkout(&app, &user, &once, &purchase).await,
    }
}

/// What the first step of buying gives.
enum Made {
    /// The answer is there already.
    Answered(Reply),
    /// The purchase is stored, its checkout still to be opened.
    Purchase(String),
}

const CALLER: &str = "user";

/// Stores the purchase, or finds the one that this request made before.
async fn make(app: &App, user: &User, once: &Once<NewPurchase>) -> Answer<Made> {
    let sent = once.identity(CALLER, &user.account.id);
    attempts(|| async {
        let mut draft = Draft::open(app, &user.account.id).await?;
        match draft.kept(&sent).await? {
            Kept::Reply(reply) => return Ok(Made::Answered(reply)),
            Kept::UnderWay { purchase } => return Ok(Made::Purchase(purchase)),
            Kept::Nothing => {}
        }
        let NewPurchase { pack_id, quantity } = &once.body;
        let pack = app.catalogue.pack(&ledger::PackId::from(pack_id.as_str())).ok_or_else(|| {
            Failure::new(
                Kind::UnknownPack,
                format!("There is no pack `{pack_id}`. GET /v1/packs lists those on sale."),
            )
        })?;
        if !QUANTITY.contains(quantity) {
            let detail = format!("`quantity` must be from {} to {}.", QUANTITY.start(), QUANTITY.end());
            return Err(Failure::new(Kind::InvalidQuantity, detail).into());
        }
        draft.catch_up()?;
        if let Err(refusal) = ledger::can_buy(draft.state()) {
            let reply = Reply::refusal(&translate::refusal(&refusal));
            draft.keep(sent.record(Some(&reply), None));
            draft.commit().await?;
            return Ok(Made::Answered(reply));
        }
        let purchase = PurchaseRecord {
            id: Uuid::now_v7().to_string(),
            account: user.account.id.clone(),
            status: PurchaseStatus::Open,
            pack_id: pack_id.clone(),
            pack_name: pack.name.clone(),
            quantity: *quantity,
            tokens: ledger::Tokens(pack.tokens.0 * u64::from(*quantity)),
            amount: ledger::Minor(pack.price.amount.0 * u64::from(*quantity)),
            currency: pack.price.currency.as_str().to_owned(),
            tax_included: pack.tax_included,
            session: None,
            checkout_url: None,
            expires_at: None,
            payment_intent: None,
            receipt_url: None,
            created_at: draft.now(),
        };
        let id = purchase.id.clone();
        draft.put_purchase(purchase);
        draft.keep(sent.record(None, Some(id.clone())));
        draft.commit().await?;
        Ok::<_, Stop>(Made::Purchase(id))
    })
    .await
}

/// Makes the session at Stripe, stores it, and answers.
async fn open_checkout(app: &App, user: &User, once: &Once<NewPurchase>, purchase: &str) -> Answer<Reply> {
    let record = app.store.purchase(purchase).await?.ok_or_else(|| Failure::not_found("purchase"))?;
    let customer = customer(app, &user.account).await?;
    let session = create_session(app, &record, &customer).await?;
    let sent = once.identity(CALLER, &user.account.id);
    attempts(|| async {
        let mut draft = Draft::open(app, &user.account.id).await?;
        if let Kept::Reply(reply) = draft.kept(&sent).await? {
            return Ok(reply);
        }
        let mut record = app.store.purchase(purchase).await?.ok_or_else(|| Failure::not_found("purchase"))?;
        record.session = Some(session.id.clone());
        if record.status == PurchaseStatus::Open {
            record.checkout_url.clone_from(&session.url);
            record.expires_at = Timestamp::from_second(session.expires_at).ok();
            draft.watch_checkout(session.id.clone(), Timestamp::now() + FIRST_CHECK);
        } else {
            // It was cancelled while Stripe was asked.
            draft.leave_chore(ChoreKind::ExpireCheckout, session.id.clone());
        }
        let reply = Reply::json(StatusCode::CREATED, &translate::purchase(&record, draft.state()))?;
        draft.put_purchase(record);
        draft.keep(sent.record(Some(&reply), Some(purchase.to_owned())));
        draft.commit().await?;
        Ok::<_, Stop>(reply)
    })
    .await
}

/// Without `expires_at` (Stripe's 24 h) and without `payment_method_types`: Stripe offers cards, Apple Pay, Google Pay
/// and `PayPal` as they are switched on (rule 13a).
async fn create_session(
    app: &App,
    purchase: &PurchaseRecord,
    customer: &str,
) -> Result<CheckoutSession, StripeError> {
    let PurchaseRecord { id, account, pack_name, quantity, .. } = purchase;
    let tokens_each = purchase.tokens.0 / u64::from(*quantity);
    let unit_amount = purchase.amount.0 / u64::from(*quantity);
    let public_url = app.public_url.as_str().trim_end_matches('/');
    let fields = fields![
        "mode" => "payment",
        "customer" => customer,
        "client_reference_id" => account,
        "metadata[purchase_id]" => id,
        "metadata[account_id]" => account,
        "payment_intent_data[metadata][purchase_id]" => id,
        "payment_intent_data[metadata][account_id]" => account,
        "line_items[0][quantity]" => quantity,
        "line_items[0][price_data][currency]" => purchase.currency,
        "line_items[0][price_data][unit_amount]" => unit_amount,
        "line_items[0][price_data][tax_behavior]" => if purchase.tax_included { "inclusive" } else { "exclusive" },
        "line_items[0][price_data][product_data][name]" => format!("{pack_name}: {tokens_each} top-up tokens"),
        "success_url" => format!("{public_url}/checkout/return?session_id={{CHECKOUT_SESSION_ID}}"),
        "cancel_url" => format!("{public_url}/checkout/cancelled"),
    ];
    let find = session_of(app, id, customer);
    app.stripe.post_unless("/v1/checkout/sessions", &fields, &format!("purchase-{id}"), find).await
}

/// The session that was made for a purchase, if one was: Stripe may have failed after that.
async fn session_of(
    app: &App,
    purchase: &str,
    customer: &str,
) -> Result<Option<CheckoutSession>, StripeError> {
    let query = fields!["customer" => customer, "limit" => 100];
    let newest: List<CheckoutSession> = app.stripe.get("/v1/checkout/sessions", &query).await?;
    let is_its =
        |session: &CheckoutSession| session.metadata.get("purchase_id").is_some_and(|id| id == purchase);
    Ok(newest.data.into_iter().find(is_its))
}

/// The caller's purchases, newest first.
#[utoipa::path(get, path = "/v1/purchases", tag = "user", security(("user" = [])),
    params(("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = PurchaseList), (status = 401, body = Problem)))]
pub async fn list(State(app): State<Arc<App>>, user: User, page: PageOf) -> Answer<axum::Json<PurchaseList>> {
    let page = app.store.purchases(&user.account.id, page.before, page.limit).await?;
    Ok(axum::Json(PurchaseList {
        items: page.items.iter().map(|purchase| translate::purchase(purchase, &user.account.state)).collect(),
        next_cursor: page.next.map(|seq| seq.to_string()),
    }))
}

/// One of the caller's purchases.
#[utoipa::path(get, path = "/v1/purchases/{id}", tag = "user", security(("user" = [])),
    params(("id" = String, Path)),
    responses((status = 200, body = Purchase), (status = 404, body = Problem)))]
pub async fn show(
    State(app): State<Arc<App>>,
    user: User,
    Path(id): Path<String>,
) -> Answer<axum::Json<Purchase>> {
    let purchase = own(&app, &user, &id).await?;
    Ok(axum::Json(translate::purchase(&purchase, &user.account.state)))
}

/// Another account's purchase is told apart from none by nothing.
async fn own(app: &App, user: &User, id: &str) -> Answer<PurchaseRecord> {
    let purchase = app.store.purchase(id).await?;
    purchase
        .filter(|purchase| purchase.account == user.account.id)
        .ok_or_else(|| Failure::not_found("purchase"))
}

/// Expires the checkout at Stripe, unless it was paid.
#[utoipa::path(post, path = "/v1/purchases/{id}/cancel", tag = "user", security(("user" = [])),
    params(("id" = String, Path)),
    responses((status = 200, body = Purchase), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn cancel(
    State(app): State<Arc<App>>,
    user: User,
    Path(id): Path<String>,
) -> Answer<axum::Json<Purchase>> {
    let purchase = own(&app, &user, &id).await?;
    match (purchase.status, &purchase.session) {
        (PurchaseStatus::Open, Some(session)) => {
            let path = format!("/v1/checkout/sessions/{session}/expire");
            match app.stripe.post::<CheckoutSession>(&path, &fields![], &format!("cancel-{id}")).await {
                Err(error) if error.is_passing() => return Err(error.into()),
                // What it has become is read below; Stripe refuses to expire what is not open any more.
                Ok(_) | Err(_) => {}
            }
            fulfil::checkout(&app, session).await?;
        }
        (PurchaseStatus::Open, None) => expire_unopened(&app, &user, &id).await?,
        _ => {}
    }
    let purchase = own(&app, &user, &id).await?;
    match purchase.status {
        PurchaseStatus::Expired | PurchaseStatus::Failed => {
            Ok(axum::Json(translate::purchase(&purchase, &user.account.state)))
        }
        PurchaseStatus::Open => Err(Failure::new(
            Kind::PaymentProviderUnavailable,
            "The payment provider has not closed the checkout. Try again in a moment.",
        )
        .retry_after_s(5)),
        _ => Err(Failure::new(
            Kind::AlreadyPaid,
            "This purchase was paid already; there is nothing to cancel.",
        )),
    }
}

/// A purchase that never got a session.
async fn expire_unopened(app: &App, user: &User, id: &str) -> Answer<()> {
    attempts(|| async {
        let mut draft = Draft::open(app, &user.account.id).await?;
        let mut purchase = own(app, user, id).await?;
        if purchase.status == PurchaseStatus::Open && purchase.session.is_none() {
            purchase.status = PurchaseStatus::Expired;
            draft.put_purchase(purchase);
        }
        draft.commit().await
    })
    .await
}
