//! The settings of the sandbox: flags and environment variables.

use crate::http_url::parse_http_url;
use clap::Parser;
use secrecy::SecretString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use url::Url;

/// The settings; each flag can also be set as `TOKENWELL_SANDBOX_` and its name in capitals.
///
/// `Settings::default()` is for tests: a free loopback port, nothing on disk, no webhooks.
#[derive(Debug, Clone, Parser)]
#[command(name = "tokenwell-sandbox", version, about)]
pub struct Settings {
    /// Address to listen on; port 0 picks a free one.
    #[arg(long, env = "TOKENWELL_SANDBOX_LISTEN", default_value = "127.0.0.1:8788", value_name = "ADDR")]
    pub listen: SocketAddr,
    /// Address to post Stripe's events to; the token service has the same origin.
    #[arg(
        long,
        env = "TOKENWELL_SANDBOX_WEBHOOK_URL",
        requires = "webhook_secret",
        value_name = "URL",
        value_parser = parse_http_url
    )]
    pub webhook_url: Option<Url>,
    /// Secret to sign events with, such as `whsec_…`.
    #[arg(
        long,
        env = "TOKENWELL_SANDBOX_WEBHOOK_SECRET",
        hide_env_values = true,
        value_name = "SECRET",
        value_parser = secret
    )]
    pub webhook_secret: Option<SecretString>,
    /// Folder to store everything in; without it, everything is in memory only.
    #[arg(long, env = "TOKENWELL_SANDBOX_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Service key of the token service, with which the demo studio spends.
    #[arg(
        long,
        env = "TOKENWELL_SANDBOX_SERVICE_KEY",
        hide_env_values = true,
        value_name = "KEY",
        value_parser = secret
    )]
    pub service_key: Option<SecretString>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            webhook_url: None,
            webhook_secret: None,
            data: None,
            service_key: None,
        }
    }
}

/// A secret must not be empty.
#[derive(Debug, thiserror::Error)]
#[error("it is empty")]
struct EmptySecret;

fn secret(text: &str) -> Result<SecretString, EmptySecret> {
    if text.is_empty() { Err(EmptySecret) } else { Ok(SecretString::from(text)) }
}
