//! Which plan a price at Stripe is of and how often it bills, or which pack it is of. The amount of a price cannot be changed at Stripe. A new price
//! replaces it and takes its lookup key over, while subscribers stay on the old price.

use super::context::Fulfilment;
use crate::payments::error::PaymentError;
use crate::payments::price_terms::bills_otherwise;
use crate::payments::stripe::{Expandable, Price, Product};
use crate::store::PlanPriceRecord;
use jiff::Timestamp;
use std::collections::HashMap;
use tokenwell_ledger::{Catalogue, Interval, PackId, Plan, PlanId};

/// A plan, and how often a price of it bills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanTerm {
    /// The plan.
    pub plan: PlanId,
    /// How often the price bills.
    pub interval: Interval,
}

/// What a price is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PriceMeaning {
    /// A plan of this service.
    Plan(PlanTerm),
    /// A pack of this service.
    Pack(PackId),
    /// Something else that is sold in the same account at Stripe.
    Other,
    /// It is marked as the price of a plan or pack, but it cannot be one. Says why.
    Unclear(String),
}

/// What a mark of a price says.
type Mark = Result<PriceMeaning, String>;

/// Recognises a price by its lookup key, else by `metadata.tokenwell_plan` of the price or its product, else by what it was
/// when it was first seen. Packs have lookup keys only.
pub fn meaning(
    price: &Price,
    product: Option<&Product>,
    first_seen: Option<&PlanPriceRecord>,
    catalogue: &Catalogue,
) -> PriceMeaning {
    let marks = [
        mark_of_lookup_key(price, catalogue),
        price.metadata.plan().map(|plan| mark_of_metadata(plan, price, catalogue)),
        product
            .and_then(|product| product.metadata.plan())
            .map(|plan| mark_of_metadata(plan, price, catalogue)),
        first_seen.map(|record| mark_of_record(record, catalogue)),
    ];
    let mut unclear = None;
    for mark in marks.into_iter().flatten() {
        match mark {
            Ok(meaning) => return meaning,
            Err(why) => unclear = unclear.or(Some(why)),
        }
    }
    unclear.map_or(PriceMeaning::Other, PriceMeaning::Unclear)
}

fn mark_of_lookup_key(price: &Price, catalogue: &Catalogue) -> Option<Mark> {
    let key = price.lookup_key.as_deref()?;
    if let Some(pack) = catalogue.pack_of_lookup_key(key) {
        let regularly = || format!("the price {} is of the pack {} and bills regularly", price.id, pack.id);
        return Some(match &price.recurring {
            None => Ok(PriceMeaning::Pack(pack.id.clone())),
            Some(_) => Err(regularly()),
        });
    }
    let Some((plan, by_key)) = catalogue.plan_of_lookup_key(key) else {
        let why = || {
            format!(
                "the lookup key {key} of the price {} names no paid plan and no pack of the catalogue",
                price.id
            )
        };
        return key.starts_with("tokenwell_").then(|| Err(why()));
    };
    let meaning = |interval: Option<Interval>| {
        PriceMeaning::Plan(PlanTerm { plan: plan.id.clone(), interval: interval.unwrap_or(by_key) })
    };
    Some(interval_of(price).map(meaning))
}

fn mark_of_metadata(plan: &str, price: &Price, catalogue: &Catalogue) -> Mark {
    let id = PlanId::from(plan);
    if !catalogue.plan(&id).is_some_and(Plan::is_paid) {
        return Err(format!(
            "tokenwell_plan of the price {} is {plan}, which is no paid plan of the catalogue",
            price.id
        ));
    }
    let interval = interval_of(price)?;
    let interval = interval.ok_or_else(|| format!("the price {} is not recurring", price.id))?;
    Ok(PriceMeaning::Plan(PlanTerm { plan: id, interval }))
}

fn mark_of_record(record: &PlanPriceRecord, catalogue: &Catalogue) -> Mark {
    let PlanPriceRecord { price, plan, interval, .. } = record;
    if catalogue.plan(plan).is_some_and(Plan::is_paid) {
        return Ok(PriceMeaning::Plan(PlanTerm { plan: plan.clone(), interval: *interval }));
    }
    Err(format!("the price {price} was of the plan {plan}, which the catalogue does not have any more"))
}

/// How often a price bills; `None` if Stripe does not say.
fn interval_of(price: &Price) -> Result<Option<Interval>, String> {
    if let Some(how) = bills_otherwise(price) {
        return Err(format!("the price {} bills {how}: a plan has one amount, times its quantity", price.id));
    }
    let Some(recurring) = &price.recurring else { return Ok(None) };
    let count = recurring.interval_count.unwrap_or(1);
    match (recurring.interval.as_str(), count) {
        ("month", 1) => Ok(Some(Interval::Month)),
        ("year", 1) | ("month", 12) => Ok(Some(Interval::Year)),
        (interval, _) => Err(format!(
            "the price {} bills every {count} {interval}: a plan bills every month or year",
            price.id
        )),
    }
}

/// Recognises prices, each once per look-up.
pub struct PlanPrices<'a> {
    context: &'a Fulfilment<'a>,
    meanings: HashMap<String, PriceMeaning>,
    new: Vec<PlanPriceRecord>,
}

impl<'a> PlanPrices<'a> {
    /// Knows no price yet.
    pub fn of(context: &'a Fulfilment<'a>) -> Self {
        Self { context, meanings: HashMap::new(), new: Vec::new() }
    }

    /// What a price is for.
    pub async fn meaning(&mut self, price: &Price) -> Result<PriceMeaning, PaymentError> {
        if let Some(known) = self.meanings.get(&price.id) {
            return Ok(known.clone());
        }
        let catalogue = self.context.accounts.catalogue();
        let first_seen = self.context.store.plan_price(&price.id).await?;
        let mut meant = meaning(price, None, None, catalogue);
        if !matches!(meant, PriceMeaning::Plan(_) | PriceMeaning::Pack(_)) {
            let product = match self.product(price).await {
                // What the price was is known without its product.
                Err(_) if first_seen.is_some() => None,
                product => product?,
            };
            meant = meaning(price, product.as_ref(), first_seen.as_ref(), catalogue);
        }
        if let (PriceMeaning::Plan(PlanTerm { plan, interval }), None) = (&meant, first_seen) {
            let (price, plan) = (price.id.clone(), plan.clone());
            self.new.push(PlanPriceRecord { price, plan, interval: *interval, seen_at: Timestamp::now() });
        }
        self.meanings.insert(price.id.clone(), meant.clone());
        Ok(meant)
    }

    /// What the price with this id is for.
    pub async fn meaning_of(&mut self, price: &str) -> Result<PriceMeaning, PaymentError> {
        if let Some(known) = self.meanings.get(price) {
            return Ok(known.clone());
        }
        let price = self.context.stripe.price(price).await?;
        self.meaning(&price).await
    }

    async fn product(&self, price: &Price) -> Result<Option<Product>, PaymentError> {
        Ok(match &price.product {
            Some(Expandable::Object(product)) => Some((**product).clone()),
            Some(Expandable::Id(id)) => Some(self.context.stripe.product(id).await?),
            None => None,
        })
    }

    /// The prices that were recognised as those of plans for the first time.
    pub fn into_new(self) -> Vec<PlanPriceRecord> {
        self.new
    }
}

impl Fulfilment<'_> {
    /// What a price is for that is about to be sold. One of a plan is remembered.
    pub async fn meaning_on_sale(&self, price: &Price) -> Result<PriceMeaning, PaymentError> {
        let mut prices = PlanPrices::of(self);
        let meaning = prices.meaning(price).await?;
        for record in prices.into_new() {
            self.writer.remember_plan_price(record).await?;
        }
        Ok(meaning)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn price(lookup_key: Option<&str>, plan: Option<&str>, recurring: &serde_json::Value) -> Price {
        let metadata = json!({ "tokenwell_plan": plan.unwrap_or_default(), "plan": "ultimate" });
        let metadata = if plan.is_some() { metadata } else { json!(null) };
        serde_json::from_value(json!({
            "id": "price_1", "lookup_key": lookup_key, "metadata": metadata, "recurring": recurring, "product": "prod_1",
        }))
        .unwrap()
    }

    fn product(plan: &str) -> Product {
        serde_json::from_value(json!({ "id": "prod_1", "metadata": { "tokenwell_plan": plan } })).unwrap()
    }

    fn month() -> serde_json::Value {
        json!({ "interval": "month", "interval_count": 1 })
    }

    fn plan(plan: &str, interval: Interval) -> PriceMeaning {
        PriceMeaning::Plan(PlanTerm { plan: PlanId::from(plan), interval })
    }

    #[test]
    fn a_price_is_recognised_by_lookup_key_else_metadata_else_what_it_was_first() {
        let catalogue = Catalogue::built_in();
        let first = PlanPriceRecord {
            price: "price_1".to_owned(),
            plan: PlanId::from("essential"),
            interval: Interval::Year,
            seen_at: Timestamp::UNIX_EPOCH,
        };
        let first = Some(&first);
        let key = Some("tokenwell_premium_month");
        let table = [
            (price(key, Some("ultimate"), &month()), None, first, plan("premium", Interval::Month)),
            (price(key, None, &json!(null)), None, None, plan("premium", Interval::Month)),
            (
                price(None, Some("ultimate"), &month()),
                Some("premium"),
                first,
                plan("ultimate", Interval::Month),
            ),
            (price(None, None, &month()), Some("premium"), first, plan("premium", Interval::Month)),
            (price(None, None, &month()), None, first, plan("essential", Interval::Year)),
            (price(Some("sale"), None, &month()), None, first, plan("essential", Interval::Year)),
            (
                price(None, Some("premium"), &json!({ "interval": "month", "interval_count": 12 })),
                None,
                None,
                plan("premium", Interval::Year),
            ),
            (price(None, None, &month()), None, None, PriceMeaning::Other),
            (price(Some("sale"), None, &month()), None, None, PriceMeaning::Other),
        ];
        for (price, of_product, first, expected) in table {
            let of_product = of_product.map(product);
            assert_eq!(meaning(&price, of_product.as_ref(), first, &catalogue), expected, "{price:?}");
        }
    }

    #[test]
    fn a_price_is_recognised_as_a_packs_by_its_lookup_key_alone_and_bills_once() {
        let pack = "[[packs]]\nid = \"kept\"\nname = \"Kept\"\ntokens = 5\nprice = { lookup_key = \"kept\", amount = 900, \
                    currency = \"usd\", tax_included = false }\n";
        let built_in = include_str!("../../../../ledger/src/catalogue.toml");
        let catalogue = Catalogue::parse(&format!("{built_in}\n{pack}")).unwrap();
        let once = json!(null);
        let table = [
            (price(Some("kept"), None, &once), PriceMeaning::Pack(PackId::from("kept"))),
            (price(Some("kept"), Some("premium"), &once), PriceMeaning::Pack(PackId::from("kept"))),
            (price(None, None, &once), PriceMeaning::Other),
        ];
        for (price, expected) in table {
            assert_eq!(meaning(&price, None, None, &catalogue), expected, "{price:?}");
        }
        let regular = meaning(&price(Some("kept"), None, &month()), None, None, &catalogue);
        assert!(
            matches!(&regular, PriceMeaning::Unclear(why) if why.contains("bills regularly")),
            "{regular:?}"
        );
    }

    #[test]
    fn a_price_that_is_marked_as_a_plans_and_cannot_be_one_is_unclear() {
        let catalogue = Catalogue::built_in();
        let week = json!({ "interval": "week", "interval_count": 2 });
        let metered = json!({ "interval": "month", "interval_count": 1, "usage_type": "metered" });
        let with = |field: &str, value: serde_json::Value| -> Price {
            let mut price =
                json!({ "id": "price_1", "lookup_key": "tokenwell_premium_month", "recurring": month() });
            price[field] = value;
            serde_json::from_value(price).unwrap()
        };
        let table = [
            (price(Some("tokenwell_gold_month"), None, &month()), "names no paid plan"),
            (price(Some("tokenwell_free_month"), None, &month()), "names no paid plan"),
            (price(Some("tokenwell_premium_month"), None, &week), "bills every 2 week"),
            (price(None, Some("gold"), &month()), "no paid plan of the catalogue"),
            (price(None, Some("premium"), &week), "bills every 2 week"),
            (price(None, Some("premium"), &json!(null)), "is not recurring"),
            (with("billing_scheme", json!("tiered")), "bills in tiers"),
            (
                with("transform_quantity", json!({ "divide_by": 10, "round": "up" })),
                "bills for several at once",
            ),
            (price(None, Some("premium"), &metered), "bills by usage"),
        ];
        for (price, words) in table {
            let PriceMeaning::Unclear(why) = meaning(&price, None, None, &catalogue) else {
                panic!("{price:?}")
            };
            assert!(why.contains(words), "{why}");
        }
    }
}
