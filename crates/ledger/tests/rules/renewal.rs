//! Rules 5 to 7: renewals and the Rollover Bank.

use crate::story::{ESSENTIAL, PREMIUM, Story, at, month, months_after, snapshot, year};
use jiff::{SignedDuration, Timestamp};
use tokenwell_ledger::{
    Bucket::*, Catalogue, Command, EntryKind, Interval, PaidInvoice, SubscriptionSnapshot,
};

#[test]
fn unspent_fast_tokens_move_to_the_bank_and_fast_becomes_the_allowance() {
    let mut story = Story::subscribed("essential");
    story.buy("pack", 5_000, 900);
    story.spend(500);
    let first = story.entries.len();
    story.go("2026-12-01T12:00:00Z");
    story.pay_month("sub_1", "essential", "2026-12-01T12:00:00Z");
    assert_eq!(
        story.entries_from(first),
        [
            (EntryKind::Rollover, Fast, -8_000),
            (EntryKind::Rollover, Rollover, 8_000),
            (EntryKind::Renewal, Fast, 8_500),
        ]
    );
    story.buckets([8_000, ESSENTIAL, 5_000]);
}

#[test]
fn the_bank_never_holds_more_than_its_cap_and_the_excess_is_forfeited_by_an_entry() {
    let mut story = Story::subscribed("essential");
    for month in ["2026-12", "2027-01", "2027-02"] {
        let start = format!("{month}-01T12:00:00Z");
        story.go(&start);
        story.pay_month("sub_1", "essential", &start);
    }
    story.buckets([25_500, ESSENTIAL, 0]);
    story.go("2027-02-03T12:00:00Z");
    story.spend(500);
    story.go("2027-03-01T12:00:00Z");
    let first = story.entries.len();
    story.pay_month("sub_1", "essential", "2027-03-01T12:00:00Z");
    assert_eq!(
        story.entries_from(first),
        [
            (EntryKind::Rollover, Fast, -500),
            (EntryKind::Rollover, Rollover, 500),
            (EntryKind::Forfeit, Fast, -8_000),
            (EntryKind::Renewal, Fast, 8_500),
        ]
    );
    story.buckets([25_500, ESSENTIAL, 0]);
}

#[test]
fn an_unpaid_period_does_not_renew_until_it_is_paid() {
    let mut story = Story::subscribed("essential");
    story.spend(500);
    story.go("2026-12-04T12:00:00Z");
    story.buckets([0, 8_000, 0]);
    assert_eq!(story.balance().fast.resets_at, None);
    // A late payment takes effect when it is made.
    story.pay_month("sub_1", "essential", "2026-12-01T12:00:00Z");
    assert_eq!(story.entries.last().unwrap().at, at("2026-12-04T12:00:00Z"));
    story.buckets([8_000, ESSENTIAL, 0]);
    assert_eq!(story.balance().fast.resets_at, Some(at("2027-01-01T12:00:00Z")));
}

#[test]
fn a_renewal_that_is_reported_late_is_dated_when_it_was_due() {
    let mut story = Story::subscribed("essential");
    story.go("2026-12-04T12:00:00Z");
    story.apply(Command::InvoicePaid(month("sub_1", "essential", at("2026-12-01T12:00:00Z"))));
    assert_eq!(story.entries.last().unwrap().at, at("2026-12-01T12:00:00Z"));
}

#[test]
fn a_period_paid_ahead_waits_until_its_start() {
    let mut story = Story::subscribed("essential");
    let ahead = PaidInvoice { paid_at: story.now, ..month("sub_1", "essential", at("2026-12-01T12:00:00Z")) };
    story.apply(Command::InvoicePaid(ahead));
    story.buckets([0, ESSENTIAL, 0]);
    story.go("2026-12-01T11:59:59Z");
    story.buckets([0, ESSENTIAL, 0]);
    story.go("2026-12-01T12:00:00Z");
    story.buckets([8_500, ESSENTIAL, 0]);
}

#[test]
fn the_first_period_is_granted_at_once_even_if_stripes_clock_is_ahead() {
    let mut story = Story::free();
    let ahead = story.now + SignedDuration::from_mins(3);
    story.apply(Command::SubscriptionState(snapshot("sub_1", "premium", ahead)));
    story.apply(Command::InvoicePaid(month("sub_1", "premium", ahead)));
    story.buckets([0, PREMIUM, 0]);
    assert_eq!(story.balance().fast.resets_at, Some(months_after(ahead, 1)));
}

#[test]
fn a_token_period_renews_once_however_often_it_is_reported() {
    let mut story = Story::subscribed("essential");
    story.go("2026-12-01T12:00:00Z");
    for _ in 0..3 {
        story.pay_month("sub_1", "essential", "2026-12-01T12:00:00Z");
        story.pay_month("sub_1", "essential", "2026-11-01T12:00:00Z");
    }
    story.buckets([8_500, ESSENTIAL, 0]);
}

#[test]
fn a_period_reported_after_a_later_one_goes_to_the_bank() {
    let mut story = Story::subscribed("essential");
    story.go("2027-01-02T12:00:00Z");
    story.apply(Command::InvoicePaid(month("sub_1", "essential", at("2027-01-01T12:00:00Z"))));
    story.apply(Command::InvoicePaid(month("sub_1", "essential", at("2026-12-01T12:00:00Z"))));
    story.buckets([17_000, ESSENTIAL, 0]);
    assert_eq!(story.balance().fast.resets_at, Some(at("2027-02-01T12:00:00Z")));
}

fn yearly(anchor: Timestamp) -> Story {
    let mut story = Story::with(Catalogue::built_in(), anchor);
    let snapshot =
        SubscriptionSnapshot { interval: Interval::Year, ..snapshot("sub_1", "essential", anchor) };
    story.apply(Command::SubscriptionState(snapshot));
    story.apply(Command::InvoicePaid(year("sub_1", "essential", anchor)));
    story
}

#[test]
fn a_yearly_invoice_pays_for_twelve_monthly_token_periods() {
    let mut story = yearly(at("2027-01-31T10:00:00Z"));
    story.now = at("2028-03-15T00:00:00Z");
    story.apply(Command::CatchUp);
    let renewals: Vec<_> =
        story.entries.iter().filter(|entry| entry.kind == EntryKind::Renewal).map(|entry| entry.at).collect();
    let expected = [
        "2027-01-31",
        "2027-02-28",
        "2027-03-31",
        "2027-04-30",
        "2027-05-31",
        "2027-06-30",
        "2027-07-31",
        "2027-08-31",
        "2027-09-30",
        "2027-10-31",
        "2027-11-30",
        "2027-12-31",
    ];
    assert_eq!(renewals, expected.map(|day| at(&format!("{day}T10:00:00Z"))));
    story.buckets([25_500, ESSENTIAL, 0]);
}

#[test]
fn renewals_caught_up_late_grant_the_same_as_on_time() {
    for day in 1..=31 {
        let anchor = at(&format!("2027-12-{day:02}T23:59:59Z"));
        let mut late = yearly(anchor);
        let mut on_time = late.clone();
        for n in 1..12 {
            on_time.now = months_after(anchor, n);
            on_time.apply(Command::CatchUp);
        }
        late.now = on_time.now;
        late.apply(Command::CatchUp);
        assert_eq!(late.account, on_time.account, "anchor day {day}");
        assert_eq!(late.entries, on_time.entries, "anchor day {day}");
    }
}

#[test]
fn an_account_does_not_grow_with_years_of_use() {
    let mut story = Story::subscribed("essential");
    let size = |story: &Story| serde_json::to_string(&story.account).unwrap().len();
    let mut after_three_years = 0;
    for n in 1..=120 {
        story.now = months_after(crate::story::start(), n);
        let start = story.now.to_string();
        story.pay_month("sub_1", "essential", &start);
        story.spend(1_000);
        story.hold("h", 1_000);
        story.release("h").unwrap();
        // The very first invoice is reported again and again, long after the account forgot it.
        story.apply(Command::InvoicePaid(month("sub_1", "essential", crate::story::start())));
        if n == 36 {
            after_three_years = size(&story);
        }
    }
    assert!(size(&story) <= after_three_years + 10, "{} after {after_three_years}", size(&story));
    let renewals = story.entries.iter().filter(|entry| entry.kind == EntryKind::Renewal).count();
    assert_eq!(renewals, 121);
}

#[test]
fn an_account_does_not_grow_with_its_ended_subscriptions() {
    let mut story = Story::free();
    for n in 0..50 {
        let id = format!("sub_{n}");
        story.wait(SignedDuration::from_hours(24));
        story.subscribe(&id, "essential");
        story.end(&id, "essential");
    }
    let size = serde_json::to_string(&story.account).unwrap().len();
    assert!(size < 10_000, "{size} bytes");
    assert_eq!(story.account.live_subscriptions().count(), 0);
}
