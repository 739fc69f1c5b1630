//! Rules 9 to 12: plans, lapses, upgrades and entitlement.

use crate::story::{ESSENTIAL, PREMIUM, Story, at, ended, invoice, line, month, snapshot};
use tokenwell_ledger::{
    Bucket::*, Command, EntryKind, Interval, LineKind, LockedReason, Outcome, PaidLine, Refusal,
    SubscriptionSnapshot, SubscriptionStatus::*, Tokens,
};

#[test]
fn a_subscription_ends_at_the_date_that_stripe_says_and_renews_until_then() {
    let story = Story::with_all_buckets();
    let view = |cancel_at: &str, cancel_at_period_end| {
        let mut story = story.clone();
        let cancelled = SubscriptionSnapshot {
            cancel_at_period_end,
            cancel_at: Some(at(cancel_at)),
            seen_at: story.now,
            ..snapshot("sub_1", "essential", at("2026-11-01T12:00:00Z"))
        };
        story.apply(Command::SubscriptionState(cancelled));
        let view = story.account.subscription().unwrap();
        assert_eq!((view.is_ending, view.ends_at), (true, Some(at(cancel_at))));
        view.renews_at
    };
    let period_end = "2027-01-01T12:00:00Z";
    // With flexible billing the portal sets the date alone, with classic billing both.
    assert_eq!(view(period_end, false), None);
    assert_eq!(view(period_end, true), None);
    assert_eq!(view("2026-12-24T00:00:00Z", false), None, "a date within the period");
    assert_eq!(view("2027-06-01T00:00:00Z", false), Some(at(period_end)), "it renews until then");
}

#[test]
fn cancelling_keeps_everything_usable_until_the_paid_period_ends() {
    let mut story = Story::with_all_buckets();
    let cancelled = SubscriptionSnapshot {
        cancel_at_period_end: true,
        seen_at: story.now,
        ..snapshot("sub_1", "essential", at("2026-11-01T12:00:00Z"))
    };
    story.apply(Command::SubscriptionState(cancelled));
    assert_eq!(story.balance().spendable, Tokens(14_500));
    assert_eq!(story.balance().fast.resets_at, None, "it will not renew");
    let subscription = story.account.subscription().unwrap();
    assert!(subscription.is_ending);
    assert_eq!(subscription.ends_at, Some(at("2027-01-01T12:00:00Z")));
    assert_eq!(subscription.paid_until, Some(at("2027-01-01T12:00:00Z")));
    story.go("2027-01-01T11:59:59Z");
    assert_eq!(story.balance().spendable, Tokens(14_500));

    story.now = at("2027-01-01T12:00:03Z");
    let first = story.entries.len();
    story.apply(Command::SubscriptionState(ended("sub_1", "essential", at("2027-01-01T12:00:00Z"))));
    assert_eq!(
        story.entries_from(first),
        [
            (EntryKind::Forfeit, Fast, -8_500),
            (EntryKind::Forfeit, Rollover, -1_000),
            (EntryKind::DailyReset, Fast, 150),
        ]
    );
    assert_eq!(story.entries[first].at, at("2027-01-01T12:00:00Z"));
    let balance = story.balance();
    assert_eq!(balance.top_up.locked, Tokens(5_000));
    assert_eq!(balance.top_up.locked_reason, Some(LockedReason::NotEntitled));
    assert_eq!((balance.spendable, balance.total), (Tokens(150), Tokens(5_150)));
    assert_eq!(story.account.plan().as_str(), "free");
    let subscription = story.account.subscription().unwrap();
    assert_eq!((subscription.status, subscription.plan.as_str()), (Canceled, "essential"));
    assert_eq!(subscription.paid_until, None);
}

#[test]
fn resubscribing_unlocks_every_top_up_token_and_starts_a_fresh_period() {
    let mut story = Story::with_all_buckets();
    story.end("sub_1", "essential");
    story.go("2027-02-10T12:00:00Z");
    story.subscribe("sub_2", "premium");
    story.buckets([0, PREMIUM, 5_000]);
    assert_eq!(story.balance().top_up.locked, Tokens(0));
    assert_eq!(story.balance().fast.resets_at, Some(at("2027-03-10T12:00:00Z")));
}

#[test]
fn the_end_of_an_old_subscription_never_lapses_a_newer_one() {
    let mut story = Story::with_all_buckets();
    story.end("sub_1", "essential");
    story.subscribe("sub_2", "premium");
    let before = story.account.clone();
    story.end("sub_1", "essential");
    story.apply(Command::SubscriptionState(snapshot("sub_1", "essential", at("2026-11-01T12:00:00Z"))));
    story.pay_month("sub_1", "essential", "2026-12-01T12:00:00Z");
    assert_eq!(story.account.version(), before.version());
    story.buckets([0, PREMIUM, 5_000]);
}

#[test]
fn a_second_subscription_beside_a_live_one_has_no_effect_and_is_reported() {
    let mut story = Story::with_all_buckets();
    let outcome = story.apply(Command::SubscriptionState(snapshot("sub_2", "premium", story.now)));
    assert_eq!(outcome, Outcome::SecondSubscription { id: "sub_2".into(), current: "sub_1".into() });
    let outcome = story.apply(Command::InvoicePaid(month("sub_2", "premium", story.now)));
    assert_eq!(outcome, Outcome::SecondSubscription { id: "sub_2".into(), current: "sub_1".into() });
    story.buckets([1_000, ESSENTIAL, 5_000]);
    // The service cancels it at Stripe. It leaves no trace.
    story.end("sub_2", "premium");
    story.end("sub_1", "essential");
    story.buckets([0, 150, 5_000]);
}

#[test]
fn a_second_subscription_takes_effect_when_the_first_one_ends() {
    let mut story = Story::with_all_buckets();
    story.subscribe("sub_2", "premium");
    story.buckets([1_000, ESSENTIAL, 5_000]);
    story.end("sub_1", "essential");
    story.buckets([0, PREMIUM, 5_000]);
    assert_eq!(story.balance().top_up.locked, Tokens(0));
}

#[test]
fn an_upgrade_starts_a_new_period_and_unspent_fast_tokens_go_to_the_bank_under_the_new_cap() {
    let mut story = Story::with_all_buckets();
    story.go("2026-12-10T09:00:00Z");
    // The new plan alone grants nothing. Its paid invoice does.
    let (now, end) = (story.now, at("2027-01-01T12:00:00Z"));
    let upgraded = SubscriptionSnapshot {
        anchor: now,
        seen_at: now,
        ..snapshot("sub_1", "premium", at("2026-11-01T12:00:00Z"))
    };
    story.apply(Command::SubscriptionState(upgraded));
    story.buckets([1_000, ESSENTIAL, 5_000]);
    assert_eq!(story.balance().fast.resets_at, Some(at("2027-01-10T09:00:00Z")));
    let lines = [
        line(LineKind::Period, "premium", now, at("2027-01-10T09:00:00Z")),
        line(LineKind::Credit, "essential", now, end),
    ];
    story.apply(Command::InvoicePaid(invoice("sub_1", now, lines)));
    // 531 of 744 hours are credited: 6,067 of 8,500 tokens.
    story.buckets([3_433, PREMIUM, 5_000]);
    assert_eq!(story.balance().rollover.cap, Tokens(75_000));
    assert_eq!(story.balance().fast.resets_at, Some(at("2027-01-10T09:00:00Z")));
    story.go("2027-01-01T12:00:00Z");
    story.buckets([3_433, PREMIUM, 5_000]);
}

#[test]
fn an_upgrade_at_the_start_of_a_period_is_a_paid_period_of_its_own() {
    let mut story = Story::subscribed("essential");
    let (now, end) = (story.now, at("2026-12-01T12:00:00Z"));
    story.apply(Command::SubscriptionState(snapshot("sub_1", "premium", now)));
    let lines = [line(LineKind::Credit, "essential", now, end), line(LineKind::Period, "premium", now, end)];
    story.apply(Command::InvoicePaid(invoice("sub_1", now, lines)));
    story.buckets([0, PREMIUM, 0]);
}

#[test]
fn an_upgrade_ends_the_monthly_periods_of_the_previous_yearly_plan() {
    let mut story = Story::free();
    let start = story.now;
    let bought = SubscriptionSnapshot { interval: Interval::Year, ..snapshot("sub_1", "essential", start) };
    story.apply(Command::SubscriptionState(bought));
    story.apply(Command::InvoicePaid(crate::story::year("sub_1", "essential", start)));
    story.go("2027-01-20T00:00:00Z");
    story.buckets([17_000, ESSENTIAL, 0]);
    let upgrade = story.now;
    let mut paid = crate::story::year("sub_1", "premium", upgrade);
    let credit = line(LineKind::Credit, "essential", upgrade, at("2027-11-01T12:00:00Z"));
    paid.lines.push(PaidLine { interval: Interval::Year, ..credit });
    story.apply(Command::InvoicePaid(paid));
    // 300 of 744 hours of the running month are credited: 3,428 of 8,500 tokens.
    story.buckets([22_072, PREMIUM, 0]);
    story.go("2027-02-19T23:59:59Z");
    story.buckets([22_072, PREMIUM, 0]);
    story.go("2027-02-20T00:00:00Z");
    story.buckets([47_072, PREMIUM, 0]);
}

#[test]
fn a_downgrade_takes_effect_at_the_end_of_the_period_and_forfeits_what_exceeds_the_new_cap() {
    let mut story = Story::subscribed("premium");
    story.go("2026-12-01T12:00:00Z");
    story.pay_month("sub_1", "premium", "2026-12-01T12:00:00Z");
    let downgraded = SubscriptionSnapshot {
        seen_at: story.now,
        ..snapshot("sub_1", "essential", at("2026-11-01T12:00:00Z"))
    };
    story.apply(Command::SubscriptionState(downgraded));
    story.buckets([PREMIUM, PREMIUM, 0]);
    assert_eq!(story.balance().rollover.cap, Tokens(75_000));
    story.spend(4_000);
    story.go("2027-01-01T12:00:00Z");
    let first = story.entries.len();
    story.pay_month("sub_1", "essential", "2027-01-01T12:00:00Z");
    assert_eq!(
        story.entries_from(first),
        [
            (EntryKind::Rollover, Fast, -4_500),
            (EntryKind::Rollover, Rollover, 4_500),
            (EntryKind::Forfeit, Fast, -20_500),
            (EntryKind::Renewal, Fast, 8_500),
        ]
    );
    story.buckets([25_500, ESSENTIAL, 0]);
}

#[test]
fn tokens_in_the_bank_over_the_new_cap_are_forfeited_by_an_entry_of_their_own() {
    let mut story = Story::subscribed("premium");
    for start in ["2026-12-01T12:00:00Z", "2027-01-01T12:00:00Z"] {
        story.go(start);
        story.pay_month("sub_1", "premium", start);
    }
    story.buckets([50_000, PREMIUM, 0]);
    story.go("2027-02-01T12:00:00Z");
    let first = story.entries.len();
    story.pay_month("sub_1", "essential", "2027-02-01T12:00:00Z");
    let entries = story.entries_from(first);
    assert!(entries.contains(&(EntryKind::Forfeit, Rollover, -24_500)), "{entries:?}");
    story.buckets([25_500, ESSENTIAL, 0]);
}

#[test]
fn trialing_active_and_past_due_are_entitled_and_nothing_else_is() {
    for (status, entitled) in [
        (Trialing, true),
        (Active, true),
        (PastDue, true),
        (Unpaid, false),
        (Canceled, false),
        (Incomplete, false),
        (IncompleteExpired, false),
        (Paused, false),
        (Unknown, false),
    ] {
        let mut story = Story::free();
        story.status("sub_1", "premium", status);
        assert_eq!(story.account.is_entitled(), entitled, "{status:?}");
        assert_eq!(story.balance().can_buy, entitled, "{status:?}");
    }
}

#[test]
fn a_past_due_account_keeps_its_tokens_without_renewal() {
    let mut story = Story::with_all_buckets();
    story.go("2027-01-01T12:00:00Z");
    story.status("sub_1", "essential", PastDue);
    story.go("2027-01-20T12:00:00Z");
    story.buckets([1_000, ESSENTIAL, 5_000]);
    assert!(story.balance().can_buy);
}

#[test]
fn a_change_of_status_alone_never_grants_an_allowance() {
    let mut story = Story::with_all_buckets();
    story.go("2026-12-05T12:00:00Z");
    story.status("sub_1", "essential", Unpaid);
    story.buckets([0, 150, 5_000]);
    story.status("sub_1", "essential", Active);
    story.buckets([0, 0, 5_000]);
    assert_eq!(story.balance().top_up.locked, Tokens(0));
    assert_eq!(story.balance().fast.resets_at, Some(at("2027-01-01T12:00:00Z")));
    story.go("2027-01-01T12:00:00Z");
    story.pay_month("sub_1", "essential", "2027-01-01T12:00:00Z");
    story.buckets([0, ESSENTIAL, 5_000]);
}

#[test]
fn an_older_snapshot_never_replaces_a_newer_one() {
    let mut story = Story::with_all_buckets();
    let old =
        SubscriptionSnapshot { status: Unpaid, ..snapshot("sub_1", "essential", at("2026-11-01T11:00:00Z")) };
    story.apply(Command::SubscriptionState(old));
    story.buckets([1_000, ESSENTIAL, 5_000]);
}

#[test]
fn wrong_facts_are_refused_with_the_fix() {
    let mut story = Story::free();
    let unknown = snapshot("sub_1", "gold", story.now);
    let refusal = story.try_apply(Command::SubscriptionState(unknown)).unwrap_err();
    assert_eq!(refusal, Refusal::UnknownPlan("gold".into()));
    assert!(refusal.to_string().contains("lookup key"), "{refusal}");
    let free = month("sub_1", "free", story.now);
    assert_eq!(story.try_apply(Command::InvoicePaid(free)).unwrap_err(), Refusal::UnknownPlan("free".into()));
    let backwards = invoice("sub_1", story.now, [line(LineKind::Period, "premium", story.now, story.now)]);
    assert_eq!(story.try_apply(Command::InvoicePaid(backwards)).unwrap_err(), Refusal::InvalidPeriod);
    // An ended subscription may have a plan that is no longer sold.
    story.end("sub_0", "gold");
}
