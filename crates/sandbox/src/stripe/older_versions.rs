//! The shapes that objects had in older API versions. Stored objects have the current shape.

use super::invoices::invoice_payments;
use super::payments::refunds;
use super::subscriptions::item;
use crate::records::api_version::{ApiVersion, BASIL, CHARGES_WITHOUT_REFUNDS};
use crate::store::Store;
use crate::stripe::api::list;
use serde_json::{Map, Value, json};

/// The fields that objects got in 2025-03-31.basil or later, by kind.
const ADDED: [(&str, &[&str]); 1] = [("invoice", &["amount_overpaid", "parent", "total_taxes"])];

/// Renders an event and its object in a version, with the lists inside it as short as in responses.
pub fn render_event(store: &Store, event: &mut Value, version: &ApiVersion) {
    event["api_version"] = version.to_string().into();
    list::shorten_embedded(&mut event["data"]["object"]);
    render(store, &mut event["data"]["object"], version);
}

/// Renders an object and every object in it in a version. Events keep the version that they were made with.
pub fn render(store: &Store, value: &mut Value, version: &ApiVersion) {
    if !version.is_before(BASIL) {
        return;
    }
    match value {
        Value::Array(elements) => elements.iter_mut().for_each(|element| render(store, element, version)),
        Value::Object(fields) if fields.get("object") != Some(&json!("event")) => {
            render_fields(store, fields, version);
            let children = fields.iter_mut().filter(|(name, _)| *name != "metadata");
            children.for_each(|(_, child)| render(store, child, version));
        }
        _ => {}
    }
}

fn render_fields(store: &Store, fields: &mut Map<String, Value>, version: &ApiVersion) {
    let kind = fields.get("object").and_then(Value::as_str).unwrap_or_default().to_owned();
    match kind.as_str() {
        "invoice" => fields.extend(invoice(store, fields)),
        "line_item" => fields.extend(line_item(store, fields)),
        "subscription" => fields.extend(subscription(fields)),
        "payment_intent" => {
            let invoice = invoice_payments::invoice_of_intent(store, &fields["id"]);
            fields.insert("invoice".to_owned(), invoice);
        }
        "charge" => {
            let invoice = invoice_payments::invoice_of_intent(store, &fields["payment_intent"]);
            fields.insert("invoice".to_owned(), invoice);
            if version.is_before(CHARGES_WITHOUT_REFUNDS) {
                let refunds = refunds::of_charge(store, fields["id"].as_str().unwrap_or_default());
                fields.insert("refunds".to_owned(), refunds);
            }
        }
        _ => {}
    }
    let added = ADDED.iter().filter(|(of, _)| *of == kind).flat_map(|(_, added)| *added);
    for field in added {
        fields.remove(*field);
    }
}

/// The fields of a JSON object.
fn fields_of(object: Value) -> Map<String, Value> {
    match object {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn invoice(store: &Store, invoice: &Map<String, Value>) -> Map<String, Value> {
    let subscription = &invoice["parent"]["subscription_details"];
    let intent = invoice_payments::intent_of_invoice(store, invoice["id"].as_str().unwrap_or_default());
    let charge = intent.as_str().and_then(|intent| store.find("payment_intent", intent).ok());
    let taxes: Vec<Value> = invoice["total_taxes"].as_array().into_iter().flatten().map(tax_amount).collect();
    let tax: Option<i64> = taxes.iter().map(|tax| tax["amount"].as_i64()).sum();
    fields_of(json!({
        "application_fee_amount": null,
        "charge": charge.map(|intent| intent["latest_charge"].clone()),
        "discount": null,
        "paid": invoice["status"] == "paid",
        "paid_out_of_band": false,
        "payment_intent": intent,
        "quote": invoice["parent"]["quote_details"]["quote"],
        "subscription": subscription["subscription"],
        "subscription_details": { "metadata": subscription["metadata"] },
        "tax": tax.filter(|_| !taxes.is_empty()),
        "total_tax_amounts": taxes,
        "transfer_data": null,
    }))
}

fn tax_amount(tax: &Value) -> Value {
    json!({
        "amount": tax["amount"],
        "inclusive": tax["tax_behavior"] == "inclusive",
        "tax_rate": tax["tax_rate_details"]["tax_rate"],
        "taxability_reason": tax["taxability_reason"],
        "taxable_amount": tax["taxable_amount"],
    })
}

fn line_item(store: &Store, line: &Map<String, Value>) -> Map<String, Value> {
    let price = store.find("price", line["pricing"]["price_details"]["price"].as_str().unwrap_or_default());
    let item = &line["parent"]["subscription_item_details"];
    let taxes: Vec<Value> = line["taxes"].as_array().into_iter().flatten().map(tax_amount).collect();
    let plan = price.as_ref().ok().filter(|price| price["type"] == "recurring").map(item::plan_of);
    fields_of(json!({
        "amount_excluding_tax": line["amount"],
        "plan": plan,
        "price": price.ok(),
        "proration": item["proration"] == true,
        "proration_details": item["proration_details"],
        "subscription_item": item["subscription_item"],
        "tax_amounts": taxes,
        "tax_rates": [],
        "type": if line["parent"]["type"] == "subscription_item_details" { "subscription" } else { "invoiceitem" },
        "unit_amount_excluding_tax": line["pricing"]["unit_amount_decimal"],
    }))
}

fn subscription(subscription: &Map<String, Value>) -> Map<String, Value> {
    let item = &subscription["items"]["data"][0];
    fields_of(json!({
        "current_period_end": item["current_period_end"],
        "current_period_start": item["current_period_start"],
    }))
}
