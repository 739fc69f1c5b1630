//! Words, numbers and dates for a person: messages from `messages/en.ftl`, formats from the user's locale and zone.

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use icu_datetime::{DateTimeFormatter, fieldsets};
use icu_decimal::{DecimalFormatter, input::Decimal, options::DecimalFormatterOptions};
use icu_locale_core::Locale;
use jiff::{Timestamp, tz::TimeZone};
use jiff_icu::ConvertInto;
use std::fmt;
use tokenwell_wire::Tokens;

const ENGLISH: &str = include_str!("../messages/en.ftl");

/// The texts of one language, and the formats of one locale and time zone.
pub struct Texts {
    messages: FluentBundle<FluentResource>,
    numbers: Option<DecimalFormatter>,
    dates: Option<DateTimeFormatter<fieldsets::MDT>>,
    zone: TimeZone,
}

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Texts").field("zone", &self.zone).finish_non_exhaustive()
    }
}

impl Texts {
    /// `locale` is a BCP 47 tag such as `en-GB`; one that is not known is read as English.
    pub fn new(locale: &str, zone: TimeZone) -> Self {
        let mut messages = FluentBundle::new_concurrent(vec!["en".parse().unwrap_or_default()]);
        // English needs no marks around what is put in; they would show up in menus and in copied text.
        messages.set_use_isolating(false);
        let resource = FluentResource::try_new(ENGLISH.to_owned()).unwrap_or_else(|(whole, errors)| {
            debug_assert!(errors.is_empty(), "messages/en.ftl: {errors:?}");
            whole
        });
        messages.add_resource_overriding(resource);

        let locale = locale.parse().unwrap_or(Locale::UNKNOWN);
        Self {
            messages,
            numbers: DecimalFormatter::try_new((&locale).into(), DecimalFormatterOptions::default()).ok(),
            dates: DateTimeFormatter::try_new((&locale).into(), fieldsets::MD::medium().with_time_hm()).ok(),
            zone,
        }
    }

    /// A message without figures.
    pub fn say(&self, id: &str) -> String {
        self.format(id, &FluentArgs::new())
    }

    /// A message with its figures.
    pub fn say_with<const N: usize>(&self, id: &str, figures: [(&'static str, String); N]) -> String {
        let mut args = FluentArgs::with_capacity(N);
        for (name, value) in figures {
            args.set(name, value);
        }
        self.format(id, &args)
    }

    fn format(&self, id: &str, args: &FluentArgs<'_>) -> String {
        let Some(pattern) = self.messages.get_message(id).and_then(|message| message.value()) else {
            debug_assert!(false, "messages/en.ftl has no `{id}`");
            return id.to_owned();
        };
        let mut errors = Vec::new();
        let text = self.messages.format_pattern(pattern, Some(args), &mut errors);
        debug_assert!(errors.is_empty(), "`{id}` in messages/en.ftl: {errors:?}");
        text.into_owned()
    }

    /// Whether there is a message of this name.
    pub fn has(&self, id: &str) -> bool {
        self.messages.has_message(id)
    }

    /// An amount of tokens, grouped: `34,120`.
    pub fn tokens(&self, Tokens(amount): Tokens) -> String {
        match &self.numbers {
            Some(numbers) => numbers.format(&Decimal::from(amount)).to_string(),
            None => amount.to_string(),
        }
    }

    /// A day and time in the user's zone, the zone named: `5 Dec, 09:14 CET`.
    pub fn moment(&self, at: Timestamp) -> String {
        let local = at.to_zoned(self.zone.clone());
        let date = match &self.dates {
            Some(dates) => {
                let civil: icu_datetime::input::DateTime<_> = local.datetime().convert_into();
                dates.format(&civil).to_string()
            }
            None => local.strftime("%Y-%m-%d %H:%M").to_string(),
        };
        let zone = self.zone.to_offset_info(at).abbreviation().to_owned();
        self.say_with("moment", [("date", date), ("zone", zone)])
    }

    /// The user's own day, for names of files: `2026-12-05`.
    pub fn date(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).date().to_string()
    }

    /// How long ago: `12 minutes ago`.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn london() -> Texts {
        Texts::new("en-GB", TimeZone::get("Europe/Berlin").unwrap())
    }

    #[test]
    fn every_message_is_well_formed() {
        FluentResource::try_new(ENGLISH.to_owned()).unwrap();
    }

    #[test]
    fn numbers_are_grouped_as_the_user_writes_them() {
        assert_eq!(london().tokens(Tokens(9_007_199_254_740_991)), "9,007,199,254,740,991");
        assert_eq!(Texts::new("de-DE", TimeZone::UTC).tokens(Tokens(34_120)), "34.120");
    }

    #[test]
    fn a_moment_is_told_in_the_users_zone_and_names_it() {
        let winter = "2026-12-05T08:14:00Z".parse().unwrap();
        let summer = "2026-07-01T07:00:00Z".parse().unwrap();
        assert_eq!(london().moment(winter), "5 Dec, 09:14 CET");
        assert_eq!(london().moment(summer), "1 Jul, 09:00 CEST");
    }

    #[test]
    fn a_file_bears_the_users_own_day() {
        assert_eq!(london().date("2026-12-05T23:30:00Z".parse().unwrap()), "2026-12-06");
    }

    #[test]
    fn an_age_is_told_in_its_largest_unit() {
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
