//! Amounts of platforms in words.

use crate::text::Texts;
use icu_decimal::input::Decimal;
use tokenwell_meters::{Amount, Meter, Unit};

/// How many digits after the point are shown where room is short.
const SHORT_DIGITS: i16 = 2;

/// An amount with all its digits, as the user's locale writes it.
pub fn exact(amount: Amount, texts: &Texts) -> String {
    let written = amount.to_string();
    match written.parse::<Decimal>() {
        Ok(decimal) => texts.decimal(&decimal, &written),
        Err(_) => written,
    }
}

/// An amount with few digits after its point. It is rounded down, so it never promises more than there is, but never to zero.
pub fn short(amount: Amount, texts: &Texts) -> String {
    let written = amount.to_string();
    let Ok(mut decimal) = written.parse::<Decimal>() else { return written };
    decimal.floor(-SHORT_DIGITS);
    decimal.absolute.trim_end();
    if decimal.absolute.is_zero() && amount != Amount::ZERO {
        return exact(amount, texts);
    }
    texts.decimal(&decimal, &written)
}

/// An amount with its unit: `12.4567 tokens`.
pub fn with_unit(amount: Amount, unit: &Unit, texts: &Texts) -> String {
    let number = exact(amount, texts);
    let id = match unit {
        Unit::Tokens => "meter-tokens",
        Unit::Credits => "meter-credits",
        Unit::Characters => "meter-characters",
        Unit::Money(currency) => {
            return texts.say_with("meter-money", [("amount", number), ("currency", currency.clone())]);
        }
    };
    texts.say_amount(id, amount.is_one(), number)
}

/// What is left of a meter in one line: `Paid tokens: 12.4567`, or that the platform does not report it.
pub fn line(meter: &Meter, texts: &Texts) -> String {
    let name = ("name", meter.name.clone());
    let amount = |amount: Amount| match &meter.unit {
        Unit::Money(_) => with_unit(amount, &meter.unit, texts),
        _ => exact(amount, texts),
    };
    match (meter.amount, meter.limit.filter(|limit| limit.is_positive())) {
        (None, _) => texts.say_with("meter-unreported", [name]),
        (Some(left), None) => texts.say_with("meter-line", [name, ("amount", amount(left))]),
        (Some(left), Some(limit)) => {
            let numbers = [name, ("amount", amount(left)), ("limit", exact(limit, texts))];
            texts.say_with("meter-line-of", numbers)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{key_account::tests::meter, settings::Language, testing::texts};

    fn amount(text: &str) -> Amount {
        text.parse().unwrap()
    }

    #[test]
    fn an_amount_is_written_with_all_its_digits_in_the_users_locale() {
        let german = texts().in_language(Language::German);
        for (number, english, in_german) in [
            ("12.4567", "12.4567 credits", "12,4567 Credits"),
            ("1", "1 credit", "1 Credit"),
            ("0.6336833840314097", "0.6336833840314097 credits", "0,6336833840314097 Credits"),
            ("-2000", "-2,000 credits", "-2.000 Credits"),
        ] {
            assert_eq!(with_unit(amount(number), &Unit::Credits, &texts()), english);
            assert_eq!(with_unit(amount(number), &Unit::Credits, &german), in_german);
        }
        let money = with_unit(amount("3.5"), &Unit::Money("EUR".into()), &texts());
        assert_eq!(money, "3.5 EUR");
    }

    #[test]
    fn a_short_amount_is_rounded_down_but_not_to_zero() {
        for (number, shown) in [
            ("12.4567", "12.45"),
            ("0.6336833840314097", "0.63"),
            ("5.009", "5"),
            ("0.0042", "0.0042"),
            ("0", "0"),
        ] {
            assert_eq!(short(amount(number), &texts()), shown, "{number}");
        }
        assert_eq!(short(amount("-0.001"), &texts()), "-0.01", "down, also below zero");
    }

    #[test]
    fn a_line_says_what_is_not_reported() {
        for (meter, text) in [
            (meter("Credits", Some("1000.5"), None), "Credits: 1,000.5"),
            (meter("Credits", Some("9000"), Some("10000")), "Credits: 9,000 of 10,000"),
            (meter("Credits", None, Some("10000")), "Credits: not reported"),
        ] {
            assert_eq!(line(&meter, &texts()), text);
        }
    }
}
