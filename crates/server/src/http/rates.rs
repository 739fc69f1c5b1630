//! Rate limits: a token bucket for each user, service key and address, filled at a constant rate. Full buckets are removed,
//! so memory grows only with the number of recent callers.

use super::api_error::{ApiError, HttpResult};
use super::connections::Peer;
use super::limits::Limits;
use super::problem::ProblemKind;
use crate::store::SubjectKey;
use axum::http::request::Parts;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::time::Duration;

/// The size of a burst, in seconds of the rate.
const BURST_S: u32 = 3;
/// The number of purchases and checkouts that a user may make in one burst.
const CHECKOUT_BURST: u32 = 10;
/// The number of look-ups at Stripe that an address may cause a minute without a sign-in, and in one burst.
const LOOK_UPS: u32 = 60;
const LOOK_UP_BURST: u32 = 20;
/// The maximum number of addresses that are counted.
const ADDRESSES_MAX: usize = 100_000;
/// The pause between removals of full buckets.
pub const FORGET_EVERY: Duration = Duration::from_mins(1);

type Buckets<K> = DefaultKeyedRateLimiter<K>;

/// The buckets.
pub struct Rates {
    users: Option<Buckets<SubjectKey>>,
    checkouts: Option<Buckets<SubjectKey>>,
    service_keys: Option<Buckets<String>>,
    failures: Option<Buckets<IpAddr>>,
    look_ups: Option<Buckets<IpAddr>>,
    proxies: usize,
}

impl Rates {
    /// Creates the buckets for these limits.
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
            look_ups: a_minute(LOOK_UPS, LOOK_UP_BURST).map(RateLimiter::keyed),
            proxies: usize::try_from(limits.proxies).unwrap_or(usize::MAX),
        }
    }

    /// Counts one request of a user.
    pub fn user(&self, user: SubjectKey) -> HttpResult<()> {
        take(self.users.as_ref(), &user)
    }

    /// Counts one request of a user that waits for Stripe.
    pub fn checkout(&self, user: SubjectKey) -> HttpResult<()> {
        take(self.checkouts.as_ref(), &user)
    }

    /// Counts one request of a back end of the platform.
    pub fn service_key(&self, caller: &String) -> HttpResult<()> {
        take(self.service_keys.as_ref(), caller)
    }

    /// Counts one invalid sign-in. Valid ones are not counted, so that nobody locks out others at the same address.
    pub fn failed_sign_in(&self, parts: &Parts) -> HttpResult<()> {
        self.of_address(self.failures.as_ref(), parts)
    }

    /// Counts one look-up at Stripe for a visitor who is not signed in.
    pub fn look_up(&self, parts: &Parts) -> HttpResult<()> {
        self.of_address(self.look_ups.as_ref(), parts)
    }

    fn of_address(&self, buckets: Option<&Buckets<IpAddr>>, parts: &Parts) -> HttpResult<()> {
        let Some(address) = self.address(parts) else { return Ok(()) };
        take(buckets.filter(|buckets| buckets.len() < ADDRESSES_MAX), &network(address))
    }

    /// The address that a request comes from: the peer, or the address that the outermost of our proxies added.
    fn address(&self, parts: &Parts) -> Option<IpAddr> {
        let Peer(peer) = *parts.extensions.get()?;
        let peer = peer.to_canonical();
        let Some(from_the_end) = self.proxies.checked_sub(1) else { return Some(peer) };
        // What is no text counts as an entry, too: the entries of our proxies are counted from the end.
        let lines = parts.headers.get_all("X-Forwarded-For").into_iter();
        let lines: Vec<_> = lines.map(|line| String::from_utf8_lossy(line.as_bytes())).collect();
        let entry = lines.iter().rev().flat_map(|line| line.rsplit(',')).nth(from_the_end);
        entry.and_then(forwarded_address).or(Some(peer))
    }

    /// Removes full buckets.
    pub fn forget_idle(&self) {
        for users in [&self.users, &self.checkouts].into_iter().flatten() {
            users.retain_recent();
        }
        if let Some(keys) = &self.service_keys {
            keys.retain_recent();
        }
        for addresses in [&self.failures, &self.look_ups].into_iter().flatten() {
            addresses.retain_recent();
        }
    }
}

/// An address of `X-Forwarded-For`, to which some proxies add the port.
fn forwarded_address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let with_port = || text.parse().map(|address: SocketAddr| address.ip()).ok();
    let in_brackets = || text.strip_prefix('[')?.strip_suffix(']')?.parse().map(IpAddr::V6).ok();
    let address = text.parse().ok().or_else(with_port).or_else(in_brackets)?;
    Some(address.to_canonical())
}

/// One household or data centre has one IPv4 address, or one IPv6 network.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

fn take<K: Hash + Eq + Clone>(buckets: Option<&Buckets<K>>, key: &K) -> HttpResult<()> {
    let Some(Err(not_until)) = buckets.map(|buckets| buckets.check_key(key)) else { return Ok(()) };
    let wait = not_until.wait_time_from(DefaultClock::default().now());
    let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1);
    let detail =
        format!("You send more requests than are allowed. Wait {seconds} s, then continue more slowly.");
    Err(ApiError::new(ProblemKind::RateLimited, detail).retry_after_s(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderValue, Request};

    fn rates(limits: &Limits) -> Rates {
        Rates::new(limits)
    }

    fn from(peer: &str, forwarded: &[&str]) -> Parts {
        let mut request = Request::new(());
        request.extensions_mut().insert(Peer(peer.parse().unwrap()));
        for value in forwarded {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            request.headers_mut().append("X-Forwarded-For", value);
        }
        request.into_parts().0
    }

    #[test]
    fn a_user_is_refused_after_a_burst_and_others_are_not() {
        let rates = rates(&Limits { user_rate: 2, ..Limits::default() });
        let (ada, bob) = (SubjectKey([1; 32]), SubjectKey([2; 32]));
        for _ in 0..6 {
            rates.user(ada).unwrap();
        }
        let refused = rates.user(ada).unwrap_err();
        assert_eq!(refused.kind(), ProblemKind::RateLimited);
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
    fn the_address_is_the_peer_unless_one_of_our_proxies_added_another() {
        let direct = rates(&Limits::default());
        assert_eq!(direct.address(&from("192.0.2.1", &["198.51.100.7"])), "192.0.2.1".parse().ok());
        let behind_two = rates(&Limits { proxies: 2, ..Limits::default() });
        // The first address was written by the client itself and is not trusted.
        let forwarded = ["203.0.113.9, 198.51.100.7", "192.0.2.2"];
        assert_eq!(behind_two.address(&from("192.0.2.1", &forwarded)), "198.51.100.7".parse().ok());
        assert_eq!(behind_two.address(&from("192.0.2.1", &["nonsense"])), "192.0.2.1".parse().ok());
    }

    #[test]
    fn an_address_that_causes_many_look_ups_causes_no_more_for_now_and_others_do() {
        let rates = rates(&Limits::default());
        let (one, other) = (from("192.0.2.1", &[]), from("192.0.2.2", &[]));
        for _ in 0..LOOK_UP_BURST {
            rates.look_up(&one).unwrap();
        }
        assert_eq!(rates.look_up(&one).unwrap_err().kind(), ProblemKind::RateLimited);
        rates.look_up(&other).unwrap();
    }

    #[test]
    fn an_address_is_known_with_a_port_in_brackets_and_as_ipv4_in_ipv6() {
        let rates = rates(&Limits { proxies: 1, ..Limits::default() });
        for (forwarded, expected) in [
            ("198.51.100.7", "198.51.100.7"),
            ("198.51.100.7:443", "198.51.100.7"),
            ("2001:db8::7", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("[2001:db8::7]:443", "2001:db8::7"),
            ("::ffff:198.51.100.7", "198.51.100.7"),
            ("unknown", "192.0.2.1"),
            ("", "192.0.2.1"),
            ("198.51.100.7,", "192.0.2.1"),
            ("198.51.100.7:99999", "192.0.2.1"),
            ("[2001:db8::7", "192.0.2.1"),
            ("0198.51.100.7", "192.0.2.1"),
            ("203.0.113.9\u{e9}, 198.51.100.7", "198.51.100.7"),
        ] {
            assert_eq!(
                rates.address(&from("::ffff:192.0.2.1", &[forwarded])),
                expected.parse().ok(),
                "{forwarded}"
            );
        }
    }

    #[test]
    fn an_ipv6_network_counts_as_one_address_and_full_buckets_are_removed() {
        let rates = rates(&Limits { sign_in_failures: 60_000, ..Limits::default() });
        for host in 0..100_u16 {
            rates.failed_sign_in(&from(&format!("2001:db8::{host:x}"), &[])).unwrap();
        }
        let failures = rates.failures.as_ref().unwrap();
        assert_eq!(failures.len(), 1);
        while !failures.is_empty() {
            // One of them is full again after a millisecond.
            rates.forget_idle();
        }
    }
}
