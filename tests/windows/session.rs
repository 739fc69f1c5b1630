//! Sign-ins that the Credential Manager keeps.

use crate::support::{World, sign_in, tray};
use anyhow::Result;
use serde_json::json;
use tokenwell_stage::eventually;

/// More than an entry of the Credential Manager can have.
const LENGTH: usize = 3_000;

#[tokio::test]
#[ignore = "deletes the app's data of this user; `cargo xtask windows` runs it"]
async fn a_refresh_token_that_is_too_long_for_one_credential_survives_a_restart() -> Result<()> {
    let world = World::new().await?;
    let user = world.signed_in_user().await?;
    world.services.sandbox()?.put("/sandbox/issuer", &json!({"refresh_token_length": LENGTH})).await?;
    let app = world.app().await?;
    tray::tooltip_starts("25,000 tokens\n").await?;
    let credential = sign_in::credential(&sign_in::account(&world.services, &user).await?)?;
    eventually("the token is stored in parts", async || {
        Ok(credential.get_secret()?.starts_with(b"parts ").then_some(()))
    })
    .await?;
    app.quit().await?;

    // The cache does not know of this, so a new balance proves that the app is signed in.
    world.services.spend(&user, 5_000, "A film").await?;
    let app = world.app().await?;
    tray::tooltip_starts("20,000 tokens\n").await?;
    app.quit().await
}
