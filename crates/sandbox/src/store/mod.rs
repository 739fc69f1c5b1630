//! The state of the sandbox and the handle through which every part reads and changes it.

pub mod objects;
pub mod shared;

pub use objects::{NoSuchObject, Store};
pub use shared::{SharedStore, WriteError};
