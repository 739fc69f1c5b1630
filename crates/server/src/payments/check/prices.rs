//! The prices of plans and packs: what the catalogue says, and what Stripe charges.

use super::setup::{StripeChecks, unreadable};
use crate::base::finding::{Checked, Finding};
use crate::payments::price_terms::{PriceTerms, is_on_sale};
use crate::payments::stripe::{List, Price, Product, StripeClient, StripeError, fields};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tokenwell_ledger::{Currency, Interval, Money, Pack, PackAtStripe, Plan, PlanId, PlanPrice};

/// The most lookup keys that one call may ask for.
const KEYS_AT_ONCE: usize = 10;

/// The permission that reading prices and products needs.
const SHOWN_AS: &str = "Prices: Read (rak_plan_read)";

/// What Stripe charges for plans, in the currency that the catalogue names, or else in the price's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlanPrices(HashMap<(PlanId, Interval, Currency), Money>);

impl PlanPrices {
    /// What Stripe charges instead of this price of the catalogue, if it is known.
    pub fn charged(&self, plan: &PlanId, price: &PlanPrice) -> Option<&Money> {
        self.0.get(&(plan.clone(), price.interval, price.price.currency.clone()))
    }
}

impl StripeChecks<'_> {
    fn prices_of_plans(&self) -> impl Iterator<Item = (&Plan, &PlanPrice)> {
        self.catalogue.plans().iter().flat_map(|plan| plan.prices.iter().map(move |price| (plan, price)))
    }

    /// The packs whose prices Stripe has, with their lookup keys.
    fn prices_of_packs(&self) -> impl Iterator<Item = (&Pack, &str)> {
        self.catalogue.packs().iter().filter_map(|pack| match &pack.at_stripe {
            Some(PackAtStripe::Price(key)) => Some((pack, key.as_str())),
            Some(PackAtStripe::Product(_)) | None => None,
        })
    }

    fn terms_of_plan<'a>(
        &self,
        PlanPrice { interval, price, tax_included, .. }: &'a PlanPrice,
    ) -> PriceTerms<'a> {
        let (interval, tax_included) = (Some(*interval), *tax_included);
        PriceTerms { price, interval, tax_included, asks_for_tax: self.asks_for_tax }
    }

    fn terms_of_pack<'a>(&self, Pack { price, tax_included, .. }: &'a Pack) -> PriceTerms<'a> {
        PriceTerms { price, interval: None, tax_included: *tax_included, asks_for_tax: self.asks_for_tax }
    }
}

/// Compares every price of a plan with Stripe's.
pub async fn of_plans(checks: &StripeChecks<'_>) -> (Vec<Finding>, Option<PlanPrices>) {
    let keys = checks.prices_of_plans().map(|(_, price)| price.lookup_key.as_str());
    let found = match by_lookup_key(checks.stripe, keys).await {
        Ok(found) => found,
        Err(error) => {
            return (vec![unreadable(Checked::Price, "the prices of plans", &error, SHOWN_AS)], None);
        }
    };
    let (mut findings, mut prices) = (Vec::new(), PlanPrices::default());
    for (plan, price) in checks.prices_of_plans() {
        let (key, terms) = (price.lookup_key.as_str(), checks.terms_of_plan(price));
        let at_stripe = found.get(key).map(Vec::as_slice).unwrap_or_default();
        if let Some(money) = at_stripe.iter().find_map(|at_stripe| terms.charged(at_stripe)) {
            prices.0.insert((plan.id.clone(), price.interval, price.price.currency.clone()), money);
        }
        findings.push(of_price(terms, key, at_stripe).about(key));
    }
    (findings, Some(prices))
}

/// Compares every price of a pack that Stripe has, and looks for the products that Stripe has.
pub async fn of_packs(checks: &StripeChecks<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    match by_lookup_key(checks.stripe, checks.prices_of_packs().map(|(_, key)| key)).await {
        Ok(found) => findings.extend(checks.prices_of_packs().map(|(pack, key)| {
            let at_stripe = found.get(key).map(Vec::as_slice).unwrap_or_default();
            of_price(checks.terms_of_pack(pack), key, at_stripe).about(key)
        })),
        Err(error) => findings.push(unreadable(Checked::Price, "the prices of packs", &error, SHOWN_AS)),
    }
    let products = checks.catalogue.packs().iter().filter_map(|pack| match &pack.at_stripe {
        Some(PackAtStripe::Product(product)) => Some(product.as_str()),
        Some(PackAtStripe::Price(_)) | None => None,
    });
    for product in products.collect::<BTreeSet<_>>() {
        findings.push(of_product(checks.stripe.product(product).await).about(product));
    }
    findings
}

/// Stripe's prices by their lookup keys, archived ones too.
async fn by_lookup_key<'a>(
    stripe: &StripeClient,
    wanted: impl Iterator<Item = &'a str>,
) -> Result<BTreeMap<String, Vec<Price>>, StripeError> {
    let keys: Vec<&str> = wanted.collect::<BTreeSet<_>>().into_iter().collect();
    let mut found: BTreeMap<String, Vec<Price>> = BTreeMap::new();
    for some in keys.chunks(KEYS_AT_ONCE) {
        let mut query = Vec::from(fields![
            "limit" => 100,
            "expand[]" => "data.product",
            "expand[]" => "data.currency_options",
        ]);
        query.extend(some.iter().flat_map(|key| fields!["lookup_keys[]" => key]));
        let page: List<Price> = stripe.get("/v1/prices", &query).await?;
        for price in page.data {
            found.entry(price.lookup_key.clone().unwrap_or_default()).or_default().push(price);
        }
    }
    Ok(found)
}

fn of_price(terms: PriceTerms<'_>, key: &str, found: &[Price]) -> Finding {
    let wanted = terms.shown();
    let (thing, once) = if terms.interval.is_some() { ("plan", "") } else { ("pack", "one-time ") };
    let Some(at_stripe) = found.iter().find(|price| is_on_sale(price)) else {
        let what = match found.first() {
            Some(archived) if archived.active != Some(false) => {
                format!("the product of {} is archived, so the {thing} cannot be bought", archived.id)
            }
            Some(archived) => format!("{} is archived, so the {thing} cannot be bought", archived.id),
            None => format!("Stripe has no price with this lookup key, so the {thing} cannot be bought"),
        };
        let instead = match terms.interval {
            Some(_) => "remove this price from the catalogue",
            None => "remove the key from the catalogue: then every checkout makes a price",
        };
        let remedy = format!("Give an active {once}price of {wanted} the lookup key {key}, or {instead}");
        return Finding::risk(Checked::Price, what, remedy);
    };
    let Some(what) = terms.difference(at_stripe) else {
        return Finding::fine(Checked::Price, format!("{wanted}, as in the catalogue"));
    };
    let effect = if terms.interval.is_some() { "" } else { ", so the pack cannot be bought" };
    Finding::risk(
        Checked::Price,
        format!("{what} ({}); the catalogue says {wanted}{effect}", at_stripe.id),
        format!(
            "Correct the catalogue, or make a {once}price of {wanted} at Stripe with `transfer_lookup_key`, which takes \
             {key} over"
        ),
    )
}

fn of_product(found: Result<Product, StripeError>) -> Finding {
    let remedy = "Correct `product` in the catalogue, activate the product at Stripe, or remove `product`: then every \
                  checkout makes a product";
    match found {
        Ok(product) if product.active == Some(false) => {
            Finding::risk(Checked::Price, "the product is archived, so its packs cannot be bought", remedy)
        }
        Ok(_) => Finding::fine(Checked::Price, "Stripe has the product"),
        Err(StripeError::NotFound(_)) => {
            Finding::risk(Checked::Price, "Stripe has no such product, so its packs cannot be bought", remedy)
        }
        Err(error) => unreadable(Checked::Price, "the products of packs", &error, SHOWN_AS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::finding::FindingState;
    use serde_json::{Value, json};
    use tokenwell_ledger::Minor;

    /// A price at Stripe, with these fields changed.
    fn at_stripe(changes: &Value) -> Price {
        let mut price = json!({ "id": "price_1", "active": true, "lookup_key": "key", "currency": "usd", "unit_amount": 900,
            "recurring": null, "product": { "id": "prod_1", "active": true } });
        for (field, value) in changes.as_object().unwrap() {
            price[field] = value.clone();
        }
        serde_json::from_value(price).unwrap()
    }

    #[test]
    fn a_price_that_is_missing_archived_or_different_is_told_with_what_to_do() {
        let price = Money { amount: Minor(900), currency: Currency::try_from("usd".to_owned()).unwrap() };
        let pack = PriceTerms { price: &price, interval: None, tax_included: false, asks_for_tax: false };
        let plan = PriceTerms { interval: Some(Interval::Month), ..pack };
        let archived_product = json!({ "product": { "id": "prod_1", "active": false } });
        let regular = json!({ "recurring": { "interval": "month", "interval_count": 1 } });
        let table = [
            (plan, vec![], "no price with this lookup key, so the plan cannot", "remove this price"),
            (
                pack,
                vec![],
                "no price with this lookup key, so the pack cannot",
                "every checkout makes a price",
            ),
            (
                plan,
                vec![json!({ "active": false })],
                "price_1 is archived",
                "an active price of 900 usd per month",
            ),
            (
                pack,
                vec![archived_product],
                "the product of price_1 is archived",
                "an active one-time price of 900 usd",
            ),
            (plan, vec![json!({})], "charged once", "transfer_lookup_key"),
            (pack, vec![regular], "so the pack cannot be bought", "make a one-time price"),
        ];
        for (terms, found, what, remedy) in table {
            let found: Vec<Price> = found.iter().map(at_stripe).collect();
            let finding = of_price(terms, "key", &found);
            assert_eq!(finding.state, FindingState::Risk, "{finding}");
            assert!(
                finding.what.contains(what) && finding.remedy.as_ref().unwrap().contains(remedy),
                "{finding}"
            );
        }
        // What is archived does not matter beside what is on sale.
        let both = [at_stripe(&json!({ "active": false })), at_stripe(&json!({}))];
        assert_eq!(of_price(pack, "key", &both).state, FindingState::Fine);
    }
}
