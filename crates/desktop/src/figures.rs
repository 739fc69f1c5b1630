//! What is known of the account and what the service sells: the last good answers.

use crate::{
    event::{Effect, Fresh, Kept, KeptAccount, KeptBalance, Save, Timer},
    retry::Pause,
};
use jiff::Timestamp;
use std::time::Duration;
use tokenwell_wire::{Balance, Pack, Plan, ServiceDescription, Tokens};

/// The last good answers of one service for one account.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) description: Option<ServiceDescription>,
    pub(crate) account: Option<KeptAccount>,
    pub(crate) balance: Option<KeptBalance>,
    pub(crate) packs: Option<Vec<Pack>>,
    pub(crate) plans: Option<Vec<Plan>>,
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

impl Figures {
    /// What the cache kept.
    pub(crate) fn kept(kept: Kept) -> Self {
        let Kept {
            description,
            account,
            balance,
            packs,
            plans,
            purchase: _,
            settings: _,
            panel: _,
            service: _,
        } = kept;
        Self { description, account, balance, packs, plans, confirmed: false }
    }

    /// Takes a balance, unless what is shown is newer.
    pub(crate) fn arrived(&mut self, balance: Balance, now: Timestamp) -> (Arrived, Vec<Effect>) {
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
        let kept = KeptBalance { balance, received_at: now, full };
        let mut effects = vec![Effect::Save(Save::Balance(kept.clone()))];
        effects.extend(allowance_due(&kept.balance));
        self.balance = Some(kept);
        self.confirmed = true;
        (arrived, effects)
    }

    /// Takes everything else that a refresh brought; only what changed is saved.
    pub(crate) fn refreshed(&mut self, fresh: &Fresh, name: Option<String>) -> Vec<Effect> {
        let name = name.or_else(|| self.account.as_ref().and_then(|kept| kept.name.clone()));
        let account = KeptAccount { account: fresh.account.clone(), name };
        let mut effects = Vec::new();
        let mut save = |save| effects.push(Effect::Save(save));
        if keep(&mut self.description, &fresh.description) {
            save(Save::Description(fresh.description.clone()));
        }
        if keep(&mut self.account, &account) {
            save(Save::Account(account));
        }
        if keep(&mut self.packs, &fresh.packs) {
            save(Save::Packs(fresh.packs.clone()));
        }
        if keep(&mut self.plans, &fresh.plans) {
            save(Save::Plans(fresh.plans.clone()));
        }
        effects
    }

    /// The pack of this id.
    pub(crate) fn pack(&self, id: &str) -> Option<&Pack> {
        self.packs.as_ref()?.iter().find(|pack| pack.id == id)
    }

    /// Whether the account may use and buy top-up tokens (rule 12).
    pub(crate) fn entitled(&self) -> bool {
        self.account.as_ref().is_some_and(|kept| kept.account.subscription.entitled)
    }

    /// The account's id.
    pub(crate) fn account_id(&self) -> Option<&str> {
        self.account.as_ref().map(|kept| kept.account.id.as_str())
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
    Some(Effect::Wake(Timer::Allowance, Pause { after, spread: Duration::from_secs(30) }))
}
