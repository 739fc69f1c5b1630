//! Payments: selling packs and plans through Stripe, and updating accounts to the state at Stripe.
//!
//! An event of Stripe is a hint to look an object up. It goes from the inbox (`inbox.rs`) through the worker (`worker.rs`),
//! which reads its subject (`events.rs`), to fulfilment (`fulfilment/`), which decides a unit of work from the object's
//! current state and passes it to a writer (`writer.rs`).

mod back_off;
mod check;
mod chores;
mod customers;
mod drift;
mod endpoint_version;
mod error;
mod event_scan;
mod events;
mod fulfilment;
mod inbox;
mod metrics;
mod plans;
mod price_terms;
mod purchases;
mod reconcile;
mod scan_schedule;
mod state;
mod stripe;
mod unclear;
mod visitor_lookups;
mod work_items;
mod worker;
mod writer;

pub use check::{PlanPrices, StripeChecks, StripeFindings};
pub use drift::{Drift, DriftReport};
pub use error::PaymentError;
pub use fulfilment::CheckoutLookup;
#[cfg(test)]
pub use fulfilment::SECOND;
pub use inbox::DeliveryError;
pub use metrics::PaymentMetrics;
pub use purchases::{PurchaseOrder, PurchaseResponses};
pub use state::{Payments, PaymentsSetup};
pub use stripe::{
    BadSignature, Event, KeyKind, KeyMode, Signatures, StripeClient, StripeError, StripeMetrics, is_id,
};
#[cfg(test)]
pub use work_items::{Room, WorkItem};
pub use worker::run_worker;
pub use writer::{DryRunWriter, ReportingWriter};
