//! Customers.

use super::gate::Call;
use super::list::Page;
use super::params::Params;
use super::refusal::Refusal;
use super::{payment_methods, subscriptions};
use crate::books::Books;
use crate::id;
use serde_json::{Value, json};

/// A new customer with this e-mail address and name.
pub fn new(books: &Books, email: Option<&str>, name: Option<&str>) -> Value {
    json!({
        "id": id::fresh("cus"),
        "object": "customer",
        "address": null,
        "balance": 0,
        "created": books.seconds(),
        "currency": null,
        "default_source": null,
        "delinquent": false,
        "description": null,
        "discount": null,
        "email": email,
        "invoice_prefix": id::letters(8).to_uppercase(),
        "invoice_settings": { "custom_fields": null, "default_payment_method": null, "footer": null, "rendering_options": null },
        "livemode": false,
        "metadata": {},
        "name": name,
        "next_invoice_sequence": 1,
        "phone": null,
        "preferred_locales": [],
        "shipping": null,
        "tax_exempt": "none",
        "test_clock": null,
    })
}

fn describe(books: &mut Books, customer: &mut Value, params: &mut Params) -> Result<(), Refusal> {
    for field in ["email", "name", "description", "phone"] {
        if let Some(text) = params.text(field)? {
            customer[field] = text.into();
        }
    }
    params.metadata(&mut customer["metadata"])?;
    if let Some(method) = params.text("payment_method")? {
        payment_methods::resolve(books, &method, "payment_method")?;
    }
    let mut settings = params.nested("invoice_settings")?;
    if let Some(method) = settings.text("default_payment_method")? {
        let method = payment_methods::resolve(books, &method, "invoice_settings[default_payment_method]")?;
        customer["invoice_settings"]["default_payment_method"] = method["id"].clone();
    }
    settings.finish()?;
    params.accept(&["address", "shipping", "preferred_locales", "tax", "tax_exempt", "source"]);
    Ok(())
}

/// `POST /v1/customers`.
pub fn create(books: &mut Books, mut call: Call) -> Result<Value, Refusal> {
    let mut customer = new(books, None, None);
    describe(books, &mut customer, &mut call.params)?;
    call.params.finish()?;
    books.save_and_emit(&customer, "customer.created");
    Ok(customer)
}

/// `GET /v1/customers/{id}`.
pub fn retrieve(books: &mut Books, call: Call) -> Result<Value, Refusal> {
    call.params.finish()?;
    books.find("customer", &call.id)
}

/// `POST /v1/customers/{id}`.
pub fn update(books: &mut Books, mut call: Call) -> Result<Value, Refusal> {
    let mut customer = existing(books, &call.id, "id")?;
    describe(books, &mut customer, &mut call.params)?;
    call.params.finish()?;
    books.save_and_emit_update(&customer, "customer.updated");
    Ok(customer)
}

/// `DELETE /v1/customers/{id}`: cancels the customer's subscriptions at once.
pub fn delete(books: &mut Books, call: Call) -> Result<Value, Refusal> {
    let customer = existing(books, &call.id, "id")?;
    call.params.finish()?;
    subscriptions::end_all_of(books, &call.id);
    books.emit("customer.deleted", &customer, None);
    let deleted = json!({ "id": call.id, "object": "customer", "deleted": true });
    books.save(&deleted);
    Ok(deleted)
}

/// `GET /v1/customers`.
pub fn list(books: &mut Books, mut call: Call) -> Result<Value, Refusal> {
    let page = Page::of(&mut call.params)?;
    let email = call.params.text("email")?;
    call.params.finish()?;
    page.cut(books, "customer", "/v1/customers", |customer| {
        customer["deleted"] != true && email.as_ref().is_none_or(|email| customer["email"] == **email)
    })
}

/// A customer that was not deleted.
pub fn existing(books: &Books, id: &str, param: &str) -> Result<Value, Refusal> {
    let customer = books.find_for("customer", id, param)?;
    if customer["deleted"] == true { Err(Refusal::no_such("customer", id, param)) } else { Ok(customer) }
}
