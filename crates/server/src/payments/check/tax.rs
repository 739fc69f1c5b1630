//! Stripe Tax, if the catalogue asks for tax.

use super::setup::{StripeChecks, unreadable};
use crate::base::finding::{Checked, Finding};
use crate::payments::stripe::{List, fields};
use serde_json::Value;

/// The permission that reading the settings needs.
const SHOWN_AS: &str = "Tax Settings: Read (rak_tax_settings_read)";

/// Whether Stripe can calculate tax, and whether it collects any.
pub async fn configured(checks: &StripeChecks<'_>) -> Vec<Finding> {
    if !checks.asks_for_tax {
        return vec![Finding::fine(Checked::Tax, "the catalogue does not ask for tax")];
    }
    let settings = match checks.stripe.get::<Value>("/v1/tax/settings", &[]).await {
        Ok(settings) => status(&settings),
        Err(error) => unreadable(Checked::Tax, "the settings of Stripe Tax", &error, SHOWN_AS),
    };
    let query = fields!["status" => "active", "limit" => 100];
    let registrations = match checks.stripe.get::<List<Value>>("/v1/tax/registrations", &query).await {
        Ok(active) => registered(&active.data),
        Err(error) => {
            unreadable(Checked::TaxRegistrations, "the registrations of Stripe Tax", &error, SHOWN_AS)
        }
    };
    vec![settings, registrations]
}

fn status(settings: &Value) -> Finding {
    match settings["status"].as_str() {
        Some("active") => Finding::fine(Checked::Tax, "Stripe Tax is active"),
        Some("pending") => {
            let missing = settings.pointer("/status_details/pending/missing_fields");
            let missing = missing.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
            let missing: Vec<&str> = missing.collect();
            let missing = if missing.is_empty() { "something".to_owned() } else { missing.join(", ") };
            Finding::risk(
                Checked::Tax,
                format!("the catalogue asks for tax, but Stripe Tax lacks {missing}, so no checkout opens"),
                "Complete Stripe's tax settings, or write `tax = \"none\"` in the catalogue",
            )
        }
        other => Finding::unknown(
            Checked::Tax,
            format!("Stripe Tax has the status {}", other.unwrap_or("null")),
            "Look at Stripe's tax settings",
        ),
    }
}

fn registered(active: &[Value]) -> Finding {
    let mut countries: Vec<&str> = active.iter().filter_map(|it| it["country"].as_str()).collect();
    countries.sort_unstable();
    countries.dedup();
    if countries.is_empty() {
        return Finding::risk(
            Checked::TaxRegistrations,
            "the catalogue asks for tax, but Stripe collects it nowhere, because there is no active registration",
            "Add your registrations in Stripe's tax settings, or write `tax = \"none\"` in the catalogue",
        );
    }
    Finding::fine(Checked::TaxRegistrations, format!("Stripe collects tax in {}", countries.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::finding::FindingState;
    use serde_json::json;

    #[test]
    fn tax_needs_active_settings_and_a_registration() {
        let pending = json!({ "status": "pending", "status_details": { "pending": { "missing_fields": ["head_office"] } } });
        assert!(status(&pending).what.contains("lacks head_office"), "{}", status(&pending));
        let bare = json!({ "status": "pending", "status_details": {} });
        let table = [
            (json!({ "status": "active" }), FindingState::Fine),
            (pending, FindingState::Risk),
            (bare, FindingState::Risk),
            (json!({ "status": "paused" }), FindingState::Unknown),
            (json!({}), FindingState::Unknown),
        ];
        for (settings, expected) in table {
            assert_eq!(status(&settings).state, expected, "{settings}");
        }
        assert_eq!(registered(&[]).state, FindingState::Risk);
        let found =
            registered(&[json!({ "country": "US" }), json!({ "country": "DE" }), json!({ "country": "US" })]);
        assert_eq!(found.what, "Stripe collects tax in DE, US");
    }
}
