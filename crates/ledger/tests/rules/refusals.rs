//! The precedence of refusals is the order of the enum's variants.

use crate::story::{Story, grant, invoice, line, month, snapshot};
use std::time::Duration;
use tokenwell_ledger::{Command, DisputeState, LineKind, Refusal, Remedy, Tokens, can_buy};

fn spend(amount: u64) -> Command {
    Command::Spend { id: "s".into(), amount: Tokens(amount), reason: "work".into() }
}

fn hold(id: &str, amount: u64, life_s: u64) -> Command {
    let life = Some(Duration::from_secs(life_s));
    Command::Hold { id: id.into(), amount: Tokens(amount), reason: "work".into(), life }
}

fn adjust(id: &str, amount: i64) -> Command {
    Command::Adjust { id: id.into(), amount, reason: "a word".into() }
}

/// Each command could be refused for several reasons. The table has the one that is returned.
#[test]
fn of_several_reasons_the_first_in_the_documented_order_is_returned() {
    let mut story = Story::free();
    story.hold("open", 10);
    story.apply(adjust("gift", 50));
    let mut deleted = story.clone();
    deleted.apply(Command::Delete);
    let now = story.now;
    let backwards = invoice("sub_1", now, [line(LineKind::Period, "gold", now, now)]);
    let table = [
        (&deleted, spend(0), "account_deleted"),
        (&deleted, hold("open", 0, 0), "account_deleted"),
        (&deleted, Command::ReleaseHold { id: "open".into() }, "account_deleted"),
        (&deleted, grant("late", 0, 900, now), "account_deleted"),
        (&story, spend(0), "invalid_amount"),
        (&story, hold("open", 0, 0), "invalid_amount"),
        (&story, adjust("gift", 0), "invalid_amount"),
        (&story, hold("open", 1_000, 0), "invalid_hold_life"),
        (&story, Command::InvoicePaid(backwards), "invalid_period"),
        (&story, Command::InvoicePaid(month("sub_1", "gold", now)), "unknown_plan"),
        (&story, Command::SubscriptionState(snapshot("sub_1", "gold", now)), "unknown_plan"),
        (&story, hold("open", 1_000, 60), "id_in_use"),
        (&story, adjust("gift", (1 << 53) - 1), "id_in_use"),
        (&story, Command::CommitHold { id: "gone".into(), amount: Tokens(1_000) }, "hold_ended"),
        (&story, Command::CommitHold { id: "open".into(), amount: Tokens(1_000) }, "commit_exceeds_hold"),
        (&story, spend(1_000), "insufficient_tokens"),
        (&story, hold("new", 1_000, 60), "insufficient_tokens"),
        (&story, adjust("down", -51), "correction_below_zero"),
        (&story, adjust("new", (1 << 53) - 1), "balance_too_large"),
    ];
    for (story, command, code) in table {
        let mut story = story.clone();
        let before = (story.account.clone(), story.entries.clone());
        let refusal = story.try_apply(command.clone()).unwrap_err();
        assert_eq!(refusal.code(), code, "{command:?}");
        assert_eq!((story.account, story.entries), before, "a refusal changes nothing");
    }
}

#[test]
fn a_missing_plan_takes_precedence_over_an_open_dispute() {
    let mut story = Story::with_all_buckets();
    story.dispute("pack", DisputeState::Opened);
    assert_eq!(can_buy(&story.account), Err(Refusal::DisputeOpen));
    story.end("sub_1", "essential");
    let remedy = Remedy::Resubscribe;
    assert_eq!(can_buy(&story.account), Err(Refusal::SubscriptionRequired { remedy }));
}

#[test]
fn the_order_of_the_variants_is_the_precedence() {
    let remedy = Remedy::Upgrade;
    let (asked, held, available) = (Tokens(2), Tokens(1), Tokens(1));
    let (needed, spendable, locked) = (Tokens(2), Tokens(1), Tokens(0));
    let order = [
        Refusal::AccountDeleted,
        Refusal::InvalidAmount { asked },
        Refusal::InvalidHoldLife { asked_s: 0 },
        Refusal::InvalidPeriod,
        Refusal::UnknownPlan("gold".into()),
        Refusal::IdInUse("h".into()),
        Refusal::HoldEnded("h".into()),
        Refusal::CommitExceedsHold { asked, held },
        Refusal::InsufficientTokens { needed, spendable, locked, remedy },
        Refusal::CorrectionBelowZero { asked, available },
        Refusal::BalanceTooLarge,
        Refusal::SubscriptionRequired { remedy },
        Refusal::DisputeOpen,
    ];
    assert!(order.is_sorted());
    for refusal in order {
        assert!(!refusal.to_string().is_empty() && !refusal.code().is_empty());
    }
}
