//! How many requests are under way at once. A request starts at once or is sent away: one that waits takes memory, and its
//! caller may have left when it starts. Users, the platform, Stripe's webhooks and calls that wait for Stripe have permits
//! of their own, so that none of them starves another.

use super::limits::Limits;
use super::open_files::room_for;
use super::permits::Permits;
use std::time::Duration;

/// How long a request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a request that waits for Stripe may take: a call is tried more than once.
const CHECKOUT_TIMEOUT: Duration = Duration::from_secs(90);

/// Which permits a request takes one of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Requests of users.
    Users,
    /// Requests that wait for Stripe.
    Checkouts,
    /// Requests of the platform's back ends.
    Platform,
    /// Stripe's deliveries.
    Webhooks,
    /// Requests of whoever runs the service. They need no permit.
    Operations,
}

/// The permits of the service.
pub struct Admission {
    users: Permits,
    checkouts: Permits,
    platform: Permits,
    webhooks: Permits,
    /// Those of event streams.
    pub streams: Permits,
    /// Those of connections.
    pub connections: Permits,
}

impl Admission {
    /// As many permits as the limits say, and as many connections as the system allows.
    pub fn new(limits: &Limits) -> Self {
        let half = limits.requests_max.div_ceil(2);
        Self {
            users: Permits::new(limits.requests_max),
            checkouts: Permits::new(half),
            platform: Permits::new(limits.requests_max),
            webhooks: Permits::new(half),
            streams: Permits::new(limits.streams_max),
            connections: Permits::new(room_for(limits.connections_max)),
        }
    }

    /// Each bounded lane, by its name.
    pub fn lanes(&self) -> [(&'static str, &Permits); 4] {
        [Lane::Users, Lane::Checkouts, Lane::Platform, Lane::Webhooks]
            .map(|lane| (lane.name(), self.of(lane).unwrap_or(&self.users)))
    }

    /// The permits of a lane; `None` if it needs none.
    pub fn of(&self, lane: Lane) -> Option<&Permits> {
        match lane {
            Lane::Users => Some(&self.users),
            Lane::Checkouts => Some(&self.checkouts),
            Lane::Platform => Some(&self.platform),
            Lane::Webhooks => Some(&self.webhooks),
            Lane::Operations => None,
        }
    }
}

impl Lane {
    /// Its name, as metrics have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Checkouts => "checkouts",
            Self::Platform => "platform",
            Self::Webhooks => "webhooks",
            Self::Operations => "operations",
        }
    }

    /// How long its requests may take.
    pub fn timeout(self) -> Duration {
        if self == Self::Checkouts { CHECKOUT_TIMEOUT } else { REQUEST_TIMEOUT }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_kind_of_caller_takes_the_permits_of_another() {
        let limits = Limits { requests_max: 4, ..Limits::default() };
        let admission = Admission::new(&limits);
        let users: Vec<_> = (0..4).filter_map(|_| admission.users.take()).collect();
        assert_eq!((users.len(), admission.users.take().is_none()), (4, true));
        for (name, permits) in admission.lanes().into_iter().filter(|(name, _)| *name != "users") {
            assert!(permits.take().is_some(), "{name}");
        }
        assert_eq!(admission.lanes().map(|(_, permits)| permits.size()), [4, 2, 4, 2]);
    }
}
