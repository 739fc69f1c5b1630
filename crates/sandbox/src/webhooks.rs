//! Delivery of events: signed, in order, retried with back-off, and made to misbehave on request.

use crate::records::{Kind, Records};
use crate::time;
use crate::world::World;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::Sha256;
use std::time::Duration;

/// How long an endpoint may take to answer; Checkout waits as long before it sends the customer on.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(10);

const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_hours(3 * 24);
const FIRST_RETRY_AFTER: SignedDuration = SignedDuration::from_secs(1);
const LONGEST_BACK_OFF: SignedDuration = SignedDuration::from_mins(10);

/// Where events are posted and what they are signed with.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// The address.
    pub url: Url,
    /// The signing secret.
    pub secret: SecretString,
}

/// How the delivery of the next events misbehaves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Misbehaviour {
    /// How many of the next events are never delivered.
    pub drop: u32,
    /// How many of the next events are delivered twice.
    pub duplicate: u32,
    /// Whether events that wait together are delivered last one first.
    pub reverse: bool,
    /// How long each event waits before its first delivery.
    pub delay_ms: u32,
}

impl Misbehaviour {
    const KIND: Kind = "webhooks";

    /// How delivery misbehaves now.
    pub fn of(records: &Records) -> Self {
        records.read(Self::KIND, "misbehaviour").unwrap_or_default()
    }

    /// Makes delivery misbehave like this from now on.
    pub fn set(&self, records: &mut Records) {
        records.write(Self::KIND, "misbehaviour", self);
    }
}

/// An event on its way to the endpoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Delivery {
    /// The event's id.
    pub event: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next.
    pub due_at: Timestamp,
    /// When it is given up.
    pub gives_up_at: Timestamp,
}

impl Delivery {
    /// The kind of its records; a delivery that was answered, or given up, has none any more.
    pub const KIND: Kind = "delivery";

    fn after_failure(mut self, now: Timestamp) -> Option<Self> {
        let back_off = FIRST_RETRY_AFTER
            .checked_mul(1_i32.checked_shl(self.attempts.min(16)).unwrap_or(i32::MAX))
            .map_or(LONGEST_BACK_OFF, |wait| wait.min(LONGEST_BACK_OFF));
        self.attempts += 1;
        self.due_at = now + back_off;
        (self.due_at < self.gives_up_at).then_some(self)
    }
}

/// The deliveries that a new event calls for: none without an endpoint or if it is to be dropped, two if duplicated.
pub fn deliveries_of(records: &mut Records, event: &str, now: Timestamp) -> Vec<Delivery> {
    if !has_endpoint(records) {
        return Vec::new();
    }
    let mut misbehaviour = Misbehaviour::of(records);
    let copies = if misbehaviour.drop > 0 {
        misbehaviour.drop -= 1;
        0
    } else if misbehaviour.duplicate > 0 {
        misbehaviour.duplicate -= 1;
        2
    } else {
        1
    };
    misbehaviour.set(records);
    let delivery = Delivery {
        event: event.to_owned(),
        attempts: 0,
        due_at: now + SignedDuration::from_millis(misbehaviour.delay_ms.into()),
        gives_up_at: now + GIVE_UP_AFTER,
    };
    vec![delivery; copies]
}

const ENDPOINT: &str = "endpoint";

fn has_endpoint(records: &Records) -> bool {
    records.get(Misbehaviour::KIND, ENDPOINT).is_some()
}

/// Notes whether there is an endpoint; its secret stays out of the records.
pub fn note_endpoint(records: &mut Records, exists: bool) {
    if exists {
        records.put(Misbehaviour::KIND, ENDPOINT, Value::Bool(true));
    } else {
        records.remove(Misbehaviour::KIND, ENDPOINT);
    }
}

/// `Stripe-Signature` for a body sent at `now`.
pub fn signature(secret: &SecretString, now: Timestamp, body: &[u8]) -> String {
    let t = now.as_second();
    // An HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else {
        unreachable!("HMAC takes keys of any length")
    };
    mac.update(format!("{t}.").as_bytes());
    mac.update(body);
    format!("t={t},v1={}", hex::encode(mac.finalize().into_bytes()))
}

/// Delivers what is due until the sandbox stops.
pub async fn deliver_for_ever(world: World) {
    let mut changes = world.changes();
    loop {
        changes.mark_unchanged();
        deliver(&world, Which::Due).await;
        let next = world
            .read(|books| books.records.read_all::<Delivery>(Delivery::KIND).map(|(_, it)| it.due_at).min());
        let wait = next.map_or(Duration::from_hours(1), |due| {
            Duration::try_from(due.duration_since(time::real_now())).unwrap_or_default()
        });
        tokio::select! {
            _ = changes.changed() => {}
            () = tokio::time::sleep(wait) => {}
            () = world.stopped() => return,
        }
    }
}

/// Which deliveries to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those whose time has come.
    Due,
    /// All that were not answered yet, without waiting for their back-off.
    All,
}

/// Tries each of the deliveries once, in order, and says how many were answered with success.
pub async fn deliver(world: &World, which: Which) -> usize {
    // One at a time, so that a flush does not overtake the delivery under way.
    let _turn = world.delivery_turn().await;
    let now = time::real_now();
    let mut waiting: Vec<(String, Delivery)> = world.read(|books| {
        let all = books
            .records
            .read_all::<Delivery>(Delivery::KIND)
            .map(|(id, delivery)| (id.to_owned(), delivery));
        let mut waiting: Vec<_> = all.filter(|(_, it)| which == Which::All || it.due_at <= now).collect();
        if Misbehaviour::of(&books.records).reverse {
            waiting.reverse();
        }
        waiting
    });
    let mut delivered = 0;
    for (id, delivery) in waiting.drain(..) {
        let answered = tokio::select! {
            answered = post(world, &delivery.event) => answered,
            () = world.stopped() => return delivered,
        };
        delivered += usize::from(answered);
        let event = delivery.event.clone();
        let next = if answered { None } else { delivery.after_failure(time::real_now()) };
        let written: rusqlite::Result<()> = world.change(|books| {
            match &next {
                Some(delivery) => books.records.write(Delivery::KIND, &id, delivery),
                None => books.records.remove(Delivery::KIND, &id),
            }
            Ok(())
        });
        if let Err(error) = written {
            tracing::error!(%error, event, "could not note a delivery; it will be repeated");
        }
        world.delivery_was_tried();
    }
    delivered
}

/// Posts the event and says whether the endpoint took it.
async fn post(world: &World, event: &str) -> bool {
    let Some(endpoint) = world.endpoint() else { return false };
    let Some(body) = world.read(|books| books.records.get("event", event).cloned()) else { return true };
    let (kind, body) = (body["type"].clone(), body.to_string().into_bytes());
    let answer = world
        .http()
        .post(endpoint.url)
        .header("Content-Type", "application/json; charset=utf-8")
        .header("User-Agent", "Stripe/1.0 (tokenwell-sandbox)")
        .header("Stripe-Signature", signature(&endpoint.secret, time::real_now(), &body))
        .timeout(ANSWER_WITHIN)
        .body(body)
        .send()
        .await;
    match answer {
        Ok(answer) if answer.status().is_success() => true,
        Ok(answer) => {
            tracing::warn!(event, %kind, status = %answer.status(), "the webhook endpoint refused an event; it is retried");
            false
        }
        Err(error) => {
            tracing::warn!(event, %kind, error = %error.without_url(), "the webhook endpoint did not answer; it is retried");
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_hmac_of_time_and_body_under_the_secret() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let expected = {
            let mut mac = Hmac::<Sha256>::new_from_slice(b"whsec_test").unwrap();
            mac.update(b"1800000000.{}");
            hex::encode(mac.finalize().into_bytes())
        };
        assert_eq!(signature(&"whsec_test".into(), now, b"{}"), format!("t=1800000000,v1={expected}"));
    }

    #[test]
    fn retries_come_at_growing_intervals_and_end_after_three_days() {
        let start = Timestamp::from_second(1_800_000_000).unwrap();
        let mut delivery = Delivery {
            event: "evt_1".to_owned(),
            attempts: 0,
            due_at: start,
            gives_up_at: start + GIVE_UP_AFTER,
        };
        let mut waits = Vec::new();
        loop {
            let now = delivery.due_at;
            let Some(next) = delivery.clone().after_failure(now) else { break };
            waits.push(next.due_at.duration_since(now).as_secs());
            delivery = next;
        }
        assert_eq!(waits[..5], [1, 2, 4, 8, 16]);
        assert!(waits.iter().zip(&waits[1..]).all(|(one, next)| one <= next));
        assert!(delivery.due_at > start + SignedDuration::from_hours(71));
    }

    #[test]
    fn the_next_events_are_dropped_or_doubled_as_asked_and_later_ones_are_not() {
        let mut records = Records::in_memory();
        note_endpoint(&mut records, true);
        Misbehaviour { drop: 1, duplicate: 1, ..Misbehaviour::default() }.set(&mut records);
        let now = Timestamp::from_second(0).unwrap();
        let copies: Vec<usize> = (0..3).map(|_| deliveries_of(&mut records, "evt", now).len()).collect();
        assert_eq!(copies, [0, 2, 1]);
    }
}
