//! Promotion codes: what buyers enter to get a coupon.

use super::coupons;
use crate::random;
use crate::store::Store;
use crate::stripe::api::objects::find_by_param;
use crate::stripe::api::{Call, Page, Params, StripeError};
use serde_json::{Value, json};

/// The kind of promotion codes.
pub const KIND: &str = "promotion_code";

/// `POST /v1/promotion_codes`.
pub fn create(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let params = &mut call.params;
    let mut promotion = params.nested("promotion")?;
    promotion.one_of("type", &["coupon"])?.ok_or_else(|| StripeError::missing("promotion[type]"))?;
    let coupon = promotion.required("coupon")?;
    promotion.finish()?;
    let coupon = find_by_param(store, coupons::KIND, &coupon, "promotion[coupon]")?;
    let code = params.text("code")?.unwrap_or_else(|| random::letters(8).to_uppercase());
    if active_by_code(store, &code).is_some() {
        let message = "An active promotion code with this code already exists.";
        return Err(StripeError::invalid_param("code", message));
    }
    let mut promotion_code = json!({
        "id": random::id("promo"),
        "object": KIND,
        "active": params.flag("active")?.unwrap_or(true),
        "code": code,
        "created": store.seconds(),
        "customer": params.text("customer")?,
        "customer_account": null,
        "expires_at": params.integer("expires_at")?,
        "livemode": false,
        "max_redemptions": params.at_least("max_redemptions", 1)?,
        "metadata": {},
        "promotion": { "coupon": coupon["id"], "type": "coupon" },
        "restrictions": restrictions(params)?,
        "times_redeemed": 0,
    });
    params.metadata(&mut promotion_code["metadata"])?;
    call.params.finish()?;
    store.save_and_emit(&promotion_code, "promotion_code.created");
    Ok(promotion_code)
}

fn restrictions(params: &mut Params) -> Result<Value, StripeError> {
    let mut given = params.nested("restrictions")?;
    let restrictions = json!({
        "first_time_transaction": given.flag("first_time_transaction")?.unwrap_or(false),
        "minimum_amount": given.at_least("minimum_amount", 1)?,
        "minimum_amount_currency": given.text("minimum_amount_currency")?,
    });
    given.finish()?;
    Ok(restrictions)
}

/// `GET /v1/promotion_codes/{id}`.
pub fn retrieve(store: &mut Store, call: Call) -> Result<Value, StripeError> {
    call.params.finish()?;
    Ok(store.find(KIND, &call.id)?)
}

/// `POST /v1/promotion_codes/{id}`: switches it on or off.
pub fn update(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let mut code = store.find(KIND, &call.id)?;
    if let Some(active) = call.params.flag("active")? {
        code["active"] = active.into();
    }
    call.params.metadata(&mut code["metadata"])?;
    call.params.finish()?;
    store.save_and_emit_update(&code, "promotion_code.updated");
    Ok(code)
}

/// `GET /v1/promotion_codes`.
pub fn list(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let page = Page::of(&mut call.params)?;
    let wanted = call.params.text("code")?;
    let active = call.params.flag("active")?;
    call.params.finish()?;
    page.select(store, KIND, "/v1/promotion_codes", |code| {
        wanted.as_ref().is_none_or(|wanted| is_code(code, wanted))
            && active.is_none_or(|active| code["active"] == active)
    })
}

/// Codes are not case-sensitive.
fn is_code(promotion_code: &Value, code: &str) -> bool {
    promotion_code["code"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(code))
}

fn active_by_code(store: &Store, code: &str) -> Option<Value> {
    let mut codes = store.records.all(KIND).map(|(_, promotion_code)| promotion_code);
    codes.find(|it| it["active"] == true && is_code(it, code)).cloned()
}

/// The promotion code that a buyer enters, if it can be used for this.
pub fn redeemable(
    store: &Store,
    code: &str,
    customer: &Value,
    (subtotal, currency): (i64, &Value),
) -> Result<Value, StripeError> {
    let invalid = || StripeError::invalid_param("promotion_code", "This code is invalid.");
    let found = active_by_code(store, code.trim()).ok_or_else(invalid)?;
    let coupon = store.find(coupons::KIND, found["promotion"]["coupon"].as_str().unwrap_or_default());
    let restrictions = &found["restrictions"];
    let expired = found["expires_at"].as_i64().is_some_and(|at| at <= store.seconds());
    let used_up =
        found["max_redemptions"].as_i64().is_some_and(|most| found["times_redeemed"].as_i64() >= Some(most));
    let of_another = !found["customer"].is_null() && found["customer"] != *customer;
    let too_little = restrictions["minimum_amount"].as_i64().is_some_and(|least| subtotal < least);
    let redeemable = coupon.is_ok_and(|coupon| coupons::is_redeemable(store, &coupon, currency));
    if expired || used_up || of_another || too_little || !redeemable { Err(invalid()) } else { Ok(found) }
}
