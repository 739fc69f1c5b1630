//! Peers: Stripe's official command-line tool triggers events of the sandbox, and the requests to Stripe and the sandbox's
//! responses are checked against the types of the official SDK.

use crate::stripe_in_between::put_in_between;
use crate::support::{
    STRIPE_KEY, User, World, WorldOptions, eventually, metric, pay, peers, send, session, text,
};
use serde_json::{Value, json};
use std::process::{Output, Stdio};
use std::sync::{Arc, Mutex};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

/// Runs Stripe's command-line tool against the sandbox. Returns its output.
async fn cli(world: &World, arguments: &[&str]) -> String {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new("node");
    command
        .arg(peers().join("node_modules/@stripe/cli/bin/shim.js"))
        .args(arguments)
        .args(["--api-base", &world.sandbox.origin(), "--api-key", STRIPE_KEY])
        .env("HOME", home.path())
        .env("XDG_CONFIG_HOME", home.path())
        .env("STRIPE_CLI_TELEMETRY_OPTOUT", "1")
        .stdin(Stdio::null());
    let Output { status, stdout, stderr } = command.output().await.unwrap();
    let output = String::from_utf8(stdout).unwrap() + &String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{output}");
    output
}

async fn all_events_worked_off(world: &World) {
    let waiting = async || metric(world, r#"tokenwell_stripe_events{state="waiting"}"#).await;
    eventually("every event to be worked off", async || waiting().await == 0).await;
}

#[tokio::test]
async fn events_triggered_by_the_official_cli_are_accepted_and_grant_nothing() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let before = ada.balance().await;
    let triggers = [
        "checkout.session.completed",
        "checkout.session.expired",
        "charge.refunded",
        "charge.dispute.created",
    ];
    for trigger in triggers {
        let output = cli(&world, &["trigger", trigger]).await;
        assert!(output.contains("Trigger succeeded"), "{output}");
        let path = format!("/v1/events?type={trigger}");
        let delivered = async || world.stripe(&path).await["data"][0]["pending_webhooks"] == 0;
        eventually(&format!("{trigger} to be delivered"), delivered).await;
    }
    all_events_worked_off(&world).await;
    assert_eq!(world.platform("/v1/events-set-aside").await.ok()["items"], json!([]));
    assert_eq!(world.platform("/v1/refunds-due").await.ok()["items"], json!([]));
    assert_eq!(ada.balance().await["version"], before["version"]);
}

#[tokio::test]
async fn a_fixture_of_the_official_cli_pays_a_purchase_and_refunds_half_of_it() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let purchase = ada.open("small", 1).await;
    let fixture = std::fs::read_to_string(peers().join("fixtures/pay-and-refund-half.json")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("fixture.json");
    std::fs::write(&file, fixture.replace("SESSION", &session(&purchase))).unwrap();
    cli(&world, &["fixtures", file.to_str().unwrap()]).await;
    let paid = ada.until(&purchase, "partially_refunded").await;
    assert_eq!((&paid["granted_tokens"], &paid["remaining_tokens"]), (&json!(5000), &json!(2500)));
}

/// The requests of the service to Stripe, and the objects of successful responses.
type Recorded = Arc<Mutex<(Vec<Value>, Vec<Value>)>>;

/// Records the calls between the service and the sandbox's Stripe API from now on.
async fn record(world: &mut World) -> Recorded {
    let recorded = Recorded::default();
    let records = Arc::clone(&recorded);
    put_in_between(world, move |request, response| {
        let mut records = records.lock().unwrap();
        if response.status == 200 {
            let what = format!("the response to {} {}", request["method"], request["path"]);
            records.1.push(json!({ "what": what, "object": response.body }));
        }
        records.0.push(request);
    })
    .await;
    recorded
}

/// Buys, subscribes, cancels, refunds, disputes, opens the portal and deletes the account, so that the service sends every
/// kind of request to Stripe.
async fn a_full_life(world: &World, ada: &User<'_>) {
    let bought = ada.buy("small", 2).await;
    let cancelled = ada.open("medium", 1).await;
    ada.post(&format!("/v1/purchases/{}/cancel", text(&cancelled["id"])), json!({})).await.ok();
    let debited = ada.open("small", 1).await;
    world.sandbox(&pay(&debited), json!({ "method": "bank_debit" })).await;
    ada.until(&debited, "processing").await;
    let post = async |path: &str, form: &[(&str, &str)]| {
        let request = world.http.post(format!("{}{path}", world.sandbox.origin()));
        send(request.bearer_auth(STRIPE_KEY).form(form)).await.ok();
    };
    post("/v1/coupons", &[("id", "tenth"), ("percent_off", "10"), ("duration", "once")]).await;
    let code = [("promotion[type]", "coupon"), ("promotion[coupon]", "tenth"), ("code", "TENTH")];
    post("/v1/promotion_codes", &code).await;
    let paypal = ada.open("small", 1).await;
    world.sandbox(&pay(&paypal), json!({ "method": "paypal", "promotion_code": "TENTH" })).await;
    let charge = ada.charge_of(&bought).await;
    world.sandbox(&format!("/sandbox/charges/{charge}/refund"), json!({ "amount": 100 })).await;
    world.sandbox(&format!("/sandbox/charges/{charge}/dispute"), json!({ "state": "opened" })).await;
    ada.until(&bought, "disputed").await;
    world.sandbox(&format!("/sandbox/charges/{charge}/dispute"), json!({ "state": "won" })).await;
    ada.until(&bought, "partially_refunded").await;
    ada.post("/v1/subscription/portal", json!({})).await.ok();
    let subscription = text(&world.stripe("/v1/subscriptions").await["data"][0]["id"]);
    let subscription = format!("/sandbox/subscriptions/{subscription}");
    world.sandbox(&subscription, json!({ "plan": "ultimate" })).await;
    world.sandbox(&subscription, json!({ "status": "past_due" })).await;
    all_events_worked_off(world).await;
    let (_, remaining) = crate::reconciler::reconcile(world, true).await;
    assert_eq!(remaining, 0);
    send(ada.request("DELETE", "/v1/account").json(&json!({ "confirm": "DELETE" }))).await.ok();
    let ended = async || world.stripe("/v1/subscriptions?status=active").await["data"] == json!([]);
    eventually("the subscription to be ended", ended).await;
}

/// The built-in catalogue with tax and promotion codes.
fn taxed() -> &'static str {
    let text = include_str!("../../../ledger/src/catalogue.toml")
        .replace("tax = \"none\"", "tax = \"stripe\"")
        .replace("promotion_codes = false", "promotion_codes = true");
    Box::leak(text.into_boxed_str())
}

/// Runs the check against the SDK's types. Returns its exit code and its output.
async fn check_types(recorded: &Value) -> (Option<i32>, String) {
    let mut check = Command::new("node");
    check.arg("conforms.mjs").current_dir(peers()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut check = check.spawn().unwrap();
    check.stdin.take().unwrap().write_all(recorded.to_string().as_bytes()).await.unwrap();
    let Output { status, stdout, .. } = check.wait_with_output().await.unwrap();
    (status.code(), String::from_utf8(stdout).unwrap())
}

#[tokio::test]
async fn requests_and_responses_match_the_types_of_the_official_sdk() {
    let mut world = World::with(WorldOptions { catalogue: Some(taxed()), ..WorldOptions::default() }).await;
    let recorded = record(&mut world).await;
    // This user buys a plan, so that is recorded too.
    let ada = world.user("ada@example.com", "premium").await;
    a_full_life(&world, &ada).await;
    tokenwell_server::check(world.settings()).await.unwrap();
    let (mut requests, mut responses) = recorded.lock().unwrap().clone();
    // Probes have a parameter that Stripe does not know, so that it refuses them.
    requests.retain(|request| !text(&request["form"]).contains("tokenwell_check"));
    for settings in [json!({}), json!({ "missing_fields": [], "registrations": ["DE", "US"] })] {
        world.sandbox_set("/sandbox/tax-settings", settings).await;
        for path in ["/v1/tax/settings", "/v1/tax/registrations"] {
            responses.push(json!({ "what": path, "object": world.stripe(path).await }));
        }
    }
    for list in [
        "events",
        "refunds",
        "disputes",
        "charges",
        "payment_intents",
        "invoices",
        "customers",
        "products",
        "coupons",
        "promotion_codes",
    ] {
        let listed = world.stripe(&format!("/v1/{list}?limit=100")).await;
        responses.push(json!({ "what": format!("the list of {list}"), "object": listed }));
    }
    for call in [
        "GET /v1/events",
        "POST /v1/billing_portal/sessions",
        "GET /v1/disputes",
        "GET /v1/webhook_endpoints",
        "DELETE /v1/subscriptions/",
    ] {
        let made = |request: &Value| {
            format!("{} {}", text(&request["method"]), text(&request["path"])).starts_with(call)
        };
        assert!(requests.iter().any(made), "no request starts with {call}");
    }
    let (code, output) = check_types(&json!({ "requests": requests, "answers": responses })).await;
    assert_eq!(code, Some(0), "{output}");
}

#[tokio::test]
async fn a_request_or_response_that_does_not_match_the_types_is_reported() {
    let recorded = json!({
        "requests": [{ "method": "POST", "path": "/v1/customers", "form": "e_mail=ada@example.com" }],
        "answers": [{ "what": "it", "object": { "object": "refund", "id": "re_1", "status": 1 } }],
    });
    let (code, output) = check_types(&recorded).await;
    assert_eq!((code, output.lines().count()), (Some(1), 2), "{output}");
    assert!(output.contains("e_mail") && output.contains("it, refund is not a Refund"), "{output}");
}
