//! Starts the real programs together: the sandbox and the service ([`Services`]), seeded with the demo accounts
//! ([`demo`]), and a desktop without a screen for the app ([`Desktop`]). `cargo xtask run` and the end-to-end tests
//! use it.

#[cfg(target_os = "linux")]
mod cluster;
pub mod demo;
#[cfg(target_os = "linux")]
mod desktop;
mod http;
#[cfg(unix)]
mod pooler;
#[cfg(unix)]
mod postgres;
mod program;
mod server;
mod services;
mod sign_in;
#[cfg(unix)]
mod until_closed;
mod wait;

#[cfg(target_os = "linux")]
pub use cluster::Cluster;
#[cfg(target_os = "linux")]
pub use desktop::{Browser, Desktop, DesktopOptions, Theme};
pub use http::Http;
#[cfg(unix)]
pub use pooler::Pooler;
#[cfg(unix)]
pub use postgres::Postgres;
pub use program::{Program, binary};
pub use server::{SERVICE_KEY, STRIPE_KEY, WEBHOOK_SECRET, server_command};
pub use services::{Services, ServicesOptions, User};
pub use sign_in::pick_account;
pub use wait::eventually;
