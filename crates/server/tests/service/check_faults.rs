//! Each fault of a setup, and the line of `tokenwell-server check` that tells of it.

use crate::check::{check, documented_permissions_without, healthy, recommended_portal, settings};
use crate::support::{World, pooled_client};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use tokenwell_ledger::Catalogue;
use tokenwell_server::{Database, OidcSettings, Settings};

const KEY: &str = "rk_test_of_the_faults";
const LIVE_KEY: &str = "sk_live_of_the_faults";

/// A fault, and what the check finds.
struct Fault {
    what: &'static str,
    made_by: Vec<Made>,
    /// How each line that is not fine starts, and words that it contains.
    lines: &'static [(&'static str, &'static str)],
    code: u8,
}

/// How a fault is made.
enum Made {
    /// By a switch of the sandbox.
    Sandbox(&'static str, Value),
    /// By a call to Stripe's API.
    Stripe(&'static str, String),
    /// By a setting of the service, which can have a file in this folder.
    Service(fn(Settings, &Path) -> Settings),
}

fn fault(
    what: &'static str,
    made_by: Vec<Made>,
    lines: &'static [(&'static str, &'static str)],
    code: u8,
) -> Fault {
    Fault { what, made_by, lines, code }
}

/// The service with a restricted key that lacks a permission.
fn without(permission: &str) -> Vec<Made> {
    let granted = documented_permissions_without(permission);
    vec![Made::Sandbox("keys", json!({ "key": KEY, "permissions": granted })), with_key()]
}

fn with_key() -> Made {
    Made::Service(|settings, _| Settings { stripe_secret_key: KEY.to_owned().into(), ..settings })
}

fn with_live_key() -> Made {
    Made::Service(|settings, _| Settings { stripe_secret_key: LIVE_KEY.to_owned().into(), ..settings })
}

fn of_the_key() -> Vec<Fault> {
    let nowhere: fn(Settings, &Path) -> Settings =
        |settings, _| Settings { stripe_api_base: "http://127.0.0.1:9".parse().unwrap(), ..settings };
    let public: fn(Settings, &Path) -> Settings = |settings, _| Settings {
        public_url: Some("https://tokens.example.com".parse().unwrap()),
        ..settings
    };
    let expired = json!({ "key": KEY, "expired": true });
    vec![
        fault(
            "a key that has expired",
            vec![Made::Sandbox("keys", expired), with_key()],
            &[("risk key:", "Expired API Key provided: …")],
            1,
        ),
        fault(
            "a key that Stripe does not know",
            vec![with_live_key()],
            &[("risk key:", "Invalid API Key provided: …"), ("risk mode:", "cannot reach")],
            1,
        ),
        fault(
            "Stripe does not answer",
            vec![Made::Service(nowhere)],
            &[("unknown key:", "nothing at Stripe was checked: Stripe does not answer")],
            2,
        ),
        fault(
            "a live key behind a private address",
            vec![Made::Sandbox("keys", json!({ "key": LIVE_KEY })), with_live_key()],
            &[("risk mode:", "moves real money")],
            1,
        ),
        fault(
            "a test key behind a public address",
            vec![Made::Service(public)],
            &[("risk mode:", "test card"), ("risk webhook:", "https://tokens.example.com/webhooks/stripe")],
            1,
        ),
    ]
}

fn of_permissions() -> Vec<Fault> {
    vec![
        fault(
            "the key lacks Customers: Write",
            without("rak_customer_write"),
            &[("risk permission rak_customer_write:", "lacks Customers: Write")],
            1,
        ),
        fault(
            "the key lacks Prices: Read",
            without("rak_plan_read"),
            &[("risk permission rak_plan_read:", "lacks Prices: Read"), ("unknown price:", "may not read")],
            1,
        ),
        fault(
            "the key lacks Customer portal: Write",
            without("rak_customer_portal_write"),
            &[
                ("risk permission rak_customer_portal_write:", "nobody can change or cancel a plan"),
                ("unknown portal_changes:", "may not read"),
            ],
            1,
        ),
        fault(
            "the key lacks Webhook Endpoints: Read",
            without("rak_webhook_read"),
            &[("unknown webhook:", "the key may not read the webhook endpoints")],
            2,
        ),
    ]
}

/// A monthly price of Premium that takes its lookup key over.
fn price(fields: &str) -> Vec<Made> {
    let premium =
        "product=prod_tokenwell_premium&lookup_key=tokenwell_premium_month&transfer_lookup_key=true";
    vec![Made::Stripe("prices", format!("{fields}&{premium}"))]
}

fn of_prices() -> Vec<Fault> {
    let archived = "currency=usd&unit_amount=3000&recurring[interval]=month&active=false";
    vec![
        fault(
            "Stripe's price has another amount",
            price("currency=usd&unit_amount=3500&recurring[interval]=month"),
            &[("risk price tokenwell_premium_month:", "Stripe charges 3500 usd per month")],
            1,
        ),
        fault(
            "Stripe's price has another currency",
            price("currency=eur&unit_amount=3000&recurring[interval]=month"),
            &[("risk price tokenwell_premium_month:", "Stripe's price is in eur")],
            1,
        ),
        fault(
            "Stripe's price has another interval",
            price("currency=usd&unit_amount=3000&recurring[interval]=year"),
            &[("risk price tokenwell_premium_month:", "Stripe bills every 1 year")],
            1,
        ),
        fault(
            "Stripe's price bills every three months",
            price("currency=usd&unit_amount=3000&recurring[interval]=month&recurring[interval_count]=3"),
            &[("risk price tokenwell_premium_month:", "Stripe bills every 3 month")],
            1,
        ),
        fault(
            "Stripe's price is paid once",
            price("currency=usd&unit_amount=3000"),
            &[("risk price tokenwell_premium_month:", "charged once")],
            1,
        ),
        fault(
            "Stripe's price is archived",
            price(archived),
            &[("risk price tokenwell_premium_month:", "is archived")],
            1,
        ),
        fault(
            "the product of Stripe's prices is archived",
            vec![Made::Stripe("products/prod_tokenwell_premium", "active=false".to_owned())],
            &[
                (
                    "risk price tokenwell_premium_month:",
                    "the product of price_tokenwell_premium_month is archived",
                ),
                (
                    "risk price tokenwell_premium_year:",
                    "the product of price_tokenwell_premium_year is archived",
                ),
            ],
            1,
        ),
    ]
}

fn portal(settings: Value) -> Vec<Made> {
    vec![Made::Sandbox("portal", settings)]
}

fn waits_for(condition: &str) -> Value {
    json!({ "conditions": [{ "type": condition }] })
}

fn of_the_portal() -> Vec<Fault> {
    let off = "active=false".to_owned();
    let mut at_once = recommended_portal();
    at_once["subscription_cancel"] = json!({ "mode": "immediately" });
    let mut at_once_with_credit = recommended_portal();
    at_once_with_credit["subscription_cancel"] =
        json!({ "mode": "immediately", "proration_behavior": "create_prorations" });
    vec![
        fault(
            "the portal as Stripe sets it up",
            portal(json!({})),
            &[("risk portal_changes:", "downgrades and shorter intervals take effect at once")],
            1,
        ),
        fault(
            "downgrades at once, credited with the next invoice",
            portal(json!({ "proration_behavior": "create_prorations" })),
            &[("risk portal_changes:", "with the next invoice")],
            1,
        ),
        fault(
            "only downgrades wait for the end of the period",
            portal(json!({ "schedule_at_period_end": waits_for("decreasing_item_amount") })),
            &[("risk portal_changes:", "shorter interval")],
            1,
        ),
        fault(
            "only shorter intervals wait for the end of the period",
            portal(json!({ "schedule_at_period_end": waits_for("shortening_interval") })),
            &[("risk portal_changes:", "a downgrade")],
            1,
        ),
        fault(
            "the portal has no configuration",
            vec![Made::Stripe("billing_portal/configurations/bpc_sandbox", off)],
            &[("risk portal_changes:", "is not set up")],
            1,
        ),
        fault(
            "cancellations take effect at once",
            portal(at_once),
            &[("risk portal_cancellation:", "the customer loses plan tokens")],
            1,
        ),
        fault(
            "cancellations take effect at once with a credit",
            portal(at_once_with_credit),
            &[("risk portal_cancellation:", "with a credit")],
            1,
        ),
    ]
}

fn of_the_webhook() -> Vec<Fault> {
    let endpoint = |settings: Value| vec![Made::Sandbox("webhooks", settings)];
    let version = |version: &str| vec![Made::Sandbox("api-versions", json!({ "endpoint": version }))];
    vec![
        fault(
            "the endpoint has another address",
            endpoint(json!({ "url": "http://localhost:1/webhooks/stripe" })),
            &[("risk webhook:", "no webhook endpoint with the address http")],
            1,
        ),
        fault(
            "the endpoint is disabled",
            endpoint(json!({ "status": "disabled" })),
            &[("risk webhook:", "is disabled")],
            1,
        ),
        fault(
            "the endpoint is not sent every event",
            endpoint(json!({ "enabled_events": ["invoice.paid", "refund.created"] })),
            &[("risk webhook_events:", "checkout.session.completed")],
            1,
        ),
        fault(
            "the endpoint has an older API version",
            version("2025-02-24.acacia"),
            &[("risk webhook_version:", "older than the service's")],
            1,
        ),
        fault(
            "the endpoint has the API version of the account, which no event has shown yet",
            vec![Made::Sandbox("api-versions", json!({ "account": "2025-02-24.acacia" }))],
            &[("unknown webhook_version:", "not known until there is an event")],
            2,
        ),
        fault(
            "the endpoint has a newer API version",
            version("2027-03-31.fennel"),
            &[("risk webhook_version:", "newer than the service's")],
            1,
        ),
    ]
}

/// The service with the built-in catalogue, and tax.
fn taxed() -> Made {
    Made::Service(|settings, _| {
        let built_in = include_str!("../../../ledger/src/catalogue.toml");
        let taxed = built_in.replace("tax = \"none\"", "tax = \"stripe\"");
        Settings { catalogue: Catalogue::parse(&taxed).unwrap(), ..settings }
    })
}

fn of_tax() -> Vec<Fault> {
    let tax = |settings: Value| Made::Sandbox("tax-settings", settings);
    let complete = json!({ "missing_fields": [], "registrations": ["DE"] });
    let mut inclusive =
        price("currency=usd&unit_amount=3000&recurring[interval]=month&tax_behavior=inclusive");
    inclusive.extend([tax(complete), taxed()]);
    let mut unread = without("rak_tax_settings_read");
    unread.push(taxed());
    vec![
        fault(
            "Stripe Tax is not set up",
            vec![taxed()],
            &[
                ("risk tax:", "Stripe Tax lacks head_office"),
                ("risk tax_registrations:", "no active registration"),
            ],
            1,
        ),
        fault(
            "no registration for tax is active",
            vec![tax(json!({ "missing_fields": [] })), taxed()],
            &[("risk tax_registrations:", "no active registration")],
            1,
        ),
        fault(
            "Stripe's price contains the tax",
            inclusive,
            &[("risk price tokenwell_premium_month:", "is inclusive, not exclusive")],
            1,
        ),
        fault(
            "the key lacks Tax Settings: Read",
            unread,
            &[("unknown tax:", "may not read"), ("unknown tax_registrations:", "may not read")],
            2,
        ),
    ]
}

fn on(settings: Settings, path: &Path) -> Settings {
    Settings { database: Database::parse(&format!("sqlite:{}", path.display())).unwrap(), ..settings }
}

fn of_the_clock() -> Vec<Fault> {
    let ahead = |seconds: i64| vec![Made::Sandbox("faults", json!({ "clock_ahead_s": seconds }))];
    vec![
        fault("the clock is slow", ahead(400), &[("risk clock stripe:", "behind Stripe's")], 1),
        fault("the clock is fast", ahead(-400), &[("risk clock stripe:", "ahead of Stripe's")], 1),
    ]
}

fn of_the_database() -> Vec<Fault> {
    let service = |changed: fn(Settings, &Path) -> Settings| vec![Made::Service(changed)];
    vec![
        fault(
            "the database's folder does not exist",
            service(|settings, _| on(settings, Path::new("/no/such/folder/db"))),
            &[("risk database:", "cannot be written")],
            1,
        ),
        fault(
            "the database's file is something else",
            service(|settings, folder| {
                let letter = folder.join("letter");
                std::fs::write(&letter, "This is a letter, whatever its name says.".repeat(100)).unwrap();
                on(settings, &letter)
            }),
            &[("unknown database:", "cannot be opened")],
            2,
        ),
        fault(
            "the database was written by a newer version",
            service(|settings, folder| {
                let newer = folder.join("newer");
                let file = rusqlite::Connection::open(&newer).unwrap();
                let schema =
                    "CREATE TABLE settings (name TEXT PRIMARY KEY, value BLOB); PRAGMA user_version = 1000";
                file.execute_batch(schema).unwrap();
                on(settings, &newer)
            }),
            &[("risk database_schema:", "needs a newer tokenwell-server")],
            1,
        ),
    ]
}

fn of_the_issuer() -> Vec<Fault> {
    let service = |changed: fn(Settings, &Path) -> Settings| vec![Made::Service(changed)];
    vec![
        fault(
            "the issuer does not answer",
            service(|settings, _| Settings {
                oidc: OidcSettings::of_issuer("http://127.0.0.1:9/identity"),
                ..settings
            }),
            &[("unknown issuer:", "does not answer")],
            2,
        ),
        fault(
            "the issuer's keys cannot be had",
            vec![Made::Sandbox("issuer", json!({ "keys": "unavailable" }))],
            &[("unknown issuer:", "nobody can sign in anew")],
            2,
        ),
        fault(
            "the issuer does not know a scope that the app asks for",
            vec![
                Made::Sandbox("issuer", json!({ "offline_access": "always_without_scope" })),
                Made::Service(|settings, _| {
                    let scopes = Some(vec!["offline_access".to_owned()]);
                    Settings { oidc: OidcSettings { scopes, ..settings.oidc }, ..settings }
                }),
            ],
            &[("risk issuer scopes:", "does not know offline_access")],
            1,
        ),
    ]
}

fn all() -> Vec<Fault> {
    [
        of_the_key(),
        of_permissions(),
        of_prices(),
        of_the_portal(),
        of_the_webhook(),
        of_tax(),
        of_the_clock(),
        of_the_database(),
        of_the_issuer(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Makes a fault, and returns the exit code and the lines that are not fine.
async fn lines_of(made_by: &[Made]) -> (u8, Vec<String>) {
    let mut world: World = healthy().await;
    world.http = pooled_client();
    let folder = tempfile::tempdir().unwrap();
    let mut checked = settings(&world);
    for made in made_by {
        match made {
            Made::Sandbox(switch, body) => {
                world.sandbox_set(&format!("/sandbox/{switch}"), body.clone()).await;
            }
            Made::Stripe(path, form) => {
                let form: Vec<(&str, &str)> =
                    form.split('&').filter_map(|pair| pair.split_once('=')).collect();
                world.stripe_post(&format!("/v1/{path}"), &form).await;
            }
            Made::Service(change) => checked = change(checked, folder.path()),
        }
    }
    let (code, findings) = check(checked).await;
    let bad = findings.iter().filter(|finding| finding["state"] != "fine");
    let lines = bad.map(|finding| {
        let [state, name, subject, what, remedy] = ["state", "name", "subject", "what", "remedy"]
            .map(|field| finding[field].as_str().unwrap_or_default());
        assert!(!remedy.is_empty(), "{finding}");
        format!("{state} {name} {subject}").trim_end().to_owned() + ": " + what
    });
    (code, lines.collect())
}

#[tokio::test]
async fn the_check_has_a_line_for_every_fault_and_a_fault_is_known_for_every_line() {
    let mut named = BTreeSet::new();
    for Fault { what, made_by, lines, code } in all() {
        let (found_code, found) = lines_of(&made_by).await;
        assert_eq!(
            (found_code, found.len()),
            (code, lines.len()),
            "{what}: {found:#?} instead of {lines:#?}"
        );
        for (line, (start, words)) in found.iter().zip(lines) {
            assert!(
                line.starts_with(start) && line.contains(words),
                "{what}: {line}\n  is not {start} … {words}"
            );
            named.insert(line.split([' ', ':']).nth(1).unwrap().to_owned());
            println!("| {what} | {line} | {found_code} |");
        }
    }
    // Which lines there are and what to do about each is in the operators' page; a unit test compares it with the code.
    let page = include_str!("../../../../docs/operating.md");
    let table = page.split("| line | what to do if it is not `fine` |").nth(1).unwrap();
    let rows = table.lines().skip(2).take_while(|line| line.starts_with("| "));
    let documented: BTreeSet<String> = rows.map(|row| row.split('`').nth(1).unwrap().to_owned()).collect();
    assert_eq!(named, documented);
}
