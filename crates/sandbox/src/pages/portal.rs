//! The hosted billing portal: cancel, resume, change plan.

use super::{day, money, plain};
use crate::stripe::refusal::Refusal;
use crate::stripe::subscriptions::{self, Change};
use crate::stripe::{self, portal};
use crate::webhooks::ANSWER_WITHIN;
use crate::world::World;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value;

/// `GET /p/session/{portal}`.
pub async fn show(State(world): State<World>, Path(id): Path<String>) -> Response {
    page(&world, &id, None).map_or_else(missing, IntoResponse::into_response)
}

/// What the customer wants.
#[derive(Debug, Deserialize)]
pub struct Wish {
    subscription: String,
    action: String,
    price: Option<String>,
}

/// `POST /p/session/{portal}`.
pub async fn act(State(world): State<World>, Path(id): Path<String>, Form(wish): Form<Wish>) -> Response {
    let done = world.change(|books| {
        let session = books.find(portal::KIND, &id)?;
        let subscription = books.find("subscription", &wish.subscription)?;
        if subscription["customer"] != session["customer"] {
            return Err(Refusal::no_such("subscription", &wish.subscription, "id"));
        }
        match wish.action.as_str() {
            "cancel" => subscriptions::cancel_at_period_end(books, subscription, true),
            "resume" => subscriptions::cancel_at_period_end(books, subscription, false),
            "change" => {
                let price = books.find_for("price", wish.price.as_deref().unwrap_or_default(), "price")?;
                subscriptions::change_price(books, subscription, price, Change::AsThePortal)
            }
            _ => Err(Refusal::invalid("Choose what to do: cancel, resume or change.")),
        }
    });
    match done {
        Ok(_) => {
            world.delivered(ANSWER_WITHIN, |_, _| true).await;
            Redirect::to(&format!("/p/session/{id}")).into_response()
        }
        Err(refusal) => match page(&world, &id, Some(refusal.message())) {
            Some(page) => (refusal.status, page).into_response(),
            None => missing(),
        },
    }
}

fn page(world: &World, id: &str, error: Option<&str>) -> Option<Markup> {
    world.read(|books| {
        let session = books.find(portal::KIND, id).ok()?;
        let customer = session["customer"].as_str()?;
        let running = subscriptions::running_of(books, customer);
        let email = books.find("customer", customer).ok().and_then(|it| it["email"].as_str().map(str::to_owned));
        let cards = running.iter().map(|subscription| {
            let next = subscriptions::next_price(books, subscription);
            let interval = &subscriptions::item_of(subscription)["price"]["recurring"]["interval"];
            let prices = stripe::plan_prices(books, interval.as_str().unwrap_or("month"));
            card(id, subscription, next.as_ref(), &prices)
        });
        let cards: Vec<Markup> = cards.collect();
        let invoices: Vec<&Value> = books
            .records
            .all("invoice")
            .rev()
            .map(|(_, invoice)| invoice)
            .filter(|invoice| invoice["customer"] == customer)
            .take(24)
            .collect();
        Some(plain("Billing", &html! {
            h1 { "Your subscription" }
            @if let Some(email) = email { p.quiet { (email) } }
            @if let Some(error) = error { p #error .error role="alert" { (error) } }
            @if cards.is_empty() { p { "You have no subscription that is running." } }
            @for card in &cards { (card) }
            @if !invoices.is_empty() { h2 { "Invoices" } (invoice_table(&invoices)) }
            @if let Some(url) = session["return_url"].as_str() { p { a #return href=(url) { "Back to Tokenwell" } } }
        }))
    })
}

fn card(portal: &str, subscription: &Value, next: Option<&Value>, prices: &[Value]) -> Markup {
    let id = subscription["id"].as_str().unwrap_or_default();
    let price = &subscriptions::item_of(subscription)["price"];
    let end = day(subscriptions::period_of(subscription).1);
    let cancelled = subscription["cancel_at_period_end"] == true;
    let action = format!("/p/session/{portal}");
    html! {
        section.card {
            h2 { (name(price)) " · " (cost(price)) }
            p.quiet #status {
                @if cancelled { "Cancelled: it ends on " (end) "." }
                @else if subscription["status"] == "active" { "Renews on " (end) "." }
                @else { "The last payment failed; it is tried again." }
                @if let Some(next) = next { " From then on: " (name(next)) "." }
            }
            form method="post" action=(action) .stack {
                input type="hidden" name="subscription" value=(id);
                label for={ "price-" (id) } { "Plan" }
                select id={ "price-" (id) } name="price" {
                    @for option in prices {
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
                        td { (day(invoice["created"].as_i64().unwrap_or_default())) }
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
    let page = plain(
        "No such page",
        &html! {
            h1 { "No such page" }
            p { "This billing page is gone. Open it again from where you came." }
        },
    );
    (StatusCode::NOT_FOUND, page).into_response()
}
