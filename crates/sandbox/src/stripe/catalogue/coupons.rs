//! Coupons: what is taken off.

use crate::random;
use crate::store::Store;
use crate::stripe::api::{Call, Page, StripeError};
use serde_json::{Value, json};

/// The kind of coupons.
pub const KIND: &str = "coupon";

/// `POST /v1/coupons`.
pub fn create(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let params = &mut call.params;
    let id = params.text("id")?.unwrap_or_else(|| random::letters(8));
    if store.find(KIND, &id).is_ok() {
        return Err(StripeError::invalid_code("resource_already_exists", "id", "Coupon already exists."));
    }
    let percent_off = params.text("percent_off")?.map(|text| percent(&text)).transpose()?;
    let amount_off = params.at_least("amount_off", 1)?;
    let currency = params.text("currency")?.map(|currency| currency.to_lowercase());
    if percent_off.is_some() == amount_off.is_some() {
        return Err(StripeError::invalid("You must pass either `percent_off` or `amount_off`."));
    }
    if amount_off.is_some() && currency.is_none() {
        return Err(StripeError::missing("currency"));
    }
    let duration = params.one_of("duration", &["once", "repeating", "forever"])?.unwrap_or("once");
    let months = params.at_least("duration_in_months", 1)?;
    if (duration == "repeating") != months.is_some() {
        let message = "`duration_in_months` is given if, and only if, the duration is `repeating`.";
        return Err(StripeError::invalid_param("duration_in_months", message));
    }
    let mut coupon = json!({
        "id": id,
        "object": KIND,
        "amount_off": amount_off,
        "created": store.seconds(),
        "currency": currency,
        "duration": duration,
        "duration_in_months": months,
        "livemode": false,
        "max_redemptions": params.at_least("max_redemptions", 1)?,
        "metadata": {},
        "name": params.text("name")?,
        "percent_off": percent_off,
        "redeem_by": params.integer("redeem_by")?,
        "times_redeemed": 0,
        "valid": true,
    });
    params.metadata(&mut coupon["metadata"])?;
    call.params.finish()?;
    store.save_and_emit(&coupon, "coupon.created");
    Ok(coupon)
}

fn percent(text: &str) -> Result<f64, StripeError> {
    text.parse().ok().filter(|percent| *percent > 0.0 && *percent <= 100.0).ok_or_else(|| {
        StripeError::invalid_param("percent_off", "Percent off must be above 0 and at most 100.")
    })
}

/// `GET /v1/coupons/{id}`.
pub fn retrieve(store: &mut Store, call: Call) -> Result<Value, StripeError> {
    call.params.finish()?;
    Ok(store.find(KIND, &call.id)?)
}

/// `GET /v1/coupons`.
pub fn list(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let page = Page::of(&mut call.params)?;
    call.params.finish()?;
    page.select(store, KIND, "/v1/coupons", |coupon| coupon["deleted"] != true)
}

/// Whether a coupon can be redeemed now, for amounts in this currency if it is known.
pub fn is_redeemable(store: &Store, coupon: &Value, currency: &Value) -> bool {
    let within = |most: &Value, count: &Value| {
        most.as_i64().is_none_or(|most| count.as_i64().unwrap_or_default() < most)
    };
    coupon["deleted"] != true
        && within(&coupon["max_redemptions"], &coupon["times_redeemed"])
        && within(&coupon["redeem_by"], &store.seconds().into())
        && (coupon["currency"].is_null() || currency.is_null() || coupon["currency"] == *currency)
}

/// Counts a redemption of a coupon or promotion code.
pub fn count_redemption(store: &mut Store, kind: &str, id: &Value) {
    if let Ok(mut object) = store.find(kind, id.as_str().unwrap_or_default()) {
        object["times_redeemed"] = (object["times_redeemed"].as_i64().unwrap_or_default() + 1).into();
        store.save(&object);
    }
}
