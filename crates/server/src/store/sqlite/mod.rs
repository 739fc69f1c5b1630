//! The store on a SQLite file: one thread writes, any number of threads read. An acknowledged change is on disk (WAL,
//! `synchronous = FULL`).

mod accounts;
mod changes;
mod inserts;
mod inspection;
mod lists;
mod naming;
mod plan_prices;
mod private;
mod query;
mod schema;
mod store;
mod work;
mod writer;

pub use inspection::inspect;
pub use schema::newest;
pub use store::SqliteStore;
