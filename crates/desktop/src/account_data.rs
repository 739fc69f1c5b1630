//! The last good data of the account that is shown, and what its service sells.

use crate::{
    account_key::AccountKey,
    cached_state::{CacheWrite, CachedBalance, CachedState, Offer, Profile},
    event::{AccountSnapshot, Effect, Timer},
    retry::Pause,
};
use jiff::Timestamp;
use std::time::Duration;
use tokenwell_wire::{Balance, Pack, Plan, ServiceDescription, Tokens};

/// The last good data of one account at one service.
#[derive(Debug, Default)]
pub(crate) struct AccountData {
    /// The service's address in its normal form.
    service: String,
    pub(crate) offer: Option<Offer>,
    /// The account. `None` until the first refresh.
    pub(crate) profile: Option<Profile>,
    /// Always `None` while `profile` is `None`.
    pub(crate) balance: Option<CachedBalance>,
    /// Whether the balance was confirmed after the start and after the connection last broke.
    pub(crate) confirmed: bool,
}

/// The outcome of a received balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BalanceUpdate {
    /// It is older than the known one, and ignored.
    TooOld,
    /// It is the current one.
    Taken {
        /// The spendable tokens before, if they were known.
        before: Option<Tokens>,
        /// Whether there are more spendable tokens than before.
        rose: bool,
        /// Whether the plan may have changed.
        terms_changed: bool,
    },
}

impl AccountData {
    /// The data of a new session: the account is unknown.
    pub(crate) fn unknown(service: String) -> Self {
        Self { service, ..Self::default() }
    }

    /// The cached data of an account.
    pub(crate) fn from_cache(cached: &CachedState, key: &AccountKey) -> Self {
        let account = cached.account(key);
        Self {
            service: key.service.clone(),
            offer: cached.offers.get(&key.service).cloned(),
            profile: account.map(|account| account.profile.clone()),
            balance: account.and_then(|account| account.balance.clone()),
            confirmed: false,
        }
    }

    /// Takes a balance, unless the known one is newer.
    pub(crate) fn receive_balance(
        &mut self,
        balance: Balance,
        now: Timestamp,
    ) -> (BalanceUpdate, Vec<Effect>) {
        let Some(key) = self.key() else { return (BalanceUpdate::TooOld, vec![]) };
        let before = self.balance.as_ref();
        // A client never shows an older version over a newer one.
        if before.is_some_and(|before| before.balance.version > balance.version) {
            return (BalanceUpdate::TooOld, vec![]);
        }
        let update = BalanceUpdate::Taken {
            before: before.map(|before| before.balance.spendable_and_held()),
            rose: before.is_some_and(|before| balance.spendable > before.balance.spendable),
            terms_changed: before.is_some_and(|before| terms(&before.balance) != terms(&balance)),
        };
        let cached = CachedBalance { balance, received_at: now };
        let mut effects = vec![Effect::WriteCache(CacheWrite::Balance(key, cached.clone()))];
        effects.extend(allowance_due(&cached.balance));
        self.balance = Some(cached);
        self.confirmed = true;
        (update, effects)
    }

    /// Takes the rest of a refresh. Writes to the cache only what changed.
    pub(crate) fn refreshed(&mut self, fresh: &AccountSnapshot, name: Option<String>) -> Vec<Effect> {
        let name = name.or_else(|| self.profile.as_ref().and_then(|known| known.name.clone()));
        let profile = Profile { account: fresh.account.clone(), name };
        let AccountSnapshot { description, packs, plans, .. } = fresh.clone();
        let offer = Offer { description, packs, plans };
        let mut effects = Vec::new();
        if replace_if_changed(&mut self.offer, &offer) {
            effects.push(Effect::WriteCache(CacheWrite::Offer(self.service.clone(), offer)));
        }
        if replace_if_changed(&mut self.profile, &profile) {
            effects.push(Effect::WriteCache(CacheWrite::Account(self.service.clone(), profile)));
        }
        effects
    }

    /// The service's description of itself.
    pub(crate) fn description(&self) -> Option<&ServiceDescription> {
        self.offer.as_ref().map(|offer| &offer.description)
    }

    /// The pack with this id.
    pub(crate) fn pack(&self, id: &str) -> Option<&Pack> {
        self.offer.as_ref()?.packs.iter().find(|pack| pack.id == id)
    }

    /// The plan with this id.
    pub(crate) fn plan(&self, id: &str) -> Option<&Plan> {
        self.offer.as_ref()?.plans.iter().find(|plan| plan.id == id)
    }

    /// Whether the account may use and buy top-up tokens (rule 12).
    pub(crate) fn entitled(&self) -> bool {
        self.profile.as_ref().is_some_and(|known| known.account.subscription.entitled)
    }

    /// The account's key, once the account is known.
    pub(crate) fn key(&self) -> Option<AccountKey> {
        let id = self.profile.as_ref()?.account.id.clone();
        Some(AccountKey { service: self.service.clone(), id })
    }
}

/// Stores `new` and returns whether it differs from `old`.
fn replace_if_changed<T: Clone + PartialEq>(old: &mut Option<T>, new: &T) -> bool {
    let changed = old.as_ref() != Some(new);
    if changed {
        *old = Some(new.clone());
    }
    changed
}

/// The parts of a balance that depend on the account's plan.
fn terms(balance: &Balance) -> impl PartialEq {
    (
        balance.fast.allowance,
        balance.fast.resets_at,
        balance.rollover.cap,
        balance.can_buy,
        balance.top_up.locked_reason,
    )
}

/// Starts a timer for the next allowance. The time is computed with the service's clock.
fn allowance_due(balance: &Balance) -> Option<Effect> {
    let until = balance.fast.resets_at?.duration_since(balance.as_of);
    let after = Duration::try_from(until).ok().filter(|after| !after.is_zero())?;
    Some(Effect::StartTimer(Timer::Allowance, Pause { after, spread: Duration::from_secs(30) }))
}
