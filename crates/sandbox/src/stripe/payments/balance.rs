//! The balance, and the transactions that charges, refunds and disputes enter into it.

use crate::random;
use crate::store::Store;
use crate::stripe::api::{Call, Page, StripeError};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const KIND: &str = "balance_transaction";

/// Enters a transaction for the object `source` and returns its id. `amount` is in minor units, negative for money that
/// leaves the balance.
pub fn enter(
    store: &mut Store,
    transaction_type: &str,
    amount: i64,
    currency: &Value,
    source: &Value,
) -> String {
    let id = random::id("txn");
    // Stripe's standard fee, which it keeps when the money is returned.
    let fee = if transaction_type == "charge" { amount * 29 / 1000 + 30 } else { 0 };
    store.save(&json!({
        "id": id,
        "object": KIND,
        "amount": amount,
        "available_on": store.seconds(),
        "balance_type": "payments",
        "created": store.seconds(),
        "currency": currency,
        "description": null,
        "exchange_rate": null,
        "fee": fee,
        "fee_details": [{ "amount": fee, "application": null, "currency": currency, "description": "Stripe processing fees", "type": "stripe_fee" }],
        "net": amount - fee,
        "reporting_category": transaction_type,
        "source": source,
        "status": "available",
        "type": transaction_type,
    }));
    id
}

/// `GET /v1/balance`.
pub fn retrieve(store: &mut Store, call: Call) -> Result<Value, StripeError> {
    call.params.finish()?;
    let mut sums = BTreeMap::<String, i64>::new();
    for (_, transaction) in store.records.all(KIND) {
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
pub fn list_transactions(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let page = Page::of(&mut call.params)?;
    let source = call.params.text("source")?;
    let transaction_type = call.params.text("type")?;
    call.params.finish()?;
    page.select(store, KIND, "/v1/balance_transactions", |it| {
        source.as_ref().is_none_or(|source| it["source"] == **source)
            && transaction_type.as_ref().is_none_or(|wanted| it["type"] == **wanted)
    })
}

/// `GET /v1/balance_transactions/{id}`.
pub fn retrieve_transaction(store: &mut Store, call: Call) -> Result<Value, StripeError> {
    call.params.finish()?;
    Ok(store.find(KIND, &call.id)?)
}
