//! What the entries of a catalogue have to be by themselves.

use crate::Bucket;
use crate::catalogue_mistake::{Mistake, mistake};
use std::collections::BTreeSet;
use toml::Spanned;

/// More than any plan or pack needs, and far below what an account can hold.
pub const ALLOWANCE_MAX: u64 = 1_000_000_000_000;
/// The most thresholds of a low balance. Each can cause a notification.
const LOW_BALANCE_THRESHOLDS_MAX: usize = 5;
/// The default share of the allowance below which a balance is low.
const LOW_BALANCE_PERCENT: u8 = 10;
/// The longest id of a product that Stripe accepts.
const PRODUCT_LONGEST: usize = 255;

/// Rule 1: rollover and fast may be swapped. Top-up is always last.
pub fn check_spend_order(order: &Spanned<Vec<Bucket>>) -> Result<[Bucket; 3], Mistake> {
    match order.get_ref()[..] {
        [
            first @ (Bucket::Rollover | Bucket::Fast),
            second @ (Bucket::Rollover | Bucket::Fast),
            Bucket::TopUp,
        ] if first != second => Ok([first, second, Bucket::TopUp]),
        _ => Err(mistake(
            order,
            "must be [\"rollover\", \"fast\", \"top_up\"] or [\"fast\", \"rollover\", \"top_up\"]: every bucket once, \
             `top_up` last",
        )),
    }
}

/// The thresholds of a low balance; one if there are none.
pub fn check_low_balance(percents: Option<&Spanned<Vec<u64>>>) -> Result<Vec<u8>, Mistake> {
    let Some(percents) = percents else { return Ok(vec![LOW_BALANCE_PERCENT]) };
    let percent = |percent: &u64| u8::try_from(*percent).ok().filter(|percent| (1..=100).contains(percent));
    match percents.get_ref().iter().map(percent).collect::<Option<Vec<u8>>>() {
        Some(list) if list.len() <= LOW_BALANCE_THRESHOLDS_MAX && list.is_sorted_by(|a, b| a > b) => Ok(list),
        _ => Err(mistake(
            percents,
            format!(
                "must be at most {LOW_BALANCE_THRESHOLDS_MAX} whole percents of the allowance between 1 and 100, \
                 highest first, such as [25, 10]"
            ),
        )),
    }
}

/// Refuses an id that two entries have.
pub fn unique<T>(entries: Vec<T>, id: impl Fn(&T) -> &Spanned<String>) -> Result<Vec<T>, Mistake> {
    let mut seen = BTreeSet::new();
    for entry in &entries {
        let id = id(entry);
        if !seen.insert(id.get_ref().clone()) {
            return Err(mistake(
                id,
                format!("`{}` is used twice: give each one an id of its own", id.get_ref()),
            ));
        }
    }
    Ok(entries)
}

/// The id of a plan or pack.
pub fn check_id(id: &Spanned<String>) -> Result<String, Mistake> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-');
    match id.get_ref() {
        text if !text.is_empty() && text.chars().all(allowed) => Ok(text.clone()),
        text => {
            Err(mistake(id, format!("`{text}` is not an id: use lower-case letters, digits, `_` and `-`")))
        }
    }
}

/// A name on screen.
pub fn check_name(name: &Spanned<String>) -> Result<String, Mistake> {
    match name.get_ref().trim() {
        "" => Err(mistake(name, "is empty: write the name that users see")),
        text => Ok(text.to_owned()),
    }
}

/// A code of Stripe for a kind of product.
pub fn check_tax_code(code: &Spanned<String>) -> Result<String, Mistake> {
    match code.get_ref() {
        text if text.strip_prefix("txcd_").is_some_and(|digits| {
            !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit())
        }) =>
        {
            Ok(text.clone())
        }
        text => Err(mistake(code, format!("`{text}` is not a tax code of Stripe, such as `txcd_10000000`"))),
    }
}

/// The id of a product at Stripe, which an operator may have chosen.
pub fn check_product(id: &Spanned<String>) -> Result<String, Mistake> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    match id.get_ref() {
        text if (1..=PRODUCT_LONGEST).contains(&text.len()) && text.bytes().all(allowed) => Ok(text.clone()),
        text => Err(mistake(id, format!("`{text}` is not the id of a product at Stripe, such as `prod_…`"))),
    }
}

/// Accepts an amount between 1 and `max`.
pub fn check_amount(amount: &Spanned<u64>, max: u64) -> Result<u64, Mistake> {
    match *amount.get_ref() {
        figure if (1..=max).contains(&figure) => Ok(figure),
        figure => Err(mistake(amount, format!("is {figure}: write a whole number between 1 and {max}"))),
    }
}
