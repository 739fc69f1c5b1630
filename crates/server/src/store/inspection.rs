//! A look at a database before a service starts on it. It creates and changes nothing.

use super::error::Cause;
use jiff::SignedDuration;

/// What was found.
#[derive(Debug)]
pub struct Inspection {
    /// The schema.
    pub schema: Schema,
    /// Whether it can be written, or why not.
    pub writable: Result<(), Cause>,
    /// How far its clock is ahead of this machine's. A file has no clock.
    pub clock_ahead: Option<SignedDuration>,
}

/// The version of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// There is none: the first start creates it.
    Missing,
    /// It lacks steps, which the next start makes.
    Older(i64),
    /// It is the one that this program makes, or a later one that this program works with.
    Fits(i64),
    /// This program does not work with it.
    Newer(i64),
}

/// This folder cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("there is no folder {0} that this program may write to")]
pub struct NoFolder(pub String);

/// This role may not create tables.
#[derive(Debug, thiserror::Error)]
#[error("this user may not create tables")]
pub struct MayNotCreate;
