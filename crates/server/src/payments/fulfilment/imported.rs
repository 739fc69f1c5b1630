//! Lots that were bought elsewhere and imported with their payment (rule 20): clawed back when it is refunded or disputed. They
//! have no Checkout session of this service.

use super::context::{Fulfilment, apply_fact};
use super::dispute::{apply_disputes, is_open_or_lost};
use crate::accounts::{AttemptError, attempts};
use crate::payments::drift::PurchaseSummary;
use crate::payments::error::PaymentError;
use crate::payments::stripe::{Charge, Dispute, Expandable};
use crate::store::{PurchaseRecord, PurchaseStatus};
use jiff::Timestamp;
use tokenwell_ledger::{Command, LotId};

impl Fulfilment<'_> {
    /// Updates a purchase without a session to the state of its payment.
    pub(super) async fn imported(&self, purchase: PurchaseRecord) -> Result<(), PaymentError> {
        let Some(payment) = &purchase.payment_intent else { return Ok(()) };
        let looked_up_at = Timestamp::now();
        let charge = if payment.starts_with("pi_") {
            let intent = self.stripe.payment_intent(payment).await?;
            intent.latest_charge.as_ref().and_then(Expandable::object).cloned()
        } else {
            Some(self.stripe.charge(payment).await?)
        };
        let Some(charge) = charge else { return Ok(()) };
        let disputes = match &charge.payment_intent {
            _ if !charge.disputed => Vec::new(),
            Some(intent) => self.stripe.disputes_of(intent.id()).await?,
            // Before payment intents, a dispute named its charge alone.
            None => self.stripe.disputes_of_charge(&charge.id).await?,
        };
        let converged = attempts(|| self.follow_charge(&purchase.id, &charge, &disputes, looked_up_at)).await;
        match converged {
            Err(error) if error.is_of_deleted_account() => {
                self.note_former_disputes(&disputes, looked_up_at).await?;
            }
            converged => converged?,
        }
        self.list_unknown_disputes(payment, &disputes).await
    }

    async fn follow_charge(
        &self,
        purchase: &str,
        charge: &Charge,
        disputes: &[Dispute],
        looked_up_at: Timestamp,
    ) -> Result<(), AttemptError<PaymentError>> {
        let known = self.store.purchase(purchase).await?.ok_or(PaymentError::UnknownPurchase)?;
        let mut unit = self.accounts.load(&known.account).await?;
        let before = PurchaseSummary::of(&known, unit.state());
        unit.catch_up()?;
        let lot = LotId::from(purchase);
        let refunded = charge.amount_refunded;
        if unit.state().lot(&lot).is_some_and(|lot| lot.refunded() != refunded) {
            apply_fact(
                &mut unit,
                Command::RefundTotal { lot: lot.clone(), refunded, seen_at: looked_up_at },
            )?;
        }
        apply_disputes(&mut unit, &lot, disputes, looked_up_at)?;
        let followed = PurchaseRecord { status: status(charge, disputes), ..known };
        let drift = PurchaseSummary::of(&followed, unit.state()).drift_from(&before, &followed);
        if drift.is_some() {
            unit.put_purchase(followed);
        }
        Ok(self.writer.commit(unit, drift).await?)
    }
}

fn status(charge: &Charge, disputes: &[Dispute]) -> PurchaseStatus {
    let refunded = charge.amount_refunded;
    if disputes.iter().any(is_open_or_lost) {
        PurchaseStatus::Disputed
    } else if refunded.is_zero() {
        PurchaseStatus::Paid
    } else if refunded >= charge.amount {
        PurchaseStatus::Refunded
    } else {
        PurchaseStatus::PartiallyRefunded
    }
}
