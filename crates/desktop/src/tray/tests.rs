use super::*;
use crate::{
    command::Command,
    key_account,
    testing::{at, balance, fast_first, texts},
};
use strum::EnumCount as _;
use tokenwell_wire::{
    AllowancePeriod, Balance, Interval, LockedReason, Minor, Pack, Plan, PlanPrice, Tax, Tokens,
};

/// The whole tray as one text: tooltip, title, then the menu. Lines that can be chosen are preceded by their id.
fn drawn(state: TrayState<'_>) -> String {
    drawn_with(state, &[])
}

fn drawn_with(state: TrayState<'_>, accounts: &[TrayAccount]) -> String {
    let tray = Tray::new(state, accounts, &texts(), at("2026-11-22T12:12:00Z"));
    let menu = tray.menu.iter().map(line);
    [tray.tooltip.whole, tray.title].into_iter().chain(menu).collect::<Vec<_>>().join("\n")
}

fn line(line: &Line) -> String {
    match line {
        Line::Text { text, .. } => text.clone(),
        Line::Choice { id, text, keys } => {
            let keys = keys.as_ref().map(|keys| format!(" ({keys})")).unwrap_or_default();
            format!("[{}] {text}{keys}", id.as_str())
        }
        Line::Mark { id, text, on } => format!("[{}] {}{text}", id.as_str(), if *on { "✓ " } else { "" }),
        Line::Menu { text, lines, .. } => {
            let lines: Vec<String> = lines.iter().map(|inner| format!("\n  {}", self::line(inner))).collect();
            text.clone() + &lines.concat()
        }
        Line::Separator => "---".to_owned(),
    }
}

fn account(id: &str, name: &str, current: bool, signed_out: bool) -> TrayAccount {
    let key = AccountKey { service: "https://tokens.example".into(), id: id.into() };
    TrayAccount { key, name: name.into(), current, signed_out }
}

fn shown(balance: &Balance, stale: bool) -> TrayBalance<'_> {
    TrayBalance { balance, pending: Tokens(0), received_at: at("2026-11-22T12:00:00Z"), stale }
}

#[test]
fn three_buckets_are_listed_in_spend_order_with_the_next_one_to_be_spent() {
    let balance = balance(1, [1_200, 22_920, 10_000, 0]);
    let state = TrayState::SignedIn {
        balance: Some(shown(&balance, false)),
        offline: false,
        paying: false,
        low: false,
        shop: None,
    };
    assert_eq!(
        drawn(state),
        "34,120 tokens\n\
         Rollover Bank 1,200\n\
         Fast 22,920\n\
         Top-up 10,000\n\
         Resets 5 Dec, 09:14 CET\n\
         34,120\n\
         Rollover Bank 1,200 of 75,000\n\
         Fast 22,920 of 25,000 · resets 5 Dec, 09:14 CET\n\
         Top-up 10,000\n\
         Next spent from Rollover Bank\n\
         Up to date\n\
         ---\n\
         [add-tokens] Add Tokens… (Ctrl+N)\n\
         [open] Open Tokenwell\n\
         [refresh] Refresh (Ctrl+R)\n\
         [settings] Settings… (Ctrl+,)\n\
         ---\n\
         [quit] Quit"
    );
}

#[test]
fn the_buckets_are_listed_in_the_spend_order_of_the_catalogue() {
    let balance = fast_first(balance(1, [1_200, 22_920, 10_000, 0]));
    let state = TrayState::SignedIn {
        balance: Some(shown(&balance, false)),
        offline: false,
        paying: false,
        low: false,
        shop: None,
    };
    let drawn = drawn(state);
    let menu: Vec<_> = drawn.lines().skip(6).take(4).collect();
    assert_eq!(
        menu,
        [
            "Fast 22,920 of 25,000 · resets 5 Dec, 09:14 CET",
            "Rollover Bank 1,200 of 75,000",
            "Top-up 10,000",
            "Next spent from Fast",
        ]
    );
}

#[test]
fn a_stale_balance_has_its_age_and_locked_tokens_are_marked() {
    let mut lapsed = balance(1, [0, 150, 0, 5_000]);
    lapsed.rollover.cap = Tokens(0);
    lapsed.fast.allowance = Tokens(150);
    let state = TrayState::SignedIn {
        balance: Some(shown(&lapsed, true)),
        offline: true,
        paying: false,
        low: true,
        shop: None,
    };
    let drawn = drawn(state);
    let menu: Vec<_> = drawn.lines().collect();
    assert_eq!(
        menu[..10],
        [
            "150 tokens, running low",
            "Offline · last updated 12 minutes ago",
            "Fast 150",
            "Top-up 5,000 locked",
            "Resets 5 Dec, 09:14 CET",
            "150",
            "Fast 150 of 150 · resets 5 Dec, 09:14 CET",
            "Top-up 5,000 · 5,000 locked until you have an active plan",
            "Next spent from Fast",
            "Offline · last updated 12 minutes ago",
        ]
    );
}

#[test]
fn tokens_frozen_by_a_dispute_differ_from_locked_ones() {
    let mut disputed = balance(1, [0, 0, 0, 5_000]);
    disputed.top_up.locked_reason = Some(LockedReason::Dispute);
    let drawn = drawn(TrayState::SignedIn {
        balance: Some(shown(&disputed, false)),
        offline: false,
        paying: false,
        low: false,
        shop: None,
    });
    assert!(drawn.contains("Top-up 5,000 · 5,000 frozen while a payment is disputed\nNothing to spend"));
}

#[test]
fn new_figures_change_texts_only_so_an_open_menu_stays_open() {
    let (before, after) = (balance(1, [1_200, 22_920, 10_000, 0]), balance(2, [0, 0, 0, 5_000]));
    let others = [account("a1", "Ada Moreau", true, false), account("n1", "Noor Haddad", false, false)];
    let menu = |balance, stale, offline, low| {
        let state = TrayState::SignedIn {
            balance: Some(shown(balance, stale)),
            offline,
            paying: false,
            low,
            shop: None,
        };
        Tray::new(state, &others, &texts(), at("2026-11-22T12:12:00Z")).menu
    };
    let first = menu(&before, false, false, false);
    for (balance, stale, offline, low) in
        [(&before, true, false, false), (&before, true, true, false), (&after, false, false, true)]
    {
        assert!(same_structure(&first, &menu(balance, stale, offline, low)), "{stale} {offline} {low}");
    }
    let alone = Tray::new(TrayState::SignedOut, &others, &texts(), Timestamp::UNIX_EPOCH).menu;
    assert!(!same_structure(&first, &alone));
}

#[test]
fn a_checkout_in_the_browser_can_be_reopened_from_the_tray() {
    let drawn =
        drawn(TrayState::SignedIn { balance: None, offline: false, paying: true, low: true, shop: None });
    assert!(drawn.contains("[reopen-checkout] Waiting for payment: reopen checkout…"));
    assert!(drawn.contains("Loading your balance"));
}

fn shop<'a>(standing: Standing, packs: &'a [Pack], plans: &'a [Plan]) -> Shop<'a> {
    Shop { standing, packs, plans, busy: false }
}

fn sold(shop: Shop<'_>, paying: bool) -> String {
    let state = TrayState::SignedIn { balance: None, offline: false, paying, low: false, shop: Some(shop) };
    let drawn = drawn(state);
    let lines = drawn.lines().skip_while(|line| *line != "---").skip(1);
    lines.take_while(|line| !line.starts_with("[open]")).collect::<Vec<_>>().join("\n")
}

#[test]
fn where_no_panel_can_open_the_menu_sells_packs_and_to_others_plans() {
    let pack = Pack {
        id: "medium".into(),
        name: "Medium".into(),
        tokens: Tokens(15_000),
        amount: Minor(2_400),
        currency: "usd".into(),
        tax_included: false,
        tax: Tax::Stripe,
    };
    let price = |interval, amount| PlanPrice {
        interval,
        amount: Minor(amount),
        currency: "eur".into(),
        tax_included: true,
        tax: Tax::Stripe,
    };
    let plan = |id: &str, prices| Plan {
        id: id.into(),
        name: "Premium".into(),
        allowance: Tokens(25_000),
        allowance_period: AllowancePeriod::Month,
        rollover_cap: Tokens(75_000),
        prices,
    };
    let plans = [
        plan("free", vec![]),
        plan("premium", vec![price(Interval::Month, 2_900), price(Interval::Year, 29_000)]),
    ];
    let packs = [pack];
    assert_eq!(
        sold(shop(Standing::Entitled, &packs, &plans), false),
        "Add Tokens\n  [pack medium] Medium · 15,000 tokens · 24.00 USD plus tax"
    );
    let lines = "\n  [plan month premium] Premium · 29.00 EUR a month\n  [plan year premium] Premium · 290.00 EUR a year";
    assert_eq!(sold(shop(Standing::Lapsed, &packs, &plans), false), format!("Resubscribe{lines}"));
    assert_eq!(sold(shop(Standing::Free, &packs, &plans), false), format!("Choose a plan{lines}"));
    assert_eq!(sold(shop(Standing::Entitled, &[], &plans), false), "Nothing on sale right now");
    assert_eq!(sold(shop(Standing::Free, &packs, &[]), false), "Nothing on sale right now");

    let busy = Shop { busy: true, ..shop(Standing::Entitled, &packs, &plans) };
    assert_eq!(sold(busy, false), "", "one purchase at a time");
    assert_eq!(
        sold(busy, true),
        "[reopen-checkout] Waiting for payment: reopen checkout…\n[cancel-purchase] Cancel purchase"
    );
    for (id, command) in [
        ("pack medium", Command::AskToBuy { pack_id: "medium".into() }),
        ("plan year a b", Command::AskToSubscribe { plan_id: "a b".into(), interval: Interval::Year }),
        ("sign-in", Command::SignInAtKnownService),
    ] {
        assert_eq!(command_of(id), Some(command));
    }
}

#[test]
fn without_an_account_the_menu_only_signs_in_and_quits() {
    assert_eq!(drawn(TrayState::SignedOut), "Signed out\n\nSigned out\n[sign-in] Sign in…\n---\n[quit] Quit");
    assert_eq!(
        drawn(TrayState::SigningIn),
        "Signing in: continue in your browser\n\nSigning in: continue in your browser\n[sign-in] Open the sign-in page again\n[cancel-sign-in] Cancel sign-in\n[open] Open Tokenwell\n---\n[quit] Quit"
    );
    assert_eq!(drawn(TrayState::Starting), "Tokenwell\n\nStarting…\n---\n[quit] Quit");
}

#[test]
fn several_accounts_have_a_menu_and_the_tooltip_names_the_current_one() {
    let balance = balance(1, [1_200, 22_920, 10_000, 0]);
    let state = TrayState::SignedIn {
        balance: Some(shown(&balance, false)),
        offline: false,
        paying: false,
        low: false,
        shop: None,
    };
    let ada = account("a1", "Ada Moreau", true, false);
    let alone = drawn_with(state, std::slice::from_ref(&ada));
    assert_eq!(alone, drawn(state), "a single account has no menu");

    let accounts = [ada, account("n1", "Noor Haddad", false, false), account("l1", "Lara Kim", false, true)];
    let drawn = drawn_with(state, &accounts);
    assert!(drawn.starts_with("Ada Moreau\n34,120 tokens\nRollover Bank 1,200\n"), "{drawn}");
    assert!(
        drawn.contains(
            "[refresh] Refresh (Ctrl+R)\n\
             Accounts\n\
             \u{20} [account https://tokens.example a1] ✓ Ada Moreau\n\
             \u{20} [account https://tokens.example n1] Noor Haddad\n\
             \u{20} [account https://tokens.example l1] Lara Kim · sign in again\n\
             [settings] Settings… (Ctrl+,)"
        ),
        "{drawn}"
    );
    assert_eq!(
        command_of("account https://tokens.example n1"),
        Some(Command::SwitchAccount { account: accounts[1].key.clone() })
    );
    let signed_out = drawn_with(TrayState::SignedOut, &accounts[1..]);
    assert!(signed_out.contains("Sign in…\nAccounts\n"), "the other accounts can be chosen: {signed_out}");
}

#[test]
fn every_menu_item_has_a_command_and_no_text_line_has_one() {
    let balance = balance(1, [1, 1, 1, 1]);
    let key_account =
        key_account::tests::account(vec![key_account::tests::meter("Credits", Some("1"), None)]);
    let others = [account("a1", "Ada Moreau", true, false), account("n1", "Noor Haddad", false, false)];
    let states = [
        TrayState::Starting,
        TrayState::SignedOut,
        TrayState::SigningIn,
        TrayState::SignedIn {
            balance: Some(shown(&balance, true)),
            offline: true,
            paying: true,
            low: true,
            shop: None,
        },
        TrayState::Key(TrayMeters { account: &key_account, stale: true, offline: true }),
    ];
    assert_eq!(states.len(), TrayState::COUNT);
    for state in states {
        let mut lines = Tray::new(state, &others, &texts(), Timestamp::UNIX_EPOCH).menu;
        while let Some(line) = lines.pop() {
            match line {
                Line::Choice { id, .. } | Line::Mark { id, .. } => {
                    assert!(command_of(&id.as_str()).is_some(), "{id:?}");
                }
                Line::Text { id, .. } => assert_eq!(command_of(&id.as_str()), None, "{id:?}"),
                Line::Menu { id, lines: inner, .. } => {
                    assert_eq!(command_of(&id.as_str()), None, "{id:?}");
                    lines.extend(inner);
                }
                Line::Separator => {}
            }
        }
    }
    assert_eq!(command_of("something else"), None);
}
