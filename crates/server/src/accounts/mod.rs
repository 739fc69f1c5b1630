//! Accounts: how a change of one is loaded, decided and committed, and how its event streams are woken.

pub mod batch;
pub mod streams;
pub mod unit_of_work;
