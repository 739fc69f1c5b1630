//! Payment methods: Stripe's objects for the instruments that customers pay with.

use super::instrument::{Instrument, Means};
use super::test_cards;
use crate::random;
use crate::records::table::Kind;
use crate::store::Store;
use crate::stripe::api::objects::find_by_param;
use crate::stripe::api::{Call, Params, StripeError};
use serde_json::{Value, json};

const KIND: &str = "payment_method";

/// The kind of the records with the instruments; a payment method does not show a card's number.
const INSTRUMENT: Kind = "instrument";

/// Saves an instrument as a payment method, of a customer unless that is null.
pub fn save(store: &mut Store, instrument: &Instrument, customer: &Value) -> Value {
    let id = random::id("pm");
    let method_type = instrument.method_type();
    let mut method = json!({
        "id": id,
        "object": KIND,
        "allow_redisplay": "unspecified",
        "billing_details": billing_details(instrument),
        "created": store.seconds(),
        "customer": customer,
        "livemode": false,
        "metadata": {},
        "type": method_type,
    });
    method[method_type] = instrument.details();
    store.save(&method);
    store.records.write(INSTRUMENT, &id, instrument);
    method
}

/// The `billing_details` of an instrument.
pub fn billing_details(instrument: &Instrument) -> Value {
    let address = json!({ "city": null, "country": null, "line1": null, "line2": null, "postal_code": null, "state": null });
    json!({ "address": address, "email": instrument.email, "name": instrument.name, "phone": null, "tax_id": null })
}

/// The instrument of a payment method.
pub fn instrument_of(store: &Store, id: &Value) -> Option<Instrument> {
    store.records.read(INSTRUMENT, id.as_str()?)
}

/// The payment method with this id, or a new one if the id is one of Stripe's test names, such as `pm_card_visa`.
pub fn resolve(store: &mut Store, id: &str, param: &str) -> Result<Value, StripeError> {
    match test_cards::by_name(id) {
        Some(instrument) => Ok(save(store, &instrument, &Value::Null)),
        None => find_by_param(store, KIND, id, param),
    }
}

/// `POST /v1/payment_methods`.
pub fn create(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let params = &mut call.params;
    let types = ["card", "paypal", "us_bank_account", "sepa_debit"];
    let method_type = params.one_of("type", &types)?.ok_or_else(|| StripeError::missing("type"))?;
    let mut details = params.nested(method_type)?;
    let mut instrument = match method_type {
        "card" => card(&mut details)?,
        "paypal" => Instrument { means: Means::Paypal, name: None, email: None },
        _ => Instrument { means: Means::BankDebit, name: None, email: None },
    };
    details.ignore(&["iban", "account_number", "routing_number", "account_holder_type", "account_type"]);
    details.finish()?;
    let mut billing = params.nested("billing_details")?;
    (instrument.name, instrument.email) = (billing.text("name")?, billing.text("email")?);
    billing.ignore(&["address", "phone"]);
    billing.finish()?;
    params.ignore(&["allow_redisplay"]);
    let mut metadata = json!({});
    params.metadata(&mut metadata)?;
    call.params.finish()?;
    let mut method = save(store, &instrument, &Value::Null);
    method["metadata"] = metadata;
    store.save(&method);
    Ok(method)
}

fn card(details: &mut Params) -> Result<Instrument, StripeError> {
    if let Some(token) = details.text("token")? {
        let param = details.full_name("token");
        return test_cards::by_name(&token).ok_or_else(|| StripeError::no_such("token", &token, &param));
    }
    let number = details.required("number")?;
    let mut instrument = Instrument::card(&number, None);
    if let Means::Card { exp_month, exp_year, .. } = &mut instrument.means {
        let (month, year) = (details.integer("exp_month")?, details.integer("exp_year")?);
        let missing = |name| StripeError::missing(&details.full_name(name));
        *exp_month = month.and_then(|month| month.try_into().ok()).ok_or_else(|| missing("exp_month"))?;
        *exp_year = year.and_then(|year| year.try_into().ok()).ok_or_else(|| missing("exp_year"))?;
    }
    details.ignore(&["cvc"]);
    Ok(instrument)
}

/// `GET /v1/payment_methods/{id}`.
pub fn retrieve(store: &mut Store, call: Call) -> Result<Value, StripeError> {
    call.params.finish()?;
    Ok(store.find(KIND, &call.id)?)
}
