//! The desktop app without its desktop: a state machine from (event, now) to effects, and the views that tray and panel
//! draw. It uses no clock, network or disk.

mod account_data;
pub mod account_key;
mod accounts;
pub mod alerts;
pub mod app;
pub mod bindings;
pub mod cached_state;
pub mod command;
mod connection;
pub mod deep_links;
pub mod diagnostics;
pub mod dialog;
pub mod event;
pub mod failure;
mod forecast;
pub mod formats;
pub mod freshness;
pub mod hosted_page;
pub mod icon;
pub mod key_account;
mod key_accounts;
mod language;
mod list;
pub mod meter_failure;
pub mod meter_text;
pub mod order;
mod page_data;
pub mod page_request;
mod panel_window;
mod plausible;
pub mod preset;
mod purchase;
mod reminder;
pub mod retry;
pub mod settings;
#[cfg(test)]
mod stories;
mod subscribing;
pub mod surroundings;
#[cfg(test)]
mod testing;
pub mod text;
pub mod tray;
pub mod update;
mod updating;
pub mod view;
pub mod well;
