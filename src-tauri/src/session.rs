//! A session: one account at one service, with its access token in memory and its refresh token in the keyring.

use crate::{
    api::{Api, Http},
    issuer::{Granted, Issuer},
    keyring::Keyring,
    refresh_token::RefreshToken,
    sign_in::sign_in,
};
use std::sync::Arc;
use tokenwell_desktop::{
    account_key::AccountKey,
    event::{Kept, KeyringProblem, RenewedTokens},
    failure::Failure,
    text::Texts,
};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;

/// A session, or a sign-in that may become one. Dropping it stops its work.
pub(crate) struct Session {
    /// Unique within a run of the app.
    pub(crate) number: u64,
    pub(crate) handle: Handle,
    stop: CancellationToken,
    _stop_on_drop: DropGuard,
}

impl Session {
    /// A session without tokens. Those of `account` are read from the keyring. Without an account, a sign-in provides
    /// them.
    pub(crate) fn new(
        number: u64,
        account: Option<AccountKey>,
        service: Url,
        http: Http,
        keyring: Keyring,
    ) -> Self {
        let stop = CancellationToken::new();
        let stop_on_drop = stop.clone().drop_guard();
        let api = Arc::new(Api::new(http.clone(), service.clone()));
        let handle = Handle { service, account, api, http, keyring, tokens: Arc::default() };
        Self { number, handle, stop, _stop_on_drop: stop_on_drop }
    }

    /// The same work, stopped when the session ends.
    pub(crate) fn until_it_ends<F: Future>(
        &self,
        work: F,
    ) -> impl Future<Output = Option<F::Output>> + use<F> {
        self.stop.clone().run_until_cancelled_owned(work)
    }
}

/// What the work for a session needs of it.
#[derive(Clone)]
pub(crate) struct Handle {
    service: Url,
    /// The session's account; `None` until the service has reported it.
    pub(crate) account: Option<AccountKey>,
    pub(crate) api: Arc<Api>,
    http: Http,
    keyring: Keyring,
    tokens: Arc<Mutex<Tokens>>,
}

/// What renews the access token.
#[derive(Default)]
struct Tokens {
    refresh: Option<RefreshToken>,
    /// The account that the refresh token is stored for; `None` until the account of a sign-in is known.
    stored_for: Option<AccountKey>,
    issuer: Option<Arc<Issuer>>,
}

impl Handle {
    /// Signs in at the service's issuer and returns the person's name. The refresh token stays in memory, because its
    /// account is not known yet.
    pub(crate) async fn sign_in(
        &self,
        texts: Arc<Texts>,
        choose: bool,
        open: impl FnOnce(Url),
    ) -> Result<Option<String>, Failure> {
        let description = self.http.description(&self.service).await?;
        let issuer = Issuer::discover(&self.http, &self.service, description).await?;
        let granted = sign_in(&issuer, texts, choose, open).await?;
        let mut tokens = self.tokens.lock().await;
        let renewed = self.use_granted(&mut tokens, &issuer, granted).await;
        tokens.issuer = Some(Arc::new(issuer));
        Ok(renewed.name)
    }

    /// Renews the access token. An issuer accepts a refresh token only once, so a renewal has to run to its end, and
    /// only one caller at a time renews an account's token.
    pub(crate) async fn renew(&self) -> Result<RenewedTokens, Failure> {
        let mut tokens = self.tokens.lock().await;
        let _entry = self.lock_entry().await;
        if tokens.refresh.is_none() {
            self.read_refresh_token(&mut tokens).await?;
        }
        let refresh = tokens.refresh.clone().ok_or(Failure::SessionEnded)?;
        let issuer = self.issuer_of(&refresh, &mut tokens).await?;
        let granted = issuer.renew(refresh.secret()).await?;
        Ok(self.use_granted(&mut tokens, &issuer, granted).await)
    }

    /// Stores the refresh token of a new sign-in for its account, or one that the keyring did not take before. Returns where
    /// it is, or `None` if it was in the keyring already.
    pub(crate) async fn save_refresh_token(&self, account: &AccountKey) -> Option<Kept> {
        let mut tokens = self.tokens.lock().await;
        let _entry = self.keyring.lock_entry(account).await;
        let is_stored = tokens.stored_for.as_ref() == Some(account);
        if is_stored && self.keyring.kept(account) == Kept::InKeyring {
            return None;
        }
        let Some(refresh) = tokens.refresh.clone() else {
            return Some(Kept::InMemory(KeyringProblem::Missing));
        };
        tokens.stored_for = Some(account.clone());
        Some(self.keyring.write(account, refresh.to_entry()).await)
    }

    /// Deletes the refresh token, and revokes it if the issuer can be reached.
    pub(crate) async fn sign_out(&self) -> Result<(), Failure> {
        let mut tokens = self.tokens.lock().await;
        let _entry = self.lock_entry().await;
        tokens.stored_for = None;
        let mut refresh = tokens.refresh.take();
        if let Some(account) = &self.account {
            match self.keyring.delete(account).await {
                Ok(stored) => refresh = refresh.or(stored.as_ref().and_then(RefreshToken::from_entry)),
                Err(failure) => {
                    tracing::warn!("a refresh token cannot be deleted from the keyring: {}", failure.code());
                }
            }
        }
        match refresh {
            Some(refresh) => self.issuer_of(&refresh, &mut tokens).await?.revoke(refresh.secret()).await,
            None => Ok(()),
        }
    }

    async fn lock_entry(&self) -> Option<OwnedMutexGuard<()>> {
        match &self.account {
            Some(account) => Some(self.keyring.lock_entry(account).await),
            None => None,
        }
    }

    async fn read_refresh_token(&self, tokens: &mut Tokens) -> Result<(), Failure> {
        let account = self.account.as_ref().ok_or(Failure::SessionEnded)?;
        let token = self.keyring.read(account).await?.ok_or(Failure::SessionEnded)?;
        tokens.refresh = Some(RefreshToken::from_entry(&token).ok_or(Failure::SessionEnded)?);
        tokens.stored_for = Some(account.clone());
        Ok(())
    }

    /// The issuer that has given a refresh token. If the service names another one, nothing is sent to it: the user has to sign
    /// in again.
    async fn issuer_of(&self, refresh: &RefreshToken, tokens: &mut Tokens) -> Result<Arc<Issuer>, Failure> {
        if let Some(issuer) = &tokens.issuer {
            return Ok(Arc::clone(issuer));
        }
        let description = self.http.description(&self.service).await?;
        if !refresh.is_from(&description.issuer, &description.client_id) {
            tracing::warn!(issuer = description.issuer, "the service names another issuer than before");
            return Err(Failure::SessionEnded);
        }
        let issuer = Arc::new(Issuer::discover(&self.http, &self.service, description).await?);
        Ok(Arc::clone(tokens.issuer.insert(issuer)))
    }

    /// Uses new tokens from here on, and stores the refresh token if it is stored for an account.
    async fn use_granted(&self, tokens: &mut Tokens, issuer: &Issuer, granted: Granted) -> RenewedTokens {
        self.api.set_access(granted.access).await;
        if let Some(refresh) = granted.refresh {
            let refresh = RefreshToken::new(refresh, issuer.name(), issuer.client_id());
            if let Some(account) = &tokens.stored_for {
                self.keyring.write(account, refresh.to_entry()).await;
            }
            tokens.refresh = Some(refresh);
        }
        // A token that is not stored yet is reported when it is.
        let kept = tokens.stored_for.as_ref().map_or(Kept::InKeyring, |account| self.keyring.kept(account));
        RenewedTokens { name: granted.name, kept }
    }
}

#[cfg(test)]
mod tests;
