//! The hosted checkout page.

use super::payment_form::PaymentForm;
use super::state::HostedPages;
use crate::html::format::money;
use crate::html::layout::{narrow_page, wide_page};
use crate::stripe::checkout::payment::{self, PaymentResult};
use crate::stripe::checkout::totals;
use crate::webhooks::RESPONSE_TIMEOUT;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde_json::Value;

/// The test cards that the page lists, and what they do.
const TEST_CARDS: [(&str, &str); 5] = [
    ("4242 4242 4242 4242", "is accepted"),
    ("4000 0000 0000 0002", "is declined"),
    ("4000 0000 0000 9995", "has insufficient funds"),
    ("4000 0027 6000 3184", "asks for authentication"),
    ("4000 0000 0000 0259", "is accepted, then disputed"),
];

/// `GET /c/pay/{session}`.
pub async fn show(State(pages): State<HostedPages>, Path(id): Path<String>) -> Response {
    let Some((session, items)) = load(&pages, &id) else { return missing() };
    if session["status"] != "open" {
        return closed(&session).into_response();
    }
    checkout_page(&session, &items, &PaymentForm::default(), None).into_response()
}

/// `POST /c/pay/{session}`.
pub async fn pay(
    State(pages): State<HostedPages>,
    Path(id): Path<String>,
    Form(form): Form<PaymentForm>,
) -> Response {
    let Some((session, items)) = load(&pages, &id) else { return missing() };
    if session["status"] != "open" {
        return closed(&session).into_response();
    }
    let page_with_error = |status: StatusCode, message: &str| {
        (status, checkout_page(&session, &items, &form, Some(message))).into_response()
    };
    if form.method == "promotion_code" {
        return match pages.store.change(|store| totals::enter_code(store, &id, &form.promotion_code)) {
            Ok(_) => Redirect::to(&format!("/c/pay/{id}")).into_response(),
            Err(error) => page_with_error(error.status, error.message()),
        };
    }
    let instrument = match form.instrument(payer(&session).is_none()) {
        Ok(instrument) => instrument,
        Err(error) => return page_with_error(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string()),
    };
    match pages.store.change(|store| payment::pay(store, &id, &instrument, form.authentication())) {
        Ok(PaymentResult::Complete(session)) => {
            wait_for_merchant(&pages, &id).await;
            let success_url = session["success_url"].as_str().unwrap_or_default();
            Redirect::to(&success_url.replace("{CHECKOUT_SESSION_ID}", &id)).into_response()
        }
        Ok(PaymentResult::AuthenticationRequired) => authentication_page(&session, &form).into_response(),
        Ok(PaymentResult::Declined(error)) => page_with_error(StatusCode::PAYMENT_REQUIRED, error.message()),
        Err(error) => match load(&pages, &id) {
            Some((session, _)) if session["status"] != "open" => closed(&session).into_response(),
            _ => page_with_error(error.status, error.message()),
        },
    }
}

/// Waits, as Stripe's page does, until the merchant accepted the event of the completed session.
async fn wait_for_merchant(pages: &HostedPages, session: &str) {
    let accepted = pages.webhooks.attempted(RESPONSE_TIMEOUT, |store, delivery| {
        let event = store.records.get("event", &delivery.event);
        event.is_some_and(|event| {
            event["type"] == "checkout.session.completed" && event["data"]["object"]["id"] == session
        })
    });
    if !accepted.await {
        tracing::warn!(
            session,
            "the merchant did not accept the event in time; the customer is sent back without waiting"
        );
    }
}

/// A session and its line items, with the tax at the payer's address.
fn load(pages: &HostedPages, id: &str) -> Option<(Value, Vec<Value>)> {
    pages.store.read(|store| {
        let session = store.find("checkout.session", id).ok()?;
        Some(totals::shown(store, &session))
    })
}

/// The e-mail address that the merchant gave for the payer.
fn payer(session: &Value) -> Option<&str> {
    session["customer_details"]["email"].as_str().or(session["customer_email"].as_str())
}

fn total(session: &Value) -> String {
    amount(session, "/amount_total")
}

fn amount(session: &Value, pointer: &str) -> String {
    let amount = session.pointer(pointer).and_then(Value::as_i64);
    money(amount.unwrap_or_default(), session["currency"].as_str().unwrap_or("usd"))
}

fn checkout_page(session: &Value, items: &[Value], form: &PaymentForm, error: Option<&str>) -> Markup {
    let interval = items.iter().find_map(|item| item["price"]["recurring"]["interval"].as_str());
    wide_page(
        "Pay",
        &html! {
            (summary(session, items, interval))
            section.card aria-label="How you pay" {
                @if let Some(error) = error { p #error .error role="alert" { (error) } }
                @if let Some(payer) = payer(session) { p.quiet { "Paying as " (payer) } }
                (payment_forms(session, form, interval.is_some()))
                details {
                    summary { "Test cards" }
                    p.quiet { "Enter any future expiry date, security code and name. Real cards are declined." }
                    dl { @for (number, effect) in TEST_CARDS { div { dt { (number) } dd { (effect) } } } }
                }
            }
        },
    )
}

fn summary(session: &Value, items: &[Value], interval: Option<&str>) -> Markup {
    let total = total(session);
    html! {
        section aria-label="What you pay for" {
            h1 { @if interval.is_some() { "Subscribe" } @else { "Pay Tokenwell" } }
            p.total { (total) @if let Some(interval) = interval { " " span.quiet { "per " (interval) } } }
            dl {
                @for item in items { (line_item(item)) }
                @if session["total_details"]["amount_discount"] != 0 {
                    div { dt { "Discount" } dd #discount { "−" (amount(session, "/total_details/amount_discount")) } }
                }
                @if session["automatic_tax"]["enabled"] == true {
                    div { dt { (tax_label(items)) } dd #tax { (amount(session, "/total_details/amount_tax")) } }
                }
                div.sum { dt { "Total due today" } dd #total { (total) } }
            }
            @if session["allow_promotion_codes"] == true { (promotion_form(session)) }
            @if let Some(cancel_url) = session["cancel_url"].as_str() {
                p { a #cancel href=(cancel_url) { "Back without paying" } }
            }
        }
    }
}

fn tax_label(items: &[Value]) -> &'static str {
    if items.iter().any(|item| item["price"]["tax_behavior"] == "inclusive") {
        "Tax (included)"
    } else {
        "Tax"
    }
}

fn promotion_form(session: &Value) -> Markup {
    let action = session["url"].as_str().unwrap_or_default();
    html! {
        form method="post" action=(action) .stack aria-label="Promotion code" {
            input type="hidden" name="method" value="promotion_code";
            (field("promotion-code", "promotion_code", "Promotion code", "off", "", ""))
            button #apply-code type="submit" { "Apply" }
        }
    }
}

fn payment_forms(session: &Value, form: &PaymentForm, subscribing: bool) -> Markup {
    let action = session["url"].as_str().unwrap_or_default();
    html! {
        form method="post" action=(action) .stack aria-label="Pay in one step" {
            button #pay-apple type="submit" name="method" value="apple_pay" { "Apple Pay" }
            button #pay-google type="submit" name="method" value="google_pay" { "Google Pay" }
            button #pay-paypal type="submit" name="method" value="paypal" { "PayPal" }
            button #pay-bank type="submit" name="method" value="bank_debit" { "Bank debit" }
        }
        form method="post" action=(action) .stack.apart {
            input type="hidden" name="method" value="card";
            h2 { label #pay-card for="card-number" { "Pay by card" } }
            @if payer(session).is_none() {
                (field("email", "email", "E-mail", "email", &form.email, "name@example.com"))
            }
            (field("card-number", "number", "Card number", "cc-number", "", "1234 1234 1234 1234"))
            div.pair {
                (field("card-expiry", "expiry", "Expires", "cc-exp", &form.expiry, "MM / YY"))
                (field("card-cvc", "cvc", "Security code", "cc-csc", "", "CVC"))
            }
            (field("card-name", "name", "Name on card", "cc-name", &form.name, ""))
            button #pay .main type="submit" {
                @if subscribing { "Subscribe" } @else if session["amount_total"] == 0 { "Complete order" } @else { "Pay " (total(session)) }
            }
        }
    }
}

fn field(id: &str, name: &str, label: &str, autocomplete: &str, value: &str, placeholder: &str) -> Markup {
    let input_type = if id == "email" { "email" } else { "text" };
    let required = matches!(name, "email" | "number");
    let numeric = matches!(name, "number" | "expiry" | "cvc").then_some("numeric");
    html! {
        div.field {
            label for=(id) { (label) }
            input id=(id) name=(name) type=(input_type) required[required] autocomplete=(autocomplete)
                inputmode=[numeric] value=(value) placeholder=(placeholder);
        }
    }
}

fn line_item(item: &Value) -> Markup {
    let currency = item["currency"].as_str().unwrap_or("usd");
    let quantity = item["quantity"].as_i64().unwrap_or(1);
    let each = money(item["price"]["unit_amount"].as_i64().unwrap_or_default(), currency);
    html! {
        div {
            dt {
                (item["description"].as_str().unwrap_or_default())
                @if quantity > 1 { small { (quantity) " × " (each) } }
            }
            dd { (money(item["amount_subtotal"].as_i64().unwrap_or_default(), currency)) }
        }
    }
}

fn authentication_page(session: &Value, form: &PaymentForm) -> Markup {
    narrow_page(
        "Confirm it is you",
        &html! {
            h1 { "Confirm it is you" }
            p { "Your bank asks whether you are paying " (total(session)) "." }
            form method="post" action=(session["url"].as_str().unwrap_or_default()) .stack {
                @for (name, value) in form.hidden_fields() { input type="hidden" name=(name) value=(value); }
                button #authenticate .main type="submit" name="authentication" value="passed" { "It is me" }
                button #fail type="submit" name="authentication" value="failed" { "It is not me" }
            }
        },
    )
}

fn closed(session: &Value) -> Markup {
    let complete = session["status"] == "complete";
    narrow_page(
        "Checkout closed",
        &html! {
            h1 { "This checkout is no longer open" }
            @if complete {
                p { "It was completed before. Nothing more is due, and you can close this window." }
            } @else {
                p { "It was cancelled or has expired, and nothing was paid. Start again in Tokenwell." }
            }
            @if let Some(url) = session["cancel_url"].as_str().filter(|_| !complete) { p { a #cancel href=(url) { "Go back" } } }
        },
    )
}

fn missing() -> Response {
    let page = narrow_page(
        "No such checkout",
        &html! {
            h1 { "No such checkout" }
            p { "The address is not complete, or the sandbox was restarted without its data. Start again in Tokenwell." }
        },
    );
    (StatusCode::NOT_FOUND, page).into_response()
}
