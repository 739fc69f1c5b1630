use super::run::*;
use crate::{
    command::{Command, PanelEntry},
    event::{CacheState, Effect, Event, Start, Timer},
    testing::at,
    view::{PanelNotice, Prompt, PurchaseStep},
};
use tokenwell_wire::{Remedy, ServerEvent, SpendRefused, Tokens};

#[test]
fn the_tray_opens_the_panel_where_its_lines_say() {
    let mut run = Run::online();
    for (page, ask) in [
        (PanelEntry::Home, None),
        (PanelEntry::AddTokens, Some(Prompt::AddTokens)),
        (PanelEntry::Settings, Some(Prompt::Settings)),
    ] {
        run.open(page);
        assert_eq!((run.effects.as_slice(), run.view().prompt), ([Effect::OpenPanel].as_slice(), ask));
        run.user(Command::DismissPrompt);
    }
}

#[test]
fn with_a_tray_closing_the_panel_leaves_the_app_in_the_tray() {
    let mut run = Run::online();
    run.user(Command::ClosePanel);
    assert!(run.does(&Effect::HidePanel) && !run.does(&Effect::Quit));
    assert_eq!(run.user(Command::Quit), [Effect::Quit]);
}

#[test]
fn a_closed_panel_stays_warm_for_a_short_while_and_then_goes() {
    let mut run = Run::online();
    run.user(Command::ClosePanel);
    assert_eq!(run.pause(Timer::Panel).unwrap().after, WARM);
    assert!(!run.view().open && !run.does(&Effect::RemovePanel));
    assert_eq!(run.user(Command::ClosePanel), [], "it is closed");

    run.open(PanelEntry::Home);
    assert_eq!((run.effects.as_slice(), run.view().open), ([Effect::OpenPanel].as_slice(), true));
    assert_eq!(run.on(Event::TimerEnded(Timer::Panel)), [], "it is in use again");

    run.user(Command::ClosePanel);
    assert_eq!(run.on(Event::TimerEnded(Timer::Panel)), [Effect::RemovePanel]);
    assert_eq!(run.on(Event::PanelGone), []);
    assert_eq!(run.on(Event::TimerEnded(Timer::Panel)), [], "there is none to take down");
    assert_eq!(run.open(PanelEntry::Home), [Effect::OpenPanel]);
}

#[test]
fn a_window_that_was_shown_ten_times_is_not_kept_warm_again() {
    let mut run = Run::online();
    for _ in 1..10 {
        run.user(Command::ClosePanel);
        assert!(run.pause(Timer::Panel).is_some() && !run.does(&Effect::RemovePanel));
        run.open(PanelEntry::Home);
    }
    assert_eq!(run.user(Command::ClosePanel), [Effect::HidePanel, Effect::RemovePanel]);
    run.on(Event::PanelGone);
    run.open(PanelEntry::Home);
    run.user(Command::ClosePanel);
    assert!(run.pause(Timer::Panel).is_some(), "the next window starts anew");
}

#[test]
fn a_panel_asked_for_while_the_last_one_goes_is_opened_once_that_is_gone() {
    let mut run = Run::online();
    run.user(Command::ClosePanel);
    run.on(Event::TimerEnded(Timer::Panel));
    assert_eq!(run.open(PanelEntry::AddTokens), []);
    assert_eq!(run.on(Event::PanelGone), [Effect::OpenPanel]);
    assert_eq!((run.view().open, run.view().prompt), (true, Some(Prompt::AddTokens)));

    run.user(Command::ClosePanel);
    run.on(Event::TimerEnded(Timer::Panel));
    run.open(PanelEntry::Home);
    run.user(Command::ClosePanel);
    assert_eq!(run.on(Event::PanelGone), [], "it was closed again before it was there");
}

#[test]
fn a_panel_opened_again_has_what_asks_for_attention_and_nothing_else_of_before() {
    let mut run = Run::waiting();
    run.open(PanelEntry::AddTokens);
    run.user(Command::ClosePanel);
    run.open(PanelEntry::Home);
    assert_eq!(run.view().prompt, None);
    assert!(matches!(run.step(), Some(PurchaseStep::Waiting { .. })), "a purchase in flight is there still");

    let (needed, spendable, locked) = (Tokens(50_000), Tokens(34_120), Tokens(0));
    let remedy = Remedy::AddTokens;
    run.push(ServerEvent::SpendRefused(SpendRefused { needed, spendable, locked, remedy }));
    run.user(Command::ClosePanel);
    run.open(PanelEntry::Home);
    assert_eq!(run.view().prompt, Some(Prompt::Refused { needed, spendable, locked, remedy }));
}

#[test]
fn without_a_tray_the_app_is_a_window_until_a_tray_appears() {
    let mut run = Run::online();
    run.user(Command::ClosePanel);
    run.on(Event::Tray { shown: false });
    run.on(Event::TimerEnded(Timer::TrayHost));
    assert_eq!(run.effects, [Effect::OpenPanel]);
    assert_eq!(run.view().notices, [PanelNotice::NoTray]);

    run.on(Event::Tray { shown: true });
    assert_eq!(run.view().notices, []);
    run.user(Command::ClosePanel);
    assert!(!run.does(&Effect::Quit), "it stays in the tray from now on");

    run.on(Event::Tray { shown: false });
    run.on(Event::TimerEnded(Timer::TrayHost));
    assert_eq!(run.user(Command::ClosePanel), [Effect::Quit]);
}

#[test]
fn with_neither_a_tray_nor_a_window_that_can_be_made_the_app_ends() {
    let mut run = Run::first();
    run.on(Event::PanelGone);
    assert_eq!(run.effects, [], "the tray is there");
    run.on(Event::Tray { shown: false });
    run.on(Event::TimerEnded(Timer::TrayHost));
    assert_eq!(run.on(Event::PanelGone), [Effect::Quit]);
}

#[test]
fn a_tray_host_that_restarts_opens_no_window() {
    let mut run = Run::online();
    run.on(Event::Tray { shown: false });
    assert!(run.pause(Timer::TrayHost).is_some() && !run.does(&Effect::OpenPanel));
    run.user(Command::ClosePanel);
    assert!(!run.does(&Effect::Quit), "closing the panel meanwhile does not quit");
    run.on(Event::Tray { shown: true });
    assert_eq!(run.on(Event::TimerEnded(Timer::TrayHost)), []);
    assert_eq!(run.view().notices, []);
}

#[test]
fn the_command_line_can_open_a_page_at_the_start() {
    let kept = Run::online().kept;
    let start = Start {
        cached: kept,
        cache: CacheState::Sound,
        service: None,
        open: Some(PanelEntry::AddTokens),
        warm: WARM,
    };
    let run = Run::start_with(start, at("2026-11-22T13:00:00Z"));
    assert!(run.does(&Effect::OpenPanel));
    assert_eq!(run.view().prompt, Some(Prompt::AddTokens));
}

#[test]
fn a_later_start_stays_in_the_tray() {
    assert!(!Run::online().restart(60).does(&Effect::OpenPanel));
}

#[test]
fn coming_back_from_the_browser_opens_the_panel_and_asks_how_the_purchase_stands() {
    let mut run = Run::waiting();
    run.open(PanelEntry::Checkout);
    assert_eq!(run.effects, [Effect::OpenPanel, Effect::FetchPurchase { key: KEY, id: "p1".into() }]);
    run.open(PanelEntry::Checkout);
    assert_eq!(run.effects, [Effect::OpenPanel], "one request is enough");
    assert_eq!(
        Run::online().open(PanelEntry::Checkout),
        [Effect::OpenPanel],
        "without a purchase it only opens"
    );
}
