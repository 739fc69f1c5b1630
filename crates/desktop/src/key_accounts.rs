//! The accounts that are read with API keys, in this run: when each is asked, and how the last question ended. All of them are
//! asked, whichever account is shown.

use crate::{
    account_key::AccountKey,
    event::{Effect, Timer},
    key_account::{KeyAccount, Readings},
    meter_failure::MeterFailure,
    meter_text,
    retry::Pause,
    text::Texts,
    view::{KeyAccountView, KeyForm, KeyPlatform, LastMeter, MeterView, ProblemView},
};
use jiff::Timestamp;
use std::{collections::BTreeMap, time::Duration};
use tokenwell_meters::{Amount, ApiKey, BadKey, Catalogue, Meter, Platform, Poll};
use uuid::Uuid;

/// A random part of the pauses, so that many apps do not ask at the same moment.
const SPREAD: Duration = Duration::from_secs(5);

/// The keys of this run.
#[derive(Debug, Default)]
pub(crate) struct KeyAccounts {
    catalogue: Catalogue,
    runs: BTreeMap<AccountKey, Run>,
    /// The account whose key is being saved.
    saving: Option<KeyAccount>,
    /// Why the last key was not saved.
    problem: Option<ProblemView>,
    /// When the timer for the next question ends.
    timer: Option<Timestamp>,
}

/// One key in this run.
#[derive(Debug, Default)]
struct Run {
    poll: Poll,
    /// Why the last question failed.
    failure: Option<MeterFailure>,
    /// Whether the last question was answered.
    confirmed: bool,
}

impl KeyAccounts {
    pub(crate) fn new(catalogue: Catalogue) -> Self {
        Self { catalogue, ..Self::default() }
    }

    // Adding a key.

    /// Has a key saved for a platform. `known` are the accounts that there are.
    pub(crate) fn entered(
        &mut self,
        platform: &str,
        key: Result<ApiKey, BadKey>,
        id: Uuid,
        known: &[KeyAccount],
        texts: &Texts,
    ) -> Option<Effect> {
        if self.saving.is_some() {
            return None;
        }
        self.problem = None;
        let Some(platform) = self.catalogue.platform(platform) else {
            self.problem = Some(MeterFailure::UnknownPlatform.problem(platform, texts));
            return None;
        };
        match key {
            Ok(key) => {
                let account = new_account(platform, id, known);
                let save = Effect::SaveKey(account.key(), key);
                self.saving = Some(account);
                Some(save)
            }
            Err(bad) => {
                self.problem = Some(MeterFailure::BadKey(bad).problem(platform.name(), texts));
                None
            }
        }
    }

    /// The keyring has stored the key, or not. Returns the new account.
    pub(crate) fn saved(
        &mut self,
        key: &AccountKey,
        result: &Result<(), MeterFailure>,
        texts: &Texts,
    ) -> Option<KeyAccount> {
        let account = self.saving.take_if(|account| account.key() == *key)?;
        match result {
            Ok(()) => Some(account),
            Err(failure) => {
                self.problem = Some(failure.problem(&account.name, texts));
                None
            }
        }
    }

    /// Clears what the form shows when the panel is closed.
    pub(crate) fn reset_form(&mut self) {
        self.problem = None;
    }

    pub(crate) fn form(&self) -> KeyForm {
        let platform = |platform: &Platform| KeyPlatform {
            id: platform.id().to_owned(),
            name: platform.name().to_owned(),
            host: platform.host(),
        };
        KeyForm {
            platforms: self.catalogue.platforms().iter().map(platform).collect(),
            mistakes: self.catalogue.mistakes().iter().map(ToString::to_string).collect(),
            saving: self.saving.is_some(),
            problem: self.problem.clone(),
        }
    }

    pub(crate) fn forget(&mut self, key: &AccountKey) {
        self.runs.remove(key);
    }

    // Asking.

    /// Asks every platform whose time has come, and starts the timer for the next.
    pub(crate) fn ask(&mut self, known: &[KeyAccount], panel_open: bool, now: Timestamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        let mut next = None::<Duration>;
        for account in known {
            let run = self.runs.entry(account.key()).or_insert_with(|| Run::of(account));
            if run.poll.wait(now, panel_open) == Some(Duration::ZERO) {
                run.poll.asked(now);
                match self.catalogue.platform(&account.platform) {
                    Some(platform) if platform.origin() == account.service => {
                        effects.push(Effect::AskPlatform(account.key(), Box::new(platform.clone())));
                    }
                    // The key was given for another address.
                    Some(_) => run.failed(MeterFailure::OtherAddress, now),
                    None => run.failed(MeterFailure::UnknownPlatform, now),
                }
            }
            let wait = run.poll.wait(now, panel_open);
            next = [next, wait].into_iter().flatten().min();
        }
        let Some(after) = next else { return effects };
        let due = now.checked_add(jiff::SignedDuration::try_from(after).unwrap_or_default()).ok();
        if self.timer != due {
            self.timer = due;
            effects.push(Effect::StartTimer(Timer::Meters, Pause { after, spread: SPREAD }));
        }
        effects
    }

    /// The timer of [`KeyAccounts::ask`] has ended.
    pub(crate) fn timer_ended(&mut self) {
        self.timer = None;
    }

    /// A question ended. Returns the account with what changed, if something did.
    pub(crate) fn read(
        &mut self,
        account: &KeyAccount,
        result: Result<Vec<Meter>, MeterFailure>,
        now: Timestamp,
    ) -> Option<KeyAccount> {
        let run = self.runs.entry(account.key()).or_default();
        match result {
            Ok(meters) => {
                run.poll.answered(tokenwell_meters::Outcome::Read, now);
                (run.failure, run.confirmed) = (None, true);
                let readings = Some(Readings { meters, received_at: now });
                Some(KeyAccount { refused: false, readings, ..account.clone() })
            }
            Err(failure) => {
                let refused = failure == MeterFailure::Refused;
                run.failed(failure, now);
                (refused && !account.refused).then(|| KeyAccount { refused, ..account.clone() })
            }
        }
    }

    /// The user wants current figures of an account.
    pub(crate) fn wanted(&mut self, key: &AccountKey, now: Timestamp) {
        if let Some(run) = self.runs.get_mut(key) {
            run.poll.wanted(now);
        }
    }

    pub(crate) fn woke(&mut self, now: Timestamp) {
        self.runs.values_mut().for_each(|run| run.poll.woke(now));
    }

    /// The keyring can be used again.
    pub(crate) fn keyring_opened(&mut self, now: Timestamp) {
        let locked = |run: &&mut Run| {
            matches!(run.failure, Some(MeterFailure::KeyringLocked | MeterFailure::NoKeyring))
        };
        self.runs.values_mut().filter(locked).for_each(|run| run.poll.wanted(now));
    }

    // What is shown.

    /// Whether the account's figures may be out of date.
    pub(crate) fn is_stale(&self, key: &AccountKey) -> bool {
        !self.runs.get(key).is_some_and(|run| run.confirmed)
    }

    /// Whether the account's platform cannot be reached.
    pub(crate) fn is_offline(&self, key: &AccountKey) -> bool {
        self.failure(key).is_some_and(MeterFailure::is_offline)
    }

    fn failure(&self, key: &AccountKey) -> Option<&MeterFailure> {
        self.runs.get(key)?.failure.as_ref()
    }

    /// The platform of an account, if it is still the one that the key was given for.
    pub(crate) fn platform(&self, account: &KeyAccount) -> Option<&Platform> {
        self.catalogue.platform(&account.platform).filter(|platform| platform.origin() == account.service)
    }

    pub(crate) fn view(&self, account: &KeyAccount, texts: &Texts) -> KeyAccountView {
        let key = account.key();
        let platform = self.platform(account);
        let failure = if account.refused { Some(&MeterFailure::Refused) } else { self.failure(&key) };
        KeyAccountView {
            name: account.name.clone(),
            host: account.service.split_once("://").map_or(&*account.service, |(_, host)| host).to_owned(),
            buy_host: platform.and_then(|platform| platform.buy().host_str()).map(str::to_owned),
            meters: account.readings.as_ref().map(|readings| {
                readings.meters.iter().map(|meter| meter_view(account, meter, texts)).collect()
            }),
            received_at: account.readings.as_ref().map(|readings| readings.received_at),
            stale: self.is_stale(&key),
            refused: account.refused,
            problem: failure.map(|failure| failure.problem(&account.name, texts)),
            key,
        }
    }

    /// The account's figure in the list of accounts.
    pub(crate) fn last_meter(&self, account: &KeyAccount, texts: &Texts) -> LastMeter {
        let meter = account.shown();
        let amount = meter.and_then(|meter| meter.amount);
        LastMeter {
            left: amount.map(|amount| meter_text::short(amount, texts)),
            percent: meter.and_then(percent),
            any: amount.is_some_and(Amount::is_positive),
            received_at: account.readings.as_ref().map(|readings| readings.received_at),
            stale: self.is_stale(&account.key()),
            refused: account.refused,
        }
    }
}

impl Run {
    fn of(account: &KeyAccount) -> Self {
        let poll = if account.refused { Poll::stopped() } else { Poll::new() };
        Self { poll, ..Self::default() }
    }

    fn failed(&mut self, failure: MeterFailure, now: Timestamp) {
        self.poll.answered(failure.outcome(), now);
        (self.failure, self.confirmed) = (Some(failure), false);
    }
}

/// The account of a new key. If there are others of its platform, its name has a number.
fn new_account(platform: &Platform, id: Uuid, known: &[KeyAccount]) -> KeyAccount {
    let is_taken = |name: &String| known.iter().any(|other| other.name == *name);
    let numbered = (2_u32..).map(|number| format!("{} {number}", platform.name()));
    let mut names = std::iter::once(platform.name().to_owned()).chain(numbered);
    KeyAccount {
        service: platform.origin(),
        id: id.to_string(),
        platform: platform.id().to_owned(),
        name: names.find(|name| !is_taken(name)).unwrap_or_default(),
        refused: false,
        alerts: BTreeMap::new(),
        readings: None,
    }
}

fn percent(meter: &Meter) -> Option<u16> {
    meter.amount?.steps_of(meter.limit?, 100)
}

fn meter_view(account: &KeyAccount, meter: &Meter, texts: &Texts) -> MeterView {
    MeterView {
        id: meter.id.clone(),
        name: meter.name.clone(),
        left: meter.amount.map(|amount| meter_text::with_unit(amount, &meter.unit, texts)),
        limit: meter.limit.filter(|limit| limit.is_positive()).map(|limit| meter_text::exact(limit, texts)),
        percent: percent(meter),
        any: meter.amount.is_some_and(Amount::is_positive),
        renews_at: meter.renews_at,
        low: account.is_meter_low(meter),
        alert: account.alerts.get(&meter.id).map(ToString::to_string),
        threshold: account.threshold(meter).map(|amount| meter_text::with_unit(amount, &meter.unit, texts)),
    }
}
