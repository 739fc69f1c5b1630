//! Invoice items: prorations, which wait for an invoice.

use super::lines::{Credited, Line, Proration, Reduction};
use crate::random;
use crate::records::table::Kind;
use crate::store::Store;
use crate::stripe::api::{Call, Page, StripeError};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const KIND: &str = "invoiceitem";

/// The kind of the records with the lines of items that wait for an invoice.
const WAITING: Kind = "invoiceitem.waiting";

/// An item that waits for an invoice of its subscription.
#[derive(Debug, Serialize, Deserialize)]
struct WaitingItem {
    subscription: Value,
    line: Line,
}

/// What a proration is for.
#[derive(Debug)]
pub struct NewProration<'a> {
    /// The id of the subscription item.
    pub item: &'a str,
    /// The price that is credited or charged.
    pub price: &'a Value,
    /// How many.
    pub quantity: i64,
    /// Minor units; negative for a credit.
    pub amount: i64,
    /// The amount after its discount.
    pub net_amount: i64,
    /// Its discount, with the amount that is shown.
    pub discount: Option<Reduction>,
    /// What it is for, in words.
    pub description: String,
    /// Start and end of the time that it covers, in seconds.
    pub period: (i64, i64),
    /// What a credit gives back.
    pub credited: Option<Credited>,
}

/// Adds a proration to what the next invoice of a subscription bills, and returns the id of its item.
pub fn add(store: &mut Store, subscription: &Value, new: NewProration<'_>) -> String {
    let id = random::id("ii");
    let object = object(store, &id, subscription, &new);
    store.save_and_emit(&object, "invoiceitem.created");
    let line = Line {
        price: new.price.clone(),
        item: Some(new.item.to_owned()),
        quantity: new.quantity,
        amount: new.amount,
        description: new.description,
        period: new.period,
        proration: Some(Proration {
            invoice_item: id.clone(),
            credited: new.credited,
            discount: new.discount,
        }),
    };
    let waiting = WaitingItem { subscription: subscription["id"].clone(), line };
    store.records.write(WAITING, &id, &waiting);
    id
}

fn object(store: &Store, id: &str, subscription: &Value, new: &NewProration<'_>) -> Value {
    let unit_amount = new.price["unit_amount"].as_i64().unwrap_or_default().to_string();
    let credited = new.credited.as_ref().map(|credited| match credited {
        Credited::InvoiceItem(item) => json!({ "invoice_item": item, "type": "invoice_item" }),
        Credited::Line { invoice, line } => json!({
            "invoice_line_item_details": { "invoice": invoice, "invoice_line_items": [line] },
            "type": "invoice_line_items",
        }),
    });
    let discounts: Vec<Value> = new
        .discount
        .iter()
        .map(|shown| json!({ "amount": shown.amount, "discount": shown.discount }))
        .collect();
    json!({
        "id": id,
        "object": KIND,
        "amount": new.amount,
        "currency": new.price["currency"],
        "customer": subscription["customer"],
        "customer_account": null,
        "date": store.seconds(),
        "description": new.description,
        "discountable": false,
        "discounts": [],
        "invoice": null,
        "livemode": false,
        "metadata": {},
        "net_amount": new.net_amount,
        "parent": {
            "subscription_details": { "subscription": subscription["id"], "subscription_item": new.item },
            "type": "subscription_details",
        },
        "period": { "end": new.period.1, "start": new.period.0 },
        "pricing": {
            "price_details": { "price": new.price["id"], "product": new.price["product"] },
            "type": "price_details",
            "unit_amount_decimal": unit_amount,
        },
        "proration": true,
        "proration_details": { "credited_items": credited, "discount_amounts": discounts },
        "quantity": new.quantity,
        "quantity_decimal": new.quantity.to_string(),
        "tax_rates": [],
        "test_clock": null,
    })
}

/// Takes the lines of the items that wait for an invoice of a subscription, oldest first.
pub fn take_waiting(store: &mut Store, subscription: &Value) -> Vec<Line> {
    let all = store.records.read_all::<WaitingItem>(WAITING);
    let own = all.filter(|(_, waiting)| waiting.subscription == subscription["id"]);
    let own: Vec<(String, Line)> = own.map(|(id, waiting)| (id.to_owned(), waiting.line)).collect();
    for (id, _) in &own {
        store.records.remove(WAITING, id);
    }
    own.into_iter().map(|(_, line)| line).collect()
}

/// Whether an item waits for an invoice of a subscription.
pub fn any_waiting(store: &Store, subscription: &Value) -> bool {
    let mut all = store.records.read_all::<WaitingItem>(WAITING);
    all.any(|(_, waiting)| waiting.subscription == subscription["id"])
}

/// Notes the invoice that the items of its lines are on.
pub fn set_invoice(store: &mut Store, lines: &[Line], invoice: &str) {
    for proration in lines.iter().filter_map(|line| line.proration.as_ref()) {
        if let Ok(mut item) = store.find(KIND, &proration.invoice_item) {
            item["invoice"] = invoice.into();
            store.save(&item);
        }
    }
}

/// `GET /v1/invoiceitems/{id}`.
pub fn retrieve(store: &mut Store, call: Call) -> Result<Value, StripeError> {
    call.params.finish()?;
    Ok(store.find(KIND, &call.id)?)
}

/// `GET /v1/invoiceitems`.
pub fn list(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let page = Page::of(&mut call.params)?;
    let customer = call.params.text("customer")?;
    let invoice = call.params.text("invoice")?;
    let pending = call.params.flag("pending")?;
    call.params.finish()?;
    page.select(store, KIND, "/v1/invoiceitems", |item| {
        customer.as_ref().is_none_or(|customer| item["customer"] == **customer)
            && invoice.as_ref().is_none_or(|invoice| item["invoice"] == **invoice)
            && pending.is_none_or(|pending| pending == item["invoice"].is_null())
    })
}
