//! Receipts of charges and hosted invoices.

use super::{day, money, plain};
use crate::world::World;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde_json::Value;

/// `GET /receipts/{charge}`.
pub async fn receipt(State(world): State<World>, Path(id): Path<String>) -> Response {
    let found = world.read(|books| books.find("charge", &id)).ok().filter(|charge| charge["paid"] == true);
    found.map_or_else(missing, |charge| of_charge(&charge).into_response())
}

/// `GET /invoices/{invoice}`.
pub async fn invoice(State(world): State<World>, Path(id): Path<String>) -> Response {
    let found = world.read(|books| books.find("invoice", &id)).ok();
    found.map_or_else(missing, |invoice| of_invoice(&invoice).into_response())
}

fn amount(object: &Value, field: &str) -> String {
    money(object[field].as_i64().unwrap_or_default(), object["currency"].as_str().unwrap_or("usd"))
}

fn on(object: &Value) -> String {
    day(object["created"].as_i64().unwrap_or_default())
}

fn of_charge(charge: &Value) -> Markup {
    let refunded = charge["amount_refunded"].as_i64().unwrap_or_default();
    plain(
        "Receipt",
        &html! {
            h1 { "Receipt from Tokenwell" }
            p.total { (amount(charge, "amount")) }
            dl {
                div { dt { "Paid on" } dd { (on(charge)) } }
                div { dt { "Paid with" } dd { (paid_with(&charge["payment_method_details"])) } }
                @if let Some(what) = charge["description"].as_str() { div { dt { "For" } dd { (what) } } }
                @if refunded > 0 { div { dt { "Refunded" } dd { (amount(charge, "amount_refunded")) } } }
                div { dt { "Number" } dd { (charge["id"].as_str().unwrap_or_default()) } }
            }
        },
    )
}

fn paid_with(details: &Value) -> String {
    let card = &details["card"];
    match details["type"].as_str() {
        Some("card") => {
            let through = match card["wallet"]["type"].as_str() {
                Some("apple_pay") => "Apple Pay, ",
                Some("google_pay") => "Google Pay, ",
                _ => "",
            };
            let brand = card["brand"].as_str().unwrap_or("card");
            format!("{through}{brand} ending in {}", card["last4"].as_str().unwrap_or("····"))
        }
        Some("paypal") => "PayPal".to_owned(),
        _ => "Bank debit".to_owned(),
    }
}

fn of_invoice(invoice: &Value) -> Markup {
    let lines = invoice["lines"]["data"].as_array().map(Vec::as_slice).unwrap_or_default();
    plain(
        "Invoice",
        &html! {
            h1 { "Invoice " (invoice["number"].as_str().unwrap_or_default()) }
            p.total { (amount(invoice, "total")) }
            p.quiet { (on(invoice)) " · " (invoice["status"].as_str().unwrap_or_default()) }
            dl {
                @for line in lines {
                    div {
                        dt {
                            (line["description"].as_str().unwrap_or_default())
                            small {
                                (day(line["period"]["start"].as_i64().unwrap_or_default())) " to "
                                (day(line["period"]["end"].as_i64().unwrap_or_default()))
                            }
                        }
                        dd { (amount(line, "amount")) }
                    }
                }
                div.sum { dt { "Total" } dd { (amount(invoice, "total")) } }
            }
        },
    )
}

fn missing() -> Response {
    let page = plain(
        "Nothing here",
        &html! {
            h1 { "Nothing here" }
            p { "There is no such receipt or invoice; the sandbox may have been started afresh since." }
        },
    );
    (StatusCode::NOT_FOUND, page).into_response()
}
