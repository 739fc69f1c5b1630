//! Charged means granted or owed back, and whoever was charged is told so (row 8).

use crate::clocks::move_clocks;
use crate::support::{User, World, eventually, pay, send, session, text};
use serde_json::{Value, json};

async fn refunds_due(world: &World) -> Vec<Value> {
    world.platform("/v1/refunds-due").await.ok()["items"].as_array().unwrap().clone()
}

/// A purchase whose session charged more than its price: Stripe added costs of shipping.
async fn overcharged(ada: &User<'_>) -> Value {
    let purchase = ada.open("small", 1).await;
    ada.world.sandbox(&pay(&purchase), json!({ "shipping": 500 })).await;
    ada.until(&purchase, "refund_due").await
}

#[tokio::test]
async fn row_8_a_charge_that_does_not_fit_its_purchase_is_owed_back_until_stripe_shows_the_refund() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let mut events = ada.listen(None).await;
    let open = ada.open("small", 1).await;
    let id = session(&open);
    world.sandbox(&pay(&open), json!({ "shipping": 500 })).await;
    let is_due = |data: &Value| data["status"] == "refund_due";
    let (purchase, _) = events.until("purchase", is_due).await;
    assert_eq!(
        (&purchase["amount"], &purchase["subtotal"], &purchase["total"]),
        (&json!(900), &json!(900), &json!(1400))
    );
    assert_eq!(purchase["granted_tokens"], 0);
    assert_eq!(ada.balance().await["top_up"]["available"], 0);
    let [due] = &refunds_due(&world).await[..] else { panic!("one refund is due") };
    assert_eq!((&due["purchase_id"], &due["amount"]), (&purchase["id"], &json!(1400)));
    assert!(text(&due["why"]).contains("9.00 usd before discount and tax"), "{due}");

    let page = send(world.http.get(format!("{}/checkout/return?session_id={id}", world.origin))).await;
    let page = String::from_utf8(page.bytes).unwrap();
    for words in ["You were charged 14.00 USD", "Do not pay again", "help@example.com"] {
        assert!(page.contains(words), "{words} is not on {page}");
    }
    assert!(!page.contains("Nothing was charged"), "{page}");
    let cancel = ada.post(&format!("/v1/purchases/{}/cancel", text(&open["id"])), json!({})).await;
    cancel.refused(409, "already_paid", "paid already");

    let refund = format!("/sandbox/charges/{}/refund", ada.charge_of(&open).await);
    world.sandbox(&refund, json!({ "amount": 500 })).await;
    world.sandbox(&refund, json!({ "amount": 900 })).await;
    let refunded = ada.until(&open, "refunded").await;
    assert_eq!((&refunded["granted_tokens"], &refunded["unrecovered_tokens"]), (&json!(0), &json!(0)));
    let (drift, _) = crate::reconciler::reconcile(&world, true).await;
    assert_eq!(drift, Vec::<String>::new());
}

#[tokio::test]
async fn row_8_a_part_of_the_refund_leaves_the_rest_owed_and_one_that_fails_leaves_all_of_it() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let purchase = overcharged(&ada).await;
    let charge = ada.charge_of(&purchase).await;
    let refund = format!("/sandbox/charges/{charge}/refund");
    let made = world.sandbox(&refund, json!({})).await;
    ada.until(&purchase, "refunded").await;
    world.sandbox(&format!("/sandbox/refunds/{}/fail", text(&made["id"])), json!({})).await;
    ada.until(&purchase, "refund_due").await;
    // The buyer's bank takes it back: nothing more is owed while it has the money.
    world.sandbox(&format!("/sandbox/charges/{charge}/dispute"), json!({ "state": "opened" })).await;
    ada.until(&purchase, "disputed").await;
    assert_eq!(ada.balance().await["can_buy"], false);
    world.sandbox(&format!("/sandbox/charges/{charge}/dispute"), json!({ "state": "won" })).await;
    ada.until(&purchase, "refund_due").await;
    assert_eq!(refunds_due(&world).await.len(), 1);
}

#[tokio::test]
async fn an_invoice_that_is_paid_after_its_subscription_ended_is_listed_for_refund() {
    let world = World::with_test_clock().await;
    let start = "2026-11-01T12:00:00Z";
    move_clocks(&world, start).await;
    let ada = world.user("ada@example.com", "premium").await;
    let subscription = text(&world.stripe("/v1/subscriptions").await["data"][0]["id"]);
    let path = format!("/sandbox/subscriptions/{subscription}");
    world.sandbox(&path, json!({ "status": "past_due" })).await;
    let renewal = "2026-12-02T12:00:00Z";
    move_clocks(&world, renewal).await;
    world.sandbox(&path, json!({ "status": "canceled" })).await;
    let lapsed = async || ada.get("/v1/account").await.ok()["subscription"]["entitled"] == false;
    eventually("the end of the subscription", lapsed).await;
    assert_eq!(refunds_due(&world).await, Vec::<Value>::new());

    // The customer pays the open invoice on its page, a day later.
    world.sandbox_set("/sandbox/clock", json!({ "now": "2026-12-03T12:00:00Z" })).await;
    let open = world.stripe("/v1/invoices").await["data"][0].clone();
    assert_eq!(open["status"], "open");
    world.sandbox(&format!("/sandbox/invoices/{}/pay", text(&open["id"])), json!({})).await;
    eventually("the refund", async || refunds_due(&world).await.len() == 1).await;
    let due = &refunds_due(&world).await[0];
    assert_eq!((&due["payment"], &due["amount"]), (&open["id"], &json!(3000)));
    assert!(text(&due["why"]).contains("had ended before the invoice was paid"), "{due}");
    assert_eq!(ada.get("/v1/account").await.ok()["plan"]["id"], "free");
}

#[tokio::test]
async fn the_page_of_a_second_subscription_says_that_its_payment_is_refunded() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "free").await;
    let open = async |interval: &str| {
        let body = json!({ "plan_id": "premium", "interval": interval });
        ada.post("/v1/subscription/checkout", body).await.ok()
    };
    let (one, two) = (open("year").await, open("month").await);
    world.sandbox(&pay(&one), json!({})).await;
    eventually("the plan", async || ada.balance().await["spendable"] == 25_000).await;
    world.sandbox(&pay(&two), json!({})).await;
    eventually("the refund", async || refunds_due(&world).await.len() == 1).await;
    let page = async |checkout: &Value| {
        let id = session(checkout);
        let page = send(world.http.get(format!("{}/checkout/return?session_id={id}", world.origin))).await;
        String::from_utf8(page.bytes).unwrap()
    };
    assert!(page(&one).await.contains("Your plan is active"));
    let second = page(&two).await;
    assert!(
        second.contains("You get the whole amount back") && second.contains("help@example.com"),
        "{second}"
    );
    assert!(!second.contains("is active"), "{second}");
}

#[tokio::test]
async fn row_8_a_second_payment_for_one_purchase_is_owed_back_and_the_first_is_granted_once() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let (purchase, account) = (ada.buy("small", 1).await, ada.account_id().await);
    // Somebody made another session for the same purchase in Stripe's dashboard, with the same metadata and another amount.
    let own = world.stripe(&format!("/v1/checkout/sessions/{}", session_of(&world, &purchase).await)).await;
    let database = text(&own["metadata"]["tokenwell_database_id"]);
    let form = [
        ("mode", "payment"),
        ("success_url", "https://example.com/"),
        ("metadata[tokenwell_purchase_id]", purchase["id"].as_str().unwrap()),
        ("metadata[tokenwell_account_id]", account.as_str()),
        ("metadata[tokenwell_database_id]", database.as_str()),
        ("line_items[0][quantity]", "1"),
        ("line_items[0][price_data][currency]", "eur"),
        ("line_items[0][price_data][unit_amount]", "950"),
        ("line_items[0][price_data][product_data][name]", "Tokens, again"),
    ];
    let again = world.stripe_post("/v1/checkout/sessions", &form).await;
    world.sandbox(&format!("/sandbox/checkout/{}/pay", text(&again["id"])), json!({})).await;
    eventually("the refund", async || refunds_due(&world).await.len() == 1).await;
    let due = &refunds_due(&world).await[0];
    assert_eq!((&due["amount"], &due["currency"]), (&json!(950), &json!("eur")));
    assert!(text(&due["why"]).contains("another checkout"), "{due}");
    assert_eq!(ada.balance().await["top_up"]["available"], 5000);
    assert_eq!(ada.purchase(&purchase).await["status"], "paid");
    // The refund of the second payment takes nothing of the first.
    let charges = world.stripe("/v1/charges").await["data"].as_array().unwrap().clone();
    let charge = charges.iter().find(|charge| charge["amount"] == 950).unwrap();
    world.sandbox(&format!("/sandbox/charges/{}/refund", text(&charge["id"])), json!({})).await;
    world.all_events_worked_off().await;
    assert_eq!(ada.balance().await["top_up"]["available"], 5000);
}

/// The session of a purchase.
async fn session_of(world: &World, purchase: &Value) -> String {
    let sessions = world.stripe("/v1/checkout/sessions?limit=100").await["data"].as_array().unwrap().clone();
    let own = sessions.iter().find(|it| it["metadata"]["tokenwell_purchase_id"] == purchase["id"]);
    text(&own.unwrap()["id"])
}

#[tokio::test]
async fn row_8_a_payment_that_failed_after_days_was_no_charge_and_says_so() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let purchase = ada.open("small", 1).await;
    world.sandbox(&pay(&purchase), json!({ "method": "bank_debit" })).await;
    ada.until(&purchase, "processing").await;
    let url = format!("{}/checkout/return?session_id={}", world.origin, session(&purchase));
    let page = async || String::from_utf8(send(world.http.get(&url)).await.bytes).unwrap();
    assert!(!page().await.contains("Nothing was charged"), "the bank has not decided yet");
    world
        .sandbox(&format!("/sandbox/checkout/{}/settle", session(&purchase)), json!({ "outcome": "failed" }))
        .await;
    ada.until(&purchase, "failed").await;
    assert!(page().await.contains("othing was charged"), "{}", page().await);
    assert_eq!(refunds_due(&world).await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_plan_that_is_paid_by_bank_debit_brings_tokens_once_the_bank_has_paid_and_none_if_it_does_not() {
    for (outcome, tokens) in [("succeeded", 25_000), ("failed", 0)] {
        let world = World::start().await;
        let ada = world.user("ada@example.com", "free").await;
        let page = ada.post("/v1/subscription/checkout", json!({ "plan_id": "premium" })).await.ok();
        world.sandbox(&pay(&page), json!({ "method": "bank_debit" })).await;
        eventually("the subscription", async || ada.balance().await["can_buy"] == true).await;
        world.all_events_worked_off().await;
        assert_eq!(ada.balance().await["fast"]["available"], 0, "nothing is paid yet");
        let settle = format!("/sandbox/checkout/{}/settle", session(&page));
        world.sandbox(&settle, json!({ "outcome": outcome })).await;
        world.sandbox("/sandbox/webhooks/flush", json!({})).await;
        world.all_events_worked_off().await;
        assert_eq!(ada.balance().await["fast"]["available"], tokens, "{outcome}");
        assert_eq!(refunds_due(&world).await, Vec::<Value>::new());
        assert_eq!(world.set_aside().await, []);
    }
}
