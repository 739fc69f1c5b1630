//! Settings, and what follows from them: the language, alerts, start at login, the diagnostics file.

use super::App;
use crate::{
    alerts::share_of,
    cached_state::CacheWrite,
    command::PanelEntry,
    diagnostics,
    event::{Effect, Notification, Opens},
    failure::Failure,
    settings::{Appearance, Language, LockedSetting, SettingChange, Settings},
    view::{DiagnosticsView, ProblemView, SettingsView, UsualAlert},
};
use jiff::tz::TimeZone;
use std::sync::Arc;
use tokenwell_wire::{Balance, Tokens};

/// The settings, and the outcome of the last change.
#[derive(Debug, Default)]
pub(super) struct Preferences {
    settings: Settings,
    /// Whether the system has room for a text beside the tray icon.
    pub(super) has_title: bool,
    /// As the system reports it.
    starts_at_login: bool,
    /// The keys of the shortcut, as the system reports them.
    shortcut: Option<String>,
    /// Why the last change failed.
    problem: Option<ProblemView>,
    diagnostics: Option<DiagnosticsView>,
}

impl Preferences {
    /// `usual` are the service's thresholds for this account.
    pub(super) fn view(&self, usual: Vec<UsualAlert>, locked: Vec<LockedSetting>) -> SettingsView {
        let Settings { alerts, appearance, language, remind, figure, shortcut: _ } = self.settings.clone();
        SettingsView {
            alerts,
            usual_alerts: usual,
            appearance,
            language,
            start_at_login: self.starts_at_login,
            remind,
            shortcut: self.shortcut.clone(),
            figure: self.has_title.then_some(figure),
            locked,
            problem: self.problem.clone(),
            diagnostics: self.diagnostics.clone(),
        }
    }

    /// Whether the user is reminded before plan tokens are forfeited.
    pub(super) fn reminds(&self) -> bool {
        self.settings.remind
    }

    /// Whether the spendable tokens stand beside the tray icon.
    pub(super) fn shows_figure(&self) -> bool {
        self.settings.figure
    }
}

impl App {
    /// Loads the stored settings.
    pub(super) fn load_settings(&mut self, settings: Settings) -> Vec<Effect> {
        let settings = self.preset.locked.applied(settings);
        self.set_language(settings.language);
        let Settings { appearance, shortcut, .. } = settings;
        self.preferences.settings = settings;
        let mut effects = Vec::new();
        if appearance != Appearance::System {
            effects.push(Effect::SetAppearance(appearance));
        }
        effects.extend(shortcut.then_some(Effect::SetShortcut(true)));
        effects.extend(self.preset.locked.start_at_login.map(Effect::StartAtLogin));
        effects
    }

    pub(super) fn change(&mut self, change: SettingChange) -> Vec<Effect> {
        self.preferences.problem = None;
        if self.preset.locked.refuses(&change) {
            return vec![];
        }
        let settings = &mut self.preferences.settings;
        let before = settings.clone();
        let mut effects = Vec::new();
        match change {
            // The system stores this setting and reports the result.
            SettingChange::StartAtLogin(on) => return vec![Effect::StartAtLogin(on)],
            // The system may refuse it.
            SettingChange::Shortcut(on) => return vec![Effect::SetShortcut(on)],
            SettingChange::Remind(on) => settings.remind = on,
            SettingChange::Figure(on) => settings.figure = on,
            SettingChange::Alerts(alerts) => settings.alerts = alerts.normalized(),
            SettingChange::Appearance(appearance) => {
                settings.appearance = appearance;
                effects.push(Effect::SetAppearance(appearance));
            }
            SettingChange::Language(language) => settings.language = language,
        }
        let settings = settings.clone();
        if settings == before {
            return vec![];
        }
        self.set_language(settings.language);
        effects.push(Effect::WriteCache(CacheWrite::Settings(settings)));
        effects
    }

    pub(super) fn starts_at_login(&mut self, result: Result<bool, Failure>) {
        match result {
            Ok(starts) => self.preferences.starts_at_login = starts,
            Err(failure) => self.preferences.problem = Some(failure.problem(&self.texts)),
        }
    }

    /// Stores that the user has a shortcut, or has none, once the system has set it.
    pub(super) fn shortcut_set(&mut self, result: Result<Option<String>, Failure>) -> Vec<Effect> {
        match result {
            Ok(keys) => {
                let settings = &mut self.preferences.settings;
                let changes = settings.shortcut != keys.is_some();
                settings.shortcut = keys.is_some();
                self.preferences.shortcut = keys;
                let write = CacheWrite::Settings(self.preferences.settings.clone());
                changes.then_some(Effect::WriteCache(write)).into_iter().collect()
            }
            // A shortcut that another program uses today may be free at the next start.
            Err(failure) => {
                self.preferences.shortcut = None;
                self.preferences.problem = Some(failure.problem(&self.texts));
                vec![]
            }
        }
    }

    fn set_language(&mut self, language: Language) {
        let texts = self.texts.in_language(language);
        if texts.locale() != self.texts.locale() {
            self.texts = Arc::new(texts);
        }
    }

    pub(super) fn set_time_zone(&mut self, zone: TimeZone) {
        if *self.texts.zone() != zone {
            self.texts = Arc::new(self.texts.in_zone(zone));
        }
    }

    /// Notifies of a low balance when the tokens that are spendable or on hold fall below a threshold. Tokens on hold count,
    /// because those that a job does not use come back.
    pub(super) fn alert(&self, before: Option<Tokens>, balance: &Balance) -> Option<Effect> {
        let Balance { spendable, fast, .. } = balance;
        let alerts = &self.preferences.settings.alerts;
        let now = balance.spendable_and_held();
        let threshold = alerts.crossed(fast.allowance, self.default_thresholds(), before?, now)?;
        let texts = &self.texts;
        let threshold = texts.tokens(threshold);
        let body = match fast.resets_at {
            Some(at) => {
                texts.say_with("notify-low-resets", [("threshold", threshold), ("when", texts.moment(at))])
            }
            None => texts.say_with("notify-low", [("threshold", threshold)]),
        };
        Some(Effect::Notify(Notification {
            title: texts.say_with("notify-low-title", [("tokens", texts.tokens(*spendable))]),
            body,
            opens: Opens::Page(PanelEntry::AddTokens),
        }))
    }

    /// Whether a low balance is notified of.
    pub(super) fn notifies_when_low(&self) -> bool {
        self.preferences.settings.alerts.on
    }

    /// The threshold that the spendable tokens are below.
    pub(super) fn low_below(&self, balance: &Balance) -> Option<Tokens> {
        let alerts = &self.preferences.settings.alerts;
        alerts.low_below(balance.fast.allowance, self.default_thresholds(), balance.spendable)
    }

    /// The service's thresholds for the account that is shown.
    pub(super) fn usual_alerts(&self) -> Vec<UsualAlert> {
        let Some(cached) = &self.data.balance else { return vec![] };
        let usual =
            |&percent: &u8| UsualAlert { percent, below: share_of(cached.balance.fast.allowance, percent) };
        self.default_thresholds().iter().map(usual).collect()
    }

    /// The service's default thresholds, in percent of the allowance.
    fn default_thresholds(&self) -> &[u8] {
        self.data.description().map_or(&[], |service| &service.low_balance_percent)
    }

    pub(super) fn save_diagnostics(&mut self) -> Vec<Effect> {
        if self.preferences.diagnostics == Some(DiagnosticsView::Saving) {
            return vec![];
        }
        self.preferences.diagnostics = Some(DiagnosticsView::Saving);
        let report = diagnostics::report(&self.view(), &self.version, &self.preferences.settings);
        vec![Effect::SaveDiagnostics(report)]
    }

    pub(super) fn diagnostics_saved(&mut self, result: Result<String, Failure>) {
        self.preferences.diagnostics = Some(match result {
            Ok(file) => DiagnosticsView::Saved { file },
            Err(failure) => DiagnosticsView::Failed { problem: failure.problem(&self.texts) },
        });
    }

    /// Clears outcomes of finished operations when the panel is closed.
    pub(super) fn reset_settings_page(&mut self) {
        self.preferences.problem = None;
        self.preferences.diagnostics.take_if(|diagnostics| *diagnostics != DiagnosticsView::Saving);
    }
}
