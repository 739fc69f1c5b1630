//! The calls to Stripe that the service makes, each with its path, its fields and the purpose of its idempotency key.

use super::client::StripeClient;
use super::error::StripeError;
use super::fields::{Field, fields};
use super::objects::{
    Charge, CheckoutSession, Customer, Dispute, Invoice, List, PaymentIntent, PortalSession, Price,
    Subscription,
};

/// What every checkout asks Stripe for.
#[derive(Debug, Clone, Copy)]
pub struct CheckoutTerms {
    /// Whether Stripe calculates and collects tax.
    pub tax: bool,
    /// Whether the buyer can enter a promotion code.
    pub promotion_codes: bool,
}

impl CheckoutTerms {
    /// Tax is always said, because the account can have a default. With tax, Stripe keeps the address that an existing
    /// customer enters on the page, and calculates by it.
    fn fields(self) -> Vec<Field> {
        let mut fields = Vec::from(fields!["automatic_tax[enabled]" => self.tax]);
        if self.tax {
            fields.extend(fields!["customer_update[address]" => "auto"]);
        }
        if self.promotion_codes {
            fields.extend(fields!["allow_promotion_codes" => true]);
        }
        fields
    }
}

/// A checkout for packs.
#[derive(Debug)]
pub struct PackCheckout<'a> {
    /// The purchase's id.
    pub purchase: &'a str,
    /// The account's id.
    pub account: &'a str,
    /// The account's customer at Stripe.
    pub customer: &'a str,
    /// The name of the product.
    pub product: String,
    /// The quantity.
    pub quantity: u32,
    /// The price of one, in minor units.
    pub unit_amount: u64,
    /// ISO 4217, lower case.
    pub currency: &'a str,
    /// Whether tax is in the price.
    pub tax_included: bool,
    /// Tax and promotion codes.
    pub terms: CheckoutTerms,
    /// Stripe's code for the kind of product.
    pub tax_code: Option<&'a str>,
    /// The address of the service, without a slash at the end.
    pub public_url: &'a str,
}

/// A checkout for a plan.
#[derive(Debug)]
pub struct PlanCheckout<'a> {
    /// The account's id.
    pub account: &'a str,
    /// The account's customer at Stripe.
    pub customer: &'a str,
    /// The plan's price at Stripe.
    pub price: &'a str,
    /// Tax and promotion codes.
    pub terms: CheckoutTerms,
    /// The address of the service, without a slash at the end.
    pub public_url: &'a str,
    /// The name of this attempt. Every attempt opens a new checkout.
    pub purpose: String,
}

impl StripeClient {
    /// Creates the customer of an account, once.
    pub async fn create_customer(&self, account: &str, email: Option<&str>) -> Result<Customer, StripeError> {
        let mut fields = Vec::from(fields!["metadata[account_id]" => account]);
        if let Some(email) = email {
            fields.extend(fields!["email" => email]);
        }
        self.post("/v1/customers", &fields, &format!("account-{account}")).await
    }

    /// Opens the checkout of a purchase, once, even if Stripe failed after opening one.
    ///
    /// Without `expires_at` (Stripe's 24 h) and without `payment_method_types`: Stripe offers cards, Apple Pay, Google
    /// Pay and `PayPal` as they are enabled in the dashboard (rule 13a).
    pub async fn open_pack_checkout(
        &self,
        checkout: &PackCheckout<'_>,
    ) -> Result<CheckoutSession, StripeError> {
        let PackCheckout { purchase, account, customer, product, quantity, unit_amount, currency, .. } =
            checkout;
        let public_url = checkout.public_url;
        let mut fields = Vec::from(fields![
            "mode" => "payment",
            "customer" => customer,
            "client_reference_id" => account,
            "metadata[purchase_id]" => purchase,
            "metadata[account_id]" => account,
            "payment_intent_data[metadata][purchase_id]" => purchase,
            "payment_intent_data[metadata][account_id]" => account,
            "line_items[0][quantity]" => quantity,
            "line_items[0][price_data][currency]" => currency,
            "line_items[0][price_data][unit_amount]" => unit_amount,
            "line_items[0][price_data][tax_behavior]" => if checkout.tax_included { "inclusive" } else { "exclusive" },
            "line_items[0][price_data][product_data][name]" => product,
            "success_url" => format!("{public_url}/checkout/return?session_id={{CHECKOUT_SESSION_ID}}"),
            "cancel_url" => format!("{public_url}/checkout/cancelled"),
        ]);
        fields.extend(checkout.terms.fields());
        if let Some(tax_code) = checkout.tax_code {
            fields.extend(fields!["line_items[0][price_data][product_data][tax_code]" => tax_code]);
        }
        let find = self.session_of_purchase(purchase, customer);
        self.post_unless("/v1/checkout/sessions", &fields, &format!("purchase-{purchase}"), find).await
    }

    /// The session that was opened for a purchase, if there is one.
    async fn session_of_purchase(
        &self,
        purchase: &str,
        customer: &str,
    ) -> Result<Option<CheckoutSession>, StripeError> {
        let query = fields!["customer" => customer, "limit" => 100];
        let newest: List<CheckoutSession> = self.get("/v1/checkout/sessions", &query).await?;
        let is_its =
            |session: &CheckoutSession| session.metadata.get("purchase_id").is_some_and(|id| id == purchase);
        Ok(newest.data.into_iter().find(is_its))
    }

    /// Opens a checkout for a plan.
    pub async fn open_plan_checkout(
        &self,
        checkout: &PlanCheckout<'_>,
    ) -> Result<CheckoutSession, StripeError> {
        let PlanCheckout { account, customer, price, terms, public_url, purpose } = checkout;
        let mut fields = Vec::from(fields![
            "mode" => "subscription",
            "customer" => customer,
            "client_reference_id" => account,
            "metadata[account_id]" => account,
            "subscription_data[metadata][account_id]" => account,
            "line_items[0][price]" => price,
            "line_items[0][quantity]" => 1,
            "success_url" => format!("{public_url}/checkout/return?session_id={{CHECKOUT_SESSION_ID}}"),
            "cancel_url" => format!("{public_url}/checkout/cancelled"),
        ]);
        fields.extend(terms.fields());
        self.post("/v1/checkout/sessions", &fields, purpose).await
    }

    /// Reads a Checkout session with its payment and charge.
    pub async fn checkout_session(&self, id: &str) -> Result<CheckoutSession, StripeError> {
        let query = fields!["expand[]" => "payment_intent.latest_charge"];
        self.get(&format!("/v1/checkout/sessions/{id}"), &query).await
    }

    /// Expires a Checkout session, once for each purpose.
    pub async fn expire_checkout(&self, session: &str, purpose: &str) -> Result<(), StripeError> {
        let path = format!("/v1/checkout/sessions/{session}/expire");
        self.post::<CheckoutSession>(&path, &fields![], purpose).await.map(drop)
    }

    /// Opens a session of the billing portal.
    pub async fn open_portal(
        &self,
        customer: &str,
        return_url: &str,
        purpose: &str,
    ) -> Result<PortalSession, StripeError> {
        let fields = fields!["customer" => customer, "return_url" => return_url];
        self.post("/v1/billing_portal/sessions", &fields, purpose).await
    }

    /// Reads a payment with its charge.
    pub async fn payment_intent(&self, id: &str) -> Result<PaymentIntent, StripeError> {
        self.get(&format!("/v1/payment_intents/{id}"), &fields!["expand[]" => "latest_charge"]).await
    }

    /// Reads a charge.
    pub async fn charge(&self, id: &str) -> Result<Charge, StripeError> {
        self.get(&format!("/v1/charges/{id}"), &[]).await
    }

    /// Reads the disputes of a payment, oldest first.
    pub async fn disputes_of(&self, payment_intent: &str) -> Result<Vec<Dispute>, StripeError> {
        let query = fields!["payment_intent" => payment_intent, "limit" => 100];
        let List { data: mut disputes, .. }: List<Dispute> = self.get("/v1/disputes", &query).await?;
        disputes.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
        Ok(disputes)
    }

    /// Reads a subscription.
    pub async fn subscription(&self, id: &str) -> Result<Subscription, StripeError> {
        self.get(&format!("/v1/subscriptions/{id}"), &[]).await
    }

    /// Cancels a subscription at once. [`StripeError::NotFound`] if it was cancelled before.
    pub async fn cancel_subscription(&self, id: &str) -> Result<(), StripeError> {
        self.delete::<Subscription>(&format!("/v1/subscriptions/{id}")).await.map(drop)
    }

    /// Reads the paid invoices of a subscription.
    pub async fn paid_invoices_of(&self, subscription: &str) -> Result<Vec<Invoice>, StripeError> {
        let query = fields!["subscription" => subscription, "status" => "paid", "limit" => 100];
        let invoices: List<Invoice> = self.get("/v1/invoices", &query).await?;
        Ok(invoices.data)
    }

    /// Reads a price.
    pub async fn price(&self, id: &str) -> Result<Price, StripeError> {
        self.get(&format!("/v1/prices/{id}"), &[]).await
    }

    /// Reads the active price with a lookup key, if there is one.
    pub async fn price_by_lookup_key(&self, lookup_key: &str) -> Result<Option<Price>, StripeError> {
        let query = fields!["lookup_keys[]" => lookup_key, "active" => true, "limit" => 1];
        let found: List<Price> = self.get("/v1/prices", &query).await?;
        Ok(found.data.into_iter().next())
    }
}
