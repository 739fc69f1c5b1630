//! Plans: purchase, renewal, upgrade, lapse, resubscription.

use crate::clocks::move_clocks;
use crate::support::{World, card, eventually, pay, text};
use serde_json::{Value, json};

async fn first_subscription(world: &World) -> String {
    text(&world.stripe("/v1/subscriptions?status=all").await["data"][0]["id"])
}

#[tokio::test]
async fn a_plan_paid_on_the_hosted_page_grants_its_tokens() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "free").await;
    let body = json!({ "plan_id": "premium", "interval": "year" });
    let page = ada.post("/v1/subscription/checkout", body.clone()).await.ok();
    assert!(text(&page["url"]).starts_with(&world.sandbox.origin()));
    let mut events = ada.listen(None).await;
    world.sandbox(&pay(&page), card()).await;
    events.until("balance", |balance| balance["spendable"] == 25_000 && balance["can_buy"] == true).await;
    let account = ada.get("/v1/account").await.ok();
    assert_eq!(
        (&account["plan"]["id"], &account["plan"]["rollover_cap"]),
        (&json!("premium"), &json!(75_000))
    );
    assert_eq!(
        (&account["subscription"]["status"], &account["subscription"]["entitled"]),
        (&json!("active"), &json!(true))
    );
    let day = |field: &str| -> jiff::Timestamp { text(&account["subscription"][field]).parse().unwrap() };
    let days = day("paid_until").duration_since(day("renews_at")).as_hours() / 24;
    assert!((330..=337).contains(&days), "billed yearly, it renews monthly: {days} days between");
    ada.post("/v1/subscription/checkout", body).await.refused(409, "already_subscribed", "portal");
    let portal = ada.post("/v1/subscription/portal", json!({})).await.ok();
    assert!(text(&portal["url"]).contains("/p/session/"));
}

#[tokio::test]
async fn the_open_checkout_of_a_plan_is_given_again_until_it_is_no_longer_open() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "free").await;
    let checkout = async |plan: &str, interval: &str| {
        let body = json!({ "plan_id": plan, "interval": interval });
        text(&ada.post("/v1/subscription/checkout", body).await.ok()["url"])
    };
    let first = checkout("premium", "month").await;
    for _ in 0..5 {
        assert_eq!(checkout("premium", "month").await, first);
    }
    let others = [checkout("premium", "year").await, checkout("essential", "month").await];
    assert!(others[0] != others[1] && !others.contains(&first));
    assert_eq!(world.count("SELECT count(*) FROM checkouts").await, 3);
    let session = crate::support::session(&json!({ "url": first }));
    world.stripe_post(&format!("/v1/checkout/sessions/{session}/expire"), &[]).await;
    assert_ne!(checkout("premium", "month").await, first, "the old one has expired");
}

#[tokio::test]
async fn plans_that_are_not_on_sale_are_refused() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "free").await;
    for plan in ["free", "platinum", ""] {
        let response = ada.post("/v1/subscription/checkout", json!({ "plan_id": plan })).await;
        response.refused(422, "unknown_plan", "GET /v1/plans");
    }
    let unknown_interval = json!({ "plan_id": "premium", "interval": "week" });
    ada.post("/v1/subscription/checkout", unknown_interval).await.refused(422, "invalid_body", "week");
    let portal = ada.post("/v1/subscription/portal", json!({})).await;
    portal.refused(409, "no_subscription", "choose one");
}

#[tokio::test]
async fn a_lapse_locks_top_up_tokens_and_resubscribing_unlocks_them() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    ada.buy("small", 1).await;
    let subscription = first_subscription(&world).await;
    world.sandbox(&format!("/sandbox/subscriptions/{subscription}"), json!({ "status": "canceled" })).await;
    eventually("the lapse", async || ada.balance().await["can_buy"] == false).await;
    let balance = ada.balance().await;
    assert_eq!(
        (&balance["top_up"]["locked"], &balance["top_up"]["locked_reason"]),
        (&json!(5000), &json!("not_entitled"))
    );
    // The free daily allowance was granted today and forfeited for the plan. It is granted once a day (rule 8).
    assert_eq!((&balance["spendable"], &balance["total"]), (&json!(0), &json!(5000)));
    let refused =
        ada.request_purchase("small", 1, "k").await.refused(403, "subscription_required", "Resubscribe");
    assert_eq!(refused["remedy"], "resubscribe");
    let account = ada.get("/v1/account").await.ok();
    assert_eq!(
        (&account["plan"]["id"], &account["subscription"]["plan_id"]),
        (&json!("free"), &json!("premium"))
    );

    let page = ada.post("/v1/subscription/checkout", json!({ "plan_id": "essential" })).await.ok();
    world.sandbox(&pay(&page), card()).await;
    eventually("the new plan", async || ada.balance().await["spendable"] == 8500 + 5000).await;
}

#[tokio::test]
async fn a_renewal_moves_the_unspent_tokens_to_rollover() {
    let world = World::with_test_clock().await;
    let ada = world.user("ada@example.com", "essential").await;
    let spends = format!("/v1/accounts/{}/spends", ada.account_id().await);
    world.platform_post(&spends, "one", json!({ "amount": 500, "reason": "A little" })).await.ok();
    let renews_at = text(&ada.balance().await["fast"]["resets_at"]);
    move_clocks(&world, &renews_at).await;
    eventually("the renewal", async || ada.balance().await["rollover"]["available"] == 8000).await;
    assert_eq!(ada.balance().await["fast"]["available"], 8500);
}

#[tokio::test]
async fn a_cancellation_in_the_portal_which_sets_the_date_alone_ends_the_plan_and_can_be_taken_back() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "essential").await;
    let subscription = format!("/sandbox/subscriptions/{}", first_subscription(&world).await);
    for ends in [true, false] {
        let change = json!({ "cancel_at_period_end": ends, "in_portal": true });
        let changed = world.sandbox(&subscription, change).await;
        assert_eq!(
            (changed["cancel_at"].is_number(), &changed["cancel_at_period_end"]),
            (ends, &json!(false))
        );
        let shown =
            async || ada.get("/v1/account").await.ok()["subscription"]["cancel_at_period_end"] == ends;
        eventually("the app to show whether it ends", shown).await;
    }
}

#[tokio::test]
async fn an_upgrade_takes_effect_when_it_is_paid() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "essential").await;
    let subscription = first_subscription(&world).await;
    world.sandbox(&format!("/sandbox/subscriptions/{subscription}"), json!({ "plan": "ultimate" })).await;
    eventually("the upgrade", async || ada.balance().await["fast"]["allowance"] == 60_000).await;
    let balance = ada.balance().await;
    assert_eq!(balance["fast"]["available"], 60_000);
    // The credit for the rest of the essential month, which is nearly all of it, took its tokens back.
    assert!(balance["rollover"]["available"].as_u64().unwrap() < 100, "{balance}");
    assert_eq!(balance["owed"], 0);
}

#[tokio::test]
async fn a_second_subscription_of_a_subscribed_account_is_cancelled_and_listed_for_refund() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "free").await;
    // Two checkouts are open at the same time, because the user wavers between the intervals, and both are paid.
    let open = async |interval: &str| {
        let body = json!({ "plan_id": "premium", "interval": interval });
        ada.post("/v1/subscription/checkout", body).await.ok()
    };
    let (one, two) = (open("year").await, open("month").await);
    world.sandbox(&pay(&one), card()).await;
    eventually("the first subscription", async || ada.balance().await["spendable"] == 25_000).await;
    world.sandbox(&pay(&two), card()).await;
    let due = async || world.platform("/v1/refunds-due").await.ok()["items"].clone();
    eventually("the second payment to be listed", async || due().await != json!([])).await;
    let listed = due().await;
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["amount"]), (1, &json!(3000)));
    assert!(text(&listed[0]["why"]).contains("second subscription"));
    let all = async || world.stripe("/v1/subscriptions?status=all").await["data"].clone();
    let statuses = async || {
        let mut all: Vec<Value> = all()
            .await
            .as_array()
            .unwrap()
            .iter()
            .map(|subscription| subscription["status"].clone())
            .collect();
        all.sort_by_key(ToString::to_string);
        all
    };
    eventually("the second subscription to be cancelled", async || {
        statuses().await == [json!("active"), json!("canceled")]
    })
    .await;
    assert_eq!(ada.balance().await["spendable"], 25_000);
}

#[tokio::test]
async fn a_dispute_of_the_plans_invoice_blocks_purchases_until_it_is_won_and_a_refund_takes_no_tokens() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let charge = text(&world.stripe("/v1/charges").await["data"][0]["id"]);
    world.sandbox(&format!("/sandbox/charges/{charge}/refund"), json!({ "amount": 1000 })).await;
    world.sandbox(&format!("/sandbox/charges/{charge}/dispute"), json!({ "state": "opened" })).await;
    eventually("the dispute", async || ada.balance().await["can_buy"] == false).await;
    ada.request_purchase("small", 1, "meanwhile").await.refused(403, "dispute_open", "once it is closed");
    let balance = ada.balance().await;
    assert_eq!((&balance["spendable"], &balance["top_up"]["locked"]), (&json!(25_000), &json!(0)));
    assert_eq!(ada.get("/v1/purchases").await.ok()["items"], json!([]));
    world.sandbox(&format!("/sandbox/charges/{charge}/dispute"), json!({ "state": "won" })).await;
    eventually("the end of the dispute", async || ada.balance().await["can_buy"] == true).await;
    assert_eq!(ada.balance().await["spendable"], 25_000);
    assert_eq!(world.platform("/v1/events-set-aside").await.ok()["items"], json!([]));
}

#[tokio::test]
async fn a_subscription_of_an_unknown_account_is_listed_for_refund_and_not_cancelled() {
    let world = World::start().await;
    let form = [
        ("mode", "subscription"),
        ("success_url", "https://example.com/"),
        ("subscription_data[metadata][tokenwell_account_id]", "of-another-database"),
        ("line_items[0][quantity]", "1"),
        ("line_items[0][price]", "price_tokenwell_premium_month"),
    ];
    let url = format!("{}/v1/checkout/sessions", world.sandbox.origin());
    let session =
        crate::support::send(world.http.post(url).bearer_auth(crate::support::STRIPE_KEY).form(&form))
            .await
            .ok();
    world.sandbox(&format!("/sandbox/checkout/{}/pay", text(&session["id"])), card()).await;
    let due = async || world.platform("/v1/refunds-due").await.ok()["items"].clone();
    eventually("the payment to be listed", async || due().await != json!([])).await;
    assert!(text(&due().await[0]["why"]).contains("not known here"));
    let subscription = first_subscription(&world).await;
    assert_eq!(world.stripe(&format!("/v1/subscriptions/{subscription}")).await["status"], "active");
}
