//! The app, `tokenwell-glance`, the service and the sandbox as Windows programs, and the installer. `cargo xtask windows` runs these tests under
//! Wine, whose tray they point at and type into.
//!
//! They delete what the app has stored for the user, so no other command runs them, and one runs after the other.
#![cfg(windows)]

mod glance;
mod installer;
mod session;
mod start;
mod support;
mod tray;
