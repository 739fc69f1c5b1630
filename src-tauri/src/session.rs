//! One sign-in at one service: its access token in memory, its refresh token in the keyring once it is known whose it is.

use crate::{
    api::{Api, Http},
    keyring::{Kept, Keyring, Place},
    sign_in::{Granted, Issuer},
};
use secrecy::SecretString;
use std::sync::Arc;
use tokenwell_desktop::{account_key::AccountKey, event::RenewedTokens, failure::Failure, text::Texts};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;

/// A session, or a sign-in that may become one. Dropping it stops what is under way for it.
pub(crate) struct Session {
    /// No two sessions of a run have the same.
    pub(crate) number: u64,
    pub(crate) handle: Handle,
    stop: CancellationToken,
    _stops: DropGuard,
}

impl Session {
    /// A session without tokens: those of `account` are in the keyring, or there will be others.
    pub(crate) fn new(
        number: u64,
        account: Option<AccountKey>,
        service: Url,
        http: Http,
        keyring: Keyring,
    ) -> Self {
        let stop = CancellationToken::new();
        let stops = stop.clone().drop_guard();
        let api = Arc::new(Api::new(http.clone(), service.clone()));
        let handle = Handle { service, account, api, http, keyring, tokens: Arc::default() };
        Self { number, handle, stop, _stops: stops }
    }

    /// What is stopped with the session.
    pub(crate) fn until_it_ends<F: Future>(
        &self,
        work: F,
    ) -> impl Future<Output = Option<F::Output>> + use<F> {
        self.stop.clone().run_until_cancelled_owned(work)
    }
}

/// What the work for a session holds of it.
#[derive(Clone)]
pub(crate) struct Handle {
    service: Url,
    /// Whose session it is; `None` until the service has said so.
    pub(crate) account: Option<AccountKey>,
    pub(crate) api: Arc<Api>,
    http: Http,
    keyring: Keyring,
    tokens: Arc<Mutex<Tokens>>,
}

/// What renews the access token.
#[derive(Default)]
struct Tokens {
    refresh: Option<SecretString>,
    /// Where the refresh token is kept; `None` while it is not known whose it is.
    place: Option<Place>,
    in_keyring: bool,
    issuer: Option<Arc<Issuer>>,
}

impl Handle {
    /// Signs in at the issuer that the service names. The refresh token stays in memory.
    pub(crate) async fn sign_in(
        &self,
        texts: Arc<Texts>,
        choose: bool,
        browse: impl FnOnce(Url),
    ) -> Result<Option<String>, Failure> {
        let issuer = Issuer::discover(&self.http, &self.service).await?;
        let granted = issuer.sign_in(texts, choose, browse).await?;
        let mut tokens = self.tokens.lock().await;
        tokens.issuer = Some(Arc::new(issuer));
        Ok(self.take(&mut tokens, granted).await.name)
    }

    /// A new access token, for the refresh token at hand or in the keyring. An issuer takes a refresh token only once,
    /// so this is not to be stopped halfway, and only one at a time renews what is kept in one place.
    pub(crate) async fn renew(&self) -> Result<RenewedTokens, Failure> {
        let mut tokens = self.tokens.lock().await;
        let _turn = self.turn().await;
        if tokens.refresh.is_none() {
            self.find(&mut tokens).await?;
        }
        let refresh = tokens.refresh.clone().ok_or(Failure::SessionEnded)?;
        let issuer = self.issuer(&mut tokens).await?;
        let granted = issuer.renew(&refresh).await?;
        Ok(self.take(&mut tokens, granted).await)
    }

    /// Keeps the refresh token in the keyring, now that it is known whose it is. Tells whether it is there, unless it was
    /// all along.
    pub(crate) async fn keep(&self, account: &AccountKey) -> Option<bool> {
        let place = Place::of(account);
        let mut tokens = self.tokens.lock().await;
        let _turn = self.keyring.turn(&place).await;
        if tokens.place.as_ref() == Some(&place) {
            return None;
        }
        let Some(refresh) = tokens.refresh.clone() else { return Some(false) };
        if self.keyring.write(&place, refresh.clone()).await.is_err() {
            if tokens.place.is_some() {
                // Where it was until now it is renewed in place.
                return None;
            }
            self.keyring.hold(&place, refresh);
            tokens.place = Some(place);
            return Some(false);
        }
        tokens.in_keyring = true;
        if let Some(before) = tokens.place.replace(place) {
            // Only now that it is kept anew.
            drop(self.keyring.take(&before).await);
        }
        Some(true)
    }

    /// Deletes the refresh token and has the issuer make it worthless, as far as that can be reached.
    pub(crate) async fn sign_out(&self) -> Result<(), Failure> {
        let mut tokens = self.tokens.lock().await;
        let _turn = self.turn().await;
        let own = self.account.as_ref().map(Place::of);
        let mut refresh = tokens.refresh.take();
        for place in own.into_iter().chain(tokens.place.take()) {
            match self.keyring.take(&place).await {
                Ok(kept) => refresh = refresh.or(kept),
                Err(failure) => {
                    tracing::warn!("the keyring keeps a sign-in that is over: {}", failure.code());
                }
            }
        }
        match refresh {
            Some(refresh) => self.issuer(&mut tokens).await?.revoke(&refresh).await,
            None => Ok(()),
        }
    }

    async fn turn(&self) -> Option<OwnedMutexGuard<()>> {
        match &self.account {
            Some(account) => Some(self.keyring.turn(&Place::of(account)).await),
            None => None,
        }
    }

    /// Looks where the account's refresh token is kept, and then where it was while there was one account only; from
    /// there it moves once the service has said that it is this account's ([`Handle::keep`]).
    async fn find(&self, tokens: &mut Tokens) -> Result<(), Failure> {
        let account = self.account.as_ref().ok_or(Failure::SessionEnded)?;
        for place in [Place::of(account), Place::of_the_only_account(&self.service)] {
            if let Some(Kept { token, in_keyring }) = self.keyring.read(&place).await? {
                tokens.refresh = Some(token);
                tokens.in_keyring = in_keyring;
                tokens.place = Some(place);
                return Ok(());
            }
        }
        Err(Failure::SessionEnded)
    }

    async fn issuer(&self, tokens: &mut Tokens) -> Result<Arc<Issuer>, Failure> {
        if let Some(issuer) = &tokens.issuer {
            return Ok(Arc::clone(issuer));
        }
        let issuer = Arc::new(Issuer::discover(&self.http, &self.service).await?);
        Ok(Arc::clone(tokens.issuer.insert(issuer)))
    }

    /// Takes new tokens into use and keeps the refresh token where it was kept.
    async fn take(&self, tokens: &mut Tokens, granted: Granted) -> RenewedTokens {
        self.api.set_access(granted.access).await;
        if let Some(refresh) = granted.refresh {
            tokens.refresh = Some(refresh.clone());
            if let Some(place) = &tokens.place {
                tokens.in_keyring = self.keyring.write(place, refresh.clone()).await.is_ok();
                if !tokens.in_keyring {
                    self.keyring.hold(place, refresh);
                }
            }
        }
        // Of a sign-in that is nobody's yet, nothing is said.
        RenewedTokens { name: granted.name, in_keyring: tokens.in_keyring || tokens.place.is_none() }
    }
}
