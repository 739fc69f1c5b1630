//! Rule 20: what users bring from another system.

use crate::story::{ESSENTIAL, Story, at, month, months_after, snapshot, usd, year};
use tokenwell_ledger::{
    Bucket::*, Command, DisputeState, EntryKind, Import, ImportedLot, ImportedSubscription, Minor, Refusal,
    SubscriptionSnapshot, Tokens,
};

const SUBSCRIBED: &str = "2026-08-15T09:00:00Z";

fn lot(id: &str, granted: u64, left: u64, cents: Option<u64>) -> ImportedLot {
    ImportedLot {
        id: id.into(),
        granted: Tokens(granted),
        left: Tokens(left),
        paid_at: at("2026-09-01T00:00:00Z"),
        paid: cents.map(usd),
    }
}

fn import(fast: u64, rollover: u64, lots: Vec<ImportedLot>) -> Command {
    let subscription = ImportedSubscription {
        id: "sub_1".into(),
        plan: "essential".into(),
        as_of: at("2026-11-01T11:00:00Z"),
    };
    let reference = "digest".to_owned();
    Command::Import(Import {
        reference,
        fast: Tokens(fast),
        rollover: Tokens(rollover),
        lots,
        subscription: Some(subscription),
    })
}

/// An account that was imported on 1 November, with a subscription that has been running since 15 August.
fn imported() -> Story {
    let mut story = Story::free();
    story.apply(import(
        3_000,
        12_000,
        vec![lot("lot_1", 5_000, 4_000, Some(900)), lot("lot_2", 700, 700, None)],
    ));
    story
}

/// The subscription as Stripe has it.
fn at_stripe(story: &Story) -> Command {
    Command::SubscriptionState(SubscriptionSnapshot {
        started_at: at(SUBSCRIBED),
        anchor: at(SUBSCRIBED),
        seen_at: story.now,
        ..snapshot("sub_1", "essential", at(SUBSCRIBED))
    })
}

/// Its monthly invoices, so many.
fn invoices(count: i32) -> Vec<Command> {
    (0..count)
        .map(|n| Command::InvoicePaid(month("sub_1", "essential", months_after(at(SUBSCRIBED), n))))
        .collect()
}

#[test]
fn an_imported_account_has_its_three_buckets_in_entries_that_name_the_line() {
    let story = imported();
    story.buckets([12_000, 3_000, 4_700]);
    let imported: Vec<_> = story.entries.iter().filter(|entry| entry.kind == EntryKind::Imported).collect();
    assert!(imported.iter().all(|entry| entry.reference.as_deref() == Some("digest")));
    let parts: Vec<_> = imported.iter().map(|entry| (entry.bucket, entry.amount)).collect();
    assert_eq!(parts, [(Fast, 3_000), (Rollover, 12_000), (TopUp, 4_000), (TopUp, 700)]);
    assert_eq!((story.account.plan().as_str(), story.balance().spendable), ("essential", Tokens(19_700)));
    assert!(story.account.is_entitled(), "also before the subscription was read from Stripe");
}

#[test]
fn what_was_paid_before_the_import_brings_nothing_and_the_next_paid_period_brings_its_tokens_once() {
    let mut story = imported();
    for _ in 0..2 {
        story.apply(at_stripe(&story));
        for invoice in invoices(3) {
            story.apply(invoice);
        }
        story.buckets([12_000, 3_000, 4_700]);
    }
    assert_eq!(story.balance().fast.resets_at, Some(at("2026-11-15T09:00:00Z")), "the period is known now");

    story.go("2026-11-15T09:00:00Z");
    for _ in 0..2 {
        story.apply(at_stripe(&story));
        for invoice in invoices(4) {
            story.apply(invoice);
        }
        story.buckets([15_000, ESSENTIAL, 4_700]);
    }
    let renewals = story.entries.iter().filter(|entry| entry.kind == EntryKind::Renewal);
    assert_eq!(renewals.count(), 1);
    assert_eq!(story.balance().owed, Tokens::ZERO);
}

#[test]
fn a_period_that_is_paid_before_the_subscription_was_first_read_is_granted_once_too() {
    let mut story = imported();
    story.go("2026-11-16T00:00:00Z");
    let mut facts = invoices(4);
    facts.reverse();
    story.apply(at_stripe(&story));
    for invoice in facts {
        story.apply(invoice);
    }
    story.buckets([15_000, ESSENTIAL, 4_700]);
}

#[test]
fn the_months_of_a_paid_year_that_begin_after_the_import_are_granted_each_once() {
    let mut story = imported();
    let paid = Command::InvoicePaid(year("sub_1", "essential", at(SUBSCRIBED)));
    story.apply(at_stripe(&story));
    story.apply(paid.clone());
    story.buckets([12_000, 3_000, 4_700]);
    for (time, bank) in [("2026-11-15T09:00:00Z", 15_000), ("2026-12-15T09:00:00Z", 23_500)] {
        story.go(time);
        story.apply(paid.clone());
        story.apply(Command::CatchUp);
        story.buckets([bank, ESSENTIAL, 4_700]);
    }
}

#[test]
fn a_refund_and_a_dispute_reach_a_lot_with_a_payment_and_no_other() {
    let mut story = imported();
    // A tenth of the price is a tenth of what was granted, not of what was left.
    story.refund("lot_1", 90);
    story.buckets([12_000, 3_000, 4_200]);
    story.dispute("lot_1", DisputeState::Opened);
    assert_eq!(story.balance().top_up.locked, Tokens(3_500));
    story.dispute("lot_1", DisputeState::Lost);
    story.buckets([12_000, 3_000, 700]);
    assert_eq!(story.lot("lot_1").unrecovered(), Tokens(1_000), "the tokens that were spent elsewhere");
    story.refund("lot_2", 900);
    story.buckets([12_000, 3_000, 700]);
    assert_eq!(story.lot("lot_2").refunded(), Minor(900));
}

#[test]
fn what_exceeds_the_cap_of_the_plan_is_forfeited_by_an_entry() {
    let mut story = Story::free();
    story.apply(import(0, 30_000, Vec::new()));
    story.buckets([3 * ESSENTIAL, 0, 0]);
    assert_eq!(story.entries.last().unwrap().kind, EntryKind::Forfeit);
}

#[test]
fn an_import_that_does_not_fit_changes_nothing() {
    let mut story = Story::free();
    let mut unknown = import(1, 0, Vec::new());
    let Command::Import(Import { subscription: Some(subscription), .. }) = &mut unknown else {
        unreachable!()
    };
    subscription.plan = "gold".into();
    assert_eq!(story.try_apply(unknown), Err(Refusal::UnknownPlan("gold".into())));
    story.buy("lot_1", 5_000, 900);
    let twice = import(1, 0, vec![lot("lot_1", 5, 5, None)]);
    assert_eq!(story.try_apply(twice), Err(Refusal::IdInUse("lot_1".to_owned())));
    let too_much = import(Tokens::MAX.0, 0, vec![lot("lot_2", 5, 5, None)]);
    assert_eq!(story.try_apply(too_much), Err(Refusal::BalanceTooLarge));
    story.buckets([0, 150, 5_000]);
}
