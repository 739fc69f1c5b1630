//! What a session costs: its line items with discount and tax.

use super::session::{HiddenState, KIND};
use crate::store::Store;
use crate::stripe::api::objects::find_by_param;
use crate::stripe::api::{Params, StripeError, check_charge};
use crate::stripe::catalogue::amounts::{self, Amounts, LineAmount, Pricing};
use crate::stripe::catalogue::{coupons, promotion_codes};
use crate::stripe::tax::calculation::TaxCalculation;
use serde_json::{Value, json};

/// Sets the amounts of a session and its line items. Tax is calculated once the buyer's address is known.
pub fn set(store: &Store, session: &mut Value, items: &mut [Value], address_known: bool) {
    let coupon = coupon_of(store, session);
    let tax_enabled = session["automatic_tax"]["enabled"] == true;
    let tax_rate = TaxCalculation::of(&store.records).rate(tax_enabled && address_known);
    let lines: Vec<LineAmount> = items.iter().map(line_amount).collect();
    let amounts = amounts::of_lines(&lines, Pricing { coupon: coupon.as_ref(), tax_rate });
    for (item, amounts) in items.iter_mut().zip(&amounts) {
        item["amount_subtotal"] = amounts.subtotal.into();
        item["amount_discount"] = amounts.discount.into();
        item["amount_tax"] = amounts.tax.into();
        item["amount_total"] = amounts.total.into();
    }
    let sum: Amounts = amounts.into_iter().sum();
    let shipping = session["total_details"]["amount_shipping"].as_i64().unwrap_or_default();
    session["amount_subtotal"] = sum.subtotal.into();
    session["amount_total"] = (sum.total + shipping).into();
    session["total_details"] =
        json!({ "amount_discount": sum.discount, "amount_shipping": shipping, "amount_tax": sum.tax });
    if tax_enabled {
        let status = if address_known { "complete" } else { "requires_location_inputs" };
        session["automatic_tax"]["status"] = status.into();
    }
}

fn line_amount(item: &Value) -> LineAmount {
    LineAmount {
        subtotal: item["amount_subtotal"].as_i64().unwrap_or_default(),
        discountable: true,
        discount: 0,
        tax_included: amounts::is_inclusive(&item["price"]),
    }
}

/// The coupon of a session's discount.
fn coupon_of(store: &Store, session: &Value) -> Option<Value> {
    let id = session["discounts"][0]["coupon"].as_str()?;
    store.find(coupons::KIND, id).ok()
}

/// The session as the hosted page shows it to a buyer, whose address it knows.
pub fn shown(store: &Store, session: &Value) -> (Value, Vec<Value>) {
    let id = session["id"].as_str().unwrap_or_default();
    let mut items = HiddenState::of(store, id).map(|hidden| hidden.line_items).unwrap_or_default();
    let mut session = session.clone();
    if session["status"] == "open" {
        set(store, &mut session, &mut items, true);
    }
    (session, items)
}

/// Whether tax is collected, by the parameter `automatic_tax` or else by the account's default.
pub fn automatic_tax(store: &Store, params: &mut Params, mode: &str) -> Result<Value, StripeError> {
    let mut given = params.nested("automatic_tax")?;
    let enabled = given.flag("enabled")?;
    if enabled.is_none() && !given.is_empty() {
        return Err(StripeError::missing("automatic_tax[enabled]"));
    }
    given.ignore(&["liability"]);
    given.finish()?;
    let by_default = mode == "payment" && TaxCalculation::of(&store.records).checkout_default;
    let enabled = enabled.unwrap_or(by_default);
    Ok(json!({
        "enabled": enabled,
        "liability": enabled.then(|| json!({ "type": "self" })),
        "provider": enabled.then_some("stripe"),
        "status": null,
    }))
}

/// Refuses tax for a customer without an address who cannot enter one, and updates of a customer who is not given.
pub fn check_customer_update(
    store: &Store,
    params: &mut Params,
    customer: &Value,
    tax_requested: bool,
) -> Result<(), StripeError> {
    let mut update = params.nested("customer_update")?;
    let given = !update.is_empty();
    let mut saved = Vec::new();
    for field in ["address", "name", "shipping"] {
        saved.push(update.one_of(field, &["auto", "never"])? == Some("auto"));
    }
    update.finish()?;
    let Some(id) = customer.as_str() else {
        let message = "`customer_update` can only be used with `customer`.";
        return if given { Err(StripeError::invalid_param("customer_update", message)) } else { Ok(()) };
    };
    let address = store.find("customer", id).map(|customer| customer["address"].clone()).unwrap_or_default();
    if tax_requested && address.is_null() && !saved[0] && !saved[2] {
        let message = "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid address to the Customer or set either `customer_update[address]` to 'auto' or `customer_update[shipping]` to 'auto' to save the address entered in Checkout to the Customer.";
        return Err(StripeError::state("customer_tax_location_invalid", message));
    }
    Ok(())
}

/// The discounts of a new session, and whether its buyer can enter a promotion code.
pub fn discounts(
    store: &Store,
    params: &mut Params,
    customer: &Value,
) -> Result<(Value, Option<bool>), StripeError> {
    let allowed = params.flag("allow_promotion_codes")?;
    let mut discounts = Vec::new();
    for mut given in params.objects("discounts")? {
        let (coupon, code) = (given.text("coupon")?, given.text("promotion_code")?);
        given.finish()?;
        discounts.push(match (coupon, code) {
            (Some(coupon), None) => {
                let coupon = find_by_param(store, coupons::KIND, &coupon, "discounts[0][coupon]")?;
                json!({ "coupon": coupon["id"], "promotion_code": null })
            }
            (None, Some(code)) => {
                let code =
                    find_by_param(store, promotion_codes::KIND, &code, "discounts[0][promotion_code]")?;
                let text = code["code"].as_str().unwrap_or_default();
                discount_by_code(store, text, customer, (i64::MAX, &Value::Null))?
            }
            _ => return Err(StripeError::invalid("Give either a coupon or a promotion code as a discount.")),
        });
    }
    match (discounts.len(), allowed) {
        (2.., _) => Err(StripeError::invalid_param("discounts", "A session can have one discount.")),
        (1, Some(_)) => Err(StripeError::invalid(
            "You may only specify one of these parameters: allow_promotion_codes, discounts.",
        )),
        _ => Ok((discounts.into(), allowed)),
    }
}

fn discount_by_code(
    store: &Store,
    code: &str,
    customer: &Value,
    amount: (i64, &Value),
) -> Result<Value, StripeError> {
    let code = promotion_codes::redeemable(store, code, customer, amount)?;
    Ok(json!({ "coupon": code["promotion"]["coupon"], "promotion_code": code["id"] }))
}

/// Adds costs of shipping to an open session, as a shipping rate does.
pub fn add_shipping(store: &mut Store, id: &str, amount: i64) -> Result<(), StripeError> {
    let mut session = store.find(KIND, id)?;
    session["total_details"]["amount_shipping"] = amount.into();
    store.save(&session);
    Ok(())
}

/// Enters a promotion code at an open session, as the buyer does on the page.
pub fn enter_code(store: &mut Store, id: &str, code: &str) -> Result<Value, StripeError> {
    let mut session = store.find(KIND, id)?;
    let mut hidden = HiddenState::of(store, id).ok_or_else(StripeError::internal)?;
    if session["status"] != "open" || session["allow_promotion_codes"] != true {
        let message = "This session takes no promotion code.";
        return Err(StripeError::invalid_param("promotion_code", message));
    }
    let subtotal = session["amount_subtotal"].as_i64().unwrap_or_default();
    let discount = discount_by_code(store, code, &session["customer"], (subtotal, &session["currency"]))?;
    session["discounts"] = json!([discount]);
    set(store, &mut session, &mut hidden.line_items, false);
    check_total(&session)?;
    store.save(&session);
    hidden.save(store, id);
    Ok(session)
}

/// Refuses a total that cannot be charged. Nothing to pay is fine.
pub fn check_total(session: &Value) -> Result<(), StripeError> {
    match session["amount_total"].as_i64() {
        None | Some(0) => Ok(()),
        Some(total) => check_charge(total, session["currency"].as_str().unwrap_or_default()),
    }
}

/// Counts the redemption of the discount of a session that was completed.
pub fn redeem(store: &mut Store, session: &Value) {
    let discount = &session["discounts"][0];
    coupons::count_redemption(store, coupons::KIND, &discount["coupon"]);
    coupons::count_redemption(store, promotion_codes::KIND, &discount["promotion_code"]);
}
