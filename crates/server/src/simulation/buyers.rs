//! The storm: the actions of buyers, and the order in which the service handles them and the changes at Stripe.

use super::world::{ApiRequest, Event, Response, SERVICE_KEY, Task, World, text};
use jiff::Timestamp;
use serde_json::{Value, json};

/// A billing anchor on the 30th, and the next month is shorter.
const START: &str = "2031-01-30T09:00:00Z";
const HOUR: i64 = 3600;
/// The maximum number of rounds until everything is settled after the storm.
const ROUNDS: usize = 12;

/// A user with an account.
pub struct Buyer {
    pub account: String,
    pub token: String,
    /// Whether the account was deleted.
    pub deleted: bool,
    /// The newest version of the balance that was returned.
    version: u64,
}

/// The purpose of a call under an idempotency key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Purchase,
    Spend,
    Hold,
    EndHold,
    Gift,
}

/// A request under an idempotency key. It is sent until it has a response, and sometimes again.
pub struct Call {
    pub buyer: usize,
    pub purpose: Purpose,
    pub request: ApiRequest,
    pub response: Option<Response>,
}

/// An action of a buyer, of Stripe's delivery, or of the service's worker.
enum Action {
    Call(usize),
    Deliver { event: Event, again: bool },
    Work,
    Return,
    Cancel,
    Subscribe(usize),
    ReadBalance(usize),
    Delete(usize),
    Clock(Timestamp),
}

pub struct Storm {
    pub world: World,
    pub buyers: Vec<Buyer>,
    pub calls: Vec<Call>,
    /// The opened Checkout sessions: the buyer and the session's id.
    pub(super) sessions: Vec<(usize, String)>,
    /// Events that are not delivered yet.
    transit: Vec<Event>,
    /// The time at Stripe.
    pub(super) now: Timestamp,
    /// The time of the service's test clock.
    service_now: Timestamp,
}

impl Storm {
    /// Starts a world with new buyers.
    pub async fn start(seed: u64) -> Self {
        let now: Timestamp = START.parse().unwrap();
        let world = World::of(seed).await;
        let mut storm = Self {
            world,
            buyers: Vec::new(),
            calls: Vec::new(),
            sessions: Vec::new(),
            transit: Vec::new(),
            now,
            service_now: now,
        };
        storm.world.sandbox("PUT", "/sandbox/clock", &json!({ "now": now })).await;
        storm.set_service_clock().await;
        for number in 0..2 + storm.world.dice.below(4) {
            let email = format!("buyer{number}@example.com");
            let user = storm.world.sandbox("POST", "/sandbox/users", &json!({ "email": email })).await.json();
            let token = text(&user["access_token"]);
            let account = storm.world.send(ApiRequest::new("GET", "/v1/account").by(&token)).await.json();
            storm.buyers.push(Buyer { account: text(&account["id"]), token, deleted: false, version: 0 });
        }
        storm
    }

    /// One step: perhaps a change at Stripe; then one or several concurrent actions, during which the service may be killed.
    pub async fn step(&mut self) {
        if self.world.dice.one_in(2) {
            self.change_at_stripe().await;
        }
        let count = *self.world.dice.pick(&[1, 1, 1, 2, 2, 3]).unwrap();
        let mut actions = Vec::new();
        for _ in 0..count {
            actions.push(self.choose().await);
        }
        let kill_after = self.world.dice.one_in(6).then(|| self.world.dice.below(80));
        self.run(actions, kill_after).await;
        if self.world.dice.one_in(30) {
            self.world.crash().await;
        }
    }

    async fn run(&mut self, actions: Vec<Action>, kill_after: Option<u32>) {
        let tasks: Vec<Task> = actions.iter().map(|action| self.task(action)).collect();
        let responses = self.world.run(&tasks, kill_after).await;
        let seen: Vec<u64> = self.buyers.iter().map(|buyer| buyer.version).collect();
        for (action, response) in actions.into_iter().zip(responses) {
            self.handle_response(action, response, &seen);
        }
    }

    /// Chooses the next action.
    async fn choose(&mut self) -> Action {
        self.new_events().await;
        let dice = &mut self.world.dice;
        let buyer = dice.index(&self.buyers).unwrap();
        let kind = dice.below(100);
        match kind {
            0..25 if !self.transit.is_empty() => {
                let index = dice.index(&self.transit).unwrap();
                let event = self.transit.remove(index);
                if self.world.dice.one_in(5) {
                    return self.drop(&event);
                }
                Action::Deliver { event, again: self.world.dice.one_in(5) }
            }
            0..42 => Action::Work,
            42..52 => self.purchase(buyer),
            52..62 => self.spend(buyer),
            62..66 => self.hold(buyer),
            66..71 => self.end_hold(),
            71..80 => self.repeat(),
            80..83 => Action::Return,
            83..86 => Action::Cancel,
            86..91 => Action::Subscribe(buyer),
            91..94 if self.service_now != self.now => Action::Clock(self.now),
            91..97 => Action::ReadBalance(buyer),
            97..99 => self.gift(buyer),
            _ if self.world.dice.one_in(6) => Action::Delete(buyer),
            _ => Action::ReadBalance(buyer),
        }
    }

    /// Loses an event, sometimes all events in transit. They are only in Stripe's list then.
    fn drop(&mut self, event: &Event) -> Action {
        self.world.note(format!("drop {}", event.kind));
        if self.world.dice.one_in(3) {
            self.world.note(format!("drop {} more", self.transit.len()));
            self.transit.clear();
        }
        Action::Work
    }

    pub(super) async fn new_events(&mut self) {
        let new = self.world.new_events().await;
        self.transit.extend(new);
    }

    fn call(&mut self, buyer: usize, purpose: Purpose, path: String, body: &Value) -> Action {
        let token = match purpose {
            Purpose::Purchase => &self.buyers[buyer].token,
            _ => SERVICE_KEY,
        };
        let key = format!("key-{}", self.calls.len());
        let request = ApiRequest::new("POST", path).by(token).header("Idempotency-Key", key).json(body);
        self.calls.push(Call { buyer, purpose, request, response: None });
        Action::Call(self.calls.len() - 1)
    }

    fn purchase(&mut self, buyer: usize) -> Action {
        let dice = &mut self.world.dice;
        let pack = *dice.pick(&["small", "medium", "large"]).unwrap();
        let body = json!({ "pack_id": pack, "quantity": 1 + dice.below(3) });
        self.call(buyer, Purpose::Purchase, "/v1/purchases".to_owned(), &body)
    }

    fn spend(&mut self, buyer: usize) -> Action {
        let path = format!("/v1/accounts/{}/spends", self.buyers[buyer].account);
        let amount = *self.world.dice.pick(&[1, 40, 900, 4_000, 30_000]).unwrap();
        self.call(buyer, Purpose::Spend, path, &json!({ "amount": amount, "reason": "A picture" }))
    }

    fn hold(&mut self, buyer: usize) -> Action {
        let path = format!("/v1/accounts/{}/holds", self.buyers[buyer].account);
        let dice = &mut self.world.dice;
        let amount = *dice.pick(&[10, 300, 6_000, 20_000]).unwrap();
        let life_s = *dice.pick(&[HOUR, 20 * HOUR]).unwrap();
        let body = json!({ "amount": amount, "reason": "A film", "ttl_s": life_s });
        self.call(buyer, Purpose::Hold, path, &body)
    }

    fn end_hold(&mut self) -> Action {
        let created = |call: &Call| {
            call.response.as_ref().filter(|response| response.status == 201).map(Response::json)
        };
        let holds = self.calls.iter().filter(|call| call.purpose == Purpose::Hold);
        let holds: Vec<(usize, Value)> =
            holds.filter_map(|call| Some((call.buyer, created(call)?))).collect();
        let Some((buyer, hold)) = self.world.dice.pick(&holds) else { return Action::Work };
        let (id, all) = (text(&hold["id"]), hold["amount"].as_u64().unwrap());
        match self.world.dice.below(3) {
            0 => self.call(*buyer, Purpose::EndHold, format!("/v1/holds/{id}/release"), &Value::Null),
            part => {
                let body = json!({ "amount": all * u64::from(part) / 2 });
                self.call(*buyer, Purpose::EndHold, format!("/v1/holds/{id}/commit"), &body)
            }
        }
    }

    fn gift(&mut self, buyer: usize) -> Action {
        let path = format!("/v1/accounts/{}/adjustments", self.buyers[buyer].account);
        let amount = *self.world.dice.pick(&[500, 500, -200]).unwrap();
        self.call(buyer, Purpose::Gift, path, &json!({ "amount": amount, "reason": "For the trouble" }))
    }

    /// Sends a call that has no response, or repeats one that has.
    fn repeat(&mut self) -> Action {
        match self.world.dice.pick(&self.pending()) {
            Some(call) => Action::Call(*call),
            None => self.world.dice.index(&self.calls).map_or(Action::Work, Action::Call),
        }
    }

    fn pending(&self) -> Vec<usize> {
        let open = |call: &(usize, &Call)| call.1.response.is_none() && !self.buyers[call.1.buyer].deleted;
        self.calls.iter().enumerate().filter(open).map(|(index, _)| index).collect()
    }

    fn task(&mut self, action: &Action) -> Task {
        let (name, request) = match action {
            Action::Call(call) => {
                let Call { purpose, request, buyer, .. } = &self.calls[*call];
                (format!("{purpose:?} {call} of {buyer}"), request.clone())
            }
            Action::Deliver { event, again } => (format!("deliver {} {again}", event.kind), event.delivery()),
            Action::Work => {
                let number = self.world.dice.below(64);
                self.world.note(format!("work {number}"));
                return Task::Work(number as usize);
            }
            Action::Return => {
                let session = self.world.dice.index(&self.sessions);
                let id = session.map_or("cs_test_unknown", |index| &self.sessions[index].1);
                (
                    format!("return {session:?}"),
                    ApiRequest::new("GET", format!("/checkout/return?session_id={id}")),
                )
            }
            Action::Cancel => {
                let created =
                    |call: &Call| call.response.as_ref().filter(|response| response.status == 201).cloned();
                let bought = self.calls.iter().filter(|call| call.purpose == Purpose::Purchase);
                let bought: Vec<_> = bought.filter_map(|call| Some((call.buyer, created(call)?))).collect();
                let Some((buyer, response)) = self.world.dice.pick(&bought) else {
                    return self.task(&Action::Work);
                };
                let path = format!("/v1/purchases/{}/cancel", text(&response.json()["id"]));
                (format!("cancel of {buyer}"), ApiRequest::new("POST", path).by(&self.buyers[*buyer].token))
            }
            Action::Subscribe(buyer) => {
                let dice = &mut self.world.dice;
                let plan = *dice.pick(&["essential", "premium", "ultimate"]).unwrap();
                let interval = *dice.pick(&["month", "month", "year"]).unwrap();
                let request =
                    ApiRequest::new("POST", "/v1/subscription/checkout").by(&self.buyers[*buyer].token);
                let body = json!({ "plan_id": plan, "interval": interval });
                (format!("subscribe {buyer} {plan} {interval}"), request.json(&body))
            }
            Action::ReadBalance(buyer) => (
                format!("read balance {buyer}"),
                ApiRequest::new("GET", "/v1/balance").by(&self.buyers[*buyer].token),
            ),
            Action::Delete(buyer) => {
                let request = ApiRequest::new("DELETE", "/v1/account").by(&self.buyers[*buyer].token);
                (format!("delete {buyer}"), request.json(&json!({ "confirm": "DELETE" })))
            }
            Action::Clock(now) => (
                format!("clock {now}"),
                ApiRequest::new("PUT", "/v1/test-clock").by(SERVICE_KEY).json(&json!({ "now": now })),
            ),
        };
        self.world.note(name);
        Task::Handle(request)
    }

    fn handle_response(&mut self, action: Action, response: Option<Response>, seen: &[u64]) {
        let status = response.as_ref().map(|response| response.status);
        self.world.note(format!("→ {status:?}"));
        // An outage is 503.
        assert_ne!(status, Some(500), "{:?}", response.map(|response| response.json()));
        let response = response.filter(Response::is_final);
        match (action, response) {
            (Action::Deliver { event, again }, response) => {
                assert!(response.as_ref().is_none_or(|response| response.status == 200), "{response:?}");
                // Events without a response are delivered again, and some of the others too.
                if again || response.is_none() {
                    self.transit.push(event);
                }
            }
            (Action::Call(call), Some(response)) => self.record(call, response),
            (Action::Subscribe(buyer), Some(response)) if response.status == 200 => {
                self.sessions.push((buyer, session_of(&response.json()["url"])));
            }
            (Action::ReadBalance(buyer), Some(response)) if response.status == 200 => {
                self.check_version(buyer, &response.json(), seen);
            }
            (Action::ReadBalance(buyer) | Action::Delete(buyer), Some(response))
                if matches!(response.status, 204 | 410) =>
            {
                self.buyers[buyer].deleted = true;
            }
            (Action::Clock(now), Some(_)) => self.service_now = now,
            _ => {}
        }
    }

    fn record(&mut self, call: usize, response: Response) {
        let Call { buyer, purpose, .. } = self.calls[call];
        if response.status == 410 {
            self.buyers[buyer].deleted = true;
        }
        if self.buyers[buyer].deleted {
            return;
        }
        if let Some(before) = &self.calls[call].response {
            assert_eq!(*before, response, "the same key returns the same bytes: call {call}");
            return;
        }
        // A call repeated a day later finds the checkout expired.
        if purpose == Purpose::Purchase
            && response.status == 201
            && !response.json()["checkout_url"].is_null()
        {
            self.sessions.push((buyer, session_of(&response.json()["checkout_url"])));
        }
        self.calls[call].response = Some(response);
    }

    /// Checks that the version is not older than one returned before this step.
    fn check_version(&mut self, buyer: usize, balance: &Value, seen: &[u64]) {
        let version = balance["version"].as_u64().unwrap();
        assert!(version >= seen[buyer], "version {version} after {} of buyer {buyer}", seen[buyer]);
        self.buyers[buyer].version = self.buyers[buyer].version.max(version);
    }

    pub(super) async fn set_service_clock(&mut self) {
        self.run(vec![Action::Clock(self.now)], None).await;
    }

    /// Repeats a call that has a response.
    pub async fn send_again(&mut self, call: usize) {
        self.run(vec![Action::Call(call)], None).await;
    }

    /// Ends the storm: removes Stripe's faults, settles every debit, delivers every event, and repeats calls until they have a
    /// response. A customer of a deleted account stays at Stripe as long as one of its debits is pending (rule 18).
    pub async fn settle(&mut self) {
        self.world.note("settle");
        self.world.set_faults(&json!({})).await;
        for (_, session) in self.sessions.clone() {
            self.settle_debit_of(&session).await;
        }
        self.set_service_clock().await;
        for _ in 0..ROUNDS {
            for call in self.pending() {
                self.run(vec![Action::Call(call)], None).await;
            }
            self.new_events().await;
            while let Some(index) = self.world.dice.index(&self.transit) {
                let event = self.transit.remove(index);
                self.run(vec![Action::Deliver { event, again: false }], None).await;
            }
            self.world.do_all_work().await;
            self.new_events().await;
            if self.transit.is_empty() && self.pending().is_empty() && self.world.work_left().await == 0 {
                break;
            }
        }
        for buyer in 0..self.buyers.len() {
            self.run(vec![Action::ReadBalance(buyer)], None).await;
        }
        assert!(self.pending().is_empty(), "calls without a response");
    }
}

fn session_of(url: &Value) -> String {
    text(url).rsplit('/').next().unwrap().to_owned()
}
