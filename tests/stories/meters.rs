//! Platforms that are read with an API key: from the key to the figure, the alert and the notice. The platforms' files are those
//! of the app, with the sandbox's address.

use crate::support::{App, Tray, World};
use anyhow::{Context as _, Result};
use fantoccini::key::Key;
use serde_json::{Value, json};
use tokenwell_meters::{BUILT_IN, Platform};
use tokenwell_stage::demo::PREMIUM;

const KEY: &str = "key-of-the-story-4f2a";

/// A platform that a user could declare.
const DECLARED: &str = r#"id = "declared-here"
name = "My platform"
address = "https://platform.example/balance"
buy = "https://platform.example/buy"

[headers]
X-Key = "{key}"

[[meters]]
name = "Wallet"
left = "/wallet/left"
limit = "/wallet/of"
unit = "EUR"
"#;

/// Declares every platform once more, at the sandbox.
pub fn declare_at_the_sandbox(world: &World) -> Result<()> {
    let folder = world.desktop.home().join("data/app.tokenwell.desktop/platforms");
    std::fs::create_dir_all(&folder)?;
    let texts = BUILT_IN.iter().map(|platform| (platform.id, platform.text)).chain([("declared", DECLARED)]);
    for (id, text) in texts {
        let origin = Platform::declared(text)?.origin();
        let here = format!("{}/platforms/{id}", world.services.sandbox_url());
        let text = text.replace(&format!("id = \"{id}\""), &format!("id = \"{id}-here\""));
        std::fs::write(folder.join(format!("{id}.toml")), text.replace(&origin, &here))?;
    }
    Ok(())
}

/// Chooses the platform in the form and saves a key.
pub async fn save_key(app: &App, id: &str, key: &str) -> Result<()> {
    app.click("add-key").await?;
    app.find("key-platform").await?.select_by_value(&format!("{id}-here")).await?;
    app.shows("key-host", "127.0.0.1").await?;
    app.fill("key", key).await?;
    app.click("save-key").await
}

/// A platform's story: its figure in the published example, a threshold above it, and answers above and below the threshold.
struct Story {
    id: &'static str,
    name: &'static str,
    figure: &'static str,
    threshold: &'static str,
    above: (Value, &'static str),
    below: (Value, &'static str),
}

impl Story {
    async fn tell(self) -> Result<()> {
        let world = World::new().await?;
        declare_at_the_sandbox(&world)?;
        let mut notifications = world.notifications().await?;
        let app = world.app().await?;
        save_key(&app, self.id, KEY).await?;
        app.find("meters").await?;
        let tray = world.tray().await?;
        tray.tooltip_contains(self.figure).await?;
        tray.shows(self.figure).await?;
        let keys = world.keyring_entries().await?;
        assert!(keys.iter().any(|user| user.starts_with(world.services.sandbox_url())), "{keys:?}");

        app.find("meter-alert")
            .await?
            .send_keys(&format!("{}{}", self.threshold, char::from(Key::Tab)))
            .await?;
        app.find("meter-low").await?;
        self.answers(&world, &tray, &self.above).await?;
        self.answers(&world, &tray, &self.below).await?;
        let alert = notifications.next().await?;
        assert!(alert.title.contains(self.below.1) && alert.body.contains(self.name), "{alert:?}");

        answer(&world, self.id, json!({"revoked": [KEY]})).await?;
        tray.click("Refresh").await?;
        let notice = notifications.next().await?;
        assert_eq!(notice.title, format!("Your key for {} no longer works", self.name));
        app.shows("meter-problem", "no longer accepts this key").await?;
        tray.shows("This key no longer works").await?;
        app.click("remove-key").await?;
        app.find("sign-in").await?;
        tokenwell_stage::eventually("the key is gone from the keyring", async || {
            Ok(world.keyring_entries().await?.is_empty().then_some(()))
        })
        .await?;
        app.stop().await
    }

    async fn answers(&self, world: &World, tray: &Tray, (body, figure): &(Value, &str)) -> Result<()> {
        answer(world, self.id, json!({"body": body.to_string()})).await?;
        tray.click("Refresh").await?;
        tray.tooltip_contains(figure).await
    }
}

/// Sets how the stand-in of a platform answers.
async fn answer(world: &World, platform: &str, switches: Value) -> Result<()> {
    let path = format!("/sandbox/platforms/{platform}");
    world.services.sandbox()?.put(&path, &switches).await.map(drop).context("the sandbox is set")
}

#[tokio::test]
async fn a_key_of_leonardo_shows_its_tokens_until_it_is_revoked() -> Result<()> {
    let with = |tokens: u32| json!({"user_details": [{"subscriptionTokens": tokens, "paidTokens": 12.4567}]});
    Story {
        id: "leonardo",
        name: "Leonardo.Ai",
        figure: "Paid tokens: 12.4567",
        threshold: "150",
        above: (with(8_500), "8,500"),
        below: (with(149), "149"),
    }
    .tell()
    .await
}

#[tokio::test]
async fn a_key_of_elevenlabs_shows_the_characters_that_are_left_until_it_is_revoked() -> Result<()> {
    let used = |characters: u32| json!({"character_count": characters, "character_limit": 10_000});
    Story {
        id: "elevenlabs",
        name: "ElevenLabs",
        figure: "Characters: 9,000 of 10,000",
        threshold: "9500",
        above: (used(0), "10,000 of 10,000"),
        below: (used(9_001), "999"),
    }
    .tell()
    .await
}

#[tokio::test]
async fn a_key_of_stability_shows_exact_credits_until_it_is_revoked() -> Result<()> {
    Story {
        id: "stability",
        name: "Stability AI",
        figure: "Credits: 0.6336833840314097",
        threshold: "20.5",
        above: (json!({"credits": 20.75}), "20.75"),
        below: (json!({"credits": 20.25}), "20.25"),
    }
    .tell()
    .await
}

#[tokio::test]
async fn a_key_of_runway_shows_its_credits_until_it_is_revoked() -> Result<()> {
    Story {
        id: "runway",
        name: "Runway",
        figure: "Credit balance: 5,000",
        threshold: "6000",
        above: (json!({"creditBalance": 7_000}), "7,000"),
        below: (json!({"creditBalance": 5_999}), "5,999"),
    }
    .tell()
    .await
}

#[tokio::test]
async fn a_key_of_a_declared_platform_shows_its_wallet_until_it_is_revoked() -> Result<()> {
    let left = |left: &str| json!({"wallet": {"left": left, "of": 20}});
    Story {
        id: "declared",
        name: "My platform",
        figure: "Wallet: 3.5 EUR of 20",
        threshold: "4",
        above: (left("19.99"), "19.99 EUR"),
        below: (left("3.99"), "3.99 EUR"),
    }
    .tell()
    .await
}

#[tokio::test]
async fn a_click_on_the_notice_of_a_key_opens_home_of_its_account_while_another_is_shown() -> Result<()> {
    let mut world = World::new().await?;
    declare_at_the_sandbox(&world)?;
    let (mut notifications, login_manager) = (world.notifications().await?, world.login_manager().await?);
    let app = world.signed_in_as(PREMIUM.1).await?;
    app.click("accounts").await?;
    app.click("add-account").await?;
    app.find("adding").await?;
    save_key(&app, "stability", KEY).await?;
    app.find("meters").await?;
    app.switch_to(PREMIUM.0).await?;
    app.find("spendable").await?;
    app.click("settings").await?;
    app.find("sign-out").await?;

    answer(&world, "stability", json!({"revoked": [KEY]})).await?;
    // After waking, every platform is asked.
    login_manager.falls_asleep().await?;
    login_manager.wakes().await?;
    let notice = notifications.next().await?;
    assert_eq!(notice.title, "Your key for Stability AI no longer works");
    assert!(app.has("sign-out").await?, "the notice alone changes nothing");
    notifications.click(&notice).await?;
    app.shows("key-account", "Stability AI").await?;
    app.shows("meter-problem", "no longer accepts this key").await?;
    app.stop().await
}
