//! The accounts that are stored on this computer, as panel and tray list them. At most one is current; only that one is
//! connected.

use crate::{
    account_key::AccountKey,
    cached_state::{CachedAccount, CachedState},
    tray::TrayAccount,
    view::{AccountView, LastBalance},
};
/// What the panel shows of the kept accounts, in the order in which they were added.
pub(crate) fn views(kept: &CachedState, current: Option<&AccountKey>) -> Vec<AccountView> {
    let view = |account: &CachedAccount| {
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
pub(crate) fn in_tray(kept: &CachedState, current: Option<&AccountKey>) -> Vec<TrayAccount> {
    let account = |account: &CachedAccount| TrayAccount {
        current: current == Some(&account.key()),
        key: account.key(),
        name: short_name(account, &kept.accounts),
        signed_out: account.signed_out,
    };
    kept.accounts.iter().map(account).collect()
}

/// The shortest name of an account that none of the others has: the person's name, the e-mail address too, or also the
/// service's address.
fn short_name(account: &CachedAccount, all: &[CachedAccount]) -> String {
    let names = |account: &CachedAccount| {
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
pub(crate) fn next_after<'a>(gone: Option<&AccountKey>, kept: &'a CachedState) -> Option<&'a CachedAccount> {
    let beside = gone.or(kept.current.as_ref());
    let at = kept.accounts.iter().position(|account| Some(&account.key()) == beside).unwrap_or(0);
    let (before, after) = kept.accounts.split_at(at);
    after.iter().chain(before).find(|account| Some(&account.key()) != gone && !account.signed_out)
}
