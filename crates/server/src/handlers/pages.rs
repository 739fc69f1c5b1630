//! Where the hosted checkout sends the browser back to: plain pages that say where the tokens are.

use crate::App;
use crate::fulfil;
use crate::problem::Answer;
use crate::request::Parameters;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde::Deserialize;
use std::sync::Arc;
use tokenwell_wire::PurchaseStatus;

const STYLE: &str = "
:root { color-scheme: light dark; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; font: 1rem/1.5 system-ui, sans-serif;
  background: Canvas; color: CanvasText; }
main { max-width: 26rem; padding: 2rem; text-align: center; }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; }
p { margin: 0; opacity: .8; }
";

/// Which checkout the browser comes from.
#[derive(Debug, Deserialize)]
pub struct Return {
    session_id: Option<String>,
}

/// After a completed checkout. Does what the event does, in case the browser is faster.
#[utoipa::path(get, path = "/checkout/return", tag = "pages",
    params(("session_id" = Option<String>, Query, description = "Filled in by Stripe")),
    responses((status = 200, body = String, content_type = "text/html")))]
pub async fn returned(
    State(app): State<Arc<App>>,
    Parameters(query): Parameters<Return>,
) -> Answer<Response> {
    let Some(session) = query.session_id.filter(|id| is_session_id(id)) else { return Ok(on_the_way()) };
    // Only sessions that were opened here are looked up: the page is open to everyone.
    let purchase = app.store.purchase_of_session(&session).await?;
    let known = purchase.is_some() || app.store.checkout_is_known(&session).await?;
    if !known {
        return Ok(on_the_way());
    }
    if let Err(error) = fulfil::checkout(&app, &session).await {
        tracing::warn!(session, %error, "a checkout could not be looked up on return; its event will come");
        return Ok(on_the_way());
    }
    Ok(match app.store.purchase_of_session(&session).await?.map(|purchase| purchase.status) {
        Some(PurchaseStatus::Paid) => page(
            "Your tokens are in Tokenwell",
            "The payment went through and your tokens have arrived. You can close this page.",
        ),
        Some(PurchaseStatus::Processing) => page(
            "Your payment is on its way",
            "Your bank has not confirmed it yet. Your tokens arrive in Tokenwell as soon as it does. You can close this page.",
        ),
        Some(_) => on_the_way(),
        None => page("Your plan is active", "Its tokens are in Tokenwell. You can close this page."),
    })
}

/// After a checkout that the buyer left.
#[utoipa::path(get, path = "/checkout/cancelled", tag = "pages",
    responses((status = 200, body = String, content_type = "text/html")))]
pub async fn cancelled() -> Response {
    page("Nothing was charged", "You left the checkout. You can close this page and go on in Tokenwell.")
}

/// After managing the subscription.
#[utoipa::path(get, path = "/billing/return", tag = "pages",
    responses((status = 200, body = String, content_type = "text/html")))]
pub async fn billing_returned() -> Response {
    page("Back to Tokenwell", "Changes to your plan show in Tokenwell in a moment. You can close this page.")
}

fn on_the_way() -> Response {
    page("Thank you", "If you paid, your tokens arrive in Tokenwell in a moment. You can close this page.")
}

/// What Stripe's ids look like: nothing else is put into an address.
fn is_session_id(id: &str) -> bool {
    id.starts_with("cs_")
        && id.len() <= 255
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn page(title: &str, text: &str) -> Response {
    let markup: Markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · Tokenwell" }
                style { (PreEscaped(STYLE)) }
            }
            body { main { h1 { (title) } p { (text) } } }
        }
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
        ),
    ];
    (headers, markup.into_string()).into_response()
}
