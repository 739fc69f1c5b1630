//! Row 11: lists inside objects have ten entries, and the rest is fetched.

use crate::clocks::live_until;
use crate::support::{World, card, eventually, text};
use serde_json::{Value, json};

#[tokio::test]
async fn row_11_the_plans_line_counts_wherever_it_is_on_a_long_invoice() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "free").await;
    let account = ada.account_id().await;
    let extras: Vec<[(String, String); 4]> = (0..14)
        .map(|number| {
            let item = format!("line_items[{number}]");
            [
                (format!("{item}[quantity]"), "1".to_owned()),
                (format!("{item}[price_data][currency]"), "usd".to_owned()),
                (format!("{item}[price_data][unit_amount]"), "100".to_owned()),
                (format!("{item}[price_data][product_data][name]"), format!("Extra {number}")),
            ]
        })
        .collect();
    let mut form: Vec<(&str, &str)> =
        extras.iter().flatten().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    form.extend([
        ("mode", "subscription"),
        ("success_url", "https://example.com/"),
        ("subscription_data[metadata][tokenwell_account_id]", account.as_str()),
        ("line_items[14][quantity]", "1"),
        ("line_items[14][price]", "price_tokenwell_premium_year"),
    ]);
    let session = world.stripe_post("/v1/checkout/sessions", &form).await;
    let paid = world.sandbox(&format!("/sandbox/checkout/{}/pay", text(&session["id"])), card()).await;

    let invoice = world.stripe(&format!("/v1/invoices/{}", text(&paid["invoice"]))).await;
    let shown: Vec<&Value> = invoice["lines"]["data"].as_array().unwrap().iter().collect();
    assert_eq!((shown.len(), &invoice["lines"]["has_more"]), (10, &json!(true)));
    assert!(shown.iter().all(|line| line["amount"] == 100), "the plan's line is not among the first ten");

    eventually("the plan", async || ada.balance().await["fast"]["available"] == 25_000).await;
    let subscription = ada.get("/v1/account").await.ok()["subscription"].clone();
    let day = |field: &str| -> jiff::Timestamp { text(&subscription[field]).parse().unwrap() };
    assert!(day("paid_until").duration_since(day("renews_at")).as_hours() > 300 * 24, "a year is paid");
    assert_eq!(world.set_aside().await, []);
    assert_eq!(world.platform("/v1/refunds-due").await.ok()["items"], json!([]));
}

#[tokio::test]
async fn row_11_an_invoice_with_more_lines_than_one_page_of_them_is_read_to_the_end() {
    let world = World::with_test_clock().await;
    let at = async |now: jiff::Timestamp| live_until(&world, &now.to_string()).await;
    let start: jiff::Timestamp = "2026-06-01T12:00:00Z".parse().unwrap();
    at(start).await;
    let ada = world.user("ada@example.com", "essential").await;
    let subscription = text(&world.stripe("/v1/subscriptions").await["data"][0]["id"]);
    let path = format!("/sandbox/subscriptions/{subscription}");
    world.sandbox_set("/sandbox/webhooks", json!({ "drop": 100_000 })).await;
    // An hour of the dearer plan and an hour of the other, 64 times. Every change waits for the next invoice.
    for hour in 1..=128 {
        let now = start + jiff::SignedDuration::from_hours(hour);
        world.sandbox_set("/sandbox/clock", json!({ "now": now })).await;
        let plan = if hour % 2 == 1 { "ultimate" } else { "essential" };
        let change = json!({
            "plan": plan,
            "proration_behavior": "create_prorations",
            "billing_cycle_anchor": "unchanged",
            "at_period_end": false,
        });
        world.sandbox(&path, change).await;
    }
    world.sandbox_set("/sandbox/webhooks", json!({})).await;
    at("2026-07-01T12:00:00Z".parse().unwrap()).await;
    let invoices = world.stripe(&format!("/v1/invoices?subscription={subscription}")).await;
    let lines = format!("/v1/invoices/{}/lines?limit=100", text(&invoices["data"][0]["id"]));
    assert_eq!(world.stripe(&lines).await["has_more"], true, "more than a hundred lines");
    // 64 of the 720 hours: 64 × 51,500 / 720 = 4,577.7
    eventually("the renewal", async || ada.balance().await["rollover"]["available"] == 8_500 + 4_577).await;
    assert_eq!(ada.balance().await["fast"]["available"], 8_500);
    assert_eq!(world.set_aside().await, []);
}

#[tokio::test]
async fn row_11_the_plan_is_found_after_ten_other_items_of_its_subscription() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "free").await;
    let account = ada.account_id().await;
    let product = world.stripe_post("/v1/products", &[("name", "Extras")]).await;
    let mut form = vec![
        ("mode".to_owned(), "subscription".to_owned()),
        ("success_url".to_owned(), "https://example.com/".to_owned()),
        ("subscription_data[metadata][tokenwell_account_id]".to_owned(), account),
    ];
    for number in 0..13 {
        let price = [
            ("product", product["id"].as_str().unwrap()),
            ("currency", "usd"),
            ("unit_amount", "100"),
            ("recurring[interval]", "month"),
        ];
        let price = text(&world.stripe_post("/v1/prices", &price).await["id"]);
        form.push((format!("line_items[{number}][price]"), price));
        form.push((format!("line_items[{number}][quantity]"), "1".to_owned()));
    }
    form.push(("line_items[13][price]".to_owned(), "price_tokenwell_ultimate_month".to_owned()));
    form.push(("line_items[13][quantity]".to_owned(), "1".to_owned()));
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let session = world.stripe_post("/v1/checkout/sessions", &form).await;
    let paid = world.sandbox(&format!("/sandbox/checkout/{}/pay", text(&session["id"])), card()).await;
    let subscription = world.stripe(&format!("/v1/subscriptions/{}", text(&paid["subscription"]))).await;
    assert_eq!(subscription["items"]["has_more"], true);
    eventually("the plan", async || ada.balance().await["fast"]["available"] == 60_000).await;
    assert_eq!(ada.get("/v1/account").await.ok()["plan"]["id"], "ultimate");
    assert_eq!(world.set_aside().await, []);
}
