//! How Stripe counts amounts: zero, two or three digits per currency, whatever a library for locales says (row 14).

use super::catalogue;
use crate::support::{
    Response, STRIPE_KEY, World, WorldOptions, card, eventually, pay, pooled_client, send, session,
};
use serde_json::json;
use tokenwell_currencies::{AmountRules, EXCEPTIONS, USUAL};

/// Packs that cost 3,490 forints, 1,290 krónur and 2.900 dinars.
const PACKS: &str = r#"
[[packs]]
id = "forints"
name = "Forints"
tokens = 5_000
price = { amount = 349_000, currency = "huf", tax_included = true }

[[packs]]
id = "kronur"
name = "Krónur"
tokens = 6_000
price = { amount = 129_000, currency = "isk", tax_included = true }

[[packs]]
id = "dinars"
name = "Dinars"
tokens = 7_000
price = { amount = 2_900, currency = "kwd", tax_included = true }
"#;

#[tokio::test]
async fn row_14_a_pack_costs_at_stripe_what_the_service_says_in_every_currency() {
    let world =
        World::with(WorldOptions { catalogue: Some(catalogue("", PACKS)), ..WorldOptions::default() }).await;
    let ada = world.user("ada@example.com", "premium").await;
    for (pack, amount, currency, shown) in [
        ("forints", 698_000, "huf", "6,980.00 HUF"),
        ("kronur", 258_000, "isk", "2,580.00 ISK"),
        ("dinars", 5_800, "kwd", "5.800 KWD"),
    ] {
        let purchase = ada.open(pack, 2).await;
        assert_eq!((&purchase["amount"], &purchase["currency"]), (&json!(amount), &json!(currency)));
        let page = send(world.http.get(purchase["checkout_url"].as_str().unwrap())).await;
        let page = String::from_utf8(page.bytes).unwrap();
        assert!(page.contains(shown), "{shown} is not on the page: {page}");
        world.sandbox(&pay(&purchase), card()).await;
        ada.until(&purchase, "paid").await;
        let session = world.stripe(&format!("/v1/checkout/sessions/{}", session(&purchase))).await;
        assert_eq!((&session["amount_total"], &session["currency"]), (&json!(amount), &json!(currency)));
    }
}

/// Requests a checkout of one thing at this price.
async fn checkout(world: &World, amount: u64, currency: &str) -> Response {
    let item = |field: &str| format!("line_items[0]{field}");
    let fields = [
        ("mode".to_owned(), "payment".to_owned()),
        ("success_url".to_owned(), "https://tokens.example.com/".to_owned()),
        (item("[quantity]"), "1".to_owned()),
        (item("[price_data][currency]"), currency.to_owned()),
        (item("[price_data][unit_amount]"), amount.to_string()),
        (item("[price_data][product_data][name]"), "Tokens".to_owned()),
    ];
    let request = world.http.post(format!("{}/v1/checkout/sessions", world.sandbox.origin()));
    send(request.bearer_auth(STRIPE_KEY).form(&fields)).await
}

#[tokio::test]
async fn row_15_the_sandbox_counts_and_limits_every_currency_as_the_service_does() {
    let mut world = World::start().await;
    world.http = pooled_client();
    let usual = [("twd", USUAL), ("xyz", USUAL)];
    for (currency, AmountRules { digits, step, minimum, maximum }) in EXCEPTIONS.iter().copied().chain(usual)
    {
        let session = checkout(&world, minimum, currency).await.ok();
        let page = send(world.http.get(session["url"].as_str().unwrap())).await;
        let shown = tokenwell_currencies::amount_rules(currency).decimal(minimum);
        let page = String::from_utf8(page.bytes).unwrap();
        assert!(page.contains(&shown), "{shown} {currency} with {digits} digits is not on the page");

        let largest = maximum - maximum % step;
        checkout(&world, largest, currency).await.ok();
        let mut refused = vec![(largest + step, "amount_too_large")];
        if minimum > step {
            refused.push((minimum - step, "amount_too_small"));
        }
        match step {
            1 => {}
            100 => refused.push((minimum + 50, "invalid_charge_amount_no_decimal_compatible")),
            _ => refused.push((minimum + 1, "invalid_charge_amount")),
        }
        for (amount, code) in refused {
            let response = checkout(&world, amount, currency).await;
            let found = (response.status, response.body["error"]["code"].as_str());
            assert_eq!(found, (400, Some(code)), "{amount} {currency}: {}", response.body);
        }
    }
}

/// Packs in currencies without minor units, with three digits, and with two digits that are always 00.
const PACKS_IN_MORE_CURRENCIES: &str = r#"
[[packs]]
id = "jpy"
name = "Yen"
tokens = 1_000
price = { amount = 1_200, currency = "jpy", tax_included = true }

[[packs]]
id = "vnd"
name = "Dong"
tokens = 2_000
price = { amount = 220_000, currency = "vnd", tax_included = true }

[[packs]]
id = "tnd"
name = "Tunisian dinars"
tokens = 3_000
price = { amount = 27_350, currency = "tnd", tax_included = true }

[[packs]]
id = "ugx"
name = "Ugandan shillings"
tokens = 4_000
price = { amount = 3_500_000, currency = "ugx", tax_included = true }

[[packs]]
id = "cop"
name = "Colombian pesos"
tokens = 5_000
price = { amount = 3_990_050, currency = "cop", tax_included = true }
"#;

#[tokio::test]
async fn row_14_a_refund_that_is_due_is_named_in_the_digits_of_its_currency_and_a_part_takes_its_share() {
    let options =
        WorldOptions { catalogue: Some(catalogue("", PACKS_IN_MORE_CURRENCIES)), ..WorldOptions::default() };
    let world = World::with(options).await;
    let ada = world.user("ada@example.com", "premium").await;
    for (pack, shipping, charged, part, left) in [
        ("jpy", 300, "1500 JPY", 400, 667),
        ("vnd", 30_000, "250000 VND", 55_000, 1_500),
        ("tnd", 150, "27.500 TND", 13_670, 1_501),
        ("ugx", 500_000, "40000.00 UGX", 1_750_000, 2_000),
        ("cop", 9_950, "40000.00 COP", 3_990_049, 1),
    ] {
        let overcharged = ada.open(pack, 1).await;
        world.sandbox(&pay(&overcharged), json!({ "shipping": shipping })).await;
        ada.until(&overcharged, "refund_due").await;
        let url = format!("{}/checkout/return?session_id={}", world.origin, session(&overcharged));
        let page = String::from_utf8(send(world.http.get(url)).await.bytes).unwrap();
        assert!(page.contains(&format!("You were charged {charged}")), "{charged} is not on {page}");

        let bought = ada.buy(pack, 1).await;
        let refund = format!("/sandbox/charges/{}/refund", ada.charge_of(&bought).await);
        world.sandbox(&refund, json!({ "amount": part })).await;
        eventually(pack, async || ada.purchase(&bought).await["remaining_tokens"] == left).await;
    }
}
