//! The settings of Stripe Tax. They are pending until `PUT /sandbox/tax-settings` completes them, as in a new account.

use crate::records::table::{Kind, Records};
use crate::store::Store;
use crate::stripe::api::{Call, StripeError};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TaxSettings {
    /// The fields that are missing. The settings are active if there are none.
    pub missing_fields: Vec<String>,
    /// The countries, as `DE`, with an active registration.
    pub registrations: Vec<String>,
}

impl Default for TaxSettings {
    fn default() -> Self {
        Self { missing_fields: vec!["head_office".to_owned()], registrations: Vec::new() }
    }
}

impl TaxSettings {
    const KIND: Kind = "tax_setup";

    /// The settings.
    pub fn of(records: &Records) -> Self {
        records.read(Self::KIND, "set").unwrap_or_default()
    }

    /// Replaces the settings.
    pub fn set(&self, records: &mut Records) {
        records.write(Self::KIND, "set", self);
    }
}

/// `GET /v1/tax/settings`.
pub fn retrieve(store: &mut Store, call: Call) -> Result<Value, StripeError> {
    call.params.finish()?;
    let missing = TaxSettings::of(&store.records).missing_fields;
    let is_active = missing.is_empty();
    let address = json!({
        "city": "Berlin", "country": "DE", "line1": "Unter den Linden 1", "line2": null, "postal_code": "10117",
        "state": null,
    });
    Ok(json!({
        "object": "tax.settings",
        "defaults": { "provider": "stripe", "tax_behavior": null, "tax_code": null },
        "head_office": if is_active { json!({ "address": address }) } else { Value::Null },
        "livemode": false,
        "status": if is_active { "active" } else { "pending" },
        "status_details": if is_active {
            json!({ "active": {} })
        } else {
            json!({ "pending": { "missing_fields": missing } })
        },
    }))
}
