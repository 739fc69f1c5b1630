//! Disputes: the payer's bank takes the money back until it is settled who is right.

use super::balance;
use super::gate::Call;
use super::list::Page;
use super::refusal::Refusal;
use crate::books::Books;
use crate::id;
use serde_json::{Value, json};

const KIND: &str = "dispute";

/// What a merchant can bring forward; nothing of it here.
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

/// Who the payer's bank finds to be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The merchant.
    Won,
    /// The payer.
    Lost,
}

/// How far the payer's bank goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// It takes the money back until it is settled.
    Chargeback,
    /// It asks; the money stays.
    Inquiry,
}

/// Opens a dispute over what is left of a charge.
pub fn open(books: &mut Books, charge: &str, form: Form) -> Result<Value, Refusal> {
    let mut charge = books.find_for("charge", charge, "charge")?;
    if charge["status"] != "succeeded" || charge["disputed"] == true {
        return Err(Refusal::invalid("Only a paid charge can be disputed, and only once."));
    }
    let amount = charge["amount"].as_i64().unwrap_or_default()
        - charge["amount_refunded"].as_i64().unwrap_or_default();
    if amount == 0 {
        return Err(Refusal::invalid("This charge was refunded in full, so there is nothing to dispute."));
    }
    let id = id::fresh("du");
    let is_inquiry = form == Form::Inquiry;
    let mut transactions = Vec::new();
    if !is_inquiry {
        let transaction = balance::enter(books, "adjustment", -amount, &charge["currency"], &json!(id));
        transactions.push(books.find("balance_transaction", &transaction)?);
    }
    let case = if is_inquiry { "inquiry" } else { "chargeback" };
    let dispute = json!({
        "id": id,
        "object": KIND,
        "amount": amount,
        "balance_transactions": transactions,
        "charge": charge["id"],
        "created": books.seconds(),
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": evidence(),
        "evidence_details": {
            "due_by": books.seconds() + 7 * 24 * 3600,
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
    });
    charge["disputed"] = true.into();
    books.save_and_emit_update(&charge, "charge.updated");
    books.save_and_emit(&dispute, "charge.dispute.created");
    if !is_inquiry {
        books.emit("charge.dispute.funds_withdrawn", &dispute, None);
    }
    Ok(dispute)
}

/// Settles a dispute. An inquiry cannot be lost: it is closed, or becomes a dispute first.
pub fn settle(books: &mut Books, mut dispute: Value, verdict: Verdict) -> Result<Value, Refusal> {
    let status = dispute["status"].as_str().unwrap_or_default();
    if matches!(status, "won" | "lost" | "warning_closed") {
        return Err(Refusal::invalid("This dispute is already closed."));
    }
    if status.starts_with("warning_") {
        dispute["status"] = "warning_closed".into();
        books.save_and_emit_update(&dispute, "charge.dispute.closed");
        return Ok(dispute);
    }
    dispute["status"] = if verdict == Verdict::Won { "won" } else { "lost" }.into();
    if verdict == Verdict::Won {
        let amount = dispute["amount"].as_i64().unwrap_or_default();
        let transaction = balance::enter(books, "adjustment", amount, &dispute["currency"], &dispute["id"]);
        let transaction = books.find("balance_transaction", &transaction)?;
        if let Some(transactions) = dispute["balance_transactions"].as_array_mut() {
            transactions.push(transaction);
        }
    }
    books.save_and_emit_update(&dispute, "charge.dispute.closed");
    if verdict == Verdict::Won {
        books.emit("charge.dispute.funds_reinstated", &dispute, None);
    }
    Ok(dispute)
}

/// The dispute of a charge.
pub fn of_charge(books: &Books, charge: &str) -> Option<Value> {
    let mut disputes = books.records.all(KIND).map(|(_, dispute)| dispute);
    disputes.find(|dispute| dispute["charge"] == charge).cloned()
}

/// `GET /v1/disputes/{id}`.
pub fn retrieve(books: &mut Books, call: Call) -> Result<Value, Refusal> {
    call.params.finish()?;
    books.find(KIND, &call.id)
}

/// `POST /v1/disputes/{id}/close`: the merchant gives in.
pub fn close(books: &mut Books, call: Call) -> Result<Value, Refusal> {
    call.params.finish()?;
    let dispute = books.find(KIND, &call.id)?;
    settle(books, dispute, Verdict::Lost)
}

/// `GET /v1/disputes`.
pub fn list(books: &mut Books, mut call: Call) -> Result<Value, Refusal> {
    let page = Page::of(&mut call.params)?;
    let charge = call.params.text("charge")?;
    let intent = call.params.text("payment_intent")?;
    call.params.finish()?;
    page.cut(books, KIND, "/v1/disputes", |dispute| {
        charge.as_ref().is_none_or(|charge| dispute["charge"] == **charge)
            && intent.as_ref().is_none_or(|intent| dispute["payment_intent"] == **intent)
    })
}
