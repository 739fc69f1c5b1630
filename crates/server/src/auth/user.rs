//! A user: someone who signed in at the issuer, and the account that is theirs.

use super::{Verified, bearer};
use crate::App;
use crate::admission::Lane;
use crate::problem::{Answer, Failure};
use crate::store::{AccountRecord, NewAccount, SubjectKey};
use crate::translate;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;
use std::sync::Arc;
use tokenwell_ledger as ledger;
use uuid::Uuid;

/// A call by a user.
#[derive(Debug, Clone)]
pub struct User {
    /// Their account, as it was when the call came.
    pub account: AccountRecord,
    /// When the access token stops being valid.
    pub token_expires_at: Timestamp,
}

impl FromRequestParts<Arc<App>> for User {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let verified = match app.issuer.verify(bearer(&parts.headers)?).await {
            Ok(verified) => verified,
            Err(failure) => return Err(super::not_signed_in(app, parts, failure)),
        };
        let key = subject_key(&app.subject_secret, &verified);
        within_rates(app, key, parts.extensions.get())?;
        let account = account_of(app, &verified, key).await?;
        Ok(Self { account, token_expires_at: verified.expires_at })
    }
}

fn within_rates(app: &App, key: SubjectKey, lane: Option<&Lane>) -> Answer<()> {
    app.rates.user(key).inspect_err(|_| app.metrics.turned_away("user_rate"))?;
    if lane == Some(&Lane::Checkouts) {
        app.rates.checkout(key).inspect_err(|_| app.metrics.turned_away("checkout_rate"))?;
    }
    Ok(())
}

/// The account of whoever the token names; the first call of a new subject opens a free one.
async fn account_of(app: &App, verified: &Verified, key: SubjectKey) -> Answer<AccountRecord> {
    let (subject, account) = app.store.subject_and_account(key).await?;
    if let Some(deleted_at) = subject.deleted_at
        && was_issued_before(verified.issued_at, deleted_at)
    {
        return Err(Failure::account_deleted());
    }
    let account = if let Some(account) = account {
        account
    } else {
        let id = open(app, key, verified).await?;
        app.store.account(&id).await?.ok_or_else(Failure::account_deleted)?
    };
    if account.deleted_at.is_some() {
        return Err(Failure::account_deleted());
    }
    keep_email(app, account, verified.email.as_deref()).await
}

/// A token tells the second it was issued in. One of the second of the deletion is taken to be older: the answer to
/// the deletion waits for the next second.
fn was_issued_before(issued_at: Option<Timestamp>, deleted_at: Timestamp) -> bool {
    issued_at.is_none_or(|issued_at| issued_at.as_second() <= deleted_at.as_second())
}

async fn open(app: &App, subject: SubjectKey, verified: &Verified) -> Answer<String> {
    let at = app.clock.now();
    let id = Uuid::new_v4().to_string();
    let (state, entries) = ledger::Account::open(ledger::AccountId::from(id.as_str()), &app.catalogue, at);
    let account = NewAccount {
        entries: translate::entry_records(&entries)?,
        state,
        id,
        subject,
        email: verified.email.clone(),
        at,
    };
    Ok(app.store.open_account(account).await?)
}

async fn keep_email(app: &App, mut account: AccountRecord, email: Option<&str>) -> Answer<AccountRecord> {
    if let Some(email) = email
        && account.email.as_deref() != Some(email)
    {
        app.store.set_email(&account.id, email).await?;
        account.email = Some(email.to_owned());
    }
    Ok(account)
}

/// Rule 18: only this keyed hash of `sub` is kept.
fn subject_key(secret: &[u8], verified: &Verified) -> SubjectKey {
    // HMAC takes a key of any length, so this never falls back.
    let digest = Hmac::<Sha256>::new_from_slice(secret)
        .map(|mac| {
            mac.chain_update(&verified.issuer).chain_update([0]).chain_update(&verified.subject).finalize()
        })
        .map(|digest| digest.into_bytes().into())
        .unwrap_or_default();
    SubjectKey(digest)
}
