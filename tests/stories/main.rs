//! The stories that users live through, on real programs: the built app on a desktop of its own, the service on
//! SQLite, the sandbox in place of Stripe and of the sign-in, Chromium as the system browser.
#![cfg(target_os = "linux")]

mod accounts;
mod article;
mod bundle;
mod buying;
mod gallery;
mod glance;
mod keyboard;
mod keyring;
mod manners;
mod outages;
mod places;
mod settings;
mod sleep;
mod spending;
mod support;
mod tray;
mod warm;
