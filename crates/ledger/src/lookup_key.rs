//! The lookup keys of plans' prices at Stripe.

use crate::catalogue_mistake::{Mistake, mistake};
use crate::interval::Interval;
use toml::Spanned;

/// The start of the keys that the catalogue does not give.
const PREFIX: &str = "tokenwell_";
/// The longest key that Stripe accepts.
const LONGEST: usize = 200;

/// The key of a price to which the catalogue gives none: `tokenwell_{plan}_{month|year}`.
pub fn default_lookup_key(plan: &str, interval: Interval) -> String {
    format!("{PREFIX}{plan}_{}", interval.name())
}

/// The plan's id and the interval in a key of that form.
pub fn split_lookup_key(key: &str) -> Option<(&str, Interval)> {
    let (plan, interval) = key.strip_prefix(PREFIX)?.rsplit_once('_')?;
    Some((plan, Interval::ALL.into_iter().find(|known| known.name() == interval)?))
}

/// Refuses what Stripe would refuse.
pub fn check_lookup_key(key: &Spanned<String>) -> Result<String, Mistake> {
    match key.get_ref().as_str() {
        text if !text.is_empty() && text.len() <= LONGEST && text.bytes().all(|b| b.is_ascii_graphic()) => {
            Ok(text.to_owned())
        }
        _ => {
            let problem = format!("must be a lookup key: 1 to {LONGEST} characters without spaces");
            Err(mistake(key, problem))
        }
    }
}
