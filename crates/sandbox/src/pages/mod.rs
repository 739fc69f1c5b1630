//! Stripe's hosted pages: checkout, billing portal, receipts and invoices.

mod checkout;
mod payment_form;
mod portal;
mod receipts;
mod state;

pub use state::HostedPages;

use axum::Router;
use axum::routing::get;

/// The pages.
pub fn routes() -> Router<HostedPages> {
    Router::new()
        .route("/c/pay/{session}", get(checkout::show).post(checkout::pay))
        .route("/invoices/{invoice}", get(receipts::invoice))
        .route("/p/session/{portal}", get(portal::show).post(portal::submit))
        .route("/receipts/{charge}", get(receipts::receipt))
}
