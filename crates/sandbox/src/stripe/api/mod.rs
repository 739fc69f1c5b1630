//! What every call of Stripe's API shares: keys, parameters, lists, errors, limits, injected faults, idempotency.

pub mod call;
pub mod charge_limits;
pub mod error;
pub mod faults;
pub mod idempotency;
pub mod keys;
pub mod list;
pub mod objects;
pub mod params;
pub mod permissions;
pub mod response;

pub use call::Call;
pub use charge_limits::check_charge;
pub use error::StripeError;
pub use list::Page;
pub use params::Params;
