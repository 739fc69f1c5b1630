//! The permissions of restricted keys: which one a call needs, and which ones a key has.
//!
//! Names and implications are those of Stripe's permissions reference; error messages put `rak_` before a name.

use axum::http::Method;

/// The resource that calls below a path belong to.
const RESOURCES: [(&str, &str); 25] = [
    ("/v1/account", "connected_account"),
    ("/v1/balance", "balance"),
    ("/v1/balance_transactions", "balance_transaction_source"),
    ("/v1/billing_portal", "customer_portal"),
    ("/v1/charges", "charge"),
    ("/v1/checkout/sessions", "checkout_session"),
    ("/v1/coupons", "coupon"),
    ("/v1/customers", "customer"),
    ("/v1/disputes", "dispute"),
    ("/v1/events", "event"),
    ("/v1/invoice_payments", "invoice"),
    ("/v1/invoiceitems", "invoice"),
    ("/v1/invoices", "invoice"),
    ("/v1/payment_intents", "payment_intent"),
    ("/v1/payment_methods", "payment_method"),
    ("/v1/payment_pages", "checkout_session"),
    ("/v1/prices", "plan"),
    ("/v1/products", "product"),
    ("/v1/promotion_codes", "promotion_code"),
    ("/v1/refunds", "refund"),
    ("/v1/subscription_items", "subscription"),
    ("/v1/subscriptions", "subscription"),
    ("/v1/tax", "tax_settings"),
    ("/v1/tax_rates", "tax_rate"),
    ("/v1/webhook_endpoints", "webhook"),
];

/// The resource that a field stands for when it is expanded.
const EXPANDED: [(&str, &str); 11] = [
    ("balance_transaction", "balance_transaction_source"),
    ("charge", "charge"),
    ("customer", "customer"),
    ("invoice", "invoice"),
    ("latest_charge", "charge"),
    ("payment_intent", "payment_intent"),
    ("payment_method", "payment_method"),
    ("price", "plan"),
    ("product", "product"),
    ("refunds", "refund"),
    ("subscription", "subscription"),
];

/// The permissions to read that a permission for another resource includes.
const INCLUDED: [(&str, &[&str]); 7] = [
    ("charge", &["refund"]),
    ("checkout_session", &["payment_intent", "product"]),
    ("credit_note", &["invoice"]),
    ("invoice", &["credit_note"]),
    ("payment_intent", &["product"]),
    ("plan", &["product"]),
    ("balance_transaction_source", &["balance"]),
];

/// A permission for a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permission {
    resource: &'static str,
    writes: bool,
}

impl Permission {
    /// The permission that a call needs; `None` for a path of no resource.
    pub fn for_call(method: &Method, path: &str) -> Option<Self> {
        let is_below = |prefix: &str| {
            path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let (_, resource) = RESOURCES.iter().find(|(prefix, _)| is_below(prefix))?;
        Some(Self { resource, writes: method != Method::GET })
    }

    /// The permissions that expanding a path, such as `payment_intent.latest_charge`, needs.
    pub fn for_expanding(path: &str) -> impl Iterator<Item = Self> {
        path.split('.').filter_map(|field| {
            let (_, resource) = EXPANDED.iter().find(|(name, _)| *name == field)?;
            Some(Self { resource, writes: false })
        })
    }

    /// Its name in error messages.
    pub fn name(self) -> String {
        format!("rak_{}_{}", self.resource, if self.writes { "write" } else { "read" })
    }

    /// Whether a key with these permissions has it.
    pub fn is_in(self, granted: &[String]) -> bool {
        let has =
            |resource: &str, right: &str| granted.iter().any(|it| *it == format!("rak_{resource}_{right}"));
        if self.writes {
            return has(self.resource, "write");
        }
        let has_either = |resource: &str| has(resource, "write") || has(resource, "read");
        let included = |(resource, includes): &(&str, &[&str])| {
            includes.contains(&self.resource) && has_either(resource)
        };
        has_either(self.resource) || INCLUDED.iter().any(included)
    }
}

/// Whether this is the name of a permission that a key can have.
pub fn is_known(name: &str) -> bool {
    let resource = name
        .strip_prefix("rak_")
        .and_then(|name| name.strip_suffix("_read").or_else(|| name.strip_suffix("_write")));
    let others = ["credit_note"];
    resource.is_some_and(|resource| {
        RESOURCES.iter().any(|(_, known)| *known == resource) || others.contains(&resource)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_call_needs_the_permission_of_its_resource() {
        let table = [
            (Method::GET, "/v1/prices", "rak_plan_read"),
            (Method::GET, "/v1/prices/price_1", "rak_plan_read"),
            (Method::POST, "/v1/customers", "rak_customer_write"),
            (Method::DELETE, "/v1/subscriptions/sub_1", "rak_subscription_write"),
            (Method::POST, "/v1/billing_portal/sessions", "rak_customer_portal_write"),
            (Method::GET, "/v1/tax/settings", "rak_tax_settings_read"),
            (Method::GET, "/v1/tax_rates", "rak_tax_rate_read"),
            (Method::GET, "/v1/balance_transactions/txn_1", "rak_balance_transaction_source_read"),
        ];
        for (method, path, expected) in table {
            assert_eq!(
                Permission::for_call(&method, path).map(Permission::name).as_deref(),
                Some(expected),
                "{path}"
            );
        }
        assert_eq!(Permission::for_call(&Method::GET, "/v1/pricesless"), None);
        let expanded: Vec<_> =
            Permission::for_expanding("data.payment_intent.latest_charge").map(Permission::name).collect();
        assert_eq!(expanded, ["rak_payment_intent_read", "rak_charge_read"]);
    }

    #[test]
    fn writing_includes_reading_and_some_permissions_include_others() {
        let is_in = |path: &str, method: Method, granted: &str| {
            Permission::for_call(&method, path).unwrap().is_in(&[granted.to_owned()])
        };
        assert!(is_in("/v1/customers", Method::GET, "rak_customer_write"));
        assert!(!is_in("/v1/customers", Method::POST, "rak_customer_read"));
        assert!(is_in("/v1/payment_intents", Method::GET, "rak_checkout_session_write"));
        assert!(!is_in("/v1/payment_intents", Method::POST, "rak_checkout_session_write"));
        assert!(is_in("/v1/products", Method::GET, "rak_plan_read"));
        assert!(!is_in("/v1/charges", Method::GET, "rak_checkout_session_write"));
        assert!(is_known("rak_plan_read") && is_known("rak_webhook_write"));
        assert!(!is_known("rak_everything_write") && !is_known("plan_read"));
    }
}
