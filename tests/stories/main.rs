//! End-to-end stories with the real programs: the built app on its own desktop, the service on SQLite, the sandbox
//! instead of Stripe and the identity provider, and Chromium as the system browser.
//!
//! `TOKENWELL_ROUNDS` sets how often the stories in `warm` open and close the panel; `TOKENWELL_GALLERY=1` makes the
//! gallery photograph every screen in every theme and density.
#![cfg(target_os = "linux")]

mod accounts;
mod article;
mod buying;
mod docs;
mod gallery;
mod home;
mod installed;
mod issuers;
mod keyboard;
mod keyring;
mod meters;
mod money;
mod outages;
mod pages;
mod preset;
mod reminder;
mod second_start;
mod secrets;
mod settings;
mod shortcut;
mod sleep;
mod spending;
mod support;
mod tray;
mod updates;
mod warm;
mod without_panel;
