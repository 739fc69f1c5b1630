//! No secret is where somebody could read it: after a full run, everything that the programs wrote is searched for every secret
//! that they used.

use crate::{
    meters::{declare_at_the_sandbox, save_key},
    support::{App, World},
};
use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use tokenwell_stage::demo::PREMIUM;
use tokenwell_stage::{SERVICE_KEY, STRIPE_KEY, WEBHOOK_SECRET, binary};
use tokio::process::Command;

/// The secrets of a run, as they could be written down.
struct Secrets(BTreeSet<String>);

impl Secrets {
    /// Those that the services are started with.
    fn of_the_services() -> Self {
        let mut secrets = Self(BTreeSet::new());
        for secret in [SERVICE_KEY, STRIPE_KEY, WEBHOOK_SECRET] {
            secrets.add(secret);
        }
        secrets
    }

    fn add(&mut self, secret: &str) {
        let hexadecimal = hex::encode(secret);
        let wide = secret.chars().flat_map(|letter| [letter, '\0']).collect();
        let form = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        self.0.extend([secret.to_owned(), hexadecimal, wide, form]);
    }

    /// The first of them in these bytes, or else a token that was signed.
    fn found_in(&self, bytes: &[u8]) -> Option<String> {
        // Secrets are ASCII, which stays as it is among bytes that are no text.
        let text = String::from_utf8_lossy(bytes);
        let known = self.0.iter().find(|secret| text.contains(secret.as_str()));
        known.cloned().or_else(|| signed_token(&text))
    }
}

/// A token of three parts, of which the first two are JSON objects.
fn signed_token(text: &str) -> Option<String> {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    let is_token = |word: &&str| {
        let parts: Vec<&str> = word.split('.').collect();
        matches!(parts[..], [_, claims, signature] if claims.starts_with("eyJ") && signature.len() > 20)
    };
    let starts = text.match_indices("eyJ").map(|(at, _)| &text[at..]);
    let mut words = starts.map(|rest| rest.split(|letter| !is_letter(letter)).next().unwrap_or_default());
    words.find(is_token).map(str::to_owned)
}

/// The files below a folder, but for the keyring's own store.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() && entry.file_name() != "keyrings" {
            files.extend(self::files(&entry.path())?);
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    Ok(files)
}

/// Every file of the run in which a secret is.
fn leaks(world: &World, secrets: &Secrets) -> Result<Vec<String>> {
    let mut leaks = Vec::new();
    let all = [files(world.desktop.home())?, files(world.folder())?].concat();
    for name in [
        "cache.sqlite3",
        "tokenwell.",
        "tokenwell-diagnostics-",
        "service.sqlite",
        "service.log",
        "sandbox.log",
    ] {
        let is_there =
            |file: &PathBuf| file.file_name().is_some_and(|it| it.to_string_lossy().starts_with(name));
        ensure!(all.iter().any(is_there), "{name} is not among the files: {all:#?}");
    }
    for file in all {
        let Ok(bytes) = std::fs::read(&file) else { continue };
        if let Some(secret) = secrets.found_in(&bytes) {
            leaks.push(format!("{}: {secret}", file.display()));
        }
    }
    Ok(leaks)
}

/// Buys a pack, spends, is refused, loses the service for a while, and writes the diagnostics.
async fn use_the_app(world: &mut World, app: &App) -> Result<()> {
    app.click("add-tokens").await?;
    app.click("pack-small").await?;
    app.click("buy-now").await?;
    let checkout = world.desktop.opened_url().await?;
    world.pay(&checkout).await?;
    app.find("paid").await?;
    app.click("hide").await?;
    let user = world.services.user(PREMIUM.0, PREMIUM.1, "premium").await?;
    world.services.spend(&user, 300, "A film").await?;
    world.spend_too_much(PREMIUM.1, 9_000_000).await?;
    app.find("spend-refused").await?;
    world.services.stop_service().await?;
    app.shows("age", "Offline").await?;
    world.services.start_service(false).await?;
    Ok(())
}

/// What `tokenwell-glance` prints, in each of its forms.
async fn glance(world: &World) -> Result<Vec<u8>> {
    let mut printed = Vec::new();
    for form in [&[][..], &["--json"], &["--waybar"]] {
        let mut glance = world.desktop.run(Command::new(binary("tokenwell-glance")?));
        let output = glance.args(form).output().await?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        printed.extend([output.stdout, output.stderr].concat());
    }
    Ok(printed)
}

#[tokio::test]
async fn nothing_that_the_programs_write_in_a_full_run_contains_a_secret() -> Result<()> {
    let mut world = World::new().await?;
    let mut secrets = Secrets::of_the_services();
    let app = world.app().await?;
    app.click("sign-in").await?;
    let back = world.answer_sign_in_page(PREMIUM.1).await?;
    let code = back.query_pairs().find(|(name, _)| name == "code").context("a code came back")?;
    secrets.add(&code.1);
    app.find("spendable").await?;
    let first = world.refresh_token().await?;
    secrets.add(&first);
    use_the_app(&mut world, &app).await?;
    app.stop().await?;

    // The next start renews the sign-in.
    let app = world.app().await?;
    app.find("spendable").await?;
    tokenwell_stage::eventually("the refresh token was replaced", async || {
        Ok((world.refresh_token().await? != first).then_some(()))
    })
    .await?;
    secrets.add(&world.refresh_token().await?);
    let printed = glance(&world).await?;
    assert_eq!(secrets.found_in(&printed), None, "tokenwell-glance");
    app.click("settings").await?;
    app.click("save-diagnostics").await?;
    app.find("diagnostics-saved").await?;
    assert_eq!(leaks(&world, &secrets)?, [""; 0], "while signed in");
    app.click("sign-out").await?;
    app.find("sign-in").await?;
    app.stop().await?;
    world.services.stop_service().await?;
    assert_eq!(leaks(&world, &secrets)?, [""; 0], "after signing out");
    Ok(())
}

#[tokio::test]
async fn an_api_key_is_in_nothing_that_the_programs_write() -> Result<()> {
    const API_KEY: &str = "an-api-key-of-a-platform-8c1d";
    let world = World::new().await?;
    declare_at_the_sandbox(&world)?;
    let mut secrets = Secrets::of_the_services();
    secrets.add(API_KEY);
    let app = world.app().await?;
    save_key(&app, "leonardo", API_KEY).await?;
    app.find("meters").await?;
    let revoked = json!({"revoked": [API_KEY]});
    world.services.sandbox()?.put("/sandbox/platforms/leonardo", &revoked).await?;
    world.tray().await?.click("Refresh").await?;
    app.find("meter-problem").await?;
    assert_eq!(secrets.found_in(&glance(&world).await?), None, "tokenwell-glance");
    app.click("settings").await?;
    app.click("save-diagnostics").await?;
    app.find("diagnostics-saved").await?;
    app.stop().await?;
    assert_eq!(leaks(&world, &secrets)?, [""; 0]);
    Ok(())
}

#[test]
fn a_secret_is_found_in_each_form_in_which_it_could_be_written_down() {
    let mut secrets = Secrets(BTreeSet::new());
    secrets.add("a key/1");
    let token = format!("Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.{}", "c2ln".repeat(8));
    for text in ["x a key/1 y", "61206b65792f31", "token=a+key%2F1&", "a\0 \0k\0e\0y\0/\x001\0", &token] {
        assert!(secrets.found_in(text.as_bytes()).is_some(), "{text:?}");
    }
    for text in ["a key", "eyJhbGciOiJSUzI1NiJ9 alone"] {
        assert_eq!(secrets.found_in(text.as_bytes()), None);
    }
}
