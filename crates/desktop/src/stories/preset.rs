//! What whoever manages the computer has set, and links that propose a service.

use super::run::*;
use crate::{
    cached_state::{CacheWrite, CachedState},
    command::Command,
    event::{Effect, Start},
    preset::{Locked, Preset},
    settings::{Appearance, Language, LockedSetting, SettingChange},
    testing::at,
    view::{PresetView, Session},
};

const OTHER: &str = "https://tokens.other.example";

fn start(preset: Preset, cached: CachedState, service: Option<&str>) -> Run {
    let service = service.map(str::to_owned);
    let start = Start { service, ..start_of(cached) };
    Run::start_with_preset(preset, start, at("2026-11-22T12:00:00Z"))
}

fn only(service: &str) -> Preset {
    let locked = Locked { service: true, ..Locked::default() };
    Preset { service: Some(service.into()), name: Some("Example Studio".into()), locked, ..Preset::default() }
}

fn connect(run: &mut Run, service: &str) {
    run.user(Command::Connect { service: service.into() });
}

/// The service that a sign-in goes to.
fn signs_in_at(run: &Run) -> Vec<String> {
    let service = |effect: &Effect| match effect {
        Effect::SignIn { service, .. } => Some(service.to_string()),
        _ => None,
    };
    run.effects.iter().filter_map(service).collect()
}

#[test]
fn a_link_fills_the_form_in_and_contacts_and_stores_nothing_until_the_user_signs_in() {
    let mut run = Run::first();
    run.user(Command::ClosePanel);
    connect(&mut run, "https://tokens.other.example/");
    assert_eq!(run.effects, [Effect::OpenPanel]);
    assert_eq!(run.view().service, OTHER);
    assert_eq!(run.view().session, Session::SignedOut { problem: None, again: None });
    assert_eq!(run.cached, CachedState::default());
    run.user(Command::SignIn { service: OTHER.into() });
    assert_eq!(signs_in_at(&run), [format!("{OTHER}/")]);
}

#[test]
fn a_link_while_somebody_is_signed_in_offers_to_add_an_account() {
    let mut run = Run::online();
    connect(&mut run, OTHER);
    let adding = run.view().adding.unwrap();
    assert_eq!((adding.service.as_str(), adding.again), (OTHER, None));
    assert_eq!(run.spendable(), Some(34_120), "the account stays signed in");
    run.user(Command::CancelSignIn);
    assert_eq!(run.view().adding, None);
    connect(&mut run, SERVICE);
    assert_eq!(run.view().adding, None, "this service is in use");
}

#[test]
fn a_link_does_not_touch_a_sign_in_that_is_open_in_the_browser() {
    let mut run = Run::signing_in();
    connect(&mut run, OTHER);
    assert!(matches!(run.view().session, Session::SigningIn { url: Some(_) }));
    assert_eq!(run.view().service, SERVICE);
}

#[test]
fn what_is_no_address_of_a_service_is_not_filled_in() {
    let mut run = Run::first();
    connect(&mut run, "http://tokens.other.example");
    assert_eq!(run.view().service, "https://preset.example");
}

#[test]
fn the_preset_service_is_proposed_and_can_be_changed_unless_it_is_locked() {
    let preset = Preset { locked: Locked::default(), ..only(SERVICE) };
    let mut run = start(preset, CachedState::default(), None);
    assert_eq!(run.view().service, SERVICE);
    run.user(Command::SignIn { service: OTHER.into() });
    assert_eq!(signs_in_at(&run), [format!("{OTHER}/")]);
}

#[test]
fn there_is_no_other_service_than_a_locked_one() {
    for command_line in [None, Some(OTHER)] {
        let mut run = start(only(SERVICE), CachedState::default(), command_line);
        let name = Some("Example Studio".to_owned());
        let preset = PresetView { service: Some(SERVICE.into()), name, service_locked: true };
        assert_eq!((run.view().service.as_str(), run.view().preset), (SERVICE, preset));
        connect(&mut run, OTHER);
        assert_eq!(run.view().service, SERVICE, "a link cannot name another");
        run.user(Command::SignIn { service: OTHER.into() });
        assert_eq!(signs_in_at(&run), [format!("{SERVICE}/")]);
    }
}

#[test]
fn accounts_of_other_services_wait_until_the_service_is_not_locked_any_more() {
    let cached = Run::with_two_accounts().cached;
    let run = start(only(OTHER), cached.clone(), None);
    assert_eq!(run.view().accounts, []);
    assert_eq!(run.view().session, Session::SignedOut { problem: None, again: None });
    assert_eq!(run.cached, cached, "nothing of them is deleted");
    assert_eq!(start(only(SERVICE), cached, None).view().accounts.len(), 2);
}

#[test]
fn locked_settings_are_in_effect_and_are_neither_changed_nor_stored() {
    let locked = Locked {
        start_at_login: Some(true),
        appearance: Some(Appearance::Dark),
        language: Some(Language::German),
        ..Locked::default()
    };
    let mut run = start(Preset { locked, ..Preset::default() }, CachedState::default(), None);
    assert!(run.does(&Effect::SetAppearance(Appearance::Dark)) && run.does(&Effect::StartAtLogin(true)));
    let settings = run.view().settings;
    assert_eq!((settings.appearance, settings.language), (Appearance::Dark, Language::German));
    let all = [LockedSetting::StartAtLogin, LockedSetting::Appearance, LockedSetting::Language];
    assert_eq!(settings.locked, all);
    assert_eq!(run.view().locale, "de-GB");
    for change in [
        SettingChange::StartAtLogin(false),
        SettingChange::Appearance(Appearance::Light),
        SettingChange::Language(Language::English),
    ] {
        assert_eq!(run.user(Command::ChangeSetting { change }), []);
    }
    assert_eq!(run.view().settings, settings);
    let stored =
        run.effects.iter().any(|effect| matches!(effect, Effect::WriteCache(CacheWrite::Settings(_))));
    assert!(!stored);
}
