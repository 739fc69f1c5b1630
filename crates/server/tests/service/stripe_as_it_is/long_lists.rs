//! Row 11: lists inside objects have ten entries, and the rest is fetched.

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
