//! Portal sessions.

use super::configurations;
use crate::random;
use crate::store::Store;
use crate::stripe::api::{Call, StripeError};
use crate::stripe::payments::customers;
use serde_json::{Value, json};

/// The kind of portal sessions.
pub const KIND: &str = "billing_portal.session";

/// `POST /v1/billing_portal/sessions`.
pub fn create(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let params = &mut call.params;
    let customer = params.required("customer")?;
    let customer = customers::existing(store, &customer, "customer")?;
    let return_url = params.text("return_url")?;
    let locale = params.text("locale")?;
    let configuration = configurations::of_session(store, params.text("configuration")?.as_deref())?;
    params.ignore(&["flow_data", "on_behalf_of"]);
    call.params.finish()?;
    let return_url = return_url.or_else(|| configuration["default_return_url"].as_str().map(str::to_owned));
    let id = random::id("bps");
    let session = json!({
        "id": id,
        "object": KIND,
        "configuration": configuration["id"],
        "created": store.seconds(),
        "customer": customer["id"],
        "customer_account": null,
        "flow": null,
        "livemode": false,
        "locale": locale,
        "on_behalf_of": null,
        "return_url": return_url,
        "url": format!("{}/p/session/{id}", store.origin),
    });
    store.save(&session);
    Ok(session)
}
