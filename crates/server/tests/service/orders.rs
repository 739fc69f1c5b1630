//! Stripe's events are delivered in any order, twice each, and the service ends in the same state: all orders of five
//! events, a sample of the orders of seven. Each event is delivered as soon as it is next in its order and its change has
//! happened at Stripe. So the service reads Stripe's state between the changes as well as after them.

use crate::clocks::move_clocks;
use crate::every_order::every_order;
use crate::support::{
    User, WEBHOOK_SECRET, World, WorldOptions, card, deliver, event, pay, pooled_client, send, session,
    signature, text,
};
use crate::webhooks::waiting;
use futures_util::{StreamExt, stream};
use proptest::prelude::{Just, Strategy};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

/// The number of orders of all seven events.
const SAMPLE: usize = 30;

/// All orders of these five events, and a sample of the orders of all seven.
fn orders(five: [usize; 5]) -> Vec<Vec<usize>> {
    let mut orders = Vec::new();
    every_order(&mut { five }, five.len(), &mut |order| orders.push(order.to_vec()));
    let mut runner = TestRunner::deterministic();
    let shuffled = Just((0..7).collect::<Vec<_>>()).prop_shuffle();
    orders.extend((0..SAMPLE).map(|_| shuffled.new_tree(&mut runner).unwrap().current()));
    orders
}

/// One order of events. `to_come` lists the events that are not delivered, last first.
struct Delivery {
    number: usize,
    to_come: Vec<usize>,
}

impl Delivery {
    fn all(orders: &[Vec<usize>]) -> Vec<Self> {
        orders
            .iter()
            .enumerate()
            .map(|(number, order)| Self { number, to_come: order.iter().rev().copied().collect() })
            .collect()
    }

    /// Delivers events, twice each, until the next one has not happened at Stripe.
    async fn deliver_happened(&mut self, world: &World, happened: &[Option<(&str, Value)>]) {
        while let Some(next) = self.to_come.pop() {
            let Some((kind, object)) = &happened[next] else { return self.to_come.push(next) };
            let body = event(&format!("evt_{}_{next}", self.number), kind, object);
            for _ in 0..2 {
                let signature = signature(&body, WEBHOOK_SECRET, 0);
                assert_eq!(deliver(world, &body, Some(&signature)).await.status, 200);
            }
        }
    }
}

/// Does so few things at once that no slow machine refuses one as too many. Returns the results in order.
async fn few_at_once<F: Future>(work: impl Iterator<Item = F>) -> Vec<F::Output> {
    stream::iter(work).buffered(4).collect().await
}

/// Delivers the events of every order as far as they have happened, and waits until the service has worked them off.
async fn deliver_happened(
    world: &World,
    deliveries: &mut [Delivery],
    happened: &[[Option<(&str, Value)>; 7]],
) {
    let deliver =
        deliveries.iter_mut().zip(happened).map(|(it, happened)| it.deliver_happened(world, happened));
    few_at_once(deliver).await;
    while waiting(world).await > 0 {}
}

/// A world with the test clock and a pooled client.
async fn world_with_test_clock() -> World {
    let mut world = World::with(WorldOptions { test_clock: true, ..WorldOptions::default() }).await;
    world.http = pooled_client();
    world
}

/// Makes the sandbox drop its own events. The tests deliver them.
async fn drop_events(world: &World) {
    world.sandbox_set("/sandbox/webhooks", json!({ "drop": 1_000_000 })).await;
}

#[tokio::test]
async fn a_purchase_with_partial_refund_and_won_dispute_ends_in_the_same_state_in_every_order_of_events() {
    let world = world_with_test_clock().await;
    let ada = world.user("ada@example.com", "premium").await;
    drop_events(&world).await;
    let orders = orders([0, 1, 3, 5, 6]);
    let mut deliveries = Delivery::all(&orders);
    let mut happened = vec![[const { None::<(&str, Value)> }; 7]; orders.len()];
    let mut purchases = Vec::new();
    let mut charges = Vec::new();
    for happened in &mut happened {
        let purchase = ada.open("small", 1).await;
        world.sandbox(&pay(&purchase), card()).await;
        let session = session(&purchase);
        let path = format!("/v1/checkout/sessions/{session}?expand[]=payment_intent");
        let intent = world.stripe(&path).await["payment_intent"].clone();
        let charge = json!({ "id": intent["latest_charge"], "payment_intent": intent["id"] });
        let of_charge =
            json!({ "id": "any", "charge": intent["latest_charge"], "payment_intent": intent["id"] });
        happened[0] = Some(("checkout.session.completed", json!({ "id": session })));
        happened[2] = Some(("charge.succeeded", charge.clone()));
        purchases.push(purchase);
        charges.push((text(&intent["latest_charge"]), charge, of_charge));
    }
    deliver_happened(&world, &mut deliveries, &happened).await;
    for (happened, (id, charge, of_charge)) in happened.iter_mut().zip(&charges) {
        world.sandbox(&format!("/sandbox/charges/{id}/refund"), json!({ "amount": 100 })).await;
        happened[1] = Some(("charge.refunded", charge.clone()));
        happened[3] = Some(("refund.created", of_charge.clone()));
    }
    deliver_happened(&world, &mut deliveries, &happened).await;
    for (state, kinds) in [
        ("opened", [(5, "charge.dispute.created"), (5, "charge.dispute.created")]),
        ("won", [(6, "charge.dispute.closed"), (4, "charge.dispute.funds_reinstated")]),
    ] {
        for (happened, (id, _, of_charge)) in happened.iter_mut().zip(&charges) {
            world.sandbox(&format!("/sandbox/charges/{id}/dispute"), json!({ "state": state })).await;
            for (index, kind) in kinds {
                happened[index] = Some((kind, of_charge.clone()));
            }
        }
        deliver_happened(&world, &mut deliveries, &happened).await;
    }
    assert!(deliveries.iter().all(|delivery| delivery.to_come.is_empty()));

    // ⌊5000 × 100 / 900⌋ tokens were clawed back. The rest is available and not locked.
    for (purchase, order) in purchases.iter().zip(&orders) {
        let purchase = ada.purchase(purchase).await;
        let found = ["status", "granted_tokens", "remaining_tokens", "unrecovered_tokens"]
            .map(|name| &purchase[name]);
        let expected = [json!("partially_refunded"), json!(5000), json!(4445), json!(0)];
        assert_eq!(found, expected.each_ref(), "after {order:?}");
    }
    let top_up = ada.balance().await["top_up"].clone();
    let all = 4445 * orders.len();
    assert_eq!(top_up, json!({ "available": all, "held": 0, "locked": 0, "locked_reason": null }));
    assert_eq!(world.platform("/v1/refunds-due").await.ok()["items"], json!([]));
}

/// Subscribes again with a checkout made directly at Stripe. The service may not know that the previous plan has ended, and
/// would refuse to open one.
async fn resubscribe(user: &User<'_>, before: &Value, plan: &str) -> Value {
    let world = user.world;
    let prices = world.stripe(&format!("/v1/prices?lookup_keys[]=tokenwell_{plan}_month")).await;
    let page = world
        .http
        .post(format!("{}/v1/checkout/sessions", world.sandbox.origin()))
        .bearer_auth(crate::support::STRIPE_KEY)
        .form(&[
            ("mode", "subscription"),
            ("customer", before["customer"].as_str().unwrap()),
            (
                "subscription_data[metadata][tokenwell_account_id]",
                before["metadata"]["tokenwell_account_id"].as_str().unwrap(),
            ),
            ("line_items[0][price]", prices["data"][0]["id"].as_str().unwrap()),
            ("line_items[0][quantity]", "1"),
            ("success_url", "https://example.com/"),
        ]);
    let page = text(&send(page).await.ok()["id"]);
    world.sandbox(&format!("/sandbox/checkout/{page}/pay"), card()).await["subscription"].clone()
}

fn paid(subscription: &Value) -> (&'static str, Value) {
    let parent = json!({ "subscription_details": { "subscription": subscription } });
    ("invoice.paid", json!({ "id": "in_any", "parent": parent }))
}

/// A user with 100 gift tokens and the premium plan, and the plan's subscription at Stripe.
async fn premium_with_a_gift(world: &World, number: usize) -> (User<'_>, Value) {
    let user = world.user(&format!("{number}@example.com"), "free").await;
    let gift = json!({ "amount": 100, "reason": "A gift" });
    let path = format!("/v1/accounts/{}/adjustments", user.account_id().await);
    world.platform_post(&path, "gift", gift).await.ok();
    let page = user.post("/v1/subscription/checkout", json!({ "plan_id": "premium" })).await.ok();
    let subscription = world.sandbox(&pay(&page), card()).await["subscription"].clone();
    (user, world.stripe(&format!("/v1/subscriptions/{}", text(&subscription))).await)
}

#[tokio::test]
async fn a_subscription_with_renewal_lapse_and_resubscription_ends_in_the_same_state_in_every_order_of_events()
 {
    let world = world_with_test_clock().await;
    drop_events(&world).await;
    let orders = orders([0, 2, 3, 4, 5]);
    let mut deliveries = Delivery::all(&orders);
    let mut happened = vec![[const { None::<(&str, Value)> }; 7]; orders.len()];

    move_clocks(&world, "2027-01-31T12:00:00Z").await;
    let users = few_at_once((0..orders.len()).map(|number| premium_with_a_gift(&world, number))).await;
    for (happened, (_, first)) in happened.iter_mut().zip(&users) {
        happened[0] = Some(("customer.subscription.created", json!({ "id": first["id"] })));
        happened[1] = Some(paid(&first["id"]));
    }
    deliver_happened(&world, &mut deliveries, &happened).await;

    move_clocks(&world, "2027-02-28T12:00:00Z").await;
    for (happened, (_, first)) in happened.iter_mut().zip(&users) {
        happened[2] = Some(paid(&first["id"]));
    }
    deliver_happened(&world, &mut deliveries, &happened).await;

    move_clocks(&world, "2027-03-10T12:00:00Z").await;
    for (happened, (_, first)) in happened.iter_mut().zip(&users) {
        let path = format!("/sandbox/subscriptions/{}", text(&first["id"]));
        world.sandbox(&path, json!({ "status": "canceled" })).await;
        happened[3] = Some(("customer.subscription.deleted", json!({ "id": first["id"] })));
    }
    deliver_happened(&world, &mut deliveries, &happened).await;

    move_clocks(&world, "2027-03-15T12:00:00Z").await;
    for (happened, (user, first)) in happened.iter_mut().zip(&users) {
        let second = resubscribe(user, first, "essential").await;
        happened[4] = Some(("customer.subscription.created", json!({ "id": second })));
        happened[5] = Some(paid(&second));
        happened[6] = Some(("customer.subscription.updated", json!({ "id": second })));
    }
    deliver_happened(&world, &mut deliveries, &happened).await;
    assert!(deliveries.iter().all(|delivery| delivery.to_come.is_empty()));

    // The rest of the first plan is forfeited, the second plan's allowance is granted once, and the gift is unlocked.
    move_clocks(&world, "2027-03-16T12:00:00Z").await;
    for ((user, _), order) in users.iter().zip(&orders) {
        let mut balance = user.balance().await;
        balance["version"] = Value::Null;
        let expected = json!({
            "version": null,
            "as_of": "2027-03-16T12:00:00Z",
            "fast": { "available": 8500, "held": 0, "allowance": 8500, "resets_at": "2027-04-15T12:00:00Z" },
            "rollover": { "available": 0, "held": 0, "cap": 25_500 },
            "top_up": { "available": 100, "held": 0, "locked": 0, "locked_reason": null },
            "spendable": 8600,
            "total": 8600,
            "owed": 0,
            "next_spent_from": "fast",
            "spend_order": ["rollover", "fast", "top_up"],
            "used": { "tokens": 0, "since": "2027-03-15T12:00:00Z" },
            "can_buy": true,
        });
        assert_eq!(balance, expected, "after {order:?}");
    }
    each_of_two_paid_months_was_granted_or_is_owed(&world, &users, &orders).await;
}

/// A month is owed back if the service heard of it after the plan's end. No subscription counts as a second one.
async fn each_of_two_paid_months_was_granted_or_is_owed(
    world: &World,
    users: &[(User<'_>, Value)],
    orders: &[impl std::fmt::Debug],
) {
    let due = refunds_due(world).await;
    let ended = "the subscription ended before the tokens of the invoice could be granted";
    assert!(due.iter().all(|item| item["why"] == ended), "{due:?}");
    for ((user, _), order) in users.iter().zip(orders) {
        let account = user.account_id().await;
        let owed = due.iter().filter(|item| item["account_id"] == account.as_str()).count();
        let entries = user.get("/v1/activity?bucket=fast&limit=100").await.ok()["items"].clone();
        let granted = entries.as_array().unwrap().iter().filter(|entry| entry["amount"] == 25_000).count();
        assert_eq!(granted + owed, 2, "after {order:?}");
    }
}

/// What is listed for refund, on all pages.
async fn refunds_due(world: &World) -> Vec<Value> {
    let (mut due, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = world.platform(&format!("/v1/refunds-due?limit=100{cursor}")).await.ok();
        due.extend(page["items"].as_array().unwrap().iter().cloned());
        let Some(next) = page["next_cursor"].as_str() else { return due };
        cursor = format!("&cursor={next}");
    }
}
