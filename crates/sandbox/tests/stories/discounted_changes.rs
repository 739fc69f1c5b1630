//! Discounts on what a change of plan credits and charges.
//!
//! The periods are the 30 days of April, and every change is on the 16th, so it leaves half of a period.

use crate::support::{Sandbox, id};
use serde_json::{Value, json};

const ESSENTIAL: &str = "mode=subscription&line_items[0][price]=price_tokenwell_essential_month\
    &line_items[0][quantity]=1&success_url=http://localhost/paid";

/// A subscription to Essential with a coupon, half a month after it started. `further` are parameters of its session.
async fn half_way(coupon: &str, further: &str) -> (Sandbox, Value) {
    let sandbox = Sandbox::start().await;
    sandbox.at("2026-04-01T00:00:00Z").await;
    let coupon = sandbox.post("/v1/coupons", coupon).await.ok();
    let form = format!("{ESSENTIAL}&discounts[0][coupon]={}{further}", id(&coupon));
    let open = sandbox.post("/v1/checkout/sessions", &form).await.ok();
    let paid = sandbox.pay(&open, json!({})).await.ok();
    let path = format!("/v1/subscriptions/{}", paid["subscription"].as_str().unwrap());
    let subscription = sandbox.get(&path).await.ok();
    sandbox.at("2026-04-16T00:00:00Z").await;
    (sandbox, subscription)
}

/// Changes to Premium at once, with the anchor kept. Returns the invoice.
async fn upgrade(sandbox: &Sandbox, subscription: &Value) -> Value {
    let change = json!({
        "plan": "premium", "proration_behavior": "always_invoice", "billing_cycle_anchor": "unchanged",
    });
    sandbox.change(subscription, change).await.ok();
    sandbox.invoices(subscription).await.pop().unwrap()
}

/// The amount of each line, and the amounts that its discounts show.
fn lines(invoice: &Value) -> Vec<(i64, Vec<i64>)> {
    let lines = invoice["lines"]["data"].as_array().unwrap().iter();
    lines.map(|line| (line["amount"].as_i64().unwrap(), shown(&line["discount_amounts"]))).collect()
}

fn shown(discounts: &Value) -> Vec<i64> {
    discounts.as_array().unwrap().iter().map(|it| it["amount"].as_i64().unwrap()).collect()
}

/// Whether each line names what it credits.
fn credits(invoice: &Value) -> Vec<bool> {
    let lines = invoice["lines"]["data"].as_array().unwrap().iter();
    let detail = |line: &Value| line["parent"]["subscription_item_details"]["proration_details"].clone();
    lines.map(|line| detail(line)["credited_items"].is_object()).collect()
}

#[tokio::test]
async fn the_amounts_of_prorations_are_what_is_left_after_the_discount() {
    let (sandbox, subscription) = half_way("percent_off=25&duration=forever", "").await;
    let invoice = upgrade(&sandbox, &subscription).await;
    assert_eq!(lines(&invoice), [(-450, vec![0]), (1_125, vec![0])]);
    let line = &invoice["lines"]["data"][1];
    assert_eq!(line["discountable"], false);
    assert_eq!(line["discount_amounts"][0]["discount"], subscription["discounts"][0]);
    assert_eq!((&invoice["subtotal"], &invoice["total"]), (&json!(675), &json!(675)));
    assert_eq!(invoice["total_discount_amounts"], json!([]));
    let items = sandbox.get("/v1/invoiceitems").await.ok();
    let item = &items["data"][0];
    assert_eq!((&item["amount"], &item["net_amount"]), (&json!(1_125), &json!(1_125)));
    assert_eq!(shown(&item["proration_details"]["discount_amounts"]), [0]);

    sandbox.at("2026-05-01T00:00:00Z").await;
    let renewal = sandbox.invoices(&subscription).await.pop().unwrap();
    assert_eq!((lines(&renewal), &renewal["total"]), (vec![(3_000, vec![750])], &json!(2_250)));
    assert_eq!(shown(&renewal["total_discount_amounts"]), [750]);
}

#[tokio::test]
async fn itemized_prorations_show_their_discounts() {
    let itemized = "&subscription_data[billing_mode][type]=flexible\
        &subscription_data[billing_mode][flexible][proration_discounts]=itemized";
    let (sandbox, subscription) = half_way("percent_off=25&duration=forever", itemized).await;
    assert_eq!(subscription["billing_mode"]["flexible"]["proration_discounts"], "itemized");
    let invoice = upgrade(&sandbox, &subscription).await;
    assert_eq!(lines(&invoice), [(-600, vec![-150]), (1_500, vec![375])]);
    assert_eq!((&invoice["subtotal"], &invoice["total"]), (&json!(900), &json!(675)));
    assert_eq!(shown(&invoice["total_discount_amounts"]), [225]);
    let items = sandbox.get("/v1/invoiceitems").await.ok();
    let item = &items["data"][0];
    assert_eq!((&item["amount"], &item["net_amount"]), (&json!(1_500), &json!(1_125)));
    assert_eq!(shown(&item["proration_details"]["discount_amounts"]), [375]);
}

#[tokio::test]
async fn a_fixed_discount_is_taken_off_for_the_time_that_is_left() {
    let (sandbox, subscription) = half_way("amount_off=400&currency=usd&duration=forever", "").await;
    let invoice = upgrade(&sandbox, &subscription).await;
    assert_eq!(lines(&invoice), [(-400, vec![0]), (1_300, vec![0])]);
}

#[tokio::test]
async fn a_discount_that_has_ended_is_credited_and_not_given_again() {
    let (sandbox, subscription) = half_way("percent_off=100&duration=once", "").await;
    let invoice = upgrade(&sandbox, &subscription).await;
    // Nothing was paid, so nothing is given back; the credit still says what it credits.
    assert_eq!(lines(&invoice), [(0, vec![0]), (1_500, vec![])]);
    assert_eq!(credits(&invoice), [true, false]);
}

#[tokio::test]
async fn with_everything_free_the_credit_and_the_charge_are_zero_and_differ_by_what_is_credited() {
    for mode in ["", "&subscription_data[billing_mode][type]=classic"] {
        let (sandbox, subscription) = half_way("percent_off=100&duration=forever", mode).await;
        let invoice = upgrade(&sandbox, &subscription).await;
        assert_eq!(lines(&invoice), [(0, vec![0]), (0, vec![0])]);
        assert_eq!(credits(&invoice), [true, false], "{mode}");
        assert_eq!(invoice["status"], "paid");
    }
}

#[tokio::test]
async fn in_classic_billing_mode_the_credit_has_the_discount_of_now() {
    let classic = "&subscription_data[billing_mode][type]=classic";
    let (sandbox, subscription) = half_way("percent_off=50&duration=forever", classic).await;
    assert_eq!(lines(&upgrade(&sandbox, &subscription).await), [(-300, vec![0]), (750, vec![0])]);
    // The discount of the first period has ended, and the credit is what the plan costs now.
    let (sandbox, subscription) = half_way("percent_off=100&duration=once", classic).await;
    assert_eq!(lines(&upgrade(&sandbox, &subscription).await), [(-600, vec![]), (1_500, vec![])]);
}

#[tokio::test]
async fn only_flexible_billing_mode_itemizes_discounts() {
    let sandbox = Sandbox::start().await;
    let form = format!(
        "{ESSENTIAL}&subscription_data[billing_mode][type]=classic\
         &subscription_data[billing_mode][flexible][proration_discounts]=itemized"
    );
    let refused = sandbox.post("/v1/checkout/sessions", &form).await.refused(400);
    assert_eq!(refused["param"], "subscription_data[billing_mode][flexible]");
}
