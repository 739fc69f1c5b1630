//! `tokenwell-server check`: whether Stripe, the database and the issuer are set up so that no tokens and no money are at risk.
//! The running service checks the same at its start and daily. A check creates nothing.

mod database;
mod regular;
mod report;
mod setup;

pub use regular::RegularChecks;
pub use report::Report;
pub use setup::Checks;
