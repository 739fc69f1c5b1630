//! What `tokenwell-server check` tells of packs whose prices or products Stripe has.

use crate::check::{finds, healthy, settings};
use tokenwell_ledger::Catalogue;
use tokenwell_server::Settings;

/// The built-in catalogue, with a pack whose price Stripe has and two of a product that Stripe has.
fn kept(settings: Settings) -> Settings {
    let packs = r#"
[[packs]]
id = "priced"
name = "Priced"
tokens = 5_000
price = { lookup_key = "tokens_5000", amount = 900, currency = "usd", tax_included = false }

[[packs]]
id = "listed"
name = "Listed"
tokens = 7_000
product = "tokens-at-stripe"
price = { amount = 1_200, currency = "usd", tax_included = false }

[[packs]]
id = "listed-too"
name = "Listed too"
tokens = 8_000
product = "tokens-at-stripe"
price = { amount = 1_300, currency = "usd", tax_included = false }
"#;
    let built_in = include_str!("../../../ledger/src/catalogue.toml");
    Settings { catalogue: Catalogue::parse(&format!("{built_in}{packs}")).unwrap(), ..settings }
}

#[tokio::test]
async fn each_pack_that_is_not_at_stripe_as_the_catalogue_says_is_told_with_what_to_do() {
    let world = healthy().await;
    let checked = || kept(settings(&world));
    let missing = [
        ("price tokens_5000:", "no price with this lookup key, so the pack cannot be bought"),
        ("price tokens-at-stripe:", "no such product"),
    ];
    finds(checked(), 1, &missing).await;

    world
        .stripe_post("/v1/products", &[("id", "tokens-at-stripe"), ("name", "Tokens"), ("active", "false")])
        .await;
    let price = [("currency", "usd"), ("lookup_key", "tokens_5000"), ("transfer_lookup_key", "true")];
    let of_product = async |fields: &[(&str, &str)]| {
        world
            .stripe_post("/v1/prices", &[&price[..], &[("product", "tokens-at-stripe")], fields].concat())
            .await
    };
    of_product(&[("unit_amount", "900")]).await;
    let archived = [
        ("price tokens_5000:", "the product of price_"),
        ("price tokens-at-stripe:", "the product is archived"),
    ];
    finds(checked(), 1, &archived).await;

    world.stripe_post("/v1/products/tokens-at-stripe", &[("active", "true")]).await;
    finds(checked(), 0, &[]).await;
    of_product(&[("unit_amount", "950")]).await;
    finds(checked(), 1, &[("price tokens_5000:", "Stripe charges 950 usd in minor units")]).await;
    of_product(&[("unit_amount", "900"), ("recurring[interval]", "month")]).await;
    finds(checked(), 1, &[("price tokens_5000:", "charged regularly, not once")]).await;
}
