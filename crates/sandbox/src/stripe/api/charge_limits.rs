//! Which amounts can be charged.

use super::StripeError;
use crate::html::format::money;
use tokenwell_currencies::ChargeError;

/// Refuses an amount of minor units that cannot be charged in this currency.
pub fn check_charge(amount: i64, currency: &str) -> Result<(), StripeError> {
    let code = currency.to_uppercase();
    let limit = |limit: u64| money(limit.cast_signed(), currency);
    let charged = tokenwell_currencies::check_charge(u64::try_from(amount).unwrap_or_default(), currency);
    charged.map_err(|error| match error {
        ChargeError::TooSmall { minimum, .. } => {
            StripeError::state("amount_too_small", format!("Amount must be no less than {}.", limit(minimum)))
        }
        ChargeError::TooLarge { maximum, .. } => {
            StripeError::state("amount_too_large", format!("Amount must be no more than {}.", limit(maximum)))
        }
        ChargeError::NotAMultiple { step: 100, .. } => StripeError::state(
            "invalid_charge_amount_no_decimal_compatible",
            format!(
                "Invalid amount. Currency {code} has become effectively zero-decimal and charged amounts must be evenly divisible by 100."
            ),
        ),
        ChargeError::NotAMultiple { step, .. } => StripeError::state(
            "invalid_charge_amount",
            format!("Invalid amount. Amounts in {code} must be evenly divisible by {step}."),
        ),
    })
}
