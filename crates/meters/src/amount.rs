//! Exact decimal amounts. Platforms report fractions, so an amount is digits and a scale, never a float.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{cmp::Ordering, fmt, str::FromStr};

/// An exact decimal number.
///
/// Invariant: the last of the digits after the point is not zero, so that equal numbers are equal values.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    /// The number without its point.
    digits: i128,
    /// How many of the digits are after the point.
    scale: u32,
}

/// How many digits an amount can have.
const DIGITS_MAX: u32 = 38;

/// The longest text that is read as a number.
const TEXT_MAX: usize = 200;

/// Why a text is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAnAmount {
    /// It is not written as a decimal number.
    #[error("it is no number")]
    Malformed,
    /// It has more digits than an amount can have.
    #[error("the number has more than {DIGITS_MAX} digits")]
    TooLong,
}

impl Amount {
    /// Nothing. It is never used for an amount that is not known.
    pub const ZERO: Self = Self { digits: 0, scale: 0 };

    fn new(digits: i128, scale: u32) -> Self {
        let mut amount = Self { digits, scale };
        while amount.scale > 0 && amount.digits % 10 == 0 {
            amount.digits /= 10;
            amount.scale -= 1;
        }
        amount
    }

    /// Whether there is something.
    pub fn is_positive(self) -> bool {
        self.digits > 0
    }

    /// Whether it is exactly one, which some languages write differently.
    pub fn is_one(self) -> bool {
        self == Self { digits: 1, scale: 0 }
    }

    /// The exact difference, if it has few enough digits.
    pub fn minus(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        let one = self.digits.checked_mul(power(scale - self.scale))?;
        let two = other.digits.checked_mul(power(scale - other.scale))?;
        Some(Self::new(one.checked_sub(two)?, scale))
    }

    /// An exact tenth, if it has few enough digits.
    pub fn tenth(self) -> Option<Self> {
        (self.scale < DIGITS_MAX).then(|| Self::new(self.digits, self.scale + 1))
    }

    /// How many of `steps` equal parts of `whole` it fills, for a drawing: none if it is not positive, at least one if it is.
    /// `None` unless `whole` is positive.
    pub fn steps_of(self, whole: Self, steps: u16) -> Option<u16> {
        if !whole.is_positive() {
            return None;
        }
        if !self.is_positive() {
            return Some(0);
        }
        // A drawing needs few digits. Those behind them are dropped from both.
        let scale = self.scale.max(whole.scale);
        let aligned = |amount: Self| amount.digits.checked_mul(power(scale - amount.scale));
        let (part, whole) = match (aligned(self), aligned(whole)) {
            (Some(part), Some(whole)) => (part, whole),
            _ => (self.digits / power(self.scale), whole.digits / power(whole.scale)),
        };
        let mut shift = 1;
        while part / shift > i128::MAX / i128::from(steps.max(1)) {
            shift *= 10;
        }
        let filled = part / shift * i128::from(steps) / (whole / shift).max(1);
        Some(u16::try_from(filled).unwrap_or(steps).clamp(1, steps.max(1)))
    }

    /// Its whole part, rounded down, and what is left of it with all digits that an amount can have after its point.
    fn parts(self) -> (i128, i128) {
        let unit = power(self.scale);
        (self.digits.div_euclid(unit), self.digits.rem_euclid(unit) * power(DIGITS_MAX - self.scale))
    }
}

fn power(exponent: u32) -> i128 {
    10_i128.pow(exponent)
}

impl FromStr for Amount {
    type Err = NotAnAmount;

    /// Reads a number as JSON writes it: `-12`, `0.63`, `1.2e-7`.
    fn from_str(text: &str) -> Result<Self, NotAnAmount> {
        use NotAnAmount::{Malformed, TooLong};

        if text.len() > TEXT_MAX {
            return Err(TooLong);
        }
        let (sign, unsigned) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (mantissa, None),
        };
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(whole) || !fraction.is_none_or(is_digits) || !is_digits(unsigned_exponent(exponent)) {
            return Err(Malformed);
        }
        let fraction = fraction.unwrap_or_default();
        let all = format!("{whole}{fraction}");
        let significant = all.trim_start_matches('0').trim_end_matches('0');
        if significant.is_empty() {
            return Ok(Self::ZERO);
        }
        let exponent: i64 = exponent.parse().map_err(|_| TooLong)?;
        let zeros = all.len() - all.trim_end_matches('0').len();
        // How many digits are after the point once the zeros at the end are gone; negative if zeros are missing there.
        let length = |text: usize| i64::try_from(text).map_err(|_| TooLong);
        let scale = (length(fraction.len())? - length(zeros)?).checked_sub(exponent).ok_or(TooLong)?;
        let missing = u32::try_from((-scale).max(0)).map_err(|_| TooLong)?;
        let scale = u32::try_from(scale.max(0)).map_err(|_| TooLong)?;
        let digits = u32::try_from(significant.len()).map_err(|_| TooLong)?;
        if scale > DIGITS_MAX || missing > DIGITS_MAX || digits + missing > DIGITS_MAX {
            return Err(TooLong);
        }
        let digits: i128 = significant.parse().map_err(|_| TooLong)?;
        Ok(Self { digits: sign * digits * power(missing), scale })
    }
}

fn unsigned_exponent(exponent: &str) -> &str {
    exponent.strip_prefix(['+', '-']).unwrap_or(exponent)
}

impl fmt::Display for Amount {
    /// All of its digits: `12.4567`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.digits < 0 { "-" } else { "" };
        let (digits, unit) = (self.digits.unsigned_abs(), power(self.scale).unsigned_abs());
        match self.scale {
            0 => write!(f, "{sign}{digits}"),
            scale => {
                write!(f, "{sign}{}.{:0width$}", digits / unit, digits % unit, width = scale as usize)
            }
        }
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Amount({self})")
    }
}

impl Ord for Amount {
    fn cmp(&self, other: &Self) -> Ordering {
        self.parts().cmp(&other.parts())
    }
}

impl PartialOrd for Amount {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Serialize for Amount {
    /// As text, because a JSON number would be read as a float.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn amount(text: &str) -> Amount {
        text.parse().unwrap()
    }

    #[test]
    fn every_digit_that_a_platform_writes_is_kept() {
        for (written, exact) in [
            ("0", "0"),
            ("-0", "0"),
            ("0.0", "0"),
            ("12.4567", "12.4567"),
            ("0.6336833840314097", "0.6336833840314097"),
            ("1000", "1000"),
            ("1000.50", "1000.5"),
            ("9007199254740993", "9007199254740993"),
            ("-3.25", "-3.25"),
            ("1e3", "1000"),
            ("1.5E+2", "150"),
            ("12.50e-3", "0.0125"),
            ("5.551115123125783e-17", "0.00000000000000005551115123125783"),
            ("0e999999999999999999999", "0"),
            ("99999999999999999999999999999999999999", "99999999999999999999999999999999999999"),
        ] {
            assert_eq!(
                written.parse::<Amount>().map(|amount| amount.to_string()),
                Ok(exact.into()),
                "{written}"
            );
        }
    }

    #[test]
    fn what_is_no_number_or_has_too_many_digits_is_refused() {
        for text in [
            "", "-", ".5", "5.", "1,000", "NaN", "Infinity", "0x10", "1e", "1e+", "e5", "+1", " 1", "1 ",
            "--1", "١",
        ] {
            assert_eq!(text.parse::<Amount>(), Err(NotAnAmount::Malformed), "{text:?}");
        }
        let long = format!("0.{}", "1".repeat(39));
        for text in ["1e38", "1e-39", "1e99999999999999999999", "-1e400", &long, &"9".repeat(300)] {
            assert_eq!(text.parse::<Amount>(), Err(NotAnAmount::TooLong), "{text:?}");
        }
    }

    #[test]
    fn amounts_of_very_different_size_are_compared_exactly() {
        let ordered = ["-1e37", "-2.5", "-0.1", "0", "1e-38", "0.5", "1", "1.000000000000000000001", "1e37"];
        for two in ordered.windows(2) {
            assert!(amount(two[0]) < amount(two[1]), "{two:?}");
        }
    }

    #[test]
    fn a_drawing_shows_something_while_there_is_something_and_is_never_more_than_full() {
        for (part, whole, steps) in [
            ("0", "100", Some(0)),
            ("-5", "100", Some(0)),
            ("0.0001", "100", Some(1)),
            ("50", "100", Some(48)),
            ("100", "100", Some(96)),
            ("250", "100", Some(96)),
            ("1e37", "1e37", Some(96)),
            ("1e-30", "1e20", Some(1)),
            ("5", "0", None),
            ("5", "-1", None),
        ] {
            assert_eq!(amount(part).steps_of(amount(whole), 96), steps, "{part} of {whole}");
        }
    }

    #[test]
    fn a_tenth_is_exact() {
        assert_eq!(amount("10000").tenth(), Some(amount("1000")));
        assert_eq!(amount("12.5").tenth(), Some(amount("1.25")));
        assert_eq!(amount("1e-38").tenth(), None);
    }

    proptest! {
        #[test]
        fn an_amount_that_is_written_and_read_is_the_same(digits in -10_i128.pow(37)..10_i128.pow(37), scale in 0_u32..38) {
            let amount = Amount::new(digits, scale);
            prop_assert_eq!(amount.to_string().parse::<Amount>(), Ok(amount));
        }

        #[test]
        fn a_difference_is_exact(one in -10_i64.pow(15)..10_i64.pow(15), two in -10_i64.pow(15)..10_i64.pow(15), scale in 0_u32..15) {
            let left = Amount::new(i128::from(one), scale).minus(Amount::new(i128::from(two), scale));
            prop_assert_eq!(left, Some(Amount::new(i128::from(one - two), scale)));
            prop_assert_eq!(one < two, left.is_some_and(|left| left < Amount::ZERO));
        }

        #[test]
        fn no_text_makes_reading_fail_otherwise_than_with_an_error(text in "[-+0-9.eE]{0,60}") {
            if let Ok(amount) = text.parse::<Amount>() {
                prop_assert_eq!(amount.to_string().parse::<Amount>(), Ok(amount));
                let _ = (amount.tenth(), amount.steps_of(amount, 96), amount.minus(Amount::ZERO));
            }
        }
    }
}
