//! Payment methods: instruments under an id of Stripe's.

use super::gate::Call;
use super::instrument::{Instrument, Means};
use super::refusal::Refusal;
use crate::books::Books;
use crate::id;
use crate::records::Kind;
use serde_json::{Value, json};

/// Keeps the instruments, which hold what Stripe's object does not show.
const INSTRUMENT: Kind = "instrument";

/// Keeps an instrument as a payment method, of a customer's if there is one.
pub fn keep(books: &mut Books, instrument: &Instrument, customer: &Value) -> Value {
    let id = id::fresh("pm");
    let kind = instrument.kind();
    let mut method = json!({
        "id": id,
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": billing_details(instrument),
        "created": books.seconds(),
        "customer": customer,
        "livemode": false,
        "metadata": {},
        "type": kind,
    });
    method[kind] = instrument.details();
    books.save(&method);
    books.records.write(INSTRUMENT, &id, instrument);
    method
}

/// Stripe's `billing_details` of an instrument.
pub fn billing_details(instrument: &Instrument) -> Value {
    let address = json!({ "city": null, "country": null, "line1": null, "line2": null, "postal_code": null, "state": null });
    json!({ "address": address, "email": instrument.email, "name": instrument.name, "phone": null, "tax_id": null })
}

/// The instrument behind a payment method's id.
pub fn instrument(books: &Books, id: &Value) -> Option<Instrument> {
    books.records.read(INSTRUMENT, id.as_str()?)
}

/// The payment method with this id, or a new one if it is one of Stripe's test names.
pub fn resolve(books: &mut Books, id: &str, param: &str) -> Result<Value, Refusal> {
    match Instrument::test_name(id) {
        Some(instrument) => Ok(keep(books, &instrument, &Value::Null)),
        None => books.find_for("payment_method", id, param),
    }
}

/// `POST /v1/payment_methods`.
pub fn create(books: &mut Books, mut call: Call) -> Result<Value, Refusal> {
    let params = &mut call.params;
    let kinds = ["card", "paypal", "us_bank_account", "sepa_debit"];
    let kind = params.one_of("type", &kinds)?.ok_or_else(|| Refusal::missing("type"))?;
    let mut details = params.nested(kind)?;
    let mut instrument = match kind {
        "card" => card(&mut details)?,
        "paypal" => Instrument { means: Means::Paypal, name: None, email: None },
        _ => Instrument { means: Means::BankDebit, name: None, email: None },
    };
    details.accept(&["iban", "account_number", "routing_number", "account_holder_type", "account_type"]);
    details.finish()?;
    let mut billing = params.nested("billing_details")?;
    (instrument.name, instrument.email) = (billing.text("name")?, billing.text("email")?);
    billing.accept(&["address", "phone"]);
    billing.finish()?;
    params.accept(&["allow_redisplay"]);
    let mut metadata = json!({});
    params.metadata(&mut metadata)?;
    call.params.finish()?;
    let mut method = keep(books, &instrument, &Value::Null);
    method["metadata"] = metadata;
    books.save(&method);
    Ok(method)
}

fn card(details: &mut super::params::Params) -> Result<Instrument, Refusal> {
    if let Some(token) = details.text("token")? {
        let param = details.full("token");
        return Instrument::test_name(&token).ok_or_else(|| Refusal::no_such("token", &token, &param));
    }
    let number = details.required("number")?;
    let mut instrument = Instrument::card(&number, None);
    if let Means::Card { exp_month, exp_year, .. } = &mut instrument.means {
        let given = (details.integer("exp_month")?, details.integer("exp_year")?);
        let missing = |name| Refusal::missing(&details.full(name));
        *exp_month = given.0.and_then(|month| month.try_into().ok()).ok_or_else(|| missing("exp_month"))?;
        *exp_year = given.1.and_then(|year| year.try_into().ok()).ok_or_else(|| missing("exp_year"))?;
    }
    details.accept(&["cvc"]);
    Ok(instrument)
}

/// `GET /v1/payment_methods/{id}`.
pub fn retrieve(books: &mut Books, call: Call) -> Result<Value, Refusal> {
    call.params.finish()?;
    books.find("payment_method", &call.id)
}
