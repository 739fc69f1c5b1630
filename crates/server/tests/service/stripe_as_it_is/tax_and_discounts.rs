//! Tax that is asked for or is the account's default (row 6), coupons and promotion codes (row 7).

use super::catalogue;
use crate::clocks::live_until;
use crate::support::{STRIPE_KEY, User, World, WorldOptions, card, eventually, pay, send, session, text};
use serde_json::{Value, json};

const PACKS: &str = r#"
[[packs]]
id = "plus"
name = "Plus tax"
tokens = 5_000
tax_code = "txcd_10103001"
price = { amount = 900, currency = "usd", tax_included = false }

[[packs]]
id = "with"
name = "With tax"
tokens = 6_000
price = { amount = 1_200, currency = "usd", tax_included = true }
"#;

/// Stripe collects tax, and buyers can enter promotion codes.
fn with_tax() -> &'static str {
    catalogue("tax = \"stripe\"\npromotion_codes = true", PACKS)
}

async fn taxed() -> World {
    let world = World::with(WorldOptions { catalogue: Some(with_tax()), ..WorldOptions::default() }).await;
    world.sandbox_set("/sandbox/tax", json!({ "basis_points": 1900 })).await;
    world
}

/// A promotion code for a coupon of this percentage.
async fn promotion_code(world: &World, code: &str, percent: u32) {
    let post = async |path: &str, form: &[(&str, &str)]| {
        let request = world.http.post(format!("{}{path}", world.sandbox.origin()));
        send(request.bearer_auth(STRIPE_KEY).form(form)).await.ok()
    };
    let percent = percent.to_string();
    let coupon = post("/v1/coupons", &[("percent_off", &percent), ("duration", "forever")]).await;
    let coupon = text(&coupon["id"]);
    let form = [("promotion[type]", "coupon"), ("promotion[coupon]", &coupon), ("code", code)];
    post("/v1/promotion_codes", &form).await;
}

/// The amounts of a purchase: price, subtotal, discount, tax, total.
fn amounts(purchase: &Value) -> [Option<u64>; 5] {
    ["amount", "subtotal", "discount", "tax", "total"].map(|name| purchase[name].as_u64())
}

async fn paid(ada: &User<'_>, pack: &str, payment: Value) -> Value {
    let purchase = ada.open(pack, 2).await;
    assert_eq!(amounts(&purchase)[1..], [None; 4], "nothing was charged yet");
    ada.world.sandbox(&pay(&purchase), payment).await;
    ada.until(&purchase, "paid").await
}

#[tokio::test]
async fn row_6_tax_that_is_asked_for_is_paid_granted_and_shown() {
    let world = taxed().await;
    let ada = world.user("ada@example.com", "premium").await;
    let plus = paid(&ada, "plus", card()).await;
    assert_eq!(amounts(&plus), [Some(1800), Some(1800), Some(0), Some(342), Some(2142)]);
    assert_eq!((&plus["granted_tokens"], &plus["charged_currency"]), (&json!(10_000), &json!("usd")));
    let with = paid(&ada, "with", card()).await;
    assert_eq!(amounts(&with), [Some(2400), Some(2400), Some(0), Some(383), Some(2400)]);

    let packs = ada.get("/v1/packs").await.ok();
    assert_eq!(
        (&packs["packs"][0]["tax"], &packs["packs"][0]["tax_included"]),
        (&json!("stripe"), &json!(false))
    );
    let plans = ada.get("/v1/plans").await.ok();
    assert_eq!(plans["plans"][1]["prices"][0]["tax"], "stripe");
    // The plan was bought with tax, too.
    let invoices = world.stripe("/v1/invoices").await;
    assert_eq!(invoices["data"][0]["amount_paid"], 3570);
    assert_eq!(world.platform("/v1/refunds-due").await.ok()["items"], json!([]));
}

#[tokio::test]
async fn row_6_the_tax_code_of_a_pack_is_that_of_its_product_at_stripe() {
    let world = taxed().await;
    let ada = world.user("ada@example.com", "premium").await;
    for (pack, tax_code) in [("plus", json!("txcd_10103001")), ("with", Value::Null)] {
        let purchase = ada.open(pack, 1).await;
        let items = format!("/v1/checkout/sessions/{}/line_items", session(&purchase));
        let product = text(&world.stripe(&items).await["data"][0]["price"]["product"]);
        assert_eq!(world.stripe(&format!("/v1/products/{product}")).await["tax_code"], tax_code);
    }
}

#[tokio::test]
async fn row_6_no_tax_is_collected_unless_the_catalogue_asks_for_it_whatever_the_accounts_default_is() {
    let world = World::start().await;
    world.sandbox_set("/sandbox/tax", json!({ "basis_points": 1900, "checkout_default": true })).await;
    let ada = world.user("ada@example.com", "premium").await;
    let small = ada.buy("small", 1).await;
    assert_eq!(amounts(&small), [Some(900), Some(900), Some(0), Some(0), Some(900)]);
    let session = &world.stripe("/v1/checkout/sessions").await["data"][0];
    assert_eq!(session["automatic_tax"]["enabled"], false);
    assert_eq!(ada.get("/v1/packs").await.ok()["packs"][0]["tax"], "none");
}

#[tokio::test]
async fn row_7_a_promotion_code_takes_its_part_off_and_a_refund_takes_back_its_share_of_what_was_paid() {
    let world = taxed().await;
    promotion_code(&world, "QUARTER", 25).await;
    let ada = world.user("ada@example.com", "premium").await;
    let purchase = paid(&ada, "plus", json!({ "promotion_code": "quarter" })).await;
    // 18.00 less a quarter is 13.50, and 19 percent of that are 2.57.
    assert_eq!(amounts(&purchase), [Some(1800), Some(1800), Some(450), Some(257), Some(1607)]);

    let refund = format!("/sandbox/charges/{}/refund", ada.charge_of(&purchase).await);
    world.sandbox(&refund, json!({ "amount": 803 })).await;
    let partly = ada.until(&purchase, "partially_refunded").await;
    // ⌊10,000 × 803 / 1,607⌋ are taken back.
    assert_eq!(partly["remaining_tokens"], 10_000 - 4_996);
    world.sandbox(&refund, json!({})).await;
    assert_eq!(ada.until(&purchase, "refunded").await["remaining_tokens"], 0);
}

#[tokio::test]
async fn row_7_a_code_of_a_hundred_percent_is_a_sale_for_nothing() {
    let world = taxed().await;
    promotion_code(&world, "FREE", 100).await;
    let ada = world.user("ada@example.com", "premium").await;
    let purchase = paid(&ada, "plus", json!({ "promotion_code": "FREE" })).await;
    assert_eq!(amounts(&purchase), [Some(1800), Some(1800), Some(1800), Some(0), Some(0)]);
    assert_eq!((&purchase["granted_tokens"], &purchase["receipt_url"]), (&json!(10_000), &Value::Null));
    assert_eq!(world.platform("/v1/refunds-due").await.ok()["items"], json!([]));
    let (drift, _) = crate::reconciler::reconcile(&world, true).await;
    assert_eq!(drift, Vec::<String>::new());
}

#[tokio::test]
async fn row_7_no_code_is_taken_unless_the_catalogue_allows_it() {
    let world = World::start().await;
    promotion_code(&world, "FREE", 100).await;
    let ada = world.user("ada@example.com", "premium").await;
    let purchase = ada.open("small", 1).await;
    let url = format!("{}{}", world.sandbox.origin(), pay(&purchase));
    let refused = send(world.http.post(url).json(&json!({ "promotion_code": "FREE" }))).await;
    assert_eq!(refused.status, 400, "{}", refused.body);
}

#[tokio::test]
async fn row_6_a_payment_that_takes_days_is_granted_and_shown_with_its_tax_once_it_arrives() {
    let world = taxed().await;
    let ada = world.user("ada@example.com", "premium").await;
    let purchase = ada.open("plus", 1).await;
    world.sandbox(&pay(&purchase), json!({ "method": "bank_debit" })).await;
    let waiting = ada.until(&purchase, "processing").await;
    assert_eq!((amounts(&waiting)[4], &waiting["granted_tokens"]), (None, &json!(0)));
    // It cannot be cancelled any more.
    let cancel = format!("/v1/purchases/{}/cancel", text(&purchase["id"]));
    assert!(ada.post(&cancel, json!({})).await.body["status"] != "expired");
    let settle = format!("/sandbox/checkout/{}/settle", session(&purchase));
    world.sandbox(&settle, json!({ "outcome": "succeeded" })).await;
    let paid = ada.until(&purchase, "paid").await;
    assert_eq!(amounts(&paid), [Some(900), Some(900), Some(0), Some(171), Some(1071)]);
    let refund = format!("/sandbox/charges/{}/refund", ada.charge_of(&purchase).await);
    for (cents, left) in [(357, 3_334), (357, 1_667), (356, 5), (1, 0)] {
        world.sandbox(&refund, json!({ "amount": cents })).await;
        eventually("the refund", async || ada.purchase(&purchase).await["remaining_tokens"] == left).await;
    }
    assert_eq!(ada.purchase(&purchase).await["status"], "refunded");
}

#[tokio::test]
async fn row_6_where_no_tax_is_due_a_checkout_that_asks_for_it_is_granted_without_any() {
    let world = taxed().await;
    world.sandbox_set("/sandbox/tax", json!({ "basis_points": 0 })).await;
    let ada = world.user("ada@example.com", "premium").await;
    for (pack, amount) in [("plus", 1800), ("with", 2400)] {
        let purchase = paid(&ada, pack, card()).await;
        assert_eq!(amounts(&purchase), [Some(amount), Some(amount), Some(0), Some(0), Some(amount)]);
    }
}

#[tokio::test]
async fn row_7_a_fixed_discount_and_the_tax_on_the_rest_explain_what_was_paid() {
    let world = taxed().await;
    let coupon = world
        .stripe_post("/v1/coupons", &[("amount_off", "333"), ("currency", "usd"), ("duration", "once")])
        .await;
    let coupon = text(&coupon["id"]);
    let form = [("promotion[type]", "coupon"), ("promotion[coupon]", &coupon), ("code", "LESS")];
    world.stripe_post("/v1/promotion_codes", &form).await;
    let ada = world.user("ada@example.com", "premium").await;
    let plus = paid(&ada, "plus", json!({ "promotion_code": "LESS" })).await;
    // 18.00 less 3.33 is 14.67, and 19 percent of that are 2.79.
    assert_eq!(amounts(&plus), [Some(1800), Some(1800), Some(333), Some(279), Some(1746)]);
    let with = paid(&ada, "with", json!({ "promotion_code": "less", "method": "paypal" })).await;
    assert_eq!(amounts(&with), [Some(2400), Some(2400), Some(333), Some(330), Some(2067)]);
    assert_eq!(ada.balance().await["top_up"]["available"], 22_000);
}

#[tokio::test]
async fn row_7_a_plan_that_a_code_makes_free_is_granted_and_its_renewal_is_paid() {
    let world = World::with(WorldOptions {
        catalogue: Some(with_tax()),
        test_clock: true,
        ..WorldOptions::default()
    })
    .await;
    live_until(&world, "2026-06-01T12:00:00Z").await;
    let coupon = world.stripe_post("/v1/coupons", &[("percent_off", "100"), ("duration", "once")]).await;
    let coupon = text(&coupon["id"]);
    let form = [("promotion[type]", "coupon"), ("promotion[coupon]", &coupon), ("code", "TRY")];
    world.stripe_post("/v1/promotion_codes", &form).await;
    let ada = world.user("ada@example.com", "free").await;
    let page = ada.post("/v1/subscription/checkout", json!({ "plan_id": "premium" })).await.ok();
    let done = world.sandbox(&pay(&page), json!({ "promotion_code": "TRY" })).await;
    assert_eq!(done["payment_status"], "no_payment_required");
    eventually("the plan", async || ada.balance().await["fast"]["available"] == 25_000).await;
    let shown = format!("{}/checkout/return?session_id={}", world.origin, session(&page));
    let shown = String::from_utf8(send(world.http.get(shown)).await.bytes).unwrap();
    assert!(shown.contains("Your plan is active"), "{shown}");
    live_until(&world, "2026-07-01T12:00:00Z").await;
    assert_eq!(ada.balance().await["rollover"]["available"], 25_000);
    assert_eq!(world.stripe("/v1/invoices").await["data"][0]["amount_paid"], 3600, "with 20 percent of tax");
    assert_eq!(world.set_aside().await, []);
}
