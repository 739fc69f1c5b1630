//! The customer portal, as it is set up.

use crate::support::{Sandbox, id, send};
use jiff::Timestamp;
use serde_json::{Value, json};

const START: &str = "2026-04-01T00:00:00Z";
const HALF: &str = "2026-04-16T00:00:00Z";

fn second(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_second()
}

/// A portal session of a customer with one subscription.
struct Portal {
    sandbox: Sandbox,
    subscription: Value,
    url: String,
}

impl Portal {
    async fn open(plan: &str, settings: Value) -> Self {
        let sandbox = Sandbox::start().await;
        sandbox.at(START).await;
        sandbox.set("portal", settings).await;
        let subscription = sandbox.subscription(plan, "month").await;
        let customer = subscription["customer"].as_str().unwrap();
        let form = format!("customer={customer}&return_url=http://localhost/back");
        let session = sandbox.post("/v1/billing_portal/sessions", &form).await.ok();
        let url = session["url"].as_str().unwrap().to_owned();
        sandbox.at(HALF).await;
        Self { sandbox, subscription, url }
    }

    async fn page(&self) -> String {
        self.sandbox.page(&self.url).await.1
    }

    /// Submits a form of the page, and returns the status.
    async fn submit(&self, fields: &[(&str, &str)]) -> u16 {
        let form = [&[("subscription", id(&self.subscription))], fields].concat();
        self.sandbox.client.post(&self.url).form(&form).send().await.unwrap().status().as_u16()
    }

    async fn change_to(&self, price: &str) -> Value {
        let price = format!("price_tokenwell_{price}");
        assert_eq!(self.submit(&[("action", "change"), ("price", &price)]).await, 303);
        self.now().await
    }

    async fn now(&self) -> Value {
        self.sandbox.reload(&self.subscription).await
    }

    /// The totals of the invoices, oldest first.
    async fn totals(&self) -> Vec<i64> {
        let invoices = self.sandbox.invoices(&self.subscription).await;
        invoices.iter().map(|invoice| invoice["total"].as_i64().unwrap()).collect()
    }
}

fn plan(subscription: &Value) -> &str {
    subscription["items"]["data"][0]["price"]["lookup_key"].as_str().unwrap()
}

fn waits_if(conditions: &[&str]) -> Value {
    let conditions: Vec<Value> = conditions.iter().map(|kind| json!({ "type": kind })).collect();
    json!({ "conditions": conditions })
}

#[tokio::test]
async fn by_default_a_change_keeps_the_anchor_is_at_once_and_is_not_prorated() {
    let portal = Portal::open("essential", json!({})).await;
    let page = portal.page().await;
    for text in ["Essential", "Renews on 1 May 2026", "http://localhost/back", "Ultimate", "per year"] {
        assert!(page.contains(text), "{text}");
    }
    assert!(!page.contains("Quantity"));
    let now = portal.change_to("ultimate_month").await;
    assert_eq!(
        (plan(&now), &now["billing_cycle_anchor"]),
        ("tokenwell_ultimate_month", &json!(second(START)))
    );
    let now = portal.change_to("essential_month").await;
    assert_eq!(plan(&now), "tokenwell_essential_month");
    assert_eq!(portal.totals().await, [1200]);
    assert_eq!(portal.sandbox.page(&portal.sandbox.url("/p/session/bps_nothing")).await.0, 404);
}

#[tokio::test]
async fn each_proration_setting_and_anchor_bills_its_own_way() {
    for (proration, anchor, expected) in [
        ("always_invoice", "unchanged", &[1200, 2400][..]),
        ("create_prorations", "unchanged", &[1200]),
        ("none", "unchanged", &[1200]),
        ("always_invoice", "now", &[1200, 5400]),
        ("create_prorations", "now", &[1200, 5400]),
        ("none", "now", &[1200, 6000]),
    ] {
        let settings = json!({ "proration_behavior": proration, "billing_cycle_anchor": anchor });
        let portal = Portal::open("essential", settings).await;
        portal.change_to("ultimate_month").await;
        assert_eq!(portal.totals().await, expected, "{proration}, {anchor}");
    }
}

#[tokio::test]
async fn a_change_that_meets_a_condition_waits_for_the_end_of_the_period() {
    let all = waits_if(&["decreasing_item_amount", "shortening_interval"]);
    let settings = json!({ "proration_behavior": "always_invoice", "schedule_at_period_end": all });
    let portal = Portal::open("premium", settings).await;
    assert_eq!(plan(&portal.change_to("essential_month").await), "tokenwell_premium_month");
    assert!(portal.page().await.contains("From then on: Essential"));
    // The price that it has takes that back.
    portal.change_to("premium_month").await;
    assert!(!portal.page().await.contains("From then on"));
    portal.change_to("essential_month").await;
    portal.sandbox.at("2026-05-01T00:00:00Z").await;
    assert_eq!(plan(&portal.now().await), "tokenwell_essential_month");
    assert_eq!(portal.totals().await, [3000, 1200]);
    // An upgrade does not meet a condition.
    assert_eq!(plan(&portal.change_to("ultimate_month").await), "tokenwell_ultimate_month");
    // A year of Premium costs more than a month of Ultimate, and a month is shorter than that year.
    assert_eq!(plan(&portal.change_to("premium_year").await), "tokenwell_premium_year");
    portal
        .sandbox
        .set("portal", json!({ "schedule_at_period_end": waits_if(&["shortening_interval"]) }))
        .await;
    assert_eq!(plan(&portal.change_to("ultimate_month").await), "tokenwell_premium_year");
}

#[tokio::test]
async fn quantities_and_prices_change_only_if_the_portal_allows_it() {
    let portal = Portal::open("essential", json!({ "default_allowed_updates": ["quantity"] })).await;
    let page = portal.page().await;
    assert!(page.contains("Quantity") && !page.contains("Ultimate"));
    assert_eq!(portal.submit(&[("action", "change"), ("quantity", "4")]).await, 303);
    assert_eq!(portal.now().await["items"]["data"][0]["quantity"], 4);
    assert_eq!(portal.submit(&[("action", "change"), ("quantity", "0")]).await, 400);
    assert_eq!(
        portal.submit(&[("action", "change"), ("price", "price_tokenwell_ultimate_month")]).await,
        400
    );

    portal
        .sandbox
        .set("portal", json!({ "enabled": false, "subscription_cancel": { "enabled": false } }))
        .await;
    assert!(!portal.page().await.contains("<button"));
    assert_eq!(portal.submit(&[("action", "change"), ("quantity", "2")]).await, 400);
    assert_eq!(portal.submit(&[("action", "cancel")]).await, 400);

    let products = json!([{
        "product": "prod_tokenwell_premium",
        "prices": ["price_tokenwell_premium_month"],
        "adjustable_quantity": { "enabled": true, "minimum": 2, "maximum": 5 },
    }]);
    let both = json!({ "default_allowed_updates": ["price", "quantity"], "products": products });
    portal.sandbox.set("portal", both).await;
    let change = |price, quantity| [("action", "change"), ("price", price), ("quantity", quantity)];
    assert_eq!(portal.submit(&change("price_tokenwell_ultimate_month", "4")).await, 400);
    assert_eq!(portal.submit(&change("price_tokenwell_premium_month", "6")).await, 400);
    assert_eq!(portal.submit(&change("price_tokenwell_premium_month", "5")).await, 303);
    assert_eq!(plan(&portal.now().await), "tokenwell_premium_month");
}

#[tokio::test]
async fn a_cancellation_sets_the_date_alone_and_can_be_taken_back() {
    let portal = Portal::open("essential", json!({})).await;
    assert_eq!(portal.submit(&[("action", "cancel")]).await, 303);
    let now = portal.now().await;
    assert_eq!(
        (&now["cancel_at"], &now["cancel_at_period_end"], &now["status"]),
        (&json!(second("2026-05-01T00:00:00Z")), &json!(false), &json!("active"))
    );
    assert!(portal.page().await.contains("it ends on 1 May 2026"));
    assert_eq!(portal.submit(&[("action", "resume")]).await, 303);
    assert_eq!(portal.now().await["cancel_at"], Value::Null);
    portal.submit(&[("action", "cancel")]).await;
    portal.sandbox.at("2026-05-01T00:00:00Z").await;
    assert_eq!(portal.now().await["status"], "canceled");
    assert_eq!(portal.totals().await, [1200]);
}

#[tokio::test]
async fn a_cancellation_at_once_can_leave_a_credit() {
    let cancel = json!({ "mode": "immediately", "proration_behavior": "create_prorations" });
    let portal = Portal::open("essential", json!({ "subscription_cancel": cancel })).await;
    assert!(portal.page().await.contains("Cancel now"));
    assert_eq!(portal.submit(&[("action", "cancel")]).await, 303);
    assert_eq!(portal.now().await["status"], "canceled");
    let waiting = portal.sandbox.get("/v1/invoiceitems?pending=true").await.ok();
    assert_eq!(waiting["data"][0]["amount"], -600);
}

#[tokio::test]
async fn pending_prorations_are_billed_when_a_cancelled_subscription_ends() {
    let portal = Portal::open("essential", json!({ "proration_behavior": "create_prorations" })).await;
    portal.change_to("premium_month").await;
    portal.submit(&[("action", "cancel")]).await;
    portal.sandbox.at("2026-05-01T00:00:00Z").await;
    assert_eq!(portal.now().await["status"], "canceled");
    assert_eq!(portal.totals().await, [1200, 900]);
}

#[tokio::test]
async fn a_declined_card_changes_nothing() {
    let settings = json!({ "proration_behavior": "always_invoice" });
    let portal = Portal::open("essential", settings).await;
    portal.sandbox.change(&portal.subscription, json!({ "status": "past_due" })).await.ok();
    let upgrade = [("action", "change"), ("price", "price_tokenwell_ultimate_month")];
    assert_eq!(portal.submit(&upgrade).await, 400);
    assert_eq!(plan(&portal.now().await), "tokenwell_essential_month");
    assert_eq!(portal.totals().await, [1200]);
}

#[tokio::test]
async fn the_control_api_changes_a_plan_as_the_portal_would() {
    let settings = json!({ "proration_behavior": "always_invoice" });
    let portal = Portal::open("premium", settings).await;
    let change = json!({ "plan": "essential", "in_portal": true });
    let now = portal.sandbox.change(&portal.subscription, change).await.ok();
    assert_eq!(plan(&now), "tokenwell_essential_month");
    assert_eq!(portal.totals().await, [3000, -900]);
    assert!(portal.page().await.contains("Credit for the next invoices: $9.00"));
    let cancel = json!({ "cancel_at_period_end": true, "in_portal": true });
    let now = portal.sandbox.change(&portal.subscription, cancel).await.ok();
    assert_eq!(now["cancel_at_period_end"], false);
}

#[tokio::test]
async fn the_api_shows_makes_and_changes_configurations() {
    let sandbox = Sandbox::start().await;
    let path = "/v1/billing_portal/configurations";
    let list = sandbox.get(&format!("{path}?is_default=true")).await.ok();
    let update = list["data"][0]["features"]["subscription_update"].clone();
    assert_eq!(
        update,
        json!({
            "billing_cycle_anchor": "unchanged", "default_allowed_updates": ["price"], "enabled": true,
            "proration_behavior": "none", "schedule_at_period_end": { "conditions": [] },
            "trial_update_behavior": "end_trial",
        })
    );
    let query = format!("{path}/{}?expand[]=features.subscription_update.products", id(&list["data"][0]));
    let expanded = sandbox.get(&query).await.ok();
    let products = expanded["features"]["subscription_update"]["products"].as_array().unwrap();
    assert_eq!(products.len(), 3);
    assert_eq!(products[0]["prices"].as_array().unwrap().len(), 2);

    let form = "features[subscription_update][enabled]=true&features[subscription_update][default_allowed_updates][]=price\
        &features[subscription_update][proration_behavior]=always_invoice\
        &features[subscription_update][schedule_at_period_end][conditions][0][type]=decreasing_item_amount\
        &features[subscription_update][products][0][product]=prod_tokenwell_ultimate\
        &features[subscription_update][products][0][prices][0]=price_tokenwell_ultimate_month\
        &features[subscription_cancel][enabled]=true&features[subscription_cancel][mode]=immediately";
    let made = sandbox.post(path, form).await.ok();
    assert_eq!((&made["is_default"], &made["active"]), (&json!(false), &json!(true)));
    assert_eq!(made["features"]["subscription_cancel"]["mode"], "immediately");
    let own = format!("{path}/{}", id(&made));
    let refused = "features[subscription_cancel][proration_behavior]=always_invoice";
    sandbox.post(&own, refused).await.refused(400);
    let unknown = "features[subscription_update][billing_cycle_anchor]=later";
    sandbox.post(&own, unknown).await.refused(400);
    sandbox.post(&own, "active=false").await.ok();
    let customer = sandbox.post("/v1/customers", "email=ada@example.com").await.ok();
    let session = format!("customer={}&configuration={}", id(&customer), id(&made));
    sandbox.post("/v1/billing_portal/sessions", &session).await.refused(400);
}

#[tokio::test]
async fn the_control_api_refuses_settings_that_stripe_does_not_have() {
    let sandbox = Sandbox::start().await;
    let put = async |body: Value| send(sandbox.client.put(sandbox.url("/sandbox/portal")).json(&body)).await;
    for body in [
        json!({ "proration_behavior": "sometimes" }),
        json!({ "billing_cycle_anchor": "later" }),
        json!({ "schedule_at_period_end": { "conditions": [{ "type": "raining" }] } }),
        json!({ "colour": "red" }),
        json!({ "subscription_cancel": { "mode": "never" } }),
    ] {
        put(body).await.refused(400);
    }
    let set = put(json!({ "billing_cycle_anchor": "now" })).await.ok();
    assert_eq!(set["features"]["subscription_update"]["billing_cycle_anchor"], "now");
    let shown = send(sandbox.client.get(sandbox.url("/sandbox/portal"))).await.ok();
    assert_eq!(shown, set);
    let reset = put(json!({})).await.ok();
    assert_eq!(reset["features"]["subscription_update"]["billing_cycle_anchor"], "unchanged");
}
