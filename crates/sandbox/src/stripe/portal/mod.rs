//! The billing portal.

pub mod sessions;
