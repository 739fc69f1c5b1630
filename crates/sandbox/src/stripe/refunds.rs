//! Refunds of charges, in part or in full, and those that fail later.

use super::balance;
use super::gate::Call;
use super::list::Page;
use super::refusal::Refusal;
use crate::books::Books;
use crate::id;
use serde_json::{Value, json};

const KIND: &str = "refund";

/// Refunds `amount` of a charge in minor units; what is left of it if none is given.
pub fn refund(
    books: &mut Books,
    charge: &str,
    amount: Option<i64>,
    reason: Option<&str>,
    metadata: &Value,
) -> Result<Value, Refusal> {
    let mut charge = books.find_for("charge", charge, "charge")?;
    let (paid, refunded) = (number(&charge, "amount_captured"), number(&charge, "amount_refunded"));
    let left = paid - refunded;
    let amount = amount.unwrap_or(left);
    if charge["status"] != "succeeded" {
        return Err(Refusal::state(
            "charge_not_refundable",
            "This charge was not paid, so there is nothing to refund.",
        ));
    }
    if left == 0 {
        let message =
            format!("Charge {} has already been refunded.", charge["id"].as_str().unwrap_or_default());
        return Err(Refusal::state("charge_already_refunded", message));
    }
    if open_dispute(books, &charge["id"]) {
        return Err(Refusal::state(
            "charge_disputed",
            "This charge has been charged back and cannot be refunded.",
        ));
    }
    if amount < 1 || amount > left {
        let message =
            format!("Refund amount ({amount}) is greater than unrefunded amount on charge ({left}).");
        return Err(Refusal::invalid_param("amount", message));
    }
    let id = id::fresh("re");
    let transaction = balance::enter(books, "refund", -amount, &charge["currency"], &json!(id));
    let refund = json!({
        "id": id,
        "object": KIND,
        "amount": amount,
        "balance_transaction": transaction,
        "charge": charge["id"],
        "created": books.seconds(),
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
    books.save(&refund);
    books.save_and_emit_update(&charge, "charge.refunded");
    books.emit("refund.created", &refund, None);
    Ok(refund)
}

/// The refund that seemed to succeed did not: the money is back with the merchant.
pub fn fail(books: &mut Books, id: &str) -> Result<Value, Refusal> {
    let mut refund = books.find(KIND, id)?;
    if refund["status"] != "succeeded" {
        return Err(Refusal::invalid(
            "Only a refund that succeeded can fail afterwards; this one has failed already.",
        ));
    }
    let amount = number(&refund, "amount");
    refund["status"] = "failed".into();
    refund["failure_reason"] = "lost_or_stolen_card".into();
    refund["failure_balance_transaction"] =
        balance::enter(books, "refund_failure", amount, &refund["currency"], &refund["id"]).into();
    let mut charge = books.find("charge", refund["charge"].as_str().unwrap_or_default())?;
    charge["amount_refunded"] = (number(&charge, "amount_refunded") - amount).into();
    charge["refunded"] = false.into();
    books.save_and_emit_update(&refund, "refund.failed");
    books.emit("refund.updated", &refund, None);
    books.save_and_emit_update(&charge, "charge.updated");
    Ok(refund)
}

fn open_dispute(books: &Books, charge: &Value) -> bool {
    let mut disputes = books.records.all("dispute").map(|(_, dispute)| dispute);
    disputes.any(|dispute| dispute["charge"] == *charge && dispute["status"] != "won")
}

fn number(object: &Value, field: &str) -> i64 {
    object[field].as_i64().unwrap_or_default()
}

/// `POST /v1/refunds`.
pub fn create(books: &mut Books, mut call: Call) -> Result<Value, Refusal> {
    let params = &mut call.params;
    let charge = match (params.text("charge")?, params.text("payment_intent")?) {
        (Some(charge), None) => charge,
        (None, Some(intent)) => {
            let intent = books.find_for("payment_intent", &intent, "payment_intent")?;
            let charge = intent["latest_charge"].as_str();
            charge.map(str::to_owned).ok_or_else(|| {
                Refusal::invalid("This PaymentIntent does not have a successful charge to refund.")
            })?
        }
        (None, None) => return Err(Refusal::missing("charge")),
        (Some(_), Some(_)) => {
            return Err(Refusal::invalid(
                "You may only specify one of these parameters: charge, payment_intent.",
            ));
        }
    };
    let amount = params.at_least("amount", 1)?;
    let reason = params.one_of("reason", &["duplicate", "fraudulent", "requested_by_customer"])?;
    let mut metadata = json!({});
    params.metadata(&mut metadata)?;
    call.params.finish()?;
    refund(books, &charge, amount, reason, &metadata)
}

/// `GET /v1/refunds/{id}`.
pub fn retrieve(books: &mut Books, call: Call) -> Result<Value, Refusal> {
    call.params.finish()?;
    books.find(KIND, &call.id)
}

/// `POST /v1/refunds/{id}`: metadata only.
pub fn update(books: &mut Books, mut call: Call) -> Result<Value, Refusal> {
    let mut refund = books.find(KIND, &call.id)?;
    call.params.metadata(&mut refund["metadata"])?;
    call.params.finish()?;
    books.save_and_emit_update(&refund, "refund.updated");
    Ok(refund)
}

/// `GET /v1/refunds`.
pub fn list(books: &mut Books, mut call: Call) -> Result<Value, Refusal> {
    let page = Page::of(&mut call.params)?;
    let charge = call.params.text("charge")?;
    let intent = call.params.text("payment_intent")?;
    call.params.finish()?;
    page.cut(books, KIND, "/v1/refunds", |refund| {
        charge.as_ref().is_none_or(|charge| refund["charge"] == **charge)
            && intent.as_ref().is_none_or(|intent| refund["payment_intent"] == **intent)
    })
}
