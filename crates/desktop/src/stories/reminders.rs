//! The reminder before tokens are forfeited, and the shortcut.

use super::run::*;
use crate::{
    cached_state::CacheWrite,
    command::Command,
    event::{AccountSnapshot, Effect, Event, Timer},
    failure::Failure,
    settings::{Language, SettingChange},
    testing::{at, balance},
};
use std::time::Duration;
use tokenwell_wire::ServerEvent;

/// The reset of [`balance`].
const RESET: &str = "2026-12-05T08:14:00Z";

/// Ada's Rollover Bank is full.
fn full() -> AccountSnapshot {
    fresh_with(balance(10, [75_000, 22_920, 10_000, 0]))
}

fn change(run: &mut Run, change: SettingChange) {
    run.user(Command::ChangeSetting { change });
}

#[test]
fn without_the_setting_nobody_is_reminded() {
    let mut run = Run::online_with(full());
    assert_eq!(run.pause(Timer::Reminder), None);
    run.now = at("2026-12-04T08:14:00Z");
    run.on(Event::TimerEnded(Timer::Reminder));
    assert_eq!(run.notified(), [""; 0]);
}

#[test]
fn the_user_is_reminded_two_days_before_a_reset_that_the_bank_has_no_room_for_and_once() {
    let mut run = Run::online_with(full());
    change(&mut run, SettingChange::Remind(true));
    let pause = run.pause(Timer::Reminder).unwrap();
    assert_eq!(run.now + pause.after, at("2026-12-03T08:14:00Z"));
    run.push(ServerEvent::Balance(balance(11, [75_000, 22_000, 10_000, 0])));
    assert_eq!(run.pause(Timer::Reminder), None, "the timer runs");

    run.now = at("2026-12-03T08:14:00Z");
    run.on(Event::TimerEnded(Timer::Reminder));
    assert_eq!(
        run.notified_text(),
        "22,000 tokens will be forfeited: Fast tokens reset 5 Dec, 09:14 CET, and your Rollover Bank has no room for \
         them. Spend them before."
    );
    assert!(run.does(&Effect::WriteCache(CacheWrite::Reminded(key("ada"), at(RESET)))));
    run.push(ServerEvent::Balance(balance(12, [75_000, 21_000, 10_000, 0])));
    assert_eq!(run.notified(), [""; 0], "once");

    let mut run = run.restart(60);
    run.on(Event::Renewed(Ok(renewed())));
    run.on(refreshed(full()));
    assert_eq!(run.notified(), [""; 0], "not after a restart either");
}

#[test]
fn tokens_that_are_spent_in_time_need_no_reminder() {
    let mut run = Run::online_with(full());
    change(&mut run, SettingChange::Remind(true));
    run.push(ServerEvent::Balance(balance(11, [60_000, 10_000, 10_000, 0])));
    run.now = at("2026-12-03T08:14:00Z");
    run.on(Event::TimerEnded(Timer::Reminder));
    assert_eq!(run.notified(), [""; 0]);
    run.push(ServerEvent::Balance(balance(12, [75_000, 22_920, 10_000, 0])));
    assert_eq!(run.notified().len(), 1, "a balance that rises again does");
}

#[test]
fn the_user_is_reminded_before_the_plan_ends() {
    let mut ending = fresh();
    ending.account.subscription.cancel_at_period_end = true;
    ending.account.subscription.ends_at = Some(at(RESET));
    let mut run = Run::online_with(ending);
    run.now = at("2026-12-04T12:00:00Z");
    change(&mut run, SettingChange::Remind(true));
    assert_eq!(
        run.notified_text(),
        "24,120 tokens will be forfeited: Your plan ends 5 Dec, 09:14 CET. Spend them before. You keep 10,000 top-up \
         tokens, locked until you have an active plan."
    );
}

#[test]
fn a_balance_that_is_not_confirmed_reminds_nobody() {
    let mut run = Run::online_with(full());
    change(&mut run, SettingChange::Remind(true));
    run.on(Event::Refreshed(Err(Failure::Offline)));
    run.now = at("2026-12-03T08:14:00Z");
    run.on(Event::TimerEnded(Timer::Reminder));
    assert_eq!(run.notified(), [""; 0]);
    run.on(refreshed(full()));
    assert_eq!(run.notified().len(), 1, "it is once the service has confirmed it");
}

#[test]
fn the_reminder_is_german_for_german_users() {
    let mut run = Run::online_with(full());
    run.now = at("2026-12-04T12:00:00Z");
    change(&mut run, SettingChange::Language(Language::German));
    change(&mut run, SettingChange::Remind(true));
    assert!(
        run.notified_text().starts_with("22.920 Token verfallen bald: Am 5. Dez., 09:14 MEZ"),
        "{}",
        run.notified_text()
    );
}

#[test]
fn a_far_reset_starts_a_long_timer_and_another_account_starts_its_own() {
    let mut run = Run::online_with(full());
    change(&mut run, SettingChange::Remind(true));
    run.add("Noor Haddad", noor());
    assert_eq!(run.pause(Timer::Reminder), None, "her tokens fit into the bank");
    let mut later = full();
    later.balance.fast.resets_at = Some(at("2027-01-05T08:14:00Z"));
    run.switch("ada", later);
    assert!(run.pause(Timer::Reminder).unwrap().after > Duration::from_hours(40 * 24));
}

#[test]
fn the_shortcut_is_on_only_when_the_system_has_set_it() {
    let mut run = Run::online();
    assert_eq!(run.view().settings.shortcut, None, "off by default");
    change(&mut run, SettingChange::Shortcut(true));
    assert_eq!(run.effects, [Effect::SetShortcut(true)]);
    assert_eq!(run.view().settings.shortcut, None);
    run.on(Event::ShortcutSet(Ok(Some("Ctrl+Alt+K".into()))));
    assert_eq!(run.view().settings.shortcut.as_deref(), Some("Ctrl+Alt+K"));
    assert!(run.cached.settings.shortcut, "the next start sets it again");
    assert_eq!(run.on(Event::ShortcutSet(Ok(Some("Meta+T".into())))), [], "the user has changed the keys");
    assert_eq!(run.view().settings.shortcut.as_deref(), Some("Meta+T"));

    let mut run = run.restart(60);
    assert!(run.does(&Effect::SetShortcut(true)));
    run.on(Event::ShortcutSet(Err(Failure::Shortcut)));
    let settings = run.view().settings;
    assert_eq!((settings.shortcut, settings.problem.unwrap().code.as_str()), (None, "shortcut"));
    assert!(run.cached.settings.shortcut, "another start may succeed");

    change(&mut run, SettingChange::Shortcut(false));
    assert_eq!(run.effects, [Effect::SetShortcut(false)]);
    run.on(Event::ShortcutSet(Ok(None)));
    assert!(!run.cached.settings.shortcut);
    assert!(!run.restart(60).does(&Effect::SetShortcut(true)));
}
