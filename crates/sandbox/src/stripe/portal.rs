//! Billing portal sessions.

use super::customers;
use super::gate::Call;
use super::refusal::Refusal;
use crate::books::Books;
use crate::id;
use serde_json::{Value, json};

/// The kind of portal sessions.
pub const KIND: &str = "billing_portal.session";

/// `POST /v1/billing_portal/sessions`.
pub fn create(books: &mut Books, mut call: Call) -> Result<Value, Refusal> {
    let params = &mut call.params;
    let customer = params.required("customer")?;
    let customer = customers::existing(books, &customer, "customer")?;
    let return_url = params.text("return_url")?;
    let locale = params.text("locale")?;
    params.accept(&["configuration", "flow_data", "on_behalf_of"]);
    call.params.finish()?;
    let id = id::fresh("bps");
    let session = json!({
        "id": id,
        "object": KIND,
        "configuration": "bpc_sandbox",
        "created": books.seconds(),
        "customer": customer["id"],
        "customer_account": null,
        "flow": null,
        "livemode": false,
        "locale": locale,
        "on_behalf_of": null,
        "return_url": return_url,
        "url": format!("{}/p/session/{id}", books.origin),
    });
    books.save(&session);
    Ok(session)
}
