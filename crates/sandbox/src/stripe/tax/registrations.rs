//! The registrations of Stripe Tax: where it collects tax.

use super::settings::TaxSettings;
use crate::store::Store;
use crate::stripe::api::{Call, Page, StripeError};
use serde_json::{Map, Value, json};

const KIND: &str = "tax.registration";

fn object(country: &str, created: i64) -> Value {
    let code = country.to_lowercase();
    let options = match country {
        "US" => json!({ "state": "CA", "type": "state_sales_tax" }),
        _ => json!({ "standard": { "place_of_supply_scheme": "standard" }, "type": "standard" }),
    };
    json!({
        "id": format!("taxreg_tokenwell_{code}"),
        "object": KIND,
        "active_from": created,
        "country": country,
        "country_options": Map::from_iter([(code, options)]),
        "created": created,
        "expires_at": null,
        "livemode": false,
        "status": "active",
    })
}

/// `GET /v1/tax/registrations`.
pub fn list(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let page = Page::of(&mut call.params)?;
    let status = call.params.one_of("status", &["active", "all", "expired", "scheduled"])?;
    call.params.finish()?;
    let created = store.seconds();
    let countries = TaxSettings::of(&store.records).registrations;
    let all: Vec<Value> = countries.iter().map(|country| object(country, created)).collect();
    let is_wanted = matches!(status, None | Some("active" | "all"));
    let wanted: Vec<&Value> = all.iter().filter(|_| is_wanted).collect();
    page.slice(&wanted, KIND, "/v1/tax/registrations")
}
