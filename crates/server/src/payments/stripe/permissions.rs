//! The permissions that a restricted key needs, and those that Stripe said it lacks.
//!
//! Names are those of Stripe's permissions reference, as its error messages write them. A permission to write includes the
//! one to read. `docs/operating.md` lists them for operators.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// A permission that the secret key needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permission {
    /// Its name in Stripe's error messages.
    pub name: &'static str,
    /// Resource and right, as Stripe's dashboard shows them.
    pub shown_as: &'static str,
    /// What does not work without it.
    pub without_it: &'static str,
    /// A call that shows whether the key has it, and creates nothing.
    pub probe: Probe,
}

/// A call that shows whether a key has a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// Reads a list with one element.
    List(&'static str),
    /// Creates an object with a parameter that Stripe does not know, so that Stripe refuses it.
    Create(&'static str),
    /// Cancels an object that does not exist.
    Cancel(&'static str),
}

/// The permissions that the service needs to run.
pub const NEEDED: [Permission; 10] = [
    Permission {
        name: "rak_checkout_session_write",
        shown_as: "Checkout Sessions: Write",
        without_it: "nothing can be bought",
        probe: Probe::Create("/v1/checkout/sessions"),
    },
    Permission {
        name: "rak_customer_write",
        shown_as: "Customers: Write",
        without_it: "new customers cannot buy, and personal data of deleted accounts stays at Stripe",
        probe: Probe::Create("/v1/customers"),
    },
    Permission {
        name: "rak_customer_portal_write",
        shown_as: "Customer portal: Write",
        without_it: "nobody can change or cancel a plan",
        probe: Probe::Create("/v1/billing_portal/sessions"),
    },
    Permission {
        name: "rak_subscription_write",
        shown_as: "Subscriptions: Write",
        without_it: "plans of deleted accounts are not cancelled, so their owners go on paying",
        probe: Probe::Cancel("/v1/subscriptions/sub_tokenwell_check"),
    },
    Permission {
        name: "rak_plan_read",
        shown_as: "Prices: Read",
        without_it: "no plan can be bought, and paid plans are not recognised",
        probe: Probe::List("/v1/prices"),
    },
    Permission {
        name: "rak_invoice_write",
        shown_as: "Invoices: Write",
        without_it: "paid periods may not be granted, and customers of deleted accounts who owe an invoice stay at Stripe",
        probe: Probe::Cancel("/v1/invoices/in_tokenwell_check"),
    },
    Permission {
        name: "rak_payment_intent_read",
        shown_as: "PaymentIntents: Read",
        without_it: "paid purchases are not granted",
        probe: Probe::List("/v1/payment_intents"),
    },
    Permission {
        name: "rak_charge_read",
        shown_as: "Charges and Refunds: Read",
        without_it: "paid purchases are not granted, and refunds take no tokens back",
        probe: Probe::List("/v1/charges"),
    },
    Permission {
        name: "rak_dispute_read",
        shown_as: "Disputes: Read",
        without_it: "disputes do not freeze tokens",
        probe: Probe::List("/v1/disputes"),
    },
    Permission {
        name: "rak_event_read",
        shown_as: "Events: Read",
        without_it: "events that Stripe could not deliver are never found",
        probe: Probe::List("/v1/events"),
    },
];

/// The permission that Stripe's message says would help.
pub fn named_in(message: &str) -> Option<String> {
    let start = message.find("rak_")?;
    let is_of_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let name: String = message[start..].chars().take_while(|c| is_of_name(*c)).take(64).collect();
    (name.len() > "rak_".len()).then_some(name)
}

/// Stripe's message without the key, which Stripe repeats in part.
pub fn without_key(message: &str) -> String {
    let is_key = |word: &str| ["sk_", "rk_", "pk_"].iter().any(|prefix| word.starts_with(prefix));
    let words = message.split(' ').map(|word| {
        let inner = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        if is_key(inner) { "…" } else { word }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The permissions that Stripe said were missing since the last check.
#[derive(Debug, Default)]
pub struct MissingPermissions(Mutex<BTreeMap<String, String>>);

/// The name under which calls are noted for which Stripe names no permission.
pub const UNNAMED: &str = "unnamed";

impl MissingPermissions {
    /// Notes that a call was refused.
    pub fn note(&self, permission: Option<&str>, why: String) {
        self.with(|missing| missing.insert(permission.unwrap_or(UNNAMED).to_owned(), why));
    }

    /// Each permission, with what Stripe's refusal means.
    pub fn all(&self) -> Vec<(String, String)> {
        self.with(|missing| missing.iter().map(|(name, why)| (name.clone(), why.clone())).collect())
    }

    /// Forgets them, because a check has just found out anew.
    pub fn forget(&self) {
        self.with(BTreeMap::clear);
    }

    fn with<T>(&self, look: impl FnOnce(&mut BTreeMap<String, String>) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFUSAL: &str = "The provided key 'rk_test_********************qs8Kgd' does not have the required permissions for \
                           this endpoint on account 'acct_1PJBLEBBLEfV'. Having the 'rak_customer_write' permission would \
                           allow this request to continue.";

    #[test]
    fn the_permission_is_read_from_stripes_message_and_the_key_is_not_repeated() {
        assert_eq!(named_in(REFUSAL).as_deref(), Some("rak_customer_write"));
        let shown = without_key(REFUSAL);
        assert!(!shown.contains("qs8Kgd") && shown.contains("acct_1PJBLEBBLEfV"), "{shown}");
        assert_eq!(without_key("Invalid API Key provided: sk_test_***x1"), "Invalid API Key provided: …");
        let unnamed = "This is a restricted API key, but the required permissions are not available.";
        assert_eq!(named_in(unnamed), None);
        assert_eq!(without_key(unnamed), unnamed);
    }

    #[test]
    fn the_operators_page_lists_every_permission_as_stripe_shows_it() {
        let page = include_str!("../../../../../docs/operating.md");
        for permission in NEEDED {
            let row = format!("| {} | `{}` |", permission.shown_as, permission.name);
            assert!(page.contains(&row), "there is no row {row}");
        }
    }

    #[test]
    fn each_permission_is_named_once_and_a_probe_that_writes_goes_to_what_it_writes() {
        for (index, permission) in NEEDED.iter().enumerate() {
            assert!(NEEDED[..index].iter().all(|other| other.name != permission.name));
            let writes = !matches!(permission.probe, Probe::List(_));
            assert_eq!(permission.name.ends_with("_write"), writes, "{}", permission.name);
            assert_eq!(permission.shown_as.ends_with(": Write"), writes, "{}", permission.name);
        }
    }
}
