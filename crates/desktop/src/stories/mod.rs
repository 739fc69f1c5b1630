//! The state machine in the situations of its users, without Tauri, network or clock.

mod accounts;
mod buying;
mod connection;
mod desktop;
mod hostile;
mod keys;
mod pages;
mod preset;
mod reminders;
pub(crate) mod run;
mod session;
mod settings;
mod spending;
mod table;
mod updates;
mod without_panel;
