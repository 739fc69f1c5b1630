//! The catalogue is checked when it is read, and every error names the line, the key and the fix.

use tokenwell_ledger::{
    AllowancePeriod, Bucket, Catalogue, Interval, Minor, PackAtStripe, PlanId, Tax, Tokens,
};

const BUILT_IN: &str = include_str!("../../src/catalogue.toml");

#[test]
fn the_built_in_catalogue_has_the_published_amounts() {
    let catalogue = Catalogue::built_in();
    assert_eq!(catalogue.spend_order(), [Bucket::Rollover, Bucket::Fast, Bucket::TopUp]);
    let plans: Vec<_> = catalogue
        .plans()
        .iter()
        .map(|plan| {
            let price = |interval| plan.price(interval).map_or(0, |price| price.price.amount.0);
            let prices = [price(Interval::Month), price(Interval::Year)];
            (plan.id.as_str(), plan.allowance.0, plan.rollover_cap.0, prices)
        })
        .collect();
    let expected = [
        ("free", 150, 0, [0, 0]),
        ("essential", 8_500, 25_500, [1_200, 12_000]),
        ("premium", 25_000, 75_000, [3_000, 28_800]),
        ("ultimate", 60_000, 180_000, [6_000, 57_600]),
    ];
    assert_eq!(plans, expected);
    let packs: Vec<_> =
        catalogue.packs().iter().map(|pack| (pack.id.as_str(), pack.tokens.0, pack.price.amount)).collect();
    let expected =
        [("small", 5_000, Minor(900)), ("medium", 15_000, Minor(2_400)), ("large", 40_000, Minor(5_900))];
    assert_eq!(packs, expected);
    assert_eq!(catalogue.free_plan().period, AllowancePeriod::Day);
}

#[test]
fn the_default_cap_is_three_times_the_allowance() {
    let text =
        BUILT_IN.replace("rollover_cap = 75_000", "").replace("allowance = 25_000", "allowance = 30_000");
    let catalogue = Catalogue::parse(&text).unwrap();
    assert_eq!(catalogue.plan(&"premium".into()).unwrap().rollover_cap, Tokens(90_000));
}

#[test]
fn a_spend_order_without_top_up_last_is_refused() {
    for order in [
        r#"["top_up", "rollover", "fast"]"#,
        r#"["rollover", "top_up", "fast"]"#,
        r#"["fast", "fast", "top_up"]"#,
        r#"["rollover", "fast"]"#,
    ] {
        let text = BUILT_IN.replace(r#"["rollover", "fast", "top_up"]"#, order);
        let error = Catalogue::parse(&text).unwrap_err();
        assert_eq!((error.line, error.key.as_str()), (5, "spend_order"), "{error}");
        assert!(error.problem.contains("`top_up` last"), "{error}");
    }
}

/// A text in the built-in catalogue, its replacement, and the start of the error.
const MISTAKES: [(&str, &str, &str); 50] = [
    (
        "allowance = 150\n",
        "allowance = 0\n",
        "line 20: `allowance`: is 0: write a whole number between 1 and",
    ),
    (
        "allowance = 150\n",
        "allowance = -1\n",
        "line 20: `allowance`: invalid value: integer `-1`, expected a whole number",
    ),
    (
        "allowance = 150\n",
        "allowance = 1.5\n",
        "line 20: `allowance`: invalid type: floating point `1.5`, expected a whole number",
    ),
    (
        "allowance = 150\n",
        "allowance = 150\nrollover_cap = 5\n",
        "line 21: `rollover_cap`: is on the free plan",
    ),
    ("allowance = 150\n", "allowance = 150\ncolour = 1\n", "line 21: `colour`: unknown field `colour`"),
    ("name = \"Free\"\n", "name = \" \"\n", "line 18: `name`: is empty"),
    ("id = \"premium\"", "id = \"essential\"", "line 34: `id`: `essential` is used twice"),
    ("id = \"premium\"", "id = \"Premium!\"", "line 34: `id`: `Premium!` is not an id"),
    ("period = \"day\"", "period = \"week\"", "line 19: `period`: unknown variant `week`"),
    (
        "id = \"small\"\nname = \"Small\"\ntokens = 5_000\n",
        "id = \"small\"\nname = \"Small\"\n",
        "line 55: `packs`: missing field `tokens`",
    ),
    (
        "price = { amount = 900, currency = \"usd\", tax_included = false }",
        "price = { amount = 900, currency = \"USD\", tax_included = false }",
        "line 60: `currency`: `USD` is not a currency",
    ),
    (
        "price = { amount = 900, currency = \"usd\", tax_included = false }",
        "price = { amount = 900, currency = \"usd\" }",
        "line 60: `price`: missing field `tax_included`",
    ),
    (
        "{ interval = \"year\", amount = 12_000,",
        "{ interval = \"month\", amount = 12_000,",
        "line 30: `interval`: is used twice",
    ),
    (
        "{ interval = \"year\", amount = 12_000,",
        "{ interval = \"year\", lookup_key = \"tokenwell_essential_month\", amount = 12_000,",
        "line 30: `lookup_key`: `tokenwell_essential_month` is used twice",
    ),
    (
        "{ interval = \"year\", amount = 12_000,",
        "{ interval = \"year\", lookup_key = \"a key\", amount = 12_000,",
        "line 30: `lookup_key`: must be a lookup key",
    ),
    (
        "price = { amount = 900, currency = \"usd\", tax_included = false }",
        "price = { lookup_key = \"a key\", amount = 900, currency = \"usd\", tax_included = false }",
        "line 60: `lookup_key`: must be a lookup key",
    ),
    (
        "price = { amount = 900,",
        "price = { lookup_key = \"tokenwell_essential_month\", amount = 900,",
        "line 60: `lookup_key`: `tokenwell_essential_month` is used twice",
    ),
    (
        "tokens = 5_000\n",
        "tokens = 5_000\nproduct = \"../prices\"\n",
        "line 59: `product`: `../prices` is not the id of a product at Stripe",
    ),
    (
        "# tax_code = \"txcd_10000000\"",
        "product = \"prod_1\"\ntax_code = \"txcd_10000000\"",
        "line 60: `tax_code`: is on a pack that Stripe has",
    ),
    (
        "price = { amount = 900,",
        "product = \"prod_1\"\nprice = { lookup_key = \"small\", amount = 900,",
        "line 60: `product`: is on a pack whose price has a `lookup_key`",
    ),
    ("{ interval = \"year\", amount = 12_000,", "{ amount = 12_000,", "line 30: `amount`: has no interval"),
    (
        "price = { amount = 900, currency = \"usd\", tax_included = false }",
        "price = { interval = \"month\", amount = 900, currency = \"usd\", tax_included = false }",
        "line 60: `interval`: is on a pack, which is paid once",
    ),
    (
        "price = { amount = 900,",
        "price = { amount = 100_000_000,",
        "line 60: `amount`: is 100000000 usd, but Stripe charges at most 99999999 (999999.99 usd)",
    ),
    (
        "price = { amount = 900,",
        "price = { amount = 5_000_000,",
        "line 60: `amount`: is 5000000 usd, so 20 cost 100000000, but Stripe charges at most 99999999",
    ),
    (
        "price = { amount = 900,",
        "price = { amount = 49,",
        "line 60: `amount`: is 49 usd, but Stripe charges at least 50 (0.50 usd)",
    ),
    (
        "price = { amount = 900, currency = \"usd\"",
        "price = { amount = 17_499, currency = \"huf\"",
        "line 60: `amount`: is 17499 huf, but Stripe charges at least 17500 (175.00 huf)",
    ),
    (
        "price = { amount = 900, currency = \"usd\"",
        "price = { amount = 2_905, currency = \"kwd\"",
        "line 60: `amount`: is 2905 kwd, but Stripe charges multiples of 10 in kwd",
    ),
    (
        "price = { amount = 900, currency = \"usd\"",
        "price = { amount = 1_290, currency = \"isk\"",
        "line 60: `amount`: is 1290 isk, but Stripe charges multiples of 100 in isk",
    ),
    (
        "price = { amount = 900, currency = \"usd\"",
        "price = { amount = 3_550, currency = \"ugx\"",
        "line 60: `amount`: is 3550 ugx, but Stripe charges multiples of 100 in ugx",
    ),
    (
        "price = { amount = 900,",
        "price = { amount = 0,",
        "line 60: `amount`: is 0 usd, but Stripe charges at least 50",
    ),
    (
        "{ interval = \"month\", amount = 1_200,",
        "{ interval = \"month\", amount = 20,",
        "line 29: `amount`: is 20 usd, but Stripe charges at least 50",
    ),
    ("tax = \"none\"", "tax = \"vat\"", "line 11: `tax`: unknown variant `vat`, expected `none` or `stripe`"),
    (
        "promotion_codes = false",
        "promotion_codes = 1",
        "line 14: `promotion_codes`: invalid type: integer `1`",
    ),
    (
        "# tax_code = \"txcd_10000000\"",
        "tax_code = \"saas\"",
        "line 59: `tax_code`: `saas` is not a tax code of Stripe, such as `txcd_10000000`",
    ),
    ("tokens = 5_000\n", "tokens = 0\n", "line 58: `tokens`: is 0: write a whole number between 1 and"),
    ("id = \"medium\"", "id = \"small\"", "line 63: `id`: `small` is used twice"),
    ("id = \"small\"", "id = \"\"", "line 56: `id`: `` is not an id"),
    (
        "rollover_cap = 25_500",
        "rollover_cap = 3_000_000_000_001",
        "line 27: `rollover_cap`: is 3000000000001: write a whole number between 1 and 3000000000000",
    ),
    (
        "prices = [\n    { interval = \"month\", amount = 1_200, currency = \"usd\", tax_included = false },\n    { interval = \"year\", amount = 12_000, currency = \"usd\", tax_included = false },\n]\n",
        "",
        "line 23: `id`: is a paid plan without a price: add `prices`",
    ),
    (
        "allowance = 150\n",
        "allowance = 150\nprices = [{ interval = \"month\", amount = 100, currency = \"usd\", tax_included = false }]\n",
        "line 21: `amount`: is a price of the free plan: remove its prices",
    ),
    ("interval = \"year\"", "interval = \"week\"", "line 30: `interval`: unknown variant `week`"),
    ("[[packs]]\nid = \"small\"", "[[pack]]\nid = \"small\"", "line 55: `pack`: unknown field `pack`"),
    ("[10]", "[0]", "line 8: `low_balance_percent`: must be at most 5 whole percents"),
    ("[10]", "[101]", "line 8: `low_balance_percent`: must be"),
    ("[10]", "[10, 25]", "line 8: `low_balance_percent`: must be"),
    ("[10]", "[10, 10]", "line 8: `low_balance_percent`: must be"),
    ("[10]", "[6, 5, 4, 3, 2, 1]", "line 8: `low_balance_percent`: must be"),
    ("[10]", "[1.5]", "line 8: `low_balance_percent`: invalid type"),
    ("[10]", "[300]", "line 8: `low_balance_percent`: must be"),
    ("spend_order = ", "spend_order == ", "line 5: `spend_order`: "),
];

#[test]
fn every_mistake_is_reported_with_its_line_its_key_and_the_fix() {
    let mut otherwise = Vec::new();
    for (found, replaced, expected) in MISTAKES {
        let text = BUILT_IN.replacen(found, replaced, 1);
        assert_ne!(text, BUILT_IN, "{found}");
        let error = Catalogue::parse(&text).unwrap_err().to_string();
        if !error.contains(expected) {
            otherwise.push(format!("{replaced:?}: {error}"));
        }
    }
    assert!(otherwise.is_empty(), "{otherwise:#?}");
}

#[test]
fn the_default_threshold_of_a_low_balance_is_a_tenth_of_the_allowance() {
    for (replaced, expected) in [
        ("", vec![10]),
        ("low_balance_percent = [25, 10]", vec![25, 10]),
        ("low_balance_percent = []", vec![]),
    ] {
        let catalogue = Catalogue::parse(&BUILT_IN.replace("low_balance_percent = [10]", replaced)).unwrap();
        assert_eq!(catalogue.low_balance_percent(), expected);
    }
}

#[test]
fn tax_and_promotion_codes_are_off_unless_the_catalogue_says_otherwise() {
    let text = BUILT_IN.replace("tax = \"none\"\n", "").replace("promotion_codes = false\n", "");
    let catalogue = Catalogue::parse(&text).unwrap();
    assert_eq!((catalogue.tax(), catalogue.promotion_codes()), (Tax::None, false));
    assert_eq!(catalogue.packs()[0].tax_code, None);
    let text = BUILT_IN
        .replace("tax = \"none\"", "tax = \"stripe\"")
        .replace("promotion_codes = false", "promotion_codes = true")
        .replace("# tax_code", "tax_code");
    let catalogue = Catalogue::parse(&text).unwrap();
    assert_eq!((catalogue.tax(), catalogue.promotion_codes()), (Tax::Stripe, true));
    assert_eq!(catalogue.packs()[0].tax_code.as_deref(), Some("txcd_10000000"));
}

#[test]
fn prices_within_stripes_limits_are_accepted_in_every_kind_of_currency() {
    for (amount, currency) in [
        (4_999_999, "usd"),
        (50, "usd"),
        (17_500, "huf"),
        (349_025, "huf"),
        (1_500, "jpy"),
        (2_910, "kwd"),
        (129_000, "isk"),
        (3_500_000, "ugx"),
        (15_000_001, "idr"),
        (2_000_050, "cop"),
    ] {
        let price = format!("price = {{ amount = {amount}, currency = \"{currency}\"");
        let text = BUILT_IN.replace("price = { amount = 900, currency = \"usd\"", &price);
        let catalogue =
            Catalogue::parse(&text).unwrap_or_else(|error| panic!("{amount} {currency}: {error}"));
        assert_eq!(catalogue.packs()[0].price.amount, Minor(amount));
    }
}

#[test]
fn a_catalogue_has_exactly_one_free_plan() {
    let error = Catalogue::parse(&BUILT_IN.replace("period = \"day\"", "period = \"month\"")).unwrap_err();
    assert!(error.problem.contains("there are 0 plans with `period = \"day\"`"), "{error}");
    let second = BUILT_IN.replacen("period = \"month\"", "period = \"day\"", 1);
    let error = Catalogue::parse(&second).unwrap_err();
    assert!(error.problem.contains("there are 2 plans with `period = \"day\"`"), "{error}");
    assert_eq!((error.line, error.key.as_str()), (16, "plans"));
}

#[test]
fn a_plan_can_have_several_prices_of_which_the_first_of_an_interval_is_on_sale() {
    let dearer = "prices = [\n    { interval = \"month\", lookup_key = \"essential_2027\", amount = 1_400, \
                  currency = \"usd\", tax_included = false },";
    let text = BUILT_IN.replacen("prices = [", dearer, 1);
    let catalogue = Catalogue::parse(&text).unwrap();
    let essential = catalogue.plan(&PlanId::from("essential")).unwrap();
    assert_eq!(essential.prices.len(), 3);
    let on_sale: Vec<_> = essential.prices_on_sale().map(|price| price.lookup_key.as_str()).collect();
    assert_eq!(on_sale, ["essential_2027", "tokenwell_essential_year"]);
    let named = |key| catalogue.plan_of_lookup_key(key).map(|(plan, interval)| (plan.id.as_str(), interval));
    for (key, expected) in [
        ("essential_2027", Some(("essential", Interval::Month))),
        ("tokenwell_essential_month", Some(("essential", Interval::Month))),
        ("tokenwell_ultimate_year", Some(("ultimate", Interval::Year))),
        ("tokenwell_free_month", None),
        ("tokenwell_gold_month", None),
        ("tokenwell_essential_week", None),
        ("essential_month", None),
    ] {
        assert_eq!(named(key), expected, "{key}");
    }
}

#[test]
fn a_pack_can_name_a_price_or_a_product_that_stripe_has_and_its_key_is_no_plans() {
    let text = BUILT_IN
        .replace(
            "price = { amount = 900,",
            "price = { lookup_key = \"tokenwell_premium_year\", amount = 900,",
        )
        .replace("{ interval = \"year\", amount = 28_800, currency = \"usd\", tax_included = false },", "")
        .replace("tokens = 15_000\n", "tokens = 15_000\nproduct = \"tokens-15000\"\n");
    let catalogue = Catalogue::parse(&text).unwrap();
    let at_stripe: Vec<_> = catalogue.packs().iter().map(|pack| pack.at_stripe.clone()).collect();
    let price = PackAtStripe::Price("tokenwell_premium_year".to_owned());
    assert_eq!(at_stripe, [Some(price), Some(PackAtStripe::Product("tokens-15000".to_owned())), None]);
    let of_key = |key| catalogue.pack_of_lookup_key(key).map(|pack| pack.id.as_str());
    assert_eq!((of_key("tokenwell_premium_year"), of_key("tokenwell_premium_month")), (Some("small"), None));
    assert_eq!(catalogue.plan_of_lookup_key("tokenwell_premium_year"), None);
}
