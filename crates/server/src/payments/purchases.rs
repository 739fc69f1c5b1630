//! Buying packs on Stripe's hosted checkout.
//!
//! The purchase is stored before Stripe is called, and the idempotency key of the session is derived from it. A request that
//! fails in between and is sent again finds the same purchase and the same session. A pack whose price at Stripe differs from
//! the purchase's is not sold.

use super::back_off::FIRST_CHECK;
use super::error::PaymentError;
use super::fulfilment::PriceMeaning;
use super::price_terms::{PriceTerms, is_on_sale};
use super::state::Payments;
use super::stripe::{CheckoutSession, CheckoutTerms, PackCheckout, PackItem};
use crate::accounts::{AccountError, AttemptError, Replay, RequestIdentity, attempts};
use crate::base::grouping::grouped;
use crate::store::{
    AccountRecord, ChoreKind, OpenedCheckout, PurchaseRecord, PurchaseStatus, StoredResponse,
};
use jiff::Timestamp;
use tokenwell_ledger::{
    Account, Currency, Minor, Money, Pack, PackAtStripe, PackId, QUANTITY_MAX, Refusal, Tax, Tokens, can_buy,
};
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
    /// The stored purchase, and what its checkout is to sell. It is not open yet.
    Purchase(Box<PurchaseRecord>, PackItem),
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
            Ordered::Purchase(purchase, item) => {
                let (purchase, item) = (&*purchase, &item);
                let open = |customer: String| async move {
                    self.stripe.open_pack_checkout(&self.checkout_of(purchase, item, &customer)).await
                };
                let session = self.with_customer(order.account, open).await?;
                attempts(|| self.store_session(order, &purchase.id, &session, responses)).await
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
            Replay::UnderWay { purchase } => {
                let purchase = self.store.purchase(&purchase).await?.ok_or(PaymentError::UnknownPurchase)?;
                let item = self.item_of(&purchase).await?;
                return Ok(Ordered::Purchase(Box::new(purchase), item));
            }
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
        let item = self.item_of(&purchase).await?;
        unit.put_purchase(purchase.clone());
        unit.put_idempotency_record(order.request.record(None, Some(purchase.id.clone())));
        self.accounts.commit(unit).await?;
        Ok(Ordered::Purchase(Box::new(purchase), item))
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

    /// What the checkout of a purchase sells: what Stripe has of the pack, or else a product of its own.
    async fn item_of(&self, purchase: &PurchaseRecord) -> Result<PackItem, PaymentError> {
        let pack = self.accounts.catalogue().pack(&PackId::from(purchase.pack_id.as_str()));
        match pack.and_then(|pack| pack.at_stripe.as_ref()) {
            Some(PackAtStripe::Price(key)) => self.price_of(purchase, key).await.map(PackItem::Price),
            Some(PackAtStripe::Product(product)) => Ok(PackItem::Product(product.clone())),
            None => {
                let tokens_each = purchase.tokens.0 / u64::from(purchase.quantity);
                let name = format!("{}: {} top-up tokens", purchase.pack_name, grouped(tokens_each, ","));
                Ok(PackItem::New { name, tax_code: pack.and_then(|pack| pack.tax_code.clone()) })
            }
        }
    }

    /// The id of the price with a lookup key, if it charges what the purchase costs.
    async fn price_of(&self, purchase: &PurchaseRecord, key: &str) -> Result<String, PaymentError> {
        let PurchaseRecord { pack_id, quantity, amount, currency, tax_included, .. } = purchase;
        let not_sold = |why| PaymentError::NotSold { pack: pack_id.clone(), why };
        let found = self.stripe.price_by_lookup_key(key).await?;
        let found =
            found.ok_or_else(|| not_sold(format!("Stripe has no active price with the lookup key {key}")))?;
        let currency = Currency::try_from(currency.clone());
        let currency = currency.map_err(|error| PaymentError::Unexpected(error.to_string()))?;
        let each = Money { amount: Minor(amount.0 / u64::from(*quantity)), currency };
        let asks_for_tax = self.checkout_terms().tax;
        let terms = PriceTerms { price: &each, interval: None, tax_included: *tax_included, asks_for_tax };
        let wrong = match self.fulfilment().meaning_on_sale(&found).await? {
            PriceMeaning::Pack(pack) if pack.as_str() == pack_id => terms.difference(&found),
            PriceMeaning::Unclear(why) => Some(why),
            PriceMeaning::Plan(_) | PriceMeaning::Pack(_) | PriceMeaning::Other => {
                Some("the price is not the pack's".to_owned())
            }
        };
        match wrong {
            Some(why) => Err(not_sold(format!("{why} ({}); it costs {}", found.id, terms.shown()))),
            None if !is_on_sale(&found) => Err(not_sold(format!("the product of {} is archived", found.id))),
            None => Ok(found.id),
        }
    }

    fn checkout_of<'a>(
        &'a self,
        purchase: &'a PurchaseRecord,
        item: &'a PackItem,
        customer: &'a str,
    ) -> PackCheckout<'a> {
        let PurchaseRecord { id, account, quantity, .. } = purchase;
        PackCheckout {
            database: &self.database,
            purchase: id,
            account,
            customer,
            item,
            quantity: *quantity,
            unit_amount: purchase.amount.0 / u64::from(*quantity),
            currency: &purchase.currency,
            tax_included: purchase.tax_included,
            terms: self.checkout_terms(),
            public_url: &self.public_url,
        }
    }

    /// What the catalogue says about every checkout.
    pub(super) fn checkout_terms(&self) -> CheckoutTerms {
        let catalogue = self.accounts.catalogue();
        CheckoutTerms { tax: catalogue.tax() == Tax::Stripe, promotion_codes: catalogue.promotion_codes() }
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
