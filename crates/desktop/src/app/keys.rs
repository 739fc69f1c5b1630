//! Accounts of other platforms: adding a key, showing its account, what its platform reports, and alerts.

use super::{
    App,
    sessions::{Session, SignInAttempt},
};
use crate::{
    account_key::AccountKey,
    accounts,
    cached_state::{CacheWrite, CachedAccount},
    command::PanelEntry,
    event::{Effect, Notification, Opens},
    hosted_page,
    key_account::KeyAccount,
    meter_failure::MeterFailure,
    meter_text,
    tray::{TrayAccount, TrayMeters},
    view::{AccountView, KeyAccountView},
};
use jiff::Timestamp;
use tokenwell_meters::{ApiKey, BadKey, Meter};
use uuid::Uuid;

/// An account that is shown and read with an API key.
#[derive(Debug)]
pub(super) struct KeySession {
    pub(super) account: AccountKey,
    /// The sign-in to another account, while there is one.
    pub(super) adding: Option<SignInAttempt>,
}

impl App {
    pub(super) fn key_entered(
        &mut self,
        platform: &str,
        key: Result<ApiKey, BadKey>,
        id: Uuid,
    ) -> Vec<Effect> {
        let save = self.keys.entered(platform, key, id, &self.cached.key_accounts, &self.texts);
        save.into_iter().collect()
    }

    /// Shows the new account. It is asked about at once.
    pub(super) fn key_saved(&mut self, key: &AccountKey, result: &Result<(), MeterFailure>) -> Vec<Effect> {
        let Some(account) = self.keys.saved(key, result, &self.texts) else { return vec![] };
        let mut effects = vec![Effect::WriteCache(CacheWrite::KeyAccount(account))];
        effects.extend(self.show_key_account(key));
        effects
    }

    /// Shows an account that is read with an API key. The session of a service ends; its account stays signed in.
    pub(super) fn show_key_account(&mut self, key: &AccountKey) -> Vec<Effect> {
        let mut effects = self.leave_session();
        self.session = Session::Key(KeySession { account: key.clone(), adding: None });
        if self.cached.current.as_ref() != Some(key) {
            effects.push(Effect::WriteCache(CacheWrite::Current(key.clone())));
        }
        effects
    }

    /// Shows Home of an account that is read with an API key. If it was removed meanwhile, the account that is shown stays.
    pub(super) fn open_key_account(&mut self, key: &AccountKey) -> Vec<Effect> {
        let is_known = self.cached.key_account(key).is_some();
        let is_shown = self.shown_key_account().is_some_and(|account| account.key() == *key);
        let mut effects = if is_known && !is_shown { self.show_key_account(key) } else { vec![] };
        self.close_sign_in_form();
        effects.extend(self.open(PanelEntry::Home));
        effects
    }

    /// The account that is shown, if it is read with an API key.
    pub(super) fn shown_key_account(&self) -> Option<&KeyAccount> {
        match &self.session {
            Session::Key(session) => self.cached.key_account(&session.account),
            Session::Starting | Session::SignedOut(_) | Session::SignedIn(_) => None,
        }
    }

    /// Removes an account with its key from this computer, and shows another account if it was the one that is shown.
    pub(super) fn remove_key_account(&mut self, key: &AccountKey) -> Vec<Effect> {
        let is_shown = self.shown_key_account().is_some_and(|account| account.key() == *key);
        self.keys.forget(key);
        let mut effects =
            vec![Effect::ForgetKey(key.clone()), Effect::WriteCache(CacheWrite::Forget(key.clone()))];
        if !is_shown {
            return effects;
        }
        effects.extend(self.leave_session());
        let other_key = || self.cached.key_accounts.iter().map(KeyAccount::key).find(|other| other != key);
        if let Some(next) = accounts::next_after(None, &self.cached).map(CachedAccount::key) {
            effects.extend(self.resume(&next));
        } else if let Some(next) = other_key() {
            effects.extend(self.show_key_account(&next));
        } else {
            self.ask_for_service(self.usual_service());
        }
        effects
    }

    pub(super) fn meters_read(
        &mut self,
        key: &AccountKey,
        result: Result<Vec<Meter>, MeterFailure>,
        now: Timestamp,
    ) -> Vec<Effect> {
        // The account may have been removed since.
        let Some(before) = self.cached.key_account(key).cloned() else { return vec![] };
        let Some(after) = self.keys.read(&before, result, now) else { return vec![] };
        let mut effects: Vec<Effect> = Vec::new();
        if after.refused && !before.refused {
            let platform = [("platform", after.name.clone())];
            effects.push(Effect::Notify(Notification {
                title: self.texts.say_with("notify-key-refused-title", platform),
                body: self.texts.say("notify-key-refused"),
                opens: Opens::KeyAccount(key.clone()),
            }));
        }
        effects.extend(self.meter_alerts(&before, &after));
        effects.push(Effect::WriteCache(CacheWrite::KeyAccount(after)));
        effects
    }

    /// Notifies of each meter that fell below its threshold.
    fn meter_alerts(&self, before: &KeyAccount, after: &KeyAccount) -> Vec<Effect> {
        if !self.notifies_when_low() {
            return vec![];
        }
        let texts = &self.texts;
        let notify = |(meter, threshold): (&Meter, _)| {
            let left = meter_text::with_unit(meter.amount?, &meter.unit, texts);
            let platform = ("platform", after.name.clone());
            let name = ("meter", meter.name.clone());
            let threshold = ("threshold", meter_text::with_unit(threshold, &meter.unit, texts));
            let body = match meter.renews_at {
                Some(at) => {
                    let when = ("when", texts.moment(at));
                    texts.say_with("notify-meter-low-renews", [platform, name, threshold, when])
                }
                None => texts.say_with("notify-meter-low", [platform, name, threshold]),
            };
            let title = texts.say_with("notify-meter-low-title", [("left", left)]);
            let opens = Opens::KeyAccount(after.key());
            Some(Effect::Notify(Notification { title, body, opens }))
        };
        after.crossed(before.meters()).filter_map(notify).collect()
    }

    pub(super) fn set_meter_alert(
        &mut self,
        key: &AccountKey,
        meter: String,
        below: Option<&str>,
    ) -> Vec<Effect> {
        let Some(mut account) = self.cached.key_account(key).cloned() else { return vec![] };
        if !account.meters().iter().any(|known| known.id == meter) {
            return vec![];
        }
        match below.map(str::trim).filter(|below| !below.is_empty()) {
            None => drop(account.alerts.remove(&meter)),
            Some(below) => match below.parse() {
                Ok(amount) => drop(account.alerts.insert(meter, amount)),
                // The panel's field takes numbers only.
                Err(_) => return vec![],
            },
        }
        vec![Effect::WriteCache(CacheWrite::KeyAccount(account))]
    }

    /// Opens the platform's own page for buying.
    pub(super) fn buy_at_platform(&self) -> Vec<Effect> {
        let platform = self.shown_key_account().and_then(|account| self.keys.platform(account));
        let page = platform.and_then(|platform| hosted_page::of_platform(platform.buy(), platform.address()));
        page.map(Effect::Browse).into_iter().collect()
    }

    /// The computer woke up: every platform is asked once, and a service is connected to again.
    pub(super) fn resumed(&mut self, now: Timestamp) -> Vec<Effect> {
        self.keys.woke(now);
        if matches!(self.session, Session::SignedIn(_)) { self.connection.resumed() } else { vec![] }
    }

    /// Asks every platform whose time has come, and starts the timer for the next.
    pub(super) fn ask_platforms(&mut self, now: Timestamp) -> Vec<Effect> {
        self.keys.ask(&self.cached.key_accounts, self.panel.is_open(), now)
    }

    // The views.

    /// Every account as the panel lists it: those of services, then those that are read with API keys.
    pub(super) fn account_views(&self) -> Vec<AccountView> {
        let current = self.current();
        let view = |account: &KeyAccount| AccountView {
            current: current.as_ref() == Some(&account.key()),
            key: account.key(),
            name: Some(account.name.clone()),
            email: None,
            plan: self.texts.say("key-account-plan"),
            balance: None,
            meter: Some(self.keys.last_meter(account, &self.texts)),
            signed_out: false,
        };
        let mut views = accounts::views(&self.cached, current.as_ref());
        views.extend(self.cached.key_accounts.iter().map(view));
        views
    }

    /// The same as the tray lists them.
    pub(super) fn tray_accounts(&self) -> Vec<TrayAccount> {
        let current = self.current();
        let key_account = |account: &KeyAccount| TrayAccount {
            current: current.as_ref() == Some(&account.key()),
            key: account.key(),
            name: account.name.clone(),
            signed_out: false,
        };
        let mut listed = accounts::tray_accounts(&self.cached, current.as_ref());
        listed.extend(self.cached.key_accounts.iter().map(key_account));
        listed
    }

    pub(super) fn key_account_view(&self) -> Option<KeyAccountView> {
        self.shown_key_account().map(|account| self.keys.view(account, &self.texts))
    }

    pub(super) fn tray_meters(&self) -> Option<TrayMeters<'_>> {
        let account = self.shown_key_account()?;
        let key = account.key();
        let (stale, offline) = (self.keys.is_stale(&key), self.keys.is_offline(&key));
        Some(TrayMeters { account, stale, offline })
    }

    /// When the figures that are shown were received, if they may be out of date.
    pub(super) fn stale_since(&self) -> Option<Timestamp> {
        if let Some(TrayMeters { account, stale, .. }) = self.tray_meters() {
            return account.readings.as_ref().filter(|_| stale).map(|readings| readings.received_at);
        }
        self.data.balance.as_ref().filter(|_| self.stale()).map(|cached| cached.received_at)
    }
}
