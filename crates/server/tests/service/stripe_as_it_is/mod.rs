//! Stripe as it is, row by row of the differences between Stripe and what is easily assumed about it.

mod billing;
mod currencies;
mod customers;
mod disputes;
mod endings;
mod kept;
mod long_lists;
mod plan_changes;
mod prices;
mod refund_due;
mod tax_and_discounts;
mod unknown_input;
mod versions;

/// The free plan and a paid one.
const PLANS: &str = r#"
[[plans]]
id = "free"
name = "Free"
period = "day"
allowance = 150

[[plans]]
id = "premium"
name = "Premium"
period = "month"
allowance = 25_000
prices = [{ interval = "month", amount = 3_000, currency = "usd", tax_included = false }]
"#;

/// A catalogue with these settings and packs.
fn catalogue(settings: &str, packs: &str) -> &'static str {
    let spend_order = r#"spend_order = ["rollover", "fast", "top_up"]"#;
    format!("{spend_order}\n{settings}\n{PLANS}\n{packs}").leak()
}
