//! The layout of the sandbox's pages, and how they write money, numbers and dates.

pub mod format;
pub mod layout;
