//! The account whose balance is printed: the one that the app shows, or the one that `--account` names.

use tokenwell_desktop::{
    cached_state::{CachedAccount, CachedState},
    key_account::KeyAccount,
};

/// An account of the cache.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Chosen<'a> {
    /// Of a token service.
    Service(&'a CachedAccount),
    /// Of a platform that is read with an API key.
    Key(&'a KeyAccount),
}

impl<'a> Chosen<'a> {
    /// The account that the app shows.
    pub(crate) fn shown(cached: &'a CachedState) -> Option<Self> {
        let current = cached.current.as_ref()?;
        let key_account = cached.key_account(current).map(Self::Key);
        cached.account(current).map(Self::Service).or(key_account)
    }

    /// The account with this name, e-mail address, platform or key.
    pub(crate) fn named(cached: &'a CachedState, name: &str) -> Option<Self> {
        let is = |text: &str| text.eq_ignore_ascii_case(name);
        let service = |account: &&CachedAccount| {
            let profile = &account.profile;
            let names = [profile.name.as_deref(), profile.account.email.as_deref()];
            names.into_iter().flatten().any(is) || is(&account.key().to_string())
        };
        let key = |account: &&KeyAccount| {
            is(&account.name) || is(&account.platform) || is(&account.key().to_string())
        };
        let services = cached.accounts.iter().filter(service).map(Self::Service);
        services.chain(cached.key_accounts.iter().filter(key).map(Self::Key)).next()
    }
}

/// The names that can be chosen.
pub(crate) fn names(cached: &CachedState) -> Vec<String> {
    let service = |account: &CachedAccount| {
        let profile = &account.profile;
        let name = profile.name.clone().or_else(|| profile.account.email.clone());
        name.unwrap_or_else(|| account.key().to_string())
    };
    let services = cached.accounts.iter().map(service);
    services.chain(cached.key_accounts.iter().map(|account| account.name.clone())).collect()
}
