//! Which language and locale the app speaks.

use crate::settings::Language;
use icu_locale_core::{Locale, locale};

const ENGLISH: &str = include_str!("../messages/en.ftl");
const GERMAN: &str = include_str!("../messages/de.ftl");

/// A language that there are texts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spoken {
    /// As in BCP 47.
    pub(crate) tag: &'static str,
    /// Its texts, in Fluent's syntax.
    pub(crate) messages: &'static str,
}

/// Every language that there are texts for. The first is spoken where none of them is wanted.
pub(crate) const SPOKEN: [Spoken; 2] =
    [Spoken { tag: "en", messages: ENGLISH }, Spoken { tag: "de", messages: GERMAN }];

/// English, marked and written from right to left: a desktop in this locale (CLDR's pseudo-locale for it) shows
/// whether every text is in a message file and every layout turns around.
pub(crate) const PSEUDO: Locale = locale!("ar-XB");

/// The locale of words and figures: the language that is set, or the first of the desktop's that there are texts for,
/// or English; with the desktop's own region, so that an English app on a German desktop writes `5 Dec, 09:14 CET` and
/// `34.120`.
pub(crate) fn choose(language: Language, desktop: &[String]) -> (Spoken, Locale) {
    let desktop: Vec<Locale> = desktop.iter().filter_map(|tag| tag.parse().ok()).collect();
    let speaks = |locale: &Locale, spoken: Spoken| locale.id.language.as_str() == spoken.tag;
    let spoken = |tag| SPOKEN.into_iter().find(|spoken| spoken.tag == tag).unwrap_or(SPOKEN[0]);
    let wanted = match language {
        Language::System => None,
        Language::English => Some(spoken("en")),
        Language::German => Some(spoken("de")),
    };
    if wanted.is_none() && desktop.first() == Some(&PSEUDO) {
        return (SPOKEN[0], PSEUDO);
    }
    let candidates: Vec<Spoken> = wanted.map_or(SPOKEN.to_vec(), |wanted| vec![wanted]);
    for locale in &desktop {
        if let Some(&spoken) = candidates.iter().find(|&&spoken| speaks(locale, spoken)) {
            return (spoken, locale.clone());
        }
    }
    let spoken = candidates[0];
    let mut locale: Locale = spoken.tag.parse().unwrap_or(Locale::UNKNOWN);
    locale.id.region = desktop.first().and_then(|first| first.id.region);
    (spoken, locale)
}

#[cfg(test)]
mod tests {
    use super::*;
    use fluent_bundle::FluentResource;
    use std::collections::{BTreeMap, BTreeSet};

    fn chosen(language: Language, desktop: &[&str]) -> (String, String) {
        let desktop: Vec<String> = desktop.iter().map(|&tag| tag.to_owned()).collect();
        let (spoken, locale) = choose(language, &desktop);
        (spoken.tag.to_owned(), locale.to_string())
    }

    #[test]
    fn the_language_is_the_one_that_is_set_or_the_desktops_own_with_the_desktops_region() {
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

    /// The messages of a file, each with the names of the figures that it takes.
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
    fn every_language_has_the_same_texts_with_the_same_figures() {
        let english = messages(SPOKEN[0].messages);
        assert_eq!(english["tray-rollover"], ["cap", "tokens"].into(), "figures are found");
        for spoken in SPOKEN {
            FluentResource::try_new(spoken.messages.to_owned()).unwrap();
            assert_eq!(messages(spoken.messages), english, "{}.ftl", spoken.tag);
        }
    }
}
