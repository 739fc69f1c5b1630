//! Which amounts can be charged.

use super::StripeError;
use crate::currencies;
use crate::html::format::money;

/// Refuses an amount of minor units that cannot be charged in this currency.
pub fn check_charge(amount: i64, currency: &str) -> Result<(), StripeError> {
    let (smallest, largest) = (currencies::smallest_charge(currency), currencies::largest_charge(currency));
    let code = currency.to_uppercase();
    if amount < smallest {
        let message = format!("Amount must be no less than {}.", money(smallest, currency));
        return Err(StripeError::state("amount_too_small", message));
    }
    if amount > largest {
        let message = format!("Amount must be no more than {}.", money(largest, currency));
        return Err(StripeError::state("amount_too_large", message));
    }
    match currencies::step(currency) {
        step if amount % step == 0 => Ok(()),
        100 => Err(StripeError::state(
            "invalid_charge_amount_no_decimal_compatible",
            format!(
                "Invalid amount. Currency {code} has become effectively zero-decimal and charged amounts must be evenly divisible by 100."
            ),
        )),
        step => Err(StripeError::state(
            "invalid_charge_amount",
            format!("Invalid amount. Amounts in {code} must be evenly divisible by {step}."),
        )),
    }
}
