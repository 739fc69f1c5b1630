//! The pages to which Stripe's hosted pages redirect the browser. They show the state of a purchase or plan.

mod page;
mod words;

use crate::base::error_chain::Chain;
use crate::http::api_error::HttpResult;
use crate::http::request_query::Parameters;
use crate::http::state::{Http, ServiceState};
use crate::payments::{self, CheckoutLookup, PaymentError, Payments};
use crate::store::{Charged, PurchaseRecord, PurchaseStatus, Store};
use axum::extract::State;
use page::Page;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use tokenwell_currencies::amount_rules;
use url::Url;
pub use words::Language;
use words::Subject;

/// The maximum time for which a page waits for Stripe.
const PATIENCE: Duration = Duration::from_secs(4);

/// The checkout from which the browser returns.
#[derive(Debug, Deserialize)]
pub struct Return {
    session_id: Option<String>,
}

/// After a completed checkout. Looks the session up, like its event, in case the browser is faster.
#[utoipa::path(get, path = "/checkout/return", tag = "pages",
    params(("session_id" = Option<String>, Query, description = "Filled in by Stripe")),
    responses((status = 200, body = String, content_type = "text/html")))]
pub async fn returned(
    State(state): State<ServiceState>,
    language: Language,
    Parameters(query): Parameters<Return>,
) -> HttpResult<Page> {
    // Everybody can open the page, so only sessions that the service opened are looked up.
    let page = match query.session_id.filter(|id| is_id(id, "cs_")) {
        None => Page::of(Subject::Unknown),
        Some(session) => match state.store.purchase_of_session(&session).await? {
            Some(purchase) => of_purchase(&state, &session, purchase).await?,
            None if state.store.checkout_is_known(&session).await? => {
                of_plan(&state.http, &state.payments, session).await
            }
            None => Page::of(Subject::Unknown),
        },
    };
    Ok(page.in_language(language))
}

async fn of_purchase(state: &ServiceState, session: &str, purchase: PurchaseRecord) -> HttpResult<Page> {
    let is_settled = |status| !matches!(status, PurchaseStatus::Open | PurchaseStatus::Processing);
    if is_settled(purchase.status) {
        return Ok(purchase_page(&state.http, &purchase));
    }
    let lookup = look_up_checkout(&state.payments, session.to_owned()).await;
    let now = state.store.purchase_of_session(session).await?.unwrap_or(purchase);
    // An event may have settled the purchase although this look-up failed.
    if lookup.is_none() && !is_settled(now.status) {
        let app_link = Some(app_link(&now));
        return Ok(Page { app_link, reloads: true, ..Page::of(Subject::PurchaseUnseen) });
    }
    Ok(purchase_page(&state.http, &now))
}

/// The page for a purchase in any state.
fn purchase_page(http: &Http, purchase: &PurchaseRecord) -> Page {
    let app_link = Some(app_link(purchase));
    let checkout = purchase
        .checkout_url
        .as_ref()
        .filter(|url| purchase.status == PurchaseStatus::Open && is_allowed(http, url))
        .cloned();
    let subject = match purchase.status {
        PurchaseStatus::Paid => Subject::Paid(purchase.tokens),
        PurchaseStatus::Processing => Subject::Processing(purchase.tokens),
        PurchaseStatus::Open => Subject::Open,
        PurchaseStatus::Expired => Subject::Expired,
        PurchaseStatus::Failed => Subject::Failed,
        PurchaseStatus::RefundDue => refund_due(http, purchase),
        PurchaseStatus::Refunded | PurchaseStatus::PartiallyRefunded => Subject::Refunded,
        PurchaseStatus::Disputed => Subject::Disputed,
    };
    Page { checkout, app_link, ..Page::of(subject) }
}

/// Rule 15a: whoever was charged and got nothing is told so.
fn refund_due(http: &Http, purchase: &PurchaseRecord) -> Subject {
    let charged = purchase.charged.as_ref().map(|Charged { total, currency, .. }| {
        format!("{} {}", amount_rules(currency).decimal(total.0), currency.to_uppercase())
    });
    Subject::RefundDue { charged, contact: contact(http) }
}

/// Whom a user contacts. `None` if the operator gives no contact.
fn contact(http: &Http) -> Option<String> {
    http.published.support_contact.clone()
}

async fn of_plan(http: &Http, payments: &Arc<Payments>, session: String) -> Page {
    match look_up_checkout(payments, session).await {
        Some(CheckoutLookup::Paid) => Page::of(Subject::PlanPaid),
        Some(CheckoutLookup::RefundDue) => Page::of(Subject::PlanRefundDue { contact: contact(http) }),
        Some(CheckoutLookup::Pending) => Page::of(Subject::PlanPending),
        Some(CheckoutLookup::Ended) => Page::of(Subject::PlanExpired),
        None => Page { reloads: true, ..Page::of(Subject::PlanUnseen) },
    }
}

/// After a cancelled checkout.
#[utoipa::path(get, path = "/checkout/cancelled", tag = "pages",
    responses((status = 200, body = String, content_type = "text/html")))]
pub async fn cancelled(language: Language) -> Page {
    Page::of(Subject::Cancelled).in_language(language)
}

/// The subscription from whose portal the browser returns.
#[derive(Debug, Deserialize)]
pub struct BillingReturn {
    subscription: Option<String>,
}

/// After the billing portal. Looks the subscription up, like its events, in case the browser is faster.
#[utoipa::path(get, path = "/billing/return", tag = "pages",
    params(("subscription" = Option<String>, Query, description = "The one that was managed")),
    responses((status = 200, body = String, content_type = "text/html")))]
pub async fn billing_returned(
    State(payments): State<Arc<Payments>>,
    State(store): State<Arc<dyn Store>>,
    language: Language,
    Parameters(query): Parameters<BillingReturn>,
) -> HttpResult<Page> {
    let mut subject = Subject::ManagedSoon;
    if let Some(id) = query.subscription.filter(|id| is_id(id, "sub_"))
        && store.account_of_subscription(&id).await?.is_some()
        && look_up_subscription(&payments, id).await.is_some()
    {
        subject = Subject::Managed;
    }
    Ok(Page::of(subject).in_language(language))
}

async fn look_up_checkout(payments: &Arc<Payments>, session: String) -> Option<CheckoutLookup> {
    let payments = Arc::clone(payments);
    in_time(async move { payments.fulfilment().checkout(&session).await }).await
}

async fn look_up_subscription(payments: &Arc<Payments>, id: String) -> Option<CheckoutLookup> {
    let payments = Arc::clone(payments);
    in_time(async move { payments.fulfilment().subscription(&id).await }).await
}

/// Waits for a look-up at Stripe; `None` if it takes too long or fails. A look-up that takes too long continues. After
/// one that fails, an event or the reconciler finds the change.
async fn in_time(
    lookup: impl Future<Output = Result<CheckoutLookup, PaymentError>> + Send + 'static,
) -> Option<CheckoutLookup> {
    match tokio::time::timeout(PATIENCE, tokio::spawn(lookup)).await {
        Ok(Ok(Ok(lookup))) => Some(lookup),
        Ok(Ok(Err(error))) => {
            tracing::warn!(error = %Chain(&error), "what a customer returned from could not be looked up");
            None
        }
        Ok(Err(error)) => {
            tracing::error!(%error, "looking up what a customer returned from broke off");
            None
        }
        Err(_) => None,
    }
}

fn app_link(purchase: &PurchaseRecord) -> String {
    format!("tokenwell://checkout?purchase={}", purchase.id)
}

/// Whether a URL may be linked to: only published hosts, as in the app.
fn is_allowed(http: &Http, url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| http.published.checkout_hosts.iter().any(|host| host == url.authority()))
}

fn is_id(id: &str, prefix: &str) -> bool {
    id.starts_with(prefix) && payments::is_id(id)
}
