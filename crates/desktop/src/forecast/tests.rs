use super::*;
use crate::{
    stories::run::account,
    testing::{at, balance},
};
use jiff::civil::date;
use proptest::prelude::*;
use tokenwell_wire::AccountPlan;

const NOW: &str = "2026-11-22T12:00:00Z";

/// The last 30 days with the same use on each.
fn month_of([rollover, fast, top_up]: [u64; 3]) -> Vec<DayUsage> {
    let [rollover, fast, top_up] = [rollover, fast, top_up].map(Tokens);
    let last = date(2026, 11, 22);
    (0..30).rev().map(|ago| DayUsage { date: last - ago.days(), rollover, fast, top_up }).collect()
}

fn pace(daily: u64) -> Pace {
    Pace::of(&month_of([0, daily, 0])).unwrap()
}

fn premium(buckets: [u64; 4]) -> Outlook {
    outlook(&account("ada", true), &balance(1, buckets)).unwrap()
}

fn days(forecast: &Forecast) -> [Option<String>; 3] {
    [forecast.top_up_from, forecast.empty_at, forecast.refilled_at]
        .map(|at| at.map(|at| at.strftime("%d %b %Y").to_string()))
}

fn labels<const N: usize>(days: [&str; N]) -> [Option<String>; N] {
    days.map(|day| (!day.is_empty()).then(|| day.to_owned()))
}

#[test]
fn a_sufficient_allowance_never_uses_top_up() {
    let forecast = forecast(premium([1_200, 22_920, 10_000, 0]), pace(616), at(NOW));
    assert_eq!(days(&forecast), [None, None, None]);
    assert_eq!(forecast.daily, Tokens(616));
    let left = LeftAtReset { at: at("2026-12-05T08:14:00Z"), plan: Tokens(16_209), top_up: Tokens(10_000) };
    assert_eq!(forecast.at_reset, Some(left));
}

#[test]
fn top_up_is_used_after_the_plans_tokens_and_across_renewals() {
    // At 2,000 a day, the plan's 24,120 tokens last 12 days. With 25,000 more on 5 December and 30,000 of top-up,
    // everything lasts 39.5 days.
    let forecast = forecast(premium([1_200, 22_920, 30_000, 0]), pace(2_000), at(NOW));
    assert_eq!(days(&forecast), labels(["04 Dec 2026", "01 Jan 2027", "05 Jan 2027"]));
}

#[test]
fn without_top_up_tokens_run_out_with_the_plans() {
    let forecast = forecast(premium([0, 5_000, 0, 0]), pace(1_000), at(NOW));
    assert_eq!(days(&forecast), labels(["", "27 Nov 2026", "05 Dec 2026"]));
}

#[test]
fn locked_tokens_are_not_counted() {
    let forecast = forecast(premium([0, 5_000, 0, 90_000]), pace(1_000), at(NOW));
    assert_eq!(days(&forecast), labels(["", "27 Nov 2026", "05 Dec 2026"]));
}

#[test]
fn no_renewal_is_counted_while_a_payment_is_overdue() {
    let mut account = account("ada", true);
    account.subscription.status = Some(SubscriptionStatus::PastDue);
    let outlook = outlook(&account, &balance(1, [0, 20_000, 0, 0])).unwrap();
    let forecast = forecast(outlook, pace(1_000), at(NOW));
    assert_eq!(days(&forecast), labels(["", "12 Dec 2026", ""]));
}

#[test]
fn the_forecast_of_a_cancelled_plan_has_the_tokens_left_at_its_end() {
    let mut account = account("ada", true);
    account.subscription.cancel_at_period_end = true;
    account.subscription.paid_until = Some(at("2026-12-05T12:00:00Z"));
    let mut balance = balance(1, [1_200, 22_920, 10_000, 0]);
    balance.fast.resets_at = None;
    let forecast = forecast(outlook(&account, &balance).unwrap(), pace(1_000), at(NOW));
    assert_eq!(days(&forecast), [None, None, None]);
    let end = PlanEnd {
        at: at("2026-12-05T12:00:00Z"),
        forfeited: Tokens(24_120 - 13_000),
        locked: Tokens(10_000),
    };
    assert_eq!(forecast.plan_ends, Some(end));
}

#[test]
fn a_plan_that_ends_within_its_period_is_forecast_to_that_date() {
    let mut account = account("ada", true);
    account.subscription.cancel_at_period_end = true;
    account.subscription.ends_at = Some(at("2026-11-25T12:00:00Z"));
    account.subscription.paid_until = Some(at("2026-12-05T12:00:00Z"));
    let mut balance = balance(1, [0, 22_920, 0, 0]);
    balance.fast.resets_at = None;
    let forecast = forecast(outlook(&account, &balance).unwrap(), pace(1_000), at(NOW));
    assert_eq!(forecast.plan_ends.map(|end| end.at), Some(at("2026-11-25T12:00:00Z")));
}

#[test]
fn a_cancelled_yearly_plan_renews_until_it_ends() {
    let supply = Supply::Monthly {
        next: Some(at("2026-12-05T12:00:00Z")),
        allowance: 25_000,
        cap: 75_000,
        ends_at: Some(at("2027-02-05T12:00:00Z")),
    };
    let outlook = Outlook { plan: 13_000, top_up: 0, locked: 0, supply };
    let forecast = forecast(outlook, pace(1_000), at(NOW));
    // 13,000 tokens last 13 days. Each of the next two periods has 31 days and 25,000 tokens, so the first of them runs
    // out early.
    assert_eq!(days(&forecast), labels(["", "30 Dec 2026", "05 Jan 2027"]));
}

#[test]
fn the_free_plan_is_forecast_by_day() {
    let mut account = account("noor", false);
    account.plan =
        AccountPlan { allowance: Tokens(150), allowance_period: AllowancePeriod::Day, ..account.plan };
    let mut balance = balance(1, [0, 50, 0, 5_000]);
    balance.fast.allowance = Tokens(150);
    balance.fast.resets_at = Some(at("2026-11-23T00:00:00Z"));
    let outlook = outlook(&account, &balance).unwrap();
    let enough = forecast(outlook, pace(90), at(NOW));
    assert_eq!(days(&enough), [None, None, None]);
    let short = forecast(outlook, pace(120), at(NOW));
    assert_eq!(short.empty_at, Some(at("2026-11-22T22:00:00Z")));
    assert_eq!(short.refilled_at, Some(at("2026-11-23T00:00:00Z")));
}

#[test]
fn the_pace_is_averaged_since_the_first_use_and_over_at_least_a_week() {
    assert_eq!(Pace::of(&month_of([0, 0, 0])), None);
    assert_eq!(Pace::of(&month_of([10, 20, 30])).unwrap().daily(), Tokens(60));
    let mut days = month_of([0, 0, 0]);
    days[29].fast = Tokens(700);
    assert_eq!(Pace::of(&days).unwrap().daily(), Tokens(100), "700 tokens over a week");
    days[19].top_up = Tokens(400);
    assert_eq!(Pace::of(&days).unwrap().daily(), Tokens(100), "1,100 tokens over 11 days");
}

/// A naive second model: spends token by token, each at the moment it is due, the plan's tokens first.
fn token_by_token(outlook: Outlook, pace: Pace, now: Timestamp) -> (Option<Timestamp>, Option<Timestamp>) {
    let mut changes = changes(outlook.supply, now).into_iter().peekable();
    let end = outlook.supply.ends_at().unwrap_or(now + HORIZON).min(now + HORIZON);
    let (mut plan, mut top_up, mut top_up_from) = (outlook.plan, outlook.top_up, None);
    let mut earlier = now;
    for token in 1.. {
        let at = after(now, pace.seconds_for(token));
        // A token due in the same second as a renewal is spent before it.
        while let Some(change) = changes.next_if(|change| change.at < at) {
            if let Some(Allowance { tokens, cap }) = change.allowance {
                plan = plan.min(cap) + tokens;
            }
        }
        if at > end {
            break;
        }
        // A bucket counts as empty from the moment its last token is spent. Top-up starts then.
        if plan > 0 {
            plan -= 1;
        } else if top_up > 0 {
            top_up -= 1;
            top_up_from.get_or_insert(earlier);
        } else {
            return (top_up_from, Some(earlier));
        }
        earlier = at;
    }
    (top_up_from, None)
}

fn any_outlook() -> impl Strategy<Value = Outlook> {
    let soon = (1_i64..40 * 24 * 3_600).prop_map(|seconds| at(NOW) + SignedDuration::from_secs(seconds));
    let monthly = (prop::option::of(soon), 0_u64..300, 0_u64..600, prop::option::of(1_i64..400)).prop_map(
        |(next, allowance, cap, ends)| Supply::Monthly {
            next,
            allowance,
            cap,
            ends_at: ends.map(|days| at(NOW) + SignedDuration::from_hours(24 * days)),
        },
    );
    let daily =
        (0_u64..20).prop_map(|allowance| Supply::Daily { next: at("2026-11-23T00:00:00Z"), allowance });
    (0_u64..500, 0_u64..500, prop_oneof![3 => monthly, 1 => daily])
        .prop_map(|(plan, top_up, supply)| Outlook { plan, top_up, locked: 0, supply })
}

fn any_pace() -> impl Strategy<Value = Pace> {
    prop::collection::vec(0_u64..40, 30).prop_filter_map("nothing was spent", |days| {
        let mut month = month_of([0; 3]);
        month.iter_mut().zip(days).for_each(|(day, spent)| day.fast = Tokens(spent));
        Pace::of(&month)
    })
}

/// Later, or not at all.
fn no_sooner(later: Option<Timestamp>, sooner: Option<Timestamp>) -> bool {
    later.unwrap_or(Timestamp::MAX) >= sooner.unwrap_or(Timestamp::MAX)
}

proptest! {
    #[test]
    fn the_forecast_equals_the_naive_model(outlook in any_outlook(), pace in any_pace()) {
        let computed = forecast(outlook, pace, at(NOW));
        prop_assert_eq!(
            (computed.top_up_from, computed.empty_at),
            token_by_token(outlook, pace, at(NOW))
        );
    }

    #[test]
    fn more_tokens_never_run_out_sooner(outlook in any_outlook(), pace in any_pace(), more in 0_u64..300) {
        let fewer = forecast(outlook, pace, at(NOW));
        let more_of_the_plan = forecast(Outlook { plan: outlook.plan + more, ..outlook }, pace, at(NOW));
        prop_assert!(no_sooner(more_of_the_plan.empty_at, fewer.empty_at));
        let more_top_up = forecast(Outlook { top_up: outlook.top_up + more, ..outlook }, pace, at(NOW));
        prop_assert!(no_sooner(more_top_up.empty_at, fewer.empty_at));
    }

    #[test]
    fn top_up_is_used_last(outlook in any_outlook(), pace in any_pace(), more in 1_u64..300) {
        let with = forecast(Outlook { top_up: more, ..outlook }, pace, at(NOW));
        let without = forecast(Outlook { top_up: 0, ..outlook }, pace, at(NOW));
        prop_assert_eq!(with.top_up_from, without.empty_at, "top-up starts when the plan's tokens end");
        prop_assert!(no_sooner(with.empty_at, with.top_up_from));
    }

    #[test]
    fn renewals_are_counted(outlook in any_outlook(), pace in any_pace()) {
        let with = forecast(outlook, pace, at(NOW));
        if let Supply::Monthly { allowance, cap, ends_at, .. } = outlook.supply {
            let supply = Supply::Monthly { next: None, allowance, cap: cap.max(1_000), ends_at };
            // With a bank that is large enough, a renewal only adds tokens.
            let without = forecast(Outlook { supply, ..outlook }, pace, at(NOW));
            let roomy = match outlook.supply {
                Supply::Monthly { next, .. } => Supply::Monthly { next, allowance, cap: cap.max(1_000), ends_at },
                daily @ Supply::Daily { .. } => daily,
            };
            let with_room = forecast(Outlook { supply: roomy, ..outlook }, pace, at(NOW));
            prop_assert!(no_sooner(with_room.empty_at, without.empty_at));
            prop_assert!(no_sooner(with_room.empty_at, with.empty_at), "a larger bank keeps more");
        }
    }
}
