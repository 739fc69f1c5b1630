//! The part of Stripe's API that selling packs and plans needs, over HTTP, with lenient types.

mod calls;
mod client;
mod error;
mod fields;
mod key_kind;
mod metadata;
mod metrics;
mod objects;
mod pages;
mod permissions;
mod signature;

pub use calls::{CheckoutTerms, CustomerOrder, PackCheckout, PackItem, PlanCheckout};
pub use client::{API_VERSION, StripeClient};
pub use error::StripeError;
pub use key_kind::{KeyKind, KeyMode};
pub use metadata::Owner;
pub use metrics::StripeMetrics;
pub use objects::{
    Charge, CheckoutSession, Customer, Dispute, Event, Expandable, Identified, Invoice, InvoiceLine, List,
    PaymentIntent, Price, Product, Subscription, is_id,
};
pub use pages::Pages;
pub use permissions::{NEEDED, Permission, Probe};
pub use signature::{BadSignature, Signatures};

pub(crate) use fields::fields;
