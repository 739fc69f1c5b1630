//! What Stripe may say in the future: nothing of it is guessed, and all of it is logged, counted and listed.

use crate::stripe_in_between::Saying;
use crate::support::{WEBHOOK_SECRET, World, card, deliver, event, eventually, metric, pay, signature, text};
use serde_json::{Value, json};

async fn unclear(world: &World, what: &str) -> u64 {
    metric(world, &format!(r#"tokenwell_stripe_unknown_values_total{{what="{what}"}}"#)).await
}

/// What is listed for an operator, once something is.
async fn listed(world: &World) -> Value {
    let listed = async || world.platform("/v1/events-set-aside").await.ok()["items"][0].clone();
    eventually("the operator's list", async || !listed().await.is_null()).await;
    listed().await
}

#[tokio::test]
async fn a_subscription_of_an_unknown_status_is_not_entitled_until_its_status_is_known_and_nothing_is_lost() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    ada.buy("small", 1).await;
    let subscription = text(&world.stripe("/v1/subscriptions").await["data"][0]["id"]);
    let change = format!("/sandbox/subscriptions/{subscription}");
    world.sandbox(&change, json!({ "raw_status": "suspended" })).await;
    eventually("the lock", async || ada.balance().await["can_buy"] == false).await;
    let listed = listed(&world).await;
    let (id, why) = (text(&listed["id"]), text(&listed["why"]));
    assert!(why.contains("`suspended`, which this version does not know"), "{why}");
    assert!(unclear(&world, "subscription_status").await > 0);
    assert_eq!(ada.balance().await["top_up"]["locked"], 5000);

    world.sandbox(&change, json!({ "raw_status": "active" })).await;
    eventually("the plan again", async || ada.balance().await["can_buy"] == true).await;
    assert_eq!(ada.balance().await["top_up"]["locked"], 0);
    world.platform_post(&format!("/v1/events-set-aside/{id}/retry"), "retry", json!({})).await.ok();
    eventually("an empty list", async || world.set_aside().await.is_empty()).await;
}

#[tokio::test]
async fn a_purchase_whose_session_or_payment_has_an_unknown_status_stays_as_it_is_until_it_is_known() {
    let mut world = World::start().await;
    let saying = Saying::start(&mut world).await;
    let ada = world.user("ada@example.com", "premium").await;
    let of_session = |session: &mut Value| {
        if session["payment_status"] == "paid" {
            session["payment_status"] = "partially_paid".into();
        }
    };
    let of_payment = |session: &mut Value| {
        if session["payment_status"] == "paid" {
            session["payment_status"] = "unpaid".into();
            if session["payment_intent"].is_object() {
                session["payment_intent"]["status"] = "under_review".into();
            }
        }
    };
    let changes: [(fn(&mut Value), _, _); 2] =
        [(of_session, "open", "`complete, partially_paid`"), (of_payment, "processing", "under_review`")];
    for (number, (change, status, words)) in changes.into_iter().enumerate() {
        let before = unclear(&world, "session_status").await;
        saying.says("checkout.session", change);
        let purchase = ada.open("small", 1).await;
        world.sandbox(&pay(&purchase), card()).await;
        let listed = listed(&world).await;
        let (id, why) = (text(&listed["id"]), text(&listed["why"]));
        assert!(why.contains(words), "{why}");
        assert!(unclear(&world, "session_status").await > before);
        assert_eq!(ada.purchase(&purchase).await["status"], status);

        saying.nothing_else();
        world
            .platform_post(&format!("/v1/events-set-aside/{id}/retry"), &format!("retry-{number}"), json!({}))
            .await
            .ok();
        ada.until(&purchase, "paid").await;
        eventually("an empty list", async || world.set_aside().await.is_empty()).await;
        assert_eq!(ada.balance().await["top_up"]["available"], 5000 * (number + 1));
    }
}

#[tokio::test]
async fn an_event_about_an_unknown_kind_of_object_is_counted_and_listed() {
    let world = World::start().await;
    let object = json!({ "id": "tok_1", "object": "token_of_the_future" });
    let body = event("evt_future", "token.minted", &object);
    deliver(&world, &body, Some(&signature(&body, WEBHOOK_SECRET, 0))).await.ok();
    let listed = listed(&world).await;
    assert_eq!(listed["id"], "evt_future");
    assert!(text(&listed["why"]).contains("`token_of_the_future`"), "{listed}");
    assert!(unclear(&world, "event").await > 0);
}

#[tokio::test]
async fn row_12_what_a_missing_permission_stopped_is_made_up_for_once_the_key_has_it() {
    const KEY: &str = "rk_test_of_unknown_input";
    let options = crate::support::WorldOptions { stripe_key: Some(KEY), ..Default::default() };
    let world = World::with(options).await;
    let without = |name: &str| crate::check::documented_permissions_without(name);
    let grant = async |permissions: Vec<String>| {
        world.sandbox_set("/sandbox/keys", json!({ "key": KEY, "permissions": permissions })).await;
    };
    grant(without("")).await;
    let ada = world.user("ada@example.com", "free").await;
    grant(without("rak_invoice_write")).await;
    let page = ada.post("/v1/subscription/checkout", json!({ "plan_id": "premium" })).await.ok();
    world.sandbox(&pay(&page), json!({})).await;
    let counted = r#"tokenwell_stripe_forbidden_total{permission="rak_invoice_read"}"#;
    eventually("the refusal", async || metric(&world, counted).await > 0).await;
    assert_eq!(ada.balance().await["fast"]["available"], 150);
    grant(without("")).await;
    eventually("the plan", async || ada.balance().await["fast"]["available"] == 25_000).await;
    assert_eq!(world.set_aside().await, []);
}
