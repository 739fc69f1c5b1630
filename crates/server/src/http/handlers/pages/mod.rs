//! The pages to which Stripe's hosted pages redirect the browser. They show the state of a purchase or plan.

mod page;

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
use tokenwell_ledger::Tokens;
use url::Url;

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
    Parameters(query): Parameters<Return>,
) -> HttpResult<Page> {
    // Everybody can open the page, so only sessions that the service opened are looked up.
    let Some(session) = query.session_id.filter(|id| is_id(id, "cs_")) else { return Ok(unknown()) };
    match state.store.purchase_of_session(&session).await? {
        Some(purchase) => of_purchase(&state, &session, purchase).await,
        None if state.store.checkout_is_known(&session).await? => {
            Ok(of_plan(&state.http, &state.payments, session).await)
        }
        None => Ok(unknown()),
    }
}

async fn of_purchase(state: &ServiceState, session: &str, purchase: PurchaseRecord) -> HttpResult<Page> {
    let is_settled = |status| !matches!(status, PurchaseStatus::Open | PurchaseStatus::Processing);
    if is_settled(purchase.status) {
        return Ok(purchase_page(&state.http, purchase));
    }
    let lookup = look_up_checkout(&state.payments, session.to_owned()).await;
    let now = state.store.purchase_of_session(session).await?.unwrap_or(purchase);
    // An event may have settled the purchase although this look-up failed.
    if lookup.is_none() && !is_settled(now.status) {
        return Ok(away("your tokens arrive in Tokenwell", Some(app_link(&now))));
    }
    Ok(purchase_page(&state.http, now))
}

/// The page for a purchase in any state.
fn purchase_page(http: &Http, purchase: PurchaseRecord) -> Page {
    let tokens = grouped(purchase.tokens);
    let app_link = Some(app_link(&purchase));
    let page = |title, text: String| Page { title, text, ..Page::default() };
    let page = match purchase.status {
        PurchaseStatus::Paid => page(
            "Your tokens are in Tokenwell",
            format!(
                "The payment went through and {tokens} top-up tokens have arrived. You can close this page."
            ),
        ),
        PurchaseStatus::Processing => page(
            "Your payment is on its way",
            format!(
                "Your bank has not confirmed it yet. Your {tokens} tokens arrive in Tokenwell as soon as it does. You can close this page."
            ),
        ),
        PurchaseStatus::Open => Page {
            link: purchase
                .checkout_url
                .filter(|url| is_allowed(http, url))
                .map(|url| ("Go on with the checkout", url)),
            ..page(
                "The checkout is still open",
                "Nothing was charged. You can go on where you left off.".to_owned(),
            )
        },
        PurchaseStatus::Expired => page(
            "The checkout has expired",
            "Nothing was charged. Choose a pack in Tokenwell to start again.".to_owned(),
        ),
        PurchaseStatus::Failed => page(
            "The payment failed",
            "Nothing was charged. Choose a pack in Tokenwell to start again.".to_owned(),
        ),
        PurchaseStatus::RefundDue => refund_due_page(http, &purchase),
        PurchaseStatus::Refunded | PurchaseStatus::PartiallyRefunded => {
            page("This payment was refunded", "Tokenwell shows which of its tokens are left.".to_owned())
        }
        PurchaseStatus::Disputed => {
            page("This payment is disputed", "Tokenwell shows what became of its tokens.".to_owned())
        }
    };
    Page { app_link, ..page }
}

/// Rule 15a: whoever was charged and got nothing is told so.
fn refund_due_page(http: &Http, purchase: &PurchaseRecord) -> Page {
    let charged = purchase.charged.as_ref().map_or_else(
        || "You were charged".to_owned(),
        |Charged { total, currency, .. }| {
            let amount = amount_rules(currency).decimal(total.0);
            format!("You were charged {amount} {}", currency.to_uppercase())
        },
    );
    let contact = contact(http);
    Page {
        title: "Your payment is refunded",
        text: format!(
            "{charged}, but the amount does not fit the order, so no tokens were added. You get the whole amount back. Do not pay again for the same order. If you have a question, contact {contact}."
        ),
        ..Page::default()
    }
}

/// Whom a user contacts.
fn contact(http: &Http) -> &str {
    http.published.support_contact.as_deref().unwrap_or("the operator of this service")
}

async fn of_plan(http: &Http, payments: &Arc<Payments>, session: String) -> Page {
    let lookup = look_up_checkout(payments, session).await;
    let contact = contact(http);
    let page = |title, text: &str| Page { title, text: text.to_owned(), ..Page::default() };
    match lookup {
        Some(CheckoutLookup::Paid) => {
            page("Your plan is active", "Its tokens are in Tokenwell. You can close this page.")
        }
        Some(CheckoutLookup::RefundDue) => Page {
            title: "Your payment is refunded",
            text: format!(
                "This payment brought you no plan, because you have another one or the account was deleted. You get the whole amount back. If you have a question, contact {contact}."
            ),
            ..Page::default()
        },
        Some(CheckoutLookup::Pending) => page(
            "Your plan is not paid yet",
            "It starts, and its tokens arrive in Tokenwell, as soon as the payment is confirmed.",
        ),
        Some(CheckoutLookup::Ended) => page(
            "The checkout has expired",
            "Nothing was charged. Choose a plan in Tokenwell to start again.",
        ),
        None => away("your plan starts", None),
    }
}

/// After a cancelled checkout.
#[utoipa::path(get, path = "/checkout/cancelled", tag = "pages",
    responses((status = 200, body = String, content_type = "text/html")))]
pub async fn cancelled() -> Page {
    Page {
        title: "Nothing was charged",
        text: "You left the checkout. You can close this page and go on in Tokenwell.".to_owned(),
        ..Page::default()
    }
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
    Parameters(query): Parameters<BillingReturn>,
) -> HttpResult<Page> {
    let mut when = "in a moment";
    if let Some(id) = query.subscription.filter(|id| is_id(id, "sub_"))
        && store.account_of_subscription(&id).await?.is_some()
        && look_up_subscription(&payments, id).await.is_some()
    {
        when = "already";
    }
    Ok(Page {
        title: "Back to Tokenwell",
        text: format!("Changes to your plan show in Tokenwell {when}. You can close this page."),
        ..Page::default()
    })
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

fn away(what: &str, app_link: Option<String>) -> Page {
    Page {
        title: "Thank you",
        text: format!(
            "We cannot see your payment yet. Nothing is lost: {what} as soon as we can. This page looks again by itself; you can also close it."
        ),
        app_link,
        reloads: true,
        ..Page::default()
    }
}

fn unknown() -> Page {
    Page {
        title: "Thank you",
        text: "If you paid, your tokens arrive in Tokenwell in a moment. You can close this page.".to_owned(),
        ..Page::default()
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

/// `15,000`
fn grouped(tokens: Tokens) -> String {
    let digits = tokens.0.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| str::from_utf8(group).unwrap_or_default()).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_shown_in_groups_of_three() {
        let shown = [0, 999, 1000, 40_000, 1_234_567].map(|tokens| grouped(Tokens(tokens)));
        assert_eq!(shown, ["0", "999", "1,000", "40,000", "1,234,567"]);
    }
}
