//! The part of Stripe's API that selling packs and plans needs, over HTTP, with lenient types.

mod calls;
mod client;
mod error;
mod fields;
mod metrics;
mod objects;
mod pages;
mod signature;

pub use calls::{CheckoutTerms, PackCheckout, PlanCheckout};
pub use client::StripeClient;
pub use error::StripeError;
pub use metrics::StripeMetrics;
pub use objects::{
    Charge, CheckoutSession, Dispute, Event, Expandable, Invoice, InvoiceLine, PaymentIntent, Price,
    Subscription, is_id,
};
pub use pages::Pages;
pub use signature::{BadSignature, check as check_signature};

pub(crate) use fields::fields;
