//! The invariants of the ledger. Every `Story` checks them after every command.

use crate::story::Story;
use std::collections::BTreeMap;
use tokenwell_ledger::{
    Account, Audit, Bucket, Buckets, Entry, EntryKind, Lot, LotSource, LotState, Tokens, balance,
};

/// Checks all of them after a command that changed the account from `before`.
pub fn check_step(story: &Story, before: &Account) {
    let new = &story.entries[story.entries.partition_point(|entry| entry.version <= before.version())..];
    the_balance_is_the_fold_of_the_entries(story);
    no_bucket_is_ever_negative(before, new);
    every_entry_records_what_its_bucket_held_after_it(before, new);
    entries_never_go_back_in_time(story);
    the_version_grows_by_one_with_every_change(story, before, new);
    every_entry_has_an_id_of_its_own(new);
    a_lot_never_holds_more_than_it_was_granted(story);
    lots_add_up_to_their_bucket(story);
    every_slice_on_hold_is_open_committed_released_or_expired(story);
    the_bank_is_within_its_cap_after_every_renewal(new);
    claw_backs_follow_rule_16(story);
    amounts_of_the_balance_add_up(story);
    the_balance_is_the_same_when_read_as_a_past_balance(story);
}

fn the_balance_is_the_fold_of_the_entries(story: &Story) {
    let fold = Buckets::fold(&story.entries);
    assert_eq!(fold, Buckets::of(&story.account));
    assert!(story.entries.last().is_none_or(|last| last.buckets == fold), "at the instant of the last entry");
    if let Some(last) = story.entries.last() {
        assert_eq!(last.version, story.account.version());
        assert_eq!(last.at, story.account.latest());
    }
}

/// What the bucket of each entry held after it, by adding up.
fn held_after<'a>(before: &Account, new: &'a [Entry]) -> impl Iterator<Item = (&'a Entry, i64)> {
    let held = |bucket| i64::try_from(before.available(bucket).0).unwrap();
    let mut held = BTreeMap::from(Bucket::ALL.map(|bucket| (bucket, held(bucket))));
    new.iter().map(move |entry| {
        let held = held.get_mut(&entry.bucket).unwrap();
        *held += entry.amount;
        (entry, *held)
    })
}

fn no_bucket_is_ever_negative(before: &Account, new: &[Entry]) {
    for (entry, held) in held_after(before, new) {
        assert!(held >= 0, "{held} after {entry:?}");
    }
}

fn every_entry_records_what_its_bucket_held_after_it(before: &Account, new: &[Entry]) {
    for (entry, held) in held_after(before, new) {
        assert_eq!(i64::try_from(entry.balance_after.0).unwrap(), held, "{entry:?}");
    }
}

fn entries_never_go_back_in_time(story: &Story) {
    assert!(story.entries.is_sorted_by_key(|entry| (entry.version, entry.at)));
    assert!(story.entries.is_sorted_by_key(|entry| entry.at));
    let first = story.entries.first().map_or(story.now, |first| first.at);
    assert!(story.account.latest() <= story.now.max(first), "nothing is dated ahead");
}

fn the_version_grows_by_one_with_every_change(story: &Story, before: &Account, new: &[Entry]) {
    let mut version = before.version();
    for change in new.chunk_by(|a, b| a.version == b.version) {
        version += 1;
        assert_eq!(change[0].version, version);
        assert!(change.iter().all(|entry| entry.at == change[0].at), "one change has one time");
        assert!(change.iter().all(|entry| entry.standing == change[0].standing));
        assert!(change.iter().all(|entry| entry.buckets == change[0].buckets));
    }
    assert_eq!(story.account.version(), version);
}

fn every_entry_has_an_id_of_its_own(new: &[Entry]) {
    let ids: std::collections::BTreeSet<_> = new.iter().map(|entry| &entry.id).collect();
    assert_eq!(ids.len(), new.len());
}

fn a_lot_never_holds_more_than_it_was_granted(story: &Story) {
    for lot in story.account.lots() {
        let there = lot.remaining().plus(lot.held()).plus(lot.clawed_back());
        assert!(there <= lot.granted(), "{lot:?}");
        assert!(lot.source() != &LotSource::Awaited || there == Tokens::ZERO, "{lot:?}");
    }
}

fn lots_add_up_to_their_bucket(story: &Story) {
    for lot in story.account.lots() {
        let sum = |figure: fn(&Entry) -> i64| {
            story.entries.iter().filter(|entry| entry.lot.as_ref() == Some(lot.id())).map(figure).sum::<i64>()
        };
        assert_eq!(u64::try_from(sum(|entry| entry.amount)).unwrap(), lot.remaining().0);
        assert_eq!(u64::try_from(sum(|entry| entry.held)).unwrap(), lot.held().0);
    }
    let held = story.account.lots().iter().map(Lot::held).sum::<Tokens>();
    assert_eq!(story.account.held(Bucket::TopUp), held);
}

/// For each slice, the tokens held minus those committed, released or expired are the open ones. Forfeited tokens are
/// released or expire first.
fn every_slice_on_hold_is_open_committed_released_or_expired<'a>(story: &'a Story) {
    use EntryKind::{Hold, HoldCommitted, HoldExpired, HoldReleased};
    let mut left: BTreeMap<_, i64> = BTreeMap::new();
    for entry in story.entries.iter().filter(|entry| entry.held != 0) {
        assert!(matches!(entry.kind, Hold | HoldCommitted | HoldReleased | HoldExpired), "{entry:?}");
        assert_eq!(entry.held > 0, entry.kind == Hold, "{entry:?}");
        let slice = (entry.reference.as_deref().unwrap(), entry.bucket, entry.lot.as_ref());
        *left.entry(slice).or_default() += entry.held;
    }
    left.retain(|_, held| *held != 0);
    let slices = |hold: &'a tokenwell_ledger::Hold| {
        hold.slices().iter().map(|slice| {
            ((hold.id().as_str(), slice.bucket, slice.lot.as_ref()), slice.amount.0.cast_signed())
        })
    };
    let open = story.account.holds().iter().flat_map(slices).collect();
    assert_eq!(left, open);
}

fn the_bank_is_within_its_cap_after_every_renewal(new: &[Entry]) {
    for change in new.chunk_by(|a, b| a.version == b.version) {
        let renewed = change.iter().any(|entry| entry.kind == EntryKind::Renewal);
        let bank = change.iter().rev().find(|entry| entry.bucket == Bucket::Rollover);
        if let (true, Some(bank)) = (renewed, bank) {
            assert!(bank.balance_after <= bank.standing.cap, "{bank:?}");
        }
    }
}

/// Either min(granted, ⌊granted × refunded / paid⌋), or everything after a lost dispute.
fn claw_backs_follow_rule_16(story: &Story) {
    for lot in story.account.lots() {
        let LotSource::Purchase(paid) = lot.source() else { continue };
        let owed = lot.clawed_back().plus(lot.unrecovered()).0;
        let refunded = lot.granted().0 * lot.refunded().0 / paid.amount.0.max(1);
        assert!(owed == refunded.min(lot.granted().0) || owed == lot.granted().0, "{lot:?}");
        assert!(lot.unrecovered() == Tokens::ZERO || lot.remaining() == Tokens::ZERO, "{lot:?} still owes");
    }
}

fn amounts_of_the_balance_add_up(story: &Story) {
    let balance = story.balance();
    let there = balance.fast.available.plus(balance.rollover.available).plus(balance.top_up.available);
    assert_eq!(balance.total, there);
    assert_eq!(balance.spendable.plus(balance.top_up.locked), balance.total);
    assert_eq!(balance.next_spent_from.is_none(), balance.spendable == Tokens::ZERO);
    assert_eq!(balance.top_up.locked_reason.is_none(), balance.top_up.locked == Tokens::ZERO);
    let frozen = |lot: &&Lot| lot.state() == LotState::Frozen;
    let frozen = story.account.lots().iter().filter(frozen).map(Lot::remaining).sum::<Tokens>();
    let locked = if story.account.is_entitled() { frozen } else { balance.top_up.available };
    assert_eq!(balance.top_up.locked, locked);
}

/// The balance of this instant is the same when it is read as a past balance.
fn the_balance_is_the_same_when_read_as_a_past_balance(story: &Story) {
    let now = story.now.max(story.account.latest());
    let present = balance(&story.account, &story.catalogue, now);
    assert_eq!(story.balance_at(now).unwrap(), present);
}

/// Account and entries survive JSON, and the names in JSON are those that `name()` returns.
pub fn account_and_entries_survive_being_stored(story: &Story) {
    let stored = serde_json::to_string(&(&story.account, &story.entries)).unwrap();
    let (account, entries): (Account, Vec<Entry>) = serde_json::from_str(&stored).unwrap();
    assert_eq!(account, story.account);
    assert_eq!(entries, story.entries);
    let mut audit = Audit::of(&account);
    for entry in &entries {
        audit.take(entry).unwrap();
    }
    audit.finish().unwrap();
    for entry in entries {
        assert_eq!(serde_json::to_value(entry.kind).unwrap(), entry.kind.name());
        assert_eq!(serde_json::to_value(entry.bucket).unwrap(), entry.bucket.name());
    }
}
