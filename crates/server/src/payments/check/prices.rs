//! The prices of plans: what the catalogue says, and what Stripe charges.

use super::setup::{StripeChecks, unreadable};
use crate::base::finding::{Checked, Finding};
use crate::payments::stripe::{Expandable, List, StripeClient, StripeError, fields};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use tokenwell_ledger::{Catalogue, Currency, Interval, Minor, Money, Plan, PlanId, PlanPrice};

/// The most lookup keys that one call may ask for.
const KEYS_AT_ONCE: usize = 10;

/// A price as Stripe has it.
#[derive(Debug, Clone, Deserialize)]
struct StripePlanPrice {
    id: String,
    active: bool,
    lookup_key: Option<String>,
    currency: String,
    /// Null if the price is not in whole minor units, or has tiers.
    unit_amount: Option<Minor>,
    recurring: Option<Recurring>,
    #[serde(default)]
    billing_scheme: Option<String>,
    #[serde(default)]
    transform_quantity: Option<serde_json::Value>,
    #[serde(default)]
    tax_behavior: Option<String>,
    /// Only if it was expanded.
    #[serde(default)]
    currency_options: Option<HashMap<String, CurrencyOption>>,
    product: Expandable<Product>,
}

#[derive(Debug, Clone, Deserialize)]
struct Recurring {
    interval: String,
    #[serde(default = "one")]
    interval_count: u32,
    #[serde(default)]
    usage_type: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct CurrencyOption {
    unit_amount: Option<Minor>,
    #[serde(default)]
    tax_behavior: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct Product {
    #[serde(default)]
    active: Option<bool>,
}

fn one() -> u32 {
    1
}

/// What Stripe charges for plans, in the currency that the catalogue names, or else in the price's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlanPrices(HashMap<(PlanId, Interval, Currency), Money>);

impl PlanPrices {
    /// What Stripe charges instead of this price of the catalogue, if it is known.
    pub fn charged(&self, plan: &PlanId, price: &PlanPrice) -> Option<&Money> {
        self.0.get(&(plan.clone(), price.interval, price.price.currency.clone()))
    }
}

fn word(interval: Interval) -> &'static str {
    match interval {
        Interval::Month => "month",
        Interval::Year => "year",
    }
}

/// Compares every price of the catalogue with Stripe's.
pub async fn compared(checks: &StripeChecks<'_>) -> (Vec<Finding>, Option<PlanPrices>) {
    let wanted: Vec<(&Plan, &PlanPrice)> = wanted(checks.catalogue);
    let found = match by_lookup_key(checks.stripe, &wanted).await {
        Ok(found) => found,
        Err(error) => {
            let shown_as = "Prices: Read (rak_plan_read)";
            return (vec![unreadable(Checked::Price, "the prices of plans", &error, shown_as)], None);
        }
    };
    let mut prices = PlanPrices::default();
    let findings = wanted.into_iter().map(|(plan, price)| {
        let key = price.lookup_key.clone();
        let of_plan = found.get(&key).map(Vec::as_slice).unwrap_or_default();
        if let Some(money) = of_plan.iter().find_map(|at_stripe| at_stripe.charged(price)) {
            prices.0.insert((plan.id.clone(), price.interval, price.price.currency.clone()), money);
        }
        finding(price, &key, of_plan, checks.asks_for_tax).about(key)
    });
    let findings = findings.collect();
    (findings, Some(prices))
}

fn wanted(catalogue: &Catalogue) -> Vec<(&Plan, &PlanPrice)> {
    catalogue.plans().iter().flat_map(|plan| plan.prices.iter().map(move |price| (plan, price))).collect()
}

/// Stripe's prices by their lookup keys, archived ones too.
async fn by_lookup_key(
    stripe: &StripeClient,
    wanted: &[(&Plan, &PlanPrice)],
) -> Result<BTreeMap<String, Vec<StripePlanPrice>>, StripeError> {
    let mut keys: Vec<String> = wanted.iter().map(|(_, price)| price.lookup_key.clone()).collect();
    keys.sort();
    keys.dedup();
    let several_currencies = keys.len() < wanted.len();
    let mut found: BTreeMap<String, Vec<StripePlanPrice>> = BTreeMap::new();
    for some in keys.chunks(KEYS_AT_ONCE) {
        let mut query = Vec::from(fields!["limit" => 100, "expand[]" => "data.product"]);
        if several_currencies {
            query.extend(fields!["expand[]" => "data.currency_options"]);
        }
        query.extend(some.iter().flat_map(|key| fields!["lookup_keys[]" => key]));
        let page: List<StripePlanPrice> = stripe.get("/v1/prices", &query).await?;
        for price in page.data {
            found.entry(price.lookup_key.clone().unwrap_or_default()).or_default().push(price);
        }
    }
    Ok(found)
}

impl StripePlanPrice {
    fn is_on_sale(&self) -> bool {
        let product_is_active = self.product.object().and_then(|product| product.active).unwrap_or(true);
        self.active && product_is_active
    }

    /// The interval, if a subscription to this price costs its amount once per interval.
    fn interval(&self) -> Option<&str> {
        let recurring = self.recurring.as_ref()?;
        let is_plain = recurring.interval_count == 1
            && recurring.usage_type.as_deref().unwrap_or("licensed") == "licensed"
            && self.billing_scheme.as_deref().unwrap_or("per_unit") == "per_unit"
            && self.transform_quantity.is_none();
        is_plain.then_some(recurring.interval.as_str())
    }

    /// The amount and the tax behaviour in a currency.
    fn amount_in(&self, currency: &str) -> Option<(Option<Minor>, Option<&str>)> {
        if self.currency == currency {
            return Some((self.unit_amount, self.tax_behavior.as_deref()));
        }
        let option = self.currency_options.as_ref()?.get(currency)?;
        Some((option.unit_amount, option.tax_behavior.as_deref()))
    }

    /// What a buyer of this price of the catalogue is charged, if it can be written as one amount per interval.
    fn charged(&self, price: &PlanPrice) -> Option<Money> {
        if !self.is_on_sale() || self.interval() != Some(word(price.interval)) {
            return None;
        }
        if let Some((amount, _)) = self.amount_in(price.price.currency.as_str()) {
            return Some(Money { amount: amount?, currency: price.price.currency.clone() });
        }
        let currency = Currency::try_from(self.currency.clone()).ok()?;
        Some(Money { amount: self.unit_amount?, currency })
    }
}

fn finding(price: &PlanPrice, key: &str, found: &[StripePlanPrice], asks_for_tax: bool) -> Finding {
    let wanted = shown(&price.price, price.interval);
    let Some(at_stripe) = found.iter().find(|it| it.is_on_sale()) else {
        let what = match found.first() {
            Some(archived) if archived.active => {
                format!("the product of {} is archived, so the plan cannot be bought", archived.id)
            }
            Some(archived) => format!("{} is archived, so the plan cannot be bought", archived.id),
            None => "Stripe has no price with this lookup key, so the plan cannot be bought".to_owned(),
        };
        let remedy = format!(
            "Give an active price of {wanted} the lookup key {key}, or remove this price from the catalogue"
        );
        return Finding::risk(Checked::Price, what, remedy);
    };
    match mismatch(price, at_stripe, asks_for_tax) {
        None => Finding::fine(Checked::Price, format!("{wanted}, as in the catalogue")),
        Some(what) => Finding::risk(
            Checked::Price,
            format!("{what} ({}); the catalogue says {wanted}", at_stripe.id),
            format!(
                "Correct the catalogue, or make a price of {wanted} at Stripe with `transfer_lookup_key`, which takes {key} over"
            ),
        ),
    }
}

/// What differs from the catalogue.
fn mismatch(price: &PlanPrice, at_stripe: &StripePlanPrice, asks_for_tax: bool) -> Option<String> {
    let Some(recurring) = &at_stripe.recurring else {
        return Some("Stripe's price is charged once, not regularly".to_owned());
    };
    if at_stripe.interval() != Some(word(price.interval)) {
        let (count, interval) = (recurring.interval_count, &recurring.interval);
        return Some(match at_stripe.interval() {
            None if count == 1 => "Stripe's price is not one amount per subscription".to_owned(),
            _ => format!("Stripe bills every {count} {interval}"),
        });
    }
    let Some((amount, tax_behavior)) = at_stripe.amount_in(price.price.currency.as_str()) else {
        return Some(format!("Stripe's price is in {}", at_stripe.currency));
    };
    let Some(amount) = amount else {
        return Some("Stripe's price is not in whole minor units".to_owned());
    };
    if amount != price.price.amount {
        let money = Money { amount, currency: price.price.currency.clone() };
        return Some(format!("Stripe charges {}", shown(&money, price.interval)));
    }
    let expected = if price.tax_included { "inclusive" } else { "exclusive" };
    let tax_behavior = tax_behavior.unwrap_or("unspecified");
    (asks_for_tax && tax_behavior != expected)
        .then(|| format!("the tax behavior of Stripe's price is {tax_behavior}, not {expected}"))
}

/// An amount as operators write it in catalogues.
fn shown(money: &Money, interval: Interval) -> String {
    format!("{} {} per {} in minor units", money.amount.0, money.currency, word(interval))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::finding::FindingState;
    use serde_json::{Value, json};

    fn catalogue_price() -> PlanPrice {
        let catalogue = Catalogue::built_in();
        catalogue.plan(&PlanId::from("premium")).unwrap().price(Interval::Month).unwrap().clone()
    }

    /// Stripe's price of the plan, with these fields changed.
    fn at_stripe(changes: &Value) -> StripePlanPrice {
        let mut price = json!({
            "id": "price_1", "active": true, "lookup_key": "tokenwell_premium_month", "currency": "usd",
            "unit_amount": 3000, "billing_scheme": "per_unit", "transform_quantity": null,
            "recurring": { "interval": "month", "interval_count": 1, "usage_type": "licensed" },
            "tax_behavior": "exclusive", "product": { "id": "prod_1", "active": true },
        });
        for (field, value) in changes.as_object().unwrap() {
            price[field] = value.clone();
        }
        serde_json::from_value(price).unwrap()
    }

    #[test]
    fn every_difference_between_the_catalogue_and_stripe_is_told() {
        let recurring = |interval: &str, count: u32, usage: &str| json!({ "recurring": { "interval": interval, "interval_count": count, "usage_type": usage } });
        let table = [
            (json!({ "unit_amount": 3500 }), "Stripe charges 3500 usd per month"),
            (json!({ "unit_amount": null }), "not in whole minor units"),
            (json!({ "currency": "eur" }), "Stripe's price is in eur"),
            (json!({ "recurring": null }), "charged once"),
            (recurring("year", 1, "licensed"), "bills every 1 year"),
            (recurring("month", 3, "licensed"), "bills every 3 month"),
            (recurring("month", 1, "metered"), "not one amount per subscription"),
            (json!({ "billing_scheme": "tiered" }), "not one amount per subscription"),
            (json!({ "transform_quantity": { "divide_by": 5 } }), "not one amount per subscription"),
            (json!({ "active": false }), "price_1 is archived"),
            (json!({ "product": { "id": "prod_1", "active": false } }), "the product of price_1 is archived"),
            (json!({ "tax_behavior": "inclusive" }), "is inclusive, not exclusive"),
            (json!({ "tax_behavior": "unspecified" }), "is unspecified, not exclusive"),
        ];
        let found = |changes: &Value| {
            finding(&catalogue_price(), "tokenwell_premium_month", &[at_stripe(changes)], true)
        };
        for (changes, words) in &table {
            let found = found(changes);
            assert_eq!(found.state, FindingState::Risk, "{changes}");
            assert!(found.what.contains(words), "{changes}: {found}");
        }
        assert_eq!(found(&json!({})).state, FindingState::Fine);
        let none = finding(&catalogue_price(), "tokenwell_premium_month", &[], true);
        assert!(none.what.contains("no price with this lookup key"), "{none}");
        let without_tax =
            finding(&catalogue_price(), "k", &[at_stripe(&json!({ "tax_behavior": "unspecified" }))], false);
        assert_eq!(without_tax.state, FindingState::Fine);
    }

    #[test]
    fn what_a_buyer_is_charged_is_known_even_if_it_differs_from_the_catalogue() {
        let price = catalogue_price();
        let charged = |changes: &Value| {
            at_stripe(changes).charged(&price).map(|money| format!("{} {}", money.amount.0, money.currency))
        };
        assert_eq!(charged(&json!({})).as_deref(), Some("3000 usd"));
        assert_eq!(charged(&json!({ "unit_amount": 3500 })).as_deref(), Some("3500 usd"));
        assert_eq!(charged(&json!({ "currency": "eur" })).as_deref(), Some("3000 eur"));
        let options = json!({ "currency": "eur", "currency_options": { "usd": { "unit_amount": 3200 } } });
        assert_eq!(charged(&options).as_deref(), Some("3200 usd"));
        for not_one_amount in
            [json!({ "active": false }), json!({ "unit_amount": null }), json!({ "recurring": null })]
        {
            assert_eq!(charged(&not_one_amount), None, "{not_one_amount}");
        }
    }
}
