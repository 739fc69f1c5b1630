//! Stripe's disputes.

use super::context::{Fulfilment, apply_fact};
use crate::accounts::{DisputeSeen, UnitOfWork};
use crate::payments::error::PaymentError;
use crate::payments::stripe::Dispute;
use crate::payments::unclear::Unclear;
use jiff::Timestamp;
use tokenwell_ledger::{Command, DisputeId, DisputeState, LotId};

/// The ledger's state of a dispute with Stripe's status (rule 17). A dispute that was prevented ended before money was
/// taken; its refund, if there is one, is a refund of the charge. `None` for a status that this version does not know.
fn known_state(status: &str) -> Option<DisputeState> {
    match status {
        "warning_needs_response" | "warning_under_review" | "warning_closed" => Some(DisputeState::Inquiry),
        "needs_response" | "under_review" | "appeal_needs_response" | "appeal_under_review" => {
            Some(DisputeState::Opened)
        }
        "won" | "prevented" => Some(DisputeState::Won),
        "lost" => Some(DisputeState::Lost),
        _ => None,
    }
}

/// The state of a dispute, as the ledger knows it. An unknown status freezes.
pub fn dispute_state(dispute: &Dispute) -> DisputeState {
    known_state(&dispute.status).unwrap_or(DisputeState::Opened)
}

/// Whether a dispute is open or was lost.
pub fn is_open_or_lost(dispute: &Dispute) -> bool {
    matches!(dispute_state(dispute), DisputeState::Opened | DisputeState::Lost)
}

impl Fulfilment<'_> {
    /// Lists the disputes of a payment whose status this version does not know.
    pub(super) async fn list_unknown_disputes(
        &self,
        payment: &str,
        disputes: &[Dispute],
    ) -> Result<(), PaymentError> {
        for Dispute { id, status, .. } in disputes {
            if known_state(status).is_some() {
                continue;
            }
            let why = format!(
                "the dispute {id} has the status `{status}`, which this version does not know: it counts as open, so \
                 its tokens are frozen; update the service, then retry"
            );
            let object = payment.to_owned();
            self.list_unclear(Unclear { what: "dispute_status", kind: "payment_intent", object, why })
                .await?;
        }
        Ok(())
    }

    /// Notes disputes as they were read at this time, of a purchase whose account was deleted (rule 18).
    pub(super) async fn note_former_disputes(
        &self,
        disputes: &[Dispute],
        seen_at: Timestamp,
    ) -> Result<(), PaymentError> {
        for found in disputes {
            let (id, state) = (DisputeId::from(found.id.as_str()), dispute_state(found));
            self.writer.note_former_dispute(&DisputeSeen { id, state, seen_at }).await?;
        }
        Ok(())
    }
}

/// Applies disputes as they were read at this time to a lot.
pub fn apply_disputes(
    unit: &mut UnitOfWork<'_>,
    lot: &LotId,
    disputes: &[Dispute],
    seen_at: Timestamp,
) -> Result<(), PaymentError> {
    for found in disputes {
        let (dispute, state) = (DisputeId::from(found.id.as_str()), dispute_state(found));
        apply_fact(unit, Command::Dispute { lot: lot.clone(), dispute, state, seen_at })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use DisputeState::{Inquiry, Lost, Opened, Won};

    #[test]
    fn every_status_of_stripe_has_a_state_and_an_unknown_one_freezes() {
        for (status, state) in [
            ("warning_needs_response", Some(Inquiry)),
            ("warning_under_review", Some(Inquiry)),
            ("warning_closed", Some(Inquiry)),
            ("needs_response", Some(Opened)),
            ("under_review", Some(Opened)),
            ("appeal_needs_response", Some(Opened)),
            ("appeal_under_review", Some(Opened)),
            ("won", Some(Won)),
            ("prevented", Some(Won)),
            ("lost", Some(Lost)),
            ("charge_refunded", None),
            ("", None),
        ] {
            assert_eq!(known_state(status), state, "{status}");
            let dispute =
                Dispute { id: "du_1".into(), payment_intent: None, status: status.into(), created: 0 };
            assert_eq!(dispute_state(&dispute), state.unwrap_or(Opened), "{status}");
        }
    }
}
