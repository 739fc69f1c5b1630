//! The desktop app without its desktop: a state machine, (event, now) → effects, and the views that the tray and the
//! panel draw. Nothing here asks the clock, the network or the disk.

pub mod accounts;
pub mod alerts;
pub mod app;
pub mod bindings;
pub mod diagnostics;
pub mod event;
pub mod failure;
mod figures;
mod forecast;
pub mod icon;
pub mod kept;
mod language;
mod link;
pub mod links;
pub mod list;
pub mod pages;
mod panel;
pub mod places;
pub mod purchase;
pub mod retry;
pub mod settings;
#[cfg(test)]
mod stories;
pub mod subscribing;
#[cfg(test)]
mod testing;
pub mod text;
pub mod tray;
pub mod view;
pub mod well;
