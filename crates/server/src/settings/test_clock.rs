//! `--test-clock` stops the time of the token rules, so it is only for tests that strangers and real money cannot reach.

use super::error::{SettingsError, wrong};
use crate::base::public_host::is_public;
use crate::payments::{KeyKind, KeyMode};
use secrecy::{ExposeSecret, SecretString};
use std::net::{IpAddr, SocketAddr};
use url::{Host, Url};

/// Whether time stands still.
///
/// # Errors
/// If the service moves real money, or strangers can reach it.
pub fn test_clock(
    flag: bool,
    stripe_secret_key: &SecretString,
    listen: SocketAddr,
    public_url: Option<&Url>,
) -> Result<bool, SettingsError> {
    if !flag {
        return Ok(false);
    }
    if KeyKind::of(stripe_secret_key.expose_secret()).mode == KeyMode::Live {
        return wrong(
            "--test-clock stops the time of the token rules, and --stripe-secret-key moves real money: leave --test-clock out",
        );
    }
    let host = match listen.ip() {
        IpAddr::V4(address) => Host::Ipv4(address),
        IpAddr::V6(address) => Host::Ipv6(address),
    };
    let listens = listen.ip().is_unspecified() || is_public(&host);
    for (flag, is_public) in [
        ("--listen", listens),
        ("--public-url", public_url.and_then(Url::host).is_some_and(|host| is_public(&host))),
    ] {
        if is_public {
            return wrong(format!(
                "--test-clock is for tests, and strangers can reach the address of {flag}: leave --test-clock out, or give an address of this machine"
            ));
        }
    }
    Ok(true)
}
