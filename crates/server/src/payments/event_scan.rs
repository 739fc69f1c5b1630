//! Event scans: reading Stripe's list of events from the last seen position, and putting undelivered events into the
//! inbox. There is a scan at each start, a scan when Stripe is reachable again after an outage, and others at growing
//! intervals.

use super::error::PaymentError;
use super::events;
use super::state::Payments;
use super::stripe::{Event, Pages, fields};
use crate::base::error_chain::Chain;
use futures_util::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// The setting that holds the time, by Stripe's clock, of the last event that was seen.
const EVENTS_SEEN: &str = "stripe_events_seen";
/// Events may appear in the list later than their time, so a scan starts this much earlier.
const OVERLAP: SignedDuration = SignedDuration::from_mins(10);

/// Scans Stripe's list of events, and schedules the next scan.
pub async fn scan(payments: &Payments) {
    let scanned = scan_events(payments).await;
    match &scanned {
        Ok(0) => tracing::debug!("no event of Stripe was missed"),
        Ok(missed) => {
            tracing::info!(missed, "events of Stripe that were not delivered were found in its list");
        }
        Err(error) => {
            tracing::warn!(error = %Chain(error), "Stripe's list of events cannot be read; it is tried again");
        }
    }
    payments.scans.ended(Timestamp::now(), scanned.is_ok());
}

/// Puts the listed events since the last seen position into the inbox, one page at a time. Returns how many events had not
/// been delivered.
///
/// The list is newest first, so the position moves only once the end was reached. A scan that fails is repeated, and the
/// inbox stores no event twice.
async fn scan_events(payments: &Payments) -> Result<u32, PaymentError> {
    let seen = last_seen(payments).await?;
    let (mut newest, mut missed) = (seen, 0);
    // Stripe filters by 20 types at most.
    for types in [events::types().collect(), Vec::from(events::OLDER_TYPES)] {
        let mut query = Vec::from(fields!["created[gte]" => (seen - OVERLAP).as_second()]);
        query.extend(types.iter().flat_map(|kind| fields!["types[]" => kind]));
        let mut pages = Pages::of("/v1/events", query);
        while let Some(page) = pages.next::<Value>(&payments.stripe).await? {
            let received = page.iter().map(|body| receive(payments, body));
            for (is_new, created) in try_join_all(received).await?.into_iter().flatten() {
                missed += u32::from(is_new);
                newest = newest.max(created);
            }
            if missed > 0 {
                payments.work.notify_one();
            }
        }
    }
    payments.store.set_setting(EVENTS_SEEN, newest.as_second().to_string().into_bytes()).await?;
    payments.metrics.events_scanned(missed, Timestamp::now());
    Ok(missed)
}

/// The position of the last scan. A new database has missed nothing, so its first scan starts at the current time.
async fn last_seen(payments: &Payments) -> Result<Timestamp, PaymentError> {
    let now = Timestamp::now();
    let seen = payments.store.setting(EVENTS_SEEN, now.as_second().to_string().into_bytes()).await?;
    let second = String::from_utf8_lossy(&seen).parse().ok();
    Ok(second.and_then(|second| Timestamp::from_second(second).ok()).unwrap_or(now))
}

/// Puts a listed event into the inbox. Returns whether it was new, and when it happened; `None` if it is not an event.
async fn receive(payments: &Payments, body: &Value) -> Result<Option<(bool, Timestamp)>, PaymentError> {
    let created = body["created"].as_i64().and_then(|second| Timestamp::from_second(second).ok());
    let (Ok(event), Some(created)) = (serde_json::from_value::<Event>(body.clone()), created) else {
        tracing::error!(event = %body["id"], "an event in Stripe's list cannot be read");
        return Ok(None);
    };
    let is_new = payments.store.receive(&event.id, body.to_string().into_bytes(), Timestamp::now()).await?;
    Ok(Some((is_new, created)))
}
