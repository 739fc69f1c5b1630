//! What must hold of plans (rules 7, 9 to 12, 15a).

use super::{Account, Books, Stripe};
use crate::payments::SECOND;
use crate::simulation::world::text;
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use serde_json::Value;
use tokenwell_ledger::{Bucket, Entry, EntryKind};

/// Seconds of months of 28 to 31 days all divide it.
const COMMON: i128 = 28 * 29 * 15 * 31 * 86_400;

fn id(object: &Value) -> &str {
    object["id"].as_str().unwrap()
}

fn entitles(subscription: &Value) -> bool {
    matches!(subscription["status"].as_str(), Some("trialing" | "active" | "past_due"))
}

/// Rules 10 and 12.
pub fn the_account_is_entitled_while_a_subscription_is(account: &Account, stripe: &Stripe) {
    let entitled: Vec<&Value> =
        stripe.subscriptions_of(&account.record.id).filter(|it| entitles(it)).collect();
    if account.is_deleted() {
        assert!(entitled.is_empty(), "goes on after the account was deleted: {entitled:?}");
        return;
    }
    assert_eq!(account.record.state.is_entitled(), !entitled.is_empty(), "{entitled:?}");
    assert!(entitled.len() <= 1, "a second one beside a live one: {entitled:?}");
}

fn detail(line: &Value) -> &Value {
    &line["parent"]["subscription_item_details"]
}

fn is_whole(line: &Value) -> bool {
    detail(line)["proration"] == false
}

/// The paid invoices of a subscription.
fn paid_invoices<'a>(stripe: &'a Stripe, subscription: &'a str) -> impl Iterator<Item = &'a Value> {
    let of = move |invoice: &Value| invoice["parent"]["subscription_details"]["subscription"] == subscription;
    stripe.invoices.iter().filter(move |invoice| invoice["status"] == "paid" && of(invoice))
}

fn lines(invoice: &Value) -> &[Value] {
    invoice["lines"]["data"].as_array().unwrap()
}

/// Rules 7 and 15a: a period that was charged is granted once, in months if it is a year. Several can start at the same instant,
/// also of the same plan. If its plan lapsed or ended before, or was a second one, its money is owed back; a plan that lives on may
/// still come to entitle. A second one entitles until it is cancelled if the first one ends before; its money stays owed. What a
/// deleted account had paid for is lost (rule 18).
pub fn a_charged_period_is_granted_once_or_owed_back(account: &Account, stripe: &Stripe, books: &Books) {
    for subscription in stripe.subscriptions_of(&account.record.id) {
        let waits = subscription["ended_at"].is_null() && !entitles(subscription);
        for invoice in paid_invoices(stripe, id(subscription)) {
            let charged = invoice["amount_paid"].as_i64().unwrap() > 0;
            let paid_at = invoice["status_transitions"]["paid_at"].as_i64().unwrap();
            let lost = account.record.state.deleted_at().is_some_and(|at| paid_at <= at.as_second());
            let due = books.refunds_due.iter().find(|due| due.id == id(invoice));
            let (listed, was_second) = (due.is_some(), due.is_some_and(|due| due.why == SECOND));
            for line in lines(invoice).iter().filter(|line| is_whole(line)) {
                let granted = grants_at(account, subscription, line);
                let what = || format!("{line}\nof {subscription}\nwas granted {granted:?}");
                let alike = paid_invoices(stripe, id(subscription))
                    .flat_map(lines)
                    .filter(|other| is_whole(other) && time(other, "start") == time(line, "start"));
                let most: usize = alike.map(|line| months(line).len()).sum();
                assert!(granted.len() <= most, "too often: {}", what());
                let is_settled = !granted.is_empty() || listed || lost || waits;
                let must_be = charged || subscription["status"] == "active";
                assert!(!must_be || is_settled, "paid, and neither granted nor owed: {}", what());
                assert!(granted.is_empty() || !listed || was_second, "granted, and owed back: {}", what());
            }
        }
    }
}

/// The renewals that a line of a whole period brought.
fn grants_at<'a>(account: &'a Account, subscription: &Value, line: &Value) -> Vec<&'a Entry> {
    let starts: Vec<String> = months(line)
        .iter()
        .map(|(start, _)| format!("{}/{}", id(subscription), Timestamp::from_second(*start).unwrap()))
        .collect();
    let of_line = |entry: &&Entry| {
        let is_grant = matches!(entry.kind, EntryKind::Renewal | EntryKind::Prorated);
        is_grant && entry.reference.as_ref().is_some_and(|reference| starts.contains(reference))
    };
    account.entries.iter().filter(of_line).collect()
}

fn price(line: &Value) -> String {
    text(&line["pricing"]["price_details"]["price"])
}

fn is_yearly(line: &Value) -> bool {
    price(line).ends_with("_year")
}

fn time(line: &Value, field: &str) -> i64 {
    line["period"][field].as_i64().unwrap()
}

/// The token periods of a line of a whole period.
fn months(line: &Value) -> Vec<(i64, i64)> {
    let (start, end) = (time(line, "start"), time(line, "end"));
    if !is_yearly(line) {
        return vec![(start, end)];
    }
    let first = Timestamp::from_second(start).unwrap().to_zoned(TimeZone::UTC);
    let after = |months: i32| first.checked_add(months.months()).unwrap().timestamp().as_second();
    (0..12).map(|month| (after(month), after(month + 1))).collect()
}

/// Rule 11, of accounts that never lapsed and have one subscription that entitles: what is granted and not owed is what the paid
/// lines bought for the token periods that have begun. Of all others it is at most that, and what their lapses forfeited:
/// a later credit takes that first.
pub fn plan_tokens_follow_the_paid_lines(account: &Account, stripe: &Stripe, now: Timestamp) {
    if account.is_deleted() {
        return;
    }
    let own: Vec<&Value> = stripe.subscriptions_of(&account.record.id).collect();
    let Some(bought) = own.iter().map(|it| bought(stripe, id(it), now)).sum::<Option<i128>>() else {
        return;
    };
    let kinds = [EntryKind::Renewal, EntryKind::Prorated, EntryKind::TakenBack];
    let granted: i64 = kinds.iter().flat_map(|kind| account.of_kind(*kind)).map(|entry| entry.amount).sum();
    let owed = account.entries.last().unwrap().standing.owed;
    let kept = i128::from(granted) - i128::from(owed.0);
    let lapsed = account.entries.windows(2).any(|two| two[0].standing.entitled && !two[1].standing.entitled);
    if let ([subscription], false) = (&own[..], lapsed)
        && entitles(subscription)
    {
        assert_eq!(kept, bought, "granted and not owed, of {subscription}");
        return;
    }
    let forfeited: i64 = forfeited_by_lapses(account, &own).map(|entry| -entry.amount).sum();
    assert!(
        kept <= bought + i128::from(forfeited),
        "{kept} granted and not owed, {bought} bought, {forfeited} forfeited, of {own:#?}"
    );
}

fn forfeited_by_lapses<'a>(account: &'a Account, own: &'a [&Value]) -> impl Iterator<Item = &'a Entry> {
    account.of_kind(EntryKind::Forfeit).filter(move |entry| {
        let of = |subscription: &&Value| entry.reference.as_deref() == Some(id(subscription));
        !entry.standing.entitled && entry.bucket != Bucket::TopUp && own.iter().any(of)
    })
}

/// What the paid lines of a subscription bought for the token periods that have begun. `None` if a line bills a change of a
/// period that was not paid for.
fn bought(stripe: &Stripe, subscription: &str, now: Timestamp) -> Option<i128> {
    let lines: Vec<&Value> = paid_invoices(stripe, subscription).flat_map(lines).collect();
    let mut bought = 0;
    for line in &lines {
        let (start, end) = (time(line, "start"), time(line, "end"));
        let covers =
            |whole: &&&Value| is_whole(whole) && time(whole, "start") <= start && time(whole, "end") == end;
        let key = |whole: &&&Value| {
            let is_alike = price(whole) == price(line) && whole["quantity"] == line["quantity"];
            (whole["id"] == line["id"], is_alike, time(whole, "start"))
        };
        let whole = lines.iter().filter(covers).max_by_key(key)?;
        let allowance = match price(line).rsplit_once('_').unwrap().0 {
            "price_tokenwell_essential" => 8_500,
            "price_tokenwell_premium" => 25_000,
            _ => 60_000,
        };
        let is_credit = detail(line)["proration_details"]["credited_items"].is_object();
        let tokens = allowance * i128::from(line["quantity"].as_i64().unwrap());
        for (from, to) in months(whole).into_iter().filter(|(from, _)| *from <= now.as_second()) {
            let share = i128::from((end.min(to) - start.max(from)).max(0));
            bought += if is_credit { -tokens } else { tokens } * share * (COMMON / i128::from(to - from));
        }
    }
    Some(bought.div_euclid(COMMON).max(0))
}
