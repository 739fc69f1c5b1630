//! The pages that people see, in plain HTML: no scripts, nothing loaded from elsewhere.

pub mod checkout;
pub mod portal;
pub mod receipt;

use axum::http::{HeaderName, HeaderValue, header};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("style.css");

/// What the browser may do on the pages: show them, and nothing else.
pub const SECURITY_HEADERS: [(HeaderName, HeaderValue); 3] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
        ),
    ),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
];

/// A page with one column.
pub fn plain(title: &str, content: &Markup) -> Markup {
    frame(title, "narrow", content)
}

/// A page with a summary beside what there is to do.
pub fn wide(title: &str, content: &Markup) -> Markup {
    frame(title, "wide", content)
}

fn frame(title: &str, width: &str, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Tokenwell sandbox" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                p.banner role="note" { "Sandbox: no money moves" }
                main class=(width) { (content) }
            }
        }
    }
}

/// An amount of money in minor units, such as `$1,234.50`.
pub fn money(minor: i64, currency: &str) -> String {
    let no_minor_unit = [
        "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv", "xaf",
        "xof", "xpf",
    ];
    let (sign, minor) = (if minor < 0 { "−" } else { "" }, minor.unsigned_abs());
    let figures = if no_minor_unit.contains(&currency) {
        grouped(minor)
    } else {
        format!("{}.{:02}", grouped(minor / 100), minor % 100)
    };
    match currency {
        "usd" => format!("{sign}${figures}"),
        "eur" => format!("{sign}€{figures}"),
        "gbp" => format!("{sign}£{figures}"),
        "jpy" => format!("{sign}¥{figures}"),
        other => format!("{sign}{figures} {}", other.to_uppercase()),
    }
}

/// A whole number with its thousands apart, such as `34,120`.
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

/// A day, such as `22 November 2026`.
pub fn day(second: i64) -> String {
    Timestamp::from_second(second)
        .map(|at| at.to_zoned(TimeZone::UTC).strftime("%-d %B %Y").to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_the_way_its_currency_is() {
        assert_eq!(money(123_450, "usd"), "$1,234.50");
        assert_eq!(money(-1_234_567, "eur"), "−€12,345.67");
        assert_eq!(money(500, "jpy"), "¥500");
        assert_eq!(money(900, "chf"), "9.00 CHF");
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(1_000_000), "1,000,000");
    }
}
