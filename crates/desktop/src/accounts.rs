//! The stored accounts, as panel and tray list them. At most one is current, and only that one is connected.

use crate::{
    account_key::AccountKey,
    cached_state::{CachedAccount, CachedState},
    tray::TrayAccount,
    view::{AccountView, LastBalance},
};
/// The stored accounts as the panel lists them, in the order in which they were added.
pub(crate) fn views(cached: &CachedState, current: Option<&AccountKey>) -> Vec<AccountView> {
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
                full: known.balance.full(),
                balance: known.balance.clone(),
                received_at: known.received_at,
            }),
            meter: None,
            signed_out: account.signed_out,
        }
    };
    cached.accounts.iter().map(view).collect()
}

/// The stored accounts as the tray lists them.
pub(crate) fn tray_accounts(cached: &CachedState, current: Option<&AccountKey>) -> Vec<TrayAccount> {
    let account = |account: &CachedAccount| TrayAccount {
        current: current == Some(&account.key()),
        key: account.key(),
        name: short_name(account, &cached.accounts),
        signed_out: account.signed_out,
    };
    cached.accounts.iter().map(account).collect()
}

/// The shortest unique name of an account: the person's name, then also the e-mail address, then also the service's
/// address.
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

/// The account to resume after `removed` is removed: the one after it. If the removed account is unknown, the one that
/// was shown last. Accounts that have to sign in again are skipped.
pub(crate) fn next_after<'a>(
    removed: Option<&AccountKey>,
    cached: &'a CachedState,
) -> Option<&'a CachedAccount> {
    let reference = removed.or(cached.current.as_ref());
    let at = cached.accounts.iter().position(|account| Some(&account.key()) == reference).unwrap_or(0);
    let (before, after) = cached.accounts.split_at(at);
    after.iter().chain(before).find(|account| Some(&account.key()) != removed && !account.signed_out)
}
