//! What a line has to be by itself.

use super::line::{Line, LotLine};
use crate::http::user_texts::{CHARS_MAX, ID_CHARS_MAX, is_email, is_external_id, is_own_text};
use crate::payments::is_id;
use jiff::Timestamp;
use tokenwell_ledger::{Catalogue, Currency, PlanId, Tokens};

/// Everything that is wrong with a line.
pub fn mistakes(line: &Line, catalogue: &Catalogue, now: Timestamp) -> Vec<String> {
    let mut found = Vec::new();
    let mut check = |fits: bool, why: &dyn Fn() -> String| {
        if !fits {
            found.push(why());
        }
    };
    check(is_external_id(&line.external_id), &|| {
        format!(
            "`external_id` must be 1 to {ID_CHARS_MAX} characters on one line, without blanks at its ends"
        )
    });
    for (name, text) in [("subject", &line.subject), ("name", &line.name), ("email", &line.email)] {
        check(text.as_deref().is_none_or(is_own_text), &|| {
            format!("`{name}` must be 1 to {CHARS_MAX} characters on one line, without blanks at its ends")
        });
    }
    check(line.email.as_deref().is_none_or(is_email), &|| "`email` is no address".to_owned());
    for (name, id) in [("customer", &line.customer), ("subscription", &line.subscription)] {
        check(id.as_deref().is_none_or(is_id), &|| format!("`{name}` is no id of Stripe"));
    }
    check(line.as_of <= now, &|| "`as_of` is in the future".to_owned());
    check_plan(line, catalogue, &mut check);
    for (lot, number) in line.lots.iter().zip(1..) {
        check_lot(lot, line.as_of, number, &mut check);
    }
    let tokens = line.lots.iter().map(|lot| lot.tokens).fold(line.fast, u64::saturating_add);
    check(tokens.saturating_add(line.rollover) <= Tokens::MAX.0, &|| {
        format!("an account can hold at most {} tokens", Tokens::MAX)
    });
    found
}

fn check_plan(line: &Line, catalogue: &Catalogue, check: &mut dyn FnMut(bool, &dyn Fn() -> String)) {
    let Some(plan) = &line.plan else {
        check(line.subscription.is_none(), &|| "`subscription` needs the `plan` that it is of".to_owned());
        check(line.fast == 0 && line.rollover == 0, &|| {
            "`fast` and `rollover` need a `plan` and its `subscription`".to_owned()
        });
        return;
    };
    check(line.subscription.is_some(), &|| "`plan` needs the `subscription` at Stripe".to_owned());
    match catalogue.plan(&PlanId::from(plan.as_str())).filter(|plan| plan.is_paid()) {
        None => check(false, &|| format!("the catalogue has no paid plan `{plan}`")),
        Some(plan) => check(line.rollover <= plan.rollover_cap.0, &|| {
            format!("`rollover` exceeds the cap of the plan, which is {}", plan.rollover_cap)
        }),
    }
}

fn check_lot(
    lot: &LotLine,
    as_of: Timestamp,
    number: usize,
    check: &mut dyn FnMut(bool, &dyn Fn() -> String),
) {
    let of = |what: &str| format!("lot {number}: {what}");
    check(lot.tokens <= lot.bought(), &|| of("more tokens are left than were bought"));
    check((1..=Tokens::MAX.0).contains(&lot.bought()), &|| of("a lot has at least one token"));
    check(lot.paid_at <= as_of, &|| of("it was paid after `as_of`"));
    check(lot.paid.is_some() == lot.currency.is_some(), &|| of("`paid` and `currency` belong together"));
    if let Some(currency) = &lot.currency {
        check(Currency::try_from(currency.clone()).is_ok(), &|| of("`currency` is no currency, such as usd"));
    }
    let Some(payment) = &lot.payment else { return };
    let is_payment = ["pi_", "ch_", "py_"].iter().any(|prefix| payment.starts_with(prefix)) && is_id(payment);
    check(is_payment, &|| of("`payment` is no payment intent or charge of Stripe (pi_…, ch_… or py_…)"));
    check(lot.paid.is_some(), &|| of("`payment` needs what was `paid`, of which a refund is a share"));
}
