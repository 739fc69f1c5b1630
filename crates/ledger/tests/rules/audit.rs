//! Books that add up pass the audit, whatever happened; books that somebody touched do not.

use crate::story::Story;
use tokenwell_ledger::{Account, Audit, Entry, Tokens, Unsound};

fn audit(account: &Account, entries: &[Entry]) -> Result<(), Unsound> {
    let mut audit = Audit::of(account);
    for entry in entries {
        audit.take(entry)?;
    }
    audit.finish()
}

/// A life with spends, a hold that is open, and one that was committed in part.
fn lived() -> Story {
    let mut story = Story::with_all_buckets();
    story.spend(3_000);
    story.hold("h", 7_000);
    story.commit("h", 10).unwrap();
    story.hold("open", 2_000);
    story.refund("pack", 450);
    story
}

#[test]
fn books_that_nobody_touched_add_up() {
    let story = lived();
    assert_eq!(audit(&story.account, &story.entries), Ok(()));
    let free = Story::free();
    assert_eq!(audit(&free.account, &free.entries), Ok(()));
}

#[test]
fn whatever_is_changed_in_an_entry_is_found() {
    let story = lived();
    let is_found = |place: usize, change: &dyn Fn(&mut Entry)| {
        let mut entries = story.entries.clone();
        change(&mut entries[place]);
        let found = audit(&story.account, &entries).expect_err("it is found");
        assert_ne!(found, Unsound::BalanceIsNotTheFold, "the entry is named");
    };
    for place in 0..story.entries.len() {
        is_found(place, &|entry| entry.amount += 1);
        is_found(place, &|entry| entry.held += 1);
        is_found(place, &|entry| entry.balance_after = entry.balance_after.plus(Tokens(1)));
        is_found(place, &|entry| {
            entry.amount += 1;
            entry.balance_after = entry.balance_after.plus(Tokens(1));
        });
        is_found(place, &|entry| entry.buckets.fast.held = entry.buckets.fast.held.plus(Tokens(1)));
        is_found(place, &|entry| entry.version += 1);
        is_found(place, &|entry| entry.id = "another".into());
    }
    is_found(story.entries.len() - 1, &|entry| {
        entry.at = story.entries[0].at - jiff::SignedDuration::from_secs(1);
    });
}

#[test]
fn an_entry_that_is_missing_is_found() {
    let story = lived();
    for place in 0..story.entries.len() {
        let mut entries = story.entries.clone();
        entries.remove(place);
        assert!(audit(&story.account, &entries).is_err(), "without {:?}", story.entries[place]);
    }
}

#[test]
fn an_account_that_is_not_what_its_entries_say_is_found() {
    let (mut story, before) = (lived(), lived());
    story.spend(1);
    assert_eq!(audit(&before.account, &story.entries), Err(Unsound::NotOfItsLastEntry));
    let stored = serde_json::to_string(&story.account).unwrap();
    let richer = stored.replacen(r#""rollover":0"#, r#""rollover":1"#, 1);
    assert_ne!(stored, richer);
    let richer: Account = serde_json::from_str(&richer).unwrap();
    assert_eq!(audit(&richer, &story.entries), Err(Unsound::BalanceIsNotTheFold));
}
