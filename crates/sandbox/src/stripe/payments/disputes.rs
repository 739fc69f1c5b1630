//! Disputes: the payer's bank takes the money back until the dispute is settled.

use super::balance;
use super::test_cards::DisputeKind;
use crate::random;
use crate::store::Store;
use crate::stripe::api::objects::find_by_param;
use crate::stripe::api::{Call, Page, StripeError};
use serde_json::{Value, json};

const KIND: &str = "dispute";

/// The fields of the evidence that a merchant can submit; the sandbox has them empty.
const EVIDENCE: [&str; 27] = [
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
];

fn evidence() -> Value {
    let mut evidence: Value = EVIDENCE.iter().map(|field| ((*field).to_owned(), Value::Null)).collect();
    evidence["enhanced_evidence"] = json!({});
    evidence
}

/// In whose favour the payer's bank decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The merchant.
    Won,
    /// The payer.
    Lost,
}

/// Opens a dispute about what was not refunded of a charge.
pub fn open(store: &mut Store, charge: &str, kind: DisputeKind) -> Result<Value, StripeError> {
    let mut charge = find_by_param(store, "charge", charge, "charge")?;
    if charge["status"] != "succeeded" || charge["disputed"] == true {
        return Err(StripeError::invalid("Only a paid charge can be disputed, and only once."));
    }
    let amount = charge["amount"].as_i64().unwrap_or_default()
        - charge["amount_refunded"].as_i64().unwrap_or_default();
    if amount == 0 {
        return Err(StripeError::invalid(
            "This charge was refunded in full, so there is nothing to dispute.",
        ));
    }
    let id = random::id("du");
    let is_inquiry = kind == DisputeKind::Inquiry;
    let mut transactions = Vec::new();
    if !is_inquiry {
        let transaction = balance::enter(store, "adjustment", -amount, &charge["currency"], &json!(id));
        transactions.push(store.find("balance_transaction", &transaction)?);
    }
    let dispute = object(store, &id, &charge, amount, &transactions, is_inquiry);
    charge["disputed"] = true.into();
    store.save_and_emit_update(&charge, "charge.updated");
    store.save_and_emit(&dispute, "charge.dispute.created");
    if !is_inquiry {
        store.emit("charge.dispute.funds_withdrawn", &dispute, None);
    }
    Ok(dispute)
}

fn object(
    store: &Store,
    id: &str,
    charge: &Value,
    amount: i64,
    transactions: &[Value],
    is_inquiry: bool,
) -> Value {
    let case = if is_inquiry { "inquiry" } else { "chargeback" };
    json!({
        "id": id,
        "object": KIND,
        "amount": amount,
        "balance_transactions": transactions,
        "charge": charge["id"],
        "created": store.seconds(),
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": evidence(),
        "evidence_details": {
            "due_by": store.seconds() + 7 * 24 * 3600,
            "enhanced_eligibility": {},
            "has_evidence": false,
            "past_due": false,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "intended_submission_method": null,
        "is_charge_refundable": is_inquiry,
        "livemode": false,
        "metadata": {},
        "network_reason_code": "10.4",
        "payment_intent": charge["payment_intent"],
        "payment_method_details": { "card": { "brand": "visa", "case_type": case, "network": "visa", "network_reason_code": "10.4" }, "type": "card" },
        "reason": "fraudulent",
        "status": if is_inquiry { "warning_needs_response" } else { "needs_response" },
    })
}

/// Settles a dispute. An inquiry is only closed, because the bank has taken no money.
pub fn settle(store: &mut Store, mut dispute: Value, verdict: Verdict) -> Result<Value, StripeError> {
    let status = dispute["status"].as_str().unwrap_or_default();
    if matches!(status, "won" | "lost" | "warning_closed") {
        return Err(StripeError::invalid("This dispute is already closed."));
    }
    if status.starts_with("warning_") {
        dispute["status"] = "warning_closed".into();
        store.save_and_emit_update(&dispute, "charge.dispute.closed");
        return Ok(dispute);
    }
    dispute["status"] = if verdict == Verdict::Won { "won" } else { "lost" }.into();
    if verdict == Verdict::Won {
        let amount = dispute["amount"].as_i64().unwrap_or_default();
        let transaction = balance::enter(store, "adjustment", amount, &dispute["currency"], &dispute["id"]);
        let transaction = store.find("balance_transaction", &transaction)?;
        if let Some(transactions) = dispute["balance_transactions"].as_array_mut() {
            transactions.push(transaction);
        }
    }
    store.save_and_emit_update(&dispute, "charge.dispute.closed");
    if verdict == Verdict::Won {
        store.emit("charge.dispute.funds_reinstated", &dispute, None);
    }
    Ok(dispute)
}

/// The dispute of a charge.
pub fn of_charge(store: &Store, charge: &str) -> Option<Value> {
    let mut disputes = store.records.all(KIND).map(|(_, dispute)| dispute);
    disputes.find(|dispute| dispute["charge"] == charge).cloned()
}

/// Whether a charge has a dispute because of which it cannot be refunded.
pub fn blocks_refunds(store: &Store, charge: &Value) -> bool {
    let mut disputes = store.records.all(KIND).map(|(_, dispute)| dispute);
    disputes.any(|dispute| dispute["charge"] == *charge && dispute["status"] != "won")
}

/// `GET /v1/disputes/{id}`.
pub fn retrieve(store: &mut Store, call: Call) -> Result<Value, StripeError> {
    call.params.finish()?;
    Ok(store.find(KIND, &call.id)?)
}

/// `POST /v1/disputes/{id}/close`: the merchant accepts the dispute as lost.
pub fn close(store: &mut Store, call: Call) -> Result<Value, StripeError> {
    call.params.finish()?;
    let dispute = store.find(KIND, &call.id)?;
    settle(store, dispute, Verdict::Lost)
}

/// `GET /v1/disputes`.
pub fn list(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let page = Page::of(&mut call.params)?;
    let charge = call.params.text("charge")?;
    let intent = call.params.text("payment_intent")?;
    call.params.finish()?;
    page.select(store, KIND, "/v1/disputes", |dispute| {
        charge.as_ref().is_none_or(|charge| dispute["charge"] == **charge)
            && intent.as_ref().is_none_or(|intent| dispute["payment_intent"] == **intent)
    })
}
