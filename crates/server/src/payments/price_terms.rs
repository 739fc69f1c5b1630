//! What the catalogue says that a price charges, and whether Stripe's price does.

use super::stripe::{Expandable, Price};
use tokenwell_ledger::{Currency, Interval, Minor, Money};

/// What the catalogue says that a price charges.
#[derive(Debug, Clone, Copy)]
pub struct PriceTerms<'a> {
    /// For one.
    pub price: &'a Money,
    /// How often; `None` for once.
    pub interval: Option<Interval>,
    /// Whether tax is in the price.
    pub tax_included: bool,
    /// Whether checkouts ask Stripe for tax. Without it, Stripe's price may say of tax what it likes.
    pub asks_for_tax: bool,
}

impl PriceTerms<'_> {
    /// As operators write it in catalogues.
    pub fn shown(&self) -> String {
        self.shown_as(self.price.amount)
    }

    fn shown_as(&self, amount: Minor) -> String {
        let interval = self.interval.map(|interval| format!(" per {}", interval.name())).unwrap_or_default();
        format!("{} {}{interval} in minor units", amount.0, self.price.currency)
    }

    /// What is different at Stripe.
    pub fn difference(&self, at_stripe: &Price) -> Option<String> {
        if let Some(otherwise) = self.charged_otherwise(at_stripe) {
            return Some(otherwise);
        }
        let Some((amount, tax_behavior)) = amount_in(at_stripe, self.price.currency.as_str()) else {
            let currency = at_stripe.currency.as_deref().unwrap_or("no currency");
            return Some(format!("Stripe's price is in {currency}"));
        };
        match amount {
            Some(amount) if amount == self.price.amount => {}
            Some(amount) => return Some(format!("Stripe charges {}", self.shown_as(amount))),
            None if at_stripe.custom_unit_amount.is_object() => {
                return Some("the buyer chooses the amount of Stripe's price".to_owned());
            }
            None => return Some("Stripe's price is not in whole minor units".to_owned()),
        }
        let expected = if self.tax_included { "inclusive" } else { "exclusive" };
        let tax_behavior = tax_behavior.unwrap_or("unspecified");
        (self.asks_for_tax && tax_behavior != expected)
            .then(|| format!("the tax behavior of Stripe's price is {tax_behavior}, not {expected}"))
    }

    /// How a price at Stripe is charged, if it is not one amount once or per interval.
    fn charged_otherwise(&self, at_stripe: &Price) -> Option<String> {
        let is_plain = bills_otherwise(at_stripe).is_none();
        match (self.interval, &at_stripe.recurring) {
            (None, None) => (!is_plain).then(|| "Stripe's price is not one amount per pack".to_owned()),
            (None, Some(_)) => Some("Stripe's price is charged regularly, not once".to_owned()),
            (Some(_), None) => Some("Stripe's price is charged once, not regularly".to_owned()),
            (Some(interval), Some(recurring)) => {
                let count = recurring.interval_count.unwrap_or(1);
                if count == 1 && !is_plain {
                    return Some("Stripe's price is not one amount per subscription".to_owned());
                }
                (count != 1 || recurring.interval != interval.name())
                    .then(|| format!("Stripe bills every {count} {}", recurring.interval))
            }
        }
    }

    /// What a buyer of a price at Stripe is charged, if it can be written as one amount, once or per interval.
    pub fn charged(&self, at_stripe: &Price) -> Option<Money> {
        if !is_on_sale(at_stripe) || self.charged_otherwise(at_stripe).is_some() {
            return None;
        }
        if let Some((amount, _)) = amount_in(at_stripe, self.price.currency.as_str()) {
            return Some(Money { amount: amount?, currency: self.price.currency.clone() });
        }
        let currency = Currency::try_from(at_stripe.currency.clone()?).ok()?;
        Some(Money { amount: at_stripe.unit_amount?, currency })
    }
}

/// Whether a price and its product, if that was expanded, can be sold.
pub fn is_on_sale(price: &Price) -> bool {
    let product = price.product.as_ref().and_then(Expandable::object);
    price.active.unwrap_or(true) && product.and_then(|product| product.active).unwrap_or(true)
}

/// Why what a price bills is not its amount times the quantity. Rule 11 counts tokens by the quantity.
pub fn bills_otherwise(price: &Price) -> Option<&'static str> {
    let usage_type = price.recurring.as_ref().and_then(|recurring| recurring.usage_type.as_deref());
    if price.billing_scheme.as_deref().unwrap_or("per_unit") != "per_unit" {
        Some("in tiers")
    } else if !price.transform_quantity.is_null() {
        Some("for several at once")
    } else if usage_type.unwrap_or("licensed") != "licensed" {
        Some("by usage")
    } else {
        None
    }
}

/// The amount and the tax behaviour in a currency.
fn amount_in<'a>(price: &'a Price, currency: &str) -> Option<(Option<Minor>, Option<&'a str>)> {
    if price.currency.as_deref() == Some(currency) {
        return Some((price.unit_amount, price.tax_behavior.as_deref()));
    }
    let option = price.currency_options.as_ref()?.get(currency)?;
    Some((option.unit_amount, option.tax_behavior.as_deref()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use tokenwell_ledger::{Catalogue, PlanId};

    /// Stripe's price of a plan (900 cents if it is paid once), with these fields changed.
    fn at_stripe(recurring: &Value, changes: &Value) -> Price {
        let mut price = json!({
            "id": "price_1", "active": true, "lookup_key": "key", "currency": "usd",
            "unit_amount": if recurring.is_null() { 900 } else { 3_000 }, "billing_scheme": "per_unit",
            "transform_quantity": null, "custom_unit_amount": null, "recurring": recurring,
            "tax_behavior": "exclusive", "product": { "id": "prod_1", "active": true },
        });
        for (field, value) in changes.as_object().unwrap() {
            price[field] = value.clone();
        }
        serde_json::from_value(price).unwrap()
    }

    fn every(interval: &str, count: u32, usage_type: &str) -> Value {
        json!({ "interval": interval, "interval_count": count, "usage_type": usage_type })
    }

    fn month() -> Value {
        every("month", 1, "licensed")
    }

    fn usd(amount: u64) -> Money {
        Money { amount: Minor(amount), currency: Currency::try_from("usd".to_owned()).unwrap() }
    }

    fn of_plan(price: &Money) -> PriceTerms<'_> {
        PriceTerms { price, interval: Some(Interval::Month), tax_included: false, asks_for_tax: true }
    }

    #[test]
    fn every_difference_between_the_catalogue_and_stripes_price_of_a_plan_is_told() {
        let catalogue = Catalogue::built_in();
        let price = catalogue.plan(&PlanId::from("premium")).unwrap().price(Interval::Month).unwrap();
        let terms = of_plan(&price.price);
        let recurring = |recurring: Value| json!({ "recurring": recurring });
        let table = [
            (json!({ "unit_amount": 3500 }), "Stripe charges 3500 usd per month"),
            (json!({ "unit_amount": null }), "not in whole minor units"),
            (json!({ "currency": "eur" }), "Stripe's price is in eur"),
            (recurring(json!(null)), "charged once"),
            (recurring(every("year", 1, "licensed")), "bills every 1 year"),
            (recurring(every("month", 3, "licensed")), "bills every 3 month"),
            (recurring(every("month", 1, "metered")), "not one amount per subscription"),
            (json!({ "billing_scheme": "tiered" }), "not one amount per subscription"),
            (json!({ "transform_quantity": { "divide_by": 5 } }), "not one amount per subscription"),
            (json!({ "tax_behavior": "inclusive" }), "is inclusive, not exclusive"),
            (json!({ "tax_behavior": "unspecified" }), "is unspecified, not exclusive"),
        ];
        for (changes, words) in table {
            let found = terms.difference(&at_stripe(&month(), &changes)).unwrap_or_default();
            assert!(found.contains(words), "{changes}: {found}");
        }
        assert_eq!(terms.difference(&at_stripe(&month(), &json!({}))), None);
        let without_tax = PriceTerms { asks_for_tax: false, ..terms };
        let unspecified = at_stripe(&month(), &json!({ "tax_behavior": "unspecified" }));
        assert_eq!(without_tax.difference(&unspecified), None);
    }

    #[test]
    fn every_difference_between_the_catalogue_and_stripes_price_of_a_pack_is_told() {
        let price = usd(900);
        let terms = PriceTerms { price: &price, interval: None, tax_included: false, asks_for_tax: true };
        let once = |changes: &Value| at_stripe(&json!(null), changes);
        let options =
            |amount: u64| json!({ "usd": { "unit_amount": amount, "tax_behavior": "exclusive" }, "eur": {} });
        let table = [
            (json!({ "unit_amount": 950 }), "Stripe charges 950 usd in minor units"),
            (json!({ "unit_amount": null, "custom_unit_amount": { "minimum": 50 } }), "the buyer chooses"),
            (json!({ "unit_amount": null }), "not in whole minor units"),
            (json!({ "currency": "eur" }), "Stripe's price is in eur"),
            (json!({ "currency": "eur", "currency_options": options(800) }), "Stripe charges 800 usd"),
            (json!({ "recurring": month() }), "charged regularly, not once"),
            (json!({ "billing_scheme": "tiered" }), "not one amount per pack"),
            (json!({ "transform_quantity": { "divide_by": 5 } }), "not one amount per pack"),
            (json!({ "tax_behavior": "inclusive" }), "is inclusive, not exclusive"),
            (json!({ "tax_behavior": null }), "is unspecified, not exclusive"),
        ];
        for (changes, words) in table {
            let found = terms.difference(&once(&changes)).unwrap_or_default();
            assert!(found.contains(words), "{changes}: {found}");
        }
        assert_eq!(terms.difference(&once(&json!({}))), None);
        let euros = json!({ "currency": "eur", "unit_amount": 800, "currency_options": options(900) });
        assert_eq!(terms.difference(&once(&euros)), None);
    }

    #[test]
    fn what_a_buyer_is_charged_is_known_even_if_it_differs_from_the_catalogue() {
        let price = usd(3_000);
        let charged = |changes: &Value| {
            let charged = of_plan(&price).charged(&at_stripe(&month(), changes));
            charged.map(|money| format!("{} {}", money.amount.0, money.currency))
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
