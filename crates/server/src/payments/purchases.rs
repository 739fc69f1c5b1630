//! Buying packs on Stripe's hosted checkout.
//!
//! The purchase is stored before Stripe is called, and the idempotency key of the session is derived from it. A request that
//! fails in between and is sent again finds the same purchase and the same session.

use super::back_off::FIRST_CHECK;
use super::error::PaymentError;
use super::state::Payments;
use super::stripe::{CheckoutSession, CheckoutTerms, PackCheckout};
use crate::accounts::{AccountError, AttemptError, Replay, RequestIdentity, attempts};
use crate::base::grouping::grouped;
use crate::store::{
    AccountRecord, ChoreKind, OpenedCheckout, PurchaseRecord, PurchaseStatus, StoredResponse,
};
use jiff::Timestamp;
use tokenwell_ledger::{Account, Minor, Pack, PackId, QUANTITY_MAX, Refusal, Tax, Tokens, can_buy};
use uuid::Uuid;

/// An order of a pack.
#[derive(Debug)]
pub struct PurchaseOrder<'a> {
    /// The account that buys.
    pub account: &'a AccountRecord,
    /// The identity under which the response is stored.
    pub request: RequestIdentity,
    /// The pack's id.
    pub pack: &'a str,
    /// The quantity.
    pub quantity: u32,
}

/// Writes the responses to an order, which are stored for replay.
pub trait PurchaseResponses: Sync {
    /// The response to an order whose checkout is open.
    fn created(&self, purchase: &PurchaseRecord, account: &Account) -> serde_json::Result<StoredResponse>;
    /// The response to an order that the rules refuse.
    fn refused(&self, refusal: &Refusal) -> StoredResponse;
}

/// The result of the first step of a purchase.
enum Ordered {
    /// The response, which is stored.
    Response(StoredResponse),
    /// The id of the stored purchase. Its checkout is not open yet.
    Purchase(String),
}

impl Payments {
    /// Stores a purchase and opens its checkout.
    ///
    /// # Errors
    /// Why there is no checkout. The same request can be sent again.
    pub async fn buy(
        &self,
        order: &PurchaseOrder<'_>,
        responses: &impl PurchaseResponses,
    ) -> Result<StoredResponse, PaymentError> {
        match attempts(|| self.order(order, responses)).await? {
            Ordered::Response(response) => Ok(response),
            Ordered::Purchase(id) => {
                let purchase = self.store.purchase(&id).await?.ok_or(PaymentError::UnknownPurchase)?;
                let purchase = &purchase;
                let open = |customer: String| async move {
                    self.stripe.open_pack_checkout(&self.checkout_of(purchase, &customer)).await
                };
                let session = self.with_customer(order.account, open).await?;
                attempts(|| self.store_session(order, &id, &session, responses)).await
            }
        }
    }

    /// Stores the purchase, or returns the one that this request stored before.
    async fn order(
        &self,
        order: &PurchaseOrder<'_>,
        responses: &impl PurchaseResponses,
    ) -> Result<Ordered, AttemptError<PaymentError>> {
        let mut unit = self.accounts.load(&order.account.id).await?;
        match self.accounts.replay(&order.request).await? {
            Replay::Response(response) => return Ok(Ordered::Response(response)),
            Replay::UnderWay { purchase } => return Ok(Ordered::Purchase(purchase)),
            Replay::New => {}
        }
        let pack = self.accounts.catalogue().pack(&PackId::from(order.pack));
        let pack = pack.ok_or_else(|| PaymentError::UnknownPack(order.pack.to_owned()))?;
        if !(1..=QUANTITY_MAX).contains(&order.quantity) {
            return Err(PaymentError::InvalidQuantity(order.quantity).into());
        }
        unit.catch_up()?;
        if let Err(refusal) = can_buy(unit.state()) {
            let response = responses.refused(&refusal);
            unit.put_idempotency_record(order.request.record(Some(&response), None));
            self.accounts.commit(unit).await?;
            return Ok(Ordered::Response(response));
        }
        self.check_open_checkouts(&order.account.id).await?;
        let purchase = new_purchase(order, pack, unit.now());
        let id = purchase.id.clone();
        unit.put_purchase(purchase);
        unit.put_idempotency_record(order.request.record(None, Some(id.clone())));
        self.accounts.commit(unit).await?;
        Ok(Ordered::Purchase(id))
    }

    /// Stores the session that was opened at Stripe, and the response.
    async fn store_session(
        &self,
        order: &PurchaseOrder<'_>,
        purchase: &str,
        session: &CheckoutSession,
        responses: &impl PurchaseResponses,
    ) -> Result<StoredResponse, AttemptError<PaymentError>> {
        let mut unit = self.accounts.load(&order.account.id).await?;
        if let Replay::Response(response) = self.accounts.replay(&order.request).await? {
            return Ok(response);
        }
        let mut record = self.store.purchase(purchase).await?.ok_or(PaymentError::UnknownPurchase)?;
        record.session = Some(session.id.clone());
        if record.status == PurchaseStatus::Open {
            record.checkout_url.clone_from(&session.url);
            record.expires_at = Timestamp::from_second(session.expires_at).ok();
            let (session, first_check) = (session.id.clone(), Timestamp::now() + FIRST_CHECK);
            unit.poll_checkout(OpenedCheckout { session, plan_price: None, first_check });
        } else {
            // It was cancelled while Stripe was called.
            unit.enqueue_chore(ChoreKind::ExpireCheckout, session.id.clone());
        }
        let response = responses.created(&record, unit.state()).map_err(AccountError::from)?;
        unit.put_purchase(record);
        unit.put_idempotency_record(order.request.record(Some(&response), Some(purchase.to_owned())));
        self.accounts.commit(unit).await?;
        Ok(response)
    }

    /// Refuses another checkout to an account that has many open ones: each is looked up until it ends.
    pub(super) async fn check_open_checkouts(&self, account: &str) -> Result<(), PaymentError> {
        let max = self.open_checkouts_max;
        if max == 0 {
            return Ok(());
        }
        let plans = self.store.plan_checkouts_of(account).await?.len();
        let packs = self.store.open_purchases_of(account).await?;
        let open = packs.saturating_add(u32::try_from(plans).unwrap_or(u32::MAX));
        if open < max { Ok(()) } else { Err(PaymentError::TooManyCheckouts { open }) }
    }

    fn checkout_of<'a>(&'a self, purchase: &'a PurchaseRecord, customer: &'a str) -> PackCheckout<'a> {
        let PurchaseRecord { id, account, pack_name, quantity, .. } = purchase;
        let tokens_each = purchase.tokens.0 / u64::from(*quantity);
        PackCheckout {
            database: &self.database,
            purchase: id,
            account,
            customer,
            product: format!("{pack_name}: {} top-up tokens", grouped(tokens_each, ",")),
            quantity: *quantity,
            unit_amount: purchase.amount.0 / u64::from(*quantity),
            currency: &purchase.currency,
            tax_included: purchase.tax_included,
            terms: self.checkout_terms(),
            tax_code: self.tax_code(&purchase.pack_id),
            public_url: &self.public_url,
        }
    }

    /// What the catalogue says about every checkout.
    pub(super) fn checkout_terms(&self) -> CheckoutTerms {
        let catalogue = self.accounts.catalogue();
        CheckoutTerms { tax: catalogue.tax() == Tax::Stripe, promotion_codes: catalogue.promotion_codes() }
    }

    fn tax_code(&self, pack: &str) -> Option<&str> {
        self.accounts.catalogue().pack(&PackId::from(pack))?.tax_code.as_deref()
    }

    /// Expires the checkout of a purchase at Stripe, unless it was paid, and updates the purchase to the state at
    /// Stripe.
    ///
    /// # Errors
    /// If Stripe or the store fails.
    pub async fn cancel_purchase(&self, purchase: &PurchaseRecord) -> Result<(), PaymentError> {
        match (purchase.status, &purchase.session) {
            (PurchaseStatus::Open, Some(session)) => {
                match self.stripe.expire_checkout(session, &format!("cancel-{}", purchase.id)).await {
                    Err(error) if error.is_retryable() => return Err(error.into()),
                    // Stripe refuses to expire a session that is not open. The look-up reads its state.
                    Ok(()) | Err(_) => {}
                }
                self.look_up_checkout(session).await.map(drop)
            }
            (PurchaseStatus::Open, None) => attempts(|| self.expire_unopened(purchase)).await,
            _ => Ok(()),
        }
    }

    /// Expires a purchase that never got a session.
    async fn expire_unopened(&self, purchase: &PurchaseRecord) -> Result<(), AttemptError<PaymentError>> {
        let mut unit = self.accounts.load(&purchase.account).await?;
        let mut purchase = self.store.purchase(&purchase.id).await?.ok_or(PaymentError::UnknownPurchase)?;
        if purchase.status == PurchaseStatus::Open && purchase.session.is_none() {
            purchase.status = PurchaseStatus::Expired;
            unit.put_purchase(purchase);
        }
        self.accounts.commit(unit).await?;
        Ok(())
    }
}

fn new_purchase(order: &PurchaseOrder<'_>, pack: &Pack, now: Timestamp) -> PurchaseRecord {
    let quantity = u64::from(order.quantity);
    PurchaseRecord {
        id: Uuid::now_v7().to_string(),
        account: order.account.id.clone(),
        status: PurchaseStatus::Open,
        pack_id: order.pack.to_owned(),
        pack_name: pack.name.clone(),
        quantity: order.quantity,
        tokens: Tokens(pack.tokens.0 * quantity),
        amount: Minor(pack.price.amount.0 * quantity),
        currency: pack.price.currency.as_str().to_owned(),
        tax_included: pack.tax_included,
        charged: None,
        session: None,
        checkout_url: None,
        expires_at: None,
        payment_intent: None,
        receipt_url: None,
        created_at: now,
    }
}
