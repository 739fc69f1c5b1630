use super::*;
use crate::{
    forecast::outlook,
    stories::run::account,
    testing::{at, balance},
};
use proptest::prelude::*;
use tokenwell_wire::{Account, AllowancePeriod, Balance, SubscriptionStatus};

const RESET: &str = "2026-12-05T08:14:00Z";
const END: &str = "2027-02-05T08:14:00Z";
/// Well before both.
const EARLY: &str = "2026-11-22T12:00:00Z";
/// Two days before the reset.
const DUE: &str = "2026-12-03T08:14:00Z";

fn monthly(plan: u64, next: Option<&str>, ends_at: Option<&str>) -> Outlook {
    let (next, ends_at) = (next.map(at), ends_at.map(at));
    let supply = Supply::Monthly { next, allowance: 25_000, cap: 75_000, ends_at };
    Outlook { plan, top_up: 10_000, locked: 500, supply }
}

fn at_reset(tokens: u64) -> Forfeit {
    Forfeit { at: at(RESET), tokens: Tokens(tokens), cause: Cause::BankFull }
}

fn at_end(when: &str, tokens: u64) -> Forfeit {
    let cause = Cause::PlanEnds { locked: Tokens(10_500) };
    Forfeit { at: at(when), tokens: Tokens(tokens), cause }
}

#[test]
fn the_next_forfeit_is_what_the_bank_has_no_room_for_or_what_is_left_at_the_end_of_the_plan() {
    for (what, outlook, now, forfeit) in [
        ("the bank has room", monthly(75_000, Some(RESET), None), EARLY, None),
        ("it lacks room for one", monthly(75_001, Some(RESET), None), EARLY, Some(at_reset(1))),
        ("it is full", monthly(100_000, Some(RESET), None), EARLY, Some(at_reset(25_000))),
        ("nothing is left", monthly(0, Some(RESET), None), EARLY, None),
        ("no renewal is due", monthly(100_000, None, None), EARLY, None),
        ("the reset is over", monthly(100_000, Some(RESET), None), RESET, None),
        (
            "the plan ends instead of the reset",
            monthly(9, Some(RESET), Some(RESET)),
            EARLY,
            Some(at_end(RESET, 9)),
        ),
        ("the plan ends, no renewal is due", monthly(9, None, Some(END)), EARLY, Some(at_end(END, 9))),
        ("the plan ends with nothing", monthly(0, None, Some(END)), EARLY, None),
        ("a reset with room comes before the end", monthly(9, Some(RESET), Some(END)), EARLY, None),
        ("a reset without room does", monthly(80_000, Some(RESET), Some(END)), EARLY, Some(at_reset(5_000))),
        (
            "the reset is over, the end is not",
            monthly(9, Some(RESET), Some(END)),
            RESET,
            Some(at_end(END, 9)),
        ),
        ("both are over", monthly(9, Some(RESET), Some(END)), END, None),
    ] {
        assert_eq!(next_forfeit(outlook, at(now)), forfeit, "{what}");
    }
}

#[test]
fn the_free_plan_reminds_of_nothing() {
    let supply = Supply::Daily { next: at(RESET), allowance: 150 };
    let daily = Outlook { plan: 150, top_up: 0, locked: 0, supply };
    assert_eq!(reminder(daily, None, at(DUE)), Reminder::None);
}

#[test]
fn the_reminder_comes_two_days_before_or_at_once_and_one_time() {
    let full = monthly(100_000, Some(RESET), None);
    assert_eq!(reminder(full, None, at(EARLY)), Reminder::At(at(DUE)));
    assert_eq!(reminder(full, None, at("2026-12-03T08:13:59Z")), Reminder::At(at(DUE)), "a second before");
    assert_eq!(reminder(full, None, at(DUE)), Reminder::Now(at_reset(25_000)));
    assert_eq!(
        reminder(full, None, at("2026-12-05T08:13:59Z")),
        Reminder::Now(at_reset(25_000)),
        "just before it"
    );
    assert_eq!(reminder(full, None, at(RESET)), Reminder::None, "it has happened");
    assert_eq!(reminder(full, Some(at(RESET)), at(DUE)), Reminder::None, "the user was reminded");
    assert_eq!(
        reminder(full, Some(at("2026-11-05T08:14:00Z")), at(DUE)),
        Reminder::Now(at_reset(25_000)),
        "the user was reminded of an earlier one"
    );
}

#[test]
fn an_account_and_its_balance_give_the_forfeit() {
    let (mut ada, mut full) = (account("ada", true), balance(1, [75_000, 22_920, 10_000, 0]));
    full.fast.held = Tokens(2_080);
    let of =
        |account: &Account, balance: &Balance| reminder(outlook(account, balance).unwrap(), None, at(DUE));
    assert_eq!(of(&ada, &full), Reminder::Now(at_reset(22_920)), "tokens on hold may be spent");

    ada.subscription.status = Some(SubscriptionStatus::PastDue);
    assert_eq!(of(&ada, &full), Reminder::None, "there is no reset while the payment is retried (rule 12)");

    ada.subscription.status = Some(SubscriptionStatus::Active);
    ada.subscription.cancel_at_period_end = true;
    ada.subscription.paid_until = Some(at(RESET));
    let end =
        Forfeit { at: at(RESET), tokens: Tokens(97_920), cause: Cause::PlanEnds { locked: Tokens(10_000) } };
    assert_eq!(of(&ada, &full), Reminder::Now(end));

    ada.plan.allowance_period = AllowancePeriod::Day;
    assert_eq!(of(&ada, &full), Reminder::None);
}

proptest! {
    /// Whatever the account, a reminder is of something that is ahead and not empty, and two days before it at most.
    #[test]
    fn a_reminder_is_never_late_never_empty_and_never_repeated(
        plan in 0_u64..200_000,
        cap in 0_u64..100_000,
        next in proptest::option::of(0_i64..2_000_000),
        ends_at in proptest::option::of(0_i64..2_000_000),
        reminded in proptest::option::of(0_i64..2_000_000),
        now in 0_i64..2_000_000,
    ) {
        let moment = |second| Timestamp::from_second(second).unwrap();
        let (next, ends_at, reminded) = (next.map(moment), ends_at.map(moment), reminded.map(moment));
        let now = moment(now);
        let supply = Supply::Monthly { next, allowance: 25_000, cap, ends_at };
        let outlook = Outlook { plan, top_up: 1, locked: 1, supply };
        match reminder(outlook, reminded, now) {
            Reminder::None => {}
            Reminder::At(then) => {
                prop_assert!(then > now);
                let Reminder::Now(forfeit) = reminder(outlook, reminded, then) else {
                    return Err(TestCaseError::fail("nothing happens at the time that was announced"));
                };
                prop_assert_eq!(forfeit.at.duration_since(then), BEFORE);
            }
            Reminder::Now(forfeit) => {
                prop_assert!(forfeit.tokens > Tokens(0) && forfeit.tokens <= Tokens(plan));
                prop_assert!(forfeit.at > now && forfeit.at.duration_since(now) <= BEFORE);
                prop_assert!(Some(forfeit.at) == next || Some(forfeit.at) == ends_at);
                prop_assert_eq!(reminder(outlook, Some(forfeit.at), now), Reminder::None);
            }
        }
    }
}
