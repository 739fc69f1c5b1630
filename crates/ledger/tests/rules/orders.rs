//! Facts from Stripe in any order, and any number of times, end in the same state. All orders of seven facts are tried.

use crate::every_order::every_order;
use crate::story::{Story, at, ended, grant, month, snapshot};
use jiff::Timestamp;
use tokenwell_ledger::{
    Balance, Command, DisputeState, Lot, Minor, SubscriptionSnapshot, SubscriptionStatus, SubscriptionView,
};

/// The part of the account that must not depend on the order.
fn state(story: &Story) -> (Balance, Vec<Lot>, Option<SubscriptionView>) {
    let balance = Balance { version: 0, ..story.balance() };
    (balance, story.account.lots().to_vec(), story.account.subscription())
}

/// Applies the facts in every order, each order twice in a row, and compares the final states.
fn all_orders_end_in_the_same_state(story: &Story, facts: &mut [Command], settled: Timestamp) {
    assert!(facts.len() <= 7);
    let mut expected = None;
    every_order(facts, facts.len(), &mut |facts| {
        let mut story = story.clone();
        for fact in facts.iter().chain(facts) {
            story.apply(fact.clone());
        }
        story.now = settled;
        story.apply(Command::CatchUp);
        let found = state(&story);
        assert_eq!(found, *expected.get_or_insert_with(|| found.clone()), "after {facts:#?}");
    });
}

fn refund(cents: u64, seen_at: &str) -> Command {
    Command::RefundTotal { lot: "pack".into(), refunded: Minor(cents), seen_at: at(seen_at) }
}

fn dispute(id: &str, state: DisputeState, seen_at: &str) -> Command {
    Command::Dispute { lot: "pack".into(), dispute: id.into(), state, seen_at: at(seen_at) }
}

#[test]
fn one_purchase_with_partial_refunds_a_dispute_and_a_win() {
    let mut story = Story::subscribed("essential");
    story.go("2026-11-20T00:00:00Z");
    let mut facts = [
        grant("pack", 5_000, 900, at("2026-11-10T00:00:00Z")),
        grant("pack", 5_000, 900, at("2026-11-10T00:00:00Z")),
        refund(100, "2026-11-11T00:00:00Z"),
        refund(450, "2026-11-12T00:00:00Z"),
        dispute("dp_1", DisputeState::Opened, "2026-11-11T00:00:00Z"),
        dispute("dp_1", DisputeState::Won, "2026-11-12T00:00:00Z"),
        refund(450, "2026-11-12T00:00:00Z"),
    ];
    all_orders_end_in_the_same_state(&story, &mut facts, at("2026-11-21T00:00:00Z"));
}

#[test]
fn one_purchase_with_a_failed_refund_and_two_disputes_of_which_one_is_lost() {
    let mut story = Story::subscribed("essential");
    story.go("2026-11-20T00:00:00Z");
    let mut facts = [
        grant("pack", 5_000, 900, at("2026-11-10T00:00:00Z")),
        refund(900, "2026-11-11T00:00:00Z"),
        refund(0, "2026-11-12T00:00:00Z"),
        dispute("dp_1", DisputeState::Opened, "2026-11-11T00:00:00Z"),
        dispute("dp_1", DisputeState::Won, "2026-11-12T00:00:00Z"),
        dispute("dp_2", DisputeState::Opened, "2026-11-13T00:00:00Z"),
        dispute("dp_2", DisputeState::Lost, "2026-11-14T00:00:00Z"),
    ];
    all_orders_end_in_the_same_state(&story, &mut facts, at("2026-11-21T00:00:00Z"));
}

#[test]
fn one_purchase_with_an_inquiry_that_becomes_a_dispute_which_is_lost_and_won_by_an_appeal() {
    let mut story = Story::subscribed("essential");
    story.go("2026-11-20T00:00:00Z");
    let mut facts = [
        grant("pack", 5_000, 900, at("2026-11-10T00:00:00Z")),
        dispute("dp_1", DisputeState::Inquiry, "2026-11-11T00:00:00Z"),
        dispute("dp_1", DisputeState::Opened, "2026-11-12T00:00:00Z"),
        dispute("dp_1", DisputeState::Lost, "2026-11-13T00:00:00Z"),
        dispute("dp_1", DisputeState::Opened, "2026-11-14T00:00:00Z"),
        dispute("dp_1", DisputeState::Won, "2026-11-15T00:00:00Z"),
    ];
    all_orders_end_in_the_same_state(&story, &mut facts, at("2026-11-21T00:00:00Z"));
}

#[test]
fn one_subscription_with_renewal_lapse_and_resubscribe() {
    let story = Story { now: at("2027-02-15T00:00:00Z"), ..Story::free() };
    let (first, second) = (at("2026-11-01T12:00:00Z"), at("2027-01-10T00:00:00Z"));
    let mut facts = [
        Command::SubscriptionState(snapshot("sub_1", "premium", first)),
        Command::InvoicePaid(month("sub_1", "premium", first)),
        Command::InvoicePaid(month("sub_1", "premium", at("2026-12-01T12:00:00Z"))),
        Command::SubscriptionState(ended("sub_1", "premium", at("2027-01-01T12:00:00Z"))),
        Command::SubscriptionState(snapshot("sub_2", "essential", second)),
        Command::InvoicePaid(month("sub_2", "essential", second)),
        Command::InvoicePaid(month("sub_2", "essential", at("2027-02-10T00:00:00Z"))),
    ];
    all_orders_end_in_the_same_state(&story, &mut facts, at("2027-02-16T00:00:00Z"));
}

#[test]
fn one_subscription_that_lapses_for_good() {
    let story = Story { now: at("2027-02-15T00:00:00Z"), ..Story::free() };
    let start = at("2026-11-01T12:00:00Z");
    let cancelled = SubscriptionSnapshot {
        cancel_at_period_end: true,
        cancel_at: None,
        seen_at: at("2026-11-20T00:00:00Z"),
        ..snapshot("sub_1", "premium", start)
    };
    let mut facts = [
        Command::SubscriptionState(snapshot("sub_1", "premium", start)),
        Command::InvoicePaid(month("sub_1", "premium", start)),
        Command::SubscriptionState(cancelled),
        Command::InvoicePaid(month("sub_1", "premium", at("2026-12-01T12:00:00Z"))),
        Command::SubscriptionState(ended("sub_1", "premium", at("2027-01-01T12:00:00Z"))),
        grant("pack", 5_000, 900, at("2026-11-10T00:00:00Z")),
    ];
    all_orders_end_in_the_same_state(&story, &mut facts, at("2027-02-16T00:00:00Z"));
}

#[test]
fn one_subscription_with_upgrade_late_payment_and_downgrade() {
    let story = Story { now: at("2027-02-15T00:00:00Z"), ..Story::free() };
    let start = at("2026-11-01T12:00:00Z");
    let upgrade = at("2026-11-20T00:00:00Z");
    let seen = |plan, status, seen_at: &str| {
        Command::SubscriptionState(SubscriptionSnapshot {
            status,
            anchor: upgrade,
            seen_at: at(seen_at),
            ..snapshot("sub_1", plan, start)
        })
    };
    let mut facts = [
        Command::SubscriptionState(snapshot("sub_1", "essential", start)),
        Command::InvoicePaid(month("sub_1", "essential", start)),
        Command::InvoicePaid(month("sub_1", "premium", upgrade)),
        seen("premium", SubscriptionStatus::Active, "2026-11-20T00:00:00Z"),
        seen("essential", SubscriptionStatus::PastDue, "2026-12-20T00:00:00Z"),
        Command::InvoicePaid(month("sub_1", "essential", at("2026-12-20T00:00:00Z"))),
        seen("essential", SubscriptionStatus::Active, "2026-12-22T00:00:00Z"),
    ];
    all_orders_end_in_the_same_state(&story, &mut facts, at("2027-02-16T00:00:00Z"));
}
