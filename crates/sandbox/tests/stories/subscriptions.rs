//! Subscriptions over time, by the billing clock.

use crate::support::{Sandbox, id, send};
use jiff::Timestamp;
use serde_json::{Value, json};

fn second(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_second()
}

fn period(subscription: &Value) -> (i64, i64) {
    let item = &subscription["items"]["data"][0];
    (item["current_period_start"].as_i64().unwrap(), item["current_period_end"].as_i64().unwrap())
}

async fn at(sandbox: &Sandbox, now: &str) {
    sandbox.at(now).await;
}

async fn reload(sandbox: &Sandbox, subscription: &Value) -> Value {
    sandbox.reload(subscription).await
}

async fn invoices(sandbox: &Sandbox, subscription: &Value) -> Vec<Value> {
    sandbox.invoices(subscription).await
}

async fn change(sandbox: &Sandbox, subscription: &Value, body: Value) -> Value {
    sandbox.change(subscription, body).await.ok()
}

#[tokio::test]
async fn a_paid_checkout_starts_a_subscription_with_a_paid_invoice() {
    let sandbox = Sandbox::start().await;
    at(&sandbox, "2026-01-31T09:14:00Z").await;
    let subscription = sandbox.subscription("premium", "month").await;
    assert_eq!(subscription["status"], "active");
    assert_eq!(subscription["metadata"]["account"], "acc_1");
    assert_eq!(subscription["billing_cycle_anchor"], second("2026-01-31T09:14:00Z"));
    assert_eq!(period(&subscription), (second("2026-01-31T09:14:00Z"), second("2026-02-28T09:14:00Z")));
    assert_eq!(subscription["items"]["data"][0]["price"]["lookup_key"], "tokenwell_premium_month");

    let [invoice] = &invoices(&sandbox, &subscription).await[..] else { panic!("not one invoice") };
    assert_eq!((invoice["status"].as_str(), invoice["amount_paid"].as_i64()), (Some("paid"), Some(3000)));
    assert_eq!(invoice["billing_reason"], "subscription_create");
    assert_eq!(invoice["parent"]["subscription_details"]["subscription"], subscription["id"]);
    assert_eq!(invoice["lines"]["data"][0]["period"]["end"], second("2026-02-28T09:14:00Z"));
    let (status, page) = sandbox.page(invoice["hosted_invoice_url"].as_str().unwrap()).await;
    assert!(status == 200 && page.contains("$30.00"));
    let types = sandbox.event_types().await;
    for kind in
        ["customer.created", "customer.subscription.created", "invoice.paid", "checkout.session.completed"]
    {
        assert!(types.contains(&kind.to_owned()), "{kind} is missing");
    }
}

#[tokio::test]
async fn renewals_follow_the_anchor_clamped_to_short_months_and_return_to_the_31st() {
    let sandbox = Sandbox::start().await;
    at(&sandbox, "2026-01-31T09:14:00Z").await;
    let subscription = sandbox.subscription("premium", "month").await;
    at(&sandbox, "2026-04-01T00:00:00Z").await;
    let starts: Vec<i64> = invoices(&sandbox, &subscription)
        .await
        .iter()
        .map(|invoice| {
            assert_eq!(invoice["status"], "paid");
            assert_eq!(invoice["created"], invoice["lines"]["data"][0]["period"]["start"]);
            invoice["created"].as_i64().unwrap()
        })
        .collect();
    assert_eq!(starts, ["2026-01-31T09:14:00Z", "2026-02-28T09:14:00Z", "2026-03-31T09:14:00Z"].map(second));
    let subscription = reload(&sandbox, &subscription).await;
    assert_eq!(period(&subscription).1, second("2026-04-30T09:14:00Z"));
}

#[tokio::test]
async fn a_yearly_plan_renews_after_a_year() {
    let sandbox = Sandbox::start().await;
    at(&sandbox, "2026-03-10T00:00:00Z").await;
    let subscription = sandbox.subscription("ultimate", "year").await;
    at(&sandbox, "2027-03-09T23:59:59Z").await;
    assert_eq!(invoices(&sandbox, &subscription).await.len(), 1);
    at(&sandbox, "2027-03-10T00:00:00Z").await;
    assert_eq!(invoices(&sandbox, &subscription).await.len(), 2);
}

#[tokio::test]
async fn a_cancelled_subscription_ends_with_its_period_unless_it_is_resumed() {
    let sandbox = Sandbox::start().await;
    at(&sandbox, "2026-01-15T00:00:00Z").await;
    let subscription = sandbox.subscription("essential", "month").await;
    let cancelled = change(&sandbox, &subscription, json!({ "cancel_at_period_end": true })).await;
    assert_eq!(
        (cancelled["status"].as_str(), cancelled["cancel_at"].as_i64()),
        (Some("active"), Some(period(&cancelled).1))
    );
    let resumed = change(&sandbox, &subscription, json!({ "cancel_at_period_end": false })).await;
    assert_eq!(resumed["cancel_at"], Value::Null);
    change(&sandbox, &subscription, json!({ "cancel_at_period_end": true })).await;
    at(&sandbox, "2026-02-15T00:00:00Z").await;
    let ended = reload(&sandbox, &subscription).await;
    assert_eq!(
        (ended["status"].as_str(), ended["ended_at"].as_i64()),
        (Some("canceled"), Some(second("2026-02-15T00:00:00Z")))
    );
    assert_eq!(invoices(&sandbox, &subscription).await.len(), 1);
    assert_eq!(sandbox.event_types().await.last().unwrap(), "customer.subscription.deleted");
    sandbox
        .control(&format!("subscriptions/{}", id(&subscription)), json!({ "status": "active" }))
        .await
        .refused(400);
}

#[tokio::test]
async fn an_unpaid_renewal_stays_open_until_it_is_paid() {
    let sandbox = Sandbox::start().await;
    at(&sandbox, "2026-01-15T00:00:00Z").await;
    let subscription = sandbox.subscription("essential", "month").await;
    change(&sandbox, &subscription, json!({ "status": "past_due" })).await;
    at(&sandbox, "2026-02-15T00:00:00Z").await;
    let now = invoices(&sandbox, &subscription).await;
    assert_eq!((now[1]["status"].as_str(), now[1]["attempt_count"].as_i64()), (Some("open"), Some(1)));
    assert!(sandbox.event_types().await.contains(&"invoice.payment_failed".to_owned()));
    assert_eq!(reload(&sandbox, &subscription).await["status"], "past_due");

    at(&sandbox, "2026-02-18T00:00:00Z").await;
    change(&sandbox, &subscription, json!({ "status": "active" })).await;
    let paid = &invoices(&sandbox, &subscription).await[1];
    assert_eq!(paid["status"], "paid");
    assert_eq!(paid["status_transitions"]["paid_at"], second("2026-02-18T00:00:00Z"));
}

#[tokio::test]
async fn an_upgrade_starts_a_new_period_at_once_and_credits_the_rest_of_the_old_one() {
    let sandbox = Sandbox::start().await;
    at(&sandbox, "2026-04-01T00:00:00Z").await;
    let subscription = sandbox.subscription("essential", "month").await;
    at(&sandbox, "2026-04-16T00:00:00Z").await;
    let upgraded = change(&sandbox, &subscription, json!({ "plan": "premium" })).await;
    assert_eq!(upgraded["billing_cycle_anchor"], second("2026-04-16T00:00:00Z"));
    assert_eq!(period(&upgraded), (second("2026-04-16T00:00:00Z"), second("2026-05-16T00:00:00Z")));
    let invoice = &invoices(&sandbox, &subscription).await[1];
    assert_eq!(
        (invoice["billing_reason"].as_str(), invoice["amount_paid"].as_i64()),
        (Some("subscription_update"), Some(3000 - 600))
    );
}

#[tokio::test]
async fn a_downgrade_waits_for_the_end_of_the_period() {
    let sandbox = Sandbox::start().await;
    at(&sandbox, "2026-04-01T00:00:00Z").await;
    let subscription = sandbox.subscription("premium", "month").await;
    let before = change(&sandbox, &subscription, json!({ "plan": "essential" })).await;
    assert_eq!(before["items"]["data"][0]["price"]["lookup_key"], "tokenwell_premium_month");
    at(&sandbox, "2026-05-01T00:00:00Z").await;
    let after = reload(&sandbox, &subscription).await;
    assert_eq!(after["items"]["data"][0]["price"]["lookup_key"], "tokenwell_essential_month");
    assert_eq!(invoices(&sandbox, &subscription).await[1]["amount_paid"], 1200);
}

#[tokio::test]
async fn deleting_a_subscription_ends_it_at_once() {
    let sandbox = Sandbox::start().await;
    let subscription = sandbox.subscription("essential", "month").await;
    let url = sandbox.url(&format!("/v1/subscriptions/{}", id(&subscription)));
    let ended = send(sandbox.client.delete(url).bearer_auth("sk_test_story")).await.ok();
    assert_eq!(ended["status"], "canceled");
    let customer = subscription["customer"].as_str().unwrap();
    let left = sandbox.get(&format!("/v1/subscriptions?customer={customer}")).await.ok();
    assert_eq!(left["data"], json!([]));
}

#[tokio::test]
async fn the_clock_accepts_null_or_a_time_up_to_20_years_ahead() {
    let sandbox = Sandbox::start().await;
    let put = async |body: Value| send(sandbox.client.put(sandbox.url("/sandbox/clock")).json(&body)).await;
    let clock = put(json!({ "now": "2026-12-01T09:00:00+01:00" })).await.ok();
    assert_eq!(clock, json!({ "now": "2026-12-01T08:00:00Z", "stands": true }));
    for body in [json!({}), json!({ "now": "tomorrow" }), json!({ "now": "9999-01-01T00:00:00Z" })] {
        put(body).await.refused(400);
    }
    let clock = send(sandbox.client.get(sandbox.url("/sandbox/clock"))).await.ok();
    assert_eq!(clock["now"], "2026-12-01T08:00:00Z");
    assert_eq!(put(json!({ "now": null })).await.ok()["stands"], false);
}
