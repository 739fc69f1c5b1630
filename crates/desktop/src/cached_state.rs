//! What is kept from one run to the next. [`CachedState::apply`] says what each [`CacheWrite`] comes to; the cache does the same on disk.

use crate::{account_key::AccountKey, order::CachedPurchase, settings::Settings};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tokenwell_wire::{Account, Balance, Pack, Plan, ServiceDescription, Tokens};

/// All that is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CachedState {
    /// What the user has set.
    pub settings: Settings,
    /// How large the panel was left.
    pub panel: Option<PanelSize>,
    /// The address of the service that was signed in to last; `None` before the first sign-in.
    pub service: Option<String>,
    /// What services say of themselves and sell, by their addresses.
    pub offers: BTreeMap<String, Offer>,
    /// The accounts, in the order in which they were added.
    pub accounts: Vec<CachedAccount>,
    /// The account that is shown: one of them.
    pub current: Option<AccountKey>,
}

/// How large the panel is, in logical pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PanelSize {
    /// From side to side.
    pub width: u32,
    /// From top to bottom.
    pub height: u32,
}

/// What a service says of itself and sells: anybody may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// What it says of itself.
    pub description: ServiceDescription,
    /// The packs on sale.
    pub packs: Vec<Pack>,
    /// The plans on offer.
    pub plans: Vec<Plan>,
}

/// An account, and all that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedAccount {
    /// The service's address, as it is shown.
    pub service: String,
    /// Who it is.
    pub profile: Profile,
    /// Whether its sign-in has ended, so that it has to sign in again.
    pub signed_out: bool,
    /// The last good balance.
    pub balance: Option<CachedBalance>,
    /// The purchase in flight.
    pub purchase: Option<CachedPurchase>,
}

impl CachedAccount {
    /// Which account it is.
    pub fn key(&self) -> AccountKey {
        AccountKey { service: self.service.clone(), id: self.profile.account.id.clone() }
    }
}

/// Who an account is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// As the service sent it.
    pub account: Account,
    /// The person's name as the issuer gives it.
    pub name: Option<String>,
}

/// A balance that was the last good one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CachedBalance {
    /// As the service sent it.
    pub balance: Balance,
    /// When it came, by this machine's clock.
    pub received_at: Timestamp,
    /// The most that stood in the well since the last renewal.
    pub full: Tokens,
}

/// Something to keep. What is said of an account that is not kept is for nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CacheWrite {
    /// What the user has set.
    Settings(Settings),
    /// How large the panel was left.
    Panel(PanelSize),
    /// The address of the service that was signed in to last.
    Service(String),
    /// What the service of this address says of itself and sells.
    Offer(String, Offer),
    /// An account of the service of this address, new or as it is now; it is signed in.
    Account(String, Profile),
    /// The account's last good balance.
    Balance(AccountKey, CachedBalance),
    /// The account's purchase in flight; `None` if none is any more.
    Purchase(AccountKey, Option<CachedPurchase>),
    /// The account's sign-in has ended.
    SignedOut(AccountKey),
    /// The account is the one that is shown.
    Current(AccountKey),
    /// Forget the account and all that belongs to it.
    Forget(AccountKey),
}

impl CachedState {
    /// Keeps something.
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
                    let new =
                        CachedAccount { service, profile, signed_out: false, balance: None, purchase: None };
                    self.accounts.push(new);
                }
            }
            CacheWrite::Balance(key, balance) => {
                if let Some(account) = self.account_mut(&key) {
                    account.balance = Some(balance);
                }
            }
            CacheWrite::Purchase(key, purchase) => {
                if let Some(account) = self.account_mut(&key) {
                    account.purchase = purchase;
                }
            }
            CacheWrite::SignedOut(key) => {
                if let Some(account) = self.account_mut(&key) {
                    account.signed_out = true;
                }
            }
            CacheWrite::Current(key) => self.current = self.account(&key).map(CachedAccount::key),
            CacheWrite::Forget(key) => {
                self.accounts.retain(|account| account.key() != key);
                self.current.take_if(|current| *current == key);
            }
        }
    }

    /// One of the accounts.
    pub fn account(&self, key: &AccountKey) -> Option<&CachedAccount> {
        self.accounts.iter().find(|account| account.key() == *key)
    }

    fn account_mut(&mut self, key: &AccountKey) -> Option<&mut CachedAccount> {
        self.accounts.iter_mut().find(|account| account.key() == *key)
    }

    /// The account that is shown.
    pub fn shown(&self) -> Option<&CachedAccount> {
        self.account(self.current.as_ref()?)
    }

    /// Whether what the account that is shown could spend last was below a threshold of the user's, or else of the
    /// service's.
    pub fn is_low(&self) -> bool {
        let Some(CachedAccount { service, balance: Some(CachedBalance { balance, .. }), .. }) = self.shown()
        else {
            return false;
        };
        let usual = self.offers.get(service).map_or(&[][..], |offer| &offer.description.low_balance_percent);
        self.settings.alerts.is_low(balance.fast.allowance, usual, balance.spendable)
    }
}
