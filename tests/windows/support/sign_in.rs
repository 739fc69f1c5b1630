//! A sign-in that is kept from an earlier run of the app. There is no browser to sign in with.

use super::stored;
use anyhow::{Context as _, Result};
use keyring_core::{Entry, api::CredentialStoreApi as _};
use reqwest::{Client, redirect};
use serde_json::{Value, json};
use tokenwell_cache::{Cache, private};
use tokenwell_desktop::{account_key::AccountKey, cached_state::CacheWrite};
use tokenwell_stage::{Services, User};
use url::Url;

const CLIENT: &str = "tokenwell-desktop";
const REDIRECT: &str = "http://127.0.0.1:9/callback";
/// The pair of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Stores a sign-in of the user as the app does.
pub async fn keep(services: &Services, user: &User) -> Result<()> {
    let token = refresh_token(services, &user.email).await?;
    let key = account(services, user).await?;
    let issuer = format!("{}/identity", services.sandbox_url());
    let secret = json!({"refresh_token": token, "issuer": issuer, "client_id": CLIENT}).to_string();
    credential(&key)?.set_secret(secret.as_bytes())?;

    let profile = json!({"account": user.api.get("/v1/account").await?, "name": "Ada Moreau"});
    let folder = stored()?;
    private::create_folder(&folder)?;
    let (mut cache, _) = Cache::open(&folder);
    cache.write(&CacheWrite::Service(key.service.clone()))?;
    cache.write(&CacheWrite::Account(key.service.clone(), serde_json::from_value(profile)?))?;
    cache.write(&CacheWrite::Current(key))?;
    Ok(())
}

/// The user's account at the service.
pub async fn account(services: &Services, user: &User) -> Result<AccountKey> {
    let account = user.api.get("/v1/account").await?;
    let id = account["id"].as_str().context("an account has an id")?;
    Ok(AccountKey { service: services.service_url(), id: id.to_owned() })
}

/// An account's entry in the Credential Manager.
pub fn credential(account: &AccountKey) -> Result<Entry> {
    let store = windows_native_keyring_store::Store::new()?;
    Ok(store.build("app.tokenwell.desktop", &account.to_string(), None)?)
}

/// Signs in at the issuer and returns the refresh token that the app would get.
async fn refresh_token(services: &Services, email: &str) -> Result<String> {
    let http = Client::builder().no_proxy().redirect(redirect::Policy::none()).build()?;
    let issuer = format!("{}/identity", services.sandbox_url());
    let form = [
        ("client_id", CLIENT),
        ("redirect_uri", REDIRECT),
        ("response_type", "code"),
        ("scope", "openid email profile offline_access"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("email", email),
    ];
    let response = http.post(format!("{issuer}/authorize")).form(&form).send().await?;
    let location = response.headers().get("location").context("the issuer redirects")?.to_str()?;
    let location: Url = location.parse()?;
    let code = location.query_pairs().find(|(name, _)| name == "code").context("a code")?.1.into_owned();
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", CLIENT),
        ("redirect_uri", REDIRECT),
        ("code", code.as_str()),
        ("code_verifier", VERIFIER),
    ];
    let response = http.post(format!("{issuer}/token")).form(&form).send().await?;
    let tokens: Value = response.error_for_status()?.json().await?;
    Ok(tokens["refresh_token"].as_str().context("a refresh token")?.to_owned())
}
