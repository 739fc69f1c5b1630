//! From one file to a cluster: copies a SQLite file into an empty PostgreSQL database, all of it or nothing, and proves that
//! the copy holds what the file holds.
//!
//! Both databases have the same tables, so rows are copied as they are, through a bounded buffer. Before the copy is
//! committed, each table is read back and compared, and the ledger of every account is audited.

mod cell;
mod error;
mod job;
mod progress;
mod proof;
mod source;
mod tables;
mod target;
#[cfg(all(test, unix))]
mod tests;

pub use error::CopyError;
pub use job::{CopyJob, CopySummary};
