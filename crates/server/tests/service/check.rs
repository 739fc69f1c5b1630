//! `tokenwell-server check` of setups that are fine, and what the running service tells of findings. Faults are in
//! `check_faults.rs`.

use crate::support::{STRIPE_KEY, World, WorldOptions, eventually, metric, send};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tokenwell_server::Settings;

/// A restricted key.
const KEY: &str = "rk_test_of_the_check";

/// The permissions that `docs/operating.md` lists.
fn documented_permissions() -> Vec<String> {
    let page = include_str!("../../../../docs/operating.md");
    let names = page.lines().filter_map(|line| line.split("| `rak_").nth(1)?.split('`').next());
    let permissions: Vec<_> = names.map(|name| format!("rak_{name}")).collect();
    assert!(permissions.len() > 1, "the table of permissions is not found");
    permissions
}

pub fn documented_permissions_without(missing: &str) -> Vec<String> {
    documented_permissions().into_iter().filter(|permission| permission != missing).collect()
}

/// A service and a sandbox that are set up as `docs/operating.md` recommends.
pub async fn healthy() -> World {
    healthy_with(WorldOptions::default()).await
}

async fn healthy_with(options: WorldOptions) -> World {
    let world = World::with(options).await;
    world.sandbox_set("/sandbox/portal", recommended_portal()).await;
    world
}

/// The portal as `docs/operating.md` recommends it.
pub fn recommended_portal() -> Value {
    json!({
        "billing_cycle_anchor": "now",
        "proration_behavior": "always_invoice",
        "schedule_at_period_end": {
            "conditions": [{ "type": "decreasing_item_amount" }, { "type": "shortening_interval" }],
        },
    })
}

/// The settings of the world's service at the address that Stripe sends events to.
pub fn settings(world: &World) -> Settings {
    Settings { public_url: Some(world.origin.parse().unwrap()), ..world.settings() }
}

/// Checks. Returns the exit code and the findings.
pub async fn check(settings: Settings) -> (u8, Vec<Value>) {
    let report = tokenwell_server::check(settings).await.unwrap();
    let json: Value = serde_json::from_str(&report.to_json().unwrap()).unwrap();
    (report.exit_code(), json["findings"].as_array().unwrap().clone())
}

/// What is not fine, as `name subject: what`.
fn not_fine(findings: &[Value]) -> Vec<String> {
    let bad = findings.iter().filter(|finding| finding["state"] != "fine");
    bad.map(|finding| {
        assert!(finding["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty()), "{finding}");
        let [name, subject, what] =
            ["name", "subject", "what"].map(|field| finding[field].as_str().unwrap_or_default());
        format!("{name} {subject}: {what}")
    })
    .collect()
}

/// Fails the test unless the check finds exactly this, and ends with this code.
pub async fn finds(settings: Settings, code: u8, expected: &[(&str, &str)]) {
    let (found_code, findings) = check(settings).await;
    let found = not_fine(&findings);
    assert_eq!((found_code, found.len()), (code, expected.len()), "{found:#?} instead of {expected:#?}");
    for (line, (start, words)) in found.iter().zip(expected) {
        assert!(line.starts_with(start) && line.contains(words), "{line}\n  is not {start} … {words}");
    }
}

/// How many objects there are at Stripe, of every kind that the service creates.
async fn count_objects(world: &World) -> Vec<usize> {
    let mut counts = Vec::new();
    for list in ["customers", "checkout/sessions", "subscriptions?status=all&limit=100", "events"] {
        let list = if list.contains('?') { list.to_owned() } else { format!("{list}?limit=100") };
        counts.push(world.stripe(&format!("/v1/{list}")).await["data"].as_array().unwrap().len());
    }
    counts
}

#[tokio::test]
async fn a_healthy_setup_is_all_fine_and_the_check_creates_nothing() {
    let world = healthy().await;
    world.user("ada@example.com", "premium").await;
    let before = count_objects(&world).await;
    let (code, findings) = check(settings(&world)).await;
    assert_eq!((code, not_fine(&findings)), (0, vec![]));
    let names: BTreeSet<&str> = findings.iter().map(|finding| finding["name"].as_str().unwrap()).collect();
    for name in ["key", "mode", "permission", "price", "portal_changes", "portal_cancellation", "webhook"] {
        assert!(names.contains(name), "{name} is not among {names:?}");
    }
    for name in ["webhook_events", "webhook_version", "tax", "clock", "database", "database_schema", "issuer"]
    {
        assert!(names.contains(name), "{name} is not among {names:?}");
    }
    assert_eq!(count_objects(&world).await, before);
}

#[tokio::test]
async fn the_documented_permissions_of_a_restricted_key_are_enough_for_everything_that_the_service_does() {
    let world = healthy_with(WorldOptions { stripe_key: Some(KEY), ..WorldOptions::default() }).await;
    world.sandbox_set("/sandbox/keys", json!({ "key": KEY, "permissions": documented_permissions() })).await;
    finds(settings(&world), 0, &[]).await;
    let ada = world.user("ada@example.com", "premium").await;
    let purchase = ada.buy("small", 1).await;
    let charge = ada.charge_of(&purchase).await;
    world.sandbox(&format!("/sandbox/charges/{charge}/refund"), json!({ "amount": 100 })).await;
    ada.until(&purchase, "partially_refunded").await;
    ada.post("/v1/subscription/portal", json!({})).await.ok();
    send(ada.request("DELETE", "/v1/account").json(&json!({ "confirm": "DELETE" }))).await.ok();
    let ended = async || world.stripe("/v1/subscriptions?status=active").await["data"] == json!([]);
    eventually("the subscription to be ended", ended).await;
    let waiting = async || metric(&world, r#"tokenwell_stripe_events{state="waiting"}"#).await;
    eventually("every event to be worked off", async || waiting().await == 0).await;
    let text = send(world.http.get(format!("{}/metrics", world.origin))).await.bytes;
    let text = String::from_utf8(text).unwrap();
    assert!(!text.contains("tokenwell_stripe_forbidden_total{"), "{text}");
}

#[tokio::test]
async fn row_12_each_permission_that_a_restricted_key_lacks_is_named() {
    let world = healthy().await;
    let with_key = || Settings { stripe_secret_key: KEY.to_owned().into(), ..settings(&world) };
    for missing in documented_permissions() {
        let granted = documented_permissions_without(&missing);
        world.sandbox_set("/sandbox/keys", json!({ "key": KEY, "permissions": granted })).await;
        match missing.as_str() {
            "rak_webhook_read" => {
                let line = ("webhook :", "the key may not read the webhook endpoints");
                finds(with_key(), 2, &[line]).await;
            }
            // Payments of checkouts can be read with the permission for checkouts; tax is not asked for.
            "rak_payment_intent_read" | "rak_tax_settings_read" => finds(with_key(), 0, &[]).await,
            "rak_plan_read" => {
                let lines =
                    [("permission rak_plan_read:", "lacks Prices: Read"), ("price :", "may not read")];
                finds(with_key(), 1, &lines).await;
            }
            "rak_customer_portal_write" => {
                let lines = [
                    ("permission rak_customer_portal_write:", "nobody can change or cancel a plan"),
                    ("portal_changes :", "may not read"),
                ];
                finds(with_key(), 1, &lines).await;
            }
            "rak_checkout_session_write" => {
                let lines = [("permission rak_checkout_session_write:", "nothing can be bought")];
                finds(with_key(), 1, &lines).await;
            }
            other => finds(with_key(), 1, &[(&format!("permission {other}:"), "the key lacks")]).await,
        }
    }
}

/// Makes a price at Stripe. Returns its id.
async fn price(world: &World, form: &str) -> String {
    let request = world.http.post(format!("{}/v1/prices", world.sandbox.origin())).bearer_auth(STRIPE_KEY);
    let request = request.header("Content-Type", "application/x-www-form-urlencoded").body(form.to_owned());
    crate::support::text(&send(request).await.ok()["id"])
}

/// The fields of a monthly price of Premium that takes its lookup key over.
const PREMIUM: &str =
    "product=prod_tokenwell_premium&lookup_key=tokenwell_premium_month&transfer_lookup_key=true";

#[tokio::test]
async fn row_16_the_app_is_shown_what_stripe_charges() {
    let mut world = healthy_with(WorldOptions { regular_checks: true, ..WorldOptions::default() }).await;
    price(&world, &format!("currency=usd&unit_amount=3500&recurring[interval]=month&{PREMIUM}")).await;
    world.restart().await;
    let ada = world.user("ada@example.com", "free").await;
    let premium = async || {
        let plans = ada.get("/v1/plans").await.ok()["plans"].as_array().unwrap().clone();
        plans.into_iter().find(|plan| plan["id"] == "premium").unwrap()["prices"].clone()
    };
    eventually("the price at Stripe", async || premium().await[0]["amount"] == 3500).await;
    assert_eq!(premium().await[1]["amount"], 28_800);
}

#[tokio::test]
async fn a_setup_that_puts_nothing_at_risk_is_fine_whatever_it_is_like() {
    let world = healthy().await;
    for portal in [json!({ "proration_behavior": "always_invoice" }), json!({ "enabled": false })] {
        world.sandbox_set("/sandbox/portal", portal).await;
        finds(settings(&world), 0, &[]).await;
    }
    world.sandbox_set("/sandbox/webhooks", json!({ "enabled_events": ["*"] })).await;
    price(&world, &format!("currency=usd&unit_amount=3000&recurring[interval]=month&{PREMIUM}")).await;
    finds(settings(&world), 0, &[]).await;
    let folder = tempfile::tempdir().unwrap();
    let new = folder.path().join("new.sqlite");
    let database = tokenwell_server::Database::parse(&format!("sqlite:{}", new.display())).unwrap();
    finds(Settings { database, ..settings(&world) }, 0, &[]).await;
    assert!(!new.exists(), "the check creates no database");
}

#[tokio::test]
async fn readyz_stays_200_and_lists_findings_and_the_permission_that_is_missing_at_run_time() {
    let world =
        World::with(WorldOptions { regular_checks: true, stripe_key: Some(KEY), ..WorldOptions::default() })
            .await;
    let ready = async || {
        let response = send(world.http.get(format!("{}/readyz", world.origin))).await;
        assert_eq!(response.status, 200);
        String::from_utf8(response.bytes).unwrap()
    };
    let checked = async || metric(&world, "tokenwell_check_timestamp_seconds").await > 0;
    eventually("the check at the start", checked).await;
    assert!(ready().await.starts_with("ready\n"));
    let granted = documented_permissions_without("rak_customer_write");
    world.sandbox_set("/sandbox/keys", json!({ "key": KEY, "permissions": granted })).await;
    let ada = world.sandbox("/sandbox/users", json!({ "email": "ada@example.com" })).await;
    let request = world.http.post(format!("{}/v1/subscription/checkout", world.origin));
    let request = request.bearer_auth(ada["access_token"].as_str().unwrap());
    let refused = send(request.json(&json!({ "plan_id": "premium", "interval": "month" }))).await;
    refused.refused(502, "payment_provider_unavailable", "the operator has to look");
    let body = ready().await;
    assert!(body.contains("risk    permission rak_customer_write: "), "{body}");
    assert!(!body.contains(KEY), "{body}");
    let counted = r#"tokenwell_stripe_forbidden_total{permission="rak_customer_write"}"#;
    assert!(metric(&world, counted).await >= 1);
    assert_eq!(metric(&world, r#"tokenwell_check_findings{name="key",state="fine"}"#).await, 1);
    assert_eq!(send(world.http.get(format!("{}/healthz", world.origin))).await.status, 200);
    let accounts = world.platform("/v1/accounts?email=ada@example.com").await.ok();
    assert!(accounts.to_string().contains("ada@example.com"), "the platform's calls go on: {accounts}");
}
