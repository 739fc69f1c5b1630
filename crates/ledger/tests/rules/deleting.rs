//! Rule 18: deleting an account.

use crate::story::{Story, grant};
use tokenwell_ledger::{
    Account, Audit, Bucket, Command, DisputeState, EntryKind, Refusal, Tokens, balance, can_buy,
};

#[test]
fn deleting_burns_every_bucket_by_entries_and_voids_holds() {
    let mut story = Story::with_all_buckets();
    story.hold("h", 10_000);
    story.apply(Command::Delete);
    story.buckets([0, 0, 0]);
    let burnt = |bucket| {
        let burns =
            story.entries.iter().filter(|entry| entry.kind == EntryKind::Burn && entry.bucket == bucket);
        burns.map(|entry| entry.amount).sum::<i64>()
    };
    assert_eq!(Bucket::ALL.map(burnt), [-1_000, -8_500, -5_000]);
    assert!(story.account.holds().is_empty());
    assert_eq!(story.account.deleted_at(), Some(story.now));
    assert_eq!(story.balance().total, Tokens(0));
}

#[test]
fn a_deleted_account_accepts_no_command_and_gets_no_tokens() {
    let mut story = Story::with_all_buckets();
    story.apply(Command::Delete);
    let late = grant("late", 5_000, 900, story.now);
    for command in [late, Command::CatchUp, Command::Delete] {
        assert_eq!(story.try_apply(command).unwrap_err(), Refusal::AccountDeleted);
    }
    assert_eq!(can_buy(&story.account), Err(Refusal::AccountDeleted));
    story.now += jiff::SignedDuration::from_hours(48);
    assert_eq!(story.balance().total, Tokens(0));
}

/// The next account of the same person.
fn opened_again(mut story: Story) -> Story {
    story.apply(Command::Delete);
    let former = story.account.former();
    let (account, entries) = Account::open_after(&former, "again".into(), &story.catalogue, story.now);
    Story { account, entries, ..story }
}

#[test]
fn the_next_account_gets_the_free_tokens_of_the_day_only_if_they_were_not_given() {
    let mut again = opened_again(Story::free());
    again.buckets([0, 0, 0]);
    assert_eq!(again.entries, []);
    Audit::of(&again.account).finish().unwrap();
    assert!(again.try_spend(1).is_err());
    // Nor does a third one, whatever the second one did.
    let mut third = opened_again(again.clone());
    third.buckets([0, 0, 0]);
    third.go("2026-11-02T00:00:00Z");
    third.buckets([0, 150, 0]);
    again.now = third.now;
    let fresh = balance(&again.account, &again.catalogue, again.now);
    assert_eq!((fresh.spendable, fresh.fast.allowance), (Tokens(150), Tokens(150)));

    let mut later = Story::free();
    later.apply(Command::Delete);
    later.now += jiff::SignedDuration::from_hours(24);
    let former = later.account.former();
    let (account, entries) = Account::open_after(&former, "later".into(), &later.catalogue, later.now);
    assert_eq!((account.available(Bucket::Fast), entries.len()), (Tokens(150), 1));
}

#[test]
fn a_dispute_that_was_open_stops_buying_in_the_next_account_until_it_is_closed() {
    let mut story = Story::subscribed("essential");
    story.buy("pack", 5_000, 900);
    story.dispute("pack", DisputeState::Opened);
    let mut again = opened_again(story);
    again.subscribe("sub_2", "essential");
    assert_eq!(can_buy(&again.account), Err(Refusal::DisputeOpen));
    assert!(!again.balance().can_buy);
    let id = again.account.former().disputes().next().cloned().unwrap();
    // It outlives the next account, too.
    let mut third = opened_again(again);
    third.subscribe("sub_3", "essential");
    assert_eq!(can_buy(&third.account), Err(Refusal::DisputeOpen));
    for (state, expected) in [
        (DisputeState::Lost, Ok(())),
        (DisputeState::Opened, Err(Refusal::DisputeOpen)),
        (DisputeState::Won, Ok(())),
    ] {
        third.wait(jiff::SignedDuration::from_secs(1));
        let (dispute, seen_at) = (id.clone(), third.now);
        third.apply(Command::FormerDispute { dispute, state, seen_at });
        assert_eq!(can_buy(&third.account), expected, "{state:?}");
    }
    let (dispute, seen_at) = (id, third.now - jiff::SignedDuration::from_secs(1));
    third.apply(Command::FormerDispute { dispute, state: DisputeState::Opened, seen_at });
    assert_eq!(can_buy(&third.account), Ok(()), "an older state never replaces a newer one");
}
