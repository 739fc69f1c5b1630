//! Checkouts, payments and charges: which purchase or subscription each is for.

use super::charged::{is_charged, is_paid, is_unpaid_for_good};
use super::context::{CheckoutLookup, Fulfilment};
use super::purchase::{RefundReason, refund_due};
use crate::payments::error::PaymentError;
use crate::payments::stripe::{CheckoutSession, Expandable};
use crate::store::PurchaseRecord;
use jiff::Timestamp;

impl Fulfilment<'_> {
    /// Looks up a Checkout session, and updates its purchase or subscription to the state at Stripe.
    pub async fn checkout(&self, session: &str) -> Result<CheckoutLookup, PaymentError> {
        let looked_up_at = Timestamp::now();
        let session = self.stripe.checkout_session(session).await?;
        if session.mode == "subscription" {
            if let Some(started) = &session.subscription {
                self.subscription(started.id()).await?;
            }
            // Rule 15a: its invoice can have been paid for nothing.
            if let Some(invoice) = &session.invoice
                && self.store.refund_due(invoice.id()).await?.is_some()
            {
                return Ok(CheckoutLookup::RefundDue);
            }
            return Ok(lookup(&session));
        }
        let named = session.metadata.purchase(self.database);
        let purchase = match named {
            Some(id) => self.store.purchase(id).await?,
            None => self.store.purchase_of_session(&session.id).await?,
        };
        match purchase {
            Some(purchase) => self.purchase(purchase, &session, looked_up_at).await?,
            // This service sold it after the backup that the database was restored from.
            None if named.is_some() && is_charged(&session) => {
                let refund = refund_due(&session, None, RefundReason::UnknownPurchase, self.accounts.now());
                self.writer.list_refund_due(refund).await?;
            }
            // The session is for another product in the same account at Stripe.
            None => {}
        }
        Ok(lookup(&session))
    }

    /// Looks up the purchase or subscription of a payment.
    pub async fn payment(&self, payment: &str) -> Result<(), PaymentError> {
        if let Some(purchase) = self.store.purchase_of_payment(payment).await? {
            return self.paid_purchase(purchase).await;
        }
        let intent = self.stripe.payment_intent(payment).await?;
        let charge = intent.latest_charge.as_ref().and_then(Expandable::object);
        // What was imported may name the charge instead.
        if let Some(charge) = charge
            && let Some(purchase) = self.store.purchase_of_payment(&charge.id).await?
        {
            return self.paid_purchase(purchase).await;
        }
        let Some(id) = intent.metadata.purchase(self.database) else {
            return self.invoice_payment(&intent).await;
        };
        match session_of(self.store.purchase(id).await?) {
            Some(session) => self.checkout(&session).await.map(drop),
            None => Ok(()),
        }
    }

    async fn paid_purchase(&self, purchase: PurchaseRecord) -> Result<(), PaymentError> {
        match &purchase.session {
            Some(session) => self.checkout(session).await.map(drop),
            None => self.imported(purchase).await,
        }
    }

    /// Looks up the payment of a charge.
    pub async fn charge(&self, charge: &str) -> Result<(), PaymentError> {
        if let Some(purchase) = self.store.purchase_of_payment(charge).await? {
            return self.paid_purchase(purchase).await;
        }
        match self.stripe.charge(charge).await?.payment_intent {
            Some(intent) => self.payment(intent.id()).await,
            None => Ok(()),
        }
    }
}

fn session_of(purchase: Option<PurchaseRecord>) -> Option<String> {
    purchase?.session
}

fn lookup(session: &CheckoutSession) -> CheckoutLookup {
    match session.status.as_deref() {
        Some("complete") if is_paid(session) => CheckoutLookup::Paid,
        // A trial is paid for when it ends.
        Some("complete")
            if session.mode == "subscription" && session.payment_status == "no_payment_required" =>
        {
            CheckoutLookup::Paid
        }
        Some("complete") if is_unpaid_for_good(session) => CheckoutLookup::Ended,
        Some("expired") => CheckoutLookup::Ended,
        _ => CheckoutLookup::Pending,
    }
}
