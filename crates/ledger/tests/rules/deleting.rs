//! Rule 18: deleting an account.

use crate::story::{Story, grant};
use tokenwell_ledger::{Bucket, Command, EntryKind, Refusal, Tokens, can_buy};

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
