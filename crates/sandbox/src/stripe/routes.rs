//! Every call of the API.

use super::catalogue::{coupons, prices, products, promotion_codes};
use super::checkout::{calls as sessions, creation, payment_pages};
use super::invoices::{calls as invoices, customer_balance, invoice_items, invoice_payments};
use super::payments::{balance, charges, customers, disputes, payment_intents, payment_methods, refunds};
use super::portal::{configurations, sessions as portal_sessions};
use super::request::{handler, not_found};
use super::subscriptions::{calls as subscriptions, live_prices};
use super::tax::{registrations, settings};
use super::{customer_deletion, events, webhook_endpoints};
use crate::store::SharedStore;
use axum::Router;
use axum::routing::{any, get, post};

/// Every call.
pub fn routes() -> Router<SharedStore> {
    Router::new()
        .merge(payment_routes())
        .merge(catalogue_routes())
        .merge(billing_routes())
        .route("/v1/checkout/sessions", get(handler(sessions::list)).post(handler(creation::create)))
        .route("/v1/checkout/sessions/{id}", get(handler(sessions::retrieve)))
        .route("/v1/checkout/sessions/{id}/expire", post(handler(sessions::expire)))
        .route("/v1/checkout/sessions/{id}/line_items", get(handler(sessions::line_items)))
        .route("/v1/payment_pages/{id}", get(handler(payment_pages::retrieve)))
        .route("/v1/payment_pages/{id}/confirm", post(handler(payment_pages::confirm)))
        .route("/v1/events", get(handler(events::list)))
        .route("/v1/events/{id}", get(handler(events::retrieve)))
        .route("/v1/tax/registrations", get(handler(registrations::list)))
        .route("/v1/tax/settings", get(handler(settings::retrieve)))
        .route("/v1/webhook_endpoints", get(handler(webhook_endpoints::list)))
        .route("/v1/webhook_endpoints/{id}", get(handler(webhook_endpoints::retrieve)))
        .route("/v1/{*rest}", any(not_found))
}

fn payment_routes() -> Router<SharedStore> {
    Router::new()
        .route("/v1/balance", get(handler(balance::retrieve)))
        .route("/v1/balance_transactions", get(handler(balance::list_transactions)))
        .route("/v1/balance_transactions/{id}", get(handler(balance::retrieve_transaction)))
        .route("/v1/charges", get(handler(charges::list)))
        .route("/v1/charges/{id}", get(handler(charges::retrieve)))
        .route("/v1/customers", get(handler(customers::list)).post(handler(customers::create)))
        .route(
            "/v1/customers/{id}",
            get(handler(customers::retrieve))
                .post(handler(customers::update))
                .delete(handler(customer_deletion::delete)),
        )
        .route("/v1/disputes", get(handler(disputes::list)))
        .route("/v1/disputes/{id}", get(handler(disputes::retrieve)))
        .route("/v1/disputes/{id}/close", post(handler(disputes::close)))
        .route(
            "/v1/payment_intents",
            get(handler(payment_intents::list)).post(handler(payment_intents::create)),
        )
        .route("/v1/payment_intents/{id}", get(handler(payment_intents::retrieve)))
        .route("/v1/payment_intents/{id}/cancel", post(handler(payment_intents::cancel)))
        .route("/v1/payment_intents/{id}/confirm", post(handler(payment_intents::confirm)))
        .route("/v1/payment_methods", post(handler(payment_methods::create)))
        .route("/v1/payment_methods/{id}", get(handler(payment_methods::retrieve)))
        .route("/v1/refunds", get(handler(refunds::list)).post(handler(refunds::create)))
        .route("/v1/refunds/{id}", get(handler(refunds::retrieve)).post(handler(refunds::update)))
}

fn catalogue_routes() -> Router<SharedStore> {
    Router::new()
        .route("/v1/coupons", get(handler(coupons::list)).post(handler(coupons::create)))
        .route("/v1/coupons/{id}", get(handler(coupons::retrieve)))
        .route(
            "/v1/promotion_codes",
            get(handler(promotion_codes::list)).post(handler(promotion_codes::create)),
        )
        .route(
            "/v1/promotion_codes/{id}",
            get(handler(promotion_codes::retrieve)).post(handler(promotion_codes::update)),
        )
        .route("/v1/prices", get(handler(prices::list)).post(handler(live_prices::create)))
        .route("/v1/prices/{id}", get(handler(prices::retrieve)).post(handler(live_prices::update)))
        .route("/v1/products", get(handler(products::list)).post(handler(products::create)))
        .route("/v1/products/{id}", get(handler(products::retrieve)).post(handler(products::update)))
}

fn billing_routes() -> Router<SharedStore> {
    Router::new()
        .route(
            "/v1/billing_portal/configurations",
            get(handler(configurations::list)).post(handler(configurations::create)),
        )
        .route(
            "/v1/billing_portal/configurations/{id}",
            get(handler(configurations::retrieve)).post(handler(configurations::update)),
        )
        .route("/v1/billing_portal/sessions", post(handler(portal_sessions::create)))
        .route("/v1/customers/{id}/balance_transactions", get(handler(customer_balance::list)))
        .route("/v1/invoiceitems", get(handler(invoice_items::list)))
        .route("/v1/invoiceitems/{id}", get(handler(invoice_items::retrieve)))
        .route("/v1/invoices", get(handler(invoices::list)))
        .route("/v1/invoices/{id}", get(handler(invoices::retrieve)).delete(handler(invoices::delete)))
        .route("/v1/invoices/{id}/pay", post(handler(subscriptions::pay_invoice)))
        .route("/v1/invoices/{id}/mark_uncollectible", post(handler(invoices::mark_uncollectible)))
        .route("/v1/invoices/{id}/void", post(handler(invoices::void)))
        .route("/v1/invoice_payments", get(handler(invoice_payments::list)))
        .route("/v1/invoices/{id}/lines", get(handler(invoices::lines)))
        .route("/v1/subscription_items", get(handler(subscriptions::list_items)))
        .route("/v1/subscriptions", get(handler(subscriptions::list)))
        .route(
            "/v1/subscriptions/{id}",
            get(handler(subscriptions::retrieve))
                .post(handler(subscriptions::update))
                .delete(handler(subscriptions::cancel)),
        )
}
