//! The customer that an account has at Stripe. It is made for the first checkout. Stripe can lose it: a customer can be deleted
//! in the dashboard, and one of test mode is unknown in live mode.

use super::error::PaymentError;
use super::state::Payments;
use super::stripe::{Customer, CustomerOrder, Owner, StripeError};
use crate::base::error_chain::Chain;
use crate::store::{AccountRecord, CustomerRecord, StoreError};
use tokenwell_ledger::SubscriptionId;

impl Payments {
    /// Makes a call that names the account's customer. If Stripe has no such customer, a new one is made and the call is made
    /// once more.
    pub(super) async fn with_customer<T, F: Future<Output = Result<T, StripeError>>>(
        &self,
        account: &AccountRecord,
        call: impl Fn(String) -> F,
    ) -> Result<T, PaymentError> {
        let customer = match &account.customer {
            Some(customer) => customer.id.clone(),
            None => self.create_customer(account, None).await?,
        };
        match call(customer.clone()).await {
            Err(error) if error.is_missing("customer") => {
                let new = self.replace_customer(account, &customer).await?;
                Ok(call(new).await?)
            }
            done => Ok(done?),
        }
    }

    async fn replace_customer(&self, account: &AccountRecord, gone: &str) -> Result<String, PaymentError> {
        tracing::warn!(
            account = account.id,
            customer = gone,
            "Stripe has no such customer any more; a new one is made"
        );
        self.store.forget_customer(&account.id, gone).await?;
        self.create_customer(account, Some(gone)).await
    }

    /// Creates the customer of an account. `instead_of` is the one that is gone: its idempotency key would return it again.
    async fn create_customer(
        &self,
        account: &AccountRecord,
        instead_of: Option<&str>,
    ) -> Result<String, PaymentError> {
        let order = CustomerOrder {
            owner: Owner { database: &self.database, account: &account.id, purchase: None },
            email: account.email.as_ref().map(|email| email.address.as_str()),
            instead_of,
        };
        let Customer { id } = self.stripe.create_customer(&order).await?;
        let record = CustomerRecord { id: id.clone(), made_here: true };
        match self.store.claim_customer(&account.id, record).await {
            Err(StoreError::Conflict) => {
                // The account was deleted meanwhile, so nothing would delete the customer later (rule 18).
                if let Err(error) = self.stripe.delete_customer(&id).await {
                    tracing::error!(customer = id, error = %Chain(&error), "a customer of a deleted account is left at Stripe");
                }
                Err(StoreError::Conflict.into())
            }
            claimed => Ok(claimed?),
        }
    }

    /// What keeps the customer of a deleted account from being deleted; `None` if nothing is left. Open invoices of a plan that
    /// this service sold are voided, because their tokens could go nowhere.
    pub(super) async fn use_of_customer(
        &self,
        customer: &str,
        chore: &str,
    ) -> Result<Option<&'static str>, StripeError> {
        let subscriptions = self.stripe.subscriptions_of(customer).await?;
        if subscriptions.iter().any(|it| !matches!(it.status.as_str(), "canceled" | "incomplete_expired")) {
            return Ok(Some("a subscription"));
        }
        if let Some(pending) = self.stripe.pending_payment_of(customer).await? {
            return Ok(Some(pending));
        }
        let is_ours = |id: &str| {
            subscriptions.iter().any(|it| it.id == id && it.metadata.account(&self.database).is_some())
        };
        let mut invoices = self.stripe.invoices_of_customer(customer, "draft").await?;
        for invoice in self.stripe.invoices_of_customer(customer, "open").await? {
            if invoice.subscription().is_some_and(is_ours) {
                self.stripe.void_invoice(&invoice.id, &format!("chore-{chore}-{}", invoice.id)).await?;
            } else {
                invoices.push(invoice);
            }
        }
        Ok((!invoices.is_empty()).then_some("an open invoice"))
    }

    /// Opens the billing portal, to change or cancel the subscription. Returns the page's address.
    ///
    /// # Errors
    /// [`PaymentError::NoCustomer`] if the account has no customer at Stripe. Else if Stripe or the store fails.
    pub async fn open_portal(&self, account: &AccountRecord) -> Result<String, PaymentError> {
        let Some(customer) = &account.customer else { return Err(PaymentError::NoCustomer) };
        let subscription = account.state.subscription().map(|subscription| subscription.id);
        match self.portal_of(&customer.id, subscription.as_ref()).await {
            Err(error) if error.is_missing("customer") => {
                self.store.forget_customer(&account.id, &customer.id).await?;
                self.open_portal_again(account, subscription.as_ref()).await
            }
            opened => Ok(opened?),
        }
    }

    /// The customer is gone. Its subscriptions have ended with it, or they are another customer's.
    async fn open_portal_again(
        &self,
        account: &AccountRecord,
        subscription: Option<&SubscriptionId>,
    ) -> Result<String, PaymentError> {
        for id in account.state.live_subscriptions() {
            self.fulfilment().subscription(id.as_str()).await?;
        }
        let account = self.store.account(&account.id).await?;
        let Some(customer) = account.and_then(|account| account.customer) else {
            return Err(PaymentError::NoCustomer);
        };
        Ok(self.portal_of(&customer.id, subscription).await?)
    }
}
