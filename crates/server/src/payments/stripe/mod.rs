//! Stripe's API, as much of it as selling packs and plans needs, over plain HTTP: types of our own that read leniently.

mod client;
mod error;
mod objects;
mod signature;

pub use client::Stripe;
pub use error::StripeError;
pub use objects::{
    Charge, CheckoutSession, Customer, Dispute, Event, Expandable, Invoice, InvoiceLine, List, PaymentIntent,
    PortalSession, Price, Subscription, is_id,
};
pub use signature::check as check_signature;

/// A form field, in Stripe's bracket notation.
pub type Field = (String, String);

/// Writes form fields: `fields![ "mode" => "payment", … ]`.
macro_rules! fields {
    ($($name:expr => $value:expr),* $(,)?) => {
        [$(($name.to_string(), $value.to_string())),*] as [$crate::payments::stripe::Field; _]
    };
}
pub(crate) use fields;
