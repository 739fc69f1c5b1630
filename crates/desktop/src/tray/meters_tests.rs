//! The tray of an account that is read with an API key.

use super::*;
use crate::{
    key_account::{
        KeyAccount,
        tests::{account, meter},
    },
    testing::{at, texts},
};

fn tray(account: &KeyAccount, stale: bool, offline: bool) -> Tray {
    let shown = TrayMeters { account, stale, offline };
    let other = AccountKey { service: "https://tokens.example".into(), id: "a1".into() };
    let accounts = [
        TrayAccount { key: other, name: "Ada Moreau".into(), current: false, signed_out: false },
        TrayAccount { key: account.key(), name: account.name.clone(), current: true, signed_out: false },
    ];
    Tray::new(TrayState::Key(shown), &accounts, &texts(), at("2026-11-22T12:12:00Z"))
}

fn menu(tray: &Tray) -> Vec<&str> {
    tray.menu.iter().filter_map(Line::text).collect()
}

#[test]
fn each_meter_has_a_line_and_the_first_with_something_left_is_the_figure() {
    let meters =
        vec![meter("Plan", Some("0"), None), meter("Paid", Some("12.4567"), None), meter("More", None, None)];
    let account = account(meters);
    let tray = tray(&account, false, false);
    assert_eq!(tray.title, "12.45");
    assert_eq!(tray.tooltip.whole, "Stability AI\nPlan: 0\nPaid: 12.4567\nMore: not reported");
    assert_eq!(
        menu(&tray),
        [
            "Plan: 0",
            "Paid: 12.4567",
            "More: not reported",
            "Up to date",
            "Buy…",
            "Open Tokenwell",
            "Refresh",
            "Accounts",
            "Settings…",
            "Quit"
        ]
    );
}

#[test]
fn the_condition_says_that_figures_are_old_or_that_the_key_no_longer_works() {
    let mut account = account(vec![meter("Credits", Some("50"), Some("1000"))]);
    assert_eq!(menu(&tray(&account, true, true))[1], "Offline · last updated 12 minutes ago");
    assert_eq!(menu(&tray(&account, true, false))[1], "Last updated 12 minutes ago");
    assert!(tray(&account, false, false).icon.low);
    account.refused = true;
    let refused = tray(&account, true, false);
    assert_eq!(menu(&refused)[1], "This key no longer works");
    assert!(refused.tooltip.whole.contains("This key no longer works"));
}

#[test]
fn a_key_that_was_never_read_has_no_figure() {
    let mut account = account(vec![]);
    account.readings = None;
    let tray = tray(&account, true, false);
    assert_eq!((tray.title.as_str(), tray.icon.levels), ("", None));
}

#[test]
fn the_lines_of_meters_are_only_read() {
    assert_eq!(command_of("meter 0"), None);
    assert_eq!(command_of("buy-at-platform"), Some(crate::command::Command::BuyAtPlatform));
}
