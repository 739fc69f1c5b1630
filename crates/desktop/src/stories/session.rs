use super::run::*;
use crate::{
    cached_state::{CacheWrite, CachedState},
    command::Command,
    event::{CacheState, Effect, Event, Kept, KeyringProblem, RenewedTokens, SignIn, Start, Timer},
    failure::Failure,
    testing::at,
    view::{Connection, PanelNotice, Session},
};

fn problem(run: &Run) -> Option<String> {
    match run.view().session {
        Session::SignedOut { problem, .. } => problem.map(|problem| problem.code),
        _ => None,
    }
}

#[test]
fn the_first_start_opens_the_panel_and_proposes_the_preset_service() {
    let run = Run::first();
    assert_eq!(run.view().session, Session::SignedOut { problem: None, again: None });
    assert_eq!(run.view().service, "https://preset.example");
    assert_eq!(run.effects, [Effect::OpenPanel]);
}

#[test]
fn signing_in_opens_the_issuers_page_and_then_shows_the_account() {
    let mut run = Run::first();
    run.user(Command::SignIn { service: " tokens.example ".into() });
    assert!(
        matches!(&run.effects[..], [Effect::SignIn { service, choose: false }] if service.as_str() == "https://tokens.example/")
    );
    assert_eq!(run.view().session, Session::SigningIn { url: None });

    let page = "https://id.example/authorize?state=s";
    run.on(Event::SignIn(SignIn::Page(page.into())));
    assert_eq!(run.opened(), [page]);
    run.user(Command::SignIn { service: SERVICE.into() });
    assert_eq!(run.opened(), [page], "pressed again, the same page opens again");

    run.signed_in("Ada Moreau");
    assert!(run.does(&Effect::BeginSession) && run.does(&Effect::OpenPanel) && run.does(&Effect::Refresh));
    assert_eq!((run.spendable(), run.cached.current.clone()), (None, None), "the account is not known yet");

    run.on(refreshed(fresh()));
    assert!(run.does(&Effect::SaveRefreshToken(key("ada"))) && run.does(&Effect::Listen(None)));
    let Session::SignedIn { account: Some(account), name } = run.view().session else { panic!() };
    assert_eq!((account.id.as_str(), name.as_deref()), ("ada", Some("Ada Moreau")));
    assert_eq!((run.spendable(), run.stale()), (Some(34_120), false));
    assert_eq!(run.view().connection, Connection::Online);
}

#[test]
fn a_bad_address_is_refused_with_a_reason_and_nothing_is_sent() {
    for (typed, code) in [("", "bad_address"), ("http://tokens.example", "not_encrypted")] {
        let mut run = Run::first();
        assert_eq!(run.user(Command::SignIn { service: typed.into() }), []);
        assert_eq!(problem(&run).as_deref(), Some(code));
    }
}

#[test]
fn an_issuers_page_that_is_not_encrypted_is_not_opened() {
    let mut run = Run::first();
    run.user(Command::SignIn { service: SERVICE.into() });
    run.on(Event::SignIn(SignIn::Page("http://id.example/authorize".into())));
    assert_eq!(run.effects, [Effect::CancelSignIn]);
    assert_eq!(problem(&run).as_deref(), Some("sign_in_unavailable"));
}

#[test]
fn signing_in_can_be_cancelled_and_a_late_response_changes_nothing() {
    let mut run = Run::first();
    run.user(Command::SignIn { service: SERVICE.into() });
    run.user(Command::CancelSignIn);
    assert_eq!(run.effects, [Effect::CancelSignIn]);
    assert_eq!(run.signed_in("Ada Moreau"), []);
    assert_eq!(run.on(refreshed(fresh())), []);
    assert_eq!(run.view().session, Session::SignedOut { problem: None, again: None });
}

#[test]
fn the_next_start_shows_the_cached_balance_at_once_and_renews_the_access_token() {
    let run = Run::online().restart(12 * 60);
    assert!(matches!(
        &run.effects[..],
        [Effect::ResumeSession { .. }, Effect::Renew, Effect::StartTimer(..)]
    ));
    assert_eq!((run.spendable(), run.stale()), (Some(34_120), true));
    assert_eq!(run.view().connection, Connection::Connecting);
    assert!(run.menu().contains(&"Last updated 12 minutes ago".to_owned()));
}

#[test]
fn a_refused_access_token_is_renewed_once_before_the_session_ends_with_a_reason() {
    let mut run = Run::online();
    run.on(Event::StreamEnded(Failure::Unauthorized));
    assert_eq!(run.effects[0], Effect::Renew);
    run.on(Event::Renewed(Ok(renewed())));
    assert_eq!(run.effects, [Effect::Refresh]);
    run.on(Event::Refreshed(Err(Failure::Unauthorized)));
    assert_eq!(run.effects, [Effect::EndSession, Effect::WriteCache(CacheWrite::SignedOut(key("ada")))]);
    assert_eq!(problem(&run).as_deref(), Some("unauthorized"));
    assert_eq!(run.spendable(), None);
    assert!(run.cached_version().is_some(), "the account's cache is kept");
}

#[test]
fn an_accepted_access_token_continues_the_session() {
    let mut run = Run::online();
    run.on(Event::StreamEnded(Failure::Unauthorized));
    run.on(Event::Renewed(Ok(renewed())));
    run.on(refreshed(fresh()));
    assert!(run.does(&Effect::Listen(None)));
    run.on(Event::StreamEnded(Failure::Unauthorized));
    assert_eq!(run.effects[0], Effect::Renew, "and it can be renewed again");
}

#[test]
fn after_an_ended_sign_in_the_same_account_finds_its_purchase_again() {
    let mut run = Run::waiting().restart(60);
    run.on(Event::Renewed(Err(Failure::SessionEnded)));
    assert_eq!(problem(&run).as_deref(), Some("session_ended"));

    run.user(Command::SignIn { service: SERVICE.into() });
    run.on(Event::SignIn(SignIn::Page("https://id.example/authorize?state=s".into())));
    run.signed_in("Ada Moreau");
    assert!(run.view().purchase.is_none());
    run.on(refreshed(fresh()));
    assert!(run.does(&Effect::FetchPurchase { key: KEY, id: "p1".into() }));
}

#[test]
fn another_account_sees_no_data_of_the_previous_one() {
    let mut run = Run::waiting();
    run.on(Event::Renewed(Err(Failure::SessionEnded)));
    run.user(Command::SignIn { service: SERVICE.into() });
    run.signed_in("Noor Haddad");
    assert_eq!(run.spendable(), None, "the account is not known yet");
    run.on(refreshed(noor()));
    assert_eq!((run.spendable(), run.view().purchase), (Some(150), None));
    assert!(run.cached_purchase().is_some(), "Ada's purchase stays cached");
    assert_eq!(run.cached.current, Some(key("noor")));
}

#[test]
fn signing_out_revokes_the_tokens_and_deletes_the_cached_account() {
    let mut run = Run::waiting();
    run.user(Command::SignOut);
    assert_eq!(
        run.effects,
        [Effect::SignOut(Some(key("ada"))), Effect::WriteCache(CacheWrite::Forget(key("ada")))]
    );
    assert_eq!(run.view().session, Session::SignedOut { problem: None, again: None });
    assert_eq!(run.view().service, SERVICE, "the form proposes the same address");
    assert_eq!((run.spendable(), run.view().purchase, run.cached.accounts), (None, None, vec![]));
}

#[test]
fn a_deleted_account_is_signed_out_and_its_cache_deleted_with_a_notice() {
    let mut run = Run::online();
    run.on(Event::Refreshed(Err(Failure::AccountDeleted)));
    assert_eq!(
        run.effects,
        [Effect::SignOut(Some(key("ada"))), Effect::WriteCache(CacheWrite::Forget(key("ada")))]
    );
    assert_eq!(problem(&run).as_deref(), Some("account_deleted"));

    let mut run = Run::online();
    run.push(tokenwell_wire::ServerEvent::AccountDeleted);
    assert_eq!(problem(&run).as_deref(), Some("account_deleted"));
}

#[test]
fn without_a_keyring_the_session_works_and_a_notice_is_shown() {
    let mut run = Run::first();
    run.user(Command::SignIn { service: SERVICE.into() });
    run.signed_in("Ada Moreau");
    run.on(refreshed(fresh()));
    assert_eq!(run.view().notices, []);
    run.on(Event::RefreshTokenSaved(Kept::InMemory(KeyringProblem::Missing)));
    assert_eq!(run.view().notices, [PanelNotice::KeyringMissing]);
    run.on(Event::Renewed(Ok(RenewedTokens { name: None, kept: Kept::InMemory(KeyringProblem::Missing) })));
    assert_eq!(run.view().notices, [PanelNotice::KeyringMissing]);
    run.user(Command::SignOut);
    assert_eq!(run.view().notices, []);
}

#[test]
fn a_locked_keyring_keeps_the_cached_balance_and_shows_a_problem() {
    let mut run = Run::online().restart(60);
    run.on(Event::Renewed(Err(Failure::KeyringLocked)));
    let Connection::Offline { problem, .. } = run.view().connection else { panic!() };
    assert_eq!((problem.code.as_str(), run.spendable()), ("keyring_locked", Some(34_120)));
    assert!(!run.effects.iter().any(|effect| matches!(effect, Effect::StartTimer(Timer::Reconnect, _))));
    run.on(Event::Resumed);
    run.on(Event::TimerEnded(Timer::Reconnect));
    run.on(Event::TimerEnded(Timer::Allowance));
    assert_eq!(run.effects, [], "nothing prompts before the user asks for it");
    run.user(Command::Refresh);
    assert_eq!(run.effects, [Effect::Renew]);

    run.on(Event::Renewed(Err(Failure::KeyringLocked)));
    run.on(Event::KeyringOpened);
    assert_eq!(run.effects, [Effect::Renew], "the password was typed after all");
}

#[test]
fn a_keyring_that_is_not_there_yet_does_not_end_the_session() {
    let mut run = Run::online().restart(60);
    run.on(Event::Renewed(Err(Failure::KeyringUnavailable)));
    let Connection::Offline { problem, .. } = run.view().connection else { panic!() };
    assert_eq!((problem.code.as_str(), run.spendable()), ("keyring_unavailable", Some(34_120)));
    assert!(matches!(run.effects[..], [Effect::StartTimer(Timer::Reconnect, _), ..]), "{:?}", run.effects);
    run.on(Event::KeyringOpened);
    assert_eq!(run.effects, [Effect::Renew], "as soon as it starts");
}

#[test]
fn a_sign_in_that_no_keyring_took_ends_with_the_run() {
    let mut run = Run::online();
    run.on(Event::RefreshTokenSaved(Kept::InMemory(KeyringProblem::Missing)));
    let mut run = run.restart(60);
    run.on(Event::Renewed(Err(Failure::KeyringUnavailable)));
    assert_eq!(problem(&run).as_deref(), Some("keyring"));
}

#[test]
fn what_the_keyring_did_not_take_is_stored_when_it_can_be_and_the_notice_names_the_reason() {
    let mut run = Run::online();
    for (why, notice) in [
        (KeyringProblem::Missing, PanelNotice::KeyringMissing),
        (KeyringProblem::Locked, PanelNotice::KeyringLocked),
        (KeyringProblem::Refused, PanelNotice::KeyringRefused),
    ] {
        run.on(Event::Renewed(Ok(RenewedTokens { name: None, kept: Kept::InMemory(why) })));
        assert_eq!(run.view().notices, [notice]);
        run.on(Event::KeyringOpened);
        assert!(run.does(&Effect::SaveRefreshToken(key("ada"))), "{why:?}");
        run.user(Command::Refresh);
        assert!(run.does(&Effect::SaveRefreshToken(key("ada"))), "{why:?}");
    }
    run.on(Event::RefreshTokenSaved(Kept::InKeyring));
    assert_eq!(run.effects, [Effect::WriteCache(CacheWrite::InMemory(key("ada"), false))]);
    assert_eq!(run.view().notices, []);
    run.on(Event::KeyringOpened);
    assert_eq!(run.effects, []);
}

#[test]
fn the_command_lines_service_is_used_and_no_other_services_balance_is_shown() {
    let cached = Run::online().cached;
    let service = Some("http://127.0.0.1:8787/".to_owned());
    let start = Start {
        cached: cached.clone(),
        cache: CacheState::Sound,
        service,
        open: None,
        warm: WARM,
        has_title: true,
    };
    let run = Run::start_with(start, at("2026-11-22T13:00:00Z"));
    assert_eq!(run.view().service, "http://127.0.0.1:8787");
    assert_eq!(
        (run.view().session, run.spendable()),
        (Session::SignedOut { problem: None, again: None }, None)
    );

    let service = Some(format!("{SERVICE}/"));
    let start = Start { cached, cache: CacheState::Sound, service, open: None, warm: WARM, has_title: true };
    let run = Run::start_with(start, at("2026-11-22T13:00:00Z"));
    assert_eq!(run.spendable(), Some(34_120), "the same service with a different spelling");
}

#[test]
fn a_rebuilt_and_an_unwritable_cache_each_show_a_notice() {
    for (cache, notice) in [
        (CacheState::Rebuilt, PanelNotice::CacheRebuilt),
        (CacheState::Unwritable, PanelNotice::CacheUnwritable),
    ] {
        let start = Start {
            cached: CachedState::default(),
            cache,
            service: None,
            open: None,
            warm: WARM,
            has_title: true,
        };
        let run = Run::start_with(start, at("2026-11-22T12:00:00Z"));
        assert_eq!(run.view().notices, [notice]);
    }
    let mut run = Run::online();
    run.on(Event::CacheWritable(false));
    assert_eq!(run.view().notices, [PanelNotice::CacheUnwritable]);
    run.on(Event::CacheWritable(true));
    assert_eq!(run.view().notices, []);
}

#[test]
fn a_notice_is_shown_while_the_keyring_waits_to_be_unlocked() {
    let mut run = Run::online().restart(60);
    run.on(Event::KeyringWaits(true));
    assert_eq!((run.view().notices, run.spendable()), (vec![PanelNotice::KeyringWaiting], Some(34_120)));
    run.on(Event::KeyringWaits(false));
    assert_eq!(run.view().notices, []);
    run.on(Event::KeyringWaits(true));
    run.on(Event::Renewed(Err(Failure::SessionEnded)));
    assert_eq!(run.view().notices, [], "the session has ended");
}
