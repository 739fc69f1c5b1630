//! The pages to which Stripe's hosted pages redirect the browser. They show the state of a purchase or plan.

mod page;
mod words;

use crate::http::api_error::HttpResult;
use crate::http::request_query::Parameters;
use crate::http::state::{Http, ServiceState};
use crate::payments::{self, CheckoutLookup, Payments};
use crate::store::{Charged, PurchaseRecord, PurchaseStatus};
use axum::extract::State;
use axum::http::request::Parts;
use page::Page;
use serde::Deserialize;
use std::sync::Arc;
use tokenwell_currencies::amount_rules;
use url::Url;
pub use words::Language;
use words::Subject;

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
    parts: Parts,
    Parameters(query): Parameters<Return>,
) -> HttpResult<Page> {
    let visitor = Visitor { http: &state.http, payments: &state.payments, parts: &parts };
    // Everybody can open the page, so only sessions that the service opened are looked up.
    let page = match query.session_id.filter(|id| is_id(id, "cs_")) {
        None => Page::of(Subject::Unknown),
        Some(session) => match state.store.purchase_of_session(&session).await? {
            Some(purchase) => of_purchase(&state, &visitor, &session, purchase).await?,
            None if state.store.checkout_is_known(&session).await? => of_plan(&visitor, &session).await,
            None => Page::of(Subject::Unknown),
        },
    };
    Ok(page.in_language(language))
}

async fn of_purchase(
    state: &ServiceState,
    visitor: &Visitor<'_>,
    session: &str,
    purchase: PurchaseRecord,
) -> HttpResult<Page> {
    let is_settled = |status| !matches!(status, PurchaseStatus::Open | PurchaseStatus::Processing);
    if is_settled(purchase.status) {
        return Ok(purchase_page(&state.http, &purchase));
    }
    let lookup = visitor.look_up_checkout(session).await;
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

async fn of_plan(visitor: &Visitor<'_>, session: &str) -> Page {
    match visitor.look_up_checkout(session).await {
        Some(CheckoutLookup::Paid) => Page::of(Subject::PlanPaid),
        Some(CheckoutLookup::RefundDue) => {
            Page::of(Subject::PlanRefundDue { contact: contact(visitor.http) })
        }
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
    State(state): State<ServiceState>,
    language: Language,
    parts: Parts,
    Parameters(query): Parameters<BillingReturn>,
) -> HttpResult<Page> {
    let visitor = Visitor { http: &state.http, payments: &state.payments, parts: &parts };
    let mut subject = Subject::ManagedSoon;
    if let Some(id) = query.subscription.filter(|id| is_id(id, "sub_"))
        && state.store.account_of_subscription(&id).await?.is_some()
        && visitor.look_up_subscription(&id).await.is_some()
    {
        subject = Subject::Managed;
    }
    Ok(Page::of(subject).in_language(language))
}

/// What a visitor may cause.
struct Visitor<'a> {
    http: &'a Http,
    payments: &'a Arc<Payments>,
    parts: &'a Parts,
}

impl Visitor<'_> {
    async fn look_up_checkout(&self, session: &str) -> Option<CheckoutLookup> {
        let (payments, id) = (Arc::clone(self.payments), session.to_owned());
        let look_up = async move {
            payments.metrics.looked_up_for_a_visitor();
            payments.look_up_checkout(&id).await
        };
        self.payments.visitor_lookups.get(session, || self.may_look_up(), look_up).await
    }

    async fn look_up_subscription(&self, subscription: &str) -> Option<CheckoutLookup> {
        let (payments, id) = (Arc::clone(self.payments), subscription.to_owned());
        let look_up = async move {
            payments.metrics.looked_up_for_a_visitor();
            payments.fulfilment().subscription(&id).await
        };
        self.payments.visitor_lookups.get(subscription, || self.may_look_up(), look_up).await
    }

    fn may_look_up(&self) -> bool {
        let may = self.http.rates.look_up(self.parts).is_ok();
        if !may {
            self.http.metrics.turned_away("look_up_rate");
        }
        may
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
