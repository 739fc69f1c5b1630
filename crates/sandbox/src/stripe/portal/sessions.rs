//! Portal sessions.

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
    params.ignore(&["configuration", "flow_data", "on_behalf_of"]);
    call.params.finish()?;
    let id = random::id("bps");
    let session = json!({
        "id": id,
        "object": KIND,
        "configuration": "bpc_sandbox",
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
