//! What is known of the account and what the service sells: the last good answers.

use crate::{
    account_key::AccountKey,
    cached_state::{CacheWrite, CachedBalance, CachedState, Offer, Profile},
    event::{AccountSnapshot, Effect, Timer},
    retry::Pause,
};
use jiff::Timestamp;
use std::time::Duration;
use tokenwell_wire::{Balance, Pack, ServiceDescription, Tokens};

/// The last good answers of one service for one account: the one that is shown.
#[derive(Debug, Default)]
pub(crate) struct AccountData {
    /// The service's address, as it is shown.
    service: String,
    pub(crate) offer: Option<Offer>,
    /// Who it is; `None` until the account came for the first time.
    pub(crate) profile: Option<Profile>,
    /// None without a profile: a balance is always somebody's.
    pub(crate) balance: Option<CachedBalance>,
    /// Whether the balance was confirmed since the app started and the connection last broke.
    pub(crate) confirmed: bool,
}

/// What became of a balance that arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrived {
    /// Older than what is shown: not used.
    TooOld,
    /// Taken.
    Taken {
        /// What could be spent before, if that is known.
        before: Option<Tokens>,
        /// There is more to spend than before.
        rose: bool,
        /// The plan may have changed with it.
        terms_changed: bool,
    },
}

impl AccountData {
    /// Nothing is known yet of whoever signed in at a service.
    pub(crate) fn of_nobody(service: String) -> Self {
        Self { service, ..Self::default() }
    }

    /// What is kept of an account.
    pub(crate) fn kept(kept: &CachedState, key: &AccountKey) -> Self {
        let account = kept.account(key);
        Self {
            service: key.service.clone(),
            offer: kept.offers.get(&key.service).cloned(),
            profile: account.map(|account| account.profile.clone()),
            balance: account.and_then(|account| account.balance.clone()),
            confirmed: false,
        }
    }

    /// Takes a balance, unless what is shown is newer.
    pub(crate) fn arrived(&mut self, balance: Balance, now: Timestamp) -> (Arrived, Vec<Effect>) {
        let Some(key) = self.key() else { return (Arrived::TooOld, vec![]) };
        let before = self.balance.as_ref();
        // A client never shows an older version over a newer one (promises of the ledger).
        if before.is_some_and(|before| before.balance.version > balance.version) {
            return (Arrived::TooOld, vec![]);
        }
        let same_period = before.filter(|before| before.balance.fast.resets_at == balance.fast.resets_at);
        let arrived = Arrived::Taken {
            before: before.map(|before| before.balance.spendable),
            rose: before.is_some_and(|before| balance.spendable > before.balance.spendable),
            terms_changed: before.is_some_and(|before| terms(&before.balance) != terms(&balance)),
        };
        let full = same_period.map_or(balance.total, |before| before.full.max(balance.total));
        let kept = CachedBalance { balance, received_at: now, full };
        let mut effects = vec![Effect::WriteCache(CacheWrite::Balance(key, kept.clone()))];
        effects.extend(allowance_due(&kept.balance));
        self.balance = Some(kept);
        self.confirmed = true;
        (arrived, effects)
    }

    /// Takes everything else that a refresh brought; only what changed is saved.
    pub(crate) fn refreshed(&mut self, fresh: &AccountSnapshot, name: Option<String>) -> Vec<Effect> {
        let name = name.or_else(|| self.profile.as_ref().and_then(|known| known.name.clone()));
        let profile = Profile { account: fresh.account.clone(), name };
        let AccountSnapshot { description, packs, plans, .. } = fresh.clone();
        let offer = Offer { description, packs, plans };
        let mut effects = Vec::new();
        if keep(&mut self.offer, &offer) {
            effects.push(Effect::WriteCache(CacheWrite::Offer(self.service.clone(), offer)));
        }
        if keep(&mut self.profile, &profile) {
            effects.push(Effect::WriteCache(CacheWrite::Account(self.service.clone(), profile)));
        }
        effects
    }

    /// What the service says of itself.
    pub(crate) fn description(&self) -> Option<&ServiceDescription> {
        self.offer.as_ref().map(|offer| &offer.description)
    }

    /// The pack of this id.
    pub(crate) fn pack(&self, id: &str) -> Option<&Pack> {
        self.offer.as_ref()?.packs.iter().find(|pack| pack.id == id)
    }

    /// Whether the account may use and buy top-up tokens (rule 12).
    pub(crate) fn entitled(&self) -> bool {
        self.profile.as_ref().is_some_and(|known| known.account.subscription.entitled)
    }

    /// Whose these are, once that is known.
    pub(crate) fn key(&self) -> Option<AccountKey> {
        let id = self.profile.as_ref()?.account.id.clone();
        Some(AccountKey { service: self.service.clone(), id })
    }
}

/// Whether `new` is news.
fn keep<T: Clone + PartialEq>(old: &mut Option<T>, new: &T) -> bool {
    let news = old.as_ref() != Some(new);
    if news {
        *old = Some(new.clone());
    }
    news
}

/// What of a balance follows from the account's plan: if it changes, the account did.
fn terms(balance: &Balance) -> impl PartialEq {
    (
        balance.fast.allowance,
        balance.fast.resets_at,
        balance.rollover.cap,
        balance.can_buy,
        balance.top_up.locked_reason,
    )
}

/// Looks again when the next allowance is due, by the service's own clock.
fn allowance_due(balance: &Balance) -> Option<Effect> {
    let until = balance.fast.resets_at?.duration_since(balance.as_of);
    let after = Duration::try_from(until).ok().filter(|after| !after.is_zero())?;
    Some(Effect::StartTimer(Timer::Allowance, Pause { after, spread: Duration::from_secs(30) }))
}
