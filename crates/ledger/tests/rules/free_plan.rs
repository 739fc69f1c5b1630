//! Rule 8: the free plan's daily tokens.

use crate::story::{ESSENTIAL, Story, at};
use tokenwell_ledger::{Bucket::Fast, EntryKind};

#[test]
fn a_free_account_gets_150_tokens_a_day_and_nothing_rolls_over() {
    let mut story = Story::free();
    story.spend(100);
    story.buckets([0, 50, 0]);
    assert_eq!(story.balance().fast.resets_at, Some(at("2026-11-02T00:00:00Z")));
    story.go("2026-11-01T23:59:59Z");
    story.buckets([0, 50, 0]);
    let first = story.entries.len();
    story.go("2026-11-02T00:00:00Z");
    story.buckets([0, 150, 0]);
    assert_eq!(
        story.entries_from(first),
        [(EntryKind::Forfeit, Fast, -50), (EntryKind::DailyReset, Fast, 150)]
    );
}

#[test]
fn missed_days_are_dated_when_they_were_due_and_unused_days_add_no_entry() {
    let mut story = Story::free();
    story.spend(150);
    let first = story.entries.len();
    story.go("2027-11-01T08:00:00Z");
    assert_eq!(story.entries_from(first), [(EntryKind::DailyReset, Fast, 150)]);
    assert_eq!(story.entries[first].at, at("2026-11-02T00:00:00Z"));
    assert_eq!(story.balance().fast.resets_at, Some(at("2027-11-02T00:00:00Z")));
}

#[test]
fn entering_a_paid_plan_forfeits_the_unspent_tokens_of_the_day() {
    let mut story = Story::free();
    let first = story.entries.len();
    story.subscribe("sub_1", "essential");
    assert_eq!(story.entries_from(first)[0], (EntryKind::Forfeit, Fast, -150));
    story.buckets([0, ESSENTIAL, 0]);
}

#[test]
fn a_lapse_grants_the_tokens_of_the_day_at_most_once_per_day() {
    let mut story = Story::free();
    story.subscribe("sub_1", "essential");
    story.end("sub_1", "essential");
    story.buckets([0, 0, 0]);
    story.go("2026-11-02T00:00:00Z");
    story.buckets([0, 150, 0]);

    story.subscribe("sub_2", "essential");
    story.go("2026-11-03T09:00:00Z");
    story.end("sub_2", "essential");
    story.buckets([0, 150, 0]);
    story.spend(150);
    story.subscribe("sub_3", "essential");
    story.end("sub_3", "essential");
    story.buckets([0, 0, 0]);
}
