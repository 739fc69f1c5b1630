//! The sandbox's state: its records, the clock that billing goes by, and the events that changes give rise to.

use crate::records::Records;
use crate::stripe::refusal::Refusal;
use crate::webhooks::{self, Delivery};
use crate::{id, time};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The API version whose shapes the objects have.
pub const API_VERSION: &str = "2026-09-30.endive";

/// Everything that the sandbox knows.
#[derive(Debug)]
pub struct Books {
    /// The records.
    pub records: Records,
    /// `http://HOST:PORT` of the sandbox, for the addresses of its pages.
    pub origin: String,
    /// The moment that billing is being worked out for while the clock moves past it.
    moment: Option<Timestamp>,
}

/// The clock that `PUT /sandbox/clock` sets.
#[derive(Debug, Serialize, Deserialize)]
struct Clock {
    now: Timestamp,
}

impl Books {
    /// Books over these records.
    pub fn new(records: Records, origin: String) -> Self {
        Self { records, origin, moment: None }
    }

    /// The time that billing objects and the expiry of checkout sessions go by.
    pub fn now(&self) -> Timestamp {
        self.moment.or_else(|| self.clock()).unwrap_or_else(time::real_now)
    }

    /// [`Books::now`] in seconds, as Stripe writes times.
    pub fn seconds(&self) -> i64 {
        self.now().as_second()
    }

    /// Where the clock stands, if it was set.
    pub fn clock(&self) -> Option<Timestamp> {
        self.records.read::<Clock>("clock", "billing").map(|clock| clock.now)
    }

    /// Makes the clock stand at `now`, or lets it run with real time again.
    pub fn set_clock(&mut self, now: Option<Timestamp>) {
        match now {
            Some(now) => self.records.write("clock", "billing", &Clock { now }),
            None => self.records.remove("clock", "billing"),
        }
    }

    /// Does `work` as of an earlier moment: what fell due while the clock moved is dated when it was due.
    pub fn as_of<T>(&mut self, moment: Timestamp, work: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.moment.replace(moment);
        let result = work(self);
        self.moment = before;
        result
    }

    /// The object of Stripe's, by its `object` and `id`.
    pub fn find(&self, kind: &str, id: &str) -> Result<Value, Refusal> {
        self.find_for(kind, id, "id")
    }

    /// As [`Books::find`], naming the parameter that asked for it in the refusal.
    pub fn find_for(&self, kind: &str, id: &str, param: &str) -> Result<Value, Refusal> {
        self.records.get(kind, id).cloned().ok_or_else(|| Refusal::no_such(kind, id, param))
    }

    /// Keeps an object of Stripe's under its own `object` and `id`.
    pub fn save(&mut self, object: &Value) {
        if let (Some(kind), Some(id)) = (object["object"].as_str(), object["id"].as_str()) {
            self.records.put(kind, id, object.clone());
        }
    }

    /// Keeps the object and tells the world what happened to it.
    pub fn save_and_emit(&mut self, object: &Value, event: &str) {
        self.save(object);
        self.emit(event, object, None);
    }

    /// Keeps the object and emits an `….updated` event that says what the changed fields held before.
    pub fn save_and_emit_update(&mut self, object: &Value, event: &str) {
        let before = object["object"]
            .as_str()
            .zip(object["id"].as_str())
            .and_then(|(kind, id)| self.records.get(kind, id).cloned());
        self.save(object);
        self.emit(event, object, before.map(|before| previous_attributes(&before, object)));
    }

    /// Records an event with the object as it is now, and its delivery if there is an endpoint.
    pub fn emit(&mut self, kind: &str, object: &Value, previous_attributes: Option<Value>) {
        let event = id::fresh("evt");
        let mut data = json!({ "object": object });
        if let Some(previous) = previous_attributes {
            data["previous_attributes"] = previous;
        }
        // Events happen in real time, whatever the billing clock says: the list of them is what a reconciler trusts.
        let now = time::real_now();
        let body = json!({
            "id": event,
            "object": "event",
            "api_version": API_VERSION,
            "created": now.as_second(),
            "data": data,
            "livemode": false,
            "pending_webhooks": 0,
            "request": { "id": null, "idempotency_key": null },
            "type": kind,
        });
        self.save(&body);
        for delivery in webhooks::deliveries_of(&mut self.records, &event, now) {
            self.records.write(Delivery::KIND, &id::fresh("whd"), &delivery);
        }
    }
}

/// The fields of `before` that are different in `after`.
fn previous_attributes(before: &Value, after: &Value) -> Value {
    let changed =
        before.as_object().into_iter().flatten().filter(|(key, value)| after.get(key) != Some(value));
    changed.map(|(key, value)| (key.clone(), value.clone())).collect()
}
