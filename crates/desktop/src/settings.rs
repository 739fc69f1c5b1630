//! What the user has set. It belongs to this computer, not to an account.

use crate::alerts::Alerts;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// All that can be set, as the cache keeps it. What an older version did not know is as it is at first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// When to tell that tokens run low.
    pub alerts: Alerts,
    /// Light or dark.
    pub appearance: Appearance,
    /// The language of every text.
    pub language: Language,
}

/// Light or dark.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Appearance {
    /// As the desktop has it.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

/// The language of every text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// The first of the desktop's languages that there are texts for; English, if there is none.
    #[default]
    System,
    /// English.
    English,
    /// German.
    German,
}

/// One setting, changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "setting", content = "value", rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the setting of the same name")]
pub enum SettingChange {
    Alerts(Alerts),
    StartAtLogin(bool),
    Appearance(Appearance),
    Language(Language),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_an_older_version_are_kept_and_what_it_did_not_know_is_as_at_first() {
        let kept: Settings = serde_json::from_str(r#"{"appearance":"dark"}"#).unwrap();
        assert_eq!(kept, Settings { appearance: Appearance::Dark, ..Settings::default() });
    }
}
