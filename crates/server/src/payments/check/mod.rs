//! What is checked at Stripe before going live and while the service runs. A check creates nothing.

mod clock;
mod key;
mod permissions;
mod portal;
mod prices;
mod run;
mod setup;
mod tax;
mod webhook;

pub use prices::PlanPrices;
pub use run::StripeFindings;
pub use setup::StripeChecks;
