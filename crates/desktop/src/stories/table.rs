//! Every state of the app in every situation of the buckets. `table.txt` lists what the tray, the balance chip and the
//! prompts show. `UPDATE=1` writes the file; review its changes.

use super::run::*;
use crate::{
    command::PanelEntry,
    event::{AccountSnapshot, Effect, Event},
    failure::Failure,
    testing::{assert_committed, at, balance, fast_first, texts},
    view::{Connection, Prompt, PurchaseStep, Session, View},
};
use std::fmt::Write as _;
use tokenwell_wire::{
    Account, Balance, LockedReason, PurchaseStatus, Remedy, ServerEvent, SpendRefused, Tokens,
};

/// Three of these are just below 2^53, up to which the panel's JavaScript counts exactly.
const HUGE: u64 = 3_000_000_000_000_000;

/// A name, and the account of the service.
type Situation = (&'static str, fn() -> AccountSnapshot);

/// A name, and how to reach the state from an account.
type State = (&'static str, fn(AccountSnapshot) -> Run);

/// The situations of the buckets.
const SITUATIONS: [Situation; 8] = [
    ("premium", fresh),
    ("swapped", || fresh_with(fast_first(balance(10, [1_200, 22_920, 10_000, 0])))),
    ("free", || daily(0)),
    ("lapsed", || daily(5_000)),
    ("frozen", || {
        let mut disputed = balance(10, [1_200, 22_920, 0, 5_000]);
        disputed.top_up.locked_reason = Some(LockedReason::Dispute);
        fresh_with(disputed)
    }),
    ("low", || fresh_with(balance(10, [0, 1_200, 0, 0]))),
    ("empty", || fresh_with(balance(10, [0, 0, 0, 0]))),
    ("huge", || {
        let mut huge = balance(10, [HUGE, HUGE, HUGE, 0]);
        (huge.rollover.cap, huge.fast.allowance) = (Tokens(HUGE), Tokens(HUGE));
        fresh_with(huge)
    }),
];

/// An account on the free plan (rule 8), with this many locked top-up tokens (rule 9).
fn daily(locked: u64) -> AccountSnapshot {
    let mut balance = balance(10, [0, 150, 0, locked]);
    balance.fast.allowance = Tokens(150);
    balance.fast.resets_at = Some(at("2026-11-23T00:00:00Z"));
    balance.rollover.cap = Tokens(0);
    balance.can_buy = false;
    AccountSnapshot { account: account("noor", false), ..fresh_with(balance) }
}

/// The event of a spend that exceeds the spendable tokens (rule 3).
fn refused(balance: &Balance, account: &Account) -> ServerEvent {
    let remedy = match (account.subscription.entitled, balance.top_up.locked) {
        (true, _) => Remedy::AddTokens,
        (false, Tokens(0)) => Remedy::Upgrade,
        (false, _) => Remedy::Resubscribe,
    };
    let (spendable, locked) = (balance.spendable, balance.top_up.locked);
    let needed = Tokens(spendable.0 + 1);
    ServerEvent::SpendRefused(SpendRefused { needed, spendable, locked, remedy })
}

/// Responds to a purchase as the service would (rule 13).
fn respond_to_purchase(run: &mut Run, balance: &Balance, account: &Account) {
    if !account.subscription.entitled {
        run.fail(refusal(403, "subscription_required"));
    } else if balance.can_buy {
        run.respond(PurchaseStatus::Open);
    } else {
        run.fail(refusal(403, "dispute_open"));
    }
}

/// States of the app that do not change the balance.
const WITH_BALANCE: [State; 6] = [
    ("online", Run::online_with),
    ("started again after 12 minutes", |fresh| Run::online_with(fresh).restart(12 * 60)),
    ("offline for 12 minutes", |fresh| {
        let mut run = Run::online_with(fresh);
        run.on(Event::Refreshed(Err(Failure::Offline)));
        run.later(12 * 60);
        run
    }),
    ("Add Tokens from the tray", |fresh| {
        let mut run = Run::online_with(fresh);
        run.open(PanelEntry::AddTokens);
        run
    }),
    ("Buy Now", |fresh| {
        let AccountSnapshot { balance, account, .. } = fresh.clone();
        let mut run = Run::online_with(fresh);
        run.buy();
        respond_to_purchase(&mut run, &balance, &account);
        run
    }),
    ("a spend was refused", |fresh| {
        let push = refused(&fresh.balance, &fresh.account);
        let mut run = Run::online_with(fresh);
        run.push(push);
        run
    }),
];

/// States of the app without a balance, whatever the situation.
const WITHOUT_BALANCE: [State; 5] = [
    ("first start", |_| Run::first()),
    ("at the issuer's page", |_| Run::signing_in()),
    ("signed in, no response yet", |_| Run::without_balance()),
    ("the session ended", |fresh| {
        let mut run = Run::online_with(fresh);
        run.on(Event::Refreshed(Err(Failure::SessionEnded)));
        run
    }),
    ("the account was deleted", |fresh| {
        let mut run = Run::online_with(fresh);
        run.push(ServerEvent::AccountDeleted);
        run
    }),
];

/// The number on the balance chip, and the marks on the tray icon.
fn chip(run: &Run) -> String {
    let chip = run.view().balance.map(|view| texts().tokens(view.balance.spendable));
    let icon = run.tray().icon;
    let marks = [
        ("stale", icon.stale),
        ("low", icon.low),
        ("locked", icon.levels.is_some_and(|levels| levels.has_locked())),
    ];
    let marks: Vec<_> = marks.into_iter().filter_map(|(mark, shown)| shown.then_some(mark)).collect();
    format!("{:<21}  {:<17}", chip.unwrap_or_else(|| "none".into()), marks.join(", "))
}

/// The texts of prompts, problems and notifications.
fn messages(run: &Run) -> Vec<String> {
    let View { session, connection, purchase, prompt, .. } = run.view();
    let session = match session {
        Session::SignedOut { problem, .. } => problem.map(|problem| format!("sign-in: {}", problem.text)),
        Session::Starting | Session::SigningIn { .. } | Session::SignedIn { .. } | Session::Key => None,
    };
    let connection = match connection {
        Connection::Offline { problem, .. } => Some(format!("connection: {}", problem.text)),
        Connection::Connecting | Connection::Online => None,
    };
    let prompt = prompt.map(|prompt| match prompt {
        Prompt::AddTokens => "prompt: for this account".to_owned(),
        Prompt::Settings => "page: settings".to_owned(),
        Prompt::Refused { remedy, .. } => format!("prompt: {remedy:?}"),
    });
    let purchase = purchase.map(|purchase| match purchase.step {
        PurchaseStep::Waiting { .. } => {
            format!("purchase: waits for payment of {} tokens", purchase.tokens.0)
        }
        PurchaseStep::Refused { problem } => format!("purchase: {}", problem.text),
        other => format!("purchase: {other:?}"),
    });
    let notified = run.effects.iter().filter_map(|effect| match effect {
        Effect::Notify(notification) => {
            Some(format!("notification: {}: {}", notification.title, notification.body))
        }
        _ => None,
    });
    [session, connection, prompt, purchase].into_iter().flatten().chain(notified).collect()
}

fn row(table: &mut String, situation: &str, run: &Run) {
    writeln!(table, "{situation:<9}{}  {}", chip(run), run.tray().tooltip.whole.replace('\n', " / "))
        .unwrap();
    for line in messages(run) {
        writeln!(table, "         {line}").unwrap();
    }
}

fn table() -> String {
    let mut table = String::from(
        "situation, number on the chip, marks on the tray icon, tooltip; below them the messages\n",
    );
    for (state, reach) in WITH_BALANCE {
        writeln!(table, "\n== {state}").unwrap();
        for (situation, fresh) in SITUATIONS {
            row(&mut table, situation, &reach(fresh()));
        }
    }
    for (state, reach) in WITHOUT_BALANCE {
        writeln!(table, "\n== {state}").unwrap();
        row(&mut table, "any", &reach(fresh()));
    }
    writeln!(table, "\n== menu of the tray, online").unwrap();
    for (situation, fresh) in SITUATIONS {
        writeln!(table, "{situation:<9}{}", Run::online_with(fresh()).menu().join(" | ")).unwrap();
    }
    table
}

#[test]
fn every_state_of_the_app_in_every_situation_matches_the_table() {
    assert_committed("src/stories/table.txt", &table());
}

#[test]
fn no_state_of_the_app_changes_the_balance_or_shows_an_unknown_one() {
    for (situation, fresh) in SITUATIONS {
        for (state, reach) in WITH_BALANCE {
            let (run, balance) = (reach(fresh()), fresh().balance);
            assert_eq!(run.spendable(), Some(balance.spendable.0), "{state}, {situation}");
            assert_eq!(run.tray().title, texts().tokens(balance.spendable), "{state}, {situation}");
        }
        for (state, reach) in WITHOUT_BALANCE {
            let run = reach(fresh());
            assert_eq!(run.spendable(), None, "{state}, {situation}");
            assert_eq!(run.tray().title, "", "{state}, {situation}");
            let menu = run.menu().concat();
            assert!(!menu.contains(|letter: char| letter.is_ascii_digit()), "{state}, {situation}: {menu}");
        }
    }
}
