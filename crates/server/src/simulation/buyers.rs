//! Many buyers in bad weather: what they do, what Stripe does meanwhile, and in which order the service gets to know.

use super::world::{Answer, Ask, Deed, Event, SERVICE_KEY, World, text};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// Shortly before a month that is shorter than the anchor's day.
const START: &str = "2031-01-30T09:00:00Z";
const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
/// How often everything that is left is tried once the storm is over.
const ROUNDS: usize = 12;

/// Someone with an account.
pub struct Buyer {
    pub account: String,
    pub token: String,
    /// Whether the account is gone.
    pub deleted: bool,
    /// The newest version of the balance that was seen.
    version: u64,
}

/// What a call under an idempotency key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Purchase,
    Spend,
    Hold,
    EndHold,
    Gift,
}

/// A call under an idempotency key: it is sent until it is answered, and sometimes once more.
pub struct Call {
    pub buyer: usize,
    pub purpose: Purpose,
    pub ask: Ask,
    pub answer: Option<Answer>,
}

/// Something that the service is asked or made to do.
enum Doing {
    Call(usize),
    Deliver { event: Event, again: bool },
    Work,
    Return,
    Cancel,
    Subscribe(usize),
    Look(usize),
    Delete(usize),
    Clock(Timestamp),
}

pub struct Storm {
    pub world: World,
    pub buyers: Vec<Buyer>,
    pub calls: Vec<Call>,
    /// Checkout sessions that were opened, whose and for what.
    sessions: Vec<(usize, String)>,
    /// Events on their way.
    transit: Vec<Event>,
    /// The time at Stripe.
    now: Timestamp,
    /// The time that the service was told.
    told: Timestamp,
}

impl Storm {
    /// Buyers who have just signed up.
    pub async fn gathers(seed: u64) -> Self {
        let now: Timestamp = START.parse().unwrap();
        let world = World::of(seed).await;
        let mut storm = Self {
            world,
            buyers: Vec::new(),
            calls: Vec::new(),
            sessions: Vec::new(),
            transit: Vec::new(),
            now,
            told: now,
        };
        storm.world.sandbox("PUT", "/sandbox/clock", &json!({ "now": now })).await;
        storm.tell_time().await;
        for number in 0..2 + storm.world.dice.below(4) {
            let email = format!("buyer{number}@example.com");
            let user = storm.world.sandbox("POST", "/sandbox/users", &json!({ "email": email })).await.json();
            let token = text(&user["access_token"]);
            let account = storm.world.ask(Ask::new("GET", "/v1/account").by(&token)).await.json();
            storm.buyers.push(Buyer { account: text(&account["id"]), token, deleted: false, version: 0 });
        }
        storm
    }

    /// One step: something in the outside world perhaps, then the service does one thing or several at once, and is
    /// perhaps killed meanwhile.
    pub async fn blow(&mut self) {
        if self.world.dice.one_in(2) {
            self.stir().await;
        }
        let at_once = *self.world.dice.pick(&[1, 1, 1, 2, 2, 3]).unwrap();
        let mut doings = Vec::new();
        for _ in 0..at_once {
            doings.push(self.choose().await);
        }
        let kill_after = self.world.dice.one_in(6).then(|| self.world.dice.below(80));
        self.run(doings, kill_after).await;
        if self.world.dice.one_in(30) {
            self.world.crash().await;
        }
    }

    async fn run(&mut self, doings: Vec<Doing>, kill_after: Option<u32>) {
        let deeds: Vec<Deed> = doings.iter().map(|doing| self.deed(doing)).collect();
        let answers = self.world.live(&deeds, kill_after).await;
        let seen: Vec<u64> = self.buyers.iter().map(|buyer| buyer.version).collect();
        for (doing, answer) in doings.into_iter().zip(answers) {
            self.take_in(doing, answer, &seen);
        }
    }

    /// What the service is made to do next.
    async fn choose(&mut self) -> Doing {
        self.new_events().await;
        let dice = &mut self.world.dice;
        let buyer = dice.place(&self.buyers).unwrap();
        let kind = dice.below(100);
        match kind {
            0..25 if !self.transit.is_empty() => {
                let place = dice.place(&self.transit).unwrap();
                let event = self.transit.remove(place);
                if self.world.dice.one_in(5) {
                    return self.drop(&event);
                }
                Doing::Deliver { event, again: self.world.dice.one_in(5) }
            }
            0..42 => Doing::Work,
            42..52 => self.purchase(buyer),
            52..62 => self.spend(buyer),
            62..66 => self.hold(buyer),
            66..71 => self.end_hold(),
            71..80 => self.repeat(),
            80..83 => Doing::Return,
            83..86 => Doing::Cancel,
            86..91 => Doing::Subscribe(buyer),
            91..94 if self.told != self.now => Doing::Clock(self.now),
            91..97 => Doing::Look(buyer),
            97..99 => self.gift(buyer),
            _ if self.world.dice.one_in(6) => Doing::Delete(buyer),
            _ => Doing::Look(buyer),
        }
    }

    /// Never delivered: it is only in Stripe's list any more. Sometimes that happens to all that is on its way.
    fn drop(&mut self, event: &Event) -> Doing {
        self.world.note(format!("drop {}", event.kind));
        if self.world.dice.one_in(3) {
            self.world.note(format!("drop {} more", self.transit.len()));
            self.transit.clear();
        }
        Doing::Work
    }

    async fn new_events(&mut self) {
        let new = self.world.new_events().await;
        self.transit.extend(new);
    }

    fn call(&mut self, buyer: usize, purpose: Purpose, path: String, body: &Value) -> Doing {
        let token = match purpose {
            Purpose::Purchase => &self.buyers[buyer].token,
            _ => SERVICE_KEY,
        };
        let key = format!("key-{}", self.calls.len());
        let ask = Ask::new("POST", path).by(token).with("Idempotency-Key", key).json(body);
        self.calls.push(Call { buyer, purpose, ask, answer: None });
        Doing::Call(self.calls.len() - 1)
    }

    fn purchase(&mut self, buyer: usize) -> Doing {
        let dice = &mut self.world.dice;
        let pack = *dice.pick(&["small", "medium", "large"]).unwrap();
        let body = json!({ "pack_id": pack, "quantity": 1 + dice.below(3) });
        self.call(buyer, Purpose::Purchase, "/v1/purchases".to_owned(), &body)
    }

    fn spend(&mut self, buyer: usize) -> Doing {
        let path = format!("/v1/accounts/{}/spends", self.buyers[buyer].account);
        let amount = *self.world.dice.pick(&[1, 40, 900, 4_000, 30_000]).unwrap();
        self.call(buyer, Purpose::Spend, path, &json!({ "amount": amount, "reason": "A picture" }))
    }

    fn hold(&mut self, buyer: usize) -> Doing {
        let path = format!("/v1/accounts/{}/holds", self.buyers[buyer].account);
        let dice = &mut self.world.dice;
        let amount = *dice.pick(&[10, 300, 6_000, 20_000]).unwrap();
        let life_s = *dice.pick(&[HOUR, 20 * HOUR]).unwrap();
        let body = json!({ "amount": amount, "reason": "A film", "ttl_s": life_s });
        self.call(buyer, Purpose::Hold, path, &body)
    }

    fn end_hold(&mut self) -> Doing {
        let made = |call: &Call| call.answer.as_ref().filter(|answer| answer.status == 201).map(Answer::json);
        let holds = self.calls.iter().filter(|call| call.purpose == Purpose::Hold);
        let holds: Vec<(usize, Value)> = holds.filter_map(|call| Some((call.buyer, made(call)?))).collect();
        let Some((buyer, hold)) = self.world.dice.pick(&holds) else { return Doing::Work };
        let (id, all) = (text(&hold["id"]), hold["amount"].as_u64().unwrap());
        match self.world.dice.below(3) {
            0 => self.call(*buyer, Purpose::EndHold, format!("/v1/holds/{id}/release"), &Value::Null),
            part => {
                let body = json!({ "amount": all * u64::from(part) / 2 });
                self.call(*buyer, Purpose::EndHold, format!("/v1/holds/{id}/commit"), &body)
            }
        }
    }

    fn gift(&mut self, buyer: usize) -> Doing {
        let path = format!("/v1/accounts/{}/adjustments", self.buyers[buyer].account);
        let amount = *self.world.dice.pick(&[500, 500, -200]).unwrap();
        self.call(buyer, Purpose::Gift, path, &json!({ "amount": amount, "reason": "For the trouble" }))
    }

    /// Sends a call that was not answered, or one that was.
    fn repeat(&mut self) -> Doing {
        let pending: Vec<usize> = self.unanswered();
        match self.world.dice.pick(&pending) {
            Some(call) => Doing::Call(*call),
            None => self.world.dice.place(&self.calls).map_or(Doing::Work, Doing::Call),
        }
    }

    fn unanswered(&self) -> Vec<usize> {
        let open = |call: &(usize, &Call)| call.1.answer.is_none() && !self.buyers[call.1.buyer].deleted;
        self.calls.iter().enumerate().filter(open).map(|(place, _)| place).collect()
    }

    fn deed(&mut self, doing: &Doing) -> Deed {
        let (name, ask) = match doing {
            Doing::Call(call) => {
                let Call { purpose, ask, buyer, .. } = &self.calls[*call];
                (format!("{purpose:?} {call} of {buyer}"), ask.clone())
            }
            Doing::Deliver { event, again } => (format!("deliver {} {again}", event.kind), event.delivery()),
            Doing::Work => {
                let place = self.world.dice.below(64);
                self.world.note(format!("work {place}"));
                return Deed::Work(place as usize);
            }
            Doing::Return => {
                let session = self.world.dice.place(&self.sessions);
                let id = session.map_or("cs_test_unknown", |place| &self.sessions[place].1);
                (format!("return {session:?}"), Ask::new("GET", format!("/checkout/return?session_id={id}")))
            }
            Doing::Cancel => {
                let made = |call: &Call| call.answer.as_ref().filter(|answer| answer.status == 201).cloned();
                let bought = self.calls.iter().filter(|call| call.purpose == Purpose::Purchase);
                let bought: Vec<_> = bought.filter_map(|call| Some((call.buyer, made(call)?))).collect();
                let Some((buyer, answer)) = self.world.dice.pick(&bought) else {
                    return self.deed(&Doing::Work);
                };
                let path = format!("/v1/purchases/{}/cancel", text(&answer.json()["id"]));
                (format!("cancel of {buyer}"), Ask::new("POST", path).by(&self.buyers[*buyer].token))
            }
            Doing::Subscribe(buyer) => {
                let dice = &mut self.world.dice;
                let plan = *dice.pick(&["essential", "premium", "ultimate"]).unwrap();
                let interval = *dice.pick(&["month", "month", "year"]).unwrap();
                let ask = Ask::new("POST", "/v1/subscription/checkout").by(&self.buyers[*buyer].token);
                let body = json!({ "plan_id": plan, "interval": interval });
                (format!("subscribe {buyer} {plan} {interval}"), ask.json(&body))
            }
            Doing::Look(buyer) => {
                (format!("look {buyer}"), Ask::new("GET", "/v1/balance").by(&self.buyers[*buyer].token))
            }
            Doing::Delete(buyer) => {
                let ask = Ask::new("DELETE", "/v1/account").by(&self.buyers[*buyer].token);
                (format!("delete {buyer}"), ask.json(&json!({ "confirm": "DELETE" })))
            }
            Doing::Clock(now) => {
                (format!("clock {now}"), Ask::new("PUT", "/v1/test-clock").json(&json!({ "now": now })))
            }
        };
        self.world.note(name);
        Deed::Ask(ask)
    }

    fn take_in(&mut self, doing: Doing, answer: Option<Answer>, seen: &[u64]) {
        let status = answer.as_ref().map(|answer| answer.status);
        self.world.note(format!("→ {status:?}"));
        // An outage is 503.
        assert_ne!(status, Some(500), "{:?}", answer.map(|answer| answer.json()));
        let answer = answer.filter(Answer::is_final);
        match (doing, answer) {
            (Doing::Deliver { event, again }, answer) => {
                assert!(answer.as_ref().is_none_or(|answer| answer.status == 200), "{answer:?}");
                // What was not taken is delivered again, and some of what was.
                if again || answer.is_none() {
                    self.transit.push(event);
                }
            }
            (Doing::Call(call), Some(answer)) => self.answered(call, answer),
            (Doing::Subscribe(buyer), Some(answer)) if answer.status == 200 => {
                self.sessions.push((buyer, session_of(&answer.json()["url"])));
            }
            (Doing::Look(buyer), Some(answer)) if answer.status == 200 => {
                self.saw(buyer, &answer.json(), seen);
            }
            (Doing::Look(buyer) | Doing::Delete(buyer), Some(answer))
                if matches!(answer.status, 204 | 410) =>
            {
                self.buyers[buyer].deleted = true;
            }
            (Doing::Clock(now), Some(_)) => self.told = now,
            _ => {}
        }
    }

    fn answered(&mut self, call: usize, answer: Answer) {
        let Call { buyer, purpose, .. } = self.calls[call];
        if answer.status == 410 {
            self.buyers[buyer].deleted = true;
        }
        if self.buyers[buyer].deleted {
            return;
        }
        if let Some(before) = &self.calls[call].answer {
            assert_eq!(*before, answer, "the same key brings the same bytes back: call {call}");
            return;
        }
        // Who asks again only a day later finds the checkout expired.
        if purpose == Purpose::Purchase && answer.status == 201 && !answer.json()["checkout_url"].is_null() {
            self.sessions.push((buyer, session_of(&answer.json()["checkout_url"])));
        }
        self.calls[call].answer = Some(answer);
    }

    /// What was shown before this step is never followed by something older.
    fn saw(&mut self, buyer: usize, balance: &Value, seen: &[u64]) {
        let version = balance["version"].as_u64().unwrap();
        assert!(version >= seen[buyer], "version {version} after {} of buyer {buyer}", seen[buyer]);
        self.buyers[buyer].version = self.buyers[buyer].version.max(version);
    }

    /// Something happens in the outside world.
    async fn stir(&mut self) {
        self.new_events().await;
        let dice = &mut self.world.dice;
        match dice.below(100) {
            0..32 => self.pay().await,
            32..38 => self.settle_debit().await,
            38..52 => self.refund().await,
            52..56 => self.fail_refund().await,
            56..66 => self.dispute().await,
            66..76 => self.change_subscription().await,
            76..88 => {
                let hop_s = *dice.pick(&[HOUR, HOUR, 5 * HOUR, DAY, 9 * DAY, 33 * DAY]).unwrap();
                self.now += SignedDuration::from_secs(hop_s);
                self.happen("PUT", "/sandbox/clock", &json!({ "now": self.now })).await;
                // Clocks differ for a while, or not.
                if self.world.dice.one_in(2) {
                    self.tell_time().await;
                }
            }
            _ => {
                let mut some = || if dice.one_in(2) { dice.below(4) } else { 0 };
                let faults =
                    json!({ "errors": some(), "timeouts_after_work": some(), "rate_limited": some() });
                self.world.set_faults(&faults).await;
                self.world.note(faults.to_string());
            }
        }
    }

    async fn happen(&mut self, method: &'static str, path: &str, body: &Value) {
        let answer = self.world.sandbox(method, path, body).await;
        let what = path.split('/').next_back().unwrap_or_default();
        let what = if what.len() > 20 { "…" } else { what };
        self.world.note(format!("{what} {body} → {}", answer.status));
    }

    async fn pay(&mut self) {
        // The newest mostly: the others were paid, or have expired.
        let newest =
            self.sessions.len().saturating_sub(if self.world.dice.one_in(4) { usize::MAX } else { 3 });
        let Some((_, session)) = self.world.dice.pick(&self.sessions[newest..]).cloned() else { return };
        let card = |number: &str| json!({ "method": "card", "card": number });
        let method = match self.world.dice.below(12) {
            0 => card("4000000000000002"),
            1 => card("4000000000000259"),
            2 => json!({ "method": "paypal" }),
            3 | 4 => json!({ "method": "bank_debit" }),
            _ => card("4242424242424242"),
        };
        self.happen("POST", &format!("/sandbox/checkout/{session}/pay"), &method).await;
    }

    async fn settle_debit(&mut self) {
        let Some((_, session)) = self.world.dice.pick(&self.sessions).cloned() else { return };
        let outcome = *self.world.dice.pick(&["succeeded", "failed"]).unwrap();
        let path = format!("/sandbox/checkout/{session}/settle");
        self.happen("POST", &path, &json!({ "outcome": outcome })).await;
    }

    /// The ids of what such an event was about.
    fn told_of(&self, kind: &str) -> Vec<String> {
        let events = self.world.events.iter().filter(|event| event.kind == kind);
        events.map(|event| text(&event.object["id"])).collect()
    }

    async fn refund(&mut self) {
        let Some(charge) = self.world.dice.pick(&self.told_of("charge.succeeded")).cloned() else { return };
        let amount = *self.world.dice.pick(&[None, Some(1), Some(333), Some(700)]).unwrap();
        let body = amount.map_or_else(|| json!({}), |amount| json!({ "amount": amount }));
        self.happen("POST", &format!("/sandbox/charges/{charge}/refund"), &body).await;
    }

    async fn fail_refund(&mut self) {
        let Some(refund) = self.world.dice.pick(&self.told_of("refund.created")).cloned() else { return };
        self.happen("POST", &format!("/sandbox/refunds/{refund}/fail"), &json!({})).await;
    }

    async fn dispute(&mut self) {
        let disputed = self.world.events.iter().filter(|event| event.kind == "charge.dispute.created");
        let disputed: Vec<String> = disputed.map(|event| text(&event.object["charge"])).collect();
        let closes = !disputed.is_empty() && self.world.dice.one_in(2);
        let charges = if closes { disputed } else { self.told_of("charge.succeeded") };
        let Some(charge) = self.world.dice.pick(&charges).cloned() else { return };
        let state = if closes { *self.world.dice.pick(&["won", "lost"]).unwrap() } else { "opened" };
        let path = format!("/sandbox/charges/{charge}/dispute");
        self.happen("POST", &path, &json!({ "state": state })).await;
    }

    async fn change_subscription(&mut self) {
        let subscriptions = self.told_of("customer.subscription.created");
        let Some(subscription) = self.world.dice.pick(&subscriptions).cloned() else { return };
        let change = match self.world.dice.below(10) {
            0 | 1 => json!({ "cancel_at_period_end": true }),
            2 => json!({ "cancel_at_period_end": false }),
            3 => json!({ "status": "past_due" }),
            4 => json!({ "status": "unpaid" }),
            5 | 6 => json!({ "status": "active" }),
            7 => json!({ "status": "canceled" }),
            _ => json!({ "plan": self.world.dice.pick(&["essential", "premium", "ultimate"]).unwrap() }),
        };
        self.happen("POST", &format!("/sandbox/subscriptions/{subscription}"), &change).await;
    }

    async fn tell_time(&mut self) {
        self.run(vec![Doing::Clock(self.now)], None).await;
    }

    /// Sends a call that was answered.
    pub async fn send_again(&mut self, call: usize) {
        self.run(vec![Doing::Call(call)], None).await;
    }

    /// The storm is over: Stripe answers, what is on its way arrives, calls are sent until they are answered.
    pub async fn settle(&mut self) {
        self.world.note("settle");
        self.world.set_faults(&json!({})).await;
        self.tell_time().await;
        for _ in 0..ROUNDS {
            for call in self.unanswered() {
                self.run(vec![Doing::Call(call)], None).await;
            }
            self.new_events().await;
            while let Some(place) = self.world.dice.place(&self.transit) {
                let event = self.transit.remove(place);
                self.run(vec![Doing::Deliver { event, again: false }], None).await;
            }
            self.world.do_all_work().await;
            self.new_events().await;
            if self.transit.is_empty() && self.unanswered().is_empty() && self.world.work_left().await == 0 {
                break;
            }
        }
        for buyer in 0..self.buyers.len() {
            self.run(vec![Doing::Look(buyer)], None).await;
        }
        assert!(self.unanswered().is_empty(), "calls that are never answered");
    }
}

fn session_of(url: &Value) -> String {
    text(url).rsplit('/').next().unwrap().to_owned()
}
