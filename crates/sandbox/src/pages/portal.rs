//! The hosted billing portal: cancel, resume, change plan.

use super::state::HostedPages;
use crate::html::format::{date, money};
use crate::html::layout::narrow_page;
use crate::store::Store;
use crate::stripe::api::StripeError;
use crate::stripe::api::objects::find_by_param;
use crate::stripe::catalogue::plans;
use crate::stripe::portal::sessions;
use crate::stripe::subscriptions::price_change::{Timing, change_price};
use crate::stripe::subscriptions::{cancellation, item, scheduled_price, subscription};
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
    match form.action.as_str() {
        "cancel" => cancellation::cancel_in_portal(store, subscription),
        "resume" => cancellation::cancel_at_period_end(store, subscription, false),
        "change" => {
            let price = find_by_param(store, "price", form.price.as_deref().unwrap_or_default(), "price")?;
            change_price(store, subscription, price, Timing::LowerAtPeriodEnd)
        }
        _ => Err(StripeError::invalid("Choose what to do: cancel, resume or change.")),
    }
}

fn portal_page(pages: &HostedPages, id: &str, error: Option<&str>) -> Option<Markup> {
    pages.store.read(|store| {
        let session = store.find(sessions::KIND, id).ok()?;
        let customer = session["customer"].as_str()?;
        let email =
            store.find("customer", customer).ok().and_then(|it| it["email"].as_str().map(str::to_owned));
        let running = subscription::running_of_customer(store, customer);
        let cards: Vec<Markup> = running.iter().map(|subscription| card(store, id, subscription)).collect();
        let invoices = newest_invoices(store, customer);
        Some(narrow_page("Billing", &html! {
            h1 { "Your subscription" }
            @if let Some(email) = email { p.quiet { (email) } }
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

fn card(store: &Store, portal: &str, subscription: &Value) -> Markup {
    let id = subscription["id"].as_str().unwrap_or_default();
    let price = &item::of(subscription)["price"];
    let offered = plans::offered_prices(store, price["recurring"]["interval"].as_str().unwrap_or("month"));
    let cancelled = cancellation::end_of(subscription).is_some();
    let action = format!("/p/session/{portal}");
    html! {
        section.card {
            h2 { (name(price)) " · " (cost(price)) }
            (status_line(store, subscription))
            form method="post" action=(action) .stack {
                input type="hidden" name="subscription" value=(id);
                label for={ "price-" (id) } { "Plan" }
                select id={ "price-" (id) } name="price" {
                    @for option in &offered {
                        option value=(option["id"].as_str().unwrap_or_default()) selected[option["id"] == price["id"]] {
                            (name(option)) " · " (cost(option))
                        }
                    }
                }
                button #change type="submit" name="action" value="change" { "Change plan" }
            }
            form method="post" action=(action) .stack {
                input type="hidden" name="subscription" value=(id);
                @if cancelled {
                    button #resume .main type="submit" name="action" value="resume" { "Resume the subscription" }
                } @else {
                    button #cancel-plan type="submit" name="action" value="cancel" { "Cancel at the end of the period" }
                }
            }
        }
    }
}

fn status_line(store: &Store, subscription: &Value) -> Markup {
    let end = date(item::period_of(subscription).1);
    let scheduled = scheduled_price::of(store, subscription);
    html! {
        p.quiet #status {
            @if let Some(end) = cancellation::end_of(subscription) { "Cancelled: it ends on " (date(end)) "." }
            @else if subscription["status"] == "active" { "Renews on " (end) "." }
            @else { "The last payment failed; it is tried again." }
            @if let Some(price) = scheduled { " From then on: " (name(&price)) "." }
        }
    }
}

fn name(price: &Value) -> &str {
    price["nickname"].as_str().unwrap_or("Subscription")
}

fn cost(price: &Value) -> String {
    let amount =
        money(price["unit_amount"].as_i64().unwrap_or_default(), price["currency"].as_str().unwrap_or("usd"));
    format!("{amount} per {}", price["recurring"]["interval"].as_str().unwrap_or("period"))
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
