//! Deliveries of events to the webhook endpoint, their back-off, and the faults that can be injected into them.

use super::endpoint::EndpointRecord;
use super::table::{Kind, Records};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_hours(3 * 24);
const FIRST_BACK_OFF: SignedDuration = SignedDuration::from_secs(1);
const LONGEST_BACK_OFF: SignedDuration = SignedDuration::from_mins(10);

/// Faults in the delivery of the next events.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeliveryFaults {
    /// How many of the next events are never delivered.
    pub drop: u32,
    /// How many of the next events are delivered twice.
    pub duplicate: u32,
    /// Whether waiting events are delivered in reverse order.
    pub reverse: bool,
    /// How long each event waits before its first delivery.
    pub delay_ms: u32,
}

impl DeliveryFaults {
    const KIND: Kind = "webhooks";
    const ID: &str = "faults";

    /// The faults that are set.
    pub fn of(records: &Records) -> Self {
        records.read(Self::KIND, Self::ID).unwrap_or_default()
    }

    /// Sets the faults of the next deliveries.
    pub fn set(&self, records: &mut Records) {
        records.write(Self::KIND, Self::ID, self);
    }
}

/// An event that has to be delivered to the endpoint. A delivery that succeeded or was given up has no record.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Delivery {
    /// The event's id.
    pub event: String,
    /// The number of failed attempts.
    pub attempts: u32,
    /// When the next attempt is due.
    pub due_at: Timestamp,
    /// When the delivery is given up.
    pub gives_up_at: Timestamp,
}

impl Delivery {
    /// The kind of delivery records.
    pub const KIND: Kind = "delivery";

    /// The delivery with its next attempt after the back-off; `None` once it has to be given up.
    pub fn after_failure(mut self, now: Timestamp) -> Option<Self> {
        let back_off = FIRST_BACK_OFF
            .checked_mul(1_i32.checked_shl(self.attempts.min(16)).unwrap_or(i32::MAX))
            .map_or(LONGEST_BACK_OFF, |wait| wait.min(LONGEST_BACK_OFF));
        self.attempts += 1;
        self.due_at = now + back_off;
        (self.due_at < self.gives_up_at).then_some(self)
    }
}

/// The deliveries of a new event: none without an endpoint that is sent events of this type or if the event is dropped, two
/// if it is duplicated.
pub fn deliveries_of(records: &mut Records, event: &str, event_type: &str, now: Timestamp) -> Vec<Delivery> {
    if !EndpointRecord::of(records).is_some_and(|endpoint| endpoint.is_sent(event_type)) {
        return Vec::new();
    }
    let mut faults = DeliveryFaults::of(records);
    let copies = if faults.drop > 0 {
        faults.drop -= 1;
        0
    } else if faults.duplicate > 0 {
        faults.duplicate -= 1;
        2
    } else {
        1
    };
    faults.set(records);
    let delivery = Delivery {
        event: event.to_owned(),
        attempts: 0,
        due_at: now + SignedDuration::from_millis(faults.delay_ms.into()),
        gives_up_at: now + GIVE_UP_AFTER,
    };
    vec![delivery; copies]
}

#[cfg(test)]
mod tests {
    use super::super::endpoint::{EndpointStatus, set_url};
    use super::*;

    #[test]
    fn an_event_is_delivered_only_to_an_enabled_endpoint_that_is_sent_its_type() {
        let mut records = Records::in_memory();
        let now = Timestamp::from_second(0).unwrap();
        let is_delivered =
            |records: &mut Records| !deliveries_of(records, "evt", "refund.created", now).is_empty();
        assert!(!is_delivered(&mut records));
        set_url(&mut records, Some("http://localhost/webhooks"));
        assert!(is_delivered(&mut records));
        let all = EndpointRecord::of(&records).unwrap();
        EndpointRecord { enabled_events: vec!["refund.failed".to_owned()], ..all.clone() }.set(&mut records);
        assert!(!is_delivered(&mut records));
        EndpointRecord { status: EndpointStatus::Disabled, ..all }.set(&mut records);
        assert!(!is_delivered(&mut records));
        set_url(&mut records, None);
        assert_eq!(EndpointRecord::of(&records), None);
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
    fn only_as_many_events_are_dropped_or_duplicated_as_requested() {
        let mut records = Records::in_memory();
        set_url(&mut records, Some("http://localhost/webhooks"));
        DeliveryFaults { drop: 1, duplicate: 1, ..DeliveryFaults::default() }.set(&mut records);
        let now = Timestamp::from_second(0).unwrap();
        let copies: Vec<usize> =
            (0..3).map(|_| deliveries_of(&mut records, "evt", "refund.created", now).len()).collect();
        assert_eq!(copies, [0, 2, 1]);
    }
}
