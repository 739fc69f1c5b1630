//! Newer versions of the app.

use super::run::*;
use crate::{
    cached_state::CachedState,
    command::Command,
    event::{Effect, Event, Start, Timer},
    preset::Preset,
    testing::at,
    tray::{Line, LineId},
    update::{Channel, Installation, UpdateFailure, UpdatePolicy, UpdateStep},
    view::{PanelNotice, UpdateView},
};
use tokenwell_wire::{PurchaseStatus, ServerEvent};

/// An app that was installed like this, signed in at a service that requires a newer one.
fn too_old(installation: Installation, updates: Option<UpdatePolicy>) -> Run {
    let mut run = installed(installation, updates);
    require_newer(&mut run);
    run
}

/// An app that was installed like this, signed in and online.
fn installed(installation: Installation, updates: Option<UpdatePolicy>) -> Run {
    let start = Start { installation, can_verify: true, ..start_of(Run::online().cached) };
    let mut run =
        Run::start_with_preset(Preset { updates, ..Preset::default() }, start, at("2026-11-22T12:00:00Z"));
    run.on(Event::Renewed(Ok(renewed())));
    run.on(refreshed(fresh()));
    run
}

fn require_newer(run: &mut Run) {
    let mut wanting = fresh();
    wanting.description.min_app_version = Some("0.2.0".into());
    run.on(refreshed(wanting));
    assert_eq!(run.view().notices, [PanelNotice::AppTooOld]);
}

fn step(run: &mut Run, step: UpdateStep) {
    run.on(Event::Update(step));
}

/// Version 0.2.0 waits for the restart.
fn ready() -> Run {
    let mut run = installed(Installation::WindowsInstaller, None);
    run.on(Event::TimerEnded(Timer::Update));
    assert!(run.does(&Effect::LookForUpdate(Channel::Stable)));
    step(&mut run, UpdateStep::Offered(Ok("0.2.0".parse().unwrap())));
    assert!(run.does(&Effect::DownloadUpdate));
    step(&mut run, UpdateStep::Downloaded(Ok(())));
    run
}

fn offers_restart(run: &Run) -> bool {
    let is_restart = |line: &Line| matches!(line, Line::Choice { id: LineId::RestartToUpdate, text, .. } if text == "Restart to update");
    run.tray().menu.iter().any(is_restart)
}

#[test]
fn an_app_of_a_package_manager_that_is_too_old_shows_its_command_and_looks_for_nothing() {
    for (installation, command) in [
        (Installation::Deb, "sudo apt update && sudo apt install --only-upgrade tokenwell"),
        (Installation::Dnf, "sudo dnf upgrade --refresh tokenwell"),
        (Installation::Zypper, "sudo zypper refresh && sudo zypper update tokenwell"),
        (Installation::Flatpak, "flatpak update app.tokenwell.Tokenwell"),
        (Installation::Homebrew, "brew update && brew upgrade --cask tokenwell"),
    ] {
        let mut run = too_old(installation, None);
        assert_eq!(run.view().update, Some(UpdateView::Command { command: command.into() }));
        for command in [Command::LookForUpdate, Command::RestartToUpdate] {
            assert_eq!(run.user(command), []);
        }
        assert_eq!(run.on(Event::TimerEnded(Timer::Update)), []);
        assert!(!offers_restart(&run));
        run.user(Command::OpenDownloads);
        assert_eq!(run.opened(), ["https://github.com/tokenwell/tokenwell/releases"]);
        run.on(refreshed(fresh()));
        assert_eq!(run.view().update, None, "the service is content again");
        assert_eq!(run.user(Command::OpenDownloads), []);
    }
}

#[test]
fn an_app_that_nobody_updates_shows_the_page_of_releases_and_a_managed_one_neither_page_nor_command() {
    for installation in [Installation::AppImage, Installation::MacBundle, Installation::Unknown] {
        assert_eq!(too_old(installation, None).view().update, Some(UpdateView::Page));
    }
    for installation in [Installation::WindowsInstaller, Installation::Deb] {
        let mut run = too_old(installation, Some(UpdatePolicy::Off));
        assert_eq!(run.view().update, Some(UpdateView::Managed));
        for command in [Command::LookForUpdate, Command::RestartToUpdate, Command::OpenDownloads] {
            assert_eq!(run.user(command), []);
        }
    }
}

#[test]
fn the_first_look_is_minutes_after_the_start_and_only_where_the_app_installs_updates_itself() {
    let start = |installation| {
        let start = Start { installation, can_verify: true, ..start_of(CachedState::default()) };
        Run::start_with(start, at("2026-11-22T12:00:00Z"))
    };
    let pause = start(Installation::WindowsInstaller).pause(Timer::Update).unwrap();
    assert!(pause.after.as_secs() >= 60 && (pause.after + pause.spread).as_secs() <= 300, "{pause:?}");
    assert_eq!(start(Installation::Deb).pause(Timer::Update), None);
    assert_eq!(Run::first().pause(Timer::Update), None);
}

#[test]
fn a_version_that_is_ready_is_offered_in_panel_and_tray_and_installed_when_the_user_asks() {
    let mut run = ready();
    assert_eq!(run.view().update, Some(UpdateView::Ready { version: "0.2.0".into(), waits: false }));
    let menu = run.menu();
    assert_eq!(menu[menu.len() - 2..], ["Restart to update", "Quit"]);
    assert_eq!(run.user(Command::RestartToUpdate), [Effect::InstallUpdate]);
    assert!(!offers_restart(&run));
    step(&mut run, UpdateStep::NotInstalled(UpdateFailure::NotStarted));
    require_newer(&mut run);
    assert_eq!(run.view().update, Some(UpdateView::Failed { why: UpdateFailure::NotStarted }));
    run.user(Command::LookForUpdate);
    assert!(run.does(&Effect::LookForUpdate(Channel::Stable)));
}

#[test]
fn the_app_does_not_restart_from_buy_now_until_the_purchase_has_ended() {
    let mut run = ready();
    let refuses = |run: &mut Run, when: &str| {
        assert_eq!(run.user(Command::RestartToUpdate), [], "{when}");
        assert!(!offers_restart(run), "{when}");
        assert_eq!(run.view().update, Some(UpdateView::Ready { version: "0.2.0".into(), waits: true }));
    };
    run.buy();
    refuses(&mut run, "the checkout is being created");
    run.respond(PurchaseStatus::Open);
    refuses(&mut run, "the checkout is open");
    run.push(ServerEvent::Purchase(purchase(PurchaseStatus::Processing)));
    refuses(&mut run, "the payment is awaited");
    run.push(ServerEvent::Purchase(purchase(PurchaseStatus::Paid)));
    assert!(offers_restart(&run));
    assert_eq!(run.user(Command::RestartToUpdate), [Effect::InstallUpdate]);
}

#[test]
fn an_app_that_is_too_old_and_updates_itself_shows_each_step() {
    let mut run = too_old(Installation::WindowsInstaller, None);
    let update = |run: &Run| run.view().update.unwrap();
    assert_eq!(update(&run), UpdateView::Current);
    run.user(Command::LookForUpdate);
    assert_eq!(update(&run), UpdateView::Looking);
    step(&mut run, UpdateStep::Offered(Ok("0.2.0".parse().unwrap())));
    assert_eq!(update(&run), UpdateView::Downloading { version: "0.2.0".into() });
    step(&mut run, UpdateStep::Downloaded(Err(UpdateFailure::Incomplete)));
    assert_eq!(update(&run), UpdateView::Failed { why: UpdateFailure::Incomplete });
}

#[test]
fn a_version_that_is_ready_stays_ready_after_signing_out() {
    let mut run = ready();
    run.user(Command::SignOut);
    assert!(offers_restart(&run));
    assert_eq!(run.user(Command::RestartToUpdate), [Effect::InstallUpdate]);
}
