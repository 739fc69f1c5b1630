//! What the cache stores between runs. [`CachedState::apply`] defines the effect of each [`CacheWrite`]; the cache does
//! the same on disk.

use crate::{account_key::AccountKey, key_account::KeyAccount, order::CachedPurchase, settings::Settings};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tokenwell_wire::{Account, Balance, Pack, Plan, ServiceDescription};

/// The content of the cache.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CachedState {
    /// The user's settings.
    pub settings: Settings,
    /// The last size of the panel.
    pub panel: Option<PanelSize>,
    /// The address of the last service with a sign-in. `None` before the first sign-in.
    pub service: Option<String>,
    /// The descriptions and catalogues of services, by address.
    pub offers: BTreeMap<String, Offer>,
    /// The accounts, in the order in which they were added.
    pub accounts: Vec<CachedAccount>,
    /// The accounts that are read with API keys, in the order in which they were added.
    pub key_accounts: Vec<KeyAccount>,
    /// The account that is shown. It is one of `accounts` or `key_accounts`.
    pub current: Option<AccountKey>,
}

/// How large the panel is, in logical pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PanelSize {
    /// The width.
    pub width: u32,
    /// The height.
    pub height: u32,
}

impl PanelSize {
    /// The size, if a screen can show it.
    pub fn on_a_screen(self) -> Option<Self> {
        let fits = |pixels: &u32| (1..=16_384).contains(pixels);
        [self.width, self.height].iter().all(fits).then_some(self)
    }
}

/// The public description and catalogue of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Its description.
    pub description: ServiceDescription,
    /// The packs on sale.
    pub packs: Vec<Pack>,
    /// The plans on offer.
    pub plans: Vec<Plan>,
}

/// An account and its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedAccount {
    /// The service's address in its normal form.
    pub service: String,
    /// Its profile.
    pub profile: Profile,
    /// Whether it has to sign in again.
    pub signed_out: bool,
    /// Whether its sign-in is only in the memory of a run, because no keyring took it.
    pub in_memory: bool,
    /// The last good balance.
    pub balance: Option<CachedBalance>,
    /// The purchase in flight.
    pub purchase: Option<CachedPurchase>,
    /// The forfeit that the user was last reminded of: when it happens.
    pub reminded: Option<Timestamp>,
}

impl CachedAccount {
    /// The account's key.
    pub fn key(&self) -> AccountKey {
        AccountKey { service: self.service.clone(), id: self.profile.account.id.clone() }
    }
}

/// The profile of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// As the service sent it.
    pub account: Account,
    /// The person's name as the issuer gives it.
    pub name: Option<String>,
}

/// The last good balance of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CachedBalance {
    /// As the service sent it.
    pub balance: Balance,
    /// When it was received, by this computer's clock.
    pub received_at: Timestamp,
}

/// A change of the cache. Changes of an unknown account are ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CacheWrite {
    /// The user's settings.
    Settings(Settings),
    /// The last size of the panel.
    Panel(PanelSize),
    /// The address of the last service with a sign-in.
    Service(String),
    /// The description and catalogue of the service at this address.
    Offer(String, Offer),
    /// An account of the service at this address, new or changed. It is signed in.
    Account(String, Profile),
    /// The account's last good balance.
    Balance(AccountKey, CachedBalance),
    /// The account's purchase in flight. `None` if there is none.
    Purchase(AccountKey, Option<CachedPurchase>),
    /// The account has to sign in again.
    SignedOut(AccountKey),
    /// Whether the account's sign-in is only in memory.
    InMemory(AccountKey, bool),
    /// An account that is read with an API key, new or changed.
    KeyAccount(KeyAccount),
    /// The user was reminded of the account's forfeit at this time.
    Reminded(AccountKey, Timestamp),
    /// The account is now the one that is shown.
    Current(AccountKey),
    /// Deletes the account and its data.
    Forget(AccountKey),
}

impl CachedState {
    /// Applies a change.
    pub fn apply(&mut self, write: CacheWrite) {
        match write {
            CacheWrite::Settings(settings) => self.settings = settings,
            CacheWrite::Panel(size) => self.panel = Some(size),
            CacheWrite::Service(service) => self.service = Some(service),
            CacheWrite::Offer(service, offer) => drop(self.offers.insert(service, offer)),
            CacheWrite::Account(service, profile) => {
                let key = AccountKey { service: service.clone(), id: profile.account.id.clone() };
                if let Some(known) = self.account_mut(&key) {
                    known.profile = profile;
                    known.signed_out = false;
                } else {
                    self.accounts.push(CachedAccount {
                        service,
                        profile,
                        signed_out: false,
                        in_memory: false,
                        balance: None,
                        purchase: None,
                        reminded: None,
                    });
                }
            }
            CacheWrite::Balance(key, balance) => self.change(&key, |account| account.balance = Some(balance)),
            CacheWrite::Purchase(key, purchase) => self.change(&key, |account| account.purchase = purchase),
            CacheWrite::SignedOut(key) => self.change(&key, |account| account.signed_out = true),
            CacheWrite::InMemory(key, in_memory) => {
                self.change(&key, |account| account.in_memory = in_memory);
            }
            CacheWrite::Reminded(key, at) => self.change(&key, |account| account.reminded = Some(at)),
            CacheWrite::KeyAccount(account) => {
                match self.key_accounts.iter_mut().find(|known| known.key() == account.key()) {
                    Some(known) => *known = account,
                    None => self.key_accounts.push(account),
                }
            }
            CacheWrite::Current(key) => {
                let is_known = self.account(&key).is_some() || self.key_account(&key).is_some();
                self.current = is_known.then_some(key);
            }
            CacheWrite::Forget(key) => {
                self.accounts.retain(|account| account.key() != key);
                self.key_accounts.retain(|account| account.key() != key);
                self.current.take_if(|current| *current == key);
            }
        }
    }

    /// Changes one of the stored accounts, if it is still there.
    fn change(&mut self, key: &AccountKey, change: impl FnOnce(&mut CachedAccount)) {
        if let Some(account) = self.account_mut(key) {
            change(account);
        }
    }

    /// One of the stored accounts.
    pub fn account(&self, key: &AccountKey) -> Option<&CachedAccount> {
        self.accounts.iter().find(|account| account.key() == *key)
    }

    /// One of the accounts that are read with API keys.
    pub fn key_account(&self, key: &AccountKey) -> Option<&KeyAccount> {
        self.key_accounts.iter().find(|account| account.key() == *key)
    }

    fn account_mut(&mut self, key: &AccountKey) -> Option<&mut CachedAccount> {
        self.accounts.iter_mut().find(|account| account.key() == *key)
    }

    /// The account that is shown.
    pub fn shown(&self) -> Option<&CachedAccount> {
        self.account(self.current.as_ref()?)
    }

    /// Whether the last balance of the shown account is below a threshold, the user's or else the service's.
    pub fn is_low(&self) -> bool {
        if let Some(account) = self.current.as_ref().and_then(|current| self.key_account(current)) {
            return account.is_low();
        }
        self.shown().is_some_and(|account| self.is_account_low(account))
    }

    /// The same for any account of a service.
    pub fn is_account_low(&self, account: &CachedAccount) -> bool {
        let CachedAccount { service, balance: Some(CachedBalance { balance, .. }), .. } = account else {
            return false;
        };
        let usual = self.offers.get(service).map_or(&[][..], |offer| &offer.description.low_balance_percent);
        self.settings.alerts.is_low(balance.fast.allowance, usual, balance.spendable)
    }
}
