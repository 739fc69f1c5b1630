//! The part of Stripe's API that selling packs and plans needs, over HTTP, with lenient types.

mod calls;
mod client;
mod error;
mod fields;
mod key_kind;
mod metrics;
mod objects;
mod pages;
mod permissions;
mod signature;

pub use calls::{CheckoutTerms, PackCheckout, PlanCheckout};
pub use client::{API_VERSION, StripeClient};
pub use error::StripeError;
pub use key_kind::{KeyKind, KeyMode};
pub use metrics::StripeMetrics;
pub use objects::{
    Charge, CheckoutSession, Dispute, Event, Expandable, Invoice, InvoiceLine, List, PaymentIntent, Price,
    Subscription, is_id,
};
pub use pages::{Listed, Pages};
pub use permissions::{NEEDED, Permission, Probe};
pub use signature::{BadSignature, check as check_signature};

pub(crate) use fields::fields;
