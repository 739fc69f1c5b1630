//! The user's settings. They belong to this computer, not to an account.

use crate::alerts::Alerts;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The settings as the cache stores them. Settings that an older version did not store have their defaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// When the user is notified of a low balance.
    pub alerts: Alerts,
    /// Light or dark.
    pub appearance: Appearance,
    /// The language of every text.
    pub language: Language,
    /// Whether the user is reminded before plan tokens are forfeited.
    pub remind: bool,
    /// Whether a shortcut opens the panel from anywhere.
    pub shortcut: bool,
    /// Whether the spendable tokens stand beside the tray icon, on a system that has room for them.
    pub figure: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            alerts: Alerts::default(),
            appearance: Appearance::default(),
            language: Language::default(),
            remind: false,
            shortcut: false,
            figure: true,
        }
    }
}

/// Light or dark.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Appearance {
    /// The desktop's setting.
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
    /// The first of the desktop's languages with translations, else English.
    #[default]
    System,
    /// English.
    English,
    /// German.
    German,
}

/// A change of one setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "setting", content = "value", rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the setting of the same name")]
pub enum SettingChange {
    Alerts(Alerts),
    StartAtLogin(bool),
    Appearance(Appearance),
    Language(Language),
    Remind(bool),
    Shortcut(bool),
    Figure(bool),
}

/// A setting that whoever manages the computer has set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the setting of the same name")]
pub enum LockedSetting {
    StartAtLogin,
    Appearance,
    Language,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_an_older_version_are_kept_and_new_ones_have_defaults() {
        let settings: Settings = serde_json::from_str(r#"{"appearance":"dark"}"#).unwrap();
        assert_eq!(settings, Settings { appearance: Appearance::Dark, ..Settings::default() });
        assert!(settings.figure && !settings.shortcut && !settings.remind);
    }
}
