//! Executes random steps on the service (over HTTP, with a database, the sandbox and both clocks) and on the naive model.
//! Compares them after every step, and checks every rule that is visible through the API.
//!
//! `TOKENWELL_MODEL_COMMANDS=20000 cargo test -p tokenwell-server model` runs more steps;
//! `TOKENWELL_MODEL_SEED=7` runs other steps.

mod billing;
mod steps;
mod stripe;

use self::billing::Billing;
use self::steps::{CODES, Step, steps};
use crate::lives::Lives;
use crate::naive::{CATALOGUE, Model, Refused, START, pick};
use crate::support::{Response, User, World, WorldOptions, pooled_client, send, text};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// An unpaid checkout expires after this time.
const CHECKOUT_HOURS: u64 = 24;

fn time(hour: u64) -> Timestamp {
    START.parse::<Timestamp>().unwrap() + SignedDuration::from_hours(i64::try_from(hour).unwrap())
}

/// An open checkout.
struct Checkout {
    purchase: Value,
    expires: u64,
}

struct Refund {
    id: String,
    lot: usize,
    cents: u64,
}

/// A POST request, and the status and bytes of its response.
struct Call {
    path: String,
    key: String,
    body: Value,
    response: (u16, Vec<u8>),
}

/// The service and the model of one account.
struct Pair<'a> {
    user: User<'a>,
    account: String,
    model: Model,
    billing: Option<Billing>,
    /// Whether an invoice of the subscription waits to be paid.
    owes: bool,
    open: Vec<Checkout>,
    /// The number of purchase requests.
    purchase_requests: u32,
    refunds: Vec<Refund>,
    ended_holds: Vec<String>,
    calls: Vec<Call>,
    /// The sum of the activity so far: rollover, fast, top-up.
    fold: [i64; 3],
    /// The newest entry that was read: its version, id and time.
    last: Option<(u64, String, Timestamp)>,
    version: u64,
    /// The balance that the service returned at each hour so far.
    balances: Vec<(u64, Value)>,
}

const BUCKETS: [&str; 3] = ["rollover", "fast", "top_up"];

impl<'a> Pair<'a> {
    async fn new(world: &'a World) -> Self {
        world.sandbox_set("/sandbox/clock", json!({ "now": time(12) })).await;
        world.set_clock(&time(12).to_string()).await;
        world.sandbox_set("/sandbox/tax", json!({ "basis_points": 1900 })).await;
        for (code, coupon) in CODES {
            let coupon = text(&world.stripe_post("/v1/coupons", &coupon).await["id"]);
            let form = [("promotion[type]", "coupon"), ("promotion[coupon]", &coupon), ("code", code)];
            world.stripe_post("/v1/promotion_codes", &form).await;
        }
        let user = world.user("ada@example.com", "free").await;
        Self {
            account: user.account_id().await,
            user,
            model: Model::new(),
            billing: None,
            owes: false,
            open: Vec::new(),
            purchase_requests: 0,
            refunds: Vec::new(),
            ended_holds: Vec::new(),
            calls: Vec::new(),
            fold: [0; 3],
            last: None,
            version: 0,
            balances: Vec::new(),
        }
    }

    fn world(&self) -> &'a World {
        self.user.world
    }

    /// Sends a POST request of the platform twice. It must be executed once.
    async fn call(&mut self, path: String, body: Value) -> Response {
        let key = format!("call-{}", self.calls.len());
        let response = self.world().platform_post(&path, &key, body.clone()).await;
        let again = self.world().platform_post(&path, &key, body.clone()).await;
        assert_eq!(
            (again.status, &again.bytes),
            (response.status, &response.bytes),
            "a replay returns the same bytes"
        );
        self.calls.push(Call { path, key, body, response: (response.status, response.bytes.clone()) });
        response
    }

    async fn step(&mut self, step: &Step) {
        let account = format!("/v1/accounts/{}", self.account);
        match *step {
            Step::Wait(hours) => self.wait(hours).await,
            Step::Spend(amount) => {
                let expected = self.model.spend(amount);
                let body = json!({ "amount": amount, "reason": "An image" });
                let response = self.call(format!("{account}/spends"), body).await;
                if let Some(spend) = agreed(response, expected.err()) {
                    assert_eq!(Ok(sums(&spend["slices"])), expected, "{spend}");
                }
            }
            Step::Hold { .. } | Step::Commit { .. } | Step::Release { .. } | Step::EndAgain { .. } => {
                self.hold_step(step).await;
            }
            Step::Gift(amount) => {
                let body = json!({ "amount": amount, "reason": "A gift" });
                let response = self.call(format!("{account}/adjustments"), body).await;
                let refused = (amount == 0).then_some(Refused::InvalidAmount);
                if let Some(gift) = agreed(response, refused) {
                    self.model.gift(text(&gift["id"]), amount);
                }
            }
            Step::Correct(amount) => {
                let refused = self.model.correct(amount).err();
                let body = json!({ "amount": -amount.cast_signed(), "reason": "A correction" });
                agreed(self.call(format!("{account}/adjustments"), body).await, refused);
            }
            Step::Replay { call } => self.replay(call).await,
            Step::Open { .. } | Step::Pay { .. } | Step::CancelCheckout { .. } => {
                self.checkout_step(step).await;
            }
            Step::Refund { .. } | Step::RefundFails { .. } | Step::Dispute { .. } => {
                self.payment_step(step).await;
            }
            Step::Subscribe { .. }
            | Step::Change { .. }
            | Step::CancelAtPeriodEnd { .. }
            | Step::EndWithCredit
            | Step::Status(_) => self.subscription_step(step).await,
            Step::Delete => self.delete().await,
        }
    }

    async fn hold_step(&mut self, step: &Step) {
        match *step {
            Step::Hold { amount, hours } => {
                let expected = self.model.hold(amount, hours);
                let body = json!({ "amount": amount, "reason": "A film", "ttl_s": hours * 3_600 });
                let response = self.call(format!("/v1/accounts/{}/holds", self.account), body).await;
                match expected {
                    Ok(mut hold) => {
                        hold.id = text(&response.ok()["id"]);
                        self.model.holds.push(hold);
                    }
                    Err(refused) => drop(agreed(response, Some(refused))),
                }
            }
            Step::Commit { hold, amount } => {
                if let Some(index) = pick(hold, self.model.holds.len()) {
                    let id = self.model.holds[index].id.clone();
                    let refused = self.model.commit(index, amount).err();
                    let response =
                        self.call(format!("/v1/holds/{id}/commit"), json!({ "amount": amount })).await;
                    if let Some(ended) = agreed(response, refused) {
                        assert_eq!(ended["committed"], amount);
                        self.ended_holds.push(id);
                    }
                }
            }
            Step::Release { hold } => {
                if let Some(index) = pick(hold, self.model.holds.len()) {
                    let id = self.model.holds[index].id.clone();
                    self.model.end_hold(index, 0);
                    self.call(format!("/v1/holds/{id}/release"), json!({})).await.ok();
                    self.ended_holds.push(id);
                }
            }
            Step::EndAgain { hold } => {
                if let Some(index) = pick(hold, self.ended_holds.len()) {
                    let path = format!("/v1/holds/{}/release", self.ended_holds[index]);
                    self.call(path, json!({})).await.refused(409, "hold_ended", "has ended");
                }
            }
            _ => unreachable!("{step:?} is not a step of a hold"),
        }
    }

    /// Stops at every hour in which Stripe bills.
    async fn wait(&mut self, hours: u64) {
        let until = self.model.hour + hours;
        while let Some(next) = self.billing.as_ref().map(|billing| billing.next).filter(|next| *next <= until)
        {
            self.pass_to(next - 1).await;
            self.set_stripes_clock(next).await;
            self.foresee(next).await;
            self.model.pass_hours(1);
            self.set_clock().await;
        }
        self.pass_to(until).await;
        self.open.retain(|checkout| checkout.expires > until);
    }

    async fn pass_to(&mut self, hour: u64) {
        self.model.pass_hours(hour - self.model.hour);
        self.set_stripes_clock(hour).await;
        self.set_clock().await;
    }

    /// Moves Stripe's clock first, so that the service has worked off Stripe's events before its own clock reaches their time.
    async fn set_stripes_clock(&self, hour: u64) {
        self.world().sandbox_set("/sandbox/clock", json!({ "now": time(hour) })).await;
        settled(self.world()).await;
    }

    async fn set_clock(&self) {
        self.world().set_clock(&time(self.model.hour).to_string()).await;
    }

    async fn replay(&self, call: usize) {
        let Some(index) = pick(call, self.calls.len()) else { return };
        let Call { path, key, body, response } = &self.calls[index];
        let again = self.world().platform_post(path, key, body.clone()).await;
        assert_eq!(
            (&again.status, &again.bytes),
            (&response.0, &response.1),
            "a late replay returns the same bytes"
        );
        // A validation error does not store its key.
        if path.ends_with("/spends") && response.0 != 422 {
            let other = json!({ "amount": 77, "reason": "Another" });
            let other = self.world().platform_post(path, key, other).await;
            other.refused(422, "idempotency_key_reused", "another body");
        }
    }

    async fn delete(&mut self) {
        let delete = self.user.request("DELETE", "/v1/account").json(&json!({ "confirm": "DELETE" }));
        assert_eq!(send(delete).await.status, 204);
        self.user.get("/v1/balance").await.refused(410, "account_deleted", "for good");
        let path = format!("/v1/accounts/{}/balance", self.account);
        self.world().platform(&path).await.refused(410, "account_deleted", "for good");
    }

    async fn agree(&mut self) {
        settled(self.world()).await;
        let balance = self.user.balance().await;
        let model = &self.model;
        let value = |pointer: &str| balance.pointer(pointer).unwrap().as_u64().unwrap();
        let of_buckets = |name: &str| BUCKETS.map(|bucket| value(&format!("/{bucket}/{name}")));
        assert_eq!(of_buckets("available"), [model.bank, model.fast, model.top_up()], "available");
        assert_eq!(of_buckets("held"), model.held_of_buckets(), "held");
        assert_eq!(value("/top_up/locked"), model.locked(), "locked");
        let found = ["/spendable", "/total", "/used/tokens"].map(value);
        assert_eq!(found, [model.spendable(), model.spendable() + model.locked(), model.used], "sums");
        assert_eq!(value("/rollover/cap"), model.cap(), "cap");
        assert_eq!(value("/owed"), model.owed(), "owed");
        if let (true, Some(period)) = (model.entitled, model.period) {
            assert_eq!(value("/fast/allowance"), period.allowance, "granted in the token period");
        }
        assert_eq!(balance["can_buy"], model.can_buy(), "can buy");
        let first = BUCKETS.into_iter().find(|bucket| match *bucket {
            "top_up" => model.top_up() > model.locked(),
            bucket => value(&format!("/{bucket}/available")) > 0,
        });
        assert_eq!(balance["next_spent_from"], json!(first));
        self.purchases_agree().await;
        self.activity_agrees(&balance).await;
        self.balances.retain(|(hour, _)| *hour < self.model.hour);
        self.balances.push((self.model.hour, balance));
    }

    async fn purchases_agree(&self) {
        let purchases = self.user.get("/v1/purchases?limit=200").await.ok()["items"].clone();
        let purchases = purchases.as_array().unwrap();
        for lot in self.model.lots.iter().filter(|lot| !lot.gift) {
            let purchase = purchases.iter().find(|purchase| purchase["id"] == lot.id.as_str()).unwrap();
            let status = match lot.disputes[0] {
                Some(0 | 2) => "disputed",
                _ if lot.refunded == 0 => "paid",
                _ if lot.refunded == lot.price => "refunded",
                _ => "partially_refunded",
            };
            assert_eq!(purchase["status"], status);
            let found =
                ["granted_tokens", "remaining_tokens", "unrecovered_tokens"].map(|name| &purchase[name]);
            assert_eq!(
                found,
                [lot.granted, lot.left, lot.unrecovered()].map(|tokens| json!(tokens)).each_ref()
            );
            assert!(lot.left <= lot.granted, "a lot has at most what it granted");
            let [subtotal, discount, tax, total] =
                ["subtotal", "discount", "tax", "total"].map(|name| purchase[name].as_u64().unwrap());
            let added_tax = if purchase["pack_id"] == "odd" { tax } else { 0 };
            assert_eq!((total, subtotal + added_tax), (lot.price, total + discount), "{purchase}");
        }
        let open = purchases.iter().filter(|purchase| purchase["status"] == "open").count();
        assert_eq!(open, self.open.len(), "open checkouts");
    }

    /// The balance is the sum of the activity. Versions grow by one. Entries are in order and none is in the future.
    async fn activity_agrees(&mut self, balance: &Value) {
        let activity = self.user.get("/v1/activity?limit=200").await.ok()["items"].clone();
        let items = activity.as_array().unwrap().iter();
        let is_new = |item: &&Value| self.last.as_ref().is_none_or(|(_, id, _)| item["id"] != id.as_str());
        let mut new: Vec<_> = items.take_while(is_new).collect();
        assert!(new.len() < 200, "more than one page in one step");
        new.reverse();
        for item in new {
            let id = text(&item["id"]);
            let version: u64 = id.rsplit('.').nth(1).unwrap().parse().unwrap();
            let at: Timestamp = text(&item["at"]).parse().unwrap();
            let bucket = BUCKETS.iter().position(|bucket| item["bucket"] == *bucket).unwrap();
            self.fold[bucket] += item["amount"].as_i64().unwrap();
            assert_eq!(item["balance_after"], self.fold[bucket], "{item}");
            assert!(at <= time(self.model.hour), "dated in the future: {item}");
            if let Some((before, _, then)) = &self.last {
                assert!(version == *before || version == before + 1, "{item} after version {before}");
                assert!(*then <= at, "{item} is older than the entry before it");
            }
            self.last = Some((version, id, at));
        }
        let found = BUCKETS.map(|bucket| balance[bucket]["available"].as_i64().unwrap());
        assert_eq!(found, self.fold, "the balance is the sum of the activity");
        let version = balance["version"].as_u64().unwrap();
        assert_eq!(self.last.as_ref().map(|last| last.0), Some(version));
        assert!(version >= self.version, "the version never decreases");
        self.version = version;
    }

    /// Every past balance is still returned for its time, and every request can be replayed.
    async fn past_agrees(&self) {
        for (hour, balance) in &self.balances {
            let path = format!("/v1/accounts/{}/balance?at={}", self.account, time(*hour));
            assert_eq!(self.world().platform(&path).await.ok(), *balance, "at hour {hour}");
        }
        for call in 0..self.calls.len() {
            self.replay(call).await;
        }
    }
}

/// Waits until the service has worked off all events of Stripe.
async fn settled(world: &World) {
    world.sandbox("/sandbox/webhooks/flush", json!({})).await;
    while crate::webhooks::waiting(world).await > 0 {}
}

/// Checks that both succeeded, or refused with the same reason and numbers. Returns the body of a success.
fn agreed(response: Response, refused: Option<Refused>) -> Option<Value> {
    match refused {
        None => return Some(response.ok()),
        Some(Refused::InvalidAmount) => response.refused(422, "invalid_amount", ""),
        Some(Refused::InvalidHoldLife) => response.refused(422, "invalid_ttl", ""),
        Some(Refused::CommitExceedsHold { held }) => {
            response.refused(422, "commit_exceeds_hold", &format!("nly {held} tokens are on hold"))
        }
        Some(Refused::CorrectionBelowZero { available }) => {
            response.refused(422, "correction_below_zero", &format!("op-up holds {available}"))
        }
        Some(Refused::Insufficient { spendable, locked, remedy }) => {
            let problem = response.refused(402, "insufficient_tokens", "");
            let found = [&problem["spendable"], &problem["locked"], &problem["remedy"]];
            assert_eq!(found, [&json!(spendable), &json!(locked), &json!(remedy)]);
            problem
        }
    };
    None
}

fn sums(slices: &Value) -> [u64; 3] {
    let slices = slices.as_array().unwrap();
    BUCKETS.map(|bucket| {
        let of_bucket = slices.iter().filter(|slice| slice["bucket"] == bucket);
        of_bucket.map(|slice| slice["amount"].as_u64().unwrap()).sum()
    })
}

async fn live(steps: &[Step]) {
    let mut world =
        World::with(WorldOptions { test_clock: true, catalogue: Some(CATALOGUE), ..WorldOptions::default() })
            .await;
    // Reuses connections, because a life sends thousands of requests.
    world.http = pooled_client();
    let mut pair = Pair::new(&world).await;
    for step in steps {
        pair.step(step).await;
        if matches!(step, Step::Delete) {
            return;
        }
        pair.agree().await;
    }
    pair.past_agrees().await;
}

#[test]
fn service_and_model_agree_after_every_step() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let lives = Lives { commands: 2_000, commands_a_life: 80, shrinks_max: 40 };
    lives.all(&steps(), |steps| runtime.block_on(live(steps)));
}
