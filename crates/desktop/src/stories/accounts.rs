use super::run::*;
use crate::{
    cached_state::CacheWrite,
    command::{Command, PanelEntry},
    event::{AccountSnapshot, CacheState, Effect, Event, Kept, KeyringProblem, SignIn, Start},
    failure::Failure,
    testing::{at, balance},
    tray::Line,
    view::{AccountView, AddingAccount, AddingAccountStep, PanelNotice, PurchaseStep, Session},
};
use proptest::prelude::*;
use std::collections::BTreeSet;
use tokenwell_wire::{PurchaseStatus, ServerEvent, Tokens};
use uuid::Uuid;

fn adding(run: &Run) -> Option<AddingAccountStep> {
    run.view().adding.map(|adding| adding.step)
}

fn shown(run: &Run) -> Option<String> {
    match run.view().session {
        Session::SignedIn { account, .. } => account.map(|account| account.id),
        _ => None,
    }
}

/// The accounts of the menu: id, whether it is current, whether it has to sign in again.
fn listed(run: &Run) -> Vec<(String, bool, bool)> {
    let line = |account: AccountView| (account.key.id, account.current, account.signed_out);
    run.view().accounts.into_iter().map(line).collect()
}

fn entry(id: &str, current: bool, signed_out: bool) -> (String, bool, bool) {
    (id.into(), current, signed_out)
}

/// Ada's sign-in has ended while Noor's is shown.
fn with_ada_signed_out() -> Run {
    let mut run = Run::online();
    run.on(Event::Refreshed(Err(Failure::SessionEnded)));
    run.user(Command::SignIn { service: SERVICE.into() });
    run.signed_in("Noor Haddad");
    run.on(refreshed(noor()));
    run
}

#[test]
fn another_account_is_added_while_the_current_one_stays_connected() {
    let mut run = Run::online();
    run.user(Command::AddAccount);
    assert_eq!(run.effects, [Effect::OpenPanel], "the session is unchanged");
    assert_eq!(adding(&run), Some(AddingAccountStep::Asking { problem: None }));
    assert_eq!(run.view().adding.map(|adding| adding.service).as_deref(), Some(SERVICE));

    run.user(Command::SignIn { service: "other.example".into() });
    assert!(
        matches!(&run.effects[..], [Effect::SignIn { choose: true, .. }]),
        "the issuer asks which user signs in"
    );
    assert_eq!(run.view().service, SERVICE, "the current session's address is unchanged");
    run.push(ServerEvent::Balance(balance(11, [700, 22_920, 10_000, 0])));
    assert_eq!((shown(&run).as_deref(), run.spendable()), (Some("ada"), Some(33_620)));

    run.signed_in("Noor Haddad");
    assert_eq!(run.effects[0], Effect::BeginSession);
    assert_eq!((run.spendable(), listed(&run)), (None, vec![entry("ada", false, false)]));
    run.on(refreshed(noor()));
    assert_eq!((shown(&run).as_deref(), run.spendable(), adding(&run)), (Some("noor"), Some(150), None));
    let both: Vec<_> = run.view().accounts.into_iter().map(|account| account.key.service).collect();
    assert_eq!(both, [SERVICE, "https://other.example"]);
}

#[test]
fn cancelling_returns_to_the_account_that_is_signed_in() {
    let mut run = Run::online();
    run.user(Command::AddAccount);
    assert_eq!(run.user(Command::CancelSignIn), []);
    assert_eq!((adding(&run), run.stale()), (None, false));

    run.user(Command::AddAccount);
    run.user(Command::SignIn { service: SERVICE.into() });
    assert_eq!(run.user(Command::CancelSignIn), [Effect::CancelSignIn]);
    assert_eq!(run.signed_in("Noor Haddad"), [], "a late response changes nothing");
    assert_eq!((adding(&run), shown(&run).as_deref(), run.stale()), (None, Some("ada"), false));
}

#[test]
fn a_failed_sign_in_shows_the_reason_and_does_not_change_the_session() {
    let mut run = Run::online();
    run.user(Command::AddAccount);
    run.user(Command::SignIn { service: "http://tokens.example".into() });
    let problem_code = |run: &Run| match adding(run) {
        Some(AddingAccountStep::Asking { problem }) => problem.map(|problem| problem.code),
        _ => None,
    };
    assert_eq!(problem_code(&run).as_deref(), Some("not_encrypted"));
    run.user(Command::SignIn { service: SERVICE.into() });
    run.on(Event::SignIn(SignIn::Failed(Failure::SignInDenied)));
    assert_eq!(run.effects, [Effect::CancelSignIn]);
    assert_eq!((problem_code(&run).as_deref(), run.spendable()), (Some("sign_in_denied"), Some(34_120)));
}

#[test]
fn closing_the_panel_cancels_the_sign_in_form_but_not_a_sign_in_in_the_browser() {
    let mut run = Run::online();
    run.user(Command::AddAccount);
    run.user(Command::ClosePanel);
    assert_eq!(adding(&run), None);
    run.user(Command::AddAccount);
    run.open(PanelEntry::AddTokens);
    assert_eq!(adding(&run), None, "the tray's command is visible");
    run.user(Command::AddAccount);
    run.user(Command::SignIn { service: SERVICE.into() });
    run.user(Command::ClosePanel);
    assert_eq!(adding(&run), Some(AddingAccountStep::SigningIn { url: None }));
}

#[test]
fn switching_shows_the_cached_balance_at_once_and_then_the_current_one() {
    let mut run = Run::with_two_accounts();
    run.later(12 * 60).user(Command::SwitchAccount { account: key("ada") });
    assert_eq!(run.effects[0], Effect::WriteCache(CacheWrite::Current(key("ada"))));
    assert!(matches!(&run.effects[1], Effect::ResumeSession { account, .. } if *account == key("ada")));
    assert_eq!(run.effects[2], Effect::Renew);
    assert_eq!((run.spendable(), run.stale()), (Some(34_120), true));
    assert!(run.menu().contains(&"Last updated 12 minutes ago".to_owned()));
    let Session::SignedIn { name, .. } = run.view().session else { panic!() };
    assert_eq!(name.as_deref(), Some("Ada Moreau"));

    run.on(Event::Renewed(Ok(renewed())));
    assert_eq!(run.effects, [Effect::Refresh]);
    run.on(refreshed(fresh()));
    assert!(run.does(&Effect::Listen(None)), "its stream does not continue another account's");
    assert_eq!((run.spendable(), run.stale()), (Some(34_120), false));
    assert_eq!(listed(&run), [entry("ada", true, false), entry("noor", false, false)]);
}

#[test]
fn the_data_of_two_accounts_is_never_mixed() {
    let mut run = Run::online();
    run.push(ServerEvent::Balance(balance(11, [700, 22_920, 10_000, 0])));
    run.add("Noor Haddad", noor());
    let cached = run.cached_account("ada").unwrap();
    assert_eq!(cached.balance.as_ref().unwrap().balance.spendable, Tokens(33_620));
    assert_eq!(run.view().prompt, None);
    let accounts = run.view().accounts;
    assert_eq!(accounts[0].balance.as_ref().unwrap().spendable, Tokens(33_620));
    assert_eq!(accounts[1].balance.as_ref().unwrap().spendable, Tokens(150));
    run.push(ServerEvent::Balance(balance(3, [0, 140, 0, 0])));
    assert_eq!(run.cached_version(), Some(11), "Noor's balance does not replace Ada's");
}

#[test]
fn a_purchase_in_flight_is_resumed_when_its_account_is_current_again() {
    let mut run = Run::waiting();
    run.add("Noor Haddad", noor());
    assert_eq!(run.view().purchase, None);
    assert!(run.cached_purchase().is_some());
    assert!(!run.menu().iter().any(|line| line.starts_with("Waiting for payment")));

    run.switch("ada", fresh());
    assert!(matches!(run.step(), Some(PurchaseStep::Waiting { .. })));
    run.respond(PurchaseStatus::Paid);
    assert!(matches!(run.step(), Some(PurchaseStep::Paid { .. })), "it was paid meanwhile");
    assert!(run.does(&Effect::Refresh));
    assert_eq!(run.notified(), ["30,000 tokens added"]);
    assert_eq!(run.cached_purchase(), None);
}

#[test]
fn two_accounts_can_each_have_a_purchase_and_both_survive_a_restart() {
    let mut run = Run::waiting();
    let mut premium = fresh();
    premium.account = account("noor", true);
    run.add("Noor Haddad", premium.clone());
    run.buy();
    run.respond(PurchaseStatus::Open);
    let mut run = run.restart(60);
    assert_eq!((shown(&run).as_deref(), run.step().is_some()), (Some("noor"), true));
    run.on(Event::Renewed(Ok(renewed())));
    run.on(refreshed(premium));
    run.respond(PurchaseStatus::Paid);
    assert!(run.cached_account("noor").unwrap().purchase.is_none());
    assert!(run.cached_purchase().is_some());
    run.user(Command::SwitchAccount { account: key("ada") });
    assert!(matches!(run.step(), Some(PurchaseStep::Waiting { .. })));
}

#[test]
fn signing_in_to_the_same_account_again_replaces_its_sign_in() {
    let mut run = Run::with_two_accounts();
    run.add("Ada Moreau", fresh());
    assert!(run.does(&Effect::SaveRefreshToken(key("ada"))));
    assert_eq!(listed(&run), [entry("ada", true, false), entry("noor", false, false)]);
    run.add("Ada Moreau", fresh());
    assert_eq!(listed(&run).len(), 2, "also for the account that is signed in");
}

#[test]
fn signing_out_resumes_the_next_account_or_shows_the_sign_in_form() {
    let mut run = Run::with_two_accounts();
    run.user(Command::SignOut);
    let [Effect::SignOut(whose), Effect::WriteCache(CacheWrite::Forget(forgotten)), rest @ ..] =
        &run.effects[..]
    else {
        panic!("{:?}", run.effects)
    };
    assert_eq!((whose, forgotten), (&Some(key("noor")), &key("noor")));
    assert!(rest.contains(&Effect::Renew));
    assert_eq!((shown(&run).as_deref(), run.spendable()), (Some("ada"), Some(34_120)));
    assert_eq!(listed(&run), [entry("ada", true, false)]);
    run.user(Command::SignOut);
    assert_eq!(run.view().session, Session::SignedOut { problem: None, again: None });
    assert_eq!(listed(&run), []);
}

#[test]
fn signing_out_does_not_resume_an_account_that_has_to_sign_in_again() {
    let mut run = with_ada_signed_out();
    run.user(Command::SignOut);
    assert_eq!(run.view().session, Session::SignedOut { problem: None, again: None });
    assert_eq!(listed(&run), [entry("ada", false, true)]);
}

#[test]
fn a_deleted_account_shows_a_problem_and_the_others_can_be_chosen() {
    let mut run = Run::with_two_accounts();
    run.push(ServerEvent::AccountDeleted);
    let Session::SignedOut { problem: Some(problem), .. } = run.view().session else { panic!() };
    assert_eq!(problem.code, "account_deleted");
    assert_eq!(listed(&run), [entry("ada", false, false)]);
    assert!(run.menu().contains(&"Accounts".to_owned()), "also in the tray");
    run.user(Command::SwitchAccount { account: key("ada") });
    assert_eq!((shown(&run).as_deref(), run.spendable()), (Some("ada"), Some(34_120)));
}

#[test]
fn after_a_deletion_the_next_start_resumes_another_account() {
    let mut run = Run::with_two_accounts();
    run.push(ServerEvent::AccountDeleted);
    assert_eq!(shown(&run.restart(60)).as_deref(), Some("ada"));
}

#[test]
fn an_account_that_has_to_sign_in_again_is_marked_and_asks_for_it_when_chosen() {
    let mut run = with_ada_signed_out();
    assert_eq!(listed(&run), [entry("ada", false, true), entry("noor", true, false)]);
    run.user(Command::SwitchAccount { account: key("ada") });
    assert_eq!(run.effects, [Effect::OpenPanel]);
    let Some(AddingAccount { again, step: AddingAccountStep::Asking { problem: Some(problem) }, .. }) =
        run.view().adding
    else {
        panic!()
    };
    assert_eq!((again, problem.code.as_str()), (Some(key("ada")), "session_ended"));
    assert_eq!(shown(&run).as_deref(), Some("noor"), "Cancel returns to Noor's account");

    run.user(Command::SignIn { service: SERVICE.into() });
    run.signed_in("Ada Moreau");
    run.on(refreshed(fresh()));
    assert_eq!(listed(&run), [entry("ada", true, false), entry("noor", false, false)]);
}

#[test]
fn an_account_whose_sign_in_ended_can_be_removed() {
    let mut run = with_ada_signed_out();
    run.user(Command::SwitchAccount { account: key("ada") });
    run.user(Command::RemoveAccount { account: key("ada") });
    assert_eq!(
        run.effects,
        [Effect::SignOut(Some(key("ada"))), Effect::WriteCache(CacheWrite::Forget(key("ada")))]
    );
    assert_eq!((adding(&run), listed(&run)), (None, vec![entry("noor", true, false)]));

    let mut run = Run::with_two_accounts();
    run.on(Event::Refreshed(Err(Failure::SessionEnded)));
    let Session::SignedOut { again, .. } = run.view().session else { panic!() };
    assert_eq!(again, Some(key("noor")));
    run.user(Command::RemoveAccount { account: key("noor") });
    assert_eq!(shown(&run).as_deref(), Some("ada"), "the next one is resumed");
}

#[test]
fn adding_an_account_continues_when_the_current_session_ends() {
    let mut run = Run::online();
    run.user(Command::AddAccount);
    run.user(Command::SignIn { service: SERVICE.into() });
    run.on(Event::SignIn(SignIn::Page("https://id.example/authorize?state=s".into())));
    run.on(Event::StreamEnded(Failure::AccountDeleted));
    assert!(matches!(run.view().session, Session::SigningIn { url: Some(_) }));
    run.signed_in("Noor Haddad");
    run.on(refreshed(noor()));
    assert_eq!(listed(&run), [entry("noor", true, false)]);
}

#[test]
fn a_new_sign_in_is_revoked_if_the_user_switches_before_its_account_is_known() {
    let mut run = Run::online();
    run.user(Command::AddAccount);
    run.user(Command::SignIn { service: SERVICE.into() });
    run.signed_in("Noor Haddad");
    run.on(Event::Refreshed(Err(Failure::Offline)));
    run.user(Command::SwitchAccount { account: key("ada") });
    assert_eq!(run.effects[0], Effect::SignOut(None));
    assert_eq!((shown(&run).as_deref(), listed(&run).len()), (Some("ada"), 1));
}

#[test]
fn a_sign_in_that_now_belongs_to_another_account_shows_no_data() {
    let mut run = Run::online().restart(60);
    run.on(Event::Renewed(Ok(renewed())));
    run.on(refreshed(noor()));
    assert_eq!(run.effects, [Effect::EndSession, Effect::WriteCache(CacheWrite::SignedOut(key("ada")))]);
    assert_eq!((run.spendable(), listed(&run)), (None, vec![entry("ada", true, true)]));
    assert_eq!(run.cached_version(), Some(10), "Ada's balance stays cached");
}

#[test]
fn notices_of_one_session_are_not_shown_in_the_next() {
    let mut run = Run::with_two_accounts();
    run.on(Event::RefreshTokenSaved(Kept::InMemory(KeyringProblem::Missing)));
    let mut wanting = noor();
    wanting.description.min_app_version = Some("9.0.0".into());
    run.later(3_600).on(refreshed(wanting));
    assert_eq!(
        run.view().notices,
        [PanelNotice::AppTooOld, PanelNotice::KeyringMissing, PanelNotice::ClockWrong]
    );
    // It is the same service, and its last description is cached.
    run.user(Command::SwitchAccount { account: key("ada") });
    assert_eq!(run.view().notices, [PanelNotice::AppTooOld]);
}

#[test]
fn switching_to_the_current_or_an_unknown_account_changes_nothing() {
    let mut run = Run::with_two_accounts();
    assert_eq!(run.user(Command::SwitchAccount { account: key("noor") }), []);
    assert_eq!(run.user(Command::SwitchAccount { account: key("nobody") }), []);
    assert_eq!(run.user(Command::RemoveAccount { account: key("nobody") }), []);
    assert_eq!((shown(&run).as_deref(), run.stale()), (Some("noor"), false));
}

#[test]
fn the_command_lines_service_decides_which_account_is_shown() {
    let mut run = Run::online();
    run.user(Command::AddAccount);
    run.user(Command::SignIn { service: "http://127.0.0.1:8787".into() });
    run.signed_in("Noor Haddad");
    run.on(refreshed(noor()));
    let start = |service: Option<&str>| {
        let (cached, cache, service) = (run.cached.clone(), CacheState::Sound, service.map(str::to_owned));
        let start = Start { cached, cache, service, open: None, warm: WARM, has_title: true };
        Run::start_with(start, at("2026-11-22T13:00:00Z"))
    };
    assert_eq!(shown(&start(None)).as_deref(), Some("noor"));
    assert_eq!(shown(&start(Some(SERVICE))).as_deref(), Some("ada"));
    assert_eq!(start(Some("https://third.example")).view().service, "https://third.example");
}

#[test]
fn accounts_with_the_same_name_have_different_lines_in_the_tray() {
    let mut run = Run::online();
    run.add("Ada Moreau", noor());
    run.add("Lara Kim", AccountSnapshot { account: account("lara", false), ..noor() });
    let names: BTreeSet<String> = run
        .tray()
        .menu
        .into_iter()
        .filter_map(|line| match line {
            Line::Menu { lines, .. } => Some(lines),
            _ => None,
        })
        .flatten()
        .filter_map(|line| match line {
            Line::Mark { text, .. } => Some(text),
            _ => None,
        })
        .collect();
    let expected = ["Ada Moreau · ada@example.com", "Ada Moreau · noor@example.com", "Lara Kim"];
    assert_eq!(names, expected.map(str::to_owned).into());
}

#[test]
fn the_diagnostics_file_names_none_of_the_accounts() {
    let mut run = Run::with_two_accounts();
    run.user(Command::SaveDiagnostics);
    let Some(Effect::SaveDiagnostics(report)) = run.effects.first() else { panic!() };
    let logs = "Ada Moreau and Noor Haddad, ada@example.com, noor@example.com";
    let file = report.file("Linux", "/home/ada", logs);
    for personal in ["Ada", "Moreau", "Noor", "Haddad", "example.com,"] {
        assert!(!file.contains(personal), "{personal} is in {file}");
    }
    assert!(file.contains("\"accounts\": 2"));
}

const ALL: [&str; 3] = ["ada", "noor", "lara"];

/// The account of one of them. The balance shows whose it is.
fn fresh_of(whose: usize, version: u64) -> AccountSnapshot {
    let fast = 1_000 * (whose as u64 + 1) + version;
    AccountSnapshot { account: account(ALL[whose], true), ..fresh_with(balance(version, [0, fast, 0, 0])) }
}

fn whose(spendable: Tokens) -> &'static str {
    ALL[usize::try_from(spendable.0 / 1_000).unwrap() - 1]
}

#[derive(Debug, Clone)]
enum Step {
    Add(usize),
    AskAndCancel,
    Switch(usize),
    Remove(usize),
    SignOut,
    Refresh,
    Push,
    Buy,
    Fail(Failure),
    Restart,
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..3_usize).prop_map(Step::Add),
        1 => Just(Step::AskAndCancel),
        4 => (0..3_usize).prop_map(Step::Switch),
        1 => (0..3_usize).prop_map(Step::Remove),
        1 => Just(Step::SignOut),
        3 => Just(Step::Refresh),
        3 => Just(Step::Push),
        3 => Just(Step::Buy),
        2 => prop_oneof![
            Just(Failure::Offline),
            Just(Failure::SessionEnded),
            Just(Failure::AccountDeleted)
        ].prop_map(Step::Fail),
        1 => Just(Step::Restart),
    ]
}

fn apply(mut run: Run, step: Step, version: u64) -> Run {
    let signed_in = shown(&run).and_then(|id| ALL.iter().position(|known| *known == id));
    match (step, signed_in) {
        (Step::Add(which), _) => run.add("Somebody", fresh_of(which, version)),
        (Step::AskAndCancel, _) => {
            run.user(Command::AddAccount);
            run.user(Command::CancelSignIn);
        }
        (Step::Switch(which), _) => drop(run.user(Command::SwitchAccount { account: key(ALL[which]) })),
        (Step::Remove(which), _) => drop(run.user(Command::RemoveAccount { account: key(ALL[which]) })),
        (Step::SignOut, _) => drop(run.user(Command::SignOut)),
        (Step::Refresh, Some(whose)) => {
            run.on(Event::Renewed(Ok(renewed())));
            run.on(refreshed(fresh_of(whose, version)));
        }
        (Step::Push, Some(whose)) => {
            run.push(ServerEvent::Balance(fresh_of(whose, version).balance));
        }
        (Step::Buy, Some(whose)) => {
            let key = Uuid::from_u128(whose as u128);
            let command = Command::Buy { pack_id: "medium".into(), quantity: 1 };
            run.on(Event::Command { command, key });
        }
        (Step::Fail(failure), _) => drop(run.on(Event::Refreshed(Err(failure)))),
        (Step::Restart, _) => run = run.restart(60),
        (Step::Refresh | Step::Push | Step::Buy, None) => {}
    }
    run
}

proptest! {
    #[test]
    fn after_any_steps_every_balance_and_purchase_belongs_to_its_account(
        steps in prop::collection::vec(any_step(), 1..40),
    ) {
        let mut run = Run::first();
        for (version, step) in (1..).zip(steps) {
            run = apply(run, step, version);
            let view = run.view();
            let signed_in = shown(&run);
            if let Some(known) = &view.balance {
                prop_assert_eq!(Some(whose(known.balance.spendable)), signed_in.as_deref());
            }
            for listed in &view.accounts {
                let own = listed.balance.as_ref().map(|last| whose(last.spendable));
                prop_assert!(own.is_none_or(|own| own == listed.key.id), "{:?}", listed);
            }
            for cached in &run.cached.accounts {
                let id = &cached.profile.account.id;
                let own = cached.purchase.as_ref().map(|purchase| ALL[usize::try_from(purchase.order.key.as_u128()).unwrap()]);
                prop_assert!(own.is_none_or(|own| own == id), "{}: {:?}", id, own);
            }
            let current: Vec<_> = view.accounts.iter().filter(|account| account.current).collect();
            prop_assert!(current.len() <= 1);
            if let Some(id) = signed_in {
                prop_assert_eq!(&current[0].key.id, &id);
            }
        }
    }
}
