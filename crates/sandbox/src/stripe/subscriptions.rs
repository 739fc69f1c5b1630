//! Subscriptions: their first period, renewals on the anchor, cancellation, and changes of plan.

use super::gate::Call;
use super::instrument::Instrument;
use super::invoices::{self, Line};
use super::list::{self, Page};
use super::payment_intents::{self, Attempt, Authentication};
use super::refusal::Refusal;
use super::{catalogue, payment_methods};
use crate::books::Books;
use crate::id;
use crate::records::Kind;
use crate::time::Interval;
use jiff::Timestamp;
use serde_json::{Value, json};

const KIND: &str = "subscription";

/// Keeps which subscriptions' payments fail until their customer puts that right.
const FAILING: Kind = "collection_failing";

/// Keeps the price that a subscription goes down to when its period ends.
const NEXT_PRICE: Kind = "next_price";

/// Starts a subscription that a checkout session sold, with its first invoice. `intent` is the payment, unless nothing
/// was due.
pub fn start(
    books: &mut Books,
    customer: &Value,
    sold: &[Value],
    data: &Value,
    intent: Option<&Value>,
) -> Value {
    let id = id::fresh("sub");
    let now = books.seconds();
    let plan = sold.iter().find(|item| item["price"]["type"] == "recurring").unwrap_or(&Value::Null);
    let price = plan["price"].clone();
    let end = boundary(&price, books.now(), books.now()).as_second();
    let item = json!({
        "id": id::fresh("si"),
        "object": "subscription_item",
        "billing_thresholds": null,
        "created": now,
        "current_period_end": end,
        "current_period_start": now,
        "current_trial": null,
        "discounts": [],
        "metadata": {},
        "plan": plan_of(&price),
        "price": price,
        "quantity": plan["quantity"],
        "subscription": id,
        "tax_rates": [],
    });
    let method = intent.map(|intent| intent["payment_method"].clone()).unwrap_or_default();
    let mut subscription = json!({
        "id": id,
        "object": KIND,
        "application": null,
        "application_fee_percent": null,
        "automatic_tax": { "disabled_reason": null, "enabled": false, "liability": null },
        "billing_cycle_anchor": now,
        "billing_cycle_anchor_config": null,
        "billing_mode": { "flexible": { "proration_discounts": "included" }, "type": "flexible", "updated_at": now },
        "billing_schedules": [],
        "billing_thresholds": null,
        "cancel_at": null,
        "cancel_at_period_end": false,
        "canceled_at": null,
        "cancellation_details": { "comment": null, "feedback": null, "feedback_option": null, "reason": null },
        "collection_method": "charge_automatically",
        "created": now,
        "currency": price["currency"],
        "customer": customer,
        "customer_account": null,
        "days_until_due": null,
        "default_payment_method": method,
        "default_source": null,
        "default_tax_rates": [],
        "description": data["description"],
        "discounts": [],
        "ended_at": null,
        "invoice_settings": {
            "account_tax_ids": null, "custom_fields": null, "description": null, "footer": null, "issuer": { "type": "self" },
        },
        "items": list::embedded(&[item], &format!("/v1/subscription_items?subscription={id}")),
        "latest_invoice": null,
        "livemode": false,
        "managed_payments": null,
        "metadata": data["metadata"],
        "next_pending_invoice_item_invoice": null,
        "on_behalf_of": null,
        "pause_collection": null,
        "payment_settings": { "payment_method_options": null, "payment_method_types": null, "save_default_payment_method": "off" },
        "pending_invoice_item_interval": null,
        "pending_setup_intent": null,
        "pending_update": null,
        "schedule": null,
        "start_date": now,
        "status": "active",
        "test_clock": null,
        "transfer_data": null,
        "trial_end": null,
        "trial_settings": { "end_behavior": { "billing_cycle_anchor": null, "missing_payment_method": "create_invoice" } },
        "trial_start": null,
    });
    let item = item_of(&subscription).clone();
    let lines: Vec<Line<'_>> = sold
        .iter()
        .map(|sold| Line {
            price: &sold["price"],
            item: (sold["price"]["type"] == "recurring").then_some(&item),
            quantity: sold["quantity"].as_i64().unwrap_or(1),
            amount: sold["amount_total"].as_i64().unwrap_or_default(),
            description: sold["description"].as_str().unwrap_or_default().to_owned(),
            period: (now, end),
            proration: false,
        })
        .collect();
    let mut invoice = invoices::new(books, &subscription, "subscription_create", &lines, (now, now));
    subscription["latest_invoice"] = invoice["id"].clone();
    books.save_and_emit(&subscription, "customer.subscription.created");
    match intent {
        Some(intent) if intent["status"] == "processing" => {
            invoices::mark_processing(books, &mut invoice, intent);
        }
        intent => invoices::mark_paid(books, &mut invoice, intent),
    }
    subscription
}

/// The first payment, by bank debit, came or did not come.
pub fn first_payment_settled(books: &mut Books, subscription: &Value, intent: &Value, succeeds: bool) {
    let Ok(mut subscription) = books.find(KIND, subscription.as_str().unwrap_or_default()) else { return };
    for mut invoice in invoices::open_of(books, &subscription) {
        if succeeds {
            invoices::mark_paid(books, &mut invoice, Some(intent));
        } else {
            invoices::mark_failed(books, &mut invoice, intent);
        }
    }
    // One that has ended stays ended.
    if !succeeds && is_running(&subscription) {
        set_failing(books, &subscription, true);
        subscription["status"] = "past_due".into();
        books.save_and_emit_update(&subscription, "customer.subscription.updated");
    }
}

/// The subscription whose period ends first, and when.
pub fn next_boundary(books: &Books) -> Option<(Timestamp, Value)> {
    let running = books.records.all(KIND).map(|(_, subscription)| subscription).filter(|it| is_running(it));
    let first = running.min_by_key(|subscription| period_of(subscription).1)?;
    Some((Timestamp::from_second(period_of(first).1).ok()?, first.clone()))
}

/// The period ends: the subscription does too if it was cancelled, or a new period begins with its invoice.
pub fn pass_boundary(books: &mut Books, mut subscription: Value) {
    if subscription["cancel_at_period_end"] == true {
        end(books, subscription);
        return;
    }
    let ended = period_of(&subscription);
    if let Some(price) = take_next_price(books, &mut subscription) {
        put_price(&mut subscription, price);
    }
    let anchor = Timestamp::from_second(subscription["billing_cycle_anchor"].as_i64().unwrap_or_default());
    let due = Timestamp::from_second(ended.1).unwrap_or(books.now());
    let next = boundary(&item_of(&subscription)["price"], anchor.unwrap_or(due), due).as_second();
    put_period(&mut subscription, ended.1, next);
    let item = item_of(&subscription).clone();
    let line = line_for_period(&item, ended.1, next);
    let mut invoice = invoices::new(books, &subscription, "subscription_cycle", &[line], ended);
    subscription["latest_invoice"] = invoice["id"].clone();
    // An unpaid subscription goes on making invoices, and Stripe no longer tries to collect them.
    if subscription["status"] != "unpaid" && !collect(books, &subscription, &mut invoice) {
        subscription["status"] = "past_due".into();
    }
    books.save_and_emit_update(&subscription, "customer.subscription.updated");
}

/// Tries to collect an open invoice and says whether it is paid now.
fn collect(books: &mut Books, subscription: &Value, invoice: &mut Value) -> bool {
    let amount = invoice["amount_due"].as_i64().unwrap_or_default();
    if amount <= 0 {
        invoices::mark_paid(books, invoice, None);
        return true;
    }
    let instrument = match books.records.get(FAILING, subscription["id"].as_str().unwrap_or_default()) {
        Some(_) => Instrument::declined(),
        None => payment_methods::instrument(books, &subscription["default_payment_method"])
            .unwrap_or_else(|| Instrument::card(super::instrument::PLAIN_CARD, None)),
    };
    let currency = invoice["currency"].as_str().unwrap_or_default().to_owned();
    let mut intent = payment_intents::new(books, amount, &currency, &invoice["customer"], &json!({}));
    match payment_intents::attempt(books, &mut intent, &instrument, Authentication::Passed) {
        Attempt::Succeeded => invoices::mark_paid(books, invoice, Some(&intent)),
        // Renewals by bank debit are not kept waiting: nobody is there to settle them.
        Attempt::Processing => {
            if payment_intents::settle(books, &mut intent, true).is_ok() {
                invoices::mark_paid(books, invoice, Some(&intent));
            }
        }
        Attempt::Declined(_) | Attempt::NeedsAuthentication => invoices::mark_failed(books, invoice, &intent),
    }
    invoice["status"] == "paid"
}

fn set_failing(books: &mut Books, subscription: &Value, failing: bool) {
    let id = subscription["id"].as_str().unwrap_or_default();
    if failing {
        books.records.put(FAILING, id, Value::Bool(true));
    } else {
        books.records.remove(FAILING, id);
    }
}

/// Ends a subscription now.
pub fn end(books: &mut Books, mut subscription: Value) -> Value {
    let now = books.seconds();
    subscription["status"] = "canceled".into();
    subscription["ended_at"] = now.into();
    if subscription["canceled_at"].is_null() {
        subscription["canceled_at"] = now.into();
        subscription["cancellation_details"]["reason"] = "cancellation_requested".into();
    }
    take_next_price(books, &mut subscription);
    books.save_and_emit(&subscription, "customer.subscription.deleted");
    subscription
}

/// Ends every subscription of a customer now.
pub fn end_all_of(books: &mut Books, customer: &str) {
    let running: Vec<Value> = running_of(books, customer);
    for subscription in running {
        end(books, subscription);
    }
}

/// The subscriptions of a customer that have not ended, newest first.
pub fn running_of(books: &Books, customer: &str) -> Vec<Value> {
    let all = books.records.all(KIND).rev().map(|(_, subscription)| subscription);
    all.filter(|it| it["customer"] == customer && is_running(it)).cloned().collect()
}

/// A customer's subscriptions, as `expand[]=subscriptions` shows them.
pub fn of_customer(books: &Books, customer: &str) -> Value {
    list::embedded(&running_of(books, customer), &format!("/v1/customers/{customer}/subscriptions"))
}

/// Cancels at the end of the period, or takes that back.
pub fn cancel_at_period_end(
    books: &mut Books,
    mut subscription: Value,
    cancel: bool,
) -> Result<Value, Refusal> {
    must_run(&subscription)?;
    if subscription["cancel_at_period_end"] == cancel {
        return Ok(subscription);
    }
    let moments = cancel.then(|| (period_of(&subscription).1, books.seconds())).unzip();
    subscription["cancel_at_period_end"] = cancel.into();
    subscription["cancel_at"] = moments.0.into();
    subscription["canceled_at"] = moments.1.into();
    subscription["cancellation_details"]["reason"] = cancel.then_some("cancellation_requested").into();
    books.save_and_emit_update(&subscription, "customer.subscription.updated");
    Ok(subscription)
}

/// When a change of price takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// As the portal has it: more expensive at once, cheaper at the end of the period.
    AsThePortal,
    /// At once, with what is left of the old period credited.
    AtOnce,
}

/// Changes a subscription's price.
pub fn change_price(
    books: &mut Books,
    mut subscription: Value,
    price: Value,
    change: Change,
) -> Result<Value, Refusal> {
    must_run(&subscription)?;
    let current = item_of(&subscription)["price"].clone();
    if price["id"] == current["id"] {
        if take_next_price(books, &mut subscription).is_some() {
            books.save_and_emit_update(&subscription, "customer.subscription.updated");
        }
        return Ok(subscription);
    }
    if price["currency"] != current["currency"] || catalogue::interval_of(&price).is_none() {
        return Err(Refusal::invalid(
            "A subscription can only change to a recurring price of the same currency.",
        ));
    }
    let cheaper = price["unit_amount"].as_i64() < current["unit_amount"].as_i64();
    if cheaper && change == Change::AsThePortal {
        let id = subscription["id"].as_str().unwrap_or_default().to_owned();
        books.records.put(NEXT_PRICE, &id, price);
        subscription["schedule"] = id::fresh("sub_sched").into();
        books.save_and_emit_update(&subscription, "customer.subscription.updated");
        return Ok(subscription);
    }
    take_next_price(books, &mut subscription);
    upgrade(books, subscription, &current, price)
}

/// A new period starts now; the invoice has the new price and a credit for what is left of the old period.
fn upgrade(books: &mut Books, mut subscription: Value, old: &Value, price: Value) -> Result<Value, Refusal> {
    let (start, end) = period_of(&subscription);
    let now = books.seconds();
    let next = boundary(&price, books.now(), books.now()).as_second();
    let quantity = item_of(&subscription)["quantity"].as_i64().unwrap_or(1);
    let unused = end.saturating_sub(now).clamp(0, end - start);
    let credit = i128::from(old["unit_amount"].as_i64().unwrap_or_default() * quantity) * i128::from(unused)
        / i128::from((end - start).max(1));
    put_price(&mut subscription, price);
    put_period(&mut subscription, now, next);
    subscription["billing_cycle_anchor"] = now.into();
    let item = item_of(&subscription).clone();
    let credit = Line {
        price: old,
        item: Some(&item),
        quantity,
        amount: -i64::try_from(credit).unwrap_or_default(),
        description: format!("Unused time on {}", old["nickname"].as_str().unwrap_or("the old plan")),
        period: (now, end.max(now)),
        proration: true,
    };
    let lines = [credit, line_for_period(&item, now, next)];
    let mut invoice = invoices::new(books, &subscription, "subscription_update", &lines, (now, now));
    subscription["latest_invoice"] = invoice["id"].clone();
    books.save_and_emit_update(&subscription, "customer.subscription.updated");
    if collect(books, &subscription, &mut invoice) {
        Ok(subscription)
    } else {
        // The portal does not change the plan of somebody whose payment fails; nothing of it happened.
        let message = "The payment for the new plan was declined, so the plan was not changed.";
        Err(Refusal::state("subscription_payment_intent_requires_action", message))
    }
}

/// Puts a subscription into a status, as if payments had failed or come in.
pub fn set_status(books: &mut Books, mut subscription: Value, status: &str) -> Result<Value, Refusal> {
    must_run(&subscription)?;
    match status {
        "canceled" => return Ok(end(books, subscription)),
        "active" => {
            set_failing(books, &subscription, false);
            for mut invoice in invoices::open_of(books, &subscription) {
                collect(books, &subscription, &mut invoice);
            }
        }
        _ => set_failing(books, &subscription, true),
    }
    if subscription["status"] != status {
        subscription["status"] = status.into();
        books.save_and_emit_update(&subscription, "customer.subscription.updated");
    }
    Ok(subscription)
}

/// The price that the subscription goes down to when its period ends.
pub fn next_price(books: &Books, subscription: &Value) -> Option<Value> {
    books.records.get(NEXT_PRICE, subscription["id"].as_str()?).cloned()
}

fn take_next_price(books: &mut Books, subscription: &mut Value) -> Option<Value> {
    let price = next_price(books, subscription)?;
    books.records.remove(NEXT_PRICE, subscription["id"].as_str()?);
    subscription["schedule"] = Value::Null;
    Some(price)
}

fn is_running(subscription: &Value) -> bool {
    matches!(subscription["status"].as_str(), Some("active" | "past_due" | "unpaid"))
}

fn must_run(subscription: &Value) -> Result<(), Refusal> {
    if is_running(subscription) {
        return Ok(());
    }
    Err(Refusal::state(
        "subscription_canceled",
        "This subscription has ended; a new one starts with a new checkout.",
    ))
}

/// The one item of a subscription.
pub fn item_of(subscription: &Value) -> &Value {
    &subscription["items"]["data"][0]
}

/// The current period of a subscription: start and end in seconds.
pub fn period_of(subscription: &Value) -> (i64, i64) {
    let second = |field: &str| item_of(subscription)[field].as_i64().unwrap_or_default();
    (second("current_period_start"), second("current_period_end"))
}

fn put_period(subscription: &mut Value, start: i64, end: i64) {
    let item = &mut subscription["items"]["data"][0];
    item["current_period_start"] = start.into();
    item["current_period_end"] = end.into();
}

fn put_price(subscription: &mut Value, price: Value) {
    let item = &mut subscription["items"]["data"][0];
    item["plan"] = plan_of(&price);
    item["price"] = price;
}

/// The legacy `plan` that stands beside `price`.
fn plan_of(price: &Value) -> Value {
    json!({
        "id": price["id"],
        "object": "plan",
        "active": price["active"],
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": "per_unit",
        "created": price["created"],
        "currency": price["currency"],
        "interval": price["recurring"]["interval"],
        "interval_count": price["recurring"]["interval_count"],
        "livemode": false,
        "metadata": {},
        "meter": null,
        "nickname": price["nickname"],
        "product": price["product"],
        "tiers_mode": null,
        "transform_usage": null,
        "trial_period_days": null,
        "usage_type": "licensed",
    })
}

fn boundary(price: &Value, anchor: Timestamp, after: Timestamp) -> Timestamp {
    catalogue::interval_of(price).unwrap_or(Interval { months: 1 }).boundary_after(anchor, after)
}

fn line_for_period(item: &Value, start: i64, end: i64) -> Line<'_> {
    let (price, quantity) = (&item["price"], item["quantity"].as_i64().unwrap_or(1));
    Line {
        price,
        item: Some(item),
        quantity,
        amount: price["unit_amount"].as_i64().unwrap_or_default() * quantity,
        description: format!("{quantity} × {}", price["nickname"].as_str().unwrap_or("subscription")),
        period: (start, end),
        proration: false,
    }
}

/// `GET /v1/subscriptions/{id}`.
pub fn retrieve(books: &mut Books, call: Call) -> Result<Value, Refusal> {
    call.params.finish()?;
    books.find(KIND, &call.id)
}

/// `GET /v1/subscriptions`.
pub fn list(books: &mut Books, mut call: Call) -> Result<Value, Refusal> {
    let page = Page::of(&mut call.params)?;
    let customer = call.params.text("customer")?;
    let price = call.params.text("price")?;
    let status = call.params.text("status")?;
    call.params.finish()?;
    page.cut(books, KIND, "/v1/subscriptions", |subscription| {
        customer.as_ref().is_none_or(|customer| subscription["customer"] == **customer)
            && price.as_ref().is_none_or(|price| item_of(subscription)["price"]["id"] == **price)
            && match status.as_deref() {
                None => subscription["status"] != "canceled",
                Some("all") => true,
                Some("ended") => subscription["status"] == "canceled",
                Some(status) => subscription["status"] == status,
            }
    })
}

/// `POST /v1/subscriptions/{id}`: metadata, cancelling at the period's end, or another price at once.
pub fn update(books: &mut Books, mut call: Call) -> Result<Value, Refusal> {
    let mut subscription = books.find(KIND, &call.id)?;
    let params = &mut call.params;
    params.metadata(&mut subscription["metadata"])?;
    let cancel = params.flag("cancel_at_period_end")?;
    let mut price = None;
    for mut item in params.objects("items")? {
        let id = item.text("id")?;
        if id.is_some_and(|id| item_of(&subscription)["id"] != id) {
            return Err(Refusal::invalid_param("items[0][id]", "This subscription has no such item."));
        }
        if let Some(wanted) = item.text("price")? {
            price = Some(books.find_for("price", &wanted, &item.full("price"))?);
        }
        item.accept(&["quantity"]);
        item.finish()?;
    }
    params.accept(&[
        "proration_behavior",
        "billing_cycle_anchor",
        "payment_behavior",
        "cancellation_details",
        "description",
    ]);
    call.params.finish()?;
    must_run(&subscription)?;
    books.save_and_emit_update(&subscription, "customer.subscription.updated");
    if let Some(cancel) = cancel {
        subscription = cancel_at_period_end(books, subscription, cancel)?;
    }
    match price {
        Some(price) => change_price(books, subscription, price, Change::AtOnce),
        None => Ok(subscription),
    }
}

/// `DELETE /v1/subscriptions/{id}`: ends it now.
pub fn cancel(books: &mut Books, mut call: Call) -> Result<Value, Refusal> {
    let subscription = books.find(KIND, &call.id)?;
    call.params.accept(&["invoice_now", "prorate", "cancellation_details"]);
    call.params.finish()?;
    if !is_running(&subscription) {
        return Err(Refusal::no_such(KIND, &call.id, "id"));
    }
    Ok(end(books, subscription))
}
