//! The catalogue: plans, packs, the spend order and when a balance is low. The built-in one is `catalogue.toml`, an operator may bring another.

use crate::{Bucket, Currency, Minor, Money, PackId, PlanId, PlanTerms, Tokens};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use toml::Spanned;

/// The bank holds this many times the monthly allowance if the catalogue does not say otherwise (rule 6).
const ROLLOVER_CAP_FACTOR: u64 = 3;
/// A balance is low below this share of the allowance if the catalogue does not say otherwise.
const LOW_BALANCE_PERCENT: u8 = 10;
/// The most thresholds of a low balance: each can be told of.
const LOW_BALANCE_MOST: usize = 5;
/// The most packs in one purchase (rule 14).
pub const QUANTITY_MAX: u32 = 20;

/// What is sold, and in which order tokens are spent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogue {
    spend_order: [Bucket; 3],
    low_balance_percent: Vec<u8>,
    plans: Vec<Plan>,
    packs: Vec<Pack>,
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Its id, which is also in the lookup key of its prices at Stripe.
    pub id: PlanId,
    /// Its name on screen.
    pub name: String,
    /// How often the allowance comes: daily on the free plan, monthly on every other.
    pub period: AllowancePeriod,
    /// Fast tokens per period.
    pub allowance: Tokens,
    /// The most that its Rollover Bank holds; 0 on the free plan, which has none (rule 8).
    pub rollover_cap: Tokens,
    /// What it costs; empty for the free plan, at most one price per interval for every other.
    pub prices: Vec<PlanPrice>,
}

/// A plan's price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanPrice {
    /// How often it is billed.
    pub interval: Interval,
    /// How much.
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
}

/// How often an allowance comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AllowancePeriod {
    /// On the subscription's anchor day and time (rule 5).
    Month,
    /// At 00:00 UTC (rule 8).
    Day,
}

/// How often a subscription is billed; its tokens come monthly all the same (rule 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "they say it")]
pub enum Interval {
    Month,
    Year,
}

/// What is wrong with a catalogue, where, and how to put it right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: `{key}`: {problem}")]
pub struct CatalogueError {
    /// The line, from 1.
    pub line: usize,
    /// The key on that line.
    pub key: String,
    /// What is wrong with it and what to write instead.
    pub problem: String,
}

impl Catalogue {
    /// The catalogue that is built in.
    ///
    /// # Panics
    /// Never: that it parses is tested.
    pub fn built_in() -> Self {
        match Self::parse(include_str!("catalogue.toml")) {
            Ok(catalogue) => catalogue,
            Err(error) => unreachable!("the built-in catalogue is wrong: {error}"),
        }
    }

    /// Reads a catalogue in TOML and checks it.
    pub fn parse(text: &str) -> Result<Self, CatalogueError> {
        let file: File = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            wrong_at(text, at, error.message())
        })?;
        file.check().map_err(|Wrong { at, problem }| wrong_at(text, at, &problem))
    }

    /// Which bucket is spent first, second and last (rule 1).
    pub fn spend_order(&self) -> [Bucket; 3] {
        self.spend_order
    }

    /// Below which shares of the plan's allowance a balance is low, in percent, highest first. It is told, nothing more: no
    /// rule depends on it.
    pub fn low_balance_percent(&self) -> &[u8] {
        &self.low_balance_percent
    }

    /// Every plan, the free one first, then by allowance.
    pub fn plans(&self) -> &[Plan] {
        &self.plans
    }

    /// A plan.
    pub fn plan(&self, id: &PlanId) -> Option<&Plan> {
        self.plans.iter().find(|plan| plan.id == *id)
    }

    /// The free plan.
    pub fn free_plan(&self) -> &Plan {
        &self.plans[0]
    }

    /// The packs on sale, smallest first.
    pub fn packs(&self) -> &[Pack] {
        &self.packs
    }

    /// A pack.
    pub fn pack(&self, id: &PackId) -> Option<&Pack> {
        self.packs.iter().find(|pack| pack.id == *id)
    }
}

impl Plan {
    /// Whether it is a subscription's.
    pub fn is_paid(&self) -> bool {
        self.period == AllowancePeriod::Month
    }

    /// Its price at an interval.
    pub fn price(&self, interval: Interval) -> Option<&PlanPrice> {
        self.prices.iter().find(|price| price.interval == interval)
    }

    pub(crate) fn terms(&self) -> PlanTerms {
        PlanTerms { id: self.id.clone(), allowance: self.allowance, cap: self.rollover_cap }
    }
}

/// The catalogue as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    spend_order: Spanned<Vec<Bucket>>,
    low_balance_percent: Option<Spanned<Vec<u8>>>,
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
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceEntry {
    interval: Option<Spanned<Interval>>,
    amount: Spanned<u64>,
    currency: Spanned<String>,
    tax_included: bool,
}

/// A problem at a place in the text.
struct Wrong {
    at: usize,
    problem: String,
}

fn wrong<T>(value: &Spanned<T>, problem: impl Into<String>) -> Wrong {
    Wrong { at: value.span().start, problem: problem.into() }
}

/// Names the line and the key that stand at a place in the text.
fn wrong_at(text: &str, at: usize, problem: &str) -> CatalogueError {
    let before = &text[..at.min(text.len())];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = text[line_start..].lines().next().unwrap_or_default();
    let within = line.get(..(at - line_start).min(line.len())).unwrap_or_default();
    let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let key = match within.rfind('=') {
        // The value's key: the last word before the `=`.
        Some(equals) => within[..equals].trim_end().rsplit(|c| !is_key(c)).next().unwrap_or_default(),
        None => line.trim_start_matches(['[', ' ', '{']).split(|c| !is_key(c)).next().unwrap_or_default(),
    };
    CatalogueError {
        line: before.matches('\n').count() + 1,
        key: key.to_owned(),
        problem: problem.trim_end().replace('\n', "; "),
    }
}

impl File {
    fn check(self) -> Result<Catalogue, Wrong> {
        let spend_order = check_spend_order(&self.spend_order)?;
        let low_balance_percent = check_low_balance(self.low_balance_percent.as_ref())?;

        let free =
            self.plans.get_ref().iter().filter(|plan| *plan.period.get_ref() == AllowancePeriod::Day).count();
        if free != 1 {
            let problem = format!(
                "there are {free} plans with `period = \"day\"`: give the free plan, and only it, that period"
            );
            return Err(wrong(&self.plans, problem));
        }
        let mut plans = unique(self.plans.into_inner(), |plan| &plan.id)?
            .into_iter()
            .map(PlanEntry::check)
            .collect::<Result<Vec<_>, _>>()?;
        plans.sort_by_key(|plan| (plan.is_paid(), plan.allowance));

        let mut packs = unique(self.packs, |pack| &pack.id)?
            .into_iter()
            .map(PackEntry::check)
            .collect::<Result<Vec<_>, _>>()?;
        packs.sort_by_key(|pack| pack.tokens);
        Ok(Catalogue { spend_order, low_balance_percent, plans, packs })
    }
}

/// Rule 1: rollover and fast may be swapped, top-up is always last.
fn check_spend_order(order: &Spanned<Vec<Bucket>>) -> Result<[Bucket; 3], Wrong> {
    match order.get_ref()[..] {
        [
            first @ (Bucket::Rollover | Bucket::Fast),
            second @ (Bucket::Rollover | Bucket::Fast),
            Bucket::TopUp,
        ] if first != second => Ok([first, second, Bucket::TopUp]),
        _ => Err(wrong(
            order,
            "must be [\"rollover\", \"fast\", \"top_up\"] or [\"fast\", \"rollover\", \"top_up\"]: every bucket once, \
             `top_up` last",
        )),
    }
}

fn check_low_balance(percents: Option<&Spanned<Vec<u8>>>) -> Result<Vec<u8>, Wrong> {
    let Some(percents) = percents else { return Ok(vec![LOW_BALANCE_PERCENT]) };
    let list = percents.get_ref();
    let falls = list.windows(2).all(|pair| pair[0] > pair[1]);
    let fits =
        falls && list.len() <= LOW_BALANCE_MOST && list.iter().all(|percent| (1..=100).contains(percent));
    if fits {
        Ok(list.clone())
    } else {
        let problem = format!(
            "must be at most {LOW_BALANCE_MOST} whole percents of the allowance between 1 and 100, highest first, such \
             as [25, 10]"
        );
        Err(wrong(percents, problem))
    }
}

fn unique<T>(entries: Vec<T>, id: impl Fn(&T) -> &Spanned<String>) -> Result<Vec<T>, Wrong> {
    let mut seen = BTreeSet::new();
    for entry in &entries {
        let id = id(entry);
        if !seen.insert(id.get_ref().clone()) {
            return Err(wrong(id, format!("`{}` is used twice: give each an id of its own", id.get_ref())));
        }
    }
    Ok(entries)
}

fn check_id(id: &Spanned<String>) -> Result<String, Wrong> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-');
    match id.get_ref() {
        text if !text.is_empty() && text.chars().all(allowed) => Ok(text.clone()),
        text => Err(wrong(id, format!("`{text}` is no id: use lower-case letters, digits, `_` and `-`"))),
    }
}

fn check_name(name: &Spanned<String>) -> Result<String, Wrong> {
    match name.get_ref().trim() {
        "" => Err(wrong(name, "is empty: write what people read on screen")),
        text => Ok(text.to_owned()),
    }
}

/// An amount between 1 and `max`.
fn check_amount(amount: &Spanned<u64>, max: u64) -> Result<u64, Wrong> {
    match *amount.get_ref() {
        figure if (1..=max).contains(&figure) => Ok(figure),
        figure => Err(wrong(amount, format!("is {figure}: write a whole number between 1 and {max}"))),
    }
}

/// Far more than any plan or pack, and far from what an account can hold.
const ALLOWANCE_MAX: u64 = 1_000_000_000_000;

impl PlanEntry {
    fn check(self) -> Result<Plan, Wrong> {
        let allowance = check_amount(&self.allowance, ALLOWANCE_MAX)?;
        let rollover_cap = match self.period.get_ref() {
            AllowancePeriod::Day => self.check_free()?,
            AllowancePeriod::Month => self.check_cap(allowance)?,
        };
        let mut prices = Vec::new();
        for entry in &self.prices {
            let Some(interval) = &entry.interval else {
                return Err(wrong(
                    &entry.amount,
                    "has no interval beside it: add `interval = \"month\"` or `\"year\"`",
                ));
            };
            if prices.iter().any(|price: &PlanPrice| price.interval == *interval.get_ref()) {
                return Err(wrong(interval, "is there twice: give one price per interval"));
            }
            prices.push(PlanPrice {
                interval: *interval.get_ref(),
                price: entry.price()?,
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

    /// Rule 8: the free plan costs nothing and has no bank.
    fn check_free(&self) -> Result<u64, Wrong> {
        if let Some(cap) = self.rollover_cap.as_ref().filter(|cap| *cap.get_ref() > 0) {
            return Err(wrong(cap, "is on the free plan, which has no Rollover Bank: leave it out"));
        }
        match self.prices.first() {
            Some(price) => Err(wrong(&price.amount, "is a price of the free plan: leave its prices out")),
            None => Ok(0),
        }
    }

    fn check_cap(&self, allowance: u64) -> Result<u64, Wrong> {
        if self.prices.is_empty() {
            return Err(wrong(&self.id, "is a paid plan without a price: add `prices`"));
        }
        match &self.rollover_cap {
            None => Ok(allowance * ROLLOVER_CAP_FACTOR),
            Some(cap) if *cap.get_ref() == 0 => Ok(0),
            Some(cap) => check_amount(cap, ALLOWANCE_MAX * ROLLOVER_CAP_FACTOR),
        }
    }
}

impl PackEntry {
    fn check(self) -> Result<Pack, Wrong> {
        if let Some(interval) = &self.price.interval {
            return Err(wrong(interval, "is on a pack, which is paid once: leave it out"));
        }
        Ok(Pack {
            id: check_id(&self.id)?.into(),
            name: check_name(&self.name)?,
            tokens: Tokens(check_amount(&self.tokens, ALLOWANCE_MAX)?),
            price: self.price.price()?,
            tax_included: self.price.tax_included,
        })
    }
}

impl PriceEntry {
    /// Stripe's largest amount has eight digits.
    const AMOUNT_MAX: u64 = 99_999_999;

    fn price(&self) -> Result<Money, Wrong> {
        let currency = Currency::try_from(self.currency.get_ref().clone())
            .map_err(|error| wrong(&self.currency, error.to_string()))?;
        let amount = Minor(check_amount(&self.amount, Self::AMOUNT_MAX)?);
        Ok(Money { amount, currency })
    }
}
