//! `tokenwell-server import`: users with their tokens from a file (rule 20).

use crate::clocks::move_clocks;
use crate::program::command;
use crate::support::{
    SERVICE_KEY, User, WEBHOOK_SECRET, World, WorldOptions, card, database, eventually, send, text,
};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Output;
use tempfile::TempDir;
use tokenwell_server::{
    Database, ImportError, ImportJob, ImportReport, ImportSummary, Settings, import_users,
};

/// A file to import, and what is said of its lines.
pub struct Users {
    _folder: TempDir,
    file: PathBuf,
}

impl Users {
    fn named(name: &str, text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        Self { _folder: folder, file }
    }

    pub fn json(lines: &[Value]) -> Self {
        let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
        Self::named("users.jsonl", &lines.join("\n"))
    }

    pub async fn import(&self, settings: Settings) -> Result<ImportSummary, ImportError> {
        self.reported(settings, false).await.0
    }

    /// The outcome, and the bad lines with their reasons.
    async fn reported(
        &self,
        settings: Settings,
        dry_run: bool,
    ) -> (Result<ImportSummary, ImportError>, Vec<(u64, String)>) {
        let mut bad = Vec::new();
        let job = ImportJob { file: self.file.clone(), dry_run };
        let imported = import_users(settings, job, |report| {
            if let ImportReport::BadLine { line, why } = report {
                bad.push((line, why.to_owned()));
            }
        })
        .await;
        (imported, bad)
    }
}

const AS_OF: &str = "2026-11-01T00:00:00Z";

fn ada() -> Value {
    json!({
        "external_id": "user-1", "subject": "sub-1", "email": "ada@example.com", "name": "Ada, the first",
        "customer": "cus_1", "plan": "essential", "subscription": "sub_1", "as_of": AS_OF,
        "fast": 3_000, "rollover": 12_000,
        "lots": [
            { "tokens": 4_000, "bought": 5_000, "paid_at": "2026-09-01T00:00:00Z", "paid": 900, "currency": "usd",
                "payment": "pi_1" },
            { "tokens": 700, "paid_at": "2026-10-01T00:00:00Z" },
        ],
    })
}

/// What the database holds of imports: accounts, tokens of entries, purchases, subscriptions.
async fn totals(world: &World) -> [i64; 4] {
    let accounts = world.count("SELECT count(*) FROM accounts WHERE import_digest IS NOT NULL").await;
    let sum = "SELECT CAST(coalesce(sum(amount), 0) AS bigint) FROM entries WHERE kind = 'imported'";
    let tokens = world.count(sum).await;
    let purchases = world.count("SELECT count(*) FROM purchases").await;
    [accounts, tokens, purchases, world.count("SELECT count(*) FROM subscriptions").await]
}

#[tokio::test]
async fn the_same_user_in_json_or_csv_is_imported_once_and_a_changed_line_is_refused() {
    let world = World::start().await;
    let free = json!({ "external_id": "user-2", "as_of": AS_OF });
    let users = Users::json(&[ada(), free]);
    let (dry, bad) = users.reported(world.settings(), true).await;
    let dry = dry.unwrap();
    assert_eq!((dry.imported, dry.known, bad), (2, 0, Vec::new()));
    assert!(dry.to_string().starts_with("2 users: 2 would be imported"), "{dry}");
    assert_eq!(totals(&world).await, [0; 4], "a dry run writes nothing");

    let first = users.import(world.settings()).await.unwrap();
    assert_eq!((first.imported, first.known, first.lots, first.out_of_reach), (2, 0, 2, 1));
    assert!(first.to_string().contains("tokens: 3000 fast, 12000 rollover, 4700 top-up"), "{first}");
    let once = totals(&world).await;
    assert_eq!(once, [2, 19_700, 1, 1]);
    let account = world.platform("/v1/accounts/ext:user-1").await.ok();
    assert_eq!((&account["plan"]["id"], &account["name"]), (&json!("essential"), &json!("Ada, the first")));
    assert_eq!((&account["customer"], &account["email"]), (&json!("cus_1"), &json!("ada@example.com")));
    let balance = world.platform("/v1/accounts/ext:user-1/balance").await.ok();
    let buckets = ["rollover", "fast", "top_up"].map(|bucket| balance[bucket]["available"].as_u64().unwrap());
    assert_eq!(buckets, [12_000, 3_000, 4_700]);

    let lots = ada()["lots"].to_string().replace('"', "\"\"");
    let csv = format!(
        "external_id,subject,email,name,customer,plan,subscription,as_of,fast,rollover,lots\n\
         user-1,sub-1,ada@example.com,\"Ada, the first\",cus_1,essential,sub_1,{AS_OF},3000,12000,\"{lots}\"\n\
         user-2,,,,,,,{AS_OF},,0,\n"
    );
    let again = Users::named("users.csv", &csv).import(world.settings()).await.unwrap();
    assert_eq!((again.imported, again.known), (0, 2));
    assert_eq!(totals(&world).await, once);

    let mut changed = ada();
    changed["fast"] = 3_001.into();
    let more = json!({ "external_id": "user-3", "as_of": AS_OF });
    let (refused, bad) = Users::json(&[changed, more]).reported(world.settings(), false).await;
    assert!(matches!(refused, Err(ImportError::BadLines { count: 1 })), "{refused:?}");
    assert_eq!(bad, [(1, "it was imported before, and says something else now".to_owned())]);
    assert_eq!(totals(&world).await, once, "nothing of a file with a bad line is written");
}

/// Lines, and what is said of each; nothing of those that are right.
fn lines_and_mistakes() -> Vec<(String, &'static str)> {
    let with = |change: Value| {
        let mut line = json!({ "external_id": format!("user {change}"), "as_of": AS_OF });
        line.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        line.to_string()
    };
    let plan = json!({ "plan": "essential", "subscription": "sub_2" });
    let lot = |change: Value| {
        let mut lot = json!({ "tokens": 5, "paid_at": AS_OF });
        lot.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        with(json!({ "lots": [lot] }))
    };
    vec![
        (with(json!({})), ""),
        ("{".to_owned(), "EOF while parsing"),
        ("[]".to_owned(), "invalid length 0"),
        (json!({ "external_id": "x" }).to_string(), "missing field `as_of`"),
        (with(json!({ "tokens": 1 })), "unknown field `tokens`"),
        (with(json!({ "fast": -1 })), "expected u64"),
        (with(json!({ "external_id": " x" })), "`external_id` must be 1 to 200 characters"),
        (with(json!({ "email": "ada" })), "`email` is no address"),
        (with(json!({ "customer": "../x" })), "`customer` is no id of Stripe"),
        (with(json!({ "as_of": "2999-01-01T00:00:00Z" })), "`as_of` is in the future"),
        (with(json!({ "plan": "essential" })), "`plan` needs the `subscription`"),
        (with(json!({ "subscription": "sub_3" })), "`subscription` needs the `plan`"),
        (with(json!({ "rollover": 1 })), "`fast` and `rollover` need a `plan`"),
        (with(json!({ "plan": "gold", "subscription": "sub_4" })), "no paid plan `gold`"),
        (with(json!({ "plan": "essential", "subscription": "sub_5", "rollover": 25_501 })), "which is 25500"),
        (lot(json!({ "bought": 4 })), "lot 1: more tokens are left than were bought"),
        (lot(json!({ "paid_at": "2026-11-02T00:00:00Z" })), "lot 1: it was paid after `as_of`"),
        (lot(json!({ "paid": 1 })), "`paid` and `currency` belong together"),
        (lot(json!({ "payment": "in_1" })), "no payment intent or charge of Stripe"),
        (lot(json!({ "payment": "pi_1" })), "`payment` needs what was `paid`"),
        (lot(json!({ "tokens": 9_007_199_254_740_992_u64 })), "at least one token"),
        (with(plan.clone()), ""),
        (
            with(json!({ "plan": "premium", "subscription": "sub_2" })),
            "its `subscription` stands in line 22 already",
        ),
        (with(json!({})), "its `external_id` stands in line 1 already"),
        (with(json!({ "external_id": "known" })), "has an account that was not imported"),
        (with(json!({ "subject": "sub-known" })), "its `subject` has an account already"),
        (with(json!({ "customer": "cus_known" })), "its `customer` has an account already"),
    ]
}

#[tokio::test]
async fn every_bad_line_is_reported_with_its_number_and_reasons_and_nothing_is_imported() {
    let world = World::start().await;
    let bob = world.user("bob@example.com", "free").await;
    bob.account_id().await;
    let put = world.http.put(format!("{}/v1/accounts/ext:known", world.origin)).bearer_auth(SERVICE_KEY);
    send(put.json(&json!({ "subject": "sub-known", "customer": "cus_known" }))).await.ok();
    let lines = lines_and_mistakes();
    let text: Vec<&str> = lines.iter().map(|(line, _)| line.as_str()).collect();
    let (refused, bad) =
        Users::named("users.jsonl", &text.join("\n")).reported(world.settings(), false).await;
    let expected: Vec<_> = (1..).zip(&lines).filter(|(_, (_, why))| !why.is_empty()).collect();
    assert!(
        matches!(refused, Err(ImportError::BadLines { count }) if count == expected.len() as u64),
        "{refused:?}"
    );
    assert_eq!(bad.len(), expected.len(), "{bad:#?}");
    for ((number, why), (line, (_, words))) in bad.iter().zip(expected) {
        assert!(*number == line && why.contains(words), "line {number}: {why} is not line {line}: {words}");
    }
    assert_eq!(totals(&world).await[..3], [0; 3]);
    let (missing, _) = Users { file: "/no/such/file".into(), _folder: tempfile::tempdir().unwrap() }
        .reported(world.settings(), false)
        .await;
    assert!(missing.unwrap_err().to_string().contains("/no/such/file"));
}

async fn buckets(user: &User<'_>) -> [u64; 3] {
    let balance = user.balance().await;
    ["rollover", "fast", "top_up"].map(|bucket| balance[bucket]["available"].as_u64().unwrap())
}

/// Sells a plan before the service is there: to a customer of the platform, without naming an account. Returns the ids of the
/// customer and the subscription.
async fn sold_before(world: &World, price: &str) -> (String, String) {
    let customer = text(&world.stripe_post("/v1/customers", &[("email", "ada@example.com")]).await["id"]);
    let form = [
        ("mode", "subscription"),
        ("customer", &customer),
        ("success_url", "https://example.com/"),
        ("line_items[0][quantity]", "1"),
        ("line_items[0][price]", price),
    ];
    let session = world.stripe_post("/v1/checkout/sessions", &form).await;
    let paid = world.sandbox(&format!("/sandbox/checkout/{}/pay", text(&session["id"])), card()).await;
    (customer, text(&paid["subscription"]))
}

#[tokio::test]
async fn an_imported_user_signs_in_sees_three_buckets_renews_once_buys_and_spends() {
    let mut world = World::with_test_clock().await;
    move_clocks(&world, "2027-01-01T00:00:00Z").await;
    world.stop_service().await;
    let (customer, subscription) = sold_before(&world, "price_tokenwell_premium_month").await;
    let signed_up =
        world.sandbox("/sandbox/users", json!({ "email": "ada@example.com", "plan": "free" })).await;
    world.restart().await;
    move_clocks(&world, "2027-01-10T00:00:00Z").await;
    let line = json!({
        "external_id": "user-1", "subject": signed_up["id"], "customer": customer, "plan": "premium",
        "subscription": subscription, "as_of": "2027-01-09T00:00:00Z", "fast": 3_000, "rollover": 12_000,
        "lots": [{ "tokens": 700, "paid_at": "2026-10-01T00:00:00Z" }],
    });
    Users::json(&[line]).import(world.settings()).await.unwrap();

    let ada = User { world: &world, token: text(&signed_up["access_token"]) };
    assert_eq!(buckets(&ada).await, [12_000, 3_000, 700]);
    let account = async || ada.get("/v1/account").await.ok();
    assert_eq!(account().await["plan"]["id"], "premium");
    eventually("the subscription to be read", async || {
        account().await["subscription"]["renews_at"] == "2027-02-01T00:00:00Z"
    })
    .await;
    assert_eq!(buckets(&ada).await, [12_000, 3_000, 700], "what was paid before brings nothing");

    move_clocks(&world, "2027-02-01T00:00:00Z").await;
    eventually("the renewal", async || buckets(&ada).await == [15_000, 25_000, 700]).await;
    world.sandbox("/sandbox/webhooks/flush", json!({})).await;
    world.all_events_worked_off().await;
    assert_eq!(buckets(&ada).await, [15_000, 25_000, 700], "once");

    ada.buy("small", 1).await;
    let hold = json!({ "amount": 41_000, "reason": "A film" });
    let hold = world.platform_post("/v1/accounts/ext:user-1/holds", "job", hold).await.ok();
    let commit = format!("/v1/holds/{}/commit", text(&hold["id"]));
    world.platform_post(&commit, "done", json!({ "amount": 41_000 })).await.ok();
    // 700 older top-up tokens go before those that were bought here.
    assert_eq!(buckets(&ada).await, [0, 0, 4_700]);
    let customers = world.stripe("/v1/customers").await["data"].as_array().unwrap().len();
    assert_eq!(customers, 1, "the customer that there was is used");
}

/// A platform that has sold plans and packs at Stripe by keys of its own.
const KEPT: &str = r#"
spend_order = ["rollover", "fast", "top_up"]
plans = [
    { id = "free", name = "Free", period = "day", allowance = 150 },
    { id = "gold", name = "Gold", period = "month", allowance = 20_000, prices = [
        { interval = "month", lookup_key = "gold_monthly", amount = 2_500, currency = "usd", tax_included = false },
    ] },
]
packs = [
    { id = "five", name = "Five", tokens = 5_000, price = { lookup_key = "five_thousand", amount = 900, currency = "usd", tax_included = false } },
]
"#;

#[tokio::test]
async fn a_platform_keeps_its_customer_subscription_product_and_prices() {
    let options = WorldOptions { test_clock: true, catalogue: Some(KEPT), ..WorldOptions::default() };
    let mut world = World::with(options).await;
    move_clocks(&world, "2027-01-01T00:00:00Z").await;
    world.stop_service().await;
    let product = text(&world.stripe_post("/v1/products", &[("name", "Ours")]).await["id"]);
    let price = async |key: &str, amount: &str, more: &[(&str, &str)]| {
        let form =
            [("product", &*product), ("currency", "usd"), ("lookup_key", key), ("unit_amount", amount)];
        text(&world.stripe_post("/v1/prices", &[&form[..], more].concat()).await["id"])
    };
    let gold = price("gold_monthly", "2500", &[("recurring[interval]", "month")]).await;
    price("five_thousand", "900", &[]).await;
    let (customer, subscription) = sold_before(&world, &gold).await;
    let signed_up =
        world.sandbox("/sandbox/users", json!({ "email": "ada@example.com", "plan": "free" })).await;
    let objects = async |world: &World| {
        let count = async |list: &str| {
            world.stripe(&format!("/v1/{list}?limit=100")).await["data"].as_array().unwrap().len()
        };
        [count("customers").await, count("products").await, count("prices").await]
    };
    let before = objects(&world).await;
    world.restart().await;
    move_clocks(&world, "2027-01-10T00:00:00Z").await;
    let line = json!({
        "external_id": "user-1", "subject": signed_up["id"], "customer": customer, "plan": "gold",
        "subscription": subscription, "as_of": "2027-01-09T00:00:00Z", "fast": 3_000,
    });
    Users::json(&[line]).import(world.settings()).await.unwrap();
    let ada = User { world: &world, token: text(&signed_up["access_token"]) };
    eventually("the subscription to be read", async || {
        ada.get("/v1/account").await.ok()["subscription"]["renews_at"] == "2027-02-01T00:00:00Z"
    })
    .await;
    move_clocks(&world, "2027-02-01T00:00:00Z").await;
    eventually("the renewal", async || buckets(&ada).await == [3_000, 20_000, 0]).await;
    ada.buy("five", 2).await;
    assert_eq!(buckets(&ada).await, [3_000, 20_000, 10_000]);
    world.all_events_worked_off().await;
    assert_eq!(objects(&world).await, before, "everything that is sold was there before");
    assert_eq!(world.platform("/v1/refunds-due").await.ok()["items"], json!([]));
}

#[tokio::test]
async fn refunds_and_disputes_find_imported_lots_by_payment_intent_and_by_charge() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let (first, second) = (ada.buy("small", 1).await, ada.buy("medium", 1).await);
    let [by_intent, by_charge] = [ada.charge_of(&first).await, ada.charge_of(&second).await];
    let charge = world.stripe(&format!("/v1/charges/{by_intent}")).await;
    // The same payments, as another service without a record of them imports them.
    let folder = tempfile::tempdir().unwrap();
    let empty = database(folder.path());
    let settings = || Settings { database: Database::parse(&empty).unwrap(), ..world.settings() };
    let other = tokenwell_server::start(settings()).await.unwrap();
    let origin = format!("http://{}", other.addr);
    world.sandbox.send_webhooks_to(&format!("{origin}/webhooks/stripe"), WEBHOOK_SECRET).unwrap();
    let lot = |tokens: u64, paid: u64, payment: &Value| json!({ "tokens": tokens, "paid_at": AS_OF, "paid": paid, "currency": "usd", "payment": payment });
    let lots = [lot(5_000, 900, &charge["payment_intent"]), lot(15_000, 2_400, &json!(by_charge))];
    let line = json!({ "external_id": "user-1", "as_of": AS_OF, "lots": lots });
    Users::json(&[line]).import(settings()).await.unwrap();
    let there = async || {
        let url = format!("{origin}/v1/accounts/ext:user-1/balance");
        send(world.http.get(url).bearer_auth(SERVICE_KEY)).await.ok()["top_up"]["locked"].clone()
    };
    assert_eq!(there().await, 20_000);
    world.sandbox(&format!("/sandbox/charges/{by_intent}/refund"), json!({ "amount": 450 })).await;
    eventually("the refund of the first lot", async || there().await == 17_500).await;
    world.sandbox(&format!("/sandbox/charges/{by_charge}/refund"), json!({ "amount": 2_400 })).await;
    eventually("the refund of the second lot", async || there().await == 2_500).await;
    let dispute = format!("/sandbox/charges/{by_intent}/dispute");
    world.sandbox(&dispute, json!({ "state": "opened" })).await;
    world.sandbox(&dispute, json!({ "state": "lost" })).await;
    eventually("the lost dispute", async || there().await == 0).await;
    other.shutdown().await;
}

#[tokio::test]
async fn an_import_that_is_killed_half_way_and_run_again_has_the_totals_of_one_that_was_not() {
    const USERS: i64 = 2_000;
    let world = World::start().await;
    let mut text = String::new();
    for n in 0..USERS {
        let lots = json!([{ "tokens": n + 1, "paid_at": AS_OF, "paid": 900, "currency": "usd",
            "payment": format!("pi_{n}") }]);
        let line = json!({ "external_id": format!("user-{n}"), "subject": format!("sub-{n}"), "plan": "premium",
            "subscription": format!("sub_{n}"), "as_of": AS_OF, "fast": n, "rollover": 2 * n, "lots": lots });
        writeln!(text, "{line}").unwrap();
    }
    let users = Users::named("users.jsonl", &text);
    let arguments = [
        ("--database", world.database.clone()),
        ("--oidc-issuer", "http://127.0.0.1:9/identity".to_owned()),
        ("--stripe-secret-key", "sk_test_that_must_not_show".to_owned()),
        ("--stripe-webhook-secret", WEBHOOK_SECRET.to_owned()),
    ];
    let run = || {
        let mut program: tokio::process::Command = command(&arguments).into();
        program.arg("import").arg(&users.file);
        program
    };
    let mut program = run().spawn().unwrap();
    eventually("some users", async || totals(&world).await[0] > 100).await;
    program.kill().await.unwrap();
    let half = totals(&world).await;
    assert!((100..USERS).contains(&half[0]), "{half:?}");

    let Output { status, stdout, stderr } = run().output().await.unwrap();
    let (stdout, stderr) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert!(status.success(), "{stderr}");
    let rest = format!("{} imported, {} were imported before", USERS - half[0], half[0]);
    assert!(stdout.contains(&rest), "{stdout} does not say {rest}");
    let tokens = (0..USERS).map(|n| 4 * n + 1).sum::<i64>();
    let expected = [USERS, tokens, USERS, USERS];
    assert_eq!(totals(&world).await, expected);
    assert!(run().output().await.unwrap().status.success());
    assert_eq!(totals(&world).await, expected, "a third time changes nothing");
}
