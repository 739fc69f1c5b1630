//! Tax, coupons and promotion codes: what sessions, payments and invoices cost with them.

use crate::support::{PACK, Sandbox, id};
use serde_json::{Value, json};

/// The subtotal, discount, tax and total of a session.
fn amounts(session: &Value) -> [i64; 4] {
    let details = &session["total_details"];
    [
        &session["amount_subtotal"],
        &details["amount_discount"],
        &details["amount_tax"],
        &session["amount_total"],
    ]
    .map(|amount| amount.as_i64().unwrap())
}

async fn customer(sandbox: &Sandbox) -> String {
    id(&sandbox.post("/v1/customers", "email=ada@example.com").await.ok()).to_owned()
}

/// A session for two medium packs with these further parameters.
async fn session(sandbox: &Sandbox, further: &str) -> Value {
    sandbox.post("/v1/checkout/sessions", &format!("{PACK}&{further}")).await.ok()
}

/// A promotion code for a coupon with these parameters.
async fn promotion_code(sandbox: &Sandbox, code: &str, coupon: &str) -> Value {
    let coupon = sandbox.post("/v1/coupons", coupon).await.ok();
    let form = format!("promotion[type]=coupon&promotion[coupon]={}&code={code}", id(&coupon));
    sandbox.post("/v1/promotion_codes", &form).await.ok()
}

#[tokio::test]
async fn tax_is_collected_if_it_is_asked_for_or_is_the_accounts_default_and_nothing_else_is_said() {
    let sandbox = Sandbox::start().await;
    let paid = async |further: &str| {
        let open = session(&sandbox, further).await;
        assert_eq!(open["total_details"]["amount_tax"], 0, "no address is known before the payment");
        sandbox.pay(&open, json!({})).await.ok()
    };
    assert_eq!(amounts(&paid("").await), [4800, 0, 0, 4800]);
    let taxed = paid("automatic_tax[enabled]=true").await;
    assert_eq!(amounts(&taxed), [4800, 0, 960, 5760]);
    assert_eq!(taxed["automatic_tax"]["status"], "complete");
    let intent = format!("/v1/payment_intents/{}", taxed["payment_intent"].as_str().unwrap());
    assert_eq!(sandbox.get(&intent).await.ok()["amount_received"], 5760);

    sandbox.set("tax", json!({ "basis_points": 1900, "checkout_default": true })).await;
    assert_eq!(amounts(&paid("").await), [4800, 0, 912, 5712]);
    assert_eq!(amounts(&paid("automatic_tax[enabled]=false").await), [4800, 0, 0, 4800]);
    let inclusive = paid("line_items[0][price_data][tax_behavior]=inclusive").await;
    assert_eq!(amounts(&inclusive), [4800, 0, 766, 4800]);
    // The default is for sessions in payment mode only.
    let subscription = sandbox.subscription("premium", "month").await;
    assert_eq!(subscription["automatic_tax"]["enabled"], false);
}

#[tokio::test]
async fn tax_for_a_customer_without_an_address_needs_one_from_the_page() {
    let sandbox = Sandbox::start().await;
    let customer = customer(&sandbox).await;
    let form = format!("{PACK}&customer={customer}&automatic_tax[enabled]=true");
    let refused = sandbox.post("/v1/checkout/sessions", &form).await.refused(400);
    assert_eq!(refused["code"], "customer_tax_location_invalid");
    sandbox.post("/v1/checkout/sessions", &format!("{form}&customer_update[address]=auto")).await.ok();
    let without = format!("{PACK}&customer_update[address]=auto");
    let refused = sandbox.post("/v1/checkout/sessions", &without).await.refused(400);
    assert_eq!(refused["param"], "customer_update");
}

#[tokio::test]
async fn a_promotion_code_takes_its_coupon_off_where_it_is_allowed() {
    let sandbox = Sandbox::start().await;
    let code = promotion_code(&sandbox, "LAUNCH", "percent_off=25&duration=forever").await;
    let open = session(&sandbox, "allow_promotion_codes=true&automatic_tax[enabled]=true").await;
    let refused = sandbox.pay(&open, json!({ "promotion_code": "LUNCH" })).await.refused(400);
    assert_eq!(refused["param"], "promotion_code");
    let paid = sandbox.pay(&open, json!({ "promotion_code": "launch" })).await.ok();
    assert_eq!(amounts(&paid), [4800, 1200, 720, 4320]);
    assert_eq!(paid["discounts"][0]["promotion_code"], code["id"]);
    let code = sandbox.get(&format!("/v1/promotion_codes/{}", id(&code))).await.ok();
    assert_eq!(code["times_redeemed"], 1);
    let open = session(&sandbox, "").await;
    sandbox.pay(&open, json!({ "promotion_code": "LAUNCH" })).await.refused(400);
}

#[tokio::test]
async fn a_code_of_a_hundred_percent_leaves_nothing_to_pay_and_no_payment() {
    let sandbox = Sandbox::start().await;
    promotion_code(&sandbox, "FREE", "percent_off=100&duration=once").await;
    let open = session(&sandbox, "allow_promotion_codes=true&automatic_tax[enabled]=true").await;
    let done = sandbox.pay(&open, json!({ "promotion_code": "FREE" })).await.ok();
    assert_eq!(amounts(&done), [4800, 4800, 0, 0]);
    assert_eq!(
        (&done["status"], &done["payment_status"]),
        (&json!("complete"), &json!("no_payment_required"))
    );
    assert_eq!(done["payment_intent"], Value::Null);
}

#[tokio::test]
async fn the_page_takes_a_code_and_shows_discount_and_tax() {
    let sandbox = Sandbox::start().await;
    promotion_code(&sandbox, "TEN", "amount_off=1000&currency=usd&duration=once").await;
    let open = session(&sandbox, "allow_promotion_codes=true&automatic_tax[enabled]=true").await;
    let url = open["url"].as_str().unwrap();
    let (_, page) = sandbox.page(url).await;
    assert!(page.contains("id=\"promotion-code\"") && page.contains("$57.60"), "{page}");
    let form = [("method", "promotion_code"), ("promotion_code", "TEN")];
    let applied = sandbox.client.post(url).form(&form).send().await.unwrap();
    assert_eq!(applied.status(), 303);
    let (_, page) = sandbox.page(url).await;
    for shown in ["−$10.00", "$7.60", "$45.60"] {
        assert!(page.contains(shown), "{shown} is not on the page: {page}");
    }
}

#[tokio::test]
async fn a_discount_below_the_smallest_charge_is_refused() {
    let sandbox = Sandbox::start().await;
    promotion_code(&sandbox, "ALMOST", "amount_off=4780&currency=usd&duration=once").await;
    let open = session(&sandbox, "allow_promotion_codes=true").await;
    let refused = sandbox.pay(&open, json!({ "promotion_code": "ALMOST" })).await.refused(400);
    assert_eq!(refused["code"], "amount_too_small");
}

#[tokio::test]
async fn invoices_of_a_subscription_have_its_tax_and_its_discount_while_it_lasts() {
    let sandbox = Sandbox::start().await;
    sandbox.set("clock", json!({ "now": "2026-01-31T09:14:00Z" })).await;
    promotion_code(&sandbox, "TWICE", "percent_off=50&duration=repeating&duration_in_months=2").await;
    let form = format!(
        "mode=subscription&line_items[0][price]=price_tokenwell_premium_month&line_items[0][quantity]=1\
         &success_url=http://localhost/paid&allow_promotion_codes=true&customer={}\
         &automatic_tax[enabled]=true&customer_update[address]=auto",
        customer(&sandbox).await
    );
    let open = sandbox.post("/v1/checkout/sessions", &form).await.ok();
    let paid = sandbox.pay(&open, json!({ "promotion_code": "TWICE" })).await.ok();
    assert_eq!(amounts(&paid), [3000, 1500, 300, 1800]);
    sandbox.set("clock", json!({ "now": "2026-05-01T00:00:00Z" })).await;
    let invoices = sandbox.get("/v1/invoices").await.ok();
    let totals: Vec<[i64; 4]> = invoices["data"]
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .map(|invoice| {
            let sum = |list: &Value| list[0]["amount"].as_i64().unwrap_or_default();
            [
                invoice["subtotal"].as_i64().unwrap(),
                sum(&invoice["total_discount_amounts"]),
                sum(&invoice["total_taxes"]),
                invoice["amount_paid"].as_i64().unwrap(),
            ]
        })
        .collect();
    assert_eq!(
        totals,
        [[3000, 1500, 300, 1800], [3000, 1500, 300, 1800], [3000, 0, 600, 3600], [3000, 0, 600, 3600]]
    );
}

#[tokio::test]
async fn what_is_archived_is_not_sold_and_a_price_is_sold_in_the_currencies_that_it_has() {
    let sandbox = Sandbox::start().await;
    sandbox.post("/v1/products", "id=own-id&name=Tokens").await.ok();
    let form = "product=own-id&currency=eur&unit_amount=800&currency_options[usd][unit_amount]=900";
    let price = sandbox.post("/v1/prices", form).await.ok();
    assert!(price.get("currency_options").is_none(), "shown on request only");
    let path = format!("/v1/prices/{}", id(&price));
    let expanded = sandbox.get(&format!("{path}?expand[]=currency_options&expand[]=product")).await.ok();
    assert_eq!(expanded["currency_options"]["usd"]["unit_amount"], 900);
    assert_eq!(expanded["currency_options"]["eur"]["unit_amount"], 800);
    assert_eq!(expanded["product"]["name"], "Tokens");

    let sell = async |more: &str| {
        let form = format!(
            "mode=payment&success_url=http://localhost/&line_items[0][quantity]=2&line_items[0][price]={}{more}",
            id(&price)
        );
        sandbox.post("/v1/checkout/sessions", &form).await
    };
    for (more, currency, amount) in [("", "eur", 1_600), ("&currency=usd", "usd", 1_800)] {
        let session = sell(more).await.ok();
        assert_eq!((&session["currency"], &session["amount_total"]), (&json!(currency), &json!(amount)));
    }
    let error = sell("&currency=gbp").await.refused(400);
    assert!(error["message"].as_str().unwrap().contains("only supports `eur`"), "{error}");
    for (object, kind) in [("/v1/products/own-id", "product"), (&*path, "price")] {
        sandbox.post(object, "active=false").await.ok();
        let error = sell("").await.refused(400);
        assert!(
            error["message"].as_str().unwrap().contains(&format!("{kind} specified is inactive")),
            "{error}"
        );
    }
}
