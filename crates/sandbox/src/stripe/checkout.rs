//! Checkout sessions: what is sold, how it is paid, and how a session ends.

use super::gate::Call;
use super::instrument::Instrument;
use super::list::{self, Page};
use super::params::Params;
use super::payment_intents::{self, Attempt, Authentication};
use super::refusal::Refusal;
use super::{catalogue, customers, subscriptions};
use crate::books::Books;
use crate::id;
use crate::records::Kind;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const KIND: &str = "checkout.session";

/// Stripe's least and largest life of a session, in seconds.
const LIFE_S: std::ops::RangeInclusive<i64> = 30 * 60..=24 * 3600;

/// What a session knows and does not show.
#[derive(Debug, Serialize, Deserialize)]
struct Behind {
    line_items: Vec<Value>,
    /// `payment_intent_data`, as far as it goes onto the intent.
    intent_data: Value,
    /// `subscription_data`, as far as it goes onto the subscription.
    subscription_data: Value,
    /// The intent of the attempts to pay.
    intent: Option<String>,
}

impl Behind {
    const KIND: Kind = "checkout.behind";

    fn of(books: &Books, session: &str) -> Option<Self> {
        books.records.read(Self::KIND, session)
    }
}

/// How an attempt to pay a session ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The session is complete; `payment_status` says whether the money is there.
    Complete(Value),
    /// The bank said no; the session stays open.
    Declined(Refusal),
    /// The payer's bank wants to know that it is them; the session stays open.
    NeedsAuthentication,
}

/// Parameters of a new session that Stripe knows and that change nothing here.
const WITHOUT_EFFECT: [&str; 22] = [
    "adaptive_pricing",
    "allow_promotion_codes",
    "automatic_tax",
    "billing_address_collection",
    "branding_settings",
    "consent_collection",
    "currency",
    "custom_text",
    "customer_update",
    "excluded_payment_method_types",
    "invoice_creation",
    "managed_payments",
    "name_collection",
    "origin_context",
    "payment_method_collection",
    "payment_method_configuration",
    "payment_method_options",
    "phone_number_collection",
    "redirect_on_completion",
    "saved_payment_method_options",
    "tax_id_collection",
    "wallet_options",
];

/// What a new session is asked to be.
struct Order {
    mode: &'static str,
    success_url: String,
    cancel_url: Option<String>,
    buyer: Buyer,
    client_reference_id: Option<String>,
    expires_at: i64,
    metadata: Value,
    customer_creation: Option<&'static str>,
    locale: Option<String>,
    submit_type: Option<String>,
}

/// `POST /v1/checkout/sessions`.
pub fn create(books: &mut Books, mut call: Call) -> Result<Value, Refusal> {
    let params = &mut call.params;
    let order = Order::read(books, params)?;
    let mode = order.mode;
    let behind = Behind {
        intent_data: data_for(params, "payment_intent_data", mode == "payment", mode)?,
        subscription_data: data_for(params, "subscription_data", mode == "subscription", mode)?,
        line_items: new_line_items(books, params, mode)?,
        intent: None,
    };
    params.accept(&WITHOUT_EFFECT);
    call.params.finish()?;
    if (1..50).contains(&total(&behind.line_items)) {
        let message = "The Checkout Session's total amount must convert to at least 50 cents.";
        return Err(Refusal::state("amount_too_small", message));
    }
    let id = format!("cs_test_{}", id::letters(56));
    let session = session_object(books, &id, &order, &behind.line_items);
    books.save(&session);
    books.records.write(Behind::KIND, &id, &behind);
    Ok(session)
}

impl Order {
    fn read(books: &Books, params: &mut Params) -> Result<Self, Refusal> {
        let mode =
            params.one_of("mode", &["payment", "subscription"])?.ok_or_else(|| Refusal::missing("mode"))?;
        let ui_mode = params.one_of("ui_mode", &["hosted_page", "embedded_page", "elements", "form"])?;
        if ui_mode.is_some_and(|mode| mode != "hosted_page") {
            return Err(Refusal::invalid_param(
                "ui_mode",
                "The sandbox has hosted pages only: leave ui_mode out.",
            ));
        }
        let client_reference_id = params.text("client_reference_id")?;
        if client_reference_id.as_ref().is_some_and(|reference| reference.chars().count() > 200) {
            let message = "Invalid string: it can have up to 200 characters";
            return Err(Refusal::invalid_param("client_reference_id", message));
        }
        let now = books.seconds();
        let expires_at = params.integer("expires_at")?.unwrap_or(now + LIFE_S.end());
        if !LIFE_S.contains(&expires_at.saturating_sub(now)) {
            let message = "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.";
            return Err(Refusal::invalid_param("expires_at", message));
        }
        let mut metadata = json!({});
        params.metadata(&mut metadata)?;
        Ok(Self {
            mode,
            success_url: address(params, "success_url")?.ok_or_else(|| Refusal::missing("success_url"))?,
            cancel_url: address(params, "cancel_url")?,
            buyer: buyer(books, params)?,
            client_reference_id,
            expires_at,
            metadata,
            customer_creation: params.one_of("customer_creation", &["always", "if_required"])?,
            locale: params.text("locale")?,
            submit_type: params.text("submit_type")?,
        })
    }
}

fn session_object(books: &Books, id: &str, order: &Order, items: &[Value]) -> Value {
    let email = order.buyer.email.as_deref();
    json!({
        "id": id,
        "object": KIND,
        "adaptive_pricing": { "enabled": false },
        "after_expiration": null,
        "allow_promotion_codes": null,
        "allowed_payment_method_types": null,
        "amount_subtotal": total(items),
        "amount_total": total(items),
        "automatic_tax": { "enabled": false, "liability": null, "provider": null, "status": null },
        "billing_address_collection": null,
        "cancel_url": order.cancel_url,
        "client_reference_id": order.client_reference_id,
        "client_secret": null,
        "collected_information": null,
        "consent": null,
        "consent_collection": null,
        "created": books.seconds(),
        "currency": items.first().map(|item| &item["currency"]),
        "currency_conversion": null,
        "custom_fields": [],
        "custom_text": { "after_submit": null, "shipping_address": null, "submit": null, "terms_of_service_acceptance": null },
        "customer": order.buyer.id,
        "customer_account": null,
        "customer_creation": order.customer_creation.or((order.mode == "payment" && order.buyer.id.is_null()).then_some("if_required")),
        "customer_details": email.map(|email| customer_details(Some(email), None)),
        "customer_email": order.buyer.email_given.then_some(email),
        "discounts": [],
        "expires_at": order.expires_at,
        "integration_identifier": null,
        "invoice": null,
        "invoice_creation": null,
        "livemode": false,
        "locale": order.locale,
        "managed_payments": null,
        "metadata": order.metadata,
        "mode": order.mode,
        "origin_context": null,
        "payment_intent": null,
        "payment_link": null,
        "payment_method_collection": if order.mode == "subscription" { "always" } else { "if_required" },
        "payment_method_configuration_details": null,
        "payment_method_options": {},
        "payment_method_types": ["card", "paypal", "us_bank_account"],
        "payment_status": "unpaid",
        "permissions": null,
        "phone_number_collection": { "enabled": false },
        "recovered_from": null,
        "saved_payment_method_options": null,
        "setup_intent": null,
        "shipping_address_collection": null,
        "shipping_cost": null,
        "shipping_options": [],
        "status": "open",
        "submit_type": order.submit_type,
        "subscription": null,
        "success_url": order.success_url,
        "total_details": { "amount_discount": 0, "amount_shipping": 0, "amount_tax": 0 },
        "ui_mode": "hosted_page",
        "url": format!("{}/c/pay/{id}", books.origin),
        "wallet_options": null,
    })
}

struct Buyer {
    id: Value,
    email: Option<String>,
    email_given: bool,
}

fn buyer(books: &Books, params: &mut Params) -> Result<Buyer, Refusal> {
    match (params.text("customer")?, params.text("customer_email")?) {
        (Some(_), Some(_)) => {
            Err(Refusal::invalid("You may only specify one of these parameters: customer, customer_email."))
        }
        (Some(customer), None) => {
            let customer = customers::existing(books, &customer, "customer")?;
            let email = customer["email"].as_str().map(str::to_owned);
            Ok(Buyer { id: customer["id"].clone(), email, email_given: false })
        }
        (None, email) => Ok(Buyer { id: Value::Null, email_given: email.is_some(), email }),
    }
}

fn customer_details(email: Option<&str>, name: Option<&str>) -> Value {
    json!({ "address": null, "business_name": null, "email": email, "individual_name": null, "name": name, "phone": null, "tax_exempt": "none", "tax_ids": [] })
}

/// An address to send the customer to; the template `{CHECKOUT_SESSION_ID}` may stand in it.
fn address(params: &mut Params, name: &str) -> Result<Option<String>, Refusal> {
    let Some(text) = params.text(name)? else { return Ok(None) };
    match url::Url::parse(&text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(Some(text)),
        _ => Err(Refusal::invalid_code("url_invalid", name, format!("Not a valid URL: {text}"))),
    }
}

/// What of `payment_intent_data` or `subscription_data` goes onto the object that the session makes.
fn data_for(params: &mut Params, name: &str, fits: bool, mode: &str) -> Result<Value, Refusal> {
    let mut given = params.nested(name)?;
    if !fits && !given.is_empty() {
        return Err(Refusal::invalid_param(name, format!("You can not pass `{name}` in `{mode}` mode.")));
    }
    let mut data = json!({ "metadata": {} });
    given.metadata(&mut data["metadata"])?;
    for field in ["description", "receipt_email"] {
        data[field] = given.text(field)?.into();
    }
    given.accept(&[
        "capture_method",
        "proration_behavior",
        "setup_future_usage",
        "shipping",
        "statement_descriptor",
        "statement_descriptor_suffix",
    ]);
    given.finish()?;
    Ok(data)
}

fn new_line_items(books: &mut Books, params: &mut Params, mode: &str) -> Result<Vec<Value>, Refusal> {
    let given = params.objects("line_items")?;
    if given.is_empty() {
        return Err(Refusal::missing("line_items"));
    }
    if given.len() > 100 {
        return Err(Refusal::invalid_param("line_items", "A session can have up to 100 line items."));
    }
    let items = given.into_iter().map(|item| new_line_item(books, item)).collect::<Result<Vec<_>, _>>()?;
    let recurring = items.iter().filter(|item| item["price"]["type"] == "recurring").count();
    if mode == "payment" && recurring > 0 {
        let message = "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.";
        return Err(Refusal::invalid_param("line_items", message));
    }
    if mode == "subscription" && recurring != 1 {
        let message =
            "You must provide one recurring price in `subscription` mode; the sandbox takes exactly one.";
        return Err(Refusal::invalid_param("line_items", message));
    }
    if items.iter().any(|item| item["currency"] != items[0]["currency"]) {
        return Err(Refusal::invalid_param("line_items", "All line items must have the same currency."));
    }
    Ok(items)
}

fn new_line_item(books: &mut Books, mut item: Params) -> Result<Value, Refusal> {
    let mut price_data = item.nested("price_data")?;
    let price = match item.text("price")? {
        Some(price) => books.find_for("price", &price, &item.full("price"))?,
        None if price_data.is_empty() => return Err(Refusal::missing(&item.full("price"))),
        None => {
            let mut price = catalogue::new_price(books, &mut price_data)?;
            price["active"] = false.into();
            books.save(&price);
            price
        }
    };
    price_data.finish()?;
    let quantity = item.at_least("quantity", 1)?.ok_or_else(|| Refusal::missing(&item.full("quantity")))?;
    let mut metadata = json!({});
    item.metadata(&mut metadata)?;
    item.accept(&["adjustable_quantity", "tax_rates"]);
    item.finish()?;
    let product = books.find("product", price["product"].as_str().unwrap_or_default())?;
    let amount = price["unit_amount"].as_i64().unwrap_or_default().checked_mul(quantity);
    let amount = amount.filter(|amount| *amount <= 99_999_999);
    let amount =
        amount.ok_or_else(|| Refusal::state("amount_too_large", "The amount can be 999,999.99 at most."))?;
    Ok(json!({
        "id": id::fresh("li"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": product["name"],
        "metadata": metadata,
        "price": price,
        "quantity": quantity,
    }))
}

fn total(items: &[Value]) -> i64 {
    items.iter().filter_map(|item| item["amount_total"].as_i64()).sum()
}

/// `GET /v1/checkout/sessions/{id}`.
pub fn retrieve(books: &mut Books, call: Call) -> Result<Value, Refusal> {
    call.params.finish()?;
    books.find(KIND, &call.id)
}

/// `GET /v1/checkout/sessions`.
pub fn list(books: &mut Books, mut call: Call) -> Result<Value, Refusal> {
    let page = Page::of(&mut call.params)?;
    let mut fields = Vec::new();
    for field in ["customer", "payment_intent", "subscription", "status"] {
        fields.extend(call.params.text(field)?.map(|wanted| (field, wanted)));
    }
    call.params.finish()?;
    page.cut(books, KIND, "/v1/checkout/sessions", |session| {
        fields.iter().all(|(field, wanted)| session[field] == **wanted)
    })
}

/// `GET /v1/checkout/sessions/{id}/line_items`.
pub fn line_items(books: &mut Books, mut call: Call) -> Result<Value, Refusal> {
    books.find(KIND, &call.id)?;
    let page = Page::of(&mut call.params)?;
    call.params.finish()?;
    let items = Behind::of(books, &call.id).map(|behind| behind.line_items).unwrap_or_default();
    let items: Vec<&Value> = items.iter().collect();
    page.cut_from(&items, "item", &format!("/v1/checkout/sessions/{}/line_items", call.id))
}

/// The line items of a session, as `expand[]=line_items` shows them.
pub fn line_items_of(books: &Books, session: &str) -> Value {
    let items = Behind::of(books, session).map(|behind| behind.line_items).unwrap_or_default();
    list::embedded(&items, &format!("/v1/checkout/sessions/{session}/line_items"))
}

/// `POST /v1/checkout/sessions/{id}/expire`.
pub fn expire(books: &mut Books, call: Call) -> Result<Value, Refusal> {
    let session = books.find(KIND, &call.id)?;
    call.params.finish()?;
    if session["status"] != "open" {
        let status = session["status"].as_str().unwrap_or_default();
        return Err(Refusal::invalid(format!(
            "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of \"{status}\"."
        )));
    }
    expire_now(books, session);
    books.find(KIND, &call.id)
}

/// Ends an open session without a payment.
pub fn expire_now(books: &mut Books, mut session: Value) {
    session["status"] = "expired".into();
    session["url"] = Value::Null;
    books.save_and_emit(&session, "checkout.session.expired");
}

/// The open session that expires first, and when.
pub fn next_expiry(books: &Books) -> Option<(Timestamp, Value)> {
    let open =
        books.records.all(KIND).map(|(_, session)| session).filter(|session| session["status"] == "open");
    let first = open.min_by_key(|session| session["expires_at"].as_i64())?;
    let at = Timestamp::from_second(first["expires_at"].as_i64()?).ok()?;
    Some((at, first.clone()))
}

/// Tries to pay an open session.
pub fn pay(
    books: &mut Books,
    id: &str,
    instrument: &Instrument,
    authentication: Authentication,
) -> Result<Outcome, Refusal> {
    let mut session = books.find(KIND, id)?;
    if session["status"] != "open" || session["expires_at"].as_i64().is_some_and(|at| at <= books.seconds()) {
        let message = "This Checkout Session is no longer open: it was paid, cancelled or has expired.";
        return Err(Refusal::state("checkout_session_not_open", message));
    }
    let mut behind = Behind::of(books, id).ok_or_else(Refusal::internal)?;
    let amount = session["amount_total"].as_i64().unwrap_or_default();
    let mut intent = None;
    let mut payment_status = "no_payment_required";
    if amount > 0 {
        let mut payment = intent_of(books, &session, &mut behind, amount)?;
        payment_status = match payment_intents::attempt(books, &mut payment, instrument, authentication) {
            Attempt::Succeeded => "paid",
            Attempt::Processing => "unpaid",
            Attempt::Declined(refusal) => return Ok(Outcome::Declined(refusal)),
            Attempt::NeedsAuthentication => return Ok(Outcome::NeedsAuthentication),
        };
        intent = Some(payment);
    }
    complete(books, &mut session, &behind, instrument, intent.as_mut(), payment_status);
    Ok(Outcome::Complete(session))
}

/// The intent that the session's attempts to pay share.
fn intent_of(books: &mut Books, session: &Value, behind: &mut Behind, amount: i64) -> Result<Value, Refusal> {
    if let Some(intent) = &behind.intent {
        return books.find("payment_intent", intent);
    }
    let currency = session["currency"].as_str().unwrap_or_default();
    let metadata = behind.intent_data["metadata"].clone();
    let mut intent = payment_intents::new(books, amount, currency, &session["customer"], &metadata);
    for field in ["description", "receipt_email"] {
        intent[field] = behind.intent_data[field].clone();
    }
    books.save(&intent);
    behind.intent = intent["id"].as_str().map(str::to_owned);
    if let Some(id) = session["id"].as_str() {
        books.records.write(Behind::KIND, id, behind);
    }
    Ok(intent)
}

fn complete(
    books: &mut Books,
    session: &mut Value,
    behind: &Behind,
    instrument: &Instrument,
    intent: Option<&mut Value>,
    payment_status: &str,
) {
    let email =
        session["customer_details"]["email"].as_str().or(instrument.email.as_deref()).map(str::to_owned);
    session["customer_details"] = customer_details(email.as_deref(), instrument.name.as_deref());
    let subscribing = session["mode"] == "subscription";
    if session["customer"].is_null() && (subscribing || session["customer_creation"] == "always") {
        let customer = customers::new(books, email.as_deref(), instrument.name.as_deref());
        books.save_and_emit(&customer, "customer.created");
        session["customer"] = customer["id"].clone();
    }
    session["status"] = "complete".into();
    session["payment_status"] = payment_status.into();
    session["url"] = Value::Null;
    if subscribing {
        let subscription = subscriptions::start(
            books,
            &session["customer"],
            &behind.line_items,
            &behind.subscription_data,
            intent.as_deref(),
        );
        session["subscription"] = subscription["id"].clone();
        session["invoice"] = subscription["latest_invoice"].clone();
    } else {
        session["payment_intent"] = intent.as_ref().map(|intent| intent["id"].clone()).unwrap_or_default();
    }
    if let Some(intent) = &intent
        && intent["customer"] != session["customer"]
    {
        adopt(books, intent, &session["customer"]);
    }
    books.save_and_emit(session, "checkout.session.completed");
    if let Some(intent) = intent {
        payment_intents::dispute_if_so_minded(books, intent);
    }
}

/// Gives the payment of a guest to the customer that the session made of them.
fn adopt(books: &mut Books, intent: &Value, customer: &Value) {
    for (kind, id) in [("payment_intent", &intent["id"]), ("charge", &intent["latest_charge"])] {
        if let Ok(mut object) = books.find(kind, id.as_str().unwrap_or_default()) {
            object["customer"] = customer.clone();
            books.save(&object);
        }
    }
}

/// Settles the payment of a session that was completed unpaid.
pub fn settle(books: &mut Books, id: &str, succeeds: bool) -> Result<Value, Refusal> {
    let mut session = books.find(KIND, id)?;
    let intent = Behind::of(books, id).and_then(|behind| behind.intent);
    let waiting = session["status"] == "complete" && session["payment_status"] == "unpaid";
    let Some(intent) = intent.filter(|_| waiting) else {
        return Err(Refusal::invalid(
            "Only a session that was completed by bank debit and is still unpaid can be settled.",
        ));
    };
    let mut intent = books.find("payment_intent", &intent)?;
    payment_intents::settle(books, &mut intent, succeeds)?;
    if session["mode"] == "subscription" {
        subscriptions::first_payment_settled(books, &session["subscription"], &intent, succeeds);
    }
    if succeeds {
        session["payment_status"] = "paid".into();
        books.save_and_emit(&session, "checkout.session.async_payment_succeeded");
    } else {
        books.save_and_emit(&session, "checkout.session.async_payment_failed");
    }
    Ok(session)
}
