//! The catalogue: plans, packs, the spend order, and when a balance is low.
//!
//! The built-in one is `catalogue.toml`. An operator can supply another.

use crate::catalogue_checks::{
    ALLOWANCE_MAX, check_amount, check_id, check_low_balance, check_name, check_product, check_spend_order,
    check_tax_code, unique,
};
use crate::catalogue_mistake::{CatalogueError, Mistake, error_at, mistake};
use crate::interval::Interval;
use crate::lookup_key::{check_lookup_key, default_lookup_key, split_lookup_key};
use crate::{Bucket, Currency, Minor, Money, PackId, PlanId, Tokens};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use tokenwell_currencies::check_charge;
use toml::Spanned;

/// The default cap of the bank, as a multiple of the monthly allowance (rule 6).
const ROLLOVER_CAP_FACTOR: u64 = 3;
/// The most packs in one purchase (rule 14).
pub const QUANTITY_MAX: u32 = 20;

/// What is sold, and in which order tokens are spent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogue {
    spend_order: [Bucket; 3],
    low_balance_percent: Vec<u8>,
    tax: Tax,
    promotion_codes: bool,
    plans: Vec<Plan>,
    packs: Vec<Pack>,
}

/// Who calculates and collects tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tax {
    /// Nobody: every checkout is told not to.
    #[default]
    None,
    /// Stripe Tax: every checkout asks for it.
    Stripe,
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Its id, which is also part of the lookup key of its prices at Stripe.
    pub id: PlanId,
    /// Its name on screen.
    pub name: String,
    /// How often the allowance is granted: daily on the free plan, monthly on every other.
    pub period: AllowancePeriod,
    /// Fast tokens per period.
    pub allowance: Tokens,
    /// The most that its Rollover Bank may hold. It is 0 on the free plan, which has no bank (rule 8).
    pub rollover_cap: Tokens,
    /// Its prices. Empty for the free plan. The first one of an interval is on sale; subscribers may have the others.
    pub prices: Vec<PlanPrice>,
}

/// What a plan grants, copied when a period is paid. A later change of the catalogue does not affect that period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanTerms {
    /// The plan.
    pub id: PlanId,
    /// Fast tokens per allowance period.
    pub allowance: Tokens,
    /// The most that the Rollover Bank may hold.
    pub cap: Tokens,
}

impl PlanTerms {
    /// The terms of several of the plan (rule 11).
    pub(crate) fn times(self, quantity: u64) -> Self {
        let times = |tokens: Tokens| Tokens(tokens.0.saturating_mul(quantity)).min(Tokens::MAX);
        Self { allowance: times(self.allowance), cap: times(self.cap), ..self }
    }
}

/// A plan's price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanPrice {
    /// How often it is billed.
    pub interval: Interval,
    /// Its lookup key at Stripe. No other price has it.
    pub lookup_key: String,
    /// The price per interval.
    pub price: Money,
    /// Whether tax is in the price.
    pub tax_included: bool,
}

/// A fixed amount of top-up tokens for a fixed price (rule 14).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pack {
    /// Its id.
    pub id: PackId,
    /// Its name on screen.
    pub name: String,
    /// Tokens per pack.
    pub tokens: Tokens,
    /// The price of one.
    pub price: Money,
    /// Whether tax is in the price.
    pub tax_included: bool,
    /// Stripe's code for the kind of product, by which Stripe calculates tax. `None` for the account's default at Stripe.
    pub tax_code: Option<String>,
    /// What Stripe has of it. `None` if every checkout makes its price and product.
    pub at_stripe: Option<PackAtStripe>,
}

/// What Stripe has of a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PackAtStripe {
    /// The price with this lookup key.
    Price(String),
    /// The product with this id. Every checkout makes a price of it.
    Product(String),
}

/// How often an allowance is granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AllowancePeriod {
    /// On the subscription's anchor day and time (rule 5).
    Month,
    /// At 00:00 UTC (rule 8).
    Day,
}

impl Catalogue {
    /// The built-in catalogue.
    ///
    /// # Panics
    /// Never. A test checks that the built-in catalogue parses.
    pub fn built_in() -> Self {
        match Self::parse(include_str!("catalogue.toml")) {
            Ok(catalogue) => catalogue,
            Err(error) => unreachable!("the built-in catalogue has a mistake: {error}"),
        }
    }

    /// Reads a catalogue in TOML and checks it.
    pub fn parse(text: &str) -> Result<Self, CatalogueError> {
        let file: CatalogueFile = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            // serde names the Rust type, which operators need not know.
            let problem = error.message().replace("expected u64", "expected a whole number, 0 or more");
            error_at(text, at, &problem)
        })?;
        file.check().map_err(|Mistake { at, problem }| error_at(text, at, &problem))
    }

    /// Which bucket is spent first, second and last (rule 1).
    pub fn spend_order(&self) -> [Bucket; 3] {
        self.spend_order
    }

    /// A balance is low below these shares of the plan's allowance, in percent, highest first. Apps notify about it. No
    /// rule depends on it.
    pub fn low_balance_percent(&self) -> &[u8] {
        &self.low_balance_percent
    }

    /// Who calculates and collects tax.
    pub fn tax(&self) -> Tax {
        self.tax
    }

    /// Whether buyers can enter promotion codes at the checkout.
    pub fn promotion_codes(&self) -> bool {
        self.promotion_codes
    }

    /// Every plan: the free plan first, then by allowance.
    pub fn plans(&self) -> &[Plan] {
        &self.plans
    }

    /// The plan with this id.
    pub fn plan(&self, id: &PlanId) -> Option<&Plan> {
        self.plans.iter().find(|plan| plan.id == *id)
    }

    /// The paid plan and the interval that a lookup key at Stripe names: that of a price, or of the form
    /// `tokenwell_{plan}_{month|year}` if it is no pack's.
    pub fn plan_of_lookup_key(&self, key: &str) -> Option<(&Plan, Interval)> {
        let prices = self.plans.iter().flat_map(|plan| plan.prices.iter().map(move |price| (plan, price)));
        let exact = prices.clone().find(|(_, price)| price.lookup_key == key);
        exact.map(|(plan, price)| (plan, price.interval)).or_else(|| {
            let (id, interval) = split_lookup_key(key).filter(|_| self.pack_of_lookup_key(key).is_none())?;
            Some((self.plan(&PlanId::from(id)).filter(|plan| plan.is_paid())?, interval))
        })
    }

    /// The pack whose price has this lookup key at Stripe.
    pub fn pack_of_lookup_key(&self, key: &str) -> Option<&Pack> {
        let has = |pack: &&Pack| matches!(&pack.at_stripe, Some(PackAtStripe::Price(own)) if own == key);
        self.packs.iter().find(has)
    }

    /// The free plan.
    pub fn free_plan(&self) -> &Plan {
        &self.plans[0]
    }

    /// The packs on sale, smallest first.
    pub fn packs(&self) -> &[Pack] {
        &self.packs
    }

    /// The pack with this id.
    pub fn pack(&self, id: &PackId) -> Option<&Pack> {
        self.packs.iter().find(|pack| pack.id == *id)
    }
}

impl Plan {
    /// Whether the plan needs a subscription.
    pub fn is_paid(&self) -> bool {
        self.period == AllowancePeriod::Month
    }

    /// Its price on sale for a billing interval.
    pub fn price(&self, interval: Interval) -> Option<&PlanPrice> {
        self.prices.iter().find(|price| price.interval == interval)
    }

    /// Its prices on sale: one per interval.
    pub fn prices_on_sale(&self) -> impl Iterator<Item = &PlanPrice> {
        Interval::ALL.into_iter().filter_map(|interval| self.price(interval))
    }

    pub(crate) fn terms(&self) -> PlanTerms {
        PlanTerms { id: self.id.clone(), allowance: self.allowance, cap: self.rollover_cap }
    }
}

/// The catalogue as written in TOML.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CatalogueFile {
    spend_order: Spanned<Vec<Bucket>>,
    low_balance_percent: Option<Spanned<Vec<u64>>>,
    #[serde(default)]
    tax: Tax,
    #[serde(default)]
    promotion_codes: bool,
    plans: Spanned<Vec<PlanEntry>>,
    packs: Vec<PackEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanEntry {
    id: Spanned<String>,
    name: Spanned<String>,
    period: Spanned<AllowancePeriod>,
    allowance: Spanned<u64>,
    rollover_cap: Option<Spanned<u64>>,
    #[serde(default)]
    prices: Vec<PriceEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PackEntry {
    id: Spanned<String>,
    name: Spanned<String>,
    tokens: Spanned<u64>,
    price: PriceEntry,
    tax_code: Option<Spanned<String>>,
    product: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceEntry {
    interval: Option<Spanned<Interval>>,
    lookup_key: Option<Spanned<String>>,
    amount: Spanned<u64>,
    currency: Spanned<String>,
    tax_included: bool,
}

impl CatalogueFile {
    fn check(self) -> Result<Catalogue, Mistake> {
        let spend_order = check_spend_order(&self.spend_order)?;
        let low_balance_percent = check_low_balance(self.low_balance_percent.as_ref())?;

        let free =
            self.plans.get_ref().iter().filter(|plan| *plan.period.get_ref() == AllowancePeriod::Day).count();
        if free != 1 {
            let problem = format!(
                "there are {free} plans with `period = \"day\"`: give exactly one plan, the free one, that period"
            );
            return Err(mistake(&self.plans, problem));
        }
        let plans = unique(self.plans.into_inner(), |plan| &plan.id)?;
        check_lookup_keys_differ(&plans, &self.packs)?;
        let mut plans = plans.into_iter().map(PlanEntry::check).collect::<Result<Vec<_>, _>>()?;
        plans.sort_by_key(|plan| (plan.is_paid(), plan.allowance));

        let mut packs = unique(self.packs, |pack| &pack.id)?
            .into_iter()
            .map(PackEntry::check)
            .collect::<Result<Vec<_>, _>>()?;
        packs.sort_by_key(|pack| pack.tokens);
        let Self { tax, promotion_codes, .. } = self;
        Ok(Catalogue { spend_order, low_balance_percent, tax, promotion_codes, plans, packs })
    }
}

/// Refuses a lookup key that two prices have.
fn check_lookup_keys_differ(plans: &[PlanEntry], packs: &[PackEntry]) -> Result<(), Mistake> {
    let mut seen = BTreeSet::new();
    let of_plans = plans.iter().flat_map(|plan| {
        plan.prices.iter().filter_map(move |price| {
            let interval = price.interval.as_ref()?;
            let default = || default_lookup_key(plan.id.get_ref(), *interval.get_ref());
            Some((price.lookup_key.as_ref(), default))
        })
    });
    for (key, default) in of_plans {
        check_new(&mut seen, key, default)?;
    }
    for key in packs.iter().filter_map(|pack| pack.price.lookup_key.as_ref()) {
        check_new(&mut seen, Some(key), String::new)?;
    }
    Ok(())
}

/// Refuses a lookup key that was seen. A second price with a default key is told of with its interval.
fn check_new(
    seen: &mut BTreeSet<String>,
    key: Option<&Spanned<String>>,
    default: impl FnOnce() -> String,
) -> Result<(), Mistake> {
    let is_new = seen.insert(key.map_or_else(default, |key| key.get_ref().clone()));
    match key {
        Some(key) if !is_new => {
            Err(mistake(key, format!("`{}` is used twice: give each price one of its own", key.get_ref())))
        }
        _ => Ok(()),
    }
}

impl PlanEntry {
    fn check(self) -> Result<Plan, Mistake> {
        let allowance = check_amount(&self.allowance, ALLOWANCE_MAX)?;
        let rollover_cap = match self.period.get_ref() {
            AllowancePeriod::Day => self.check_free()?,
            AllowancePeriod::Month => self.check_cap(allowance)?,
        };
        let mut prices = Vec::new();
        for entry in &self.prices {
            let Some(interval) = &entry.interval else {
                return Err(mistake(
                    &entry.amount,
                    "has no interval: add `interval = \"month\"` or `\"year\"`",
                ));
            };
            let default = default_lookup_key(self.id.get_ref(), *interval.get_ref());
            let lookup_key = match &entry.lookup_key {
                Some(key) => check_lookup_key(key)?,
                None if prices.iter().all(|price: &PlanPrice| price.lookup_key != default) => default,
                None => {
                    let problem =
                        "is used twice: give the second price of an interval a `lookup_key` of its own";
                    return Err(mistake(interval, problem));
                }
            };
            prices.push(PlanPrice {
                interval: *interval.get_ref(),
                lookup_key,
                price: entry.price(1)?,
                tax_included: entry.tax_included,
            });
        }
        Ok(Plan {
            id: check_id(&self.id)?.into(),
            name: check_name(&self.name)?,
            period: *self.period.get_ref(),
            allowance: Tokens(allowance),
            rollover_cap: Tokens(rollover_cap),
            prices,
        })
    }

    /// Rule 8: the free plan costs nothing and has no bank. Returns its cap.
    fn check_free(&self) -> Result<u64, Mistake> {
        if let Some(cap) = self.rollover_cap.as_ref().filter(|cap| *cap.get_ref() > 0) {
            return Err(mistake(cap, "is on the free plan, which has no Rollover Bank: remove it"));
        }
        match self.prices.first() {
            Some(price) => Err(mistake(&price.amount, "is a price of the free plan: remove its prices")),
            None => Ok(0),
        }
    }

    fn check_cap(&self, allowance: u64) -> Result<u64, Mistake> {
        if self.prices.is_empty() {
            return Err(mistake(&self.id, "is a paid plan without a price: add `prices`"));
        }
        match &self.rollover_cap {
            None => Ok(allowance * ROLLOVER_CAP_FACTOR),
            Some(cap) if *cap.get_ref() == 0 => Ok(0),
            Some(cap) => check_amount(cap, ALLOWANCE_MAX * ROLLOVER_CAP_FACTOR),
        }
    }
}

impl PackEntry {
    fn check(self) -> Result<Pack, Mistake> {
        if let Some(interval) = &self.price.interval {
            return Err(mistake(interval, "is on a pack, which is paid once: remove it"));
        }
        Ok(Pack {
            id: check_id(&self.id)?.into(),
            name: check_name(&self.name)?,
            tokens: Tokens(check_amount(&self.tokens, ALLOWANCE_MAX)?),
            price: self.price.price(QUANTITY_MAX)?,
            tax_included: self.price.tax_included,
            at_stripe: self.at_stripe()?,
            tax_code: self.tax_code.as_ref().map(check_tax_code).transpose()?,
        })
    }

    fn at_stripe(&self) -> Result<Option<PackAtStripe>, Mistake> {
        let at_stripe = match (&self.price.lookup_key, &self.product) {
            (None, None) => return Ok(None),
            (Some(key), None) => PackAtStripe::Price(check_lookup_key(key)?),
            (None, Some(product)) => PackAtStripe::Product(check_product(product)?),
            (Some(_), Some(product)) => {
                let problem =
                    "is on a pack whose price has a `lookup_key`, and the price has a product: remove one";
                return Err(mistake(product, problem));
            }
        };
        match &self.tax_code {
            Some(code) => {
                Err(mistake(code, "is on a pack that Stripe has: give it to the product at Stripe"))
            }
            None => Ok(Some(at_stripe)),
        }
    }
}

impl PriceEntry {
    /// The price of one, if Stripe charges the price of one and of every quantity up to `quantity_max`.
    fn price(&self, quantity_max: u32) -> Result<Money, Mistake> {
        let currency = Currency::try_from(self.currency.get_ref().clone())
            .map_err(|error| mistake(&self.currency, error.to_string()))?;
        let amount = *self.amount.get_ref();
        check_charge(amount, currency.as_str())
            .map_err(|error| mistake(&self.amount, format!("is {amount} {currency}, but {error}")))?;
        let most = amount.saturating_mul(quantity_max.into());
        check_charge(most, currency.as_str()).map_err(|error| {
            let problem = format!("is {amount} {currency}, so {quantity_max} cost {most}, but {error}");
            mistake(&self.amount, problem)
        })?;
        Ok(Money { amount: Minor(amount), currency })
    }
}
