//! How often one caller may ask: a bucket of tokens for each user, service key and address, filled at a steady rate.
//! Buckets that have filled up again are forgotten, so memory goes with those who ask now.

use crate::App;
use crate::http::connections::Peer;
use crate::http::limits::Limits;
use crate::http::problem::{Answer, Failure, Kind};
use crate::store::SubjectKey;
use axum::http::request::Parts;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

/// In one go a caller may ask for what comes together in this many seconds.
const BURST_S: u32 = 3;
/// In one go a user may make as many purchases and checkouts.
const CHECKOUT_BURST: u32 = 10;
/// More addresses than this are not counted.
const ADDRESSES_MAX: usize = 100_000;
/// How often buckets that are full are forgotten.
const FORGET_EVERY: Duration = Duration::from_mins(1);

type Buckets<K> = DefaultKeyedRateLimiter<K>;

/// The buckets.
pub struct Rates {
    users: Option<Buckets<SubjectKey>>,
    checkouts: Option<Buckets<SubjectKey>>,
    service_keys: Option<Buckets<String>>,
    failures: Option<Buckets<IpAddr>>,
    proxies: usize,
}

impl Rates {
    /// As the limits say.
    pub fn new(limits: &Limits) -> Self {
        let a_second = |rate: u32| {
            let quota = Quota::per_second(NonZeroU32::new(rate)?);
            Some(quota.allow_burst(NonZeroU32::new(rate.saturating_mul(BURST_S))?))
        };
        let a_minute = |rate: u32, burst: u32| {
            Some(Quota::per_minute(NonZeroU32::new(rate)?).allow_burst(NonZeroU32::new(burst)?))
        };
        Self {
            users: a_second(limits.user_rate).map(RateLimiter::keyed),
            checkouts: a_minute(limits.checkout_rate, CHECKOUT_BURST).map(RateLimiter::keyed),
            service_keys: a_second(limits.service_key_rate).map(RateLimiter::keyed),
            failures: a_minute(limits.sign_in_failures, limits.sign_in_failures).map(RateLimiter::keyed),
            proxies: usize::try_from(limits.proxies).unwrap_or(usize::MAX),
        }
    }

    /// A user asks.
    pub fn user(&self, user: SubjectKey) -> Answer<()> {
        take(self.users.as_ref(), &user)
    }

    /// A user asks for something that Stripe is asked for.
    pub fn checkout(&self, user: SubjectKey) -> Answer<()> {
        take(self.checkouts.as_ref(), &user)
    }

    /// A back end of the platform asks.
    pub fn service_key(&self, caller: &String) -> Answer<()> {
        take(self.service_keys.as_ref(), caller)
    }

    /// A sign-in was not valid. Only those are counted, so that nobody can lock out who shares an address with them.
    pub fn failed_sign_in(&self, parts: &Parts) -> Answer<()> {
        let Some(address) = self.address(parts) else { return Ok(()) };
        let counted = self.failures.as_ref().filter(|failures| failures.len() < ADDRESSES_MAX);
        take(counted, &network(address))
    }

    /// Where a request comes from: the peer, or whom the outermost of our proxies heard from.
    fn address(&self, parts: &Parts) -> Option<IpAddr> {
        let Peer(peer) = *parts.extensions.get()?;
        let Some(from_the_end) = self.proxies.checked_sub(1) else { return Some(peer) };
        let told = parts.headers.get_all("X-Forwarded-For").into_iter();
        let told: Vec<&str> =
            told.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).collect();
        told.iter().rev().nth(from_the_end).and_then(|address| address.trim().parse().ok()).or(Some(peer))
    }

    fn forget_idle(&self) {
        for users in [&self.users, &self.checkouts].into_iter().flatten() {
            users.retain_recent();
        }
        if let Some(keys) = &self.service_keys {
            keys.retain_recent();
        }
        if let Some(failures) = &self.failures {
            failures.retain_recent();
        }
    }
}

/// What one household or data centre has is one address.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

fn take<K: Hash + Eq + Clone>(buckets: Option<&Buckets<K>>, key: &K) -> Answer<()> {
    let Some(Err(not_until)) = buckets.map(|buckets| buckets.check_key(key)) else { return Ok(()) };
    let wait = not_until.wait_time_from(DefaultClock::default().now());
    let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1);
    let detail = format!("You ask more often than is allowed. Wait {seconds} s, then go on more slowly.");
    Err(Failure::new(Kind::RateLimited, detail).retry_after_s(seconds))
}

/// Forgets buckets that are full, until the service stops.
pub async fn forget_idle(app: Arc<App>) {
    let mut passes = tokio::time::interval(FORGET_EVERY);
    loop {
        tokio::select! {
            () = app.stopping.cancelled() => return,
            _ = passes.tick() => app.rates.forget_idle(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn rates(limits: &Limits) -> Rates {
        Rates::new(limits)
    }

    fn from(peer: &str, forwarded: &[&str]) -> Parts {
        let mut request = Request::new(());
        request.extensions_mut().insert(Peer(peer.parse().unwrap()));
        for value in forwarded {
            request.headers_mut().append("X-Forwarded-For", value.parse().unwrap());
        }
        request.into_parts().0
    }

    #[test]
    fn a_user_is_stopped_after_the_burst_and_told_for_how_long_while_others_go_on() {
        let rates = rates(&Limits { user_rate: 2, ..Limits::default() });
        let (ada, bob) = (SubjectKey([1; 32]), SubjectKey([2; 32]));
        for _ in 0..6 {
            rates.user(ada).unwrap();
        }
        let refused = rates.user(ada).unwrap_err();
        assert_eq!(refused.to_string().split(':').next(), Some("rate_limited"));
        rates.user(bob).unwrap();
    }

    #[test]
    fn zero_is_no_limit() {
        let rates = rates(&Limits { user_rate: 0, checkout_rate: 0, ..Limits::default() });
        for _ in 0..1000 {
            rates.user(SubjectKey([1; 32])).unwrap();
            rates.checkout(SubjectKey([1; 32])).unwrap();
            rates.service_key(&"service:1".to_owned()).unwrap();
        }
    }

    #[test]
    fn an_address_is_the_peer_unless_a_proxy_of_ours_says_otherwise() {
        let direct = rates(&Limits::default());
        assert_eq!(direct.address(&from("192.0.2.1", &["198.51.100.7"])), "192.0.2.1".parse().ok());
        let behind_two = rates(&Limits { proxies: 2, ..Limits::default() });
        // What the client itself wrote comes first and is not believed.
        let told = ["203.0.113.9, 198.51.100.7", "192.0.2.2"];
        assert_eq!(behind_two.address(&from("192.0.2.1", &told)), "198.51.100.7".parse().ok());
        assert_eq!(behind_two.address(&from("192.0.2.1", &["nonsense"])), "192.0.2.1".parse().ok());
    }

    #[test]
    fn a_network_of_ipv6_is_one_address_and_full_buckets_are_forgotten() {
        let rates = rates(&Limits { sign_in_failures: 60_000, ..Limits::default() });
        for host in 0..100_u16 {
            rates.failed_sign_in(&from(&format!("2001:db8::{host:x}"), &[])).unwrap();
        }
        let failures = rates.failures.as_ref().unwrap();
        assert_eq!(failures.len(), 1);
        while !failures.is_empty() {
            // One of them fills up again in a millisecond.
            rates.forget_idle();
        }
    }
}
