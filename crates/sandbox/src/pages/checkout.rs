//! The hosted checkout page.

use super::{money, plain, wide};
use crate::stripe::checkout::{self, Outcome};
use crate::stripe::instrument::{Instrument, Means, Wallet};
use crate::stripe::payment_intents::Authentication;
use crate::webhooks::ANSWER_WITHIN;
use crate::world::World;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The cards that the page suggests, and what they do.
const HINTS: [(&str, &str); 5] = [
    ("4242 4242 4242 4242", "is accepted"),
    ("4000 0000 0000 0002", "is declined"),
    ("4000 0000 0000 9995", "has insufficient funds"),
    ("4000 0027 6000 3184", "asks for authentication"),
    ("4000 0000 0000 0259", "is accepted, then disputed"),
];

/// `GET /c/pay/{session}`.
pub async fn show(State(world): State<World>, Path(id): Path<String>) -> Response {
    let Some((session, items)) = load(&world, &id) else { return missing() };
    if session["status"] != "open" {
        return closed(&session).into_response();
    }
    form(&session, &items, &Entered::default(), None).into_response()
}

/// What the person entered.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Entered {
    method: String,
    number: String,
    expiry: String,
    cvc: String,
    name: String,
    email: String,
    authentication: String,
}

impl Entered {
    fn instrument(&self, needs_email: bool) -> Result<Instrument, &'static str> {
        let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let wallet = |wallet| Instrument::card("4242424242424242", Some(wallet)).means;
        let means = match self.method.as_str() {
            "card" => self.card()?,
            "apple_pay" => wallet(Wallet::ApplePay),
            "google_pay" => wallet(Wallet::GooglePay),
            "paypal" => Means::Paypal,
            "bank_debit" => Means::BankDebit,
            _ => return Err("Choose how you want to pay."),
        };
        let mut instrument = Instrument { means, name: text(&self.name), email: text(&self.email) };
        if needs_email && instrument.email.is_none() {
            if self.method == "card" {
                return Err("Your e-mail address is missing.");
            }
            // A wallet or PayPal tells the merchant its owner's address.
            instrument.email = Some("payer@sandbox.example".to_owned());
        }
        Ok(instrument)
    }

    fn card(&self) -> Result<Means, &'static str> {
        let Means::Card { number, exp_month, exp_year, .. } = Instrument::card(&self.number, None).means
        else {
            unreachable!("a card is a card")
        };
        if number.is_empty() {
            return Err("Your card number is missing.");
        }
        // Only the number decides how a test card turns out; the rest may be left out, but not be nonsense.
        let (exp_month, exp_year) = match self.expiry.trim() {
            "" => (exp_month, exp_year),
            text => expiry(text).ok_or("Your card's expiration date is incomplete: write it as MM/YY.")?,
        };
        let cvc = self.cvc.trim();
        if !matches!(cvc.len(), 0 | 3 | 4) || !cvc.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err("Your card's security code is incomplete: it has three or four digits.");
        }
        Ok(Means::Card { number, exp_month, exp_year, wallet: None })
    }
}

/// `12/34`, `12 / 2034` or `1234` as month and year.
fn expiry(text: &str) -> Option<(i8, i16)> {
    let digits: String = text.chars().filter(|letter| !letter.is_whitespace() && *letter != '/').collect();
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let (month, year) = digits.split_at_checked(2)?;
    let year: i16 = match year.len() {
        2 => 2000 + year.parse::<i16>().ok()?,
        4 => year.parse().ok()?,
        _ => return None,
    };
    month.parse().ok().filter(|month| (1..=12).contains(month)).map(|month| (month, year))
}

/// `POST /c/pay/{session}`.
pub async fn pay(
    State(world): State<World>,
    Path(id): Path<String>,
    Form(entered): Form<Entered>,
) -> Response {
    let Some((session, items)) = load(&world, &id) else { return missing() };
    if session["status"] != "open" {
        return closed(&session).into_response();
    }
    let again = |status: StatusCode, message: &str| {
        (status, form(&session, &items, &entered, Some(message))).into_response()
    };
    let instrument = match entered.instrument(payer(&session).is_none()) {
        Ok(instrument) => instrument,
        Err(message) => return again(StatusCode::UNPROCESSABLE_ENTITY, message),
    };
    let authentication = match entered.authentication.as_str() {
        "passed" => Authentication::Passed,
        "failed" => Authentication::Failed,
        _ => Authentication::NotAsked,
    };
    match world.change(|books| checkout::pay(books, &id, &instrument, authentication)) {
        Ok(Outcome::Complete(session)) => {
            wait_for_the_shop(&world, &id).await;
            let success_url = session["success_url"].as_str().unwrap_or_default();
            Redirect::to(&success_url.replace("{CHECKOUT_SESSION_ID}", &id)).into_response()
        }
        Ok(Outcome::NeedsAuthentication) => authenticate(&session, &entered).into_response(),
        Ok(Outcome::Declined(refusal)) => again(StatusCode::PAYMENT_REQUIRED, refusal.message()),
        Err(refusal) => match load(&world, &id) {
            Some((session, _)) if session["status"] != "open" => closed(&session).into_response(),
            _ => again(refusal.status, refusal.message()),
        },
    }
}

/// Waits, as Stripe's page does, for the shop to take note of the payment before the customer is sent back to it.
async fn wait_for_the_shop(world: &World, session: &str) {
    let answered = world.delivered(ANSWER_WITHIN, |books, delivery| {
        let event = books.records.get("event", &delivery.event);
        event.is_some_and(|event| {
            event["type"] == "checkout.session.completed" && event["data"]["object"]["id"] == session
        })
    });
    if !answered.await {
        tracing::warn!(
            session,
            "the shop did not take note of the payment in time; the customer is sent back all the same"
        );
    }
}

fn load(world: &World, id: &str) -> Option<(Value, Vec<Value>)> {
    world.read(|books| {
        let session = books.find("checkout.session", id).ok()?;
        let items = checkout::line_items_of(books, id)["data"].as_array().cloned().unwrap_or_default();
        Some((session, items))
    })
}

/// Who the shop says is paying.
fn payer(session: &Value) -> Option<&str> {
    session["customer_details"]["email"].as_str().or(session["customer_email"].as_str())
}

fn amount(session: &Value) -> String {
    let (amount, currency) = (session["amount_total"].as_i64(), session["currency"].as_str());
    money(amount.unwrap_or_default(), currency.unwrap_or("usd"))
}

fn form(session: &Value, items: &[Value], entered: &Entered, error: Option<&str>) -> Markup {
    let interval = items.iter().find_map(|item| item["price"]["recurring"]["interval"].as_str());
    let total = amount(session);
    let action = session["url"].as_str().unwrap_or_default();
    wide(
        "Pay",
        &html! {
            section aria-label="What you pay for" {
                h1 { @if interval.is_some() { "Subscribe" } @else { "Pay Tokenwell" } }
                p.total { (total) @if let Some(interval) = interval { " " span.quiet { "per " (interval) } } }
                dl {
                    @for item in items { (line(item)) }
                    div.sum { dt { "Total due today" } dd #total { (total) } }
                }
                @if let Some(cancel_url) = session["cancel_url"].as_str() {
                    p { a #cancel href=(cancel_url) { "Back without paying" } }
                }
            }
            section.card aria-label="How you pay" {
                @if let Some(error) = error { p #error .error role="alert" { (error) } }
                @if let Some(payer) = payer(session) { p.quiet { "Paying as " (payer) } }
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
                        (field("email", "email", "E-mail", "email", &entered.email, "name@example.com"))
                    }
                    (field("card-number", "number", "Card number", "cc-number", "", "1234 1234 1234 1234"))
                    div.pair {
                        (field("card-expiry", "expiry", "Expires", "cc-exp", &entered.expiry, "MM / YY"))
                        (field("card-cvc", "cvc", "Security code", "cc-csc", "", "CVC"))
                    }
                    (field("card-name", "name", "Name on card", "cc-name", &entered.name, ""))
                    button #pay .main type="submit" {
                        @if interval.is_some() { "Subscribe" } @else { "Pay " (total) }
                    }
                }
                details {
                    summary { "Test cards" }
                    p.quiet { "Any expiry date to come, any security code, any name. Real cards are not taken." }
                    dl { @for (number, what) in HINTS { div { dt { (number) } dd { (what) } } } }
                }
            }
        },
    )
}

fn field(id: &str, name: &str, label: &str, autocomplete: &str, value: &str, placeholder: &str) -> Markup {
    let kind = if id == "email" { "email" } else { "text" };
    let required = matches!(name, "email" | "number");
    let numeric = matches!(name, "number" | "expiry" | "cvc").then_some("numeric");
    html! {
        div.field {
            label for=(id) { (label) }
            input id=(id) name=(name) type=(kind) required[required] autocomplete=(autocomplete) inputmode=[numeric] value=(value)
                placeholder=(placeholder);
        }
    }
}

fn line(item: &Value) -> Markup {
    let currency = item["currency"].as_str().unwrap_or("usd");
    let quantity = item["quantity"].as_i64().unwrap_or(1);
    let each = money(item["price"]["unit_amount"].as_i64().unwrap_or_default(), currency);
    html! {
        div {
            dt {
                (item["description"].as_str().unwrap_or_default())
                @if quantity > 1 { small { (quantity) " × " (each) } }
            }
            dd { (money(item["amount_total"].as_i64().unwrap_or_default(), currency)) }
        }
    }
}

fn authenticate(session: &Value, entered: &Entered) -> Markup {
    plain(
        "Confirm it is you",
        &html! {
            h1 { "Confirm it is you" }
            p { "Your bank wants to know that you are paying " (amount(session)) "." }
            form method="post" action=(session["url"].as_str().unwrap_or_default()) .stack {
                @for (name, value) in [
                    ("method", &entered.method), ("number", &entered.number), ("expiry", &entered.expiry),
                    ("cvc", &entered.cvc), ("name", &entered.name), ("email", &entered.email),
                ] { input type="hidden" name=(name) value=(value); }
                button #authenticate .main type="submit" name="authentication" value="passed" { "It is me" }
                button #fail type="submit" name="authentication" value="failed" { "It is not me" }
            }
        },
    )
}

fn closed(session: &Value) -> Markup {
    let complete = session["status"] == "complete";
    plain(
        "Checkout closed",
        &html! {
            h1 { "This checkout is no longer open" }
            @if complete {
                p { "It was completed on an earlier visit. Nothing more is due, and you can close this window." }
            } @else {
                p { "It was cancelled or waited too long, and nothing was paid. Start again from where you came." }
            }
            @if let Some(url) = session["cancel_url"].as_str().filter(|_| !complete) { p { a #cancel href=(url) { "Go back" } } }
        },
    )
}

fn missing() -> Response {
    let page = plain(
        "No such checkout",
        &html! {
            h1 { "No such checkout" }
            p { "The address is not complete, or the sandbox was started afresh since. Start again from where you came." }
        },
    );
    (StatusCode::NOT_FOUND, page).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expiry_dates_are_read_the_ways_people_write_them() {
        for text in ["12/34", "12 / 34", "1234", "12/2034"] {
            assert_eq!(expiry(text), Some((12, 2034)), "{text}");
        }
        for text in ["", "13/34", "1/34", "12/3", "ab/cd"] {
            assert_eq!(expiry(text), None, "{text}");
        }
    }
}
