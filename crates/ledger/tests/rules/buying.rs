//! Rules 13 to 17a: buying packs, refunds, disputes and adjustments.

use crate::story::{Story, grant};
use jiff::SignedDuration;
use tokenwell_ledger::{
    Bucket::TopUp, Command, DisputeState, EntryKind, LotState, Minor, Refusal, Remedy, Tokens, can_buy,
};

#[test]
fn only_an_entitled_account_can_buy() {
    let mut story = Story::free();
    let refused = |remedy| Err(Refusal::SubscriptionRequired { remedy });
    assert_eq!(can_buy(&story.account), refused(Remedy::Upgrade));
    story.subscribe("sub_1", "essential");
    assert_eq!(can_buy(&story.account), Ok(()));
    story.buy("pack", 5_000, 900);
    story.end("sub_1", "essential");
    assert_eq!(can_buy(&story.account), refused(Remedy::Resubscribe));
}

#[test]
fn an_account_with_an_open_dispute_cannot_buy() {
    let mut story = Story::with_all_buckets();
    story.dispute("pack", DisputeState::Opened);
    assert_eq!(can_buy(&story.account), Err(Refusal::DisputeOpen));
    assert!(!story.balance().can_buy);
    story.dispute("pack", DisputeState::Won);
    assert_eq!(can_buy(&story.account), Ok(()));
}

#[test]
fn a_paid_purchase_is_granted_exactly_once() {
    let mut story = Story::with_all_buckets();
    let version = story.account.version();
    for _ in 0..3 {
        story.buy("pack", 5_000, 900);
    }
    assert_eq!(story.account.version(), version);
    story.spend(14_500);
    assert_eq!(story.lot("pack").state(), LotState::Closed);
    story.buy("pack", 5_000, 900);
    story.buckets([0, 0, 0]);
}

#[test]
fn a_purchase_paid_before_a_lapse_is_granted_and_locked() {
    let mut story = Story::with_all_buckets();
    let paid_at = story.now;
    story.wait(SignedDuration::from_hours(24));
    story.end("sub_1", "essential");
    story.apply(grant("late", 15_000, 2_400, paid_at));
    story.buckets([0, 150, 20_000]);
    assert_eq!(story.balance().top_up.locked, Tokens(20_000));
}

#[test]
fn a_full_refund_of_a_half_spent_pack_claws_back_the_other_half() {
    let mut story = Story::with_all_buckets();
    story.spend(9_500 + 2_500);
    story.refund("pack", 900);
    story.buckets([0, 0, 0]);
    let lot = story.lot("pack");
    assert_eq!((lot.clawed_back(), lot.unrecovered()), (Tokens(2_500), Tokens(2_500)));
}

#[test]
fn refund_totals_are_cumulative_and_claw_back_their_share_rounded_down() {
    let mut story = Story::with_all_buckets();
    story.refund("pack", 100);
    assert_eq!(story.lot("pack").remaining(), Tokens(5_000 - 555));
    story.refund("pack", 200);
    story.refund("pack", 200);
    assert_eq!(story.lot("pack").remaining(), Tokens(5_000 - 1_111));
    story.refund("pack", 900);
    assert_eq!(story.lot("pack").remaining(), Tokens(0));
    assert_eq!(story.lot("pack").unrecovered(), Tokens(0));
}

#[test]
fn an_older_refund_total_never_replaces_a_newer_one() {
    let mut story = Story::with_all_buckets();
    story.refund("pack", 450);
    let seen_at = story.now - SignedDuration::from_secs(1);
    story.apply(Command::RefundTotal { lot: "pack".into(), refunded: Minor(90), seen_at });
    assert_eq!(story.lot("pack").remaining(), Tokens(2_500));
}

#[test]
fn a_refund_that_fails_at_stripe_returns_what_it_clawed_back() {
    let mut story = Story::with_all_buckets();
    story.spend(9_500 + 1_000);
    story.refund("pack", 900);
    story.buckets([0, 0, 0]);
    story.wait(SignedDuration::from_secs(1));
    story.refund("pack", 0);
    story.buckets([0, 0, 4_000]);
    assert_eq!(story.entries.last().unwrap().kind, EntryKind::ClawBackReversed);
    assert_eq!(story.lot("pack").unrecovered(), Tokens(0));
}

#[test]
fn a_claw_back_takes_from_its_own_lot_only() {
    let mut story = Story::with_all_buckets();
    story.wait(SignedDuration::from_secs(1));
    story.buy("other", 15_000, 2_400);
    story.spend(9_500 + 5_000);
    story.refund("pack", 900);
    assert_eq!(story.lot("other").remaining(), Tokens(15_000));
    assert_eq!(story.lot("pack").unrecovered(), Tokens(5_000));
}

#[test]
fn an_open_dispute_freezes_the_lot_a_won_one_thaws_it_and_a_lost_one_claws_it_back() {
    let mut story = Story::with_all_buckets();
    story.dispute("pack", DisputeState::Opened);
    assert_eq!(story.lot("pack").state(), LotState::Frozen);
    assert_eq!(story.balance().top_up.locked, Tokens(5_000));
    let mut lost = story.clone();
    story.dispute("pack", DisputeState::Won);
    assert_eq!(story.lot("pack").state(), LotState::Usable);
    assert_eq!(story.balance().top_up.locked, Tokens(0));

    lost.dispute("pack", DisputeState::Lost);
    lost.buckets([1_000, 8_500, 0]);
    assert_eq!(lost.lot("pack").dispute(), Some(DisputeState::Lost));
    assert!(lost.balance().can_buy);
    // A state that was read earlier does not open the dispute again.
    let seen_at = lost.now - SignedDuration::from_secs(1);
    let (pack, dispute) = ("pack".into(), "dp_1".into());
    lost.apply(Command::Dispute { lot: pack, dispute, state: DisputeState::Opened, seen_at });
    assert!(lost.balance().can_buy);
}

#[test]
fn the_newest_state_of_a_dispute_counts_in_both_directions() {
    let mut story = Story::with_all_buckets();
    for (state, usable, lot) in [
        (DisputeState::Lost, 0, LotState::Closed),
        (DisputeState::Won, 5_000, LotState::Usable),
        (DisputeState::Opened, 5_000, LotState::Frozen),
        (DisputeState::Lost, 0, LotState::Closed),
        // An appeal.
        (DisputeState::Opened, 5_000, LotState::Frozen),
        (DisputeState::Lost, 0, LotState::Closed),
        (DisputeState::Won, 5_000, LotState::Usable),
    ] {
        story.wait(SignedDuration::from_secs(1));
        story.dispute("pack", state);
        story.buckets([1_000, 8_500, usable]);
        assert_eq!(story.lot("pack").state(), lot, "{state:?}");
    }
}

#[test]
fn an_inquiry_takes_no_tokens_freezes_nothing_and_blocks_no_purchase() {
    let mut story = Story::with_all_buckets();
    story.dispute("pack", DisputeState::Inquiry);
    assert_eq!(story.lot("pack").state(), LotState::Usable);
    assert!(story.balance().can_buy);
    // It can become a dispute, and a dispute can be withdrawn to one.
    story.dispute("pack", DisputeState::Opened);
    assert!(!story.balance().can_buy);
    story.dispute("pack", DisputeState::Inquiry);
    assert!(story.balance().can_buy);
}

#[test]
fn a_refund_and_a_lost_dispute_take_back_no_more_than_was_granted() {
    let mut story = Story::with_all_buckets();
    story.refund("pack", 450);
    story.dispute("pack", DisputeState::Opened);
    story.dispute("pack", DisputeState::Lost);
    assert_eq!(story.lot("pack").clawed_back(), Tokens(5_000));
    story.refund("pack", 900);
    assert_eq!(story.lot("pack").clawed_back(), Tokens(5_000));
}

#[test]
fn a_purchase_that_cost_nothing_is_granted() {
    let mut story = Story::subscribed("essential");
    story.buy("free of charge", 5_000, 0);
    story.refund("free of charge", 0);
    assert_eq!(story.lot("free of charge").remaining(), Tokens(5_000));
}

#[test]
fn a_gift_gets_a_lot_of_its_own_and_a_correction_takes_from_the_newest_gift_first() {
    let mut story = Story::with_all_buckets();
    story.adjust(100).unwrap();
    story.wait(SignedDuration::from_secs(1));
    story.adjust(200).unwrap();
    story.buckets([1_000, 8_500, 5_300]);
    let first = story.entries.len();
    story.adjust(-250).unwrap();
    assert_eq!(
        story.entries_from(first),
        [(EntryKind::Adjustment, TopUp, -200), (EntryKind::Adjustment, TopUp, -50)]
    );
    assert_eq!(story.entries.last().unwrap().reason.as_deref(), Some("a word"));
    assert_eq!(
        story.adjust(-5_051).unwrap_err(),
        Refusal::CorrectionBelowZero { asked: Tokens(5_051), available: Tokens(5_050) }
    );
    story.adjust(-5_050).unwrap();
    story.buckets([1_000, 8_500, 0]);
}

#[test]
fn amounts_stay_within_what_json_keeps_exact() {
    let mut story = Story::subscribed("essential");
    assert_eq!(story.adjust(0).unwrap_err(), Refusal::InvalidAmount { asked: Tokens(0) });
    let beyond = Tokens(1 << 53);
    assert_eq!(story.adjust(1 << 53).unwrap_err(), Refusal::InvalidAmount { asked: beyond });
    assert_eq!(story.try_spend(1 << 53).unwrap_err(), Refusal::InvalidAmount { asked: beyond });
    assert_eq!(story.adjust((1 << 53) - 1).unwrap_err(), Refusal::BalanceTooLarge);
    story.adjust((1 << 53) - 1 - 8_500).unwrap();
    assert_eq!(story.balance().total, Tokens::MAX);
}
