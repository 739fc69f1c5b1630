//! Rows 1 and 9: prices that change, and what others sell in the same account at Stripe.

use crate::clocks::move_clocks;
use crate::support::{User, World, card, eventually, text};
use serde_json::{Value, json};

/// A user on the premium plan since the first of January, and the subscription.
async fn premium(world: &World) -> (User<'_>, String) {
    move_clocks(world, "2027-01-01T00:00:00Z").await;
    let ada = world.user("ada@example.com", "premium").await;
    let subscription = text(&world.stripe("/v1/subscriptions?status=all").await["data"][0]["id"]);
    (ada, subscription)
}

/// Raises the price of the premium plan as it is done at Stripe: a new price takes the lookup key over.
async fn raise_price(world: &World) -> Value {
    let form = [
        ("product", "prod_tokenwell_premium"),
        ("currency", "usd"),
        ("unit_amount", "3500"),
        ("recurring[interval]", "month"),
        ("lookup_key", "tokenwell_premium_month"),
        ("transfer_lookup_key", "true"),
    ];
    world.stripe_post("/v1/prices", &form).await
}

async fn rollover(user: &User<'_>) -> Value {
    user.balance().await["rollover"]["available"].clone()
}

async fn spend(user: &User<'_>, amount: u64) {
    let spends = format!("/v1/accounts/{}/spends", user.account_id().await);
    let body = json!({ "amount": amount, "reason": "A portrait" });
    user.world.platform_post(&spends, &format!("spend-{amount}"), body).await.ok();
}

#[tokio::test]
async fn row_1_subscribers_on_a_price_that_lost_its_lookup_key_renew_and_end_as_before() {
    let world = World::with_test_clock().await;
    let (ada, subscription) = premium(&world).await;
    spend(&ada, 15_000).await;
    raise_price(&world).await;
    let item = world.stripe(&format!("/v1/subscriptions/{subscription}")).await["items"]["data"][0].clone();
    assert_eq!((&item["price"]["lookup_key"], &item["price"]["unit_amount"]), (&Value::Null, &json!(3000)));

    move_clocks(&world, "2027-02-01T00:00:00Z").await;
    eventually("the renewal", async || rollover(&ada).await == 10_000).await;
    assert_eq!(ada.balance().await["fast"]["available"], 25_000);
    world.sandbox(&format!("/sandbox/subscriptions/{subscription}"), json!({ "status": "canceled" })).await;
    eventually("the end", async || ada.balance().await["can_buy"] == false).await;
    assert_eq!(world.set_aside().await, []);
    assert_eq!(world.platform("/v1/refunds-due").await.ok()["items"], json!([]));
}

#[tokio::test]
async fn row_1_a_new_subscriber_pays_the_new_price_and_gets_the_plan() {
    let world = World::start().await;
    let price = raise_price(&world).await;
    let ada = world.user("ada@example.com", "premium").await;
    assert_eq!(ada.balance().await["fast"]["available"], 25_000);
    let subscriptions = world.stripe("/v1/subscriptions").await;
    assert_eq!(subscriptions["data"][0]["items"]["data"][0]["price"]["id"], price["id"]);
}

/// A price of another product, without lookup key and metadata.
async fn other_price(world: &World, amount: &str) -> Value {
    let product = world.stripe_post("/v1/products", &[("name", "Something else")]).await;
    let form = [
        ("product", product["id"].as_str().unwrap()),
        ("currency", "usd"),
        ("unit_amount", amount),
        ("recurring[interval]", "month"),
    ];
    world.stripe_post("/v1/prices", &form).await
}

/// Sells a subscription to a customer without this service. Returns its id.
async fn sell(world: &World, customer: &str, price: &Value, metadata: &[(&str, &str)]) -> String {
    let mut form = vec![
        ("mode", "subscription"),
        ("customer", customer),
        ("success_url", "https://example.com/"),
        ("line_items[0][quantity]", "1"),
        ("line_items[0][price]", price["id"].as_str().unwrap()),
    ];
    form.extend(metadata);
    let session = world.stripe_post("/v1/checkout/sessions", &form).await;
    let paid = world.sandbox(&format!("/sandbox/checkout/{}/pay", text(&session["id"])), card()).await;
    text(&paid["subscription"])
}

/// The customer of the only subscription.
async fn customer(world: &World) -> String {
    text(&world.stripe("/v1/subscriptions?status=all").await["data"][0]["customer"])
}

#[tokio::test]
async fn row_1_a_price_is_recognised_by_metadata_of_itself_or_of_its_product() {
    for on_product in [false, true] {
        let world = World::start().await;
        let ada = world.user("ada@example.com", "free").await;
        let price = other_price(&world, "9900").await;
        let marked = if on_product { &price["product"] } else { &price["id"] };
        let path = format!("/v1/{}/{}", if on_product { "products" } else { "prices" }, text(marked));
        world.stripe_post(&path, &[("metadata[tokenwell_plan]", "ultimate")]).await;
        let buyer = world.stripe_post("/v1/customers", &[("email", "ada@example.com")]).await;
        let account = ada.account_id().await;
        let named = [("subscription_data[metadata][tokenwell_account_id]", account.as_str())];
        let subscription = sell(&world, buyer["id"].as_str().unwrap(), &price, &named).await;
        eventually("the plan", async || ada.balance().await["fast"]["available"] == 60_000).await;
        // The mark is taken away again: the price is what it was when it was first seen.
        world.stripe_post(&path, &[("metadata[tokenwell_plan]", "")]).await;
        let path = format!("/sandbox/subscriptions/{subscription}");
        world.sandbox(&path, json!({ "cancel_at_period_end": true })).await;
        world.all_events_worked_off().await;
        assert_eq!(ada.balance().await["fast"]["available"], 60_000);
        world.sandbox(&path, json!({ "status": "canceled" })).await;
        eventually("the end", async || ada.balance().await["can_buy"] == false).await;
        assert_eq!(world.set_aside().await, []);
    }
}

#[tokio::test]
async fn row_1_a_paid_line_that_cannot_be_placed_is_listed_until_its_price_is_marked() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "free").await;
    let price = other_price(&world, "9900").await;
    let buyer = world.stripe_post("/v1/customers", &[("email", "ada@example.com")]).await;
    let account = ada.account_id().await;
    let named = [("subscription_data[metadata][tokenwell_account_id]", account.as_str())];
    let subscription = sell(&world, buyer["id"].as_str().unwrap(), &price, &named).await;
    let due = async || world.platform("/v1/refunds-due").await.ok()["items"].clone();
    eventually("the payment to be listed", async || due().await != json!([])).await;
    world.all_events_worked_off().await;
    let listed = due().await;
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
    assert_eq!((&listed[0]["amount"], &listed[0]["account_id"]), (&json!(9900), &json!(account)));
    let unclear = world.set_aside().await;
    assert!(unclear.iter().all(|(object, _)| *object == subscription), "{unclear:?}");
    assert!(unclear.iter().any(|(_, why)| why.contains(&text(&price["id"]))), "{unclear:?}");
    assert_eq!(ada.balance().await["fast"]["available"], 150);

    let path = format!("/v1/prices/{}", text(&price["id"]));
    world.stripe_post(&path, &[("metadata[tokenwell_plan]", "premium")]).await;
    let listed = world.platform("/v1/events-set-aside").await.ok()["items"].clone();
    for (number, item) in listed.as_array().unwrap().iter().enumerate() {
        let path = format!("/v1/events-set-aside/{}/retry", text(&item["id"]));
        world.platform_post(&path, &format!("retry-{number}"), json!({})).await.ok();
    }
    eventually("the plan", async || ada.balance().await["fast"]["available"] == 25_000).await;
    world.all_events_worked_off().await;
    assert_eq!((due().await, world.set_aside().await), (json!([]), vec![]));
}

#[tokio::test]
async fn row_9_other_products_of_a_customer_who_is_known_here_are_left_alone() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let before = ada.balance().await;
    let customer = customer(&world).await;
    let price = other_price(&world, "700").await;
    let theirs = [
        ("subscription_data[metadata][account_id]", "of-another-application"),
        ("subscription_data[metadata][plan]", "ultimate"),
    ];
    let other = sell(&world, &customer, &price, &theirs).await;
    // The other product is disputed and ends. Neither is of any account here.
    let charges = world.stripe("/v1/charges").await["data"].as_array().unwrap().clone();
    let charge = charges.iter().find(|charge| charge["amount"] == 700).unwrap();
    let path = format!("/sandbox/charges/{}/dispute", text(&charge["id"]));
    world.sandbox(&path, json!({ "state": "opened" })).await;
    world.sandbox(&format!("/sandbox/subscriptions/{other}"), json!({ "status": "canceled" })).await;
    world.all_events_worked_off().await;
    let after = ada.balance().await;
    assert_eq!((&after["version"], &after["can_buy"]), (&before["version"], &json!(true)));
    assert_eq!(world.set_aside().await, []);
    assert_eq!(world.platform("/v1/refunds-due").await.ok()["items"], json!([]));
}

#[tokio::test]
async fn row_9_metadata_of_other_applications_and_ids_of_other_databases_never_match() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let (open, account) = (ada.open("small", 1).await, ada.account_id().await);
    let purchase = text(&open["id"]);
    let elsewhere = ("metadata[tokenwell_database_id]", "of-another-database");
    for metadata in [
        vec![("metadata[purchase_id]", purchase.as_str()), ("metadata[account_id]", account.as_str())],
        vec![("metadata[purchase_id]", "of-another-application")],
        vec![("metadata[tokenwell_purchase_id]", "unknown-here"), elsewhere],
        vec![("metadata[tokenwell_purchase_id]", purchase.as_str()), elsewhere],
    ] {
        let mut form = vec![
            ("mode", "payment"),
            ("success_url", "https://example.com/"),
            ("line_items[0][quantity]", "1"),
            ("line_items[0][price_data][currency]", "usd"),
            ("line_items[0][price_data][unit_amount]", "900"),
            ("line_items[0][price_data][product_data][name]", "A good sale of somebody else"),
        ];
        form.extend(metadata);
        let session = world.stripe_post("/v1/checkout/sessions", &form).await;
        world.sandbox(&format!("/sandbox/checkout/{}/pay", text(&session["id"])), card()).await;
    }
    let price = json!({ "id": "price_tokenwell_premium_month" });
    let buyer = world.stripe_post("/v1/customers", &[("email", "bob@example.com")]).await;
    let elsewhere = [
        ("subscription_data[metadata][tokenwell_account_id]", account.as_str()),
        ("subscription_data[metadata][tokenwell_database_id]", "of-another-database"),
    ];
    sell(&world, buyer["id"].as_str().unwrap(), &price, &elsewhere).await;
    world.all_events_worked_off().await;
    assert_eq!(ada.purchase(&open).await["status"], "open");
    assert_eq!(ada.balance().await["top_up"]["available"], 0);
    assert_eq!(world.set_aside().await, []);
    assert_eq!(world.platform("/v1/refunds-due").await.ok()["items"], json!([]));
}

#[tokio::test]
async fn row_9_a_plan_that_was_sold_without_naming_an_account_is_listed_and_follows_once_it_does() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "free").await;
    let buyer = world.stripe_post("/v1/customers", &[("email", "ada@example.com")]).await;
    let price = json!({ "id": "price_tokenwell_premium_month" });
    let subscription = sell(&world, buyer["id"].as_str().unwrap(), &price, &[]).await;
    eventually("the subscription to be listed", async || !world.set_aside().await.is_empty()).await;
    let listed = world.set_aside().await;
    assert!(listed[0].0 == subscription && listed[0].1.contains("names no account"), "{listed:?}");
    let account = ada.account_id().await;
    let path = format!("/v1/subscriptions/{subscription}");
    world.stripe_post(&path, &[("metadata[tokenwell_account_id]", &account)]).await;
    eventually("the plan", async || ada.balance().await["fast"]["available"] == 25_000).await;
}

#[tokio::test]
async fn row_1_subscribers_keep_their_plan_when_its_price_moves_to_another_product_and_the_old_one_is_archived()
 {
    let world = World::with_test_clock().await;
    let (ada, subscription) = premium(&world).await;
    spend(&ada, 15_000).await;
    let product = world.stripe_post("/v1/products", &[("name", "Premium of 2027")]).await;
    let form = [
        ("product", product["id"].as_str().unwrap()),
        ("currency", "usd"),
        ("unit_amount", "3500"),
        ("recurring[interval]", "month"),
        ("lookup_key", "tokenwell_premium_month"),
        ("transfer_lookup_key", "true"),
    ];
    world.stripe_post("/v1/prices", &form).await;
    world.stripe_post("/v1/products/prod_tokenwell_premium", &[("active", "false")]).await;
    let path = format!("/sandbox/subscriptions/{subscription}");
    world.sandbox(&path, json!({ "quantity": 2, "at_period_end": true })).await;
    move_clocks(&world, "2027-02-01T00:00:00Z").await;
    eventually("the renewal", async || ada.balance().await["fast"]["available"] == 50_000).await;
    assert_eq!(ada.get("/v1/account").await.ok()["plan"]["id"], "premium");
    assert_eq!(world.set_aside().await, []);
}

#[tokio::test]
async fn row_1_a_plan_whose_price_bills_every_quarter_is_listed_and_its_payment_is_owed_back() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "free").await;
    let product = world.stripe_post("/v1/products", &[("name", "Premium by the quarter")]).await;
    let form = [
        ("product", product["id"].as_str().unwrap()),
        ("currency", "usd"),
        ("unit_amount", "8000"),
        ("recurring[interval]", "month"),
        ("recurring[interval_count]", "3"),
        ("metadata[tokenwell_plan]", "premium"),
    ];
    let price = world.stripe_post("/v1/prices", &form).await;
    let buyer = world.stripe_post("/v1/customers", &[("email", "ada@example.com")]).await;
    let account = ada.account_id().await;
    let named = [("subscription_data[metadata][tokenwell_account_id]", account.as_str())];
    let subscription = sell(&world, buyer["id"].as_str().unwrap(), &price, &named).await;
    let due = async || world.platform("/v1/refunds-due").await.ok()["items"].clone();
    eventually("the payment to be listed", async || due().await != json!([])).await;
    world.all_events_worked_off().await;
    let listed = due().await;
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["amount"]), (1, &json!(8000)), "{listed}");
    let unclear = world.set_aside().await;
    assert!(unclear.iter().all(|(object, _)| *object == subscription), "{unclear:?}");
    assert!(unclear.iter().any(|(_, why)| why.contains("bills every 3 month")), "{unclear:?}");
    assert_eq!(ada.balance().await["fast"]["available"], 150);
}

#[tokio::test]
async fn row_9_the_plan_is_found_among_other_items_and_only_its_own_quantity_counts() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "free").await;
    let (extra, account) = (other_price(&world, "700").await, ada.account_id().await);
    let form = [
        ("mode", "subscription"),
        ("success_url", "https://example.com/"),
        ("subscription_data[metadata][tokenwell_account_id]", account.as_str()),
        ("line_items[0][price]", extra["id"].as_str().unwrap()),
        ("line_items[0][quantity]", "7"),
        ("line_items[1][price]", "price_tokenwell_premium_month"),
        ("line_items[1][quantity]", "2"),
    ];
    let session = world.stripe_post("/v1/checkout/sessions", &form).await;
    let paid = world.sandbox(&format!("/sandbox/checkout/{}/pay", text(&session["id"])), card()).await;
    eventually("the plan", async || ada.balance().await["fast"]["available"] == 50_000).await;
    // The extra is changed in the middle of the period, at once and with a credit: nothing of it is the plan's.
    let subscription = text(&paid["subscription"]);
    let items = world.stripe(&format!("/v1/subscriptions/{subscription}")).await["items"]["data"].clone();
    let is_extra = |item: &&Value| item["price"]["id"] == extra["id"];
    let item = items.as_array().unwrap().iter().find(is_extra).unwrap();
    let change = [
        ("items[0][id]", item["id"].as_str().unwrap()),
        ("items[0][quantity]", "1"),
        ("proration_behavior", "always_invoice"),
    ];
    world.stripe_post(&format!("/v1/subscriptions/{subscription}"), &change).await;
    world.all_events_worked_off().await;
    let balance = ada.balance().await;
    assert_eq!((&balance["fast"]["available"], &balance["owed"]), (&json!(50_000), &json!(0)));
    assert_eq!(world.set_aside().await, []);
    assert_eq!(world.platform("/v1/refunds-due").await.ok()["items"], json!([]));
}

#[tokio::test]
async fn row_9_two_plans_in_one_subscription_bring_what_was_paid_for_and_are_listed() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "free").await;
    let account = ada.account_id().await;
    let form = [
        ("mode", "subscription"),
        ("success_url", "https://example.com/"),
        ("subscription_data[metadata][tokenwell_account_id]", account.as_str()),
        ("line_items[0][price]", "price_tokenwell_essential_month"),
        ("line_items[0][quantity]", "1"),
        ("line_items[1][price]", "price_tokenwell_premium_month"),
        ("line_items[1][quantity]", "1"),
    ];
    let session = world.stripe_post("/v1/checkout/sessions", &form).await;
    let paid = world.sandbox(&format!("/sandbox/checkout/{}/pay", text(&session["id"])), card()).await;
    eventually("both plans", async || ada.balance().await["spendable"] == 8_500 + 25_000).await;
    world.all_events_worked_off().await;
    let listed = world.set_aside().await;
    assert!(listed.iter().all(|(object, _)| paid["subscription"] == **object), "{listed:?}");
    assert!(listed[0].1.contains("several of its items are plans"), "{listed:?}");
    assert_eq!(world.platform("/v1/refunds-due").await.ok()["items"], json!([]));
}
