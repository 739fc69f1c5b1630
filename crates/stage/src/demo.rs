//! The demo accounts: one premium with tokens in all three buckets and a history, one free, one lapsed with locked top-ups.
//!
//! They are created only through APIs: plans and packs are bought through the checkout, time is moved by the test clocks,
//! and tokens are spent by the platform. Nothing is written to a database directly.

use crate::{Services, ServicesOptions, eventually};
use anyhow::Result;
use jiff::{SignedDuration, Timestamp, ToSpan as _, tz::TimeZone};
use serde_json::json;
use std::path::Path;

/// Premium, with tokens in all three buckets.
pub const PREMIUM: (&str, &str) = ("Ada Moreau", "ada@example.com");
/// On the free plan.
pub const FREE: (&str, &str) = ("Noor Haddad", "noor@example.com");
/// Had a plan; owns locked top-up tokens.
pub const LAPSED: (&str, &str) = ("Lara Kim", "lara@example.com");

/// The spends of the premium user: days ago, tokens and reason. The plan renewed 16 days ago.
const HISTORY: [(i64, u64, &str); 24] = [
    (44, 900, "Storyboard: harbour at dawn"),
    (43, 1_450, "Character sheet: the ferryman"),
    (41, 620, "Background: tide pools"),
    (40, 1_180, "Animation test: lantern"),
    (38, 1_300, "Storyboard: the crossing"),
    (36, 760, "Upscale: harbour at dawn"),
    (34, 1_540, "Character sheet: the keeper"),
    (32, 880, "Background: lighthouse stairs"),
    (30, 1_120, "Storyboard: the keeper's log"),
    (28, 940, "Texture study: wet rope"),
    (26, 1_260, "Animation test: gulls"),
    (24, 700, "Background: fog bank"),
    (22, 1_380, "Storyboard: the signal"),
    (20, 540, "Upscale: the signal"),
    (18, 1_030, "Poster draft"),
    (15, 420, "Poster, second draft"),
    (13, 860, "Title card"),
    (11, 640, "Background: open sea"),
    (9, 1_150, "Animation test: waves"),
    (7, 480, "Upscale: poster"),
    (5, 910, "Storyboard: landfall"),
    (3, 730, "Character sheet: the dog"),
    (2, 350, "Texture study: sailcloth"),
    (1, 590, "Storyboard: the end"),
];

/// Starts the services in the past, creates the demo accounts up to the present, and then switches to real time.
pub async fn start(folder: &Path, options: &ServicesOptions) -> Result<Services> {
    let seeded = folder.join("service.sqlite").exists();
    let mut services =
        Services::start(folder, &ServicesOptions { test_clock: !seeded, ..options.clone() }).await?;
    if !seeded {
        seed(&services).await?;
        services.stop_service().await?;
        services.start_service(false).await?;
    }
    Ok(services)
}

async fn seed(services: &Services) -> Result<()> {
    set_portal_up_as_recommended(services).await?;
    let now = Timestamp::now();
    // One month and 16 days ago: the first renewal is in the past, the next is half a month ahead.
    let renewed = now - SignedDuration::from_hours(16 * 24);
    let beginning = renewed.to_zoned(TimeZone::UTC).checked_sub(1.month())?.timestamp();
    services.set_clock(beginning).await?;
    let ada = services.user(PREMIUM.0, PREMIUM.1, "premium").await?;
    let lara = services.user(LAPSED.0, LAPSED.1, "essential").await?;
    let noor = services.user(FREE.0, FREE.1, "free").await?;
    noor.api.get("/v1/account").await?;
    services.buy(&ada, "small", 2).await?;
    services.buy(&lara, "small", 1).await?;
    end_subscription_with_its_period(services, &lara.email).await?;

    let mut renewal_is_ahead = true;
    for (days_ago, tokens, reason) in HISTORY {
        let day = now - SignedDuration::from_hours(days_ago * 24);
        if renewal_is_ahead && day > renewed {
            services.set_clock(renewed).await?;
            eventually("Ada's plan has renewed and Lara's has ended", async || {
                let balance = ada.api.get("/v1/balance").await?;
                let account = lara.api.get("/v1/account").await?;
                let done = balance["rollover"]["available"] != 0 && account["plan"]["id"] == "free";
                Ok(done.then_some(()))
            })
            .await?;
            renewal_is_ahead = false;
        }
        services.set_clock(day.max(beginning)).await?;
        services.spend(&ada, tokens, reason).await?;
    }
    services.sandbox()?.put("/sandbox/clock", &json!({"now": null})).await?;
    services.platform()?.put("/v1/test-clock", &json!({"now": Timestamp::now()})).await?;
    Ok(())
}

/// Upgrades start a period at once; downgrades and shorter intervals wait for the end of the period.
async fn set_portal_up_as_recommended(services: &Services) -> Result<()> {
    let settings = json!({
        "billing_cycle_anchor": "now",
        "proration_behavior": "always_invoice",
        "schedule_at_period_end": {
            "conditions": [{"type": "decreasing_item_amount"}, {"type": "shortening_interval"}],
        },
    });
    services.sandbox()?.put("/sandbox/portal", &settings).await?;
    Ok(())
}

async fn end_subscription_with_its_period(services: &Services, email: &str) -> Result<()> {
    let subscriptions = services.subscriptions_of(email).await?;
    let subscription = subscriptions[0]["id"].as_str().unwrap_or_default();
    let change = json!({"cancel_at_period_end": true});
    services.sandbox()?.post(&format!("/sandbox/subscriptions/{subscription}"), &change).await?;
    Ok(())
}
