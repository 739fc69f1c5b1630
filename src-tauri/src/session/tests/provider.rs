//! The certified OpenID provider from npm.

use super::*;
use reqwest::{header, redirect::Policy};
use secrecy::ExposeSecret as _;
use std::{collections::BTreeMap, path::Path, process::Stdio};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

/// The running provider.
struct Provider {
    origin: String,
    api: String,
    events: Lines<BufReader<ChildStdout>>,
    _process: Child,
}

impl Provider {
    async fn start() -> Self {
        let mut process = Command::new("node")
            .arg("provider.mjs")
            .current_dir(peers())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut events = BufReader::new(process.stdout.take().unwrap()).lines();
        let started: Value = serde_json::from_str(&events.next_line().await.unwrap().unwrap()).unwrap();
        let [origin, api] = ["origin", "api"].map(|name| started[name].as_str().unwrap().to_owned());
        Self { origin, api, events, _process: process }
    }
}

/// The folder of the peers, with its npm packages installed.
fn peers() -> std::path::PathBuf {
    let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers");
    if !peers.join("node_modules/oidc-provider/package.json").exists() {
        let installed = std::process::Command::new("npm").arg("ci").current_dir(&peers).status();
        let installed = installed.expect("npm is needed for the OpenID provider: install Node.js");
        assert!(installed.success(), "`npm ci` failed in tests/peers");
    }
    peers
}

/// Does what a browser does that is signed in as this user at the provider: keeps cookies and follows redirects.
async fn browse_as(user: &'static str, mut page: Url) {
    let http = Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
    let mut cookies = BTreeMap::from([("user".to_owned(), user.to_owned())]);
    loop {
        let pairs: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let response = http.get(page.clone()).header(header::COOKIE, pairs.join("; ")).send().await.unwrap();
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            cookies.insert(name.to_owned(), rest.split(';').next().unwrap().to_owned());
        }
        let Some(next) = response.headers().get(header::LOCATION) else { return };
        page = page.join(next.to_str().unwrap()).unwrap();
    }
}

#[tokio::test]
async fn the_app_signs_in_at_a_certified_provider_with_a_resource_two_accounts_rotation_and_detected_reuse() {
    let mut provider = Provider::start().await;
    let world = World::with_sign_in(|_| OidcSettings {
        audience: provider.api.clone(),
        authorize_parameters: [("resource", provider.api.as_str()), ("prompt", "consent")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        ..OidcSettings::of_issuer(&provider.origin)
    })
    .await;
    let sign_in = async |user: &'static str, choose: bool| {
        let session = world.session(None);
        let open = move |page: Url| drop(tokio::spawn(browse_as(user, page)));
        let name = session.handle.sign_in(texts(), choose, open).await.unwrap();
        assert_eq!(name.as_deref(), Some(user));
        world.shown(session).await
    };
    let (ada, shown) = sign_in("ada", false).await;
    // The provider refuses `select_account`, which it does not say before.
    let (noor, noors) = sign_in("noor", true).await;
    assert_ne!(shown.account.id, noors.account.id);

    let first = ada.handle.tokens.lock().await.refresh.clone().unwrap();
    ada.handle.renew().await.unwrap();
    assert_eq!(ada.handle.api.refresh().await.unwrap().account.id, shown.account.id);
    let second = ada.handle.tokens.lock().await.refresh.clone().unwrap();
    assert_ne!(first.to_entry().expose_secret(), second.to_entry().expose_secret(), "the token was rotated");

    ada.handle.tokens.lock().await.refresh = Some(first);
    assert_eq!(ada.handle.renew().await.unwrap_err(), Failure::SessionEnded);
    assert_eq!(provider.events.next_line().await.unwrap().as_deref(), Some("grant.revoked"));
    ada.handle.tokens.lock().await.refresh = Some(second);
    assert_eq!(ada.handle.renew().await.unwrap_err(), Failure::SessionEnded, "all of the sign-in is revoked");
    noor.handle.renew().await.unwrap();
    noor.handle.sign_out().await.unwrap();
}
