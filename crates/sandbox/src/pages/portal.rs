//! The hosted billing portal: cancel, resume, change plan.

use super::state::HostedPages;
use crate::html::format::{date, money};
use crate::html::layout::narrow_page;
use crate::store::Store;
use crate::stripe::api::StripeError;
use crate::stripe::portal::configurations::Features;
use crate::stripe::portal::features::{AllowedUpdate, CancelMode};
use crate::stripe::portal::{changes, sessions};
use crate::stripe::subscriptions::item::Wanted;
use crate::stripe::subscriptions::{cancellation, item, scheduled_change, subscription};
use crate::webhooks::RESPONSE_TIMEOUT;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value;

/// `GET /p/session/{portal}`.
pub async fn show(State(pages): State<HostedPages>, Path(id): Path<String>) -> Response {
    portal_page(&pages, &id, None).map_or_else(missing, IntoResponse::into_response)
}

/// A form of the page as it is submitted.
#[derive(Debug, Deserialize)]
pub struct PortalForm {
    subscription: String,
    action: String,
    price: Option<String>,
    quantity: Option<i64>,
}

/// `POST /p/session/{portal}`.
pub async fn submit(
    State(pages): State<HostedPages>,
    Path(id): Path<String>,
    Form(form): Form<PortalForm>,
) -> Response {
    match pages.store.change(|store| act(store, &id, &form)) {
        Ok(_) => {
            pages.webhooks.attempted(RESPONSE_TIMEOUT, |_, _| true).await;
            Redirect::to(&format!("/p/session/{id}")).into_response()
        }
        Err(error) => match portal_page(&pages, &id, Some(error.message())) {
            Some(page) => (error.status, page).into_response(),
            None => missing(),
        },
    }
}

fn act(store: &mut Store, session: &str, form: &PortalForm) -> Result<Value, StripeError> {
    let session = store.find(sessions::KIND, session)?;
    let subscription = store.find("subscription", &form.subscription)?;
    if subscription["customer"] != session["customer"] {
        return Err(StripeError::no_such("subscription", &form.subscription, "id"));
    }
    let features = features_of(store, &session);
    match form.action.as_str() {
        "cancel" => changes::cancel(store, &features, subscription),
        "resume" => changes::resume(store, subscription),
        "change" => changes::change(store, &features, subscription, form.price.as_deref(), form.quantity),
        _ => Err(StripeError::invalid("Choose what to do: cancel, resume or change.")),
    }
}

fn features_of(store: &Store, session: &Value) -> Features {
    Features::of(store, session["configuration"].as_str().unwrap_or_default())
}

fn portal_page(pages: &HostedPages, id: &str, error: Option<&str>) -> Option<Markup> {
    pages.store.read(|store| {
        let session = store.find(sessions::KIND, id).ok()?;
        let customer = session["customer"].as_str()?;
        let features = features_of(store, &session);
        let known = store.find("customer", customer).unwrap_or_default();
        let running = subscription::running_of_customer(store, customer);
        let cards: Vec<Markup> =
            running.iter().map(|subscription| card(store, id, &features, subscription)).collect();
        let invoices = newest_invoices(store, customer);
        Some(narrow_page("Billing", &html! {
            h1 { "Your subscription" }
            @if let Some(email) = known["email"].as_str() { p.quiet { (email) } }
            @if let Some(credit) = credit(&known) { p #credit { "Credit for the next invoices: " (credit) } }
            @if let Some(error) = error { p #error .error role="alert" { (error) } }
            @if cards.is_empty() { p { "You have no active subscription." } }
            @for card in &cards { (card) }
            @if !invoices.is_empty() { h2 { "Invoices" } (invoice_table(&invoices)) }
            @if let Some(url) = session["return_url"].as_str() { p { a #return href=(url) { "Back to Tokenwell" } } }
        }))
    })
}

fn newest_invoices<'a>(store: &'a Store, customer: &str) -> Vec<&'a Value> {
    let all = store.records.all("invoice").rev().map(|(_, invoice)| invoice);
    all.filter(|invoice| invoice["customer"] == customer).take(24).collect()
}

/// What the merchant owes a customer, as text.
fn credit(customer: &Value) -> Option<String> {
    let balance = customer["balance"].as_i64().filter(|balance| *balance < 0)?;
    Some(money(balance.saturating_neg(), customer["currency"].as_str().unwrap_or("usd")))
}

fn card(store: &Store, portal: &str, features: &Features, subscription: &Value) -> Markup {
    let id = subscription["id"].as_str().unwrap_or_default();
    let action = format!("/p/session/{portal}");
    let cancelled = cancellation::end_of(subscription).is_some();
    html! {
        section.card {
            @for item in item::all(subscription) { h2 { (name(&item["price"])) " · " (cost(item)) } }
            (status_line(store, subscription))
            (change_form(store, &action, features, subscription))
            @if cancelled {
                form method="post" action=(action) .stack {
                    input type="hidden" name="subscription" value=(id);
                    button #resume .main type="submit" name="action" value="resume" { "Resume the subscription" }
                }
            } @else if features.cancel.enabled {
                form method="post" action=(action) .stack {
                    input type="hidden" name="subscription" value=(id);
                    button #cancel-plan type="submit" name="action" value="cancel" {
                        @if features.cancel.mode == CancelMode::Immediately { "Cancel now" }
                        @else { "Cancel at the end of the period" }
                    }
                }
            }
        }
    }
}

/// The form for another plan or quantity; empty if the portal allows neither.
fn change_form(store: &Store, action: &str, features: &Features, subscription: &Value) -> Markup {
    let id = subscription["id"].as_str().unwrap_or_default();
    let item = item::of(subscription);
    let offered = changes::offered_prices(store, features, subscription);
    let changes_quantity = changes::can_change(features, subscription, AllowedUpdate::Quantity);
    html! {
        @if changes_quantity || !offered.is_empty() {
            form method="post" action=(action) .stack {
                input type="hidden" name="subscription" value=(id);
                @if !offered.is_empty() {
                    label for={ "price-" (id) } { "Plan" }
                    select id={ "price-" (id) } name="price" {
                        @for option in &offered {
                            option value=(option["id"].as_str().unwrap_or_default())
                                selected[option["id"] == item["price"]["id"]] {
                                (name(option)) " · " (price_text(option, 1))
                            }
                        }
                    }
                }
                @if changes_quantity {
                    label for={ "quantity-" (id) } { "Quantity" }
                    input id={ "quantity-" (id) } name="quantity" type="number" min="1" value=(item["quantity"]);
                }
                button #change type="submit" name="action" value="change" { "Change plan" }
            }
        }
    }
}

fn status_line(store: &Store, subscription: &Value) -> Markup {
    let end = date(item::period_of(subscription).1);
    let scheduled = scheduled_change::of(store, subscription).unwrap_or_default();
    html! {
        p.quiet #status {
            @if let Some(end) = cancellation::end_of(subscription) { "Cancelled: it ends on " (date(end)) "." }
            @else if subscription["status"] == "active" { "Renews on " (end) "." }
            @else { "The last payment failed; it is tried again." }
            @for Wanted { price, quantity, .. } in &scheduled {
                " From then on: " (name(price)) " · " (price_text(price, *quantity)) "."
            }
        }
    }
}

fn name(price: &Value) -> &str {
    price["nickname"].as_str().unwrap_or("Subscription")
}

fn cost(item: &Value) -> String {
    price_text(&item["price"], item["quantity"].as_i64().unwrap_or(1))
}

fn price_text(price: &Value, quantity: i64) -> String {
    let amount =
        money(price["unit_amount"].as_i64().unwrap_or_default(), price["currency"].as_str().unwrap_or("usd"));
    let times = if quantity == 1 { String::new() } else { format!("{quantity} × ") };
    format!("{times}{amount} per {}", price["recurring"]["interval"].as_str().unwrap_or("period"))
}

fn invoice_table(invoices: &[&Value]) -> Markup {
    html! {
        table {
            thead { tr { th { "Number" } th { "Date" } th { "State" } th.number { "Total" } } }
            tbody {
                @for invoice in invoices {
                    tr {
                        td {
                            a href=(invoice["hosted_invoice_url"].as_str().unwrap_or_default()) {
                                (invoice["number"].as_str().unwrap_or_default())
                            }
                        }
                        td { (date(invoice["created"].as_i64().unwrap_or_default())) }
                        td { (invoice["status"].as_str().unwrap_or_default()) }
                        td.number {
                            (money(invoice["total"].as_i64().unwrap_or_default(), invoice["currency"].as_str().unwrap_or("usd")))
                        }
                    }
                }
            }
        }
    }
}

fn missing() -> Response {
    let page = narrow_page(
        "No such page",
        &html! {
            h1 { "No such page" }
            p { "This billing page does not exist. Open it again in Tokenwell." }
        },
    );
    (StatusCode::NOT_FOUND, page).into_response()
}
