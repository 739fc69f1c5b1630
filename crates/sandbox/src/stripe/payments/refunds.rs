//! Refunds of charges, in part or in full, including refunds that fail later.

use super::{balance, disputes};
use crate::random;
use crate::store::Store;
use crate::stripe::api::objects::find_by_param;
use crate::stripe::api::{Call, Page, StripeError, list};
use serde_json::{Value, json};

const KIND: &str = "refund";

/// Refunds `amount` of a charge in minor units, or what is left of it if none is given.
pub fn refund(
    store: &mut Store,
    charge: &str,
    amount: Option<i64>,
    reason: Option<&str>,
    metadata: &Value,
) -> Result<Value, StripeError> {
    let mut charge = find_by_param(store, "charge", charge, "charge")?;
    let (paid, refunded) = (number(&charge, "amount_captured"), number(&charge, "amount_refunded"));
    let amount = refundable_amount(store, &charge, paid - refunded, amount)?;
    let id = random::id("re");
    let transaction = balance::enter(store, "refund", -amount, &charge["currency"], &json!(id));
    let refund = json!({
        "id": id,
        "object": KIND,
        "amount": amount,
        "balance_transaction": transaction,
        "charge": charge["id"],
        "created": store.seconds(),
        "currency": charge["currency"],
        "customer": charge["customer"],
        "customer_account": null,
        "destination_details": { "card": { "type": "refund", "reference_status": "pending", "reference_type": "acquirer_reference_number" }, "type": "card" },
        "metadata": metadata,
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": reason,
        "receipt_number": null,
        "source_transfer_reversal": null,
        "status": "succeeded",
        "transfer_reversal": null,
    });
    charge["amount_refunded"] = (refunded + amount).into();
    charge["refunded"] = (refunded + amount == paid).into();
    store.save(&refund);
    store.save_and_emit_update(&charge, "charge.refunded");
    store.emit("refund.created", &refund, None);
    Ok(refund)
}

/// The amount to refund, if the charge allows it; `left` is what was not refunded yet.
fn refundable_amount(
    store: &Store,
    charge: &Value,
    left: i64,
    amount: Option<i64>,
) -> Result<i64, StripeError> {
    if charge["status"] != "succeeded" {
        let message = "This charge was not paid, so there is nothing to refund.";
        return Err(StripeError::state("charge_not_refundable", message));
    }
    if left == 0 {
        let message =
            format!("Charge {} has already been refunded.", charge["id"].as_str().unwrap_or_default());
        return Err(StripeError::state("charge_already_refunded", message));
    }
    if disputes::blocks_refunds(store, &charge["id"]) {
        let message = "This charge has been charged back and cannot be refunded.";
        return Err(StripeError::state("charge_disputed", message));
    }
    let amount = amount.unwrap_or(left);
    if amount < 1 || amount > left {
        let message =
            format!("Refund amount ({amount}) is greater than unrefunded amount on charge ({left}).");
        return Err(StripeError::invalid_param("amount", message));
    }
    Ok(amount)
}

/// Fails a refund that had succeeded: the money returns to the merchant.
pub fn fail(store: &mut Store, id: &str) -> Result<Value, StripeError> {
    let mut refund = store.find(KIND, id)?;
    if refund["status"] != "succeeded" {
        return Err(StripeError::invalid(
            "Only a refund that succeeded can fail; this one has failed already.",
        ));
    }
    let amount = number(&refund, "amount");
    refund["status"] = "failed".into();
    refund["failure_reason"] = "lost_or_stolen_card".into();
    refund["failure_balance_transaction"] =
        balance::enter(store, "refund_failure", amount, &refund["currency"], &refund["id"]).into();
    let mut charge = store.find("charge", refund["charge"].as_str().unwrap_or_default())?;
    charge["amount_refunded"] = (number(&charge, "amount_refunded") - amount).into();
    charge["refunded"] = false.into();
    store.save_and_emit_update(&refund, "refund.failed");
    store.emit("refund.updated", &refund, None);
    store.emit("charge.refund.updated", &refund, None);
    store.save_and_emit_update(&charge, "charge.updated");
    Ok(refund)
}

/// The refunds of a charge, newest first, as `expand[]=refunds` includes them.
pub fn of_charge(store: &Store, charge: &str) -> Value {
    let refunds = store.records.all(KIND).rev().map(|(_, refund)| refund);
    let refunds: Vec<Value> = refunds.filter(|refund| refund["charge"] == charge).cloned().collect();
    list::embedded(&refunds, &format!("/v1/charges/{charge}/refunds"))
}

fn number(object: &Value, field: &str) -> i64 {
    object[field].as_i64().unwrap_or_default()
}

/// `POST /v1/refunds`.
pub fn create(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let params = &mut call.params;
    let charge = match (params.text("charge")?, params.text("payment_intent")?) {
        (Some(charge), None) => charge,
        (None, Some(intent)) => {
            let intent = find_by_param(store, "payment_intent", &intent, "payment_intent")?;
            let charge = intent["latest_charge"].as_str();
            charge.map(str::to_owned).ok_or_else(|| {
                StripeError::invalid("This PaymentIntent does not have a successful charge to refund.")
            })?
        }
        (None, None) => return Err(StripeError::missing("charge")),
        (Some(_), Some(_)) => {
            return Err(StripeError::invalid(
                "You may only specify one of these parameters: charge, payment_intent.",
            ));
        }
    };
    let amount = params.at_least("amount", 1)?;
    let reason = params.one_of("reason", &["duplicate", "fraudulent", "requested_by_customer"])?;
    let mut metadata = json!({});
    params.metadata(&mut metadata)?;
    call.params.finish()?;
    refund(store, &charge, amount, reason, &metadata)
}

/// `GET /v1/refunds/{id}`.
pub fn retrieve(store: &mut Store, call: Call) -> Result<Value, StripeError> {
    call.params.finish()?;
    Ok(store.find(KIND, &call.id)?)
}

/// `POST /v1/refunds/{id}`: metadata only.
pub fn update(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let mut refund = store.find(KIND, &call.id)?;
    call.params.metadata(&mut refund["metadata"])?;
    call.params.finish()?;
    store.save_and_emit_update(&refund, "refund.updated");
    store.emit("charge.refund.updated", &refund, None);
    Ok(refund)
}

/// `GET /v1/refunds`.
pub fn list(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let page = Page::of(&mut call.params)?;
    let charge = call.params.text("charge")?;
    let intent = call.params.text("payment_intent")?;
    call.params.finish()?;
    page.select(store, KIND, "/v1/refunds", |refund| {
        charge.as_ref().is_none_or(|charge| refund["charge"] == **charge)
            && intent.as_ref().is_none_or(|intent| refund["payment_intent"] == **intent)
    })
}
