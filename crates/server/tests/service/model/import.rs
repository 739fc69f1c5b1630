//! Lives that began elsewhere: what Stripe knows of them, the import, and the model's account.

use super::billing::{Billing, News};
use super::steps::Brought;
use super::{settled, time};
use crate::import::Users;
use crate::naive::{Model, Plan};
use crate::support::{User, World, card, eventually, text};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What was paid for a lot.
const PRICE: u64 = 97;

/// A user who has come.
pub struct Arrived<'a> {
    pub user: User<'a>,
    pub model: Model,
    pub billing: Option<Billing>,
    /// The charges of lots, by the lots' ids.
    pub charges: BTreeMap<String, String>,
}

/// Sells something at Stripe to a customer whom the service does not know.
async fn sell(world: &World, customer: &str, form: &[(&str, &str)]) -> Value {
    let common =
        [("customer", customer), ("success_url", "https://example.com/"), ("line_items[0][quantity]", "1")];
    let session = world.stripe_post("/v1/checkout/sessions", &[&common[..], form].concat()).await;
    world.sandbox(&format!("/sandbox/checkout/{}/pay", text(&session["id"])), card()).await
}

async fn sell_plan(world: &World, customer: &str, plan: Plan, by_the_year: bool) -> String {
    let interval = if by_the_year { "year" } else { "month" };
    let price = format!("price_tokenwell_{}_{interval}", plan.id());
    let form = [("mode", "subscription"), ("line_items[0][price]", &price)];
    text(&sell(world, customer, &form).await["subscription"])
}

/// The ids of the payment and of its charge.
async fn sell_lot(world: &World, customer: &str) -> (String, String) {
    let amount = PRICE.to_string();
    let form = [
        ("mode", "payment"),
        ("line_items[0][price_data][currency]", "usd"),
        ("line_items[0][price_data][unit_amount]", &amount),
        ("line_items[0][price_data][product_data][name]", "Tokens of before"),
    ];
    let payment = text(&sell(world, customer, &form).await["payment_intent"]);
    let charge = text(&world.stripe(&format!("/v1/payment_intents/{payment}")).await["latest_charge"]);
    (payment, charge)
}

/// A user comes at an hour, and the service has read the subscription.
pub async fn arrive<'a>(world: &'a World, brought: &Brought) -> Arrived<'a> {
    let Brought { plan, by_the_year, ran, fast, bank, lots, has_payment } = brought;
    let customer = text(&world.stripe_post("/v1/customers", &[("email", "ada@example.com")]).await["id"]);
    let mut subscription = None;
    if let Some(plan) = plan {
        subscription = Some(sell_plan(world, &customer, *plan, *by_the_year).await);
    }
    let payment =
        if *has_payment && !lots.is_empty() { Some(sell_lot(world, &customer).await) } else { None };
    let mut model = Model::new();
    model.pass_hours(*ran);
    world.sandbox_set("/sandbox/clock", json!({ "now": time(model.hour) })).await;
    settled(world).await;
    world.set_clock(&time(model.hour).to_string()).await;

    let signed_up =
        world.sandbox("/sandbox/users", json!({ "email": "ada@example.com", "plan": "free" })).await;
    let paid_hour = |index: usize| model.hour - 1 - u64::try_from(index).unwrap();
    let of_first = |index: usize| payment.as_ref().filter(|_| index == 0);
    let lines = lots.iter().enumerate().map(|(index, (bought, spent))| {
        let mut lot =
            json!({ "tokens": bought - spent, "bought": bought, "paid_at": time(paid_hour(index)) });
        if let Some((payment, _)) = of_first(index) {
            (lot["paid"], lot["currency"], lot["payment"]) = (PRICE.into(), "usd".into(), (**payment).into());
        }
        lot
    });
    let line = json!({
        "external_id": "user-1", "subject": signed_up["id"], "customer": customer, "as_of": time(model.hour),
        "plan": plan.map(Plan::id), "subscription": subscription, "fast": fast, "rollover": bank,
        "lots": lines.collect::<Vec<_>>(),
    });
    Users::json(&[line]).import(world.settings()).await.unwrap();

    let user = User { world, token: text(&signed_up["access_token"]) };
    let purchases = user.get("/v1/purchases").await.ok()["items"].clone();
    let mut charges = BTreeMap::new();
    for (index, (bought, spent)) in lots.iter().enumerate() {
        let paid_hour = model.hour - 1 - u64::try_from(index).unwrap();
        if let Some((_, charge)) = payment.as_ref().filter(|_| index == 0) {
            let id = text(&purchases[0]["id"]);
            charges.insert(id.clone(), charge.clone());
            model.bring(id, *bought, *spent, Some(PRICE), paid_hour);
        } else {
            model.bring(format!("brought-{index}"), *bought, *spent, None, paid_hour);
        }
    }
    model.come(*plan, *fast, *bank);
    let mut billing = subscription.map(Billing::new);
    if let Some(billing) = &mut billing {
        let account = async || user.get("/v1/account").await.ok();
        eventually("the subscription to be read", async || {
            !account().await["subscription"]["renews_at"].is_null()
        })
        .await;
        let News { status, mut paid, .. } = billing.news(world).await;
        billing.status = status;
        model.adopt(paid.pop().and_then(|(_, bill)| bill.whole).unwrap());
    }
    Arrived { user, model, billing, charges }
}
