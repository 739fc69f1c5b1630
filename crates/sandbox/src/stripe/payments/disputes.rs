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

/// Settles a dispute, also one that was settled before: an appeal can be won, and a won dispute can be lost again. An
/// inquiry is only closed, because the bank has taken no money.
pub fn settle(store: &mut Store, dispute: Value, verdict: Verdict) -> Result<Value, StripeError> {
    let status = match (is_inquiry(&dispute), verdict) {
        (true, _) => "warning_closed",
        (false, Verdict::Won) => "won",
        (false, Verdict::Lost) => "lost",
    };
    set_status(store, dispute, status)
}

fn is_inquiry(dispute: &Value) -> bool {
    dispute["status"].as_str().is_some_and(|status| status.starts_with("warning_"))
}

/// Whether the money of a dispute with this status is with the payer's bank. `None` for a status that Stripe does not
/// document.
fn is_withdrawn(status: &str) -> Option<bool> {
    match status {
        "needs_response" | "under_review" | "appeal_needs_response" | "appeal_under_review" | "lost" => {
            Some(true)
        }
        "won" | "prevented" | "warning_needs_response" | "warning_under_review" | "warning_closed" => {
            Some(false)
        }
        _ => None,
    }
}

/// Sets the status of a dispute, with the events of what happens to the money.
pub fn set_status(store: &mut Store, mut dispute: Value, status: &str) -> Result<Value, StripeError> {
    if dispute["status"] == status {
        return Err(StripeError::invalid("This dispute has this status already."));
    }
    let paid_back: i64 = transactions(&dispute).filter_map(|it| it["amount"].as_i64()).sum();
    let (amount, withdrawn) = (dispute["amount"].as_i64().unwrap_or_default(), paid_back < 0);
    dispute["status"] = status.into();
    let moved = match is_withdrawn(status) {
        Some(true) if !withdrawn => Some((-amount, "charge.dispute.funds_withdrawn")),
        Some(false) if withdrawn => Some((amount, "charge.dispute.funds_reinstated")),
        _ => None,
    };
    if let Some((amount, _)) = moved {
        let transaction = balance::enter(store, "adjustment", amount, &dispute["currency"], &dispute["id"]);
        let transaction = store.find("balance_transaction", &transaction)?;
        if let Some(transactions) = dispute["balance_transactions"].as_array_mut() {
            transactions.push(transaction);
        }
    }
    let closed = matches!(status, "won" | "lost" | "warning_closed");
    let kind = if closed { "charge.dispute.closed" } else { "charge.dispute.updated" };
    store.save_and_emit_update(&dispute, kind);
    if let Some((_, kind)) = moved {
        store.emit(kind, &dispute, None);
    }
    Ok(dispute)
}

fn transactions(dispute: &Value) -> impl Iterator<Item = &Value> {
    dispute["balance_transactions"].as_array().into_iter().flatten()
}

/// The dispute of a charge.
pub fn of_charge(store: &Store, charge: &str) -> Option<Value> {
    let mut disputes = store.records.all(KIND).map(|(_, dispute)| dispute);
    disputes.find(|dispute| dispute["charge"] == charge).cloned()
}

/// Whether a charge has a dispute because of which it cannot be refunded.
pub fn blocks_refunds(store: &Store, charge: &Value) -> bool {
    let mut disputes = store.records.all(KIND).map(|(_, dispute)| dispute);
    let is_withdrawn = |dispute: &Value| is_withdrawn(dispute["status"].as_str().unwrap_or_default());
    disputes.any(|dispute| dispute["charge"] == *charge && is_withdrawn(dispute) != Some(false))
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
    if matches!(dispute["status"].as_str(), Some("won" | "lost" | "warning_closed")) {
        return Err(StripeError::invalid("This dispute is already closed."));
    }
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
