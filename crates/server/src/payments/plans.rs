//! Buying and managing plans on Stripe's hosted pages.

use super::back_off::FIRST_CHECK;
use super::error::PaymentError;
use super::state::Payments;
use super::stripe::PlanCheckout;
use crate::accounts::{AttemptError, attempts};
use crate::store::AccountRecord;
use jiff::Timestamp;
use tokenwell_ledger::{Interval, PlanId};
use uuid::Uuid;

impl Payments {
    /// Opens a checkout for a plan that is on sale at this interval. Returns the page's address.
    ///
    /// # Errors
    /// If Stripe or the store fails.
    pub async fn open_plan_checkout(
        &self,
        account: &AccountRecord,
        plan: &PlanId,
        interval: Interval,
    ) -> Result<String, PaymentError> {
        let interval = match interval {
            Interval::Month => "month",
            Interval::Year => "year",
        };
        let lookup_key = format!("tokenwell_{plan}_{interval}");
        let price = self.stripe.price_by_lookup_key(&lookup_key).await?;
        let price = price.ok_or(PaymentError::NoPrice { lookup_key })?;
        let customer = self.customer(account).await?;
        let checkout = PlanCheckout {
            account: &account.id,
            customer: &customer,
            price: &price.id,
            terms: self.checkout_terms(),
            public_url: &self.public_url,
            purpose: format!("subscription-{}", Uuid::new_v4()),
        };
        let session = self.stripe.open_plan_checkout(&checkout).await?;
        attempts(|| async {
            let mut unit = self.accounts.load(&account.id).await?;
            unit.poll_checkout(session.id.clone(), Timestamp::now() + FIRST_CHECK);
            self.accounts.commit(unit).await?;
            Ok::<_, AttemptError<PaymentError>>(())
        })
        .await?;
        session
            .url
            .ok_or_else(|| PaymentError::Unexpected("Stripe opened a page without an address".to_owned()))
    }

    /// Opens the billing portal for a customer, to change or cancel the subscription. Returns the page's address.
    ///
    /// # Errors
    /// If Stripe fails.
    pub async fn open_portal(
        &self,
        customer: &str,
        subscription: Option<&str>,
    ) -> Result<String, PaymentError> {
        let query = subscription.map(|id| format!("?subscription={id}")).unwrap_or_default();
        let return_url = format!("{}/billing/return{query}", self.public_url);
        let purpose = format!("portal-{}", Uuid::new_v4());
        Ok(self.stripe.open_portal(customer, &return_url, &purpose).await?.url)
    }
}
