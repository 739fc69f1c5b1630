use super::run::*;
use crate::{
    command::{Command, PanelEntry},
    event::{CacheState, Effect, Event, Start, Timer},
    testing::at,
    view::{PanelNotice, Prompt, PurchaseStep},
};
use tokenwell_wire::{Remedy, ServerEvent, SpendRefused, Tokens};

#[test]
fn each_tray_line_opens_its_page_of_the_panel() {
    let mut run = Run::online();
    for (page, prompt) in [
        (PanelEntry::Home, None),
        (PanelEntry::AddTokens, Some(Prompt::AddTokens)),
        (PanelEntry::Settings, Some(Prompt::Settings)),
    ] {
        run.open(page);
        assert_eq!((run.effects.as_slice(), run.view().prompt), ([Effect::OpenPanel].as_slice(), prompt));
        run.user(Command::DismissPrompt);
    }
}

#[test]
fn with_a_tray_closing_the_panel_keeps_the_app_running() {
    let mut run = Run::online();
    run.user(Command::ClosePanel);
    assert!(run.does(&Effect::HidePanel) && !run.does(&Effect::Quit));
    assert_eq!(run.user(Command::Quit), [Effect::Quit]);
}

#[test]
fn a_closed_panel_stays_warm_for_a_short_while_and_is_then_destroyed() {
    let mut run = Run::online();
    run.user(Command::ClosePanel);
    assert_eq!(run.pause(Timer::Panel).unwrap().after, WARM);
    assert!(!run.view().open && !run.does(&Effect::RemovePanel));
    assert_eq!(run.user(Command::ClosePanel), [], "it is already closed");

    run.open(PanelEntry::Home);
    assert_eq!((run.effects.as_slice(), run.view().open), ([Effect::OpenPanel].as_slice(), true));
    assert_eq!(run.on(Event::TimerEnded(Timer::Panel)), [], "it is in use again");

    run.user(Command::ClosePanel);
    assert_eq!(run.on(Event::TimerEnded(Timer::Panel)), [Effect::RemovePanel]);
    assert_eq!(run.on(Event::PanelGone), []);
    assert_eq!(run.on(Event::TimerEnded(Timer::Panel)), [], "there is no window");
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
    assert!(run.pause(Timer::Panel).is_some(), "the next window counts from zero");
}

#[test]
fn a_panel_requested_while_the_old_one_is_destroyed_opens_afterwards() {
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
    assert_eq!(run.on(Event::PanelGone), [], "it was closed again before it opened");
}

#[test]
fn a_reopened_panel_shows_only_what_needs_attention() {
    let mut run = Run::waiting();
    run.open(PanelEntry::AddTokens);
    run.user(Command::ClosePanel);
    run.open(PanelEntry::Home);
    assert_eq!(run.view().prompt, None);
    assert!(matches!(run.step(), Some(PurchaseStep::Waiting { .. })), "a purchase in flight is still shown");

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
    assert!(!run.does(&Effect::Quit), "with a tray it keeps running");

    run.on(Event::Tray { shown: false });
    run.on(Event::TimerEnded(Timer::TrayHost));
    assert_eq!(run.user(Command::ClosePanel), [Effect::Quit]);
}

#[test]
fn without_a_tray_and_a_window_the_app_ends() {
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
    let cached = Run::online().cached;
    let start = Start {
        cached,
        cache: CacheState::Sound,
        service: None,
        open: Some(PanelEntry::AddTokens),
        warm: WARM,
        has_title: true,
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
fn returning_from_the_browser_opens_the_panel_and_fetches_the_purchase() {
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
