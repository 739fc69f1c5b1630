//! Rows 4, 5 and 17: customers that are gone, that Stripe does not take as they are, and that are deleted with the account.

use crate::support::{User, World, card, eventually, pay, send, text};
use serde_json::{Value, json};

/// The customers at Stripe that are not deleted, newest first.
async fn customers(world: &World) -> Vec<Value> {
    world.stripe("/v1/customers").await["data"].as_array().unwrap().clone()
}

async fn delete_at_stripe(world: &World, customer: &str) {
    let request = world.http.delete(format!("{}/v1/customers/{customer}", world.sandbox.origin()));
    send(request.bearer_auth(crate::support::STRIPE_KEY)).await.ok();
}

async fn delete_account(user: &User<'_>) {
    let deleted = user.request("DELETE", "/v1/account").json(&json!({ "confirm": "DELETE" }));
    assert_eq!(send(deleted).await.status, 204);
}

/// Makes the sandbox deliver no further event, after everything so far was followed up.
async fn lose_events(world: &World) {
    world.sandbox("/sandbox/webhooks/flush", json!({})).await;
    world.all_events_worked_off().await;
    world.sandbox_set("/sandbox/webhooks", json!({ "drop": 100_000 })).await;
}

/// Buys a plan without this service. Returns the subscription's id.
async fn sell_plan(world: &World, customer: &str, account: &str) -> String {
    let form = [
        ("mode", "subscription"),
        ("customer", customer),
        ("success_url", "https://example.com/"),
        ("subscription_data[metadata][tokenwell_account_id]", account),
        ("line_items[0][quantity]", "1"),
        ("line_items[0][price]", "price_tokenwell_premium_month"),
    ];
    let session = world.stripe_post("/v1/checkout/sessions", &form).await;
    let paid = world.sandbox(&format!("/sandbox/checkout/{}/pay", text(&session["id"])), card()).await;
    text(&paid["subscription"])
}

#[tokio::test]
async fn row_4_after_a_customer_was_deleted_at_stripe_its_plan_ends_and_the_account_can_buy_again() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let gone = text(&customers(&world).await[0]["id"]);
    delete_at_stripe(&world, &gone).await;
    eventually("the end of the plan", async || ada.balance().await["can_buy"] == false).await;
    ada.post("/v1/subscription/portal", json!({})).await.refused(409, "no_subscription", "choose one");

    let page = ada.post("/v1/subscription/checkout", json!({ "plan_id": "essential" })).await.ok();
    world.sandbox(&pay(&page), card()).await;
    eventually("the new plan", async || ada.balance().await["can_buy"] == true).await;
    ada.buy("small", 1).await;
    assert_eq!(ada.balance().await["top_up"]["available"], 5000);
    let left = customers(&world).await;
    assert_eq!(left.len(), 1, "one new customer was made: {left:?}");
    assert_ne!(left[0]["id"], gone);
    ada.post("/v1/subscription/portal", json!({})).await.ok();
    assert_eq!(world.set_aside().await, []);
}

#[tokio::test]
async fn row_4_a_purchase_finds_the_customer_gone_and_makes_a_new_one_once() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let gone = text(&customers(&world).await[0]["id"]);
    lose_events(&world).await;
    delete_at_stripe(&world, &gone).await;
    let first = ada.request_purchase("small", 1, "one").await.ok();
    assert_eq!(ada.request_purchase("small", 1, "one").await.ok(), first);
    ada.request_purchase("small", 1, "two").await.ok();
    let left = customers(&world).await;
    assert_eq!(left.len(), 1, "{left:?}");
    // The new customer is deleted as well.
    delete_at_stripe(&world, &text(&left[0]["id"])).await;
    let third = ada.request_purchase("small", 1, "three").await.ok();
    assert_eq!(customers(&world).await.len(), 1);
    world.sandbox_set("/sandbox/webhooks", json!({})).await;
    world.sandbox(&pay(&third), card()).await;
    ada.until(&third, "paid").await;
}

#[tokio::test]
async fn row_4_late_events_of_a_deleted_customers_subscription_find_the_account() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let gone = text(&customers(&world).await[0]["id"]);
    let subscription = text(&world.stripe("/v1/subscriptions").await["data"][0]["id"]);
    lose_events(&world).await;
    delete_at_stripe(&world, &gone).await;
    // The service learns that the customer is gone before it learns that the subscription has ended.
    ada.open("small", 1).await;
    world.sandbox_set("/sandbox/webhooks", json!({})).await;
    assert_eq!(ada.balance().await["can_buy"], true);
    let event =
        crate::support::event("evt_late", "customer.subscription.deleted", &json!({ "id": subscription }));
    let signature = crate::support::signature(&event, crate::support::WEBHOOK_SECRET, 0);
    assert_eq!(crate::support::deliver(&world, &event, Some(&signature)).await.status, 200);
    eventually("the end of the plan", async || ada.balance().await["can_buy"] == false).await;
}

#[tokio::test]
async fn row_5_a_customer_is_made_without_the_address_that_stripe_refuses() {
    let world = World::start().await;
    let ada = world.user("ada@localhost", "premium").await;
    assert_eq!(ada.balance().await["fast"]["available"], 25_000);
    ada.buy("small", 1).await;
    let made = customers(&world).await;
    assert_eq!((made.len(), &made[0]["email"]), (1, &Value::Null));
    assert_eq!(made[0]["metadata"]["tokenwell_account_id"], ada.account_id().await);
}

#[tokio::test]
async fn row_17_a_deleted_account_has_its_customer_deleted_once_nothing_is_left_to_be_paid() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let customer = text(&customers(&world).await[0]["id"]);
    // A payment that takes days, and a subscription that somebody else sold to the customer.
    let debited = ada.open("small", 1).await;
    world.sandbox(&pay(&debited), json!({ "method": "bank_debit" })).await;
    ada.until(&debited, "processing").await;
    let product = world.stripe_post("/v1/products", &[("name", "Something else")]).await;
    let price = [
        ("product", product["id"].as_str().unwrap()),
        ("currency", "usd"),
        ("unit_amount", "700"),
        ("recurring[interval]", "month"),
    ];
    let price = world.stripe_post("/v1/prices", &price).await;
    let form = [
        ("mode", "subscription"),
        ("customer", customer.as_str()),
        ("success_url", "https://example.com/"),
        ("line_items[0][quantity]", "1"),
        ("line_items[0][price]", price["id"].as_str().unwrap()),
    ];
    let session = world.stripe_post("/v1/checkout/sessions", &form).await;
    let paid = world.sandbox(&format!("/sandbox/checkout/{}/pay", text(&session["id"])), card()).await;
    let other = text(&paid["subscription"]);

    delete_account(&ada).await;
    let waits = async |what: &str| {
        let sql = format!(
            "SELECT count(*) FROM chores WHERE kind = 'delete_customer' AND last_error = 'it waits for {what}'"
        );
        world.count(&sql).await == 1
    };
    let cancelled = async || {
        let live = world.stripe("/v1/subscriptions").await["data"].as_array().unwrap().len();
        live == 1
    };
    eventually("the plan to be cancelled", cancelled).await;
    eventually("the chore to wait", async || waits("a subscription").await).await;
    assert_eq!(customers(&world).await.len(), 1, "the other subscription goes on");
    world.sandbox(&format!("/sandbox/subscriptions/{other}"), json!({ "status": "canceled" })).await;
    eventually("the chore to wait", async || waits("a pending payment").await).await;
    assert_eq!(customers(&world).await.len(), 1);
    let settle = format!("/sandbox/checkout/{}/settle", crate::support::session(&debited));
    world.sandbox(&settle, json!({ "outcome": "failed" })).await;
    eventually("the customer to be deleted", async || customers(&world).await.is_empty()).await;
    let left = world.stripe(&format!("/v1/customers/{customer}")).await;
    assert_eq!(left, json!({ "id": customer, "object": "customer", "deleted": true }));
    eventually("no chore to be left", async || world.count("SELECT count(*) FROM chores").await == 0).await;
    assert_eq!(world.set_aside().await, []);
}

#[tokio::test]
async fn row_17_what_a_deleted_account_still_owes_for_its_plan_is_voided_so_that_its_customer_can_go() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "free").await;
    let order = json!({ "plan_id": "premium", "interval": "month" });
    let checkout = ada.post("/v1/subscription/checkout", order).await.ok();
    let session = text(&checkout["url"]).rsplit('/').next().unwrap().to_owned();
    world.sandbox(&format!("/sandbox/checkout/{session}/pay"), json!({ "method": "bank_debit" })).await;
    delete_account(&ada).await;
    let settle = format!("/sandbox/checkout/{session}/settle");
    world.sandbox(&settle, json!({ "outcome": "failed" })).await;
    eventually("the customer to be deleted", async || customers(&world).await.is_empty()).await;
    let invoices = world.stripe("/v1/invoices").await;
    let statuses: Vec<&Value> =
        invoices["data"].as_array().unwrap().iter().map(|invoice| &invoice["status"]).collect();
    assert_eq!(statuses, ["void"]);
    eventually("no chore to be left", async || world.count("SELECT count(*) FROM chores").await == 0).await;
    assert_eq!(world.set_aside().await, []);
}

#[tokio::test]
async fn row_17_a_customer_that_the_platform_brought_keeps_everything_but_our_metadata() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "free").await;
    let account = ada.account_id().await;
    let form = [
        ("email", "ada@example.com"),
        ("metadata[user_id]", "42"),
        ("metadata[tokenwell_account_id]", account.as_str()),
    ];
    let brought = world.stripe_post("/v1/customers", &form).await;
    sell_plan(&world, brought["id"].as_str().unwrap(), &account).await;
    eventually("the plan", async || ada.balance().await["can_buy"] == true).await;
    ada.post("/v1/subscription/portal", json!({})).await.ok();
    ada.buy("small", 1).await;
    assert_eq!(customers(&world).await.len(), 1, "the customer who is there buys");
    delete_account(&ada).await;
    let metadata = async || customers(&world).await[0]["metadata"].clone();
    eventually("our metadata to be gone", async || metadata().await == json!({ "user_id": "42" })).await;
    assert_eq!(customers(&world).await[0]["email"], "ada@example.com");
}

#[tokio::test]
async fn row_4_purchases_at_once_that_find_the_customer_gone_share_one_new_customer() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let gone = text(&customers(&world).await[0]["id"]);
    lose_events(&world).await;
    delete_at_stripe(&world, &gone).await;
    let buy = async |key: &str| ada.request_purchase("small", 1, key).await.ok();
    let (one, two, three, four) = tokio::join!(buy("one"), buy("two"), buy("three"), buy("four"));
    assert_eq!(customers(&world).await.len(), 1);
    world.sandbox_set("/sandbox/webhooks", json!({})).await;
    for purchase in [one, two, three, four] {
        world.sandbox(&pay(&purchase), card()).await;
        ada.until(&purchase, "paid").await;
    }
    assert_eq!(ada.balance().await["top_up"]["available"], 20_000);
}

#[tokio::test]
async fn row_5_addresses_of_every_kind_that_stripe_refuses_stop_nobody_from_buying() {
    let world = World::start().await;
    for email in ["bj\u{f6}rn@example.com", "ada@example..com", "ada@@example.com"] {
        let user = world.user(email, "premium").await;
        user.buy("small", 1).await;
        assert_eq!(user.balance().await["top_up"]["available"], 5000, "{email}");
        assert_eq!(customers(&world).await[0]["email"], Value::Null, "{email}");
    }
}

#[tokio::test]
async fn row_17_an_account_whose_customer_is_gone_already_is_deleted_without_a_trace() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let gone = text(&customers(&world).await[0]["id"]);
    lose_events(&world).await;
    delete_at_stripe(&world, &gone).await;
    delete_account(&ada).await;
    eventually("no chore to be left", async || world.count("SELECT count(*) FROM chores").await == 0).await;
    assert_eq!(world.set_aside().await, []);
}

#[tokio::test]
async fn row_4_a_customer_who_is_deleted_while_a_checkout_is_open_loses_no_payment() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let purchase = ada.open("small", 1).await;
    let gone = text(&customers(&world).await[0]["id"]);
    delete_at_stripe(&world, &gone).await;
    // The page is open already. What is paid on it is granted, and locked, since the plan has ended with the customer.
    world.sandbox(&pay(&purchase), card()).await;
    ada.until(&purchase, "paid").await;
    eventually("the end of the plan", async || ada.balance().await["can_buy"] == false).await;
    assert_eq!(ada.balance().await["top_up"]["locked"], 5000);

    // The same with the page of a plan: the payment makes a subscription, or nobody is charged.
    let page = ada.post("/v1/subscription/checkout", json!({ "plan_id": "essential" })).await.ok();
    let gone = text(&customers(&world).await[0]["id"]);
    delete_at_stripe(&world, &gone).await;
    let url = format!("{}{}", world.sandbox.origin(), pay(&page));
    let paid = send(world.http.post(url).json(&card())).await;
    if paid.status == 200 {
        eventually("the plan", async || ada.balance().await["can_buy"] == true).await;
    }
    let again = ada.post("/v1/subscription/checkout", json!({ "plan_id": "essential" })).await;
    assert!(matches!(again.status, 200 | 409), "{}", again.body);
    world.all_events_worked_off().await;
    assert_eq!(world.set_aside().await, []);
}

#[tokio::test]
async fn of_several_plans_of_one_customer_the_oldest_goes_on_and_the_others_are_owed_back() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let account = ada.account_id().await;
    let customer = text(&customers(&world).await[0]["id"]);
    let first = text(&world.stripe("/v1/subscriptions").await["data"][0]["id"]);
    let others = [sell_plan(&world, &customer, &account).await, sell_plan(&world, &customer, &account).await];
    let due = async || world.platform("/v1/refunds-due").await.ok()["items"].as_array().unwrap().len();
    eventually("both to be listed", async || due().await == 2).await;
    let live = async || world.stripe("/v1/subscriptions?status=active").await["data"].clone();
    eventually("one plan", async || live().await.as_array().unwrap().len() == 1).await;
    assert_eq!(live().await[0]["id"], *first);
    world.all_events_worked_off().await;
    assert_eq!(ada.balance().await["fast"]["available"], 25_000, "{others:?}");
}
