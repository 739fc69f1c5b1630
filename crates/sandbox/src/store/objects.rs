//! Stripe's objects as records, the billing clock, and the events that changes cause.

use crate::random;
use crate::records::api_version::{ApiVersions, has_event};
use crate::records::delivery::{self, Delivery};
use crate::records::table::Records;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The state of the sandbox.
#[derive(Debug)]
pub struct Store {
    /// The records.
    pub records: Records,
    /// `http://HOST:PORT` of the sandbox, for the addresses of its pages.
    pub origin: String,
    /// The billing time while [`Store::as_of`] runs.
    as_of: Option<Timestamp>,
}

/// There is no object of this kind with this id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no {kind} {id:?}")]
pub struct NoSuchObject {
    /// The kind: Stripe's `object`.
    pub kind: String,
    /// The id.
    pub id: String,
}

/// The clock that `PUT /sandbox/clock` stopped.
#[derive(Debug, Serialize, Deserialize)]
struct StoppedClock {
    now: Timestamp,
}

impl Store {
    /// The state in these records.
    pub fn new(records: Records, origin: String) -> Self {
        Self { records, origin, as_of: None }
    }

    /// The billing time: billing objects are dated by it, and checkout sessions expire by it.
    pub fn now(&self) -> Timestamp {
        self.as_of.or_else(|| self.stopped_clock()).unwrap_or_else(Timestamp::now)
    }

    /// [`Store::now`] in seconds, the unit of Stripe's times.
    pub fn seconds(&self) -> i64 {
        self.now().as_second()
    }

    /// Where the billing clock was stopped; `None` while it runs with real time.
    pub fn stopped_clock(&self) -> Option<Timestamp> {
        self.records.read::<StoppedClock>("clock", "billing").map(|clock| clock.now)
    }

    /// Stops the billing clock at `now`, or lets it run with real time.
    pub fn set_clock(&mut self, now: Option<Timestamp>) {
        match now {
            Some(now) => self.records.write("clock", "billing", &StoppedClock { now }),
            None => self.records.remove("clock", "billing"),
        }
    }

    /// Runs `work` with the billing time `moment`, so that overdue work is dated when it was due.
    pub fn as_of<T>(&mut self, moment: Timestamp, work: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.as_of.replace(moment);
        let result = work(self);
        self.as_of = before;
        result
    }

    /// The object with this kind (Stripe's `object`) and id.
    pub fn find(&self, kind: &str, id: &str) -> Result<Value, NoSuchObject> {
        let object = self.records.get(kind, id).cloned();
        object.ok_or_else(|| NoSuchObject { kind: kind.to_owned(), id: id.to_owned() })
    }

    /// Stores an object under its own `object` and `id`.
    pub fn save(&mut self, object: &Value) {
        if let (Some(kind), Some(id)) = (object["object"].as_str(), object["id"].as_str()) {
            self.records.put(kind, id, object.clone());
        }
    }

    /// Stores an object and records an event about it.
    pub fn save_and_emit(&mut self, object: &Value, event_type: &str) {
        self.save(object);
        self.emit(event_type, object, None);
    }

    /// Stores an object and records an `….updated` event with the previous values of the changed fields.
    pub fn save_and_emit_update(&mut self, object: &Value, event_type: &str) {
        let before = object["object"]
            .as_str()
            .zip(object["id"].as_str())
            .and_then(|(kind, id)| self.records.get(kind, id).cloned());
        self.save(object);
        self.emit(event_type, object, before.map(|before| previous_attributes(&before, object)));
    }

    /// Records an event with the object as it is, and its deliveries if there is an endpoint.
    pub fn emit(&mut self, event_type: &str, object: &Value, previous_attributes: Option<Value>) {
        let event = random::id("evt");
        let mut data = json!({ "object": object });
        if let Some(previous) = previous_attributes {
            data["previous_attributes"] = previous;
        }
        let versions = ApiVersions::of(&self.records);
        // Events have real time even if the billing clock is stopped, because reconcilers scan the list of events by time.
        let now = Timestamp::now();
        let body = json!({
            "id": event,
            "object": "event",
            "api_version": versions.of_account(),
            "created": now.as_second(),
            "data": data,
            "livemode": false,
            "pending_webhooks": 0,
            "request": { "id": null, "idempotency_key": null },
            "type": event_type,
        });
        self.save(&body);
        if !has_event(&versions.of_endpoint(), event_type) {
            return;
        }
        for delivery in delivery::deliveries_of(&mut self.records, &event, event_type, now) {
            self.records.write(Delivery::KIND, &random::id("whd"), &delivery);
        }
    }
}

/// The fields of `before` whose value differs in `after`.
fn previous_attributes(before: &Value, after: &Value) -> Value {
    let changed =
        before.as_object().into_iter().flatten().filter(|(key, value)| after.get(key) != Some(value));
    changed.map(|(key, value)| (key.clone(), value.clone())).collect()
}
