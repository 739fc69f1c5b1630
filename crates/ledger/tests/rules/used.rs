//! Rule 8a: what was used since the last reset.

use crate::story::{ESSENTIAL, Story, at};
use jiff::SignedDuration;
use tokenwell_ledger::{DisputeState, Used};

#[track_caller]
fn used(story: &Story, tokens: u64, since: &str) {
    let Used { tokens: found, since: start } = story.balance().used;
    assert_eq!((found.0, start), (tokens, at(since)));
}

#[test]
fn spends_of_every_bucket_and_what_jobs_took_count_since_the_renewal() {
    let mut story = Story::with_all_buckets();
    used(&story, 0, "2026-12-01T12:00:00Z");
    story.spend(1_000 + ESSENTIAL + 300);
    used(&story, 9_800, "2026-12-01T12:00:00Z");
    story.hold("job", 400);
    used(&story, 9_800, "2026-12-01T12:00:00Z");
    story.commit("job", 150).unwrap();
    used(&story, 9_950, "2026-12-01T12:00:00Z");
    story.hold("dropped", 50);
    story.release("dropped").unwrap();
    used(&story, 9_950, "2026-12-01T12:00:00Z");

    story.pay_month("sub_1", "essential", "2027-01-01T12:00:00Z");
    story.go("2027-01-02T00:00:00Z");
    used(&story, 0, "2027-01-01T12:00:00Z");
}

#[test]
fn refunds_corrections_and_lost_disputes_do_not_count() {
    let mut story = Story::with_all_buckets();
    story.spend(10);
    story.refund("pack", 450);
    story.adjust(100).unwrap();
    story.adjust(-100).unwrap();
    story.dispute("pack", DisputeState::Lost);
    used(&story, 10, "2026-12-01T12:00:00Z");
}

#[test]
fn every_day_of_the_free_plan_is_a_reset_also_for_a_job_that_outlives_its_day() {
    let mut story = Story::free();
    story.spend(20);
    used(&story, 20, "2026-11-01T12:00:00Z");
    story.hold("job", 30);
    story.go("2026-11-02T01:00:00Z");
    used(&story, 0, "2026-11-02T00:00:00Z");
    story.commit("job", 30).unwrap();
    used(&story, 30, "2026-11-02T00:00:00Z");
    // The day starts without an entry, because the tokens of the day before are all there.
    story.wait(SignedDuration::from_hours(24));
    used(&story, 0, "2026-11-03T00:00:00Z");
    let past = |time| story.balance_at(at(time)).unwrap().used;
    assert_eq!(
        past("2026-11-02T10:00:00Z"),
        Used { tokens: tokenwell_ledger::Tokens(30), since: at("2026-11-02T00:00:00Z") }
    );
}

#[test]
fn the_start_and_the_end_of_a_plan_are_resets() {
    let mut story = Story::free();
    story.spend(20);
    story.wait(SignedDuration::from_hours(1));
    story.subscribe("sub_1", "premium");
    used(&story, 0, "2026-11-01T13:00:00Z");
    story.spend(5_000);
    story.go("2026-11-05T12:00:00Z");
    story.end("sub_1", "premium");
    used(&story, 0, "2026-11-05T12:00:00Z");
}

#[test]
fn the_balance_of_a_past_day_without_an_entry_has_its_own_reset() {
    let mut story = Story::free();
    story.spend(20);
    story.go("2026-11-04T12:00:00Z");
    story.spend(7);
    let past = |time| story.balance_at(at(time)).unwrap().used;
    let of = |tokens, since| Used { tokens: tokenwell_ledger::Tokens(tokens), since: at(since) };
    assert_eq!(past("2026-11-01T12:00:00Z"), of(20, "2026-11-01T12:00:00Z"));
    assert_eq!(past("2026-11-03T09:00:00Z"), of(0, "2026-11-03T00:00:00Z"));
    assert_eq!(past("2026-11-04T12:00:00Z"), of(7, "2026-11-04T00:00:00Z"));
}
