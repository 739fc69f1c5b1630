//! The billing portal: its sessions, what it is set up to allow, and what customers do in it.

pub mod changes;
pub mod configurations;
pub mod features;
mod features_params;
pub mod sessions;
