//! Texts, numbers and dates for the user: messages from `messages/*.ftl`, formats from the user's locale and time zone.

pub use crate::language::DesktopLocales;

use crate::{
    formats::Formats,
    language::{self, PSEUDO},
    settings::Language,
};
use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use icu_datetime::{DateTimeFormatter, fieldsets};
use icu_decimal::{DecimalFormatter, input::Decimal, options::DecimalFormatterOptions};
use icu_locale_core::Locale;
use jiff::{Timestamp, civil::date, tz::TimeZone};
use jiff_icu::ConvertInto;
use std::{borrow::Cow, fmt};
use tokenwell_currencies::amount_rules;
use tokenwell_wire::{Minor, Tokens};

/// The messages of one language, and the formats of one locale and time zone.
pub struct Texts {
    messages: FluentBundle<FluentResource>,
    numbers: Option<DecimalFormatter>,
    dates: Option<DateTimeFormatter<fieldsets::MDT>>,
    zone: TimeZone,
    language: Language,
    locale: Locale,
    date_locale: Locale,
    number_locale: Locale,
    desktop: DesktopLocales,
}

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Texts").field("zone", &self.zone).finish_non_exhaustive()
    }
}

impl Texts {
    /// The texts in the desktop's language. `locale` is a BCP 47 tag such as `en-GB`. An unknown one means English.
    pub fn new(locale: &str, zone: TimeZone) -> Self {
        Self::of_desktop(
            DesktopLocales { languages: vec![locale.to_owned()], ..DesktopLocales::default() },
            zone,
        )
    }

    /// The texts in the desktop's language.
    pub fn of_desktop(desktop: DesktopLocales, zone: TimeZone) -> Self {
        Self::build(Language::System, desktop, zone)
    }

    /// The texts of the same desktop and time zone in another language.
    #[must_use]
    pub fn in_language(&self, language: Language) -> Self {
        Self::build(language, self.desktop.clone(), self.zone.clone())
    }

    /// The same texts in another time zone.
    #[must_use]
    pub fn in_zone(&self, zone: TimeZone) -> Self {
        Self::build(self.language, self.desktop.clone(), zone)
    }

    fn build(language: Language, desktop: DesktopLocales, zone: TimeZone) -> Self {
        let (spoken, locale) = language::choose(language, &desktop.languages);
        let mut messages = FluentBundle::new_concurrent(vec![spoken.tag.parse().unwrap_or_default()]);
        // Isolation marks around arguments are only needed in text from right to left. They would show up in menus and
        // copied text.
        messages.set_use_isolating(locale == PSEUDO);
        messages.set_transform((locale == PSEUDO).then_some(right_to_left as fn(&str) -> Cow<'_, str>));
        let resource =
            FluentResource::try_new(spoken.messages.to_owned()).unwrap_or_else(|(whole, errors)| {
                debug_assert!(errors.is_empty(), "messages/{}.ftl: {errors:?}", spoken.tag);
                whole
            });
        messages.add_resource_overriding(resource);
        let number_locale = parsed(desktop.numbers.as_deref()).unwrap_or_else(|| locale.clone());
        let date_locale = parsed(desktop.times.as_deref())
            .map_or_else(|| locale.clone(), |times| language::of_times(&locale, &times, clock));
        Self {
            messages,
            numbers: DecimalFormatter::try_new((&number_locale).into(), DecimalFormatterOptions::default())
                .ok(),
            dates: dates(&date_locale),
            zone,
            language,
            locale,
            date_locale,
            number_locale,
            desktop,
        }
    }

    /// The locale of texts and formats, as a BCP 47 tag.
    pub fn locale(&self) -> String {
        self.locale.to_string()
    }

    /// The time zone of dates and times.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// How the panel writes numbers, dates and times.
    pub fn formats(&self) -> Formats {
        let own = |locale: &Locale| (*locale != self.locale).then(|| locale.to_string());
        Formats {
            dates: own(&self.date_locale),
            numbers: own(&self.number_locale),
            time_zone: self.zone.iana_name().map(str::to_owned),
        }
    }

    /// A message without arguments.
    pub fn say(&self, id: &str) -> String {
        self.format(id, &FluentArgs::new())
    }

    /// A message with arguments.
    pub fn say_with<const N: usize>(&self, id: &str, arguments: [(&'static str, String); N]) -> String {
        let mut args = FluentArgs::with_capacity(N);
        for (name, value) in arguments {
            args.set(name, value);
        }
        self.format(id, &args)
    }

    /// A message about an amount, which some languages write differently if it is one.
    pub(crate) fn say_amount(&self, id: &str, is_one: bool, amount: String) -> String {
        let mut args = FluentArgs::with_capacity(2);
        args.set("count", FluentValue::from(if is_one { 1 } else { 2 }));
        args.set("amount", amount);
        self.format(id, &args)
    }

    /// A decimal number with grouping; `written` if the locale's numbers are not known.
    pub(crate) fn decimal(&self, decimal: &Decimal, written: &str) -> String {
        self.numbers
            .as_ref()
            .map_or_else(|| written.to_owned(), |numbers| numbers.format(decimal).to_string())
    }

    fn format(&self, id: &str, args: &FluentArgs<'_>) -> String {
        let Some(pattern) = self.messages.get_message(id).and_then(|message| message.value()) else {
            debug_assert!(false, "no message `{id}`");
            return id.to_owned();
        };
        let mut errors = Vec::new();
        let text = self.messages.format_pattern(pattern, Some(args), &mut errors);
        debug_assert!(errors.is_empty(), "message `{id}`: {errors:?}");
        text.into_owned()
    }

    /// Whether there is a message with this id.
    pub fn has(&self, id: &str) -> bool {
        self.messages.has_message(id)
    }

    /// A number of tokens with grouping, such as `34,120`.
    pub fn tokens(&self, Tokens(amount): Tokens) -> String {
        match &self.numbers {
            Some(numbers) => numbers.format(&Decimal::from(amount)).to_string(),
            None => amount.to_string(),
        }
    }

    /// The same in a few digits where room is short, such as `34.1M`. It is rounded down, so it never promises more than
    /// there is.
    pub fn rounded(&self, tokens: Tokens) -> String {
        let (id, unit) = match tokens.0 {
            0..1_000_000 => return self.tokens(tokens),
            1_000_000..1_000_000_000 => ("short-million", 1_000_000),
            1_000_000_000..1_000_000_000_000 => ("short-billion", 1_000_000_000),
            _ => ("short-trillion", 1_000_000_000_000),
        };
        let tenths = tokens.0 / (unit / 10);
        let number = match &self.numbers {
            Some(numbers) => {
                let mut decimal = Decimal::from(tenths);
                decimal.multiply_pow10(-1);
                numbers.format(&decimal).to_string()
            }
            None => (tenths / 10).to_string(),
        };
        self.say_with(id, [("number", number)])
    }

    /// An amount of money, such as `24.00 USD`. `currency` is an ISO 4217 code in lower case.
    pub fn money(&self, Minor(amount): Minor, currency: &str) -> String {
        let rules = amount_rules(currency);
        let number = match &self.numbers {
            Some(numbers) => {
                let mut decimal = Decimal::from(amount);
                let digits = i16::try_from(rules.digits).unwrap_or(0);
                decimal.multiply_pow10(-digits);
                decimal.pad_end(-digits);
                numbers.format(&decimal).to_string()
            }
            None => rules.decimal(amount),
        };
        self.say_with("money", [("amount", number), ("currency", currency.to_uppercase())])
    }

    /// A day and time with the user's zone, such as `5 Dec, 09:14 CET`.
    pub fn moment(&self, at: Timestamp) -> String {
        let local = at.to_zoned(self.zone.clone());
        let date = match &self.dates {
            Some(dates) => {
                let civil: icu_datetime::input::DateTime<_> = local.datetime().convert_into();
                dates.format(&civil).to_string()
            }
            None => local.strftime("%Y-%m-%d %H:%M").to_string(),
        };
        let abbreviation = self.zone.to_offset_info(at).abbreviation().to_owned();
        // The zone database has English abbreviations. German has its own names for its zones.
        let id = format!("zone-{abbreviation}");
        let zone = if self.has(&id) { self.say(&id) } else { abbreviation };
        self.say_with("moment", [("date", date), ("zone", zone)])
    }

    /// The day in the user's zone, for file names, such as `2026-12-05`.
    pub fn date(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).date().to_string()
    }

    /// How long ago something happened, such as `12 minutes ago`.
    pub fn age(&self, since: Timestamp, now: Timestamp) -> String {
        let minutes = (now.as_second() - since.as_second()).max(0) / 60;
        let (id, count) = match minutes {
            0 => return self.say("age-now"),
            1..60 => ("age-minutes", minutes),
            60..1440 => ("age-hours", minutes / 60),
            _ => ("age-days", minutes / 1440),
        };
        let mut args = FluentArgs::with_capacity(2);
        args.set("count", FluentValue::from(count));
        args.set("number", self.tokens(Tokens(count.unsigned_abs())));
        self.format(id, &args)
    }
}

fn parsed(tag: Option<&str>) -> Option<Locale> {
    tag?.parse().ok()
}

fn dates(locale: &Locale) -> Option<DateTimeFormatter<fieldsets::MDT>> {
    DateTimeFormatter::try_new(locale.into(), fieldsets::MD::medium().with_time_hm()).ok()
}

/// How a locale writes hours, as the value of the keyword `hc`. The formatter does not say it, so an afternoon is written.
fn clock(locale: &Locale) -> &'static str {
    let afternoon = date(2026, 11, 20).at(13, 0, 0, 0);
    let latin = format!("{}-u-nu-latn", locale.id).parse().ok();
    let written = latin.as_ref().and_then(dates).map(|dates| {
        let civil: icu_datetime::input::DateTime<_> = afternoon.convert_into();
        dates.format(&civil).to_string()
    });
    if written.is_some_and(|written| written.contains("13")) { "h23" } else { "h12" }
}

/// Marks a text as written from right to left, for the pseudo-locale.
fn right_to_left(text: &str) -> Cow<'_, str> {
    if text.trim().is_empty() { text.into() } else { format!("\u{202e}{text}\u{202c}").into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::berlin;

    fn london() -> Texts {
        Texts::new("en-GB", berlin())
    }

    #[test]
    fn numbers_are_grouped_as_in_the_users_locale() {
        assert_eq!(london().tokens(Tokens(9_007_199_254_740_991)), "9,007,199,254,740,991");
        assert_eq!(Texts::new("de-DE", TimeZone::UTC).tokens(Tokens(34_120)), "34.120");
    }

    #[test]
    fn a_rounded_number_has_few_digits_and_is_never_too_high() {
        let german = Texts::new("de-DE", TimeZone::UTC);
        for (tokens, english, in_german) in [
            (0, "0", "0"),
            (999_999, "999,999", "999.999"),
            (1_000_000, "1.0M", "1,0\u{a0}Mio."),
            (1_099_999, "1.0M", "1,0\u{a0}Mio."),
            (999_999_999, "999.9M", "999,9\u{a0}Mio."),
            (1_250_000_000, "1.2B", "1,2\u{a0}Mrd."),
            (9_007_199_254_740_991, "9,007.1T", "9.007,1\u{a0}Bio."),
            (u64::MAX, "18,446,744.0T", "18.446.744,0\u{a0}Bio."),
        ] {
            assert_eq!(london().rounded(Tokens(tokens)), english);
            assert_eq!(german.rounded(Tokens(tokens)), in_german);
        }
    }

    #[test]
    fn an_amount_of_money_has_the_decimals_of_its_currency() {
        let german = Texts::new("de-DE", TimeZone::UTC);
        for (amount, currency, english, in_german) in [
            (2_400, "usd", "24.00 USD", "24,00 USD"),
            (5, "eur", "0.05 EUR", "0,05 EUR"),
            (123_456, "jpy", "123,456 JPY", "123.456 JPY"),
            (1_234_560, "kwd", "1,234.560 KWD", "1.234,560 KWD"),
            (0, "usd", "0.00 USD", "0,00 USD"),
        ] {
            assert_eq!(london().money(Minor(amount), currency), english);
            assert_eq!(german.money(Minor(amount), currency), in_german);
        }
    }

    #[test]
    fn a_time_is_written_in_the_users_zone_with_its_name() {
        let winter = "2026-12-05T08:14:00Z".parse().unwrap();
        let summer = "2026-07-01T07:00:00Z".parse().unwrap();
        assert_eq!(london().moment(winter), "5 Dec, 09:14 CET");
        assert_eq!(london().moment(summer), "1 Jul, 09:00 CEST");
    }

    #[test]
    fn dates_and_numbers_follow_the_locales_that_are_set_for_them() {
        let written = |language: &str, times: &str, numbers: &str| {
            let desktop = DesktopLocales {
                languages: vec![language.into()],
                times: Some(times.into()),
                numbers: Some(numbers.into()),
            };
            let texts = Texts::of_desktop(desktop, berlin());
            (texts.moment("2026-12-05T21:58:00Z".parse().unwrap()), texts.tokens(Tokens(34_120)))
        };
        assert_eq!(
            [
                ("en-US", "de-DE", "de-DE"),
                ("en-US", "fr-FR", "fr-FR"),
                ("en-US", "en-GB", "en-IN"),
                ("de-DE", "en-US", "en-US"),
                ("de-DE", "de-CH", "de-CH"),
                ("en-US", "no tag", "no tag"),
            ]
            .map(|(language, times, numbers)| written(language, times, numbers)),
            [
                ("5 Dec, 22:58 CET", "34.120"),
                ("5 Dec, 22:58 CET", "34\u{202f}120"),
                ("5 Dec, 22:58 CET", "34,120"),
                ("5. Dez., 10:58\u{202f}PM MEZ", "34,120"),
                ("5. Dez., 22:58 MEZ", "34'120"),
                ("Dec 5, 10:58\u{202f}PM CET", "34,120"),
            ]
            .map(|(moment, tokens)| (moment.to_owned(), tokens.to_owned()))
        );
    }

    #[test]
    fn in_another_zone_only_times_differ() {
        let at = "2026-12-05T21:58:00Z".parse().unwrap();
        let german = london().in_language(Language::German);
        let moved = german.in_zone(TimeZone::UTC);
        assert_eq!((moved.locale(), moved.say("tray-quit")), (german.locale(), german.say("tray-quit")));
        assert_eq!(moved.moment(at), "5. Dez., 21:58 UTC");
        assert_eq!(moved.formats().time_zone.as_deref(), Some("UTC"));
    }

    #[test]
    fn a_file_name_has_the_day_in_the_users_zone() {
        assert_eq!(london().date("2026-12-05T23:30:00Z".parse().unwrap()), "2026-12-06");
    }

    #[test]
    fn german_texts_have_german_numbers_and_dates() {
        let texts = london().in_language(Language::German);
        assert_eq!(texts.locale(), "de-GB");
        let berlin = Texts::new("de-DE", berlin());
        let winter = "2026-12-05T08:14:00Z".parse().unwrap();
        assert_eq!(
            berlin.say_with("tray-resets", [("when", berlin.moment(winter))]),
            "neue Fast-Token am 5. Dez., 09:14 MEZ"
        );
        assert_eq!(berlin.age(winter, winter + jiff::Span::new().minutes(12)), "vor 12 Minuten");
    }

    #[test]
    fn the_pseudo_locale_writes_every_text_from_right_to_left_and_isolates_arguments() {
        let texts = Texts::new("ar-XB", TimeZone::UTC);
        assert_eq!(texts.say("tray-quit"), "\u{202e}Quit\u{202c}");
        let text = texts.say_with("tray-top-up", [("tokens", "5".into())]);
        assert_eq!(text, "\u{202e}Top-up \u{202c}\u{2068}5\u{2069}");
    }

    #[test]
    fn an_age_is_written_in_its_largest_unit() {
        let texts = london();
        let since: Timestamp = "2026-12-05T08:00:00Z".parse().unwrap();
        for (seconds, age) in [
            (-5, "just now"),
            (59, "just now"),
            (60, "1 minute ago"),
            (12 * 60, "12 minutes ago"),
            (3_600, "1 hour ago"),
            (5 * 3_600 + 1_800, "5 hours ago"),
            (86_400, "1 day ago"),
            (1_234 * 86_400, "1,234 days ago"),
        ] {
            assert_eq!(texts.age(since, since + jiff::Span::new().seconds(seconds)), age);
        }
    }
}
