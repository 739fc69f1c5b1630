//! What users live through, told to the state machine alone: no Tauri, no network, no clock.

mod accounts;
mod buying;
mod connection;
mod desktop;
mod pages;
pub(crate) mod run;
mod session;
mod settings;
mod spending;
mod table;
