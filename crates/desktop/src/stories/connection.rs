use super::run::*;
use crate::{
    command::Command,
    event::{Effect, Event, Timer},
    failure::{ErrorResponse, Failure},
    testing::{balance, problem},
    view::{Connection, PanelNotice},
};
use std::time::Duration;
use tokenwell_wire::{Balance, ServerEvent, Tokens, Used};

fn offline_code(run: &Run) -> Option<String> {
    match run.view().connection {
        Connection::Offline { problem, .. } => Some(problem.code),
        _ => None,
    }
}

#[test]
fn a_push_changes_panel_and_tray_and_is_cached() {
    let mut run = Run::online();
    run.push(ServerEvent::Balance(balance(11, [700, 22_920, 10_000, 0])));
    assert_eq!(run.spendable(), Some(33_620));
    assert_eq!(run.menu()[0], "Rollover Bank 700 of 75,000");
    assert_eq!(run.cached_version(), Some(11));
    assert!(!run.does(&Effect::Refresh), "pushed data is not requested");
}

#[test]
fn an_older_version_is_never_shown_over_a_newer_one() {
    let mut run = Run::online();
    run.push(ServerEvent::Balance(balance(12, [0, 22_000, 0, 0])));
    run.push(ServerEvent::Balance(balance(11, [700, 22_920, 10_000, 0])));
    run.on(refreshed(fresh()));
    assert_eq!(run.spendable(), Some(22_000));
    assert_eq!(run.cached_version(), Some(12));
}

#[test]
fn a_failed_refresh_keeps_the_last_good_balance_with_its_age() {
    let mut run = Run::online();
    let since = run.later(60).now;
    run.user(Command::Refresh);
    run.on(Event::Refreshed(Err(Failure::Offline)));
    run.later(12 * 60);
    assert_eq!((run.spendable(), run.stale()), (Some(34_120), true));
    assert!(run.menu().contains(&"Offline · last updated 13 minutes ago".to_owned()));

    run.on(Event::TimerEnded(Timer::Reconnect));
    run.on(Event::Refreshed(Err(Failure::Timeout)));
    let Connection::Offline { since: since_first, problem } = run.view().connection else { panic!() };
    assert_eq!((since_first, problem.code.as_str()), (since, "timeout"));
}

#[test]
fn the_tray_is_updated_by_time_only_while_the_balance_is_stale() {
    let mut run = Run::online();
    assert_eq!(run.pause(Timer::Age), None);
    run.later(70);
    run.on(Event::Refreshed(Err(Failure::Offline)));
    assert_eq!(run.pause(Timer::Age).unwrap().after, Duration::from_secs(50), "until the age is 2 minutes");
    run.later(50);
    run.on(Event::TimerEnded(Timer::Age));
    assert_eq!(run.pause(Timer::Age).unwrap().after, Duration::from_mins(1));
    run.on(Event::Refreshed(Ok(Box::new(fresh()))));
    run.on(Event::TimerEnded(Timer::Age));
    assert_eq!(run.effects, []);
}

#[test]
fn retries_grow_rarer_until_one_succeeds() {
    let mut run = Run::online();
    let mut longest = Vec::new();
    for _ in 0..4 {
        run.on(Event::Refreshed(Err(Failure::Offline)));
        let pause = run.pause(Timer::Reconnect).unwrap();
        longest.push((pause.after + pause.spread).as_secs());
        run.on(Event::TimerEnded(Timer::Reconnect));
        assert!(run.does(&Effect::Refresh));
    }
    assert_eq!(longest, [1, 2, 4, 8]);
    run.on(refreshed(fresh()));
    assert_eq!((run.view().connection, run.stale()), (Connection::Online, false));
}

#[test]
fn retry_after_is_respected() {
    let mut run = Run::online();
    let busy = ErrorResponse {
        status: 503,
        problem: Some(Box::new(problem(503, "issuer_unreachable"))),
        retry_after: Some(Duration::from_secs(90)),
    };
    run.on(Event::Refreshed(Err(Failure::Response(busy))));
    assert_eq!(run.pause(Timer::Reconnect).unwrap().after, Duration::from_secs(90));
    assert_eq!(offline_code(&run).as_deref(), Some("issuer_unreachable"));
}

#[test]
fn one_refresh_is_in_flight_at_a_time() {
    let mut run = Run::online();
    assert_eq!(run.user(Command::Refresh), [Effect::Refresh]);
    assert_eq!(run.user(Command::Refresh), []);
    assert_eq!(run.on(Event::TimerEnded(Timer::Allowance)), []);
    run.on(refreshed(fresh()));
    assert!(run.does(&Effect::Refresh), "the allowance was due meanwhile, so it refreshes again");
}

#[test]
fn a_healthy_stream_that_ends_is_resumed_without_a_problem() {
    let mut run = Run::online();
    run.push(ServerEvent::Balance(balance(11, [700, 22_920, 10_000, 0])));
    run.later(3_600);
    run.on(Event::StreamEnded(Failure::Offline));
    assert_eq!((run.view().connection, run.stale()), (Connection::Online, false));
    assert!(run.pause(Timer::Reconnect).is_some());
    run.on(Event::TimerEnded(Timer::Reconnect));
    run.on(refreshed(fresh()));
    assert!(run.does(&Effect::Listen(Some("41".into()))));
}

#[test]
fn a_stream_that_ends_at_once_counts_as_offline_and_is_retried_with_growing_pauses() {
    let mut run = Run::online();
    let mut pauses = Vec::new();
    for _ in 0..3 {
        run.later(1).on(Event::StreamEnded(Failure::Timeout));
        assert_eq!(offline_code(&run).as_deref(), Some("timeout"));
        pauses.push(run.pause(Timer::Reconnect).unwrap().after);
        run.on(Event::TimerEnded(Timer::Reconnect));
        run.on(refreshed(fresh()));
    }
    assert!(pauses.is_sorted_by(|before, after| before < after), "{pauses:?}");
}

#[test]
fn a_service_that_shuts_down_is_retried_at_its_time_and_shown_as_online_until_then() {
    let mut run = Run::online();
    let retry_after = Duration::from_secs(7);
    run.later(60).on(Event::StreamEnded(Failure::Stopping(Some(retry_after))));
    assert_eq!((offline_code(&run), run.pause(Timer::Reconnect).unwrap().after), (None, retry_after));
}

#[test]
fn the_next_allowance_is_fetched_when_it_is_due() {
    let mut run = Run::online();
    run.push(ServerEvent::Balance(balance(11, [0, 22_920, 10_000, 0])));
    // From noon on 22 November to 08:14 on 5 December.
    let due = Duration::from_hours(12 * 24 + 20) + Duration::from_mins(14);
    assert_eq!(run.pause(Timer::Allowance).unwrap().after, due);
    run.on(Event::TimerEnded(Timer::Allowance));
    assert_eq!(run.effects, [Effect::Refresh]);
}

#[test]
fn a_full_well_is_what_is_here_and_what_was_used_since_the_last_reset() {
    let mut run = Run::online();
    let full = |run: &Run| run.view().balance.unwrap().full;
    assert_eq!(full(&run), Tokens(34_120));
    let used = |balance, tokens| {
        let since = "2026-11-05T08:14:00Z".parse().unwrap();
        Balance { used: Some(Used { tokens: Tokens(tokens), since }), ..balance }
    };
    let mut on_hold = used(balance(11, [0, 1_000, 0, 0]), 33_000);
    on_hold.fast.held = Tokens(120);
    run.push(ServerEvent::Balance(on_hold));
    assert_eq!(full(&run), Tokens(34_120));
    run.push(ServerEvent::Balance(Balance { used: None, ..balance(12, [0, 900, 0, 0]) }));
    assert_eq!(full(&run), Tokens(900), "a service that does not report it");
    let mut after_renewal = balance(13, [1_000, 25_000, 0, 0]);
    after_renewal.fast.resets_at = Some("2027-01-05T08:14:00Z".parse().unwrap());
    run.push(ServerEvent::Balance(after_renewal));
    assert_eq!(full(&run), Tokens(26_000));
    assert!(run.does(&Effect::Refresh), "the account's renewal date changed with it");
}

#[test]
fn incompatible_versions_of_service_and_app_are_shown() {
    for (version, code) in [(0, "service_too_old"), (2, "service_too_new")] {
        let mut run = Run::online();
        let mut other = fresh();
        other.description.api_version = version;
        run.on(refreshed(other));
        assert_eq!((offline_code(&run).as_deref(), run.spendable()), (Some(code), Some(34_120)));
    }
    let mut run = Run::online();
    let mut wanting = fresh();
    wanting.description.min_app_version = Some("0.2.0".into());
    run.on(refreshed(wanting));
    assert_eq!(run.view().notices, [PanelNotice::AppTooOld]);
    run.on(refreshed(fresh()));
    assert_eq!(run.view().notices, []);
}

#[test]
fn after_waking_from_sleep_there_is_one_refresh_after_a_pause() {
    let mut run = Run::online();
    for _ in 0..6 {
        run.on(Event::Refreshed(Err(Failure::Offline)));
    }
    run.later(8 * 3_600).on(Event::Resumed);
    let pause = run.pause(Timer::Reconnect).unwrap();
    assert!(pause.after >= Duration::from_secs(2) && pause.after + pause.spread <= Duration::from_secs(10));
    assert!(!run.does(&Effect::Refresh), "the network needs a moment");
    run.on(Event::TimerEnded(Timer::Reconnect));
    assert_eq!(run.effects.iter().filter(|effect| **effect == Effect::Refresh).count(), 1);
    run.on(Event::Refreshed(Err(Failure::Offline)));
    assert!(
        run.pause(Timer::Reconnect).unwrap().after <= Duration::from_secs(1),
        "retries start from the shortest pause"
    );
}

#[test]
fn a_clock_that_differs_from_the_services_shows_a_notice_until_it_is_right() {
    for (seconds, shown) in [(0, false), (299, false), (301, true), (-3_600, true)] {
        let mut run = Run::online();
        run.later(seconds).on(refreshed(fresh()));
        assert_eq!(run.view().notices.contains(&PanelNotice::ClockWrong), shown, "{seconds} s");
        run.later(-seconds).on(refreshed(fresh()));
        assert_eq!(run.view().notices, []);
    }
    let mut run = Run::online();
    run.on(Event::Refreshed(Err(Failure::Clock)));
    assert_eq!(offline_code(&run).as_deref(), Some("clock"));
}
