//! The client of platforms that are read with API keys. It has limits of its own, because a platform did not ask for this app
//! and may be any server: one request at a time for each key, no redirects, a short answer, and no wait without end.

use crate::{
    api::unreachable,
    keyring::Keyring,
    response::{parts, pause},
};
use futures_util::StreamExt as _;
use reqwest::{
    Client, Response, StatusCode,
    header::{self, HeaderMap, HeaderName, HeaderValue},
    redirect,
};
use secrecy::ExposeSecret as _;
use std::{
    collections::HashMap,
    error::Error,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokenwell_desktop::{account_key::AccountKey, failure::Failure, meter_failure::MeterFailure};
use tokenwell_meters::{ApiKey, Meter, Platform, Why};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// For the whole answer.
const TIMEOUT: Duration = Duration::from_secs(30);
/// One more than is read, so that a longer answer is noticed.
const BYTES_MAX: usize = 256 * 1024 + 1;

/// The client, with the keys that were read from the keyring in this run.
#[derive(Clone)]
pub(crate) struct PlatformClient {
    http: Client,
    keyring: Keyring,
    keys: Arc<Mutex<HashMap<AccountKey, ApiKey>>>,
}

impl PlatformClient {
    pub(crate) fn new(keyring: Keyring) -> reqwest::Result<Self> {
        let http = Client::builder()
            .user_agent(concat!("tokenwell/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            // The key goes to the address that the user was shown, and nowhere else.
            .redirect(redirect::Policy::none())
            .build()?;
        Ok(Self { http, keyring, keys: Arc::default() })
    }

    /// Stores a key in the keyring.
    pub(crate) async fn save(&self, account: &AccountKey, key: ApiKey) -> Result<(), MeterFailure> {
        let _entry = self.keyring.lock_entry(account).await;
        match self.keyring.store_key(account, key.secret()).await {
            Ok(()) => {
                self.remember(account, key);
                Ok(())
            }
            Err(failure) => {
                // A keyring that is unlocked later stores the key after all, and there is no account for it.
                let (keyring, account) = (self.keyring.clone(), account.clone());
                tokio::spawn(async move { keyring.delete(&account).await });
                Err(failure)
            }
        }
    }

    /// Deletes a key from the keyring.
    pub(crate) async fn forget(&self, account: &AccountKey) {
        let _entry = self.keyring.lock_entry(account).await;
        self.keys().remove(account);
        if let Err(failure) = self.keyring.delete(account).await {
            tracing::warn!("an API key could not be deleted from the keyring: {}", failure.code());
        }
    }

    /// Asks a platform for the meters of a key.
    pub(crate) async fn ask(
        &self,
        account: &AccountKey,
        platform: &Platform,
    ) -> Result<Vec<Meter>, MeterFailure> {
        let key = self.key(account).await?;
        let response = self.http.get(platform.address().clone()).headers(headers(platform, &key)?);
        let response = response.send().await.map_err(|error| unreached(&error))?;
        if let Some(failure) = refusal(&response) {
            return Err(failure);
        }
        platform.read(&body(response).await?).map_err(MeterFailure::Unreadable)
    }

    async fn key(&self, account: &AccountKey) -> Result<ApiKey, MeterFailure> {
        let known = self.keys().get(account).cloned();
        if let Some(key) = known {
            return Ok(key);
        }
        let entry = self.keyring.read_key(account).await?.ok_or(MeterFailure::NoKey)?;
        let key = ApiKey::new(entry.expose_secret()).map_err(|_| MeterFailure::NoKey)?;
        self.remember(account, key.clone());
        Ok(key)
    }

    fn remember(&self, account: &AccountKey, key: ApiKey) {
        self.keys().insert(account.clone(), key);
    }

    fn keys(&self) -> std::sync::MutexGuard<'_, HashMap<AccountKey, ApiKey>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The headers of the request. The client never prints their values.
fn headers(platform: &Platform, key: &ApiKey) -> Result<HeaderMap, MeterFailure> {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    for (name, value) in platform.headers(key) {
        let name = HeaderName::try_from(name).map_err(|_| MeterFailure::UnknownPlatform)?;
        let mut value =
            HeaderValue::try_from(value.expose_secret()).map_err(|_| MeterFailure::UnknownPlatform)?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

/// Why the response is no answer, if it is none.
fn refusal(response: &Response) -> Option<MeterFailure> {
    let status = response.status();
    if status.is_success() {
        return None;
    }
    let retry_after = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
    let retry_after = retry_after.and_then(pause);
    Some(match status {
        StatusCode::UNAUTHORIZED => MeterFailure::Refused,
        StatusCode::FORBIDDEN => MeterFailure::Forbidden,
        StatusCode::TOO_MANY_REQUESTS => MeterFailure::TooMany(retry_after),
        _ if status.is_redirection() => MeterFailure::Redirected,
        _ => MeterFailure::Status(status.as_u16(), retry_after),
    })
}

async fn body(response: Response) -> Result<Vec<u8>, MeterFailure> {
    let mut body = Vec::new();
    let mut parts = Box::pin(parts(response, BYTES_MAX));
    while let Some(part) = parts.next().await {
        body.extend_from_slice(&part.map_err(|failure| match failure {
            Failure::NotAService => MeterFailure::Unreadable(Why::TooLong.into()),
            failure => broken_off(&failure),
        })?);
    }
    Ok(body)
}

fn unreached(error: &reqwest::Error) -> MeterFailure {
    tracing::debug!(error = error as &dyn Error, "no answer");
    broken_off(&unreachable(error))
}

fn broken_off(failure: &Failure) -> MeterFailure {
    match failure {
        Failure::Timeout => MeterFailure::Timeout,
        Failure::Certificate | Failure::Clock => MeterFailure::Certificate,
        _ => MeterFailure::Offline,
    }
}

#[cfg(test)]
mod tests;
