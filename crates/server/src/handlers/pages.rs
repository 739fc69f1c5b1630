//! Where Stripe's hosted pages send the browser back to: plain, quick pages that say where the tokens are.

mod page;

use crate::App;
use crate::fulfil::{self, Looked, WorkError};
use crate::problem::Answer;
use crate::request::Parameters;
use crate::store::{PurchaseRecord, PurchaseStatus};
use crate::stripe;
use axum::extract::State;
use page::Page;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use tokenwell_ledger::Tokens;
use url::Url;

/// How long a page waits for Stripe: somebody looks at it.
const PATIENCE: Duration = Duration::from_secs(4);

/// Which checkout the browser comes from.
#[derive(Debug, Deserialize)]
pub struct Return {
    session_id: Option<String>,
}

/// After a completed checkout. Does what the event does, in case the browser is faster.
#[utoipa::path(get, path = "/checkout/return", tag = "pages",
    params(("session_id" = Option<String>, Query, description = "Filled in by Stripe")),
    responses((status = 200, body = String, content_type = "text/html")))]
pub async fn returned(State(app): State<Arc<App>>, Parameters(query): Parameters<Return>) -> Answer<Page> {
    // The page is open to everyone: only sessions that were opened here are looked up.
    let Some(session) = query.session_id.filter(|id| is_id(id, "cs_")) else { return Ok(unknown()) };
    match app.store.purchase_of_session(&session).await? {
        Some(purchase) => of_purchase(&app, &session, purchase).await,
        None if app.store.checkout_is_known(&session).await? => Ok(of_plan(&app, session).await),
        None => Ok(unknown()),
    }
}

async fn of_purchase(app: &Arc<App>, session: &str, purchase: PurchaseRecord) -> Answer<Page> {
    let settled = |status| !matches!(status, PurchaseStatus::Open | PurchaseStatus::Processing);
    if settled(purchase.status) {
        return Ok(shown(app, purchase));
    }
    let id = session.to_owned();
    let looked = in_time(app, async move |app| fulfil::checkout(&app, &id).await).await;
    let now = app.store.purchase_of_session(session).await?.unwrap_or(purchase);
    // Its event may have told while Stripe could not be asked.
    if looked.is_none() && !settled(now.status) {
        return Ok(away("your tokens arrive in Tokenwell", Some(app_link(&now))));
    }
    Ok(shown(app, now))
}

/// Every state of a purchase in words.
fn shown(app: &App, purchase: PurchaseRecord) -> Page {
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
            go_on: purchase
                .checkout_url
                .filter(|url| is_allowed(app, url))
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
            "The payment did not go through",
            "No tokens were granted. If your bank shows a charge all the same, it is paid back.".to_owned(),
        ),
        PurchaseStatus::Refunded | PurchaseStatus::PartiallyRefunded => {
            page("This payment was refunded", "Tokenwell shows which of its tokens are left.".to_owned())
        }
        PurchaseStatus::Disputed => {
            page("This payment is disputed", "Tokenwell shows what became of its tokens.".to_owned())
        }
    };
    Page { app_link, ..page }
}

async fn of_plan(app: &Arc<App>, session: String) -> Page {
    let looked = in_time(app, async move |app| fulfil::checkout(&app, &session).await).await;
    let page = |title, text: &str| Page { title, text: text.to_owned(), ..Page::default() };
    match looked {
        Some(Looked::Done) => {
            page("Your plan is active", "Its tokens are in Tokenwell. You can close this page.")
        }
        Some(Looked::Waiting) => page(
            "Your plan is not paid yet",
            "It starts, and its tokens arrive in Tokenwell, as soon as the payment is confirmed.",
        ),
        Some(Looked::Gone) => page(
            "The checkout has expired",
            "Nothing was charged. Choose a plan in Tokenwell to start again.",
        ),
        None => away("your plan starts", None),
    }
}

/// After a checkout that the buyer left.
#[utoipa::path(get, path = "/checkout/cancelled", tag = "pages",
    responses((status = 200, body = String, content_type = "text/html")))]
pub async fn cancelled() -> Page {
    Page {
        title: "Nothing was charged",
        text: "You left the checkout. You can close this page and go on in Tokenwell.".to_owned(),
        ..Page::default()
    }
}

/// Whose portal the browser comes from.
#[derive(Debug, Deserialize)]
pub struct BillingReturn {
    subscription: Option<String>,
}

/// After managing the subscription. Does what its events do, in case the browser is faster.
#[utoipa::path(get, path = "/billing/return", tag = "pages",
    params(("subscription" = Option<String>, Query, description = "The one that was managed")),
    responses((status = 200, body = String, content_type = "text/html")))]
pub async fn billing_returned(
    State(app): State<Arc<App>>,
    Parameters(query): Parameters<BillingReturn>,
) -> Answer<Page> {
    let mut when = "in a moment";
    if let Some(id) = query.subscription.filter(|id| is_id(id, "sub_"))
        && app.store.subscription_is_known(&id).await?
        && in_time(&app, async move |app| fulfil::subscription(&app, &id).await).await.is_some()
    {
        when = "already";
    }
    Ok(Page {
        title: "Back to Tokenwell",
        text: format!("Changes to your plan show in Tokenwell {when}. You can close this page."),
        ..Page::default()
    })
}

/// Looks something up at Stripe; `None` if that takes too long or fails. It goes on meanwhile, and what is missed is
/// found by the event or the reconciler.
async fn in_time<F>(app: &Arc<App>, look: impl FnOnce(Arc<App>) -> F) -> Option<Looked>
where
    F: Future<Output = Result<Looked, WorkError>> + Send + 'static,
{
    let task = tokio::spawn(look(Arc::clone(app)));
    match tokio::time::timeout(PATIENCE, task).await {
        Ok(Ok(Ok(looked))) => Some(looked),
        Ok(Ok(Err(error))) => {
            tracing::warn!(%error, "what a customer returned from could not be looked up");
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
        looks_again: true,
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

/// Only hosts on the list are linked to, here as in the app.
fn is_allowed(app: &App, url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| app.checkout_hosts.iter().any(|host| host == url.authority()))
}

fn is_id(id: &str, prefix: &str) -> bool {
    id.starts_with(prefix) && stripe::is_id(id)
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
