//! `tokenwell-server import`: users of a platform with their tokens, from a file (rule 20).
//!
//! The file is read twice: first every line is checked, against the others and against the database, then they are written, a
//! batch of them in each transaction. So a file with a mistake writes nothing, and an import that was interrupted continues: a
//! line that is written already is recognised by its digest. Neither memory nor the work for a line grows with the file.

mod checks;
mod duplicates;
mod error;
mod job;
mod line;
mod lines;
mod summary;
mod write;

pub use error::ImportError;
pub use job::{ImportJob, ImportReport};
pub use summary::ImportSummary;
pub use write::Destination;
