//! `/sandbox/…`: events of the outside world, on request.

mod api_versions;
mod charges;
mod checkout;
mod clock;
mod faults;
mod issuer;
mod keys;
mod platforms;
mod portal;
mod state;
mod subscriptions;
mod tax;
mod tax_settings;
mod users;
mod webhooks;

pub use state::Control;

use axum::Router;
use axum::routing::{get, post, put};

/// Every call.
pub fn routes() -> Router<Control> {
    Router::new()
        .route("/sandbox/api-versions", get(api_versions::show).put(api_versions::set))
        .route("/sandbox/charges/{id}/dispute", post(charges::dispute))
        .route("/sandbox/charges/{id}/refund", post(charges::refund))
        .route("/sandbox/checkout/{id}/pay", post(checkout::pay))
        .route("/sandbox/checkout/{id}/settle", post(checkout::settle))
        .route("/sandbox/clock", get(clock::show).put(clock::set))
        .route("/sandbox/faults", get(faults::show).put(faults::set))
        .route("/sandbox/invoices/{id}/pay", post(subscriptions::pay_invoice))
        .route("/sandbox/issuer", get(issuer::show).put(issuer::set))
        .route("/sandbox/keys", put(keys::set))
        .route("/sandbox/platforms/{id}", get(platforms::show).put(platforms::set))
        .route("/sandbox/portal", get(portal::show).put(portal::set))
        .route("/sandbox/refunds/{id}/fail", post(charges::fail_refund))
        .route("/sandbox/subscriptions/{id}", post(subscriptions::change))
        .route("/sandbox/tax", get(tax::show).put(tax::set))
        .route("/sandbox/tax-settings", get(tax_settings::show).put(tax_settings::set))
        .route("/sandbox/users", get(users::list).post(users::create))
        .route("/sandbox/webhooks", put(webhooks::set))
        .route("/sandbox/webhooks/flush", post(webhooks::flush))
}
