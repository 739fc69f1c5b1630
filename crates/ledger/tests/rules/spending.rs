//! Rules 1 to 3: the spend order, and all or nothing.

use crate::story::{ESSENTIAL, Story, grant};
use jiff::SignedDuration;
use tokenwell_ledger::{Bucket::*, Catalogue, DisputeState, Outcome, Refusal, Remedy, Tokens};

#[test]
fn rollover_is_spent_first_then_fast_then_top_up() {
    let mut story = Story::with_all_buckets();
    assert_eq!(story.balance().next_spent_from, Some(Rollover));
    assert_eq!(story.spend(600), [(Rollover, 600)]);
    assert_eq!(story.spend(600), [(Rollover, 400), (Fast, 200)]);
    assert_eq!(story.balance().next_spent_from, Some(Fast));
    assert_eq!(story.spend(ESSENTIAL), [(Fast, ESSENTIAL - 200), (TopUp, 200)]);
    assert_eq!(story.balance().next_spent_from, Some(TopUp));
    story.spend(4_800);
    assert_eq!(story.balance().next_spent_from, None);
}

#[test]
fn the_catalogue_can_put_fast_before_rollover() {
    let mut story = Story::with_all_buckets();
    let swapped = include_str!("../../src/catalogue.toml")
        .replace(r#"["rollover", "fast","#, r#"["fast", "rollover","#);
    story.catalogue = Catalogue::parse(&swapped).unwrap();
    assert_eq!(story.balance().next_spent_from, Some(Fast));
    assert_eq!(story.spend(ESSENTIAL + 1_500), [(Fast, ESSENTIAL), (Rollover, 1_000), (TopUp, 500)]);
}

#[test]
fn the_lot_with_the_oldest_payment_is_spent_first_whatever_the_order_of_arrival() {
    let mut story = Story::subscribed("essential");
    story.spend(ESSENTIAL);
    let early = story.now - SignedDuration::from_hours(2);
    let late = story.now - SignedDuration::from_hours(1);
    story.apply(grant("c", 100, 900, late));
    story.apply(grant("b", 100, 900, late));
    story.apply(grant("d", 100, 900, early));
    let lots = |outcome| match outcome {
        Outcome::Spent { slices } => {
            slices.iter().map(|slice| slice.lot.clone().unwrap().to_string()).collect()
        }
        _ => Vec::new(),
    };
    let spend =
        tokenwell_ledger::Command::Spend { id: "s".into(), amount: Tokens(250), reason: "work".into() };
    assert_eq!(lots(story.apply(spend)), ["d", "b", "c"]);
}

#[test]
fn a_spend_larger_than_spendable_changes_nothing() {
    let mut story = Story::with_all_buckets();
    let (before, entries) = (story.account.clone(), story.entries.len());
    let refusal = story.try_spend(14_501).unwrap_err();
    let (needed, spendable) = (Tokens(14_501), Tokens(14_500));
    let remedy = Remedy::AddTokens;
    assert_eq!(refusal, Refusal::InsufficientTokens { needed, spendable, locked: Tokens(0), remedy });
    assert_eq!((story.account.clone(), story.entries.len()), (before, entries));
    story.spend(14_500);
    story.buckets([0, 0, 0]);
}

#[test]
fn the_remedy_of_a_free_account_is_to_upgrade() {
    let refusal = Story::free().try_spend(151).unwrap_err();
    let (needed, spendable) = (Tokens(151), Tokens(150));
    let remedy = Remedy::Upgrade;
    assert_eq!(refusal, Refusal::InsufficientTokens { needed, spendable, locked: Tokens(0), remedy });
}

#[test]
fn the_remedy_of_an_account_with_locked_tokens_is_to_resubscribe() {
    let mut story = Story::with_all_buckets();
    story.wait(SignedDuration::from_hours(24));
    story.end("sub_1", "essential");
    let refusal = story.try_spend(151).unwrap_err();
    let (needed, spendable) = (Tokens(151), Tokens(150));
    let remedy = Remedy::Resubscribe;
    assert_eq!(refusal, Refusal::InsufficientTokens { needed, spendable, locked: Tokens(5_000), remedy });
}

#[test]
fn a_dispute_locks_the_tokens_of_its_own_purchase_only() {
    let mut story = Story::with_all_buckets();
    story.buy("other", 700, 900);
    story.dispute("pack", DisputeState::Opened);
    assert_eq!(story.balance().spendable, Tokens(1_000 + ESSENTIAL + 700));
    let refusal = story.try_spend(20_000).unwrap_err();
    assert!(matches!(refusal, Refusal::InsufficientTokens { locked: Tokens(5_000), .. }), "{refusal:?}");
    assert_eq!(story.spend(1_000 + ESSENTIAL + 700).last(), Some(&(TopUp, 700)));
}
