//! What whoever manages a computer sets for its users: the service, its name, and settings that users cannot change.

use crate::{
    hosted_page::{self, BadAddress},
    settings::{Appearance, Language, LockedSetting, SettingChange, Settings},
    update::UpdatePolicy,
};
use serde::Deserialize;

/// The longest name, in characters.
const NAME_MAX: usize = 60;

/// A preset, as `tokenwell.json` has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Preset {
    /// The address of the service, which the first sign-in form proposes.
    pub service: Option<String>,
    /// What the users know the service as.
    pub name: Option<String>,
    /// What the app does about newer versions, where it installs them itself.
    pub updates: Option<UpdatePolicy>,
    /// What the users cannot change.
    pub locked: Locked,
}

/// What users cannot change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Locked {
    /// Whether there is no other service.
    pub service: bool,
    /// Whether the system starts the app at login.
    pub start_at_login: Option<bool>,
    /// Light or dark.
    pub appearance: Option<Appearance>,
    /// The language of every text.
    pub language: Option<Language>,
}

/// Why a preset cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadPreset {
    /// It is not of the form, which says where.
    #[error(transparent)]
    Form(#[from] serde_json::Error),
    /// The address is none.
    #[error("`service` must be an address such as https://tokens.example.com")]
    Service,
    /// The address is that of another computer without encryption.
    #[error("`service` must start with https:// (http:// is only for a service on this computer)")]
    NotEncrypted,
    /// The name is none.
    #[error("`name` must be 1 to {NAME_MAX} characters on one line, without blanks at its ends")]
    Name,
    /// There is no service to lock.
    #[error("`locked.service` needs `service`")]
    NothingToLock,
}

impl Preset {
    /// Reads a preset.
    ///
    /// # Errors
    /// Which line or field is wrong.
    pub fn parse(text: &str) -> Result<Self, BadPreset> {
        serde_json::from_str::<Self>(text)?.checked()
    }

    /// A preset that was read in another form than JSON.
    ///
    /// # Errors
    /// Which field is wrong.
    pub fn checked(self) -> Result<Self, BadPreset> {
        let Self { service, name, locked, .. } = &self;
        match service.as_deref().map(hosted_page::service_address) {
            None if locked.service => return Err(BadPreset::NothingToLock),
            Some(Err(BadAddress::Malformed)) => return Err(BadPreset::Service),
            Some(Err(BadAddress::NotEncrypted)) => return Err(BadPreset::NotEncrypted),
            None | Some(Ok(_)) => {}
        }
        let is_name = |name: &str| {
            (1..=NAME_MAX).contains(&name.chars().count())
                && name.trim() == name
                && !name.contains(char::is_control)
        };
        if name.as_deref().is_some_and(|name| !is_name(name)) {
            return Err(BadPreset::Name);
        }
        Ok(self)
    }

    /// The only service that there is.
    pub(crate) fn only_service(&self) -> Option<&str> {
        self.service.as_deref().filter(|_| self.locked.service)
    }
}

impl Locked {
    /// The settings with the values that users cannot change.
    pub(crate) fn applied(&self, settings: Settings) -> Settings {
        Settings {
            appearance: self.appearance.unwrap_or(settings.appearance),
            language: self.language.unwrap_or(settings.language),
            ..settings
        }
    }

    pub(crate) fn settings(&self) -> Vec<LockedSetting> {
        let locked = [
            (LockedSetting::StartAtLogin, self.start_at_login.is_some()),
            (LockedSetting::Appearance, self.appearance.is_some()),
            (LockedSetting::Language, self.language.is_some()),
        ];
        locked.into_iter().filter(|(_, is_locked)| *is_locked).map(|(setting, _)| setting).collect()
    }

    /// Whether users cannot make this change.
    pub(crate) fn refuses(&self, change: &SettingChange) -> bool {
        match change {
            SettingChange::Alerts(_)
            | SettingChange::Remind(_)
            | SettingChange::Shortcut(_)
            | SettingChange::Figure(_) => false,
            SettingChange::StartAtLogin(_) => self.start_at_login.is_some(),
            SettingChange::Appearance(_) => self.appearance.is_some(),
            SettingChange::Language(_) => self.language.is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preset_says_the_service_its_name_and_what_is_locked() {
        let text = r#"{
            "service": "https://tokens.example.com",
            "name": "Example Studio",
            "updates": "off",
            "locked": { "service": true, "appearance": "dark", "start_at_login": false }
        }"#;
        let preset = Preset::parse(text).unwrap();
        assert_eq!(preset.only_service(), Some("https://tokens.example.com"));
        assert_eq!(preset.name.as_deref(), Some("Example Studio"));
        assert_eq!(preset.updates, Some(UpdatePolicy::Off));
        assert_eq!(preset.locked.settings(), [LockedSetting::StartAtLogin, LockedSetting::Appearance]);
        assert_eq!(Preset::parse("{}").unwrap(), Preset::default());
    }

    #[test]
    fn a_bad_preset_names_the_line_or_the_field() {
        for (text, words) in [
            ("", "EOF while parsing a value at line 1"),
            ("{\n  \"service\": \"https://a.example\"\n  \"name\": \"A\"\n}", "at line 3 column 3"),
            ("{\n  \"sevice\": \"https://a.example\"\n}", "unknown field `sevice`"),
            ("{\n  \"sevice\": \"https://a.example\"\n}", "at line 2 column 10"),
            (r#"{"locked": {"alerts": true}}"#, "unknown field `alerts`"),
            (r#"{"locked": {"appearance": "pink"}}"#, "unknown variant `pink`"),
            (r#"{"updates": "never"}"#, "unknown variant `never`"),
            (r#"{"locked": {"service": true}}"#, "`locked.service` needs `service`"),
            (r#"{"service": "ftp://a.example"}"#, "`service` must be an address"),
            (r#"{"service": "http://a.example"}"#, "`service` must start with https://"),
            (r#"{"service": "https://a.example", "name": " "}"#, "`name` must be"),
            (r#"{"name": "A\nB"}"#, "`name` must be"),
        ] {
            let bad = Preset::parse(text).unwrap_err().to_string();
            assert!(bad.contains(words), "{text}: {bad}");
        }
    }
}
