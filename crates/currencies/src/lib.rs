//! How Stripe counts and limits amounts in each currency, as <https://docs.stripe.com/currencies> lists it.
//!
//! Amounts are whole numbers of minor units. How many of them make one unit of the currency is Stripe's decision: ISO
//! 4217 and Unicode give ISK and UGX no decimals, and Unicode gives none to COP, HUF and IDR either, but Stripe counts
//! all of them in hundredths.

use Fraction::{Hundredths, Tens, Units, Wholes};

/// How Stripe counts amounts in a currency, and how much it charges at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AmountRules {
    /// The decimals of an amount that is counted in minor units: 2 if 1,050 means 10.50.
    pub digits: u32,
    /// Every charge is a multiple of this many minor units.
    pub step: u64,
    /// The smallest charge in minor units.
    pub minimum: u64,
    /// The largest charge in minor units.
    pub maximum: u64,
}

/// What an amount is counted in.
#[derive(Clone, Copy)]
enum Fraction {
    /// Hundredths.
    Hundredths,
    /// Hundredths that are always 00, because the currency has lost its fractions since Stripe began to support it.
    Wholes,
    /// Thousandths whose last digit is always 0, because card networks have no more than two decimals.
    Tens,
    /// Whole units.
    Units,
}

/// Digits of the largest charge that every method of payment accepts. Most cards accept more.
const MAXIMUM_DIGITS: u32 = 8;

const fn rules(fraction: Fraction, minimum: u64, maximum_digits: u32) -> AmountRules {
    let (digits, step) = match fraction {
        Hundredths => (2, 1),
        Wholes => (2, 100),
        Tens => (3, 10),
        Units => (0, 1),
    };
    let minimum = if minimum < step { step } else { minimum };
    AmountRules { digits, step, minimum, maximum: 10_u64.pow(maximum_digits) - 1 }
}

/// The rules of a currency without limits of its own.
const fn counted_in(fraction: Fraction) -> AmountRules {
    rules(fraction, 1, MAXIMUM_DIGITS)
}

/// The rules of a currency for which Stripe documents the smallest charge.
const fn at_least(minimum: u64, fraction: Fraction) -> AmountRules {
    rules(fraction, minimum, MAXIMUM_DIGITS)
}

/// Every currency whose rules differ from [`USUAL`], by code.
pub const EXCEPTIONS: &[(&str, AmountRules)] = &[
    ("aed", at_least(200, Hundredths)),
    ("ars", at_least(50, Hundredths)),
    ("aud", at_least(50, Hundredths)),
    ("bhd", counted_in(Tens)),
    ("bif", counted_in(Units)),
    ("brl", at_least(50, Hundredths)),
    ("cad", at_least(50, Hundredths)),
    ("chf", at_least(50, Hundredths)),
    ("clp", counted_in(Units)),
    ("cop", rules(Hundredths, 50, 10)),
    ("czk", at_least(1_500, Hundredths)),
    ("djf", counted_in(Units)),
    ("dkk", at_least(250, Hundredths)),
    ("eur", at_least(50, Hundredths)),
    ("gbp", at_least(30, Hundredths)),
    ("gnf", counted_in(Units)),
    ("hkd", at_least(400, Hundredths)),
    ("huf", at_least(17_500, Hundredths)),
    ("idr", rules(Hundredths, 50, 12)),
    ("ils", at_least(50, Hundredths)),
    ("inr", rules(Hundredths, 50, 9)),
    ("isk", counted_in(Wholes)),
    ("jod", counted_in(Tens)),
    ("jpy", at_least(50, Units)),
    ("kmf", counted_in(Units)),
    ("krw", at_least(50, Units)),
    ("kwd", counted_in(Tens)),
    ("mga", counted_in(Units)),
    ("mxn", at_least(1_000, Hundredths)),
    ("myr", at_least(200, Hundredths)),
    ("nok", at_least(300, Hundredths)),
    ("nzd", at_least(50, Hundredths)),
    ("omr", counted_in(Tens)),
    ("php", at_least(50, Hundredths)),
    ("pln", at_least(200, Hundredths)),
    ("pyg", counted_in(Units)),
    ("ron", at_least(200, Hundredths)),
    ("rub", at_least(50, Hundredths)),
    ("rwf", counted_in(Units)),
    ("sek", at_least(300, Hundredths)),
    ("sgd", at_least(50, Hundredths)),
    ("thb", at_least(1_000, Hundredths)),
    ("tnd", counted_in(Tens)),
    // Stripe lists it without decimals too, but its special cases say that charges count hundredths.
    ("ugx", counted_in(Wholes)),
    ("usd", at_least(50, Hundredths)),
    ("vnd", counted_in(Units)),
    ("vuv", counted_in(Units)),
    ("xaf", counted_in(Units)),
    ("xof", counted_in(Units)),
    ("xpf", counted_in(Units)),
    ("zar", at_least(50, Hundredths)),
];

/// The rules of every other currency.
pub const USUAL: AmountRules = counted_in(Hundredths);

/// Why Stripe does not charge an amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChargeError {
    /// The amount is between two amounts that the currency has.
    #[error("Stripe charges multiples of {step} in {currency}")]
    NotAMultiple {
        /// The currency.
        currency: String,
        /// What it has to be a multiple of.
        step: u64,
    },
    /// The amount is too small.
    #[error("Stripe charges at least {minimum} ({} {currency})", amount_rules(.currency).decimal(*.minimum))]
    TooSmall {
        /// The currency.
        currency: String,
        /// The smallest charge.
        minimum: u64,
    },
    /// The amount is too large.
    #[error("Stripe charges at most {maximum} ({} {currency})", amount_rules(.currency).decimal(*.maximum))]
    TooLarge {
        /// The currency.
        currency: String,
        /// The largest charge.
        maximum: u64,
    },
}

/// The rules of a currency, given by its ISO 4217 code in lower case.
pub fn amount_rules(currency: &str) -> AmountRules {
    let index = EXCEPTIONS.binary_search_by_key(&currency, |(code, _)| *code);
    index.map_or(USUAL, |index| EXCEPTIONS[index].1)
}

/// Whether Stripe charges this many minor units at once.
pub fn check_charge(amount: u64, currency: &str) -> Result<(), ChargeError> {
    let AmountRules { step, minimum, maximum, .. } = amount_rules(currency);
    let currency = || currency.to_owned();
    if amount < minimum {
        Err(ChargeError::TooSmall { currency: currency(), minimum })
    } else if amount > maximum {
        Err(ChargeError::TooLarge { currency: currency(), maximum })
    } else if !amount.is_multiple_of(step) {
        Err(ChargeError::NotAMultiple { currency: currency(), step })
    } else {
        Ok(())
    }
}

impl AmountRules {
    /// An amount of minor units as a decimal number, such as `1234.50`. It is exact.
    pub fn decimal(self, minor: u64) -> String {
        let scale = 10_u64.pow(self.digits);
        match self.digits {
            0 => minor.to_string(),
            digits => format!("{}.{:0width$}", minor / scale, minor % scale, width = digits as usize),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(fits: impl Fn(&AmountRules) -> bool) -> String {
        let fitting = EXCEPTIONS.iter().filter(|(_, rules)| fits(rules));
        fitting.map(|(code, _)| *code).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_table_is_sorted_and_has_no_usual_currency() {
        assert!(EXCEPTIONS.is_sorted_by(|(a, _), (b, _)| a < b));
        assert_eq!(codes(|rules| *rules == USUAL), "");
    }

    #[test]
    fn digits_and_fractions_are_those_of_stripes_documentation() {
        assert_eq!(
            codes(|rules| rules.digits == 0),
            "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf"
        );
        assert_eq!(codes(|rules| (rules.digits, rules.step) == (3, 10)), "bhd jod kwd omr tnd");
        assert_eq!(codes(|rules| (rules.digits, rules.step) == (2, 100)), "isk ugx");
        for usual in ["pkr", "twd", "uyu", "xyz"] {
            assert_eq!((amount_rules(usual).digits, amount_rules(usual).step), (2, 1), "{usual}");
        }
    }

    #[test]
    fn amounts_are_written_with_the_digits_that_stripe_counts() {
        let huge = (1 << 53) - 1;
        for (currency, minor, written) in [
            ("cop", 2_000_000, "20000.00"),
            ("cop", 2_000_050, "20000.50"),
            ("cop", huge, "90071992547409.91"),
            ("huf", 599_000, "5990.00"),
            ("huf", 599_025, "5990.25"),
            ("huf", huge, "90071992547409.91"),
            ("idr", 15_000_000, "150000.00"),
            ("idr", 15_000_001, "150000.01"),
            ("idr", huge, "90071992547409.91"),
            ("isk", 129_000, "1290.00"),
            ("isk", huge, "90071992547409.91"),
            ("ugx", 3_500_000, "35000.00"),
            ("ugx", huge, "90071992547409.91"),
            ("jpy", 1_500, "1500"),
            ("jpy", huge, "9007199254740991"),
            ("kwd", 2_900, "2.900"),
            ("kwd", 12_340, "12.340"),
            ("kwd", huge, "9007199254740.991"),
            ("usd", 4_800, "48.00"),
            ("usd", 5, "0.05"),
            ("usd", 0, "0.00"),
            ("usd", huge, "90071992547409.91"),
            ("usd", u64::MAX, "184467440737095516.15"),
        ] {
            assert_eq!(amount_rules(currency).decimal(minor), written, "{minor} {currency}");
        }
    }

    #[test]
    fn a_charge_is_within_the_limits_of_its_currency() {
        for (currency, smallest, largest) in [
            ("usd", 50, 99_999_999),
            ("gbp", 30, 99_999_999),
            ("huf", 17_500, 99_999_999),
            ("jpy", 50, 99_999_999),
            ("inr", 50, 999_999_999),
            ("cop", 50, 9_999_999_999),
            ("idr", 50, 999_999_999_999),
            ("isk", 100, 99_999_900),
            ("ugx", 100, 99_999_900),
            ("kwd", 10, 99_999_990),
            ("twd", 1, 99_999_999),
            ("xyz", 1, 99_999_999),
        ] {
            let step = amount_rules(currency).step;
            assert_eq!(check_charge(smallest, currency), Ok(()), "{currency}");
            assert_eq!(check_charge(largest, currency), Ok(()), "{currency}");
            let below = check_charge(smallest - step, currency);
            assert!(matches!(below, Err(ChargeError::TooSmall { .. })), "{currency}: {below:?}");
            let above = check_charge(largest + step, currency);
            assert!(matches!(above, Err(ChargeError::TooLarge { .. })), "{currency}: {above:?}");
        }
        assert_eq!(
            check_charge(4_805, "kwd").unwrap_err().to_string(),
            "Stripe charges multiples of 10 in kwd"
        );
        assert_eq!(
            check_charge(150, "isk").unwrap_err().to_string(),
            "Stripe charges multiples of 100 in isk"
        );
        // Stripe pays out whole forints and Taiwan dollars only, but charges their fractions.
        assert_eq!(check_charge(599_025, "huf"), Ok(()));
        assert_eq!(check_charge(30_050, "twd"), Ok(()));
    }

    #[test]
    fn a_refusal_names_the_limit_in_minor_units_and_as_money() {
        let refusal = |amount, currency| check_charge(amount, currency).unwrap_err().to_string();
        assert_eq!(refusal(49, "usd"), "Stripe charges at least 50 (0.50 usd)");
        assert_eq!(refusal(0, "xyz"), "Stripe charges at least 1 (0.01 xyz)");
        assert_eq!(refusal(100_000_000, "jpy"), "Stripe charges at most 99999999 (99999999 jpy)");
    }
}
