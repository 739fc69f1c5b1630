//! The balance: what charges brought in and refunds and disputes took out.

use super::gate::Call;
use super::list::Page;
use super::refusal::Refusal;
use crate::books::Books;
use crate::id;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const KIND: &str = "balance_transaction";

/// Enters what an object of Stripe's did to the balance and gives the transaction's id. Amounts are in minor units,
/// negative for what went out.
pub fn enter(books: &mut Books, kind: &str, amount: i64, currency: &Value, source: &Value) -> String {
    let txn = id::fresh("txn");
    // 2.9 % and 30: Stripe's own standard fee, kept when the money goes back.
    let fee = if kind == "charge" { amount * 29 / 1000 + 30 } else { 0 };
    books.save(&json!({
        "id": txn,
        "object": KIND,
        "amount": amount,
        "available_on": books.seconds(),
        "balance_type": "payments",
        "created": books.seconds(),
        "currency": currency,
        "description": null,
        "exchange_rate": null,
        "fee": fee,
        "fee_details": [{ "amount": fee, "application": null, "currency": currency, "description": "Stripe processing fees", "type": "stripe_fee" }],
        "net": amount - fee,
        "reporting_category": kind,
        "source": source,
        "status": "available",
        "type": kind,
    }));
    txn
}

/// `GET /v1/balance`.
pub fn retrieve(books: &mut Books, call: Call) -> Result<Value, Refusal> {
    call.params.finish()?;
    let mut sums = BTreeMap::<String, i64>::new();
    for (_, transaction) in books.records.all(KIND) {
        let currency = transaction["currency"].as_str().unwrap_or_default().to_owned();
        *sums.entry(currency).or_default() += transaction["net"].as_i64().unwrap_or_default();
    }
    let available: Vec<Value> = sums
        .into_iter()
        .map(|(currency, amount)| json!({ "amount": amount, "currency": currency, "source_types": { "card": amount } }))
        .collect();
    Ok(json!({ "object": "balance", "available": available, "livemode": false, "pending": [] }))
}

/// `GET /v1/balance_transactions`.
pub fn list_transactions(books: &mut Books, mut call: Call) -> Result<Value, Refusal> {
    let page = Page::of(&mut call.params)?;
    let source = call.params.text("source")?;
    let kind = call.params.text("type")?;
    call.params.finish()?;
    page.cut(books, KIND, "/v1/balance_transactions", |it| {
        source.as_ref().is_none_or(|source| it["source"] == **source)
            && kind.as_ref().is_none_or(|kind| it["type"] == **kind)
    })
}

/// `GET /v1/balance_transactions/{id}`.
pub fn retrieve_transaction(books: &mut Books, call: Call) -> Result<Value, Refusal> {
    call.params.finish()?;
    books.find(KIND, &call.id)
}
