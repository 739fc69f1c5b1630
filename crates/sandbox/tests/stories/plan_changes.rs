//! Changes of plans, intervals and quantities, and what Stripe bills for them.
//!
//! The periods are the 30 days of April, and most changes are on the 16th, so a change leaves half of a period.

use crate::support::{Sandbox, id};
use jiff::Timestamp;
use serde_json::{Value, json};

const START: &str = "2026-04-01T00:00:00Z";
const HALF: &str = "2026-04-16T00:00:00Z";
const END: &str = "2026-05-01T00:00:00Z";

fn second(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_second()
}

/// A subscription that started on 1 April, and a clock that stands on 16 April.
async fn half_way(plan: &str, interval: &str) -> (Sandbox, Value) {
    let sandbox = Sandbox::start().await;
    sandbox.at(START).await;
    let subscription = sandbox.subscription(plan, interval).await;
    sandbox.at(HALF).await;
    (sandbox, subscription)
}

/// Changes a subscription with the anchor kept.
async fn change(sandbox: &Sandbox, subscription: &Value, proration: &str, mut what: Value) -> Value {
    what["billing_cycle_anchor"] = "unchanged".into();
    what["proration_behavior"] = proration.into();
    sandbox.change(subscription, what).await.ok()
}

/// Lookup key, quantity, amount, whether it is a proration, and the period of each line.
fn lines(invoice: &Value) -> Vec<(&str, i64, i64, bool, i64, i64)> {
    let line = |line: &'_ Value| -> (i64, i64, bool, i64, i64) {
        (
            line["quantity"].as_i64().unwrap(),
            line["amount"].as_i64().unwrap(),
            line["parent"]["subscription_item_details"]["proration"].as_bool().unwrap(),
            line["period"]["start"].as_i64().unwrap(),
            line["period"]["end"].as_i64().unwrap(),
        )
    };
    let lines = invoice["lines"]["data"].as_array().unwrap().iter();
    lines
        .map(|object| {
            let price = object["pricing"]["price_details"]["price"].as_str().unwrap();
            let (quantity, amount, proration, start, end) = line(object);
            (price.strip_prefix("price_tokenwell_").unwrap_or(price), quantity, amount, proration, start, end)
        })
        .collect()
}

fn number(object: &Value, field: &str) -> i64 {
    object[field].as_i64().unwrap()
}

#[tokio::test]
async fn an_upgrade_with_the_anchor_kept_credits_and_charges_the_rest_of_the_period() {
    let (sandbox, subscription) = half_way("essential", "month").await;
    let changed = change(&sandbox, &subscription, "always_invoice", json!({ "plan": "premium" })).await;
    assert_eq!(changed["billing_cycle_anchor"], second(START));
    assert_eq!(changed["items"]["data"][0]["current_period_end"], second(END));
    let [first, invoice] = &sandbox.invoices(&subscription).await[..] else { panic!("not two invoices") };
    assert_eq!(
        lines(invoice),
        [
            ("essential_month", 1, -600, true, second(HALF), second(END)),
            ("premium_month", 1, 1500, true, second(HALF), second(END)),
        ]
    );
    assert_eq!(
        (number(invoice, "total"), number(invoice, "amount_paid"), &invoice["status"]),
        (900, 900, &json!("paid"))
    );
    assert_eq!(invoice["billing_reason"], "subscription_update");
    let details = |line: usize| invoice["lines"]["data"][line]["parent"]["subscription_item_details"].clone();
    assert_eq!(
        details(0)["proration_details"]["credited_items"],
        json!({ "invoice": first["id"], "invoice_line_items": [first["lines"]["data"][0]["id"]] })
    );
    assert_eq!(details(1)["proration_details"]["credited_items"], Value::Null);
    assert_eq!(details(1)["subscription_item"], subscription["items"]["data"][0]["id"]);
    sandbox.at(END).await;
    assert_eq!(number(&sandbox.invoices(&subscription).await[2], "amount_paid"), 3000);
}

#[tokio::test]
async fn prorations_that_are_only_created_are_on_the_next_invoice() {
    let (sandbox, subscription) = half_way("essential", "month").await;
    change(&sandbox, &subscription, "create_prorations", json!({ "plan": "premium" })).await;
    assert_eq!(sandbox.invoices(&subscription).await.len(), 1);
    let waiting = sandbox.get("/v1/invoiceitems?pending=true").await.ok();
    let amounts: Vec<i64> =
        waiting["data"].as_array().unwrap().iter().map(|item| number(item, "amount")).collect();
    assert_eq!(amounts, [1500, -600]);

    sandbox.at("2026-04-23T12:00:00Z").await;
    change(&sandbox, &subscription, "create_prorations", json!({ "plan": "ultimate" })).await;
    sandbox.at(END).await;
    let invoice = sandbox.invoices(&subscription).await.remove(1);
    let quarter = second("2026-04-23T12:00:00Z");
    assert_eq!(
        lines(&invoice),
        [
            ("essential_month", 1, -600, true, second(HALF), second(END)),
            ("premium_month", 1, 1500, true, second(HALF), second(END)),
            ("premium_month", 1, -750, true, quarter, second(END)),
            ("ultimate_month", 1, 1500, true, quarter, second(END)),
            ("ultimate_month", 1, 6000, false, second(END), second("2026-06-01T00:00:00Z")),
        ]
    );
    assert_eq!(number(&invoice, "amount_paid"), 7650);
    assert_eq!(invoice["billing_reason"], "subscription_cycle");
    let lines = invoice["lines"]["data"].as_array().unwrap();
    assert_eq!(
        lines[2]["parent"]["subscription_item_details"]["proration_details"]["credited_items"],
        json!({ "invoice": invoice["id"], "invoice_line_items": [lines[1]["id"]] })
    );
    assert_eq!(sandbox.get("/v1/invoiceitems?pending=true").await.ok()["data"], json!([]));
}

#[tokio::test]
async fn a_change_without_prorations_bills_nothing_until_the_renewal() {
    let (sandbox, subscription) = half_way("essential", "month").await;
    let changed = change(&sandbox, &subscription, "none", json!({ "plan": "ultimate" })).await;
    assert_eq!(changed["items"]["data"][0]["price"]["lookup_key"], "tokenwell_ultimate_month");
    assert_eq!(sandbox.get("/v1/invoiceitems").await.ok()["data"], json!([]));
    sandbox.at(END).await;
    let amounts: Vec<i64> =
        sandbox.invoices(&subscription).await.iter().map(|invoice| number(invoice, "total")).collect();
    assert_eq!(amounts, [1200, 6000]);
}

#[tokio::test]
async fn a_new_anchor_bills_a_whole_period_and_credits_the_old_one_unless_told_not_to() {
    for (proration, expected) in [("always_invoice", 2400), ("create_prorations", 2400), ("none", 3000)] {
        let (sandbox, subscription) = half_way("essential", "month").await;
        let body =
            json!({ "plan": "premium", "proration_behavior": proration, "billing_cycle_anchor": "now" });
        let changed = sandbox.change(&subscription, body).await.ok();
        assert_eq!(changed["billing_cycle_anchor"], second(HALF));
        let invoice = sandbox.invoices(&subscription).await.remove(1);
        assert_eq!(number(&invoice, "amount_paid"), expected, "{proration}");
        let next = second("2026-05-16T00:00:00Z");
        assert_eq!(lines(&invoice).last(), Some(&("premium_month", 1, 3000, false, second(HALF), next)));
        assert_eq!(changed["items"]["data"][0]["current_period_end"], next);
    }
}

#[tokio::test]
async fn another_interval_starts_a_period_at_once_in_any_setting() {
    for (proration, expected) in [("always_invoice", 11_400), ("create_prorations", 11_400), ("none", 12_000)]
    {
        let (sandbox, subscription) = half_way("essential", "month").await;
        let changed = change(&sandbox, &subscription, proration, json!({ "interval": "year" })).await;
        assert_eq!(changed["billing_cycle_anchor"], second(HALF));
        let invoice = sandbox.invoices(&subscription).await.remove(1);
        assert_eq!(number(&invoice, "amount_paid"), expected, "{proration}");
        assert_eq!(
            lines(&invoice).last(),
            Some(&("essential_year", 1, 12_000, false, second(HALF), second("2027-04-16T00:00:00Z")))
        );
    }
}

#[tokio::test]
async fn a_downgrade_at_once_leaves_credit_that_the_next_invoices_use_up() {
    let (sandbox, subscription) = half_way("premium", "month").await;
    change(&sandbox, &subscription, "always_invoice", json!({ "plan": "essential" })).await;
    let invoice = sandbox.invoices(&subscription).await.remove(1);
    assert_eq!(
        lines(&invoice).iter().map(|line| (line.0, line.2)).collect::<Vec<_>>(),
        [("premium_month", -1500), ("essential_month", 600)]
    );
    let figures = |invoice: &Value| {
        ["total", "amount_due", "amount_paid", "starting_balance", "ending_balance"]
            .map(|field| number(invoice, field))
    };
    assert_eq!(figures(&invoice), [-900, 0, 0, 0, -900]);
    assert_eq!(invoice["status"], "paid");
    let customer = format!("/v1/customers/{}", subscription["customer"].as_str().unwrap());
    assert_eq!(sandbox.get(&customer).await.ok()["balance"], -900);

    sandbox.at(END).await;
    let renewal = sandbox.invoices(&subscription).await.remove(2);
    assert_eq!(figures(&renewal), [1200, 300, 300, -900, 0]);
    assert_eq!(sandbox.get(&customer).await.ok()["balance"], 0);
    let transactions = sandbox.get(&format!("{customer}/balance_transactions")).await.ok();
    let transactions: Vec<(i64, i64)> = transactions["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (number(it, "amount"), number(it, "ending_balance")))
        .collect();
    assert_eq!(transactions, [(900, 0), (-900, -900)]);
}

#[tokio::test]
async fn an_amount_too_small_to_be_charged_is_paid_by_the_balance() {
    let sandbox = Sandbox::start().await;
    sandbox.at(START).await;
    let subscription = sandbox.subscription("essential", "month").await;
    sandbox.at("2026-04-30T23:30:00Z").await;
    change(&sandbox, &subscription, "always_invoice", json!({ "plan": "ultimate" })).await;
    let invoice = sandbox.invoices(&subscription).await.remove(1);
    assert_eq!(
        ["total", "amount_due", "ending_balance"].map(|field| number(&invoice, field)),
        [3, 0, 3],
        "half an hour of 30 days: 4 for ultimate less 1 for essential"
    );
    assert_eq!(invoice["status"], "paid");
    sandbox.at(END).await;
    assert_eq!(number(&sandbox.invoices(&subscription).await[2], "amount_paid"), 6003);
}

#[tokio::test]
async fn a_quantity_is_billed_as_often_as_it_says() {
    let (sandbox, subscription) = half_way("essential", "month").await;
    change(&sandbox, &subscription, "always_invoice", json!({ "quantity": 3 })).await;
    sandbox.at("2026-04-23T12:00:00Z").await;
    let changed = change(&sandbox, &subscription, "always_invoice", json!({ "quantity": 2 })).await;
    assert_eq!(changed["items"]["data"][0]["quantity"], 2);
    sandbox.at(END).await;
    let invoices = sandbox.invoices(&subscription).await;
    let amounts = |index: usize| -> Vec<(i64, i64)> {
        lines(&invoices[index]).iter().map(|line| (line.1, line.2)).collect()
    };
    assert_eq!(amounts(1), [(1, -600), (3, 1800)]);
    assert_eq!(amounts(2), [(3, -900), (2, 600)]);
    assert_eq!(amounts(3), [(2, 2400)]);
}

#[tokio::test]
async fn switching_up_and_down_charges_only_the_time_on_each_plan() {
    let sandbox = Sandbox::start().await;
    sandbox.at(START).await;
    let subscription = sandbox.subscription("essential", "month").await;
    for minute in 0..5 {
        sandbox.at(&format!("2026-04-30T23:{minute}0:00Z")).await;
        let plan = if minute % 2 == 0 { "ultimate" } else { "essential" };
        change(&sandbox, &subscription, "always_invoice", json!({ "plan": plan })).await;
    }
    let invoices = sandbox.invoices(&subscription).await;
    for invoice in &invoices[1..] {
        assert!(number(invoice, "total").abs() <= 7, "an hour of 48.00 a month costs 7 cents: {invoice}");
        assert_eq!(lines(invoice).len(), 2);
    }
}

#[tokio::test]
async fn in_flexible_billing_mode_the_credit_is_what_was_billed_and_in_classic_what_the_plan_costs() {
    for (mode, credited) in [("flexible", ("essential_month", -600)), ("classic", ("ultimate_month", -3000))]
    {
        let sandbox = Sandbox::start().await;
        sandbox.at(START).await;
        let form = format!(
            "mode=subscription&line_items[0][price]=price_tokenwell_essential_month&line_items[0][quantity]=1\
             &success_url=http://localhost/paid&subscription_data[billing_mode][type]={mode}"
        );
        let session = sandbox.post("/v1/checkout/sessions", &form).await.ok();
        let paid = sandbox.pay(&session, json!({})).await.ok();
        let subscription = json!({ "id": paid["subscription"] });
        sandbox.at(HALF).await;
        change(&sandbox, &subscription, "none", json!({ "plan": "ultimate" })).await;
        change(&sandbox, &subscription, "always_invoice", json!({ "plan": "premium" })).await;
        let invoice = sandbox.invoices(&subscription).await.remove(1);
        let line = lines(&invoice)[0];
        assert_eq!((line.0, line.2), credited);
    }
}

#[tokio::test]
async fn a_declined_change_is_undone_or_leaves_an_open_invoice() {
    let (sandbox, subscription) = half_way("essential", "month").await;
    sandbox.change(&subscription, json!({ "status": "past_due" })).await.ok();
    let upgrade = |payment: &str| json!({ "plan": "premium", "billing_cycle_anchor": "unchanged", "payment_behavior": payment });
    sandbox.change(&subscription, upgrade("error_if_incomplete")).await.refused(400);
    assert_eq!(sandbox.invoices(&subscription).await.len(), 1);

    let changed = sandbox.change(&subscription, upgrade("allow_incomplete")).await.ok();
    assert_eq!(changed["status"], "past_due");
    assert_eq!(changed["items"]["data"][0]["price"]["lookup_key"], "tokenwell_premium_month");
    let open = sandbox.invoices(&subscription).await.remove(1);
    assert_eq!((&open["status"], number(&open, "amount_remaining")), (&json!("open"), 900));
    sandbox.change(&subscription, json!({ "status": "active" })).await.ok();
    assert_eq!(sandbox.invoices(&subscription).await[1]["status"], "paid");
}

#[tokio::test]
async fn a_scheduled_downgrade_can_shorten_the_interval() {
    let sandbox = Sandbox::start().await;
    sandbox.at(START).await;
    let subscription = sandbox.subscription("premium", "year").await;
    let body = json!({ "plan": "essential", "interval": "month", "at_period_end": true });
    let scheduled = sandbox.change(&subscription, body).await.ok();
    assert!(scheduled["schedule"].is_string());
    sandbox.at("2027-05-01T00:00:00Z").await;
    let invoices = sandbox.invoices(&subscription).await;
    let amounts: Vec<i64> = invoices.iter().map(|invoice| number(invoice, "total")).collect();
    assert_eq!(amounts, [28_800, 1200, 1200]);
    assert_eq!(sandbox.reload(&subscription).await["schedule"], Value::Null);
}

#[tokio::test]
async fn a_subscription_can_have_several_items() {
    let sandbox = Sandbox::start().await;
    sandbox.at(START).await;
    let add_on = sandbox
        .post(
            "/v1/prices",
            "currency=usd&unit_amount=500&recurring[interval]=month&product_data[name]=Support&nickname=Support",
        )
        .await
        .ok();
    let form = format!(
        "mode=subscription&line_items[0][price]={}&line_items[0][quantity]=1\
         &line_items[1][price]=price_tokenwell_essential_month&line_items[1][quantity]=1&success_url=http://localhost/paid",
        id(&add_on)
    );
    let session = sandbox.post("/v1/checkout/sessions", &form).await.ok();
    let paid = sandbox.pay(&session, json!({})).await.ok();
    let subscription = sandbox.reload(&json!({ "id": paid["subscription"] })).await;
    assert_eq!(subscription["items"]["data"].as_array().unwrap().len(), 2);
    sandbox.at(HALF).await;
    change(&sandbox, &subscription, "always_invoice", json!({ "plan": "premium" })).await;
    let path = format!("/v1/subscriptions/{}", id(&subscription));
    let item = &subscription["items"]["data"][0]["id"];
    sandbox
        .post(&path, &format!("items[0][id]={}&items[0][deleted]=true", item.as_str().unwrap()))
        .await
        .ok();
    sandbox.at(END).await;
    let invoices = sandbox.invoices(&subscription).await;
    let amounts = |index: usize| -> Vec<i64> { lines(&invoices[index]).iter().map(|line| line.2).collect() };
    assert_eq!(amounts(0), [500, 1200]);
    assert_eq!(amounts(1), [-600, 1500]);
    assert_eq!(amounts(2), [-250, 3000]);
}

#[tokio::test]
async fn the_api_changes_prices_and_quantities_with_stripes_defaults() {
    let (sandbox, subscription) = half_way("essential", "month").await;
    let path = format!("/v1/subscriptions/{}", id(&subscription));
    let item = subscription["items"]["data"][0]["id"].as_str().unwrap();
    let form =
        format!("items[0][id]={item}&items[0][price]=price_tokenwell_premium_month&items[0][quantity]=2");
    let changed = sandbox.post(&path, &form).await.ok();
    assert_eq!(changed["billing_cycle_anchor"], second(START));
    assert_eq!(changed["items"]["data"][0]["quantity"], 2);
    let waiting = sandbox.get("/v1/invoiceitems?pending=true").await.ok();
    assert_eq!(waiting["data"].as_array().unwrap().len(), 2);
    sandbox.post(&path, "items[0][id]=si_none&items[0][quantity]=2").await.refused(400);
    sandbox.post(&path, &format!("items[0][id]={item}&items[0][deleted]=true")).await.refused(400);
}

#[tokio::test]
async fn a_price_inside_a_subscription_is_the_price_as_it_is_now() {
    let (sandbox, subscription) = half_way("essential", "month").await;
    sandbox
        .post(
            "/v1/prices",
            "currency=usd&unit_amount=1500&recurring[interval]=month&product=prod_tokenwell_essential\
             &lookup_key=tokenwell_essential_month&transfer_lookup_key=true",
        )
        .await
        .ok();
    let price = sandbox.reload(&subscription).await["items"]["data"][0]["price"].clone();
    assert_eq!(
        (price["id"].as_str(), &price["lookup_key"]),
        (Some("price_tokenwell_essential_month"), &Value::Null)
    );
    sandbox
        .post("/v1/prices/price_tokenwell_essential_month", "metadata[tokenwell_plan]=essential")
        .await
        .ok();
    let price = sandbox.reload(&subscription).await["items"]["data"][0]["price"].clone();
    assert_eq!(price["metadata"]["tokenwell_plan"], "essential");
    sandbox.at(END).await;
    assert_eq!(number(&sandbox.invoices(&subscription).await[1], "amount_paid"), 1200);
}

#[tokio::test]
async fn a_cancellation_at_once_can_credit_the_rest_and_bill_it() {
    for (query, invoices, balance) in
        [("", 1, 0), ("?prorate=true", 1, 0), ("?prorate=true&invoice_now=true", 2, -600)]
    {
        let (sandbox, subscription) = half_way("essential", "month").await;
        let url = sandbox.url(&format!("/v1/subscriptions/{}{query}", id(&subscription)));
        let ended = crate::support::send(sandbox.client.delete(url).bearer_auth("sk_test_story")).await.ok();
        assert_eq!(ended["status"], "canceled");
        assert_eq!(sandbox.invoices(&subscription).await.len(), invoices, "{query}");
        let customer = format!("/v1/customers/{}", subscription["customer"].as_str().unwrap());
        assert_eq!(sandbox.get(&customer).await.ok()["balance"], balance, "{query}");
    }
}

#[tokio::test]
async fn an_open_invoice_can_be_paid_or_voided_once() {
    for (action, status) in [("pay", "paid"), ("void", "void")] {
        let (sandbox, subscription) = half_way("essential", "month").await;
        sandbox.change(&subscription, json!({ "status": "past_due" })).await.ok();
        let upgrade = json!({
            "plan": "premium", "billing_cycle_anchor": "unchanged", "payment_behavior": "allow_incomplete",
        });
        sandbox.change(&subscription, upgrade).await.ok();
        let open = sandbox.invoices(&subscription).await.remove(1);
        let path = format!("/v1/invoices/{}/{action}", id(&open));
        assert_eq!(sandbox.post(&path, "").await.ok()["status"], status);
        sandbox.post(&path, "").await.refused(400);
    }
}
