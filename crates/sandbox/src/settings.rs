//! What the sandbox is told when it starts.

use clap::Parser;
use secrecy::SecretString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use url::Url;

/// The sandbox's settings; each flag is also read from `TOKENWELL_SANDBOX_` + its name in capitals.
///
/// `Settings::default()` listens on a free loopback port, keeps nothing on disk and delivers no webhooks: what a test
/// wants.
#[derive(Debug, Clone, Parser)]
#[command(name = "tokenwell-sandbox", version, about)]
pub struct Settings {
    /// Address to listen on; port 0 picks a free one.
    #[arg(long, env = "TOKENWELL_SANDBOX_LISTEN", default_value = "127.0.0.1:8788", value_name = "ADDR")]
    pub listen: SocketAddr,
    /// Where Stripe's events are posted; the token service is found at its origin.
    #[arg(
        long,
        env = "TOKENWELL_SANDBOX_WEBHOOK_URL",
        requires = "webhook_secret",
        value_name = "URL",
        value_parser = http_url
    )]
    pub webhook_url: Option<Url>,
    /// The secret that events are signed with, such as `whsec_…`.
    #[arg(
        long,
        env = "TOKENWELL_SANDBOX_WEBHOOK_SECRET",
        hide_env_values = true,
        value_name = "SECRET",
        value_parser = secret
    )]
    pub webhook_secret: Option<SecretString>,
    /// Folder to keep everything in, so that a restart finds it again; in memory only if left out.
    #[arg(long, env = "TOKENWELL_SANDBOX_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// A service key of the token service: the demo studio spends with it.
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

/// An absolute `http` or `https` address.
pub(crate) fn http_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("{error}; give it as http://HOST:PORT/PATH"))?;
    match url.scheme() {
        "http" | "https" if url.has_host() => Ok(url),
        _ => Err("not an http:// or https:// address".to_owned()),
    }
}

fn secret(text: &str) -> Result<SecretString, String> {
    if text.is_empty() { Err("it is empty".to_owned()) } else { Ok(SecretString::from(text)) }
}
