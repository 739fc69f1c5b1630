//! The audit accepts what the ledger wrote and finds every later change of it.

use crate::story::Story;
use tokenwell_ledger::{Account, Audit, AuditError, Entry, Tokens};

fn audit(account: &Account, entries: &[Entry]) -> Result<(), AuditError> {
    let mut audit = Audit::of(account);
    for entry in entries {
        audit.take(entry)?;
    }
    audit.finish()
}

/// An account with spends, an open hold, a partly committed hold and a refund.
fn used_account() -> Story {
    let mut story = Story::with_all_buckets();
    story.spend(3_000);
    story.hold("h", 7_000);
    story.commit("h", 10).unwrap();
    story.hold("open", 2_000);
    story.refund("pack", 450);
    story
}

#[test]
fn unchanged_entries_add_up() {
    let story = used_account();
    assert_eq!(audit(&story.account, &story.entries), Ok(()));
    let free = Story::free();
    assert_eq!(audit(&free.account, &free.entries), Ok(()));
}

#[test]
fn any_change_of_an_entry_is_found() {
    let story = used_account();
    let is_found = |index: usize, change: &dyn Fn(&mut Entry)| {
        let mut entries = story.entries.clone();
        change(&mut entries[index]);
        let found = audit(&story.account, &entries).expect_err("the change is found");
        assert_ne!(found, AuditError::BalanceIsNotTheFold, "the entry is named");
    };
    for index in 0..story.entries.len() {
        is_found(index, &|entry| entry.amount += 1);
        is_found(index, &|entry| entry.held += 1);
        is_found(index, &|entry| entry.balance_after = entry.balance_after.plus(Tokens(1)));
        is_found(index, &|entry| {
            entry.amount += 1;
            entry.balance_after = entry.balance_after.plus(Tokens(1));
        });
        is_found(index, &|entry| entry.buckets.fast.held = entry.buckets.fast.held.plus(Tokens(1)));
        is_found(index, &|entry| entry.version += 1);
        is_found(index, &|entry| entry.id = "another".into());
    }
    is_found(story.entries.len() - 1, &|entry| {
        entry.at = story.entries[0].at - jiff::SignedDuration::from_secs(1);
    });
}

#[test]
fn a_missing_entry_is_found() {
    let story = used_account();
    for index in 0..story.entries.len() {
        let mut entries = story.entries.clone();
        entries.remove(index);
        assert!(audit(&story.account, &entries).is_err(), "without {:?}", story.entries[index]);
    }
}

#[test]
fn an_account_that_differs_from_its_entries_is_found() {
    let (mut story, before) = (used_account(), used_account());
    story.spend(1);
    assert_eq!(audit(&before.account, &story.entries), Err(AuditError::NotAtLastEntry));
    let stored = serde_json::to_string(&story.account).unwrap();
    let richer = stored.replacen(r#""rollover":0"#, r#""rollover":1"#, 1);
    assert_ne!(stored, richer);
    let richer: Account = serde_json::from_str(&richer).unwrap();
    assert_eq!(audit(&richer, &story.entries), Err(AuditError::BalanceIsNotTheFold));
}
