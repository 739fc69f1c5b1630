//! The balance at a past instant.

use crate::story::{ESSENTIAL, Story, at};
use tokenwell_ledger::{DisputeState, LockedReason, Tokens};

#[test]
fn a_past_balance_equals_the_balance_of_that_time_including_locks_and_holds() {
    let mut story = Story::with_all_buckets();
    let mut balances = vec![(story.now, story.balance())];
    let mut step = |story: &mut Story, time: &str, act: &dyn Fn(&mut Story)| {
        story.go(time);
        act(story);
        balances.push((story.now, story.balance()));
    };
    step(&mut story, "2026-12-02T12:00:00Z", &|story| drop(story.spend(3_000)));
    step(&mut story, "2026-12-03T12:00:00Z", &|story| drop(story.hold("h", 7_000)));
    step(&mut story, "2026-12-03T13:00:00Z", &|story| story.dispute("pack", DisputeState::Opened));
    step(&mut story, "2026-12-03T14:00:00Z", &|story| drop(story.commit("h", 10).unwrap()));
    step(&mut story, "2026-12-04T12:00:00Z", &|story| story.dispute("pack", DisputeState::Won));
    step(&mut story, "2026-12-05T12:00:00Z", &|story| story.end("sub_1", "essential"));
    step(&mut story, "2026-12-06T12:00:00Z", &|story| story.subscribe("sub_2", "premium"));
    step(&mut story, "2026-12-07T12:00:00Z", &|story| story.refund("pack", 450));
    for (instant, balance) in balances {
        let past = story.balance_at(instant).unwrap();
        assert_eq!(past, balance, "at {instant}");
    }
    let at_time = |time| story.balance_at(at(time));
    let lapsed = at_time("2026-12-05T18:00:00Z").unwrap();
    assert_eq!(lapsed.top_up.locked_reason, Some(LockedReason::NotEntitled));
    assert_eq!(at_time("2026-11-01T11:59:59Z"), None, "the account was not open yet");
}

#[test]
fn a_past_balance_includes_renewals_that_were_applied_later() {
    let mut story = Story::subscribed("essential");
    story.go("2026-12-20T00:00:00Z");
    story.apply(tokenwell_ledger::Command::InvoicePaid(crate::story::month(
        "sub_1",
        "essential",
        at("2026-12-01T12:00:00Z"),
    )));
    let past = |time| story.balance_at(at(time)).unwrap();
    assert_eq!(past("2026-12-01T11:59:59Z").rollover.available, Tokens(0));
    assert_eq!(past("2026-12-01T12:00:00Z").rollover.available, Tokens(ESSENTIAL));
}
