//! Buying and managing plans on Stripe's hosted pages.

use super::back_off::FIRST_CHECK;
use super::error::PaymentError;
use super::fulfilment::PriceMeaning;
use super::state::Payments;
use super::stripe::{Expandable, PlanCheckout, StripeError};
use crate::accounts::{AccountError, AttemptError, attempts};
use crate::store::{AccountRecord, OpenedCheckout};
use jiff::Timestamp;
use tokenwell_ledger::{Interval, PlanId, SubscriptionId};
use uuid::Uuid;

impl Payments {
    /// Opens a checkout for a plan that is on sale at this interval, or finds the one that is open. Returns the page's address.
    ///
    /// # Errors
    /// If Stripe or the store fails.
    pub async fn open_plan_checkout(
        &self,
        account: &AccountRecord,
        plan: &PlanId,
        interval: Interval,
    ) -> Result<String, PaymentError> {
        let on_sale = self.accounts.catalogue().plan(plan).and_then(|plan| plan.price(interval));
        let on_sale = on_sale.ok_or_else(|| PaymentError::NotOnSale { plan: plan.clone(), interval })?;
        let price = self.stripe.price_by_lookup_key(&on_sale.lookup_key).await?;
        let no_price = || PaymentError::NoPrice { lookup_key: on_sale.lookup_key.clone() };
        let price = price.ok_or_else(no_price)?;
        if let PriceMeaning::Unclear(why) = self.fulfilment().meaning_on_sale(&price).await? {
            tracing::error!(plan = %plan, why, "a plan is not sold, because its price at Stripe is none of a plan");
            return Err(no_price());
        }
        // Of several requests at once, the later ones find what the first one opened.
        let _opening = self.opening.lock(&account.id).await;
        let account = &self.store.account(&account.id).await?.ok_or(AccountError::NotFound)?;
        if let Some(url) = self.open_checkout_of(account, &price.id).await? {
            return Ok(url);
        }
        self.check_open_checkouts(&account.id).await?;
        let purpose = format!("subscription-{}", Uuid::new_v4());
        let (price, purpose) = (&price.id, &purpose);
        let open = |customer: String| async move {
            let checkout = PlanCheckout {
                database: &self.database,
                account: &account.id,
                customer: &customer,
                price,
                terms: self.checkout_terms(),
                public_url: &self.public_url,
                purpose: purpose.clone(),
            };
            self.stripe.open_plan_checkout(&checkout).await
        };
        let session = self.with_customer(account, open).await?;
        attempts(|| async {
            let mut unit = self.accounts.load(&account.id).await?;
            unit.poll_checkout(OpenedCheckout {
                session: session.id.clone(),
                plan_price: Some(price.clone()),
                first_check: Timestamp::now() + FIRST_CHECK,
            });
            self.accounts.commit(unit).await?;
            Ok::<_, AttemptError<PaymentError>>(())
        })
        .await?;
        session
            .url
            .ok_or_else(|| PaymentError::Unexpected("Stripe opened a page without an address".to_owned()))
    }

    /// The address of a checkout of this price that is open for the account's customer.
    async fn open_checkout_of(
        &self,
        account: &AccountRecord,
        price: &str,
    ) -> Result<Option<String>, PaymentError> {
        let Some(customer) = &account.customer else { return Ok(None) };
        let known = self.store.plan_checkouts_of(&account.id).await?;
        let Some((session, _)) = known.into_iter().find(|(_, known)| known == price) else { return Ok(None) };
        let session = match self.stripe.checkout_session(&session).await {
            Err(StripeError::NotFound(_)) => return Ok(None),
            found => found?,
        };
        let is_open = session.status.as_deref() == Some("open")
            && session.customer.as_ref().map(Expandable::id) == Some(customer.id.as_str());
        Ok(session.url.filter(|_| is_open))
    }

    /// Opens the billing portal for a customer. Returns the page's address.
    pub(super) async fn portal_of(
        &self,
        customer: &str,
        subscription: Option<&SubscriptionId>,
    ) -> Result<String, StripeError> {
        let query = subscription.map(|id| format!("?subscription={id}")).unwrap_or_default();
        let return_url = format!("{}/billing/return{query}", self.public_url);
        let purpose = format!("portal-{}", Uuid::new_v4());
        Ok(self.stripe.open_portal(customer, &return_url, &purpose).await?.url)
    }
}
