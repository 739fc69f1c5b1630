//! The accounts that are kept on this computer, and how they are told apart. One is current at most; only that one is
//! connected.

use crate::{
    kept::{Kept, KeptAccount},
    tray,
    view::{AccountView, LastBalance},
};
use serde::{Deserialize, Serialize};
use std::fmt;
use ts_rs::TS;

/// Which account: an id means something only at the service that gave it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
pub struct AccountKey {
    /// The service's address, as it is shown.
    pub service: String,
    /// The account's id there.
    pub id: String,
}

impl fmt::Display for AccountKey {
    /// `https://tokens.example acc_1`: no address has a space, so [`AccountKey::read`] finds both again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.service, self.id)
    }
}

impl AccountKey {
    /// What `Display` wrote.
    pub fn read(text: &str) -> Option<Self> {
        let (service, id) = text.split_once(' ')?;
        Some(Self { service: service.to_owned(), id: id.to_owned() })
    }
}

/// What the panel shows of the kept accounts, in the order in which they were added.
pub(crate) fn views(kept: &Kept, current: Option<&AccountKey>) -> Vec<AccountView> {
    let view = |account: &KeptAccount| {
        let key = account.key();
        let balance = account.balance.as_ref();
        AccountView {
            current: current == Some(&key),
            key,
            name: account.profile.name.clone(),
            email: account.profile.account.email.clone(),
            plan: account.profile.account.plan.name.clone(),
            balance: balance.map(|known| LastBalance {
                spendable: known.balance.spendable,
                received_at: known.received_at,
            }),
            signed_out: account.signed_out,
        }
    };
    kept.accounts.iter().map(view).collect()
}

/// What the tray shows of them.
pub(crate) fn in_tray(kept: &Kept, current: Option<&AccountKey>) -> Vec<tray::Account> {
    let account = |account: &KeptAccount| tray::Account {
        current: current == Some(&account.key()),
        key: account.key(),
        name: short_name(account, &kept.accounts),
        signed_out: account.signed_out,
    };
    kept.accounts.iter().map(account).collect()
}

/// The shortest name of an account that none of the others has: the person's name, the e-mail address too, or also the
/// service's address.
fn short_name(account: &KeptAccount, all: &[KeptAccount]) -> String {
    let names = |account: &KeptAccount| {
        let profile = &account.profile;
        let parts = [profile.name.clone(), profile.account.email.clone(), Some(account.service.clone())];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        (1..=parts.len()).map(|length| parts[..length].join(" · ")).collect::<Vec<_>>()
    };
    let others: Vec<String> =
        all.iter().filter(|other| other.key() != account.key()).flat_map(names).collect();
    let own = names(account);
    let unique = own.iter().find(|name| !others.contains(name)).or(own.last());
    unique.cloned().unwrap_or_else(|| account.service.clone())
}

/// The account to go on with when `gone` is not there any more: the one after it; the one that was shown last, if it was
/// never known who went; or else the first. Nobody who would have to sign in.
pub(crate) fn next_after<'a>(gone: Option<&AccountKey>, kept: &'a Kept) -> Option<&'a KeptAccount> {
    let beside = gone.or(kept.current.as_ref());
    let at = kept.accounts.iter().position(|account| Some(&account.key()) == beside).unwrap_or(0);
    let (before, after) = kept.accounts.split_at(at);
    after.iter().chain(before).find(|account| Some(&account.key()) != gone && !account.signed_out)
}
