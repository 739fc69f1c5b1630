//! Rule 4: holds.

use crate::story::{ESSENTIAL, Story};
use jiff::SignedDuration;
use tokenwell_ledger::{Bucket::*, Command, DisputeState, EntryKind, Outcome, Refusal, Tokens};

#[test]
fn a_hold_takes_slices_in_spend_order_and_they_are_in_neither_spendable_nor_total() {
    let mut story = Story::with_all_buckets();
    assert_eq!(story.hold("h", 10_000), [(Rollover, 1_000), (Fast, ESSENTIAL), (TopUp, 500)]);
    let balance = story.balance();
    assert_eq!((balance.spendable, balance.total), (Tokens(4_500), Tokens(4_500)));
    let held = [balance.rollover.held, balance.fast.held, balance.top_up.held];
    assert_eq!(held, [Tokens(1_000), Tokens(ESSENTIAL), Tokens(500)]);
}

#[test]
fn a_commit_may_take_less_and_the_rest_goes_back_starting_with_the_last_slice() {
    let mut story = Story::with_all_buckets();
    story.hold("h", 10_000);
    let first = story.entries.len();
    let outcome = story.commit("h", 5_000).unwrap();
    let Outcome::HoldEnded { committed, released } = outcome else { panic!("{outcome:?}") };
    assert_eq!(crate::story::short(&committed), [(Rollover, 1_000), (Fast, 4_000)]);
    assert_eq!(released, Tokens(5_000));
    assert_eq!(
        story.entries_from(first),
        [
            (EntryKind::HoldCommitted, Rollover, 0),
            (EntryKind::HoldCommitted, Fast, 0),
            (EntryKind::HoldReleased, TopUp, 500),
            (EntryKind::HoldReleased, Fast, 4_500),
        ]
    );
    story.buckets([0, 4_500, 5_000]);
    let spent: Tokens = story.entries[first..].iter().map(tokenwell_ledger::Entry::spent).sum();
    assert_eq!(spent, Tokens(5_000));
}

#[test]
fn a_hold_ends_exactly_once() {
    let mut story = Story::with_all_buckets();
    story.hold("h", 100);
    assert_eq!(
        story.commit("h", 101).unwrap_err(),
        Refusal::CommitExceedsHold { asked: Tokens(101), held: Tokens(100) }
    );
    story.commit("h", 100).unwrap();
    assert_eq!(story.commit("h", 1).unwrap_err(), Refusal::HoldEnded("h".into()));
    assert_eq!(story.release("h").unwrap_err(), Refusal::HoldEnded("h".into()));
    assert_eq!(story.release("unknown").unwrap_err(), Refusal::HoldEnded("unknown".into()));
}

#[test]
fn a_hold_lives_an_hour_by_default_and_at_most_a_day() {
    let mut story = Story::with_all_buckets();
    story.try_hold("h", 100, None).unwrap();
    let expiry = story.now + SignedDuration::from_hours(1);
    assert_eq!(story.account.hold(&"h".into()).unwrap().expires_at(), expiry);
    assert_eq!(story.try_hold("h", 1, None).unwrap_err(), Refusal::IdInUse("h".into()));
    for life_s in [0, 24 * 3_600 + 1] {
        let refusal = story.try_hold("long", 100, Some(life_s)).unwrap_err();
        assert_eq!(refusal, Refusal::InvalidHoldLife { asked_s: life_s });
    }
    story.wait(SignedDuration::from_hours(3));
    assert_eq!(story.release("h").unwrap_err(), Refusal::HoldEnded("h".into()));
    let last = story.entries.last().unwrap();
    assert_eq!((last.kind, last.at), (EntryKind::HoldExpired, expiry));
    story.buckets([1_000, ESSENTIAL, 5_000]);
}

#[test]
fn a_fast_slice_of_a_period_that_has_ended_goes_to_the_bank() {
    let mut story = Story::subscribed("essential");
    story.go("2026-12-01T11:00:00Z");
    story.hold("h", 3_000);
    story.go("2026-12-01T12:00:00Z");
    story.pay_month("sub_1", "essential", "2026-12-01T12:00:00Z");
    story.buckets([5_500, ESSENTIAL, 0]);
    story.release("h").unwrap();
    story.buckets([8_500, ESSENTIAL, 0]);
}

#[test]
fn released_tokens_that_exceed_the_banks_cap_are_forfeited() {
    let mut story = Story::subscribed("essential");
    for month in ["2026-12", "2027-01", "2027-02"] {
        let start = format!("{month}-01T12:00:00Z");
        story.go(&start);
        story.pay_month("sub_1", "essential", &start);
    }
    story.buckets([25_500, ESSENTIAL, 0]);
    // Tokens that other holds took from the bank count towards its cap.
    story.go("2027-03-01T11:00:00Z");
    story.hold("a", 3_000);
    story.hold("b", 2_000);
    story.go("2027-03-01T12:00:00Z");
    story.pay_month("sub_1", "essential", "2027-03-01T12:00:00Z");
    story.buckets([20_500, ESSENTIAL, 0]);
    story.release("a").unwrap();
    story.release("b").unwrap();
    story.buckets([25_500, ESSENTIAL, 0]);

    story.hold("c", 25_500 + 500);
    story.wait(SignedDuration::from_hours(1));
    story.go("2027-03-02T12:00:00Z");
    story.buckets([25_500, ESSENTIAL, 0]);
}

#[test]
fn a_fast_slice_of_an_ended_period_is_forfeited_when_the_bank_is_full() {
    let mut story = Story::subscribed("essential");
    for month in ["2026-12", "2027-01", "2027-02"] {
        let start = format!("{month}-01T12:00:00Z");
        story.go(&start);
        story.pay_month("sub_1", "essential", &start);
    }
    story.go("2027-03-01T11:00:00Z");
    story.hold("h", 25_500 + 1_000);
    story.commit("h", 25_500).unwrap();
    story.hold("h", 1_000);
    story.go("2027-03-01T12:00:00Z");
    story.pay_month("sub_1", "essential", "2027-03-01T12:00:00Z");
    story.buckets([7_500, ESSENTIAL, 0]);
    story.release("h").unwrap();
    story.buckets([8_500, ESSENTIAL, 0]);
}

#[test]
fn a_plan_slice_is_forfeited_after_a_lapse() {
    let mut story = Story::with_all_buckets();
    story.hold("h", 10_000);
    story.end("sub_1", "essential");
    story.release("h").unwrap();
    // The lot's slice went back and the plan's slices did not. The 150 are the free tokens of the day.
    story.buckets([0, 150, 5_000]);
}

#[test]
fn a_plan_slice_stays_lost_after_resubscribing() {
    let mut story = Story::with_all_buckets();
    story.hold("h", 10_000);
    story.end("sub_1", "essential");
    story.subscribe("sub_2", "essential");
    story.release("h").unwrap();
    story.buckets([0, ESSENTIAL, 5_000]);
}

#[test]
fn a_hold_can_still_be_committed_after_a_lapse() {
    let mut story = Story::with_all_buckets();
    story.hold("h", 10_000);
    story.end("sub_1", "essential");
    story.commit("h", 10_000).unwrap();
    story.buckets([0, 150, 4_500]);
}

#[test]
fn a_daily_free_slice_is_forfeited_after_its_day() {
    let mut story = Story::free();
    story.hold("same day", 100);
    story.release("same day").unwrap();
    story.buckets([0, 150, 0]);
    story.hold("next day", 100);
    story.go("2026-11-02T00:00:00Z");
    story.release("next day").unwrap();
    story.buckets([0, 150, 0]);
}

#[test]
fn a_slice_that_returns_to_its_lot_first_covers_the_unrecovered_claw_back() {
    let mut story = Story::with_all_buckets();
    story.hold("h", 1_000 + ESSENTIAL + 3_000);
    story.refund("pack", 450);
    // Half of 5,000 is clawed back. The lot had 2,000, so 500 stay unrecovered until the hold ends.
    assert_eq!((story.lot("pack").remaining(), story.lot("pack").unrecovered()), (Tokens(0), Tokens(500)));
    story.release("h").unwrap();
    assert_eq!((story.lot("pack").remaining(), story.lot("pack").unrecovered()), (Tokens(2_500), Tokens(0)));
}

#[test]
fn a_slice_that_returns_to_a_frozen_lot_is_frozen_too() {
    let mut story = Story::with_all_buckets();
    story.hold("h", 1_000 + ESSENTIAL + 3_000);
    story.dispute("pack", DisputeState::Opened);
    story.release("h").unwrap();
    assert_eq!(story.balance().top_up.locked, Tokens(5_000));
    story.dispute("pack", DisputeState::Won);
    assert_eq!(story.balance().top_up.locked, Tokens(0));
}

#[test]
fn every_slice_on_hold_is_committed_released_or_expires() {
    let mut story = Story::with_all_buckets();
    story.hold("h", 10_000);
    story.commit("h", 700).unwrap();
    story.hold("i", 9_000);
    story.apply(Command::CatchUp);
    story.wait(SignedDuration::from_hours(25));
    for bucket in [Rollover, Fast, TopUp] {
        let held: i64 =
            story.entries.iter().filter(|entry| entry.bucket == bucket).map(|entry| entry.held).sum();
        assert_eq!(held, 0, "{bucket}");
    }
}
