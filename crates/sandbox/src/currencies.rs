//! How Stripe counts and limits amounts in each currency (<https://docs.stripe.com/currencies>).
//!
//! The service has such a table of its own, because the sandbox shares no code with it. A test of the service compares
//! the two.

/// The currencies that have no decimals.
const WITHOUT_DECIMALS: [&str; 15] =
    ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"];

/// The currencies that have three decimals, the last of which is always 0.
const WITH_THREE_DECIMALS: [&str; 5] = ["bhd", "jod", "kwd", "omr", "tnd"];

/// The currencies that have two decimals which are always 00.
const WITHOUT_FRACTIONS: [&str; 2] = ["isk", "ugx"];

/// The smallest charge of the currencies that have one, in minor units.
const SMALLEST: [(&str, i64); 31] = [
    ("aed", 200),
    ("ars", 50),
    ("aud", 50),
    ("brl", 50),
    ("cad", 50),
    ("chf", 50),
    ("cop", 50),
    ("czk", 1_500),
    ("dkk", 250),
    ("eur", 50),
    ("gbp", 30),
    ("hkd", 400),
    ("huf", 17_500),
    ("idr", 50),
    ("ils", 50),
    ("inr", 50),
    ("jpy", 50),
    ("krw", 50),
    ("mxn", 1_000),
    ("myr", 200),
    ("nok", 300),
    ("nzd", 50),
    ("php", 50),
    ("pln", 200),
    ("ron", 200),
    ("rub", 50),
    ("sek", 300),
    ("sgd", 50),
    ("thb", 1_000),
    ("usd", 50),
    ("zar", 50),
];

/// How many decimals an amount of minor units has.
pub fn decimals(currency: &str) -> u32 {
    if WITHOUT_DECIMALS.contains(&currency) {
        0
    } else if WITH_THREE_DECIMALS.contains(&currency) {
        3
    } else {
        2
    }
}

/// Every charge is a multiple of this amount of minor units.
pub fn step(currency: &str) -> i64 {
    if WITHOUT_FRACTIONS.contains(&currency) {
        100
    } else if WITH_THREE_DECIMALS.contains(&currency) {
        10
    } else {
        1
    }
}

/// The smallest charge in minor units.
pub fn smallest_charge(currency: &str) -> i64 {
    SMALLEST
        .iter()
        .find(|(code, _)| *code == currency)
        .map_or_else(|| step(currency), |(_, smallest)| *smallest)
}

/// The largest charge in minor units, whatever the method of payment.
pub fn largest_charge(currency: &str) -> i64 {
    match currency {
        "idr" => 999_999_999_999,
        "cop" => 9_999_999_999,
        "inr" => 999_999_999,
        _ => 99_999_999,
    }
}
