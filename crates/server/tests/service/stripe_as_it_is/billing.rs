//! Ways of billing that an operator can choose at Stripe: tiers, usage, trials, paused collection, credit notes, and invoices that
//! are given up. The money that was paid decides about tokens, and the status of the subscription about the rest (rules 11, 12).

use crate::clocks::{live_until, settled};
use crate::stripe_in_between::Saying;
use crate::support::{
    User, WEBHOOK_SECRET, World, WorldOptions, card, deliver, event, eventually, pay, signature, text,
};
use serde_json::{Value, json};

const START: &str = "2026-06-01T12:00:00Z";
const RENEWAL: &str = "2026-07-01T12:00:00Z";

async fn with_test_clock() -> (World, Saying) {
    let mut world = World::with(WorldOptions { test_clock: true, ..WorldOptions::default() }).await;
    let saying = Saying::start(&mut world).await;
    live_until(&world, START).await;
    (world, saying)
}

async fn premium(world: &World) -> (User<'_>, String) {
    let ada = world.user("ada@example.com", "premium").await;
    eventually("the plan's tokens", async || ada.balance().await["fast"]["available"] == 25_000).await;
    let subscription = text(&world.stripe("/v1/subscriptions").await["data"][0]["id"]);
    (ada, format!("/sandbox/subscriptions/{subscription}"))
}

async fn buckets(ada: &User<'_>) -> [u64; 3] {
    let balance = ada.balance().await;
    ["rollover", "fast", "top_up"].map(|bucket| balance[bucket]["available"].as_u64().unwrap())
}

async fn spend(ada: &User<'_>, amount: u64) {
    let path = format!("/v1/accounts/{}/spends", ada.account_id().await);
    let body = json!({ "amount": amount, "reason": "An image" });
    ada.world.platform_post(&path, "a spend", body).await.ok();
}

async fn refunds_due(world: &World) -> Value {
    world.platform("/v1/refunds-due").await.ok()["items"].clone()
}

/// Tells of an object that the sandbox does not have.
async fn tell(world: &World, kind: &str, object: &Value) {
    let body = event(&format!("evt_{kind}"), kind, object);
    deliver(world, &body, Some(&signature(&body, WEBHOOK_SECRET, 0))).await.ok();
    settled(world).await;
}

#[tokio::test]
async fn a_plan_whose_price_is_not_an_amount_times_a_quantity_is_not_sold_and_what_was_sold_is_owed_back() {
    let tiers: fn(&mut Value) = |price| price["billing_scheme"] = "tiered".into();
    let packages: fn(&mut Value) =
        |price| price["transform_quantity"] = json!({ "divide_by": 10, "round": "up" });
    let usage: fn(&mut Value) = |price| price["recurring"]["usage_type"] = "metered".into();
    for (how, change) in [("in tiers", tiers), ("for several at once", packages), ("by usage", usage)] {
        let mut world = World::start().await;
        let saying = Saying::start(&mut world).await;
        let ada = world.user("ada@example.com", "free").await;
        saying.says("price", move |price| {
            if price["recurring"].is_object() {
                change(price);
            }
        });
        let body = json!({ "plan_id": "premium" });
        let refused = ada.post("/v1/subscription/checkout", body).await;
        refused.refused(502, "payment_provider_unavailable", "set up its price");
        let account = ada.account_id().await;
        let form = [
            ("mode", "subscription"),
            ("success_url", "https://example.com/"),
            ("subscription_data[metadata][tokenwell_account_id]", account.as_str()),
            ("line_items[0][quantity]", "10"),
            ("line_items[0][price]", "price_tokenwell_premium_month"),
        ];
        let session = world.stripe_post("/v1/checkout/sessions", &form).await;
        world.sandbox(&format!("/sandbox/checkout/{}/pay", text(&session["id"])), card()).await;
        eventually(how, async || refunds_due(&world).await[0]["amount"] == 30_000).await;
        let listed = world.set_aside().await;
        assert!(listed.iter().any(|(_, why)| why.contains(&format!("bills {how}"))), "{listed:?}");
        assert_eq!(ada.balance().await["spendable"], 150);
    }
}

#[tokio::test]
async fn a_trial_brings_the_plan_and_its_first_paid_month_renews_it() {
    let (world, saying) = with_test_clock().await;
    let end: jiff::Timestamp = RENEWAL.parse().unwrap();
    saying.says("subscription", move |subscription| {
        subscription["status"] = "trialing".into();
        subscription["trial_end"] = end.as_second().into();
    });
    saying.says("invoice", |invoice| invoice["amount_paid"] = 0.into());
    saying.says("line_item", |line| line["amount"] = 0.into());
    let (ada, path) = premium(&world).await;
    let shown = async || ada.get("/v1/account").await.ok()["subscription"].clone();
    assert_eq!((&shown().await["status"], &shown().await["entitled"]), (&json!("trialing"), &json!(true)));
    assert_eq!(ada.balance().await["can_buy"], true);
    ada.buy("small", 1).await;
    // A change in the trial brings no tokens.
    let change = json!({ "plan": "ultimate", "proration_behavior": "always_invoice", "billing_cycle_anchor": "unchanged" });
    world.sandbox(&path, change).await;
    settled(&world).await;
    assert_eq!(buckets(&ada).await, [0, 25_000, 5_000]);
    saying.nothing_else();
    saying.says("subscription", move |subscription| subscription["trial_end"] = end.as_second().into());
    live_until(&world, RENEWAL).await;
    assert_eq!(shown().await["status"], "active");
    assert_eq!(buckets(&ada).await, [25_000, 60_000, 5_000]);
    assert_eq!(world.set_aside().await, []);
}

#[tokio::test]
async fn while_the_collection_of_a_plan_is_paused_it_entitles_and_does_not_renew() {
    let (world, saying) = with_test_clock().await;
    let (ada, _) = premium(&world).await;
    spend(&ada, 5_000).await;
    saying.says("subscription", |subscription| {
        subscription["pause_collection"] = json!({ "behavior": "void", "resumes_at": null });
    });
    // The invoice of July is voided, so it is not among the paid ones.
    let july: jiff::Timestamp = RENEWAL.parse().unwrap();
    saying
        .hides("invoice", move |invoice| invoice["lines"]["data"][0]["period"]["start"] == july.as_second());
    live_until(&world, "2026-07-20T12:00:00Z").await;
    assert_eq!(buckets(&ada).await, [0, 20_000, 0]);
    let account = ada.get("/v1/account").await.ok();
    assert_eq!(account["subscription"]["entitled"], true);
    ada.buy("small", 1).await;
    live_until(&world, "2026-08-01T12:00:00Z").await;
    assert_eq!(buckets(&ada).await, [20_000, 25_000, 5_000], "the month that is paid again renews");
    assert_eq!(world.set_aside().await, []);
}

#[tokio::test]
async fn a_credit_note_before_or_after_the_payment_takes_no_tokens() {
    let (world, saying) = with_test_clock().await;
    // Before the payment, it lowers what is charged.
    saying.says("invoice", |invoice| {
        invoice["pre_payment_credit_notes_amount"] = 2_900.into();
        invoice["amount_paid"] = 100.into();
    });
    let (ada, _) = premium(&world).await;
    let invoice = world.stripe("/v1/invoices").await["data"][0].clone();
    let note =
        json!({ "id": "cn_1", "object": "credit_note", "invoice": invoice["id"], "type": "post_payment" });
    tell(&world, "credit_note.created", &note).await;
    saying.says("invoice", |invoice| invoice["post_payment_credit_notes_amount"] = 100.into());
    tell(&world, "invoice.updated", &json!({ "id": invoice["id"], "object": "invoice" })).await;
    tell(&world, "credit_note.voided", &note).await;
    assert_eq!(buckets(&ada).await, [0, 25_000, 0]);
    assert_eq!((world.set_aside().await, refunds_due(&world).await), (vec![], json!([])));
}

#[tokio::test]
async fn an_invoice_that_was_given_up_brings_its_tokens_if_it_is_paid_all_the_same() {
    let (world, _) = with_test_clock().await;
    let (ada, path) = premium(&world).await;
    world.sandbox(&path, json!({ "status": "past_due" })).await;
    live_until(&world, RENEWAL).await;
    let open = world.stripe("/v1/invoices?status=open").await["data"][0].clone();
    let invoice = format!("/v1/invoices/{}", text(&open["id"]));
    let given_up = world.stripe_post(&format!("{invoice}/mark_uncollectible"), &[]).await;
    assert_eq!(given_up["status"], "uncollectible");
    live_until(&world, "2026-07-10T12:00:00Z").await;
    assert_eq!(buckets(&ada).await, [0, 25_000, 0]);
    world.stripe_post(&format!("{invoice}/pay"), &[]).await;
    eventually("the month", async || buckets(&ada).await == [25_000, 25_000, 0]).await;

    // One that is voided never brings any.
    world.sandbox(&path, json!({ "status": "past_due" })).await;
    live_until(&world, "2026-08-01T12:00:00Z").await;
    let open = world.stripe("/v1/invoices?status=open").await["data"][0].clone();
    world.stripe_post(&format!("/v1/invoices/{}/void", text(&open["id"])), &[]).await;
    settled(&world).await;
    assert_eq!(buckets(&ada).await, [25_000, 25_000, 0]);
    assert_eq!((world.set_aside().await, refunds_due(&world).await), (vec![], json!([])));
}

#[tokio::test]
async fn an_invoice_that_is_paid_while_its_plan_does_not_entitle_waits_and_is_owed_back_if_the_plan_ends() {
    for comes_back in [true, false] {
        let (world, _) = with_test_clock().await;
        let (ada, path) = premium(&world).await;
        world.sandbox(&path, json!({ "status": "past_due" })).await;
        live_until(&world, RENEWAL).await;
        world.sandbox(&path, json!({ "raw_status": "paused" })).await;
        settled(&world).await;
        let open = world.stripe("/v1/invoices?status=open").await["data"][0].clone();
        let paid = world.stripe_post(&format!("/v1/invoices/{}/pay", text(&open["id"])), &[]).await;
        assert_eq!(paid["status"], "paid");
        settled(&world).await;
        assert_eq!(ada.balance().await["can_buy"], false);
        assert_eq!(refunds_due(&world).await, json!([]), "it may still come back");
        if comes_back {
            world.sandbox(&path, json!({ "raw_status": "active" })).await;
            settled(&world).await;
            assert_eq!(buckets(&ada).await, [0, 25_000, 0]);
        }
        world.sandbox(&path, json!({ "status": "canceled" })).await;
        settled(&world).await;
        let due = refunds_due(&world).await;
        if comes_back {
            assert_eq!(due, json!([]), "the month was granted");
        } else {
            assert_eq!((due.as_array().unwrap().len(), &due[0]["payment"]), (1, &open["id"]), "{due}");
            assert!(
                text(&due[0]["why"]).contains("before the tokens of the invoice could be granted"),
                "{due}"
            );
        }
    }
}

#[tokio::test]
async fn a_plan_that_comes_back_beside_a_newer_one_is_cancelled_and_what_it_brought_is_not_owed_back() {
    let world = World::start().await;
    let (ada, path) = premium(&world).await;
    world.sandbox(&path, json!({ "status": "unpaid" })).await;
    eventually("the lapse", async || ada.balance().await["can_buy"] == false).await;
    let page = ada.post("/v1/subscription/checkout", json!({ "plan_id": "essential" })).await.ok();
    world.sandbox(&pay(&page), card()).await;
    eventually("the new plan", async || ada.balance().await["fast"]["available"] == 8_500).await;
    world.sandbox(&path, json!({ "status": "active" })).await;
    let live =
        async || world.stripe("/v1/subscriptions?status=active").await["data"].as_array().unwrap().len();
    eventually("one plan", async || live().await == 1).await;
    settled(&world).await;
    assert_eq!(ada.get("/v1/account").await.ok()["plan"]["id"], "essential");
    assert_eq!(refunds_due(&world).await, json!([]));
}

#[tokio::test]
async fn what_stripes_test_clock_dates_ahead_waits_for_the_services_clock_and_nothing_is_lost() {
    let (world, saying) = with_test_clock().await;
    for kind in ["customer", "subscription", "invoice"] {
        saying.says(kind, |object| object["test_clock"] = "clock_1".into());
    }
    let (ada, path) = premium(&world).await;
    // Stripe's clock runs ahead by two renewals, a purchase and a cancellation.
    world.sandbox_set("/sandbox/clock", json!({ "now": "2026-08-05T12:00:00Z" })).await;
    let bought = ada.buy("small", 1).await;
    world.sandbox(&path, json!({ "status": "canceled" })).await;
    settled(&world).await;
    assert_eq!(buckets(&ada).await, [0, 25_000, 5_000]);
    assert_eq!(ada.purchase(&bought).await["remaining_tokens"], 5_000);
    world.set_clock("2026-08-01T12:00:00Z").await;
    assert_eq!(buckets(&ada).await, [50_000, 25_000, 5_000]);
    world.set_clock("2026-08-05T12:00:00Z").await;
    let balance = ada.balance().await;
    assert_eq!((&balance["spendable"], &balance["top_up"]["locked"]), (&json!(150), &json!(5_000)));
    assert_eq!((world.set_aside().await, refunds_due(&world).await), (vec![], json!([])));
}
