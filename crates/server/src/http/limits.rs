//! The limits of concurrent work, and of the rate of one caller.

use clap::Args;
use std::num::NonZeroU32;

/// The limits, as flags.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Limits {
    /// How many requests of users may be under way at once, and as many of the platform; half as many of Stripe's
    /// webhooks, and of calls that wait for Stripe. A request above the limit gets 503
    #[arg(long, global = true, env = "TOKENWELL_REQUESTS_MAX", value_name = "N", value_parser = at_least_one, default_value_t = STANDARD.requests_max)]
    pub requests_max: u32,
    /// How many event streams may be open at once
    #[arg(long, global = true, env = "TOKENWELL_STREAMS_MAX", value_name = "N", value_parser = at_least_one, default_value_t = STANDARD.streams_max)]
    pub streams_max: u32,
    /// How many connections may be open at once, as far as the system allows so many open files
    #[arg(long, global = true, env = "TOKENWELL_CONNECTIONS_MAX", value_name = "N", value_parser = at_least_one, default_value_t = STANDARD.connections_max)]
    pub connections_max: u32,
    /// How many requests a second a user may make, and three times as many in one go; 0 for any number
    #[arg(long, global = true, env = "TOKENWELL_USER_RATE", value_name = "N", value_parser = whole, default_value_t = STANDARD.user_rate)]
    pub user_rate: u32,
    /// How many requests a minute that wait for Stripe (purchases, checkouts) a user may make; 0 for any number
    #[arg(long, global = true, env = "TOKENWELL_CHECKOUT_RATE", value_name = "N", value_parser = whole, default_value_t = STANDARD.checkout_rate)]
    pub checkout_rate: u32,
    /// How many checkouts of a user may be open at once; 0 for any number
    #[arg(long, global = true, env = "TOKENWELL_OPEN_CHECKOUTS", value_name = "N", value_parser = whole, default_value_t = STANDARD.open_checkouts)]
    pub open_checkouts: u32,
    /// How many requests a second each service key may make, and three times as many in one go; 0 for any number
    #[arg(long, global = true, env = "TOKENWELL_SERVICE_KEY_RATE", value_name = "N", value_parser = whole, default_value_t = STANDARD.service_key_rate)]
    pub service_key_rate: u32,
    /// How many invalid sign-ins a minute one address may make before it gets 429; 0 for any number
    #[arg(long, global = true, env = "TOKENWELL_SIGN_IN_FAILURES", value_name = "N", value_parser = whole, default_value_t = STANDARD.sign_in_failures)]
    pub sign_in_failures: u32,
    /// How many reverse proxies are in front, each of which adds the address of its client to X-Forwarded-For
    #[arg(long, global = true, env = "TOKENWELL_PROXIES", value_name = "N", value_parser = whole, default_value_t = STANDARD.proxies)]
    pub proxies: u32,
}

/// The defaults.
const STANDARD: Limits = Limits {
    requests_max: 512,
    streams_max: 20_000,
    connections_max: 25_000,
    user_rate: 20,
    checkout_rate: 30,
    open_checkouts: 10,
    service_key_rate: 0,
    sign_in_failures: 60,
    proxies: 0,
};

impl Default for Limits {
    fn default() -> Self {
        STANDARD
    }
}

/// The value of a limit is not an allowed number.
#[derive(Debug, thiserror::Error)]
pub enum NotALimit {
    /// A number that may be 0 was expected.
    #[error("give a whole number, such as 20, or 0")]
    NotWhole,
    /// A number from 1 on was expected.
    #[error("give a whole number from 1 on, such as 512")]
    NotPositive,
}

/// Reads a number that may be 0.
pub fn whole(value: &str) -> Result<u32, NotALimit> {
    value.parse().map_err(|_| NotALimit::NotWhole)
}

fn at_least_one(value: &str) -> Result<u32, NotALimit> {
    let value: NonZeroU32 = value.parse().map_err(|_| NotALimit::NotPositive)?;
    Ok(value.get())
}
