//! Refunds and disputes of a plan's invoices. The period's tokens end with the period (rule 9), so neither takes tokens
//! back: an operator who refunds a plan also ends it at Stripe or corrects the balance. An open dispute blocks purchases, like
//! the dispute of a purchase (rule 13).

use super::context::Fulfilment;
use super::dispute::apply_disputes;
use crate::accounts::{AttemptError, attempts};
use crate::payments::drift::Drift;
use crate::payments::error::PaymentError;
use crate::payments::stripe::{Dispute, Expandable, PaymentIntent};
use jiff::Timestamp;
use tokenwell_ledger::{Account, DisputeState, Lot, LotId};

impl Fulfilment<'_> {
    /// Looks up the subscription of an invoice.
    pub async fn invoice(&self, id: &str) -> Result<(), PaymentError> {
        match self.stripe.invoice(id).await?.subscription() {
            Some(subscription) => self.subscription(subscription).await.map(drop),
            // The invoice is for another product in the same account at Stripe.
            None => Ok(()),
        }
    }

    /// Updates the account of a payment without a purchase to the state of its disputes.
    pub(super) async fn invoice_payment(&self, intent: &PaymentIntent) -> Result<(), PaymentError> {
        let Some(charge) = intent.latest_charge.as_ref().and_then(Expandable::object) else { return Ok(()) };
        if charge.amount_refunded.0 == 0 && !charge.disputed {
            return Ok(());
        }
        let Some(account) = self.account_of_invoice_payment(intent).await? else { return Ok(()) };
        if charge.amount_refunded.0 > 0 {
            let refunded = charge.amount_refunded.0;
            tracing::warn!(
                payment = intent.id,
                account,
                refunded,
                "an invoice was refunded; its tokens stay"
            );
        }
        if !charge.disputed {
            return Ok(());
        }
        let looked_up_at = Timestamp::now();
        let disputes = self.stripe.disputes_of(&intent.id).await?;
        match attempts(|| self.note_disputes(&account, &intent.id, &disputes, looked_up_at)).await {
            // A deleted account cannot buy, so the dispute has no effect.
            Err(error) if error.is_of_deleted_account() => return Ok(()),
            noted => noted?,
        }
        self.list_unknown_disputes(&intent.id, &disputes).await
    }

    /// The account whose plan a payment is for. A customer who is known here may buy other products, too.
    async fn account_of_invoice_payment(
        &self,
        intent: &PaymentIntent,
    ) -> Result<Option<String>, PaymentError> {
        for invoice in self.stripe.invoices_paid_by(&intent.id).await? {
            if let Some(subscription) = invoice.subscription() {
                self.subscription(subscription).await?;
                if let Some(account) = self.store.account_of_subscription(subscription).await? {
                    return Ok(Some(account));
                }
            }
        }
        Ok(None)
    }

    async fn note_disputes(
        &self,
        account: &str,
        payment: &str,
        disputes: &[Dispute],
        looked_up_at: Timestamp,
    ) -> Result<(), AttemptError<PaymentError>> {
        // The disputes are stored in a separate lot without tokens.
        let lot = LotId::from(payment);
        let mut unit = self.accounts.load(account).await?;
        let before = dispute_text(unit.state(), &lot);
        apply_disputes(&mut unit, &lot, disputes, looked_up_at)?;
        let after = dispute_text(unit.state(), &lot);
        let drift = (before != after).then(|| Drift {
            what: "dispute",
            ids: vec![("payment", payment.to_owned()), ("account", account.to_owned())],
            ledger: before.to_owned(),
            stripe: after.to_owned(),
        });
        Ok(self.writer.commit(unit, drift).await?)
    }
}

fn dispute_text(account: &Account, lot: &LotId) -> &'static str {
    match account.lot(lot).and_then(Lot::dispute) {
        None => "nothing",
        Some(DisputeState::Inquiry) => "that it is an inquiry",
        Some(DisputeState::Opened) => "that it is open",
        Some(DisputeState::Won) => "that it was won",
        Some(DisputeState::Lost) => "that it was lost",
    }
}
