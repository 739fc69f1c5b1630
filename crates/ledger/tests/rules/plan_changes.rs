//! Rule 11: plan changes follow the money.

use crate::every_order::every_order;
use crate::story::{ESSENTIAL, PREMIUM, Story, at, ended, invoice, line, month, snapshot, year};
use jiff::{SignedDuration, Timestamp};
use tokenwell_ledger::{
    Balance, Bucket::*, Command, EntryKind, Interval, LineKind, PaidLine, SubscriptionSnapshot,
    SubscriptionStatus, Tokens,
};

const ULTIMATE: u64 = 60_000;
const START: &str = "2026-11-01T12:00:00Z";
const HALF: &str = "2026-11-16T12:00:00Z";
const END: &str = "2026-12-01T12:00:00Z";

fn credit(plan: &str, start: &str, end: &str) -> PaidLine {
    line(LineKind::Credit, plan, at(start), at(end))
}

fn charge(plan: &str, start: &str, end: &str) -> PaidLine {
    line(LineKind::Charge, plan, at(start), at(end))
}

fn paid<const N: usize>(paid_at: &str, lines: [PaidLine; N]) -> Command {
    Command::InvoicePaid(invoice("sub_1", at(paid_at), lines))
}

/// The plan that Stripe says now, with the anchor of the start.
fn changed(plan: &str, now: Timestamp) -> Command {
    let anchor = at(START);
    Command::SubscriptionState(SubscriptionSnapshot {
        anchor,
        started_at: anchor,
        ..snapshot("sub_1", plan, now)
    })
}

fn half_way(plan: &str) -> Story {
    let mut story = Story::subscribed(plan);
    story.go(HALF);
    story
}

#[test]
fn an_upgrade_half_way_with_the_anchor_kept_brings_25_750_tokens() {
    let mut story = half_way("essential");
    story.spend(8_000);
    let first = story.entries.len();
    story.apply(paid(HALF, [credit("essential", HALF, END), charge("ultimate", HALF, END)]));
    assert_eq!(story.entries_from(first), [(EntryKind::Prorated, Fast, 25_750)]);
    let balance = story.balance();
    assert_eq!((balance.fast.available, balance.fast.allowance), (Tokens(26_250), Tokens(34_250)));
    assert_eq!((balance.fast.resets_at, balance.rollover.cap), (Some(at(END)), Tokens(180_000)));
    story.go(END);
    story.pay_month("sub_1", "ultimate", END);
    story.buckets([26_250, ULTIMATE, 0]);
}

#[test]
fn an_upgrade_half_way_with_a_new_anchor_brings_55_750_tokens_net() {
    let mut story = half_way("essential");
    let first = story.entries.len();
    let period = line(LineKind::Period, "ultimate", at(HALF), at("2026-12-16T12:00:00Z"));
    story.apply(paid(HALF, [period, credit("essential", HALF, END)]));
    assert_eq!(
        story.entries_from(first),
        [
            (EntryKind::TakenBack, Fast, -4_250),
            (EntryKind::Rollover, Fast, -4_250),
            (EntryKind::Rollover, Rollover, 4_250),
            (EntryKind::Renewal, Fast, 60_000),
        ]
    );
    story.buckets([4_250, ULTIMATE, 0]);
    assert_eq!(story.balance().total.0 - ESSENTIAL, 55_750);
    assert_eq!(story.balance().fast.allowance, Tokens(ULTIMATE));
    assert_eq!(story.balance().fast.resets_at, Some(at("2026-12-16T12:00:00Z")));
}

#[test]
fn a_credit_for_time_that_was_never_paid_takes_nothing_back() {
    let mut story = Story::subscribed("essential");
    story.spend(1_000);
    story.go("2026-12-11T12:00:00Z");
    // The renewal of 1 December is not paid, and the plan ends with a credit for the rest of its month.
    let [now, end] = ["2026-12-11T12:00:00Z", "2027-01-01T12:00:00Z"];
    let first = story.entries.len();
    story.apply(paid(now, [credit("essential", now, end)]));
    assert_eq!(story.entries_from(first), []);
    story.buckets([0, ESSENTIAL - 1_000, 0]);
    story.end("sub_1", "essential");
    assert_eq!(story.balance().owed, Tokens(0));
}

#[test]
fn a_credit_takes_back_from_fast_then_from_the_bank_and_what_is_spent_is_owed() {
    let mut story = Story::subscribed("ultimate");
    story.go(END);
    story.spend(50_000);
    story.pay_month("sub_1", "ultimate", END);
    story.spend(8_000);
    story.go("2026-12-17T00:00:00Z");
    story.buckets([2_000, ULTIMATE, 0]);
    // Half of the month is credited: 30,000 of ultimate for 4,250 of essential.
    let [half, end] = ["2026-12-17T00:00:00Z", "2027-01-01T12:00:00Z"];
    let downgrade = [credit("ultimate", half, end), charge("essential", half, end)];
    let mut rich = story.clone();
    rich.apply(paid(half, downgrade.clone()));
    rich.buckets([2_000, ULTIMATE - 25_750, 0]);
    assert_eq!((rich.balance().owed, rich.balance().fast.allowance), (Tokens(0), Tokens(34_250)));

    story.spend(41_500);
    story.buckets([0, 20_500, 0]);
    story.apply(paid(half, downgrade));
    story.buckets([0, 0, 0]);
    assert_eq!(story.balance().owed, Tokens(5_250));
    // The next plan tokens are taken for it.
    story.go(end);
    let first = story.entries.len();
    story.pay_month("sub_1", "essential", end);
    assert_eq!(
        story.entries_from(first),
        [(EntryKind::Renewal, Fast, 8_500), (EntryKind::TakenBack, Fast, -5_250)]
    );
    let balance = story.balance();
    assert_eq!((balance.owed, balance.fast.allowance), (Tokens(0), Tokens(3_250)));
}

#[test]
fn what_is_owed_outlives_its_subscription_and_packs_and_free_tokens_are_not_taken_for_it() {
    let mut story = half_way("ultimate");
    story.buy("pack", 5_000, 900);
    story.spend(ULTIMATE);
    story.apply(paid(HALF, [credit("ultimate", HALF, END)]));
    story.end("sub_1", "ultimate");
    story.wait(SignedDuration::from_hours(24));
    assert_eq!(story.balance().owed, Tokens(30_000));
    story.buckets([0, 150, 5_000]);
    story.subscribe("sub_2", "premium");
    story.buckets([0, 0, 5_000]);
    assert_eq!(story.balance().owed, Tokens(5_000));
    story.wait(SignedDuration::from_hours(31 * 24));
    let start = crate::story::months_after(at("2026-11-17T12:00:00Z"), 1).to_string();
    story.pay_month("sub_2", "premium", &start);
    story.buckets([0, PREMIUM - 5_000, 5_000]);
    assert_eq!(story.balance().owed, Tokens(0));
}

#[test]
fn a_credit_before_or_after_the_end_of_its_subscription_owes_the_same() {
    for spent in [0, 20_000, 45_000, ULTIMATE] {
        let owed = [true, false].map(|before| {
            let mut story = half_way("ultimate");
            story.spend(spent.max(1));
            let credited = paid(HALF, [credit("ultimate", HALF, END)]);
            if before {
                story.apply(credited.clone());
            }
            story.end("sub_1", "ultimate");
            story.apply(credited);
            story.balance().owed
        });
        assert_eq!(owed, [Tokens(spent.saturating_sub(30_000)); 2], "{spent} spent");
    }
}

#[test]
fn tokens_that_come_back_from_a_hold_are_taken_for_what_is_owed() {
    let mut story = half_way("ultimate");
    story.hold("film", ULTIMATE);
    story.apply(paid(HALF, [credit("ultimate", HALF, END)]));
    assert_eq!(story.balance().owed, Tokens(30_000));
    story.commit("film", 20_000).unwrap();
    story.buckets([0, 10_000, 0]);
    assert_eq!(story.balance().owed, Tokens(0));
}

#[test]
fn changes_that_are_billed_with_the_next_invoice_bring_their_tokens_with_it_to_the_bank() {
    let mut story = half_way("essential");
    story.apply(changed("ultimate", at(HALF)));
    // Only name and cap change until a line is paid.
    story.buckets([0, ESSENTIAL, 0]);
    let balance = story.balance();
    assert_eq!((balance.fast.allowance, balance.rollover.cap), (Tokens(ESSENTIAL), Tokens(180_000)));
    assert_eq!(story.account.plan().as_str(), "ultimate");
    assert_eq!(balance.fast.resets_at, Some(at(END)));
    story.go(END);
    let next = line(LineKind::Period, "ultimate", at(END), at("2027-01-01T12:00:00Z"));
    story.apply(paid(END, [credit("essential", HALF, END), charge("ultimate", HALF, END), next]));
    story.buckets([34_250, ULTIMATE, 0]);
    assert_eq!(story.balance().fast.allowance, Tokens(ULTIMATE));
}

#[test]
fn a_change_that_no_line_bills_brings_tokens_with_the_next_paid_line_and_not_with_a_monthly_renewal() {
    let mut story = Story::free();
    let start = story.now;
    let yearly = |plan, seen_at| {
        let interval = Interval::Year;
        Command::SubscriptionState(SubscriptionSnapshot {
            interval,
            seen_at,
            ..snapshot("sub_1", plan, start)
        })
    };
    story.apply(yearly("essential", start));
    story.apply(Command::InvoicePaid(year("sub_1", "essential", start)));
    story.go(HALF);
    story.apply(yearly("premium", at(HALF)));
    story.go(END);
    story.buckets([8_500, ESSENTIAL, 0]);
    story.go("2027-11-01T12:00:00Z");
    story.apply(Command::InvoicePaid(year("sub_1", "premium", story.now)));
    story.buckets([75_000, PREMIUM, 0]);
}

#[test]
fn in_a_paid_year_the_token_periods_that_begin_later_follow_the_same_sum() {
    let mut story = Story::free();
    let start = story.now;
    let yearly = |line: PaidLine| PaidLine { interval: Interval::Year, ..line };
    let bought = SubscriptionSnapshot { interval: Interval::Year, ..snapshot("sub_1", "essential", start) };
    story.apply(Command::SubscriptionState(bought));
    story.apply(Command::InvoicePaid(year("sub_1", "essential", start)));
    story.go(HALF);
    let year_end = "2027-11-01T12:00:00Z";
    let change = [credit("essential", HALF, year_end), charge("premium", HALF, year_end)];
    story.apply(paid(HALF, change.map(yearly)));
    story.buckets([0, 16_750, 0]);
    story.go(END);
    story.buckets([16_750, PREMIUM, 0]);
    assert_eq!(story.balance().fast.allowance, Tokens(PREMIUM));
    // Back down in the second month: its rest is credited, and the months that begin later are essential again.
    let half = "2026-12-17T00:00:00Z";
    story.go(half);
    let change = [credit("premium", half, year_end), charge("essential", half, year_end)];
    story.apply(paid(half, change.map(yearly)));
    story.buckets([16_750, 16_750, 0]);
    assert_eq!(story.balance().rollover.cap, Tokens(75_000), "a lower cap applies from the next renewal");
    story.go("2027-01-01T12:00:00Z");
    story.buckets([25_500, ESSENTIAL, 0]);
    assert_eq!(story.balance().rollover.cap, Tokens(25_500));
}

#[test]
fn a_year_that_is_replaced_without_a_credit_still_buys_its_tokens() {
    let mut story = Story::free();
    let start = story.now;
    story.apply(Command::SubscriptionState(snapshot("sub_1", "essential", start)));
    story.apply(Command::InvoicePaid(year("sub_1", "essential", start)));
    story.go(HALF);
    story.apply(Command::InvoicePaid(month("sub_1", "ultimate", at(HALF))));
    story.buckets([8_500, ULTIMATE, 0]);
    story.go(END);
    story.buckets([17_000, ULTIMATE, 0]);
}

#[test]
fn a_downgrade_that_starts_a_new_period_keeps_the_larger_cap_until_the_renewal_after_it() {
    let mut story = Story::subscribed("ultimate");
    story.go(END);
    story.pay_month("sub_1", "ultimate", END);
    let half = "2026-12-17T00:00:00Z";
    story.go(half);
    let period = line(LineKind::Period, "essential", at(half), at("2027-01-17T00:00:00Z"));
    story.apply(changed("essential", at(half)));
    story.apply(paid(half, [credit("ultimate", half, "2027-01-01T12:00:00Z"), period]));
    story.buckets([90_000, ESSENTIAL, 0]);
    assert_eq!(story.balance().rollover.cap, Tokens(180_000));
    story.go("2027-01-17T00:00:00Z");
    story.pay_month("sub_1", "essential", "2027-01-17T00:00:00Z");
    story.buckets([25_500, ESSENTIAL, 0]);
    assert_eq!(story.balance().rollover.cap, Tokens(25_500));
}

#[test]
fn the_quantity_multiplies_allowance_and_cap() {
    let mut story = Story::free();
    let now = story.now;
    let three = SubscriptionSnapshot { quantity: 3, ..snapshot("sub_1", "essential", now) };
    story.apply(Command::SubscriptionState(three));
    let of = |quantity, line| PaidLine { quantity, ..line };
    story.apply(paid(START, [of(3, line(LineKind::Period, "essential", now, at(END)))]));
    story.buckets([0, 3 * ESSENTIAL, 0]);
    assert_eq!(story.balance().rollover.cap, Tokens(3 * 25_500));
    story.go(HALF);
    let change = [of(3, credit("essential", HALF, END)), of(1, charge("essential", HALF, END))];
    story.apply(paid(HALF, change));
    story.buckets([0, 2 * ESSENTIAL, 0]);
}

#[test]
fn during_a_trial_only_the_plan_that_it_began_with_counts() {
    let mut story = Story::free();
    let end = at("2026-11-15T12:00:00Z");
    let trial = |plan, seen_at| {
        let (status, trial_end) = (SubscriptionStatus::Trialing, Some(end));
        Command::SubscriptionState(SubscriptionSnapshot {
            status,
            trial_end,
            anchor: end,
            ..snapshot("sub_1", plan, seen_at)
        })
    };
    story.apply(trial("essential", story.now));
    story.apply(paid(START, [line(LineKind::Period, "essential", story.now, end)]));
    story.buckets([0, ESSENTIAL, 0]);
    story.go("2026-11-08T12:00:00Z");
    story.apply(trial("ultimate", story.now));
    let [now, end] = ["2026-11-08T12:00:00Z", "2026-11-15T12:00:00Z"];
    story.apply(paid(now, [credit("essential", now, end), charge("ultimate", now, end)]));
    story.apply(paid(now, [line(LineKind::Period, "ultimate", at(now), at(end))]));
    story.buckets([0, ESSENTIAL, 0]);
    story.go(end);
    story.pay_month("sub_1", "ultimate", end);
    story.buckets([8_500, ULTIMATE, 0]);
}

#[test]
fn a_first_charge_for_a_part_of_a_month_starts_a_token_period_with_its_part_of_the_allowance() {
    let mut story = Story::free();
    let anchor = at("2026-11-16T12:00:00Z");
    story.apply(Command::SubscriptionState(SubscriptionSnapshot {
        anchor,
        ..snapshot("sub_1", "ultimate", story.now)
    }));
    // 15 of the 31 days before the anchor.
    story.apply(paid(START, [charge("ultimate", START, HALF)]));
    story.buckets([0, 29_032, 0]);
    assert_eq!(story.balance().fast.resets_at, Some(anchor));
    story.go(HALF);
    story.pay_month("sub_1", "ultimate", HALF);
    story.buckets([29_032, ULTIMATE, 0]);
}

#[test]
fn lines_are_kept_until_their_token_periods_are_over_however_many() {
    let mut story = Story::subscribed("essential");
    let mut facts = Vec::new();
    for hour in 0..100 {
        let now = (story.now + SignedDuration::from_hours(1)).to_string();
        let (old, new) = if hour % 2 == 0 { ("essential", "ultimate") } else { ("ultimate", "essential") };
        story.go(&now);
        facts.push(paid(&now, [credit(old, &now, END), charge(new, &now, END)]));
        story.apply(facts.last().unwrap().clone());
    }
    let balance = story.balance();
    for fact in facts {
        story.apply(fact);
    }
    assert_eq!(Balance { version: story.account.version(), ..balance }, story.balance());
    assert!(story.balance().fast.available < Tokens(13_000), "{:?}", story.balance().fast);
}

/// Applies the facts in every order and compares the balances at the end.
fn every_order_ends_in_the_same_balance(facts: &mut [Command], now: &str) {
    let mut expected: Option<Balance> = None;
    let names: Vec<String> = facts.iter().map(|fact| format!("{fact:?}")).collect();
    every_order(facts, facts.len(), &mut |facts| {
        let order: Vec<_> =
            facts.iter().map(|f| names.iter().position(|n| *n == format!("{f:?}")).unwrap()).collect();
        let mut story = Story { now: at(now), ..Story::free() };
        for fact in facts.iter().chain(facts) {
            story.apply(fact.clone());
        }
        // The tokens of the day of the end are granted only if the plan was seen after that day.
        story.wait(SignedDuration::from_hours(24));
        let found = Balance { version: 0, ..story.balance() };
        assert_eq!(
            found,
            *expected.get_or_insert_with(|| found.clone()),
            "after {order:?} {:#?}",
            story.entries.iter().map(|e| (e.kind, e.bucket, e.amount)).collect::<Vec<_>>()
        );
    });
}

#[test]
fn the_order_of_lines_does_not_matter() {
    let quarter = "2026-11-08T00:00:00Z";
    let [new_end, later, after] = ["2026-12-16T12:00:00Z", "2026-12-20T00:00:00Z", "2027-01-16T12:00:00Z"];
    let seen = Command::SubscriptionState(SubscriptionSnapshot {
        started_at: at(START),
        anchor: at(HALF),
        seen_at: at(later),
        ..snapshot("sub_1", "premium", at(later))
    });
    let period = |plan, start, end| line(LineKind::Period, plan, at(start), at(end));
    let mut facts = [
        seen,
        paid(START, [period("essential", START, END)]),
        paid(quarter, [credit("essential", quarter, END), charge("premium", quarter, END)]),
        paid(HALF, [credit("premium", HALF, END), period("ultimate", HALF, new_end)]),
        paid(new_end, [period("ultimate", new_end, after)]),
        paid(later, [credit("ultimate", later, after), charge("premium", later, after)]),
    ];
    every_order_ends_in_the_same_balance(&mut facts, "2026-12-21T00:00:00Z");
    every_order_ends_in_the_same_balance(&mut facts, "2027-01-10T00:00:00Z");
}

#[test]
fn the_order_of_lines_does_not_matter_for_late_credits_and_the_end() {
    let [january, half] = ["2027-01-01T12:00:00Z", "2026-12-17T00:00:00Z"];
    let period = |plan, start, end| line(LineKind::Period, plan, at(start), at(end));
    let mut facts = [
        changed("ultimate", at(START)),
        paid(START, [period("ultimate", START, END)]),
        paid(END, [period("ultimate", END, january)]),
        paid(END, [credit("ultimate", HALF, END), charge("premium", HALF, END)]),
        paid(half, [credit("ultimate", half, january), charge("essential", half, january)]),
    ];
    every_order_ends_in_the_same_balance(&mut facts, "2026-12-21T00:00:00Z");
    let over = Command::SubscriptionState(ended("sub_1", "ultimate", at("2026-12-20T00:00:00Z")));
    let mut facts = [Vec::from(facts), vec![over]].concat();
    every_order_ends_in_the_same_balance(&mut facts, "2026-12-21T00:00:00Z");
}
