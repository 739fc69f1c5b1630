use super::run::*;
use crate::{
    event::{CacheState, Effect, Event, PanelPage, Start, Timer, User},
    testing::at,
    view::{Ask, Notice},
};

#[test]
fn the_tray_opens_the_panel_where_its_lines_say() {
    let mut run = Run::online();
    for (page, ask) in [
        (PanelPage::Home, None),
        (PanelPage::AddTokens, Some(Ask::AddTokens)),
        (PanelPage::Settings, Some(Ask::Settings)),
    ] {
        run.open(page);
        assert_eq!((run.effects.as_slice(), run.view().ask), ([Effect::OpenPanel].as_slice(), ask));
        run.user(User::DismissAsk);
    }
}

#[test]
fn with_a_tray_closing_the_panel_leaves_the_app_in_the_tray() {
    let mut run = Run::online();
    run.on(Event::Panel { open: true });
    assert_eq!(run.user(User::ClosePanel), [Effect::ClosePanel]);
    assert_eq!(run.on(Event::Panel { open: false }), []);
    assert_eq!(run.user(User::Quit), [Effect::Quit]);
}

#[test]
fn without_a_tray_the_app_is_a_window_until_a_tray_appears() {
    let mut run = Run::online();
    run.on(Event::Tray { shown: false });
    run.on(Event::Woke(Timer::TrayHost));
    assert_eq!(run.effects, [Effect::OpenPanel]);
    assert_eq!(run.view().notices, [Notice::NoTray]);
    run.on(Event::Panel { open: true });

    run.on(Event::Tray { shown: true });
    assert_eq!(run.view().notices, []);
    assert_eq!(run.on(Event::Panel { open: false }), [], "it stays in the tray from now on");

    run.on(Event::Tray { shown: false });
    run.on(Event::Woke(Timer::TrayHost));
    run.on(Event::Panel { open: true });
    assert_eq!(run.on(Event::Panel { open: false }), [Effect::Quit]);
}

#[test]
fn a_tray_host_that_restarts_opens_no_window() {
    let mut run = Run::online();
    run.on(Event::Tray { shown: false });
    assert!(run.pause(Timer::TrayHost).is_some() && !run.does(&Effect::OpenPanel));
    assert_eq!(run.on(Event::Panel { open: false }), [], "closing the panel meanwhile does not quit");
    run.on(Event::Tray { shown: true });
    assert_eq!(run.on(Event::Woke(Timer::TrayHost)), []);
    assert_eq!(run.view().notices, []);
}

#[test]
fn the_command_line_can_open_a_page_at_the_start() {
    let kept = Run::online().kept;
    let start = Start { kept, cache: CacheState::Sound, service: None, open: Some(PanelPage::AddTokens) };
    let run = Run::start_with(start, at("2026-11-22T13:00:00Z"));
    assert!(run.does(&Effect::OpenPanel));
    assert_eq!(run.view().ask, Some(Ask::AddTokens));
}

#[test]
fn a_later_start_stays_in_the_tray() {
    assert!(!Run::online().restart(60).does(&Effect::OpenPanel));
}

#[test]
fn coming_back_from_the_browser_opens_the_panel_and_asks_how_the_purchase_stands() {
    let mut run = Run::waiting();
    run.open(PanelPage::Checkout);
    assert_eq!(run.effects, [Effect::OpenPanel, Effect::FetchPurchase { key: KEY, id: "p1".into() }]);
    run.open(PanelPage::Checkout);
    assert_eq!(run.effects, [Effect::OpenPanel], "one request is enough");
    assert_eq!(
        Run::online().open(PanelPage::Checkout),
        [Effect::OpenPanel],
        "without a purchase it only opens"
    );
}
