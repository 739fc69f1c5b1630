//! What Stripe charged for a session, and whether it is what a purchase costs.

use crate::payments::stripe::{CheckoutSession, Expandable};
use crate::store::{Charged, PurchaseRecord};
use tokenwell_ledger::Minor;

/// Every status of a payment that Stripe documents.
const INTENT_STATUSES: [&str; 7] = [
    "requires_payment_method",
    "requires_confirmation",
    "requires_action",
    "processing",
    "requires_capture",
    "canceled",
    "succeeded",
];

/// What a session charges, if Stripe says it in full.
pub fn charged(session: &CheckoutSession) -> Option<Charged> {
    let details = session.total_details.clone().unwrap_or_default();
    Some(Charged {
        currency: session.currency.clone()?,
        subtotal: session.amount_subtotal?,
        discount: details.amount_discount,
        tax: details.amount_tax,
        total: session.amount_total?,
    })
}

/// Rule 15: whether a session charges what a purchase costs. Currency and subtotal are the purchase's, and discount and tax
/// explain the total.
pub fn is_price_of(purchase: &PurchaseRecord, session: &CheckoutSession) -> bool {
    let shipping = session.total_details.as_ref().and_then(|details| details.amount_shipping);
    let Some(Charged { currency, subtotal, discount, tax, total }) = charged(session) else { return false };
    let added_tax = if purchase.tax_included { Minor(0) } else { tax };
    let explained = subtotal.0.checked_sub(discount.0).and_then(|rest| rest.checked_add(added_tax.0));
    currency == purchase.currency
        && subtotal == purchase.amount
        && shipping.is_none_or(|shipping| shipping.is_zero())
        && explained == Some(total.0)
}

/// Whether a session is paid. One that was free counts as paid with 0.
pub fn is_paid(session: &CheckoutSession) -> bool {
    let free = session.payment_status == "no_payment_required" && session.amount_total == Some(Minor(0));
    session.status.as_deref() == Some("complete") && (session.payment_status == "paid" || free)
}

/// Whether money moved for a session.
pub fn is_charged(session: &CheckoutSession) -> bool {
    is_paid(session) && session.amount_total != Some(Minor(0))
}

/// The status of a session or of its payment that this version does not know. Nothing follows from it.
pub fn unknown_status(session: &CheckoutSession) -> Option<String> {
    let CheckoutSession { status, payment_status, .. } = session;
    match (status.as_deref(), payment_status.as_str()) {
        (Some("complete"), "unpaid") => {
            let intent = session.payment_intent.as_ref().and_then(Expandable::object)?;
            (!INTENT_STATUSES.contains(&intent.status.as_str()))
                .then(|| format!("complete, unpaid, and its payment {}", intent.status))
        }
        (Some("open" | "expired"), _) | (Some("complete"), "paid" | "no_payment_required") => None,
        (status, payment_status) => Some(format!("{}, {payment_status}", status.unwrap_or("null"))),
    }
}

/// Whether Stripe says that the payment of a completed session failed or that none was needed: no money moved.
pub fn is_unpaid_for_good(session: &CheckoutSession) -> bool {
    let intent = session.payment_intent.as_ref().and_then(Expandable::object);
    let failed =
        intent.is_some_and(|intent| matches!(intent.status.as_str(), "canceled" | "requires_payment_method"));
    match session.payment_status.as_str() {
        "unpaid" => failed,
        "no_payment_required" => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::PurchaseStatus;
    use jiff::Timestamp;
    use serde_json::{Value, json};
    use tokenwell_ledger::Tokens;

    fn purchase(tax_included: bool) -> PurchaseRecord {
        PurchaseRecord {
            id: "pur_1".to_owned(),
            account: "acct_1".to_owned(),
            status: PurchaseStatus::Open,
            pack_id: "small".to_owned(),
            pack_name: "Small".to_owned(),
            quantity: 1,
            tokens: Tokens(5_000),
            amount: Minor(900),
            currency: "usd".to_owned(),
            tax_included,
            charged: None,
            session: None,
            checkout_url: None,
            expires_at: None,
            payment_intent: None,
            receipt_url: None,
            created_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn session(amounts: &Value) -> CheckoutSession {
        let mut session = json!({
            "id": "cs_1", "mode": "payment", "status": "complete", "payment_status": "paid", "expires_at": 0, "currency": "usd",
        });
        session.as_object_mut().unwrap().extend(amounts.as_object().unwrap().clone());
        serde_json::from_value(session).unwrap()
    }

    #[test]
    fn a_total_is_accepted_if_discount_and_tax_explain_it() {
        // Subtotal, discount, tax, shipping, total, and whether the price fits without and with tax in it.
        for (amounts, exclusive, inclusive) in [
            ([900, 0, 0, 0, 900], true, true),
            ([900, 0, 171, 0, 1_071], true, false),
            ([900, 0, 144, 0, 900], false, true),
            ([900, 225, 128, 0, 803], true, false),
            ([900, 225, 108, 0, 675], false, true),
            ([900, 900, 0, 0, 0], true, true),
            ([900, 0, 171, 0, 1_070], false, false),
            ([900, 901, 0, 0, 0], false, false),
            ([900, 0, 0, 500, 1_400], false, false),
            ([899, 0, 1, 0, 900], false, false),
            ([1_800, 900, 0, 0, 900], false, false),
        ] {
            let [subtotal, discount, tax, shipping, total] = amounts;
            let session = session(&json!({
                "amount_subtotal": subtotal, "amount_total": total,
                "total_details": { "amount_discount": discount, "amount_tax": tax, "amount_shipping": shipping },
            }));
            let fits = (is_price_of(&purchase(false), &session), is_price_of(&purchase(true), &session));
            assert_eq!(fits, (exclusive, inclusive), "{amounts:?}");
        }
    }

    #[test]
    fn what_stripe_leaves_out_is_not_guessed() {
        for (amounts, fits) in [
            (json!({ "amount_subtotal": 900, "amount_total": 900 }), true),
            (json!({ "amount_subtotal": 900, "amount_total": 900, "total_details": null }), true),
            (json!({ "amount_total": 900 }), false),
            (json!({ "amount_subtotal": 900, "amount_total": null }), false),
            (json!({ "amount_subtotal": 900, "amount_total": 900, "currency": null }), false),
            (json!({ "amount_subtotal": 900, "amount_total": 900, "currency": "eur" }), false),
        ] {
            assert_eq!(is_price_of(&purchase(false), &session(&amounts)), fits, "{amounts}");
        }
    }

    #[test]
    fn free_counts_as_paid_only_if_nothing_was_to_be_paid() {
        let free =
            |total| session(&json!({ "payment_status": "no_payment_required", "amount_total": total }));
        assert!(is_paid(&free(0)) && !is_charged(&free(0)));
        assert!(!is_paid(&free(900)) && !is_charged(&free(900)) && is_unpaid_for_good(&free(900)));
        let unknown = session(&json!({ "payment_status": "partially_paid", "amount_total": 900 }));
        assert!(!is_paid(&unknown) && !is_unpaid_for_good(&unknown), "nobody knows whether money moved");
        assert_eq!(unknown_status(&unknown).as_deref(), Some("complete, partially_paid"));
        assert_eq!(unknown_status(&free(0)), None);
        for (status, known) in [("processing", true), ("requires_capture", true), ("under_review", false)] {
            let intent = json!({ "id": "pi_1", "status": status });
            let waiting = session(&json!({ "payment_status": "unpaid", "payment_intent": intent }));
            assert_eq!(unknown_status(&waiting).is_none(), known, "{status}");
        }
    }
}
