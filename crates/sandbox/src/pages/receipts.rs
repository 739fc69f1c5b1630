//! Receipts of charges, and hosted invoices.

use super::state::HostedPages;
use crate::html::format::{date, money};
use crate::html::layout::narrow_page;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde_json::Value;

/// `GET /receipts/{charge}`.
pub async fn receipt(State(pages): State<HostedPages>, Path(id): Path<String>) -> Response {
    let charge = pages.store.read(|store| store.find("charge", &id)).ok();
    let paid = charge.filter(|charge| charge["paid"] == true);
    paid.map_or_else(missing, |charge| receipt_page(&charge).into_response())
}

/// `GET /invoices/{invoice}`.
pub async fn invoice(State(pages): State<HostedPages>, Path(id): Path<String>) -> Response {
    let invoice = pages.store.read(|store| store.find("invoice", &id)).ok();
    invoice.map_or_else(missing, |invoice| invoice_page(&invoice).into_response())
}

fn amount(object: &Value, field: &str) -> String {
    money(object[field].as_i64().unwrap_or_default(), object["currency"].as_str().unwrap_or("usd"))
}

fn created(object: &Value) -> String {
    date(object["created"].as_i64().unwrap_or_default())
}

fn receipt_page(charge: &Value) -> Markup {
    let refunded = charge["amount_refunded"].as_i64().unwrap_or_default();
    narrow_page(
        "Receipt",
        &html! {
            h1 { "Receipt from Tokenwell" }
            p.total { (amount(charge, "amount")) }
            dl {
                div { dt { "Paid on" } dd { (created(charge)) } }
                div { dt { "Paid with" } dd { (paid_with(&charge["payment_method_details"])) } }
                @if let Some(text) = charge["description"].as_str() { div { dt { "For" } dd { (text) } } }
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
            let wallet = match card["wallet"]["type"].as_str() {
                Some("apple_pay") => "Apple Pay, ",
                Some("google_pay") => "Google Pay, ",
                _ => "",
            };
            let brand = card["brand"].as_str().unwrap_or("card");
            format!("{wallet}{brand} ending in {}", card["last4"].as_str().unwrap_or("····"))
        }
        Some("paypal") => "PayPal".to_owned(),
        _ => "Bank debit".to_owned(),
    }
}

fn invoice_page(invoice: &Value) -> Markup {
    let lines = invoice["lines"]["data"].as_array().map(Vec::as_slice).unwrap_or_default();
    narrow_page(
        "Invoice",
        &html! {
            h1 { "Invoice " (invoice["number"].as_str().unwrap_or_default()) }
            p.total { (amount(invoice, "total")) }
            p.quiet { (created(invoice)) " · " (invoice["status"].as_str().unwrap_or_default()) }
            dl {
                @for line in lines {
                    div {
                        dt {
                            (line["description"].as_str().unwrap_or_default())
                            small {
                                (date(line["period"]["start"].as_i64().unwrap_or_default())) " to "
                                (date(line["period"]["end"].as_i64().unwrap_or_default()))
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
    let page = narrow_page(
        "No such receipt",
        &html! {
            h1 { "No such receipt" }
            p { "There is no such receipt or invoice. The sandbox may have been restarted without its data." }
        },
    );
    (StatusCode::NOT_FOUND, page).into_response()
}
