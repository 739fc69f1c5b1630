//! Stripe's own programs, the command-line tool and the Node SDK, against the sandbox.
//!
//! Their npm packages are in `tests/peers`; the first test installs them if they are missing.

use crate::support::{Sandbox, id};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::LazyLock;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

const KEY: &str = "sk_test_storyofthepeers";

/// The folder `tests/peers` with its packages installed.
static PEERS: LazyLock<PathBuf> = LazyLock::new(|| {
    let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers");
    if !peers.join("node_modules/stripe/package.json").exists() {
        let installed = std::process::Command::new("npm").arg("ci").current_dir(&peers).status();
        let installed = installed.expect("npm is needed for the official Stripe programs: install Node.js");
        assert!(installed.success(), "`npm ci` failed in tests/peers");
    }
    peers
});

/// The official command-line tool with its own home folder.
struct Cli<'a> {
    sandbox: &'a Sandbox,
    home: TempDir,
}

impl<'a> Cli<'a> {
    fn of(sandbox: &'a Sandbox) -> Self {
        Self { sandbox, home: tempfile::tempdir().unwrap() }
    }

    async fn run(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("node");
        command
            .arg(PEERS.join("node_modules/@stripe/cli/bin/shim.js"))
            .args(arguments)
            .args(["--api-base", &self.sandbox.running.origin(), "--api-key", KEY])
            .env("HOME", self.home.path())
            .env("XDG_CONFIG_HOME", self.home.path())
            .env("STRIPE_CLI_TELEMETRY_OPTOUT", "1");
        output_of(command).await
    }

    async fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(arguments).await;
        serde_json::from_str(&output).unwrap_or_else(|error| panic!("{error}: {output}"))
    }
}

async fn output_of(mut command: Command) -> String {
    let Output { status, stdout, stderr } = command.stdin(Stdio::null()).output().await.unwrap();
    let stdout = String::from_utf8(stdout).unwrap();
    assert!(status.success(), "{stdout}\n{}", String::from_utf8_lossy(&stderr));
    stdout
}

/// Runs a script in which `stripe` is the SDK's client, and returns its result.
async fn sdk(sandbox: &Sandbox, script: &str) -> Value {
    let addr = sandbox.running.addr;
    let module = format!(
        "import Stripe from 'stripe';
         const options = {{ host: '{}', port: {}, protocol: 'http', maxNetworkRetries: 2, telemetry: false }};
         const stripe = new Stripe('{KEY}', options);
         const result = await (async () => {{ {script} }})();
         console.log(JSON.stringify(result));",
        addr.ip(),
        addr.port(),
    );
    let mut command = Command::new("node");
    command.args(["--input-type=module", "--eval", &module]).current_dir(PEERS.as_path());
    serde_json::from_str(&output_of(command).await).unwrap()
}

#[tokio::test]
async fn the_official_cli_creates_reads_and_expires_a_checkout_session() {
    let sandbox = Sandbox::start().await;
    let cli = Cli::of(&sandbox);
    let form: Vec<&str> = crate::support::PACK.split('&').flat_map(|pair| ["-d", pair]).collect();
    let session = cli.json(&[&["post", "/v1/checkout/sessions"], &form[..]].concat()).await;
    assert_eq!((session["status"].as_str(), session["amount_total"].as_i64()), (Some("open"), Some(4800)));
    let path = format!("/v1/checkout/sessions/{}", id(&session));
    assert_eq!(cli.json(&["get", &path]).await, session);
    let expired = cli.json(&["post", &format!("{path}/expire"), "--confirm"]).await;
    assert_eq!(expired["status"], "expired");
}

#[tokio::test]
async fn the_triggers_of_the_official_cli_pay_and_expire_checkout_sessions() {
    let (sandbox, merchant) = Sandbox::with_merchant().await;
    let cli = Cli::of(&sandbox);
    let output = cli.run(&["trigger", "checkout.session.completed"]).await;
    assert!(output.contains("Trigger succeeded"), "{output}");
    let sessions = sandbox.get("/v1/checkout/sessions?expand[]=data.payment_intent").await.ok();
    assert_eq!(sessions["data"][0]["payment_status"], "paid");
    assert_eq!(sessions["data"][0]["payment_intent"]["amount_received"], 3000);
    cli.run(&["trigger", "checkout.session.expired"]).await;
    let received = merchant
        .received_when(|received| {
            crate::support::types(received).contains(&"checkout.session.expired".to_owned())
        })
        .await;
    assert!(crate::support::types(&received).contains(&"checkout.session.completed".to_owned()));
}

#[tokio::test]
async fn the_official_sdk_creates_reads_and_expires_a_checkout_session() {
    let sandbox = Sandbox::start().await;
    let result = sdk(
        &sandbox,
        "const customer = await stripe.customers.create({ email: 'ada@example.com', metadata: { account: 'acc_1' } });
         const session = await stripe.checkout.sessions.create({
             mode: 'payment',
             customer: customer.id,
             line_items: [{ quantity: 2, price_data: { currency: 'usd', unit_amount: 2400, product_data: { name: 'Tokens' } } }],
             success_url: 'http://localhost/?session_id={CHECKOUT_SESSION_ID}',
             payment_intent_data: { metadata: { purchase_id: 'pur_1' } },
             expand: ['line_items', 'customer'],
         }, { idempotencyKey: 'purchase-1' });
         const read = await stripe.checkout.sessions.retrieve(session.id);
         const items = await stripe.checkout.sessions.listLineItems(session.id);
         const expired = await stripe.checkout.sessions.expire(session.id);
         const missing = await stripe.checkout.sessions.retrieve('cs_none').catch((error) => error);
         return {
             email: session.customer.email, inline: session.line_items.data.length, amount: read.amount_total,
             quantity: items.data[0].quantity, status: expired.status, missing: [missing.type, missing.code],
         };",
    )
    .await;
    assert_eq!(
        result,
        json!({
            "email": "ada@example.com", "inline": 1, "amount": 4800, "quantity": 2, "status": "expired",
            "missing": ["StripeInvalidRequestError", "resource_missing"],
        })
    );
}

#[tokio::test]
async fn the_official_sdk_sells_with_tax_and_a_promotion_code() {
    let sandbox = Sandbox::start().await;
    let open = sdk(
        &sandbox,
        "const coupon = await stripe.coupons.create({ percent_off: 25, duration: 'once' });
         const promotion = { type: 'coupon', coupon: coupon.id };
         await stripe.promotionCodes.create({ promotion, code: 'LAUNCH' });
         const customer = await stripe.customers.create({ email: 'ada@example.com' });
         return await stripe.checkout.sessions.create({
             mode: 'payment',
             customer: customer.id,
             customer_update: { address: 'auto' },
             automatic_tax: { enabled: true },
             allow_promotion_codes: true,
             line_items: [{ quantity: 1, price_data: { currency: 'usd', unit_amount: 2400, product_data: { name: 'Tokens', tax_code: 'txcd_10000000' } } }],
             success_url: 'http://localhost/',
         });",
    )
    .await;
    sandbox.pay(&open, json!({ "promotion_code": "LAUNCH" })).await.ok();
    let script = format!(
        "const session = await stripe.checkout.sessions.retrieve('{}');
         const codes = await stripe.promotionCodes.list({{ code: 'launch', active: true }});
         const {{ amount_discount, amount_tax }} = session.total_details;
         return [session.amount_subtotal, amount_discount, amount_tax, session.amount_total, codes.data[0].times_redeemed];",
        id(&open)
    );
    assert_eq!(sdk(&sandbox, &script).await, json!([2400, 600, 360, 2160, 1]));
}

#[tokio::test]
async fn the_official_cli_sells_with_tax_and_a_promotion_code() {
    let sandbox = Sandbox::start().await;
    let cli = Cli::of(&sandbox);
    let post = async |path: &str, form: &[&str]| {
        let form: Vec<&str> = form.iter().flat_map(|pair| ["-d", pair]).collect();
        cli.json(&[&["post", path], &form[..]].concat()).await
    };
    let coupon = post("/v1/coupons", &["percent_off=25", "duration=once"]).await;
    let promotion = format!("promotion[coupon]={}", id(&coupon));
    let code = post("/v1/promotion_codes", &["promotion[type]=coupon", &promotion, "code=LAUNCH"]).await;
    let customer = post("/v1/customers", &["email=ada@example.com"]).await;
    let (discount, customer) =
        (format!("discounts[0][promotion_code]={}", id(&code)), format!("customer={}", id(&customer)));
    let form = [
        "mode=payment",
        &customer,
        "customer_update[address]=auto",
        "automatic_tax[enabled]=true",
        &discount,
        "line_items[0][quantity]=1",
        "line_items[0][price_data][currency]=usd",
        "line_items[0][price_data][unit_amount]=2400",
        "line_items[0][price_data][product_data][name]=Tokens",
        "success_url=http://localhost/",
    ];
    let open = post("/v1/checkout/sessions", &form).await;
    let page = format!("/v1/payment_pages/{}", id(&open));
    let due = cli.json(&["get", &page]).await["total_summary"]["due"].clone();
    let method = post("/v1/payment_methods", &["type=card", "card[token]=tok_visa"]).await;
    let (method, due) = (format!("payment_method={}", id(&method)), format!("expected_amount={due}"));
    post(&format!("{page}/confirm"), &[&method, &due]).await;
    let paid = cli.json(&["get", &format!("/v1/checkout/sessions/{}", id(&open))]).await;
    let details = &paid["total_details"];
    let amounts = [
        &paid["amount_subtotal"],
        &details["amount_discount"],
        &details["amount_tax"],
        &paid["amount_total"],
    ];
    assert_eq!(
        (&paid["payment_status"], amounts.map(Value::as_i64)),
        (&json!("paid"), [2400, 600, 360, 2160].map(Some))
    );
}

#[tokio::test]
async fn the_official_sdk_sees_a_payment_with_its_charge_refunds_it_and_lists_the_events() {
    let sandbox = Sandbox::start().await;
    let session = sandbox.paid_pack_session().await;
    let script = format!(
        "const session = await stripe.checkout.sessions.retrieve('{}', {{ expand: ['payment_intent.latest_charge'] }});
         const charge = session.payment_intent.latest_charge;
         const refund = await stripe.refunds.create({{ charge: charge.id, amount: 1000 }});
         const types = [];
         for await (const event of stripe.events.list({{ limit: 2 }})) types.push(event.type);
         return {{ paid: charge.paid, wallet: charge.payment_method_details.card.wallet, refund: refund.status, types }};",
        id(&session)
    );
    let result = sdk(&sandbox, &script).await;
    assert_eq!(
        (&result["paid"], &result["wallet"], &result["refund"]),
        (&json!(true), &Value::Null, &json!("succeeded"))
    );
    let mut types = sandbox.event_types().await;
    types.reverse();
    assert_eq!(result["types"], json!(types));
}

#[tokio::test]
async fn the_official_sdk_accepts_our_signature_and_refuses_a_tampered_body() {
    let (sandbox, merchant) = Sandbox::with_merchant().await;
    sandbox.post("/v1/customers", "email=ada@example.com").await.ok();
    let received = merchant.received_when(|received| !received.is_empty()).await.remove(0);
    let script = format!(
        "const verify = (body) => stripe.webhooks.constructEvent(body, {signature}, {secret}).type;
         const tampered = (() => {{ try {{ return verify({body} + ' '); }} catch (error) {{ return error.type; }} }})();
         return [verify({body}), tampered];",
        signature = json!(received.signature),
        secret = json!(crate::support::SECRET),
        body = json!(received.body),
    );
    assert_eq!(sdk(&sandbox, &script).await, json!(["customer.created", "StripeSignatureVerificationError"]));
}

#[tokio::test]
async fn the_official_sdk_retries_a_call_that_hung_up_without_repeating_its_work() {
    let sandbox = Sandbox::start().await;
    sandbox.set("faults", json!({ "timeouts_after_work": 1 })).await;
    let result =
        sdk(&sandbox, "return (await stripe.customers.create({ email: 'ada@example.com' })).email;").await;
    assert_eq!(result, "ada@example.com");
    let customers = sandbox.get("/v1/customers").await.ok();
    assert_eq!(customers["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_official_sdk_sees_that_a_restricted_key_lacks_a_permission() {
    let sandbox = Sandbox::start().await;
    let key = "rk_test_storyofthepeers";
    sandbox.set("keys", json!({ "key": key, "permissions": ["rak_customer_read"] })).await;
    let addr = sandbox.running.addr;
    let script = format!(
        "const options = {{ host: '{}', port: {}, protocol: 'http', telemetry: false }};
         const restricted = new Stripe('{key}', options);
         const error = await restricted.customers.create({{}}).catch((error) => error);
         return [error.type, error.statusCode, (await restricted.customers.list()).data.length];",
        addr.ip(),
        addr.port(),
    );
    assert_eq!(sdk(&sandbox, &script).await, json!(["StripePermissionError", 403, 0]));
}

/// Checks objects against the types of an official SDK. Returns the mismatches.
async fn mismatches(objects: &Value) -> String {
    let mut command = Command::new("node");
    command.arg("conforms.mjs").current_dir(PEERS.as_path()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut check = command.spawn().unwrap();
    check.stdin.take().unwrap().write_all(objects.to_string().as_bytes()).await.unwrap();
    let Output { status, stdout, .. } = check.wait_with_output().await.unwrap();
    if status.success() { String::new() } else { String::from_utf8(stdout).unwrap() }
}

/// Subscriptions whose prorations have a discount, once in their amounts and once beside them.
async fn discounted_changes(sandbox: &Sandbox) {
    let coupon = sandbox.post("/v1/coupons", "percent_off=25&duration=forever").await.ok();
    for shown in ["included", "itemized"] {
        let form = format!(
            "mode=subscription&line_items[0][price]=price_tokenwell_essential_month&line_items[0][quantity]=1\
             &success_url=http://localhost/paid&discounts[0][coupon]={}\
             &subscription_data[billing_mode][type]=flexible\
             &subscription_data[billing_mode][flexible][proration_discounts]={shown}",
            id(&coupon)
        );
        let open = sandbox.post("/v1/checkout/sessions", &form).await.ok();
        let paid = sandbox.pay(&open, json!({})).await.ok();
        let change = json!({ "plan": "premium", "proration_behavior": "always_invoice" });
        sandbox.change(&json!({ "id": paid["subscription"] }), change).await.ok();
    }
}

/// A subscription that was changed in every way, with credit in the customer's balance and prorations that wait.
async fn changed_subscription(sandbox: &Sandbox) -> Value {
    sandbox.at("2026-04-01T00:00:00Z").await;
    let subscription = sandbox.subscription("premium", "month").await;
    sandbox.at("2026-04-16T00:00:00Z").await;
    for change in [
        json!({ "plan": "essential", "proration_behavior": "always_invoice", "billing_cycle_anchor": "unchanged" }),
        json!({ "quantity": 2, "proration_behavior": "create_prorations", "billing_cycle_anchor": "unchanged" }),
        json!({ "cancel_at_period_end": true, "in_portal": true }),
        json!({ "plan": "ultimate", "interval": "year", "at_period_end": true }),
    ] {
        sandbox.change(&subscription, change).await.ok();
    }
    sandbox.reload(&subscription).await
}

#[tokio::test]
async fn the_objects_of_plan_changes_match_the_types_of_the_official_sdk() {
    let sandbox = Sandbox::start().await;
    let subscription = changed_subscription(&sandbox).await;
    discounted_changes(&sandbox).await;
    let customer = subscription["customer"].as_str().unwrap();
    let mut checked = vec![json!({ "what": "the changed subscription", "object": subscription })];
    for path in [
        "/v1/billing_portal/configurations?expand[]=data.features.subscription_update.products".to_owned(),
        format!("/v1/customers/{customer}"),
        format!("/v1/customers/{customer}/balance_transactions"),
        "/v1/events?limit=100".to_owned(),
        "/v1/invoiceitems".to_owned(),
        "/v1/invoices?limit=100".to_owned(),
    ] {
        let object = sandbox.get(&path).await.ok();
        assert_ne!(object["data"], json!([]), "{path}");
        checked.push(json!({ "what": path, "object": object }));
    }
    assert_eq!(mismatches(&json!({ "requests": [], "answers": checked })).await, "");
}

#[tokio::test]
async fn the_official_sdk_sets_the_portal_up_and_changes_a_plan() {
    let sandbox = Sandbox::start().await;
    sandbox.at("2026-04-01T00:00:00Z").await;
    let subscription = sandbox.subscription("essential", "month").await;
    sandbox.at("2026-04-16T00:00:00Z").await;
    let script = format!(
        "const configuration = await stripe.billingPortal.configurations.create({{ features: {{
             subscription_update: {{
                 enabled: true, default_allowed_updates: ['price', 'quantity'], proration_behavior: 'always_invoice',
                 billing_cycle_anchor: 'now',
                 products: [{{ product: 'prod_tokenwell_premium', prices: ['price_tokenwell_premium_month'] }}],
                 schedule_at_period_end: {{ conditions: [{{ type: 'decreasing_item_amount' }}] }},
             }},
             subscription_cancel: {{ enabled: true, mode: 'at_period_end' }},
         }} }});
         const read = await stripe.billingPortal.configurations.retrieve(
             configuration.id, {{ expand: ['features.subscription_update.products'] }});
         const subscription = await stripe.subscriptions.retrieve('{id}');
         const session = await stripe.billingPortal.sessions.create(
             {{ customer: subscription.customer, configuration: configuration.id }});
         await stripe.subscriptions.update('{id}', {{
             items: [{{ id: subscription.items.data[0].id, price: 'price_tokenwell_premium_month', quantity: 2 }}],
             proration_behavior: 'always_invoice',
         }});
         const invoices = await stripe.invoices.list({{ subscription: '{id}' }});
         const lines = invoices.data[0].lines.data;
         return {{
             configuration: session.configuration === configuration.id,
             products: read.features.subscription_update.products.map((product) => product.prices),
             total: invoices.data[0].total,
             lines: lines.map((line) => [line.amount, line.quantity, line.parent.subscription_item_details.proration]),
         }};",
        id = id(&subscription)
    );
    assert_eq!(
        sdk(&sandbox, &script).await,
        json!({
            "configuration": true,
            "products": [["price_tokenwell_premium_month"]],
            "total": 2400,
            "lines": [[-600, 1, true], [3000, 2, true]],
        })
    );
}
