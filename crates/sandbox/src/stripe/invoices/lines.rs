//! Invoice lines.

use crate::random;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// One line of an invoice.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Line {
    /// The price that it bills.
    pub price: Value,
    /// The id of the subscription item that it bills; `None` for a one-time extra.
    pub item: Option<String>,
    /// How many.
    pub quantity: i64,
    /// Minor units; negative for a credit.
    pub amount: i64,
    /// What it is for, in words.
    pub description: String,
    /// Start and end of the time that it bills, in seconds.
    pub period: (i64, i64),
    /// How it comes from a change within a period; `None` for a whole period.
    pub proration: Option<Proration>,
}

/// A line for a part of a period.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Proration {
    /// The invoice item that it was created as.
    pub invoice_item: String,
    /// What a credit gives back; `None` for a charge.
    pub credited: Option<Credited>,
    /// The discount that it was made with, with the amount that the line shows: 0 if the line's own amount is reduced by it.
    #[serde(default)]
    pub discount: Option<Reduction>,
}

/// What a discount takes off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reduction {
    /// The id of the discount.
    pub discount: Value,
    /// Minor units; negative for a credit.
    pub amount: i64,
}

/// What a credit gives back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Credited {
    /// An item that is on no invoice yet.
    InvoiceItem(String),
    /// A line.
    Line {
        /// The invoice that it is on.
        invoice: String,
        /// Its id.
        line: String,
    },
}

impl Line {
    /// The line that bills a subscription item for one period.
    pub fn for_period(item: &Value, (start, end): (i64, i64)) -> Self {
        let (price, quantity) = (&item["price"], item["quantity"].as_i64().unwrap_or(1));
        Self {
            price: price.clone(),
            item: item["id"].as_str().map(str::to_owned),
            quantity,
            amount: price["unit_amount"].as_i64().unwrap_or_default() * quantity,
            description: format!("{quantity} × {}", name(price)),
            period: (start, end),
            proration: None,
        }
    }

    /// The discount of a proration.
    pub fn discount(&self) -> Option<&Reduction> {
        self.proration.as_ref().and_then(|proration| proration.discount.as_ref())
    }

    /// What it gives back.
    fn credited(&self) -> Option<&Credited> {
        self.proration.as_ref().and_then(|proration| proration.credited.as_ref())
    }

    /// The line's object in an invoice of a subscription.
    fn object(&self, invoice: &str, subscription: &Value) -> Value {
        let unit_amount = self.price["unit_amount"].as_i64().unwrap_or_default().to_string();
        let proration = self.proration.as_ref();
        json!({
            "id": random::id("il"),
            "object": "line_item",
            "amount": self.amount,
            "currency": self.price["currency"],
            "description": self.description,
            "discount_amounts": [],
            "discountable": proration.is_none(),
            "discounts": [],
            "invoice": invoice,
            "livemode": false,
            "metadata": subscription["metadata"],
            "parent": {
                "invoice_item_details": null,
                "subscription_item_details": {
                    "invoice_item": proration.map(|proration| &proration.invoice_item),
                    "proration": proration.is_some(),
                    "proration_details": { "credited_items": null },
                    "subscription": subscription["id"],
                    "subscription_item": self.item,
                },
                "type": "subscription_item_details",
            },
            "period": { "end": self.period.1, "start": self.period.0 },
            "pretax_credit_amounts": [],
            "pricing": {
                "price_details": { "price": self.price["id"], "product": self.price["product"] },
                "type": "price_details",
                "unit_amount_decimal": unit_amount,
            },
            "quantity": self.quantity,
            "quantity_decimal": self.quantity.to_string(),
            "subscription": subscription["id"],
            "subtotal": self.amount,
            "taxes": [],
        })
    }
}

/// The objects of the lines of an invoice of a subscription.
pub fn objects(lines: &[Line], invoice: &str, subscription: &Value) -> Vec<Value> {
    let mut objects: Vec<Value> = lines.iter().map(|line| line.object(invoice, subscription)).collect();
    for (index, credited) in
        lines.iter().enumerate().filter_map(|(index, line)| Some((index, line.credited()?)))
    {
        let credited_items = match credited {
            Credited::Line { invoice, line } => json!({ "invoice": invoice, "invoice_line_items": [line] }),
            // The item was on no invoice, so it is on this one.
            Credited::InvoiceItem(item) => {
                let line = objects.iter().find(|object| invoice_item_of(object) == item);
                line.map_or(
                    Value::Null,
                    |line| json!({ "invoice": invoice, "invoice_line_items": [line["id"]] }),
                )
            }
        };
        objects[index]["parent"]["subscription_item_details"]["proration_details"]["credited_items"] =
            credited_items;
    }
    objects
}

/// The id of the invoice item that a line was created as; null for a whole period.
pub fn invoice_item_of(line: &Value) -> &Value {
    &line["parent"]["subscription_item_details"]["invoice_item"]
}

/// What a price is called on an invoice.
pub fn name(price: &Value) -> &str {
    price["nickname"].as_str().unwrap_or("subscription")
}
