//! Admission: a request starts at once or is refused, because a waiting request uses memory and its caller may have given up
//! when it starts. Users, the platform, Stripe's webhooks and calls that wait for Stripe have their own permits, so that
//! none of them blocks another.

use super::limits::Limits;
use super::open_files::room_for;
use super::permits::Permits;
use std::time::Duration;

/// The maximum time of a request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// The maximum time of a request that waits for Stripe, which includes retries.
const CHECKOUT_TIMEOUT: Duration = Duration::from_secs(90);

/// The kind of caller, which determines the permits of a request.
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
    /// Requests of operators. They need no permit.
    Operations,
}

/// The permits of the service.
pub struct Admission {
    users: Permits,
    checkouts: Permits,
    platform: Permits,
    webhooks: Permits,
    /// The permits of event streams.
    pub streams: Permits,
    /// The permits of connections.
    pub connections: Permits,
}

impl Admission {
    /// Creates the permits of these limits, and as many permits of connections as the system allows.
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
    /// The name of the lane in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Checkouts => "checkouts",
            Self::Platform => "platform",
            Self::Webhooks => "webhooks",
            Self::Operations => "operations",
        }
    }

    /// The maximum time of its requests.
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
