use super::run::*;
use crate::{
    alerts::Alerts,
    cached_state::CacheWrite,
    command::{Command, PanelEntry},
    event::{Effect, Event, Notification, Opens},
    failure::Failure,
    settings::{Appearance, Language, SettingChange},
    testing::balance,
    view::DiagnosticsView,
};
use jiff::tz::TimeZone;
use tokenwell_wire::{ServerEvent, Tokens};

fn alerts(below: &[u64]) -> SettingChange {
    SettingChange::Alerts(Alerts { on: true, below: below.iter().copied().map(Tokens).collect() })
}

fn falls_to(run: &mut Run, version: u64, rollover: u64) {
    run.push(ServerEvent::Balance(balance(version, [rollover, 0, 0, 0])));
}

#[test]
fn a_low_balance_notifies_once_per_threshold_and_again_after_a_rise() {
    let mut run = Run::online();
    run.user(Command::ChangeSetting { change: alerts(&[1_000, 5_000]) });
    falls_to(&mut run, 11, 4_200);
    let notification = Notification {
        title: "4,200 tokens left".into(),
        body: "That is fewer than 5,000. Fast tokens reset 5 Dec, 09:14 CET.".into(),
        opens: Opens::Page(PanelEntry::AddTokens),
    };
    assert!(run.does(&Effect::Notify(notification)), "{:?}", run.effects);
    falls_to(&mut run, 12, 4_000);
    assert_eq!(run.notified(), [""; 0]);
    falls_to(&mut run, 13, 900);
    assert_eq!(run.notified(), ["900 tokens left"]);
    falls_to(&mut run, 14, 5_000);
    falls_to(&mut run, 15, 4_999);
    assert_eq!(run.notified(), ["4,999 tokens left"], "the rise armed the threshold again");
}

#[test]
fn holds_that_are_taken_and_released_around_a_threshold_do_not_notify_and_what_they_use_does() {
    let mut run = Run::online();
    run.user(Command::ChangeSetting { change: alerts(&[5_000]) });
    falls_to(&mut run, 11, 6_000);
    for version in [12, 14, 16] {
        let mut held = balance(version, [4_000, 0, 0, 0]);
        held.rollover.held = Tokens(2_000);
        run.push(ServerEvent::Balance(held));
        assert_eq!(run.notified(), [""; 0], "the tokens may come back");
        falls_to(&mut run, version + 1, 6_000);
    }
    falls_to(&mut run, 18, 4_000);
    assert_eq!(run.notified(), ["4,000 tokens left"]);
}

#[test]
fn a_restart_does_not_repeat_a_low_balance_notification() {
    let mut run = Run::online();
    run.user(Command::ChangeSetting { change: alerts(&[5_000]) });
    falls_to(&mut run, 11, 4_200);
    let mut run = run.restart(60);
    run.on(Event::Renewed(Ok(renewed())));
    run.on(refreshed(fresh_with(balance(12, [4_100, 0, 0, 0]))));
    assert_eq!(run.notified(), [""; 0]);
    assert_eq!(run.view().settings.alerts.below, [Tokens(5_000)], "the threshold was stored");
}

#[test]
fn a_fall_while_the_app_was_closed_notifies_at_the_next_start() {
    let mut run = Run::online().restart(3_600);
    run.on(Event::Renewed(Ok(renewed())));
    run.on(refreshed(fresh_with(balance(12, [100, 0, 0, 0]))));
    assert_eq!(run.notified(), ["100 tokens left"], "below a tenth of the allowance");
}

#[test]
fn no_alert_is_shown_if_alerts_are_off_or_the_earlier_balance_is_unknown() {
    let mut run = Run::online();
    run.user(Command::ChangeSetting { change: SettingChange::Alerts(Alerts { on: false, below: vec![] }) });
    falls_to(&mut run, 11, 10);
    assert_eq!(run.notified(), [""; 0]);

    let mut run = Run::first();
    run.user(Command::SignIn { service: SERVICE.into() });
    run.signed_in("Ada Moreau");
    run.on(refreshed(fresh_with(balance(1, [10, 0, 0, 0]))));
    assert_eq!(run.notified(), [""; 0], "signing in with a low balance is not a fall");
}

#[test]
fn settings_survive_a_restart_and_only_changes_are_written() {
    let mut run = Run::online();
    run.user(Command::ChangeSetting { change: SettingChange::Appearance(Appearance::Dark) });
    assert!(run.does(&Effect::SetAppearance(Appearance::Dark)));
    assert!(matches!(run.effects.last(), Some(Effect::WriteCache(CacheWrite::Settings(_)))));
    assert_eq!(run.user(Command::ChangeSetting { change: SettingChange::Appearance(Appearance::Dark) }), []);

    let run = run.restart(60);
    assert!(run.does(&Effect::SetAppearance(Appearance::Dark)));
    assert_eq!(run.view().settings.appearance, Appearance::Dark);
}

#[test]
fn the_language_changes_at_once_in_tray_and_panel_and_survives_a_restart() {
    let mut run = Run::online();
    run.user(Command::ChangeSetting { change: SettingChange::Language(Language::German) });
    assert_eq!(run.view().locale, "de-GB");
    assert!(run.menu().contains(&"Rollover-Bank 1.200 von 75.000".to_owned()), "{:?}", run.menu());

    let mut run = run.restart(60);
    assert_eq!(run.view().locale, "de-GB");
    run.user(Command::ChangeSetting { change: SettingChange::Language(Language::System) });
    assert_eq!(run.view().locale, "en-GB");
}

#[test]
fn a_journey_to_another_time_zone_shows_in_tray_and_panel_at_once() {
    let mut run = Run::online();
    assert!(run.tray().tooltip.whole.ends_with("Resets 5 Dec, 09:14 CET"));
    run.on(Event::TimeZone(TimeZone::UTC));
    assert!(run.tray().tooltip.whole.ends_with("Resets 5 Dec, 08:14 UTC"), "{:?}", run.tray().tooltip);
    assert_eq!(run.view().formats.time_zone.as_deref(), Some("UTC"));
}

#[test]
fn start_at_login_shows_what_the_system_reports() {
    let mut run = Run::online();
    run.on(Event::StartsAtLogin(Ok(false)));
    assert_eq!(
        run.user(Command::ChangeSetting { change: SettingChange::StartAtLogin(true) }),
        [Effect::StartAtLogin(true)]
    );
    assert!(!run.view().settings.start_at_login, "not before the system confirms it");
    run.on(Event::StartsAtLogin(Ok(true)));
    assert!(run.view().settings.start_at_login);

    run.user(Command::ChangeSetting { change: SettingChange::StartAtLogin(false) });
    run.on(Event::StartsAtLogin(Err(Failure::StartAtLogin)));
    let settings = run.view().settings;
    assert_eq!((settings.start_at_login, settings.problem.unwrap().code.as_str()), (true, "start_at_login"));
}

#[test]
fn the_figure_beside_the_icon_can_be_left_out() {
    let mut run = Run::online();
    assert_eq!((run.view().settings.figure, run.tray().title.as_str()), (Some(true), "34,120"));
    run.user(Command::ChangeSetting { change: SettingChange::Figure(false) });
    assert_eq!((run.view().settings.figure, run.tray().title.as_str()), (Some(false), ""));
    assert!(!run.cached.settings.figure);
}

#[test]
fn signing_out_keeps_the_settings_of_this_computer() {
    let mut run = Run::online();
    run.user(Command::ChangeSetting { change: SettingChange::Language(Language::German) });
    run.user(Command::SignOut);
    assert_eq!(run.view().settings.language, Language::German);
    assert_eq!(run.cached.settings.language, Language::German);
}

#[test]
fn the_diagnostics_file_is_written_once_at_a_time_and_its_path_is_shown() {
    let mut run = Run::waiting();
    run.user(Command::SaveDiagnostics);
    let [Effect::SaveDiagnostics(report)] = &run.effects[..] else { panic!("{:?}", run.effects) };
    let file = report.file("Linux", "", "Ada Moreau <ada@example.com> signed in");
    assert!(file.contains("\"session\": \"signed_in\"") && file.contains("signed in"), "{file}");
    for personal in ["Ada", "ada@", "cs_1", "34120"] {
        assert!(!file.contains(personal), "{personal} in {file}");
    }
    assert_eq!(run.user(Command::SaveDiagnostics), []);

    run.on(Event::DiagnosticsSaved(Ok("/home/ada/Downloads/tokenwell.txt".into())));
    let saved = DiagnosticsView::Saved { file: "/home/ada/Downloads/tokenwell.txt".into() };
    assert_eq!(run.view().settings.diagnostics, Some(saved));
    run.user(Command::ClosePanel);
    assert_eq!(run.view().settings.diagnostics, None);
}
