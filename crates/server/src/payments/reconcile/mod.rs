//! The reconciler: what keeps the ledger at what Stripe says when events do not.
//!
//! It never grants anything itself. It finds what to look at, and the fulfilment functions do the rest:
//! - Stripe's list of events is walked from the point that was reached the last time: after each start, when Stripe is
//!   back after an outage, and at intervals that grow. What was not delivered goes into the inbox like any other event.
//! - Open checkouts and live subscriptions are looked up, at intervals that grow (the worker does that).
//! - `tokenwell-server reconcile` goes through everything that is known here and everything that Stripe lists.

mod drift;
mod everything;

pub use drift::{Drift, PurchaseFigures, SubscriptionFigures, Telling, conclude, list_refund_due};
pub use everything::{ReconcileError, everything};

use crate::App;
use crate::payments::events;
use crate::payments::fulfilment::WorkError;
use crate::payments::stripe::{Event, Field, List, StripeError, fields};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::sync::{Mutex, PoisonError};

/// The setting that says up to which event, by Stripe's time, the list was walked.
const EVENTS_SEEN: &str = "stripe_events_seen";
/// Events may show in the list later than they are dated: this much is walked again.
const OVERLAP: SignedDuration = SignedDuration::from_mins(10);
/// The most that Stripe gives on one page.
const PAGE: usize = 100;
/// The next walk comes after this, each further one after twice as long.
const FIRST_WALK: SignedDuration = SignedDuration::from_mins(1);
const LONGEST_WALK: SignedDuration = SignedDuration::from_hours(1);
/// After a walk that failed: soon, then less and less often.
const FIRST_RETRY: SignedDuration = SignedDuration::from_secs(1);
const LONGEST_RETRY: SignedDuration = SignedDuration::from_mins(5);

/// The first look at an open checkout or a live subscription comes after this; each further one after twice as long.
pub const FIRST_CHECK: SignedDuration = SignedDuration::from_secs(15);
/// Checkouts expire after a day, and somebody waits for them.
const LONGEST_CHECKOUT_CHECK: SignedDuration = SignedDuration::from_hours(1);
/// Subscriptions live for years, and the walk tells what happens to them.
const LONGEST_SUBSCRIPTION_CHECK: SignedDuration = SignedDuration::from_hours(24);

/// When to look again at a checkout that was looked up this often: after 15 s, 30 s, 1 min, then at growing intervals.
pub fn next_checkout_check(checks: u32) -> SignedDuration {
    doubled(FIRST_CHECK, checks, LONGEST_CHECKOUT_CHECK)
}

/// When to look again at a subscription that was looked up this often.
pub fn next_subscription_check(checks: u32) -> SignedDuration {
    doubled(FIRST_CHECK, checks, LONGEST_SUBSCRIPTION_CHECK)
}

/// `first`, doubled `times` times, `most` at most.
pub fn doubled(first: SignedDuration, times: u32, most: SignedDuration) -> SignedDuration {
    first.checked_mul(2_i32.pow(times.min(30))).unwrap_or(most).min(most)
}

/// When Stripe's list of events is walked next.
#[derive(Debug)]
pub struct Walks(Mutex<Schedule>);

#[derive(Debug, Clone, Copy)]
struct Schedule {
    next: Timestamp,
    walked: u32,
    failed: u32,
}

impl Walks {
    /// The first walk is due at once.
    pub fn from(now: Timestamp) -> Self {
        Self(Mutex::new(Schedule { next: now, walked: 0, failed: 0 }))
    }

    /// When the next one is due.
    pub fn next(&self) -> Timestamp {
        self.with(|schedule| schedule.next)
    }

    /// Something may have been missed: walk now, and again soon.
    pub fn at_once(&self, now: Timestamp) {
        self.with(|schedule| *schedule = Schedule { next: now, walked: 0, failed: 0 });
    }

    fn ended(&self, now: Timestamp, well: bool) {
        self.with(|schedule| {
            if well {
                schedule.next = now + doubled(FIRST_WALK, schedule.walked, LONGEST_WALK);
                (schedule.walked, schedule.failed) = (schedule.walked + 1, 0);
            } else {
                schedule.next = now + doubled(FIRST_RETRY, schedule.failed, LONGEST_RETRY);
                schedule.failed += 1;
            }
        });
    }

    fn with<T>(&self, look: impl FnOnce(&mut Schedule) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Walks Stripe's list of events, and says when to walk it again.
pub async fn walk(app: &App) {
    let walked = walk_events(app).await;
    match &walked {
        Ok(0) => tracing::debug!("no event of Stripe was missed"),
        Ok(missed) => {
            tracing::info!(missed, "events of Stripe that were not delivered were found in its list");
        }
        Err(error) => tracing::warn!(%error, "Stripe's list of events cannot be walked; it is tried again"),
    }
    app.walks.ended(Timestamp::now(), walked.is_ok());
}

/// Puts what Stripe lists since the point that was reached the last time into the inbox, one page at a time. Returns
/// how many events had not been delivered.
///
/// The list is newest first, so the point moves only once the end was reached: a walk that breaks off is walked again,
/// and the inbox takes no event twice.
async fn walk_events(app: &App) -> Result<u32, WorkError> {
    let seen = events_seen(app).await?;
    let (mut newest, mut missed) = (seen, 0);
    let mut query = vec![];
    query.extend(fields!["created[gte]" => (seen - OVERLAP).as_second()]);
    query.extend(events::types().flat_map(|kind| fields!["types[]" => kind]));
    let mut pages = Pages::of("/v1/events", query);
    while let Some(page) = pages.next::<Value>(app).await? {
        let received = page.iter().map(|body| receive(app, body));
        for received in futures_util::future::try_join_all(received).await?.into_iter().flatten() {
            let (new, created) = received;
            missed += u32::from(new);
            newest = newest.max(created);
        }
        if missed > 0 {
            app.work.notify_one();
        }
    }
    app.store.set_setting(EVENTS_SEEN, newest.as_second().to_string().into_bytes()).await?;
    app.metrics.events_walked(missed, Timestamp::now());
    Ok(missed)
}

/// A new database has missed nothing: its first walk starts now.
async fn events_seen(app: &App) -> Result<Timestamp, WorkError> {
    let now = Timestamp::now();
    let seen = app.store.setting(EVENTS_SEEN, now.as_second().to_string().into_bytes()).await?;
    let second = String::from_utf8_lossy(&seen).parse().ok();
    Ok(second.and_then(|second| Timestamp::from_second(second).ok()).unwrap_or(now))
}

/// Keeps a listed event. Returns whether it was new, and when it happened; nothing of what is no event.
async fn receive(app: &App, body: &Value) -> Result<Option<(bool, Timestamp)>, WorkError> {
    let created = body["created"].as_i64().and_then(|second| Timestamp::from_second(second).ok());
    let (Ok(event), Some(created)) = (serde_json::from_value::<Event>(body.clone()), created) else {
        tracing::error!(event = %body["id"], "an event in Stripe's list cannot be read");
        return Ok(None);
    };
    let new = app.store.receive(&event.id, body.to_string().into_bytes(), Timestamp::now()).await?;
    Ok(Some((new, created)))
}

/// A list at Stripe, read page by page.
struct Pages {
    path: &'static str,
    query: Vec<Field>,
    after: Option<String>,
    ended: bool,
}

impl Pages {
    fn of(path: &'static str, query: Vec<Field>) -> Self {
        Self { path, query, after: None, ended: false }
    }

    /// The next page; `None` after the last.
    async fn next<T: Listed>(&mut self, app: &App) -> Result<Option<Vec<T>>, StripeError> {
        if self.ended {
            return Ok(None);
        }
        let mut query = self.query.clone();
        query.extend(fields!["limit" => PAGE]);
        if let Some(after) = &self.after {
            query.extend(fields!["starting_after" => after]);
        }
        let page: List<T> = app.stripe.get(self.path, &query).await?;
        self.after = page.data.last().map(|last| last.id().to_owned());
        self.ended = !page.has_more || self.after.is_none();
        Ok(Some(page.data))
    }
}

/// What Stripe lists.
trait Listed: serde::de::DeserializeOwned {
    fn id(&self) -> &str;
}

impl Listed for Value {
    fn id(&self) -> &str {
        self["id"].as_str().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_checkouts_are_looked_up_at_intervals_that_grow_to_an_hour() {
        let seconds: Vec<i64> = (0..12).map(|checks| next_checkout_check(checks).as_secs()).collect();
        assert_eq!(seconds, [15, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600]);
        assert_eq!(next_subscription_check(u32::MAX), LONGEST_SUBSCRIPTION_CHECK);
    }

    #[test]
    fn the_list_is_walked_at_start_then_less_and_less_often_and_at_once_after_an_outage() {
        let mut now = Timestamp::UNIX_EPOCH;
        let walks = Walks::from(now);
        assert_eq!(walks.next(), now);
        let mut pauses = Vec::new();
        let mut walk = |well: bool| {
            walks.ended(now, well);
            pauses.push(walks.next().duration_since(now).as_secs());
            now = walks.next();
        };
        for well in [false, false, true, true, true, true, true, true, true, true, false] {
            walk(well);
        }
        assert_eq!(pauses, [1, 2, 60, 120, 240, 480, 960, 1920, 3600, 3600, 1]);
        walks.at_once(now);
        assert_eq!(walks.next(), now);
    }
}
