//! What Stripe has of packs already is used: prices and products.

use super::catalogue;
use crate::support::{User, World, WorldOptions, card, pay, session, text};
use serde_json::{Value, json};

/// A pack with a price at Stripe, and one with a product there.
const PACKS: &str = r#"
[[packs]]
id = "priced"
name = "Priced"
tokens = 5_000
price = { lookup_key = "tokens_5000", amount = 900, currency = "usd", tax_included = false }

[[packs]]
id = "listed"
name = "Listed"
tokens = 7_000
product = "tokens-of-7000"
price = { amount = 1_200, currency = "usd", tax_included = false }
"#;

async fn world(settings: &str) -> World {
    World::with(WorldOptions { catalogue: Some(catalogue(settings, PACKS)), ..WorldOptions::default() }).await
}

async fn product(world: &World, name: &str) -> String {
    text(&world.stripe_post("/v1/products", &[("name", name)]).await["id"])
}

/// Makes the price of the first pack, with these fields changed. It takes the lookup key over.
async fn price(world: &World, product: &str, changes: &[(&str, &str)]) -> Value {
    let form = [
        ("product", product),
        ("currency", "usd"),
        ("unit_amount", "900"),
        ("lookup_key", "tokens_5000"),
        ("transfer_lookup_key", "true"),
    ];
    world.stripe_post("/v1/prices", &[&form[..], changes].concat()).await
}

/// What a checkout sells.
async fn line(world: &World, checkout: &Value) -> Value {
    let path = format!("/v1/checkout/sessions/{}/line_items", session(checkout));
    world.stripe(&path).await["data"][0].clone()
}

async fn count(world: &World, list: &str) -> usize {
    world.stripe(&format!("/v1/{list}?limit=100")).await["data"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_pack_is_sold_at_the_price_or_of_the_product_that_stripe_has_and_granted_by_the_purchase() {
    let world = world("").await;
    let own = product(&world, "5,000 of our tokens").await;
    let price = price(&world, &own, &[]).await;
    let chosen = [("id", "tokens-of-7000"), ("name", "7,000 of our tokens")];
    world.stripe_post("/v1/products", &chosen).await;
    let ada = world.user("ada@example.com", "premium").await;
    let (products, prices) = (count(&world, "products").await, count(&world, "prices").await);

    let of_price = ada.open("priced", 2).await;
    assert_eq!(line(&world, &of_price).await["price"]["id"], price["id"]);
    assert_eq!(count(&world, "prices").await, prices, "no price is made beside the one that there is");
    let of_product = ada.open("listed", 1).await;
    let sold = line(&world, &of_product).await;
    assert_eq!((&sold["price"]["product"], &sold["description"]), (&chosen[0].1.into(), &chosen[1].1.into()));
    assert_eq!((&sold["amount_total"], count(&world, "products").await), (&json!(1_200), products));

    for (purchase, tokens) in [(of_price, 10_000), (of_product, 7_000)] {
        world.sandbox(&pay(&purchase), card()).await;
        assert_eq!(ada.until(&purchase, "paid").await["granted_tokens"], tokens);
    }
    assert_eq!(ada.balance().await["top_up"]["available"], 17_000);
}

/// Tries to buy the first pack, which is not sold.
async fn is_not_sold(ada: &User<'_>, key: &str) {
    let refused = ada.request_purchase("priced", 1, key).await;
    refused.refused(502, "payment_provider_unavailable", "the operator has to set up its price");
}

#[tokio::test]
async fn a_pack_whose_price_at_stripe_is_not_the_catalogues_is_not_sold_until_it_is() {
    let world = world("").await;
    let ada = world.user("ada@example.com", "premium").await;
    let sessions = count(&world, "checkout/sessions").await;
    is_not_sold(&ada, "no price").await;
    let own = product(&world, "Tokens").await;
    for (field, value) in
        [("unit_amount", "950"), ("currency", "eur"), ("recurring[interval]", "month"), ("active", "false")]
    {
        price(&world, &own, &[(field, value)]).await;
        is_not_sold(&ada, field).await;
    }
    price(&world, &own, &[]).await;
    let product = format!("/v1/products/{own}");
    world.stripe_post(&product, &[("active", "false")]).await;
    is_not_sold(&ada, "archived product").await;
    assert_eq!(
        ada.get("/v1/purchases").await.ok()["items"],
        json!([]),
        "nothing is left of what was not sold"
    );
    assert_eq!(count(&world, "checkout/sessions").await, sessions);

    world.stripe_post(&product, &[("active", "true")]).await;
    let purchase = ada.request_purchase("priced", 1, "no price").await.ok();
    world.sandbox(&pay(&purchase), card()).await;
    ada.until(&purchase, "paid").await;
}

#[tokio::test]
async fn with_tax_a_pack_is_sold_only_at_a_price_that_says_of_tax_what_the_catalogue_says() {
    let world = world("tax = \"stripe\"").await;
    let ada = world.user("ada@example.com", "premium").await;
    let own = product(&world, "Tokens").await;
    for behavior in ["unspecified", "inclusive"] {
        price(&world, &own, &[("tax_behavior", behavior)]).await;
        is_not_sold(&ada, behavior).await;
    }
    price(&world, &own, &[("tax_behavior", "exclusive")]).await;
    let bought = ada.buy("priced", 1).await;
    assert_eq!(
        (&bought["subtotal"], &bought["tax"], &bought["total"]),
        (&json!(900), &json!(180), &json!(1_080))
    );
}

#[tokio::test]
async fn a_price_in_several_currencies_is_sold_in_the_catalogues() {
    let world = world("").await;
    let ada = world.user("ada@example.com", "premium").await;
    let own = product(&world, "Tokens").await;
    let euros = [("currency", "eur"), ("unit_amount", "800"), ("currency_options[usd][unit_amount]", "950")];
    price(&world, &own, &euros).await;
    is_not_sold(&ada, "950 usd").await;
    let euros = [("currency", "eur"), ("unit_amount", "800"), ("currency_options[usd][unit_amount]", "900")];
    price(&world, &own, &euros).await;
    let open = ada.open("priced", 1).await;
    let at_stripe = world.stripe(&format!("/v1/checkout/sessions/{}", session(&open))).await;
    assert_eq!((&at_stripe["currency"], &at_stripe["amount_total"]), (&json!("usd"), &json!(900)));
    world.sandbox(&pay(&open), card()).await;
    ada.until(&open, "paid").await;
}
