//! Rule 18.

use crate::story::{Story, grant};
use tokenwell_ledger::{Bucket, Command, EntryKind, Refusal, Tokens, can_buy};

#[test]
fn everything_is_burnt_by_entries_and_holds_are_voided() {
    let mut story = Story::with_all_buckets();
    story.hold("h", 10_000);
    story.tell(Command::Delete);
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
fn a_deleted_account_takes_no_command_and_gets_no_tokens() {
    let mut story = Story::with_all_buckets();
    story.tell(Command::Delete);
    let late = grant("late", 5_000, 900, story.now);
    for command in [late, Command::CatchUp, Command::Delete] {
        assert_eq!(story.try_tell(command).unwrap_err(), Refusal::AccountDeleted);
    }
    assert_eq!(can_buy(&story.account), Err(Refusal::AccountDeleted));
    story.now += jiff::SignedDuration::from_hours(48);
    assert_eq!(story.balance().total, Tokens(0));
}
