//! Signing in at issuers in the shape of known products. `docs/identity.md` has the settings.

use crate::support::{World, grouped};
use anyhow::Result;
use serde_json::{Value, json};
use std::net::TcpListener;
use tokenwell_stage::demo::{FREE, PREMIUM};

/// Three ports that were free a moment ago.
fn three_ports() -> Result<[u16; 3]> {
    let listeners: Vec<_> = (0..3).map(|_| TcpListener::bind("127.0.0.1:0")).collect::<Result<_, _>>()?;
    let mut ports = [0; 3];
    for (port, listener) in ports.iter_mut().zip(&listeners) {
        *port = listener.local_addr()?.port();
    }
    Ok(ports)
}

/// Signs in with two accounts at an issuer with these habits, restarts the app, and signs out of one.
async fn two_accounts_at(mut habits: Value, flags: &[&str]) -> Result<()> {
    let mut world = World::new().await?;
    let ports = three_ports()?;
    if habits["registered_redirects"] == json!(true) {
        habits["registered_redirects"] =
            ports.iter().map(|port| format!("http://127.0.0.1:{port}/callback")).collect();
    }
    world.services.sandbox()?.put("/sandbox/issuer", &habits).await?;
    let listed = ports.map(|port| port.to_string()).join(",");
    world.services.restart_service_with(&[flags, &["--oidc-redirect-port", &listed]].concat()).await?;

    let app = world.signed_in_as(PREMIUM.1).await?;
    let spendable = grouped(world.spendable_of(PREMIUM.1).await?);
    app.shows("spendable", &spendable).await?;
    world.add_account(&app, FREE.1).await?;
    app.shows("spendable", "150").await?;
    app.is_signed_in_as(FREE.0).await?;
    app.stop().await?;

    let app = world.app().await?;
    app.shows("spendable", "150").await?;
    app.switch_to(PREMIUM.0).await?;
    app.shows("spendable", &spendable).await?;
    app.stop().await
}

#[tokio::test]
async fn two_accounts_at_an_issuer_like_auth0_with_an_audience_and_registered_ports() -> Result<()> {
    let habits = json!({"preset": "auth0", "registered_redirects": true});
    let api = "https://tokens.example.com";
    two_accounts_at(
        habits,
        &["--oidc-audience", api, "--oidc-authorize-parameter", &format!("audience={api}")],
    )
    .await
}

#[tokio::test]
async fn two_accounts_at_an_issuer_like_google_with_id_tokens_and_a_secret_that_is_none() -> Result<()> {
    let flags = [
        ["--oidc-token", "id"],
        ["--oidc-client-secret", "GOCSPX-everybody-can-read-it"],
        ["--oidc-authorize-parameter", "access_type=offline,prompt=consent"],
    ];
    two_accounts_at(json!({"preset": "google"}), &flags.concat()).await
}

#[tokio::test]
async fn two_accounts_at_an_issuer_like_okta_without_an_account_chooser() -> Result<()> {
    let habits = json!({"preset": "okta", "registered_redirects": true, "email_in_access_token": true});
    two_accounts_at(habits, &["--oidc-subject-claim", "uid"]).await
}
