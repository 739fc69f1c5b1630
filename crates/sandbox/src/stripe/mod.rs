//! Stripe's API as far as the token service and the official clients use it: every call in [`routes`].
//!
//! A call is a function from the books and its parameters to an object or a refusal; what all calls share (API keys,
//! faults, idempotency, `expand[]`) is in [`gate`].

mod balance;
mod catalogue;
pub mod charges;
pub mod checkout;
mod customers;
pub mod disputes;
mod events;
mod expand;
pub mod gate;
pub mod instrument;
mod invoices;
mod list;
mod params;
pub mod payment_intents;
mod payment_methods;
mod payment_pages;
pub mod portal;
pub mod refunds;
pub mod refusal;
pub mod subscriptions;

pub use catalogue::{lookup, plan_prices, seed};
pub use gate::Faults;

use crate::books::Books;
use crate::world::World;
use axum::Router;
use axum::routing::{any, get, post};
use gate::call;
use jiff::Timestamp;

/// Every call that the sandbox has.
pub fn routes() -> Router<World> {
    Router::new()
        .route("/v1/balance", get(call(balance::retrieve)))
        .route("/v1/balance_transactions", get(call(balance::list_transactions)))
        .route("/v1/balance_transactions/{id}", get(call(balance::retrieve_transaction)))
        .route("/v1/billing_portal/sessions", post(call(portal::create)))
        .route("/v1/charges", get(call(charges::list)))
        .route("/v1/charges/{id}", get(call(charges::retrieve)))
        .route("/v1/checkout/sessions", get(call(checkout::list)).post(call(checkout::create)))
        .route("/v1/checkout/sessions/{id}", get(call(checkout::retrieve)))
        .route("/v1/checkout/sessions/{id}/expire", post(call(checkout::expire)))
        .route("/v1/checkout/sessions/{id}/line_items", get(call(checkout::line_items)))
        .route("/v1/customers", get(call(customers::list)).post(call(customers::create)))
        .route(
            "/v1/customers/{id}",
            get(call(customers::retrieve)).post(call(customers::update)).delete(call(customers::delete)),
        )
        .route("/v1/disputes", get(call(disputes::list)))
        .route("/v1/disputes/{id}", get(call(disputes::retrieve)))
        .route("/v1/disputes/{id}/close", post(call(disputes::close)))
        .route("/v1/events", get(call(events::list)))
        .route("/v1/events/{id}", get(call(events::retrieve)))
        .route("/v1/invoices", get(call(invoices::list)))
        .route("/v1/invoices/{id}", get(call(invoices::retrieve)))
        .route("/v1/payment_intents", get(call(payment_intents::list)).post(call(payment_intents::create)))
        .route("/v1/payment_intents/{id}", get(call(payment_intents::retrieve)))
        .route("/v1/payment_intents/{id}/cancel", post(call(payment_intents::cancel)))
        .route("/v1/payment_intents/{id}/confirm", post(call(payment_intents::confirm)))
        .route("/v1/payment_methods", post(call(payment_methods::create)))
        .route("/v1/payment_methods/{id}", get(call(payment_methods::retrieve)))
        .route("/v1/payment_pages/{id}", get(call(payment_pages::retrieve)))
        .route("/v1/payment_pages/{id}/confirm", post(call(payment_pages::confirm)))
        .route("/v1/prices", get(call(catalogue::list_prices)).post(call(catalogue::create_price)))
        .route("/v1/prices/{id}", get(call(catalogue::retrieve_price)).post(call(catalogue::update_price)))
        .route("/v1/products", get(call(catalogue::list_products)).post(call(catalogue::create_product)))
        .route(
            "/v1/products/{id}",
            get(call(catalogue::retrieve_product)).post(call(catalogue::update_product)),
        )
        .route("/v1/refunds", get(call(refunds::list)).post(call(refunds::create)))
        .route("/v1/refunds/{id}", get(call(refunds::retrieve)).post(call(refunds::update)))
        .route("/v1/subscriptions", get(call(subscriptions::list)))
        .route(
            "/v1/subscriptions/{id}",
            get(call(subscriptions::retrieve))
                .post(call(subscriptions::update))
                .delete(call(subscriptions::cancel)),
        )
        .route("/v1/{*rest}", any(gate::unknown))
}

/// Does what fell due since the last time, in the order of its due times: checkouts expire, subscriptions renew or end.
pub fn catch_up(books: &mut Books) {
    while let Some((due, work)) = earliest(checkout::next_expiry(books), subscriptions::next_boundary(books))
    {
        if due > books.now() {
            return;
        }
        books.as_of(due, |books| match work {
            Due::Expiry(session) => checkout::expire_now(books, session),
            Due::Boundary(subscription) => subscriptions::pass_boundary(books, subscription),
        });
    }
}

enum Due {
    Expiry(serde_json::Value),
    Boundary(serde_json::Value),
}

fn earliest(
    expiry: Option<(Timestamp, serde_json::Value)>,
    boundary: Option<(Timestamp, serde_json::Value)>,
) -> Option<(Timestamp, Due)> {
    let expiry = expiry.map(|(due, session)| (due, Due::Expiry(session)));
    let boundary = boundary.map(|(due, subscription)| (due, Due::Boundary(subscription)));
    [expiry, boundary].into_iter().flatten().min_by_key(|(due, _)| *due)
}

/// When the next thing falls due, by a clock that runs; nothing does while it stands.
pub fn next_due(books: &Books) -> Option<Timestamp> {
    if books.clock().is_some() {
        return None;
    }
    earliest(checkout::next_expiry(books), subscriptions::next_boundary(books)).map(|(due, _)| due)
}
