//! Money, numbers and dates as text.

use crate::currencies;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// An amount of money in minor units, such as `$1,234.50`.
pub fn money(minor: i64, currency: &str) -> String {
    let (sign, minor) = (if minor < 0 { "−" } else { "" }, minor.unsigned_abs());
    let decimals = currencies::decimals(currency);
    let one = 10_u64.pow(decimals);
    let number = match decimals {
        0 => grouped(minor),
        decimals => format!("{}.{:0width$}", grouped(minor / one), minor % one, width = decimals as usize),
    };
    match currency {
        "usd" => format!("{sign}${number}"),
        "eur" => format!("{sign}€{number}"),
        "gbp" => format!("{sign}£{number}"),
        "jpy" => format!("{sign}¥{number}"),
        other => format!("{sign}{number} {}", other.to_uppercase()),
    }
}

/// A whole number with separated thousands, such as `34,120`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A date, such as `22 November 2026`.
pub fn date(second: i64) -> String {
    Timestamp::from_second(second)
        .map(|at| at.to_zoned(TimeZone::UTC).strftime("%-d %B %Y").to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_has_the_symbol_and_decimals_of_its_currency() {
        assert_eq!(money(123_450, "usd"), "$1,234.50");
        assert_eq!(money(-1_234_567, "eur"), "−€12,345.67");
        assert_eq!(money(500, "jpy"), "¥500");
        assert_eq!(money(900, "chf"), "9.00 CHF");
        assert_eq!(money(2_900, "kwd"), "2.900 KWD");
        assert_eq!(money(129_000, "isk"), "1,290.00 ISK");
        assert_eq!(money(599_025, "huf"), "5,990.25 HUF");
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(1_000_000), "1,000,000");
    }
}
