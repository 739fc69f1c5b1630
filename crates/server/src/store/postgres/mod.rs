//! The store on PostgreSQL, or on a database that speaks its protocol. Any number of instances of the service share one
//! database: a connection has no state of its own, so a transaction pooler may stand between, and only rows are locked.
//!
//! A statement that the database aborts because of a concurrent one, or whose connection is lost, is tried again.

mod accounts;
mod address;
mod batch;
mod changes;
mod connection;
mod error;
mod inserts;
mod inspection;
mod lists;
mod metrics;
mod naming;
mod plan_prices;
mod query_error;
mod schema;
mod statement;
mod store;
#[cfg(all(test, unix))]
mod tests;
mod work;

pub use address::{Address, AddressError};
pub use error::PostgresError;
pub use inspection::inspect;
pub use schema::migrate;
pub use store::PostgresStore;
