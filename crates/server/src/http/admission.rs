//! How much is taken on at once. A request starts at once or is told to come back: what waits takes memory, and by the
//! time its turn comes nobody may wait for it any more. Users, the platform, Stripe's webhooks and calls that wait for
//! Stripe have places of their own, so that none of them starves another.

use crate::App;
use crate::http::limits::Limits;
use crate::http::problem::{Answer, Failure};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a request may take before it is given up.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// How long, where Stripe is waited for: it is tried more than once.
const CHECKOUT_TIMEOUT: Duration = Duration::from_secs(90);

/// Whose places a request takes one of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// What users ask.
    Users,
    /// What waits for Stripe.
    Checkouts,
    /// What the platform's back ends ask.
    Platform,
    /// What Stripe delivers.
    Webhooks,
    /// What whoever runs the service asks: never sent away.
    Operations,
}

/// Places that are taken one by one.
pub struct Places {
    size: usize,
    free: Arc<Semaphore>,
}

impl Places {
    fn new(size: u32) -> Self {
        let size = usize::try_from(size).unwrap_or(usize::MAX).clamp(1, Semaphore::MAX_PERMITS);
        Self { size, free: Arc::new(Semaphore::new(size)) }
    }

    /// Takes a place until what this returns is dropped; `None` if all are taken.
    pub fn take(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.free).try_acquire_owned().ok()
    }

    /// Takes a place, as soon as there is one.
    pub async fn wait(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.free).acquire_owned().await.ok()
    }

    /// How many are taken.
    pub fn taken(&self) -> usize {
        self.size.saturating_sub(self.free.available_permits())
    }

    /// How many there are.
    pub fn size(&self) -> usize {
        self.size
    }
}

/// All places of the service.
pub struct Admission {
    users: Places,
    checkouts: Places,
    platform: Places,
    webhooks: Places,
    /// Those of event streams.
    pub streams: Places,
    /// Those of connections.
    pub connections: Places,
}

impl Admission {
    /// As many places as the limits say, and connections as the system allows.
    pub fn new(limits: &Limits) -> Self {
        let half = limits.requests_max.div_ceil(2);
        Self {
            users: Places::new(limits.requests_max),
            checkouts: Places::new(half),
            platform: Places::new(limits.requests_max),
            webhooks: Places::new(half),
            streams: Places::new(limits.streams_max),
            connections: Places::new(crate::http::connections::room_for(limits.connections_max)),
        }
    }

    /// Each lane that is bounded, by its name.
    pub fn lanes(&self) -> [(&'static str, &Places); 4] {
        [Lane::Users, Lane::Checkouts, Lane::Platform, Lane::Webhooks]
            .map(|lane| (lane.name(), self.of(lane).unwrap_or(&self.users)))
    }

    fn of(&self, lane: Lane) -> Option<&Places> {
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
    fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Checkouts => "checkouts",
            Self::Platform => "platform",
            Self::Webhooks => "webhooks",
            Self::Operations => "operations",
        }
    }

    fn timeout(self) -> Duration {
        if self == Self::Checkouts { CHECKOUT_TIMEOUT } else { REQUEST_TIMEOUT }
    }
}

/// Lets a request in if there is a place for it, and gives it up when it takes too long.
pub async fn admit(
    State((app, lane)): State<(Arc<App>, Lane)>,
    mut request: Request,
    next: Next,
) -> Answer<Response> {
    request.extensions_mut().insert(lane);
    let place = match app.admission.of(lane).map(Places::take) {
        // Not bounded.
        None => None,
        Some(Some(place)) => Some(place),
        Some(None) => {
            app.metrics.turned_away(lane.name());
            return Err(Failure::overloaded());
        }
    };
    let answered = tokio::time::timeout(lane.timeout(), next.run(request)).await;
    drop(place);
    answered.map_err(|_| {
        app.metrics.turned_away("timed_out");
        tracing::warn!("a request took too long and was given up");
        Failure::timed_out()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_once_what_took_it_is_over() {
        let places = Places::new(2);
        let (one, two) = (places.take(), places.take());
        assert!(one.is_some() && two.is_some() && places.take().is_none());
        drop(one);
        assert_eq!(places.taken(), 1);
        assert!(places.take().is_some());
    }

    #[test]
    fn no_kind_of_caller_takes_the_places_of_another() {
        let limits = Limits { requests_max: 4, ..Limits::default() };
        let admission = Admission::new(&limits);
        let users: Vec<_> = (0..4).filter_map(|_| admission.users.take()).collect();
        assert_eq!((users.len(), admission.users.take().is_none()), (4, true));
        for (name, places) in admission.lanes().into_iter().filter(|(name, _)| *name != "users") {
            assert!(places.take().is_some(), "{name}");
        }
        assert_eq!(admission.lanes().map(|(_, places)| places.size()), [4, 2, 4, 2]);
    }
}
