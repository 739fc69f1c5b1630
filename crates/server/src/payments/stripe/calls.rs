//! The calls to Stripe that the service makes, each with its path, its fields and the purpose of its idempotency key.

use super::client::StripeClient;
use super::error::StripeError;
use super::fields::{Field, fields};
use super::metadata::Owner;
use super::objects::{
    Charge, CheckoutSession, Customer, Dispute, Expandable, IdOnly, Invoice, InvoicePayment, List,
    PaymentIntent, PortalSession, Price, Product, StatusOnly, Subscription,
};
use super::pages::Pages;

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

/// What a checkout for packs sells.
#[derive(Debug)]
pub enum PackItem {
    /// A price that Stripe has.
    Price(String),
    /// A product that Stripe has, at a price that is made for the checkout.
    Product(String),
    /// A product and a price that are made for the checkout.
    New {
        /// The name of the product.
        name: String,
        /// Stripe's code for the kind of product.
        tax_code: Option<String>,
    },
}

/// A checkout for packs.
#[derive(Debug)]
pub struct PackCheckout<'a> {
    /// The database's id.
    pub database: &'a str,
    /// The purchase's id.
    pub purchase: &'a str,
    /// The account's id.
    pub account: &'a str,
    /// The account's customer at Stripe.
    pub customer: &'a str,
    /// What is sold.
    pub item: &'a PackItem,
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
    /// The address of the service, without a slash at the end.
    pub public_url: &'a str,
}

impl PackCheckout<'_> {
    /// The line that is sold. A price that Stripe has may be in other currencies too, of which Stripe would choose one by where
    /// the buyer is.
    fn item_fields(&self) -> Vec<Field> {
        let Self { quantity, currency, unit_amount, .. } = self;
        let mut fields = Vec::from(fields!["line_items[0][quantity]" => quantity]);
        if let PackItem::Price(price) = self.item {
            fields.extend(fields!["line_items[0][price]" => price, "currency" => currency]);
            return fields;
        }
        fields.extend(fields![
            "line_items[0][price_data][currency]" => currency,
            "line_items[0][price_data][unit_amount]" => unit_amount,
            "line_items[0][price_data][tax_behavior]" => if self.tax_included { "inclusive" } else { "exclusive" },
        ]);
        match self.item {
            PackItem::Price(_) => {}
            PackItem::Product(product) => {
                fields.extend(fields!["line_items[0][price_data][product]" => product]);
            }
            PackItem::New { name, tax_code } => {
                fields.extend(fields!["line_items[0][price_data][product_data][name]" => name]);
                if let Some(tax_code) = tax_code {
                    fields.extend(fields!["line_items[0][price_data][product_data][tax_code]" => tax_code]);
                }
            }
        }
        fields
    }
}

/// A checkout for a plan.
#[derive(Debug)]
pub struct PlanCheckout<'a> {
    /// The database's id.
    pub database: &'a str,
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

/// A customer for an account.
#[derive(Debug)]
pub struct CustomerOrder<'a> {
    /// The account.
    pub owner: Owner<'a>,
    /// The account's e-mail address.
    pub email: Option<&'a str>,
    /// The customer that it replaces.
    pub instead_of: Option<&'a str>,
}

impl StripeClient {
    /// Creates the customer of an account, once. Without the e-mail address if Stripe refuses that.
    pub async fn create_customer(&self, order: &CustomerOrder<'_>) -> Result<Customer, StripeError> {
        let CustomerOrder { owner, email, instead_of } = order;
        let purpose = match instead_of {
            Some(gone) => format!("account-{}-instead-of-{gone}", owner.account),
            None => format!("account-{}", owner.account),
        };
        let without_email = owner.fields("metadata");
        if let Some(email) = email {
            let mut fields = without_email.clone();
            fields.extend(fields!["email" => email]);
            match self.post("/v1/customers", &fields, &purpose).await {
                // Stripe's message repeats the address, so it is not logged.
                Err(error) if error.refuses("email") => tracing::warn!(
                    account = owner.account,
                    parameter = "email",
                    "Stripe refuses a value of a customer; the customer is made without it"
                ),
                done => return done,
            }
        }
        self.post("/v1/customers", &without_email, &purpose).await
    }

    /// Deletes a customer, with cards and e-mail address. Stripe ends the customer's subscriptions.
    pub async fn delete_customer(&self, id: &str) -> Result<(), StripeError> {
        self.delete::<IdOnly>(&format!("/v1/customers/{id}")).await.map(drop)
    }

    /// Removes this service's metadata from a customer.
    pub async fn strip_customer(&self, id: &str, purpose: &str) -> Result<(), StripeError> {
        let fields = Owner::removal_fields("metadata");
        self.post::<IdOnly>(&format!("/v1/customers/{id}"), &fields, purpose).await.map(drop)
    }

    /// Every subscription of a customer, also ended ones.
    pub async fn subscriptions_of(&self, customer: &str) -> Result<Vec<Subscription>, StripeError> {
        self.all(Pages::of("/v1/subscriptions", fields!["customer" => customer, "status" => "all"].into()))
            .await
    }

    /// What may still be paid by a customer: an open checkout, or a payment that is pending.
    pub async fn pending_payment_of(&self, customer: &str) -> Result<Option<&'static str>, StripeError> {
        let open = fields!["customer" => customer, "status" => "open"].into();
        let sessions: Vec<StatusOnly> = self.all(Pages::of("/v1/checkout/sessions", open)).await?;
        if !sessions.is_empty() {
            return Ok(Some("an open checkout"));
        }
        let payments: Vec<StatusOnly> =
            self.all(Pages::of("/v1/payment_intents", fields!["customer" => customer].into())).await?;
        let is_pending =
            payments.iter().any(|it| matches!(it.status.as_str(), "processing" | "requires_capture"));
        Ok(is_pending.then_some("a pending payment"))
    }

    /// The invoices of a customer with this status.
    pub async fn invoices_of_customer(
        &self,
        customer: &str,
        status: &str,
    ) -> Result<Vec<Invoice>, StripeError> {
        self.all(Pages::of("/v1/invoices", fields!["customer" => customer, "status" => status].into())).await
    }

    /// Voids an open invoice: it can no longer be paid.
    pub async fn void_invoice(&self, id: &str, purpose: &str) -> Result<(), StripeError> {
        self.post::<IdOnly>(&format!("/v1/invoices/{id}/void"), &[], purpose).await.map(drop)
    }

    /// Opens the checkout of a purchase, once, even if Stripe failed after opening one.
    ///
    /// Without `expires_at` (Stripe's 24 h) and without `payment_method_types`: Stripe offers cards, Apple Pay, Google
    /// Pay and `PayPal` as they are enabled in the dashboard (rule 13a).
    pub async fn open_pack_checkout(
        &self,
        checkout: &PackCheckout<'_>,
    ) -> Result<CheckoutSession, StripeError> {
        let PackCheckout { purchase, account, customer, .. } = checkout;
        let owner = Owner {
            database: checkout.database,
            account: checkout.account,
            purchase: Some(checkout.purchase),
        };
        let public_url = checkout.public_url;
        let mut fields = Vec::from(fields![
            "mode" => "payment",
            "customer" => customer,
            "client_reference_id" => account,
            "success_url" => format!("{public_url}/checkout/return?session_id={{CHECKOUT_SESSION_ID}}"),
            "cancel_url" => format!("{public_url}/checkout/cancelled"),
        ]);
        fields.extend(checkout.item_fields());
        fields.extend(owner.fields("metadata"));
        fields.extend(owner.fields("payment_intent_data[metadata]"));
        fields.extend(checkout.terms.fields());
        let find = self.session_of_purchase(owner, customer);
        self.post_unless("/v1/checkout/sessions", &fields, &format!("purchase-{purchase}"), find).await
    }

    /// The session that was opened for a purchase, if there is one.
    async fn session_of_purchase(
        &self,
        owner: Owner<'_>,
        customer: &str,
    ) -> Result<Option<CheckoutSession>, StripeError> {
        let is_its = |session: &CheckoutSession| session.metadata.purchase(owner.database) == owner.purchase;
        let mut pages = Pages::of("/v1/checkout/sessions", Vec::from(fields!["customer" => customer]));
        while let Some(page) = pages.next::<CheckoutSession>(self).await? {
            if let Some(session) = page.into_iter().find(is_its) {
                return Ok(Some(session));
            }
        }
        Ok(None)
    }

    /// Opens a checkout for a plan.
    pub async fn open_plan_checkout(
        &self,
        checkout: &PlanCheckout<'_>,
    ) -> Result<CheckoutSession, StripeError> {
        let PlanCheckout { database, account, customer, price, terms, public_url, purpose } = checkout;
        let owner = Owner { database, account, purchase: None };
        let mut fields = Vec::from(fields![
            "mode" => "subscription",
            "customer" => customer,
            "client_reference_id" => account,
            "line_items[0][price]" => price,
            "line_items[0][quantity]" => 1,
            "success_url" => format!("{public_url}/checkout/return?session_id={{CHECKOUT_SESSION_ID}}"),
            "cancel_url" => format!("{public_url}/checkout/cancelled"),
        ]);
        fields.extend(owner.fields("metadata"));
        fields.extend(owner.fields("subscription_data[metadata]"));
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
        self.disputes(fields!["payment_intent" => payment_intent].into()).await
    }

    /// Reads the disputes of a charge, oldest first.
    pub async fn disputes_of_charge(&self, charge: &str) -> Result<Vec<Dispute>, StripeError> {
        self.disputes(fields!["charge" => charge].into()).await
    }

    async fn disputes(&self, query: Vec<(String, String)>) -> Result<Vec<Dispute>, StripeError> {
        let mut disputes: Vec<Dispute> = self.all(Pages::of("/v1/disputes", query)).await?;
        disputes.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
        Ok(disputes)
    }

    /// Reads a subscription with every item.
    pub async fn subscription(&self, id: &str) -> Result<Subscription, StripeError> {
        let mut subscription: Subscription = self.get(&format!("/v1/subscriptions/{id}"), &[]).await?;
        let query = Vec::from(fields!["subscription" => id]);
        let items = std::mem::take(&mut subscription.items);
        subscription.items = self.all_of(items, "/v1/subscription_items", query).await?.into();
        Ok(subscription)
    }

    /// Cancels a subscription at once. [`StripeError::NotFound`] if it was cancelled before.
    pub async fn cancel_subscription(&self, id: &str) -> Result<(), StripeError> {
        self.delete::<Subscription>(&format!("/v1/subscriptions/{id}")).await.map(drop)
    }

    /// Reads the paid invoices of a subscription with every line.
    pub async fn paid_invoices_of(&self, subscription: &str) -> Result<Vec<Invoice>, StripeError> {
        let query = Vec::from(fields!["subscription" => subscription, "status" => "paid"]);
        let mut invoices: Vec<Invoice> = self.all(Pages::of("/v1/invoices", query)).await?;
        for invoice in &mut invoices {
            let lines = std::mem::take(&mut invoice.lines);
            let path = format!("/v1/invoices/{}/lines", invoice.id);
            invoice.lines = self.all_of(lines, path, Vec::new()).await?.into();
        }
        Ok(invoices)
    }

    /// Reads an invoice. Only its first lines are complete.
    pub async fn invoice(&self, id: &str) -> Result<Invoice, StripeError> {
        self.get(&format!("/v1/invoices/{id}"), &[]).await
    }

    /// Reads the invoices that a payment is for.
    pub async fn invoices_paid_by(&self, payment_intent: &str) -> Result<Vec<Invoice>, StripeError> {
        let query = fields![
            "payment[type]" => "payment_intent",
            "payment[payment_intent]" => payment_intent,
            "expand[]" => "data.invoice",
        ];
        let payments: Vec<InvoicePayment> =
            self.all(Pages::of("/v1/invoice_payments", Vec::from(query))).await?;
        let mut invoices = Vec::new();
        for payment in payments {
            invoices.push(match payment.invoice {
                Expandable::Object(invoice) => *invoice,
                Expandable::Id(id) => self.invoice(&id).await?,
            });
        }
        Ok(invoices)
    }

    /// Reads a price.
    pub async fn price(&self, id: &str) -> Result<Price, StripeError> {
        self.get(&format!("/v1/prices/{id}"), &[]).await
    }

    /// Reads a product.
    pub async fn product(&self, id: &str) -> Result<Product, StripeError> {
        self.get(&format!("/v1/products/{id}"), &[]).await
    }

    /// Reads the active price with a lookup key, its product and its amount in every currency, if there is one.
    pub async fn price_by_lookup_key(&self, lookup_key: &str) -> Result<Option<Price>, StripeError> {
        let query = fields!["lookup_keys[]" => lookup_key, "active" => true, "limit" => 1, "expand[]" => "data.product",
            "expand[]" => "data.currency_options"];
        let found: List<Price> = self.get("/v1/prices", &query).await?;
        Ok(found.data.into_iter().next())
    }
}
