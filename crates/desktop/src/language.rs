//! The app's language and locale.

use crate::settings::Language;
use icu_locale_core::{Locale, locale};

const ENGLISH: &str = include_str!("../messages/en.ftl");
const GERMAN: &str = include_str!("../messages/de.ftl");

/// A language with translations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Translation {
    /// Its BCP 47 tag.
    pub(crate) tag: &'static str,
    /// Its messages in Fluent's syntax.
    pub(crate) messages: &'static str,
}

/// Every language with translations. The first is the default.
pub(crate) const LANGUAGES: [Translation; 2] =
    [Translation { tag: "en", messages: ENGLISH }, Translation { tag: "de", messages: GERMAN }];

/// CLDR's pseudo-locale for English written from right to left. On a desktop with this locale, texts outside the
/// message files and layouts that do not mirror become visible.
pub(crate) const PSEUDO: Locale = locale!("ar-XB");

/// The desktop's locales as BCP 47 tags.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DesktopLocales {
    /// The locales of texts, most preferred first.
    pub languages: Vec<String>,
    /// The locale of dates and times, if the user chose one for them.
    pub times: Option<String>,
    /// The locale of numbers, if the user chose one for them.
    pub numbers: Option<String>,
}

impl DesktopLocales {
    /// The locales of the desktop's languages, with those that the environment sets for dates and numbers (POSIX:
    /// `LC_TIME` and `LC_NUMERIC`, unless `LC_ALL` overrides them).
    pub fn new(languages: Vec<String>, variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let (all, usual) = (set("LC_ALL"), set("LANG"));
        let own = |name| {
            let locale = set(name).filter(|locale| all.is_none() && Some(locale) != usual.as_ref())?;
            let tag = locale.split(['.', '@']).next()?.replace('_', "-");
            // The locales of programs are named C and POSIX.
            (!matches!(&*tag, "C" | "POSIX")).then_some(tag)
        };
        Self { times: own("LC_TIME"), numbers: own("LC_NUMERIC"), languages }
    }
}

/// The locale of dates in the language of `texts`, by the habits of the locale `times`. `clock` says how a locale writes
/// hours, as the value of the keyword `hc`.
pub(crate) fn of_times(texts: &Locale, times: &Locale, clock: impl Fn(&Locale) -> &'static str) -> Locale {
    if times.id.language == texts.id.language {
        return times.clone();
    }
    // The words stay in the language of the texts. A language with a foreign region has the clock of the language, so the
    // clock is added.
    let mut locale = texts.clone();
    locale.id.region = times.id.region.or(locale.id.region);
    format!("{}-u-hc-{}", locale.id, clock(times)).parse().unwrap_or(locale)
}

/// The language of the texts, and the locale of the formats. The language is the one that is set, else the first of the
/// desktop's languages with translations, else English. The region is the desktop's, so an English app on a German
/// desktop writes `5 Dec, 09:14 CET` and `34.120`.
pub(crate) fn choose(language: Language, desktop: &[String]) -> (Translation, Locale) {
    let desktop: Vec<Locale> = desktop.iter().filter_map(|tag| tag.parse().ok()).collect();
    let matches_locale =
        |locale: &Locale, translation: Translation| locale.id.language.as_str() == translation.tag;
    let translation =
        |tag| LANGUAGES.into_iter().find(|translation| translation.tag == tag).unwrap_or(LANGUAGES[0]);
    let wanted = match language {
        Language::System => None,
        Language::English => Some(translation("en")),
        Language::German => Some(translation("de")),
    };
    if wanted.is_none() && desktop.first() == Some(&PSEUDO) {
        return (LANGUAGES[0], PSEUDO);
    }
    let candidates: Vec<Translation> = wanted.map_or(LANGUAGES.to_vec(), |wanted| vec![wanted]);
    for locale in &desktop {
        if let Some(&translation) =
            candidates.iter().find(|&&translation| matches_locale(locale, translation))
        {
            return (translation, locale.clone());
        }
    }
    let translation = candidates[0];
    let mut locale: Locale = translation.tag.parse().unwrap_or(Locale::UNKNOWN);
    locale.id.region = desktop.first().and_then(|first| first.id.region);
    (translation, locale)
}

#[cfg(test)]
mod tests {
    use super::*;
    use fluent_bundle::FluentResource;
    use std::collections::{BTreeMap, BTreeSet};

    fn chosen(language: Language, desktop: &[&str]) -> (String, String) {
        let desktop: Vec<String> = desktop.iter().map(|&tag| tag.to_owned()).collect();
        let (translation, locale) = choose(language, &desktop);
        (translation.tag.to_owned(), locale.to_string())
    }

    #[test]
    fn the_language_is_the_setting_or_the_desktops_and_the_region_is_the_desktops() {
        use Language as L;
        for (language, desktop, tag, locale) in [
            (L::System, &["en-GB", "de"][..], "en", "en-GB"),
            (L::System, &["fr-FR", "de-AT", "en"], "de", "de-AT"),
            (L::System, &["fr-FR"], "en", "en-FR"),
            (L::System, &["ja"], "en", "en"),
            (L::System, &["C"], "en", "en"),
            (L::System, &[], "en", "en"),
            (L::German, &["en-GB"], "de", "de-GB"),
            (L::German, &["en-GB", "de-CH"], "de", "de-CH"),
            (L::English, &["de-DE"], "en", "en-DE"),
            (L::System, &["ar-XB"], "en", "ar-XB"),
            (L::German, &["ar-XB"], "de", "de-XB"),
        ] {
            assert_eq!(chosen(language, desktop), (tag.into(), locale.into()), "{language:?} on {desktop:?}");
        }
    }

    fn locales(variables: &[(&str, &str)]) -> (Option<String>, Option<String>) {
        let variable =
            |name: &str| variables.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned());
        let DesktopLocales { times, numbers, .. } = DesktopLocales::new(vec![], variable);
        (times, numbers)
    }

    #[test]
    fn dates_and_numbers_have_locales_of_their_own_if_the_environment_sets_them() {
        let tag = |tag: &str| Some(tag.to_owned());
        let english = ("LANG", "en_US.UTF-8");
        assert_eq!(locales(&[]), (None, None));
        assert_eq!(locales(&[english, ("LC_TIME", "de_DE.UTF-8")]), (tag("de-DE"), None));
        assert_eq!(locales(&[english, ("LC_NUMERIC", "de_CH@euro")]), (None, tag("de-CH")));
        assert_eq!(locales(&[english, ("LC_TIME", "en_US.UTF-8")]), (None, None), "as the language");
        for none in ["", "C", "C.UTF-8", "POSIX"] {
            assert_eq!(locales(&[english, ("LC_TIME", none)]), (None, None), "{none}");
        }
        let overridden = [english, ("LC_TIME", "de_DE"), ("LC_ALL", "fr_FR.UTF-8")];
        assert_eq!(locales(&overridden), (None, None));
    }

    /// The messages of a file, each with the names of its arguments.
    fn messages(text: &'static str) -> BTreeMap<&'static str, BTreeSet<&'static str>> {
        let mut messages: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        let mut id = "";
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if let Some((name, _)) = line.split_once(" =").filter(|(name, _)| !name.starts_with(' ')) {
                id = name;
                messages.entry(id).or_default();
            }
            let names = line.split('$').skip(1);
            let ends = |c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-';
            messages.entry(id).or_default().extend(names.filter_map(|rest| rest.split(ends).next()));
        }
        messages
    }

    #[test]
    fn every_language_has_the_same_messages_with_the_same_arguments() {
        let english = messages(LANGUAGES[0].messages);
        assert_eq!(english["tray-rollover"], ["cap", "tokens"].into(), "arguments are found");
        for translation in LANGUAGES {
            FluentResource::try_new(translation.messages.to_owned()).unwrap();
            assert_eq!(messages(translation.messages), english, "{}.ftl", translation.tag);
        }
    }
}
