//! Accounts that are read with API keys.

use super::run::*;
use crate::{
    account_key::AccountKey,
    cached_state::CacheWrite,
    command::{Command, PanelEntry},
    event::{Effect, Event, Opens, SignIn, Start, Timer},
    key_account::KeyAccount,
    meter_failure::MeterFailure,
    testing::at,
    view::Session,
};
use std::time::Duration;
use tokenwell_meters::{ApiKey, BadKey, Catalogue, Meter, Platform, Unit};
use uuid::Uuid;

fn paste(platform: &str, id: u128) -> Event {
    let key = ApiKey::new("key_1");
    Event::KeyEntered { platform: platform.into(), key, id: Uuid::from_u128(id) }
}

fn key_of(service: &str, id: u128) -> AccountKey {
    AccountKey { service: service.into(), id: Uuid::from_u128(id).to_string() }
}

fn stability() -> AccountKey {
    key_of("https://api.stability.ai", 1)
}

fn credits(amount: &str) -> Vec<Meter> {
    vec![Meter {
        id: "/credits".into(),
        name: "Credits".into(),
        amount: amount.parse().ok(),
        unit: Unit::Credits,
        limit: None,
        renews_at: None,
    }]
}

/// The keys of the accounts whose platforms are asked.
fn asked(run: &Run) -> Vec<AccountKey> {
    let asks = run.effects.iter().filter_map(|effect| match effect {
        Effect::AskPlatform(account, _) => Some(account.clone()),
        _ => None,
    });
    asks.collect()
}

/// How long the app waits before it asks again, if it has started the timer.
fn pause(run: &Run) -> Option<Duration> {
    run.pause(Timer::Meters).map(|pause| pause.after)
}

impl Run {
    /// A key is pasted and stored, and its platform answers.
    fn add_key(&mut self, platform: &str, account: &AccountKey, id: u128, meters: Vec<Meter>) {
        self.on(paste(platform, id));
        self.on(Event::KeySaved(account.clone(), Ok(())));
        self.on(Event::MetersRead(account.clone(), Ok(meters)));
    }

    /// The first start, with a key of Stability.
    fn with_key() -> Self {
        let mut run = Self::first();
        run.add_key("stability", &stability(), 1, credits("1000"));
        run
    }

    /// The time for the next question has come.
    fn due(&mut self, seconds: i64) {
        self.later(seconds).on(Event::TimerEnded(Timer::Meters));
    }

    fn account(&self) -> KeyAccount {
        self.cached.key_account(&stability()).unwrap().clone()
    }
}

#[test]
fn a_key_is_stored_in_the_keyring_before_anything_else_and_its_platform_is_asked_at_once() {
    let mut run = Run::first();
    run.on(paste("stability", 1));
    assert_eq!(run.effects, [Effect::SaveKey(stability(), ApiKey::new("key_1").unwrap())]);
    assert!(run.view().key_form.saving);
    assert_eq!(run.cached.key_accounts, []);

    run.on(Event::KeySaved(stability(), Ok(())));
    assert_eq!(asked(&run), [stability()]);
    assert_eq!(run.view().session, Session::Key);
    assert_eq!(run.tray().title, "");
    run.on(Event::MetersRead(stability(), Ok(credits("0.6336833840314097"))));
    assert_eq!(run.tray().title, "0.63");
    let view = run.view().key_account.unwrap();
    assert_eq!((view.host.as_str(), view.stale), ("api.stability.ai", false));
    assert_eq!(view.meters.unwrap()[0].left.as_deref(), Some("0.6336833840314097 credits"));
    assert_eq!(pause(&run), Some(Duration::from_mins(5)), "the panel is open");
}

#[test]
fn a_key_that_no_keyring_takes_is_not_kept() {
    let mut run = Run::first();
    run.on(paste("stability", 1));
    run.on(Event::KeySaved(stability(), Err(MeterFailure::NoKeyring)));
    let form = run.view().key_form;
    assert_eq!((form.saving, form.problem.unwrap().code.as_str()), (false, "key_no_keyring"));
    assert_eq!((run.effects.len(), run.cached.key_accounts.len()), (0, 0));

    run.on(Event::KeyEntered { platform: "stability".into(), key: Err(BadKey::Empty), id: Uuid::nil() });
    assert_eq!(run.view().key_form.problem.unwrap().code, "no_key_typed");
    run.on(paste("nobody", 1));
    assert_eq!(run.view().key_form.problem.unwrap().code, "unknown_platform");
}

#[test]
fn every_key_is_asked_about_whichever_account_is_shown() {
    let mut run = Run::online();
    run.add_key("stability", &stability(), 1, credits("1000"));
    let runway = key_of("https://api.dev.runwayml.com", 2);
    run.add_key("runway", &runway, 2, credits("5000"));
    let names: Vec<_> = run.view().accounts.into_iter().map(|account| account.name.unwrap()).collect();
    assert_eq!(names, ["Ada Moreau", "Stability AI", "Runway"]);

    run.switch("ada", fresh());
    assert_eq!(run.spendable(), Some(34_120));
    run.user(Command::ClosePanel);
    run.due(15 * 60);
    assert_eq!(asked(&run).len(), 2, "{:?}", run.effects);
}

#[test]
fn showing_a_key_ends_the_session_and_keeps_its_account_signed_in() {
    let mut run = Run::online();
    run.add_key("stability", &stability(), 1, credits("1000"));
    run.switch("ada", fresh());
    run.user(Command::SwitchAccount { account: stability() });
    assert!(run.does(&Effect::EndSession));
    assert!(run.does(&Effect::WriteCache(CacheWrite::Current(stability()))));
    assert!(!run.effects.iter().any(|effect| matches!(effect, Effect::SignOut(_))));
    assert_eq!((run.spendable(), run.tray().title.as_str()), (None, "1,000"));
}

#[test]
fn a_platform_is_asked_rarely_and_the_panel_shortens_the_wait() {
    let mut run = Run::with_key();
    run.user(Command::ClosePanel);
    assert_eq!(pause(&run), Some(Duration::from_mins(15)));
    run.due(60);
    assert_eq!(asked(&run), []);
    run.open(PanelEntry::Home);
    assert_eq!(pause(&run), Some(Duration::from_mins(4)));
    run.due(4 * 60);
    assert_eq!(asked(&run), [stability()]);
    run.on(Event::MetersRead(stability(), Err(MeterFailure::TooMany(Some(Duration::from_hours(2))))));
    assert_eq!(pause(&run), Some(Duration::from_hours(2)));
    run.user(Command::Refresh);
    assert_eq!(asked(&run), [], "the platform's pause holds for the user too");
    let view = run.view().key_account.unwrap();
    assert_eq!((view.stale, view.problem.unwrap().code.as_str()), (true, "platform_too_many"));
}

#[test]
fn figures_are_refreshed_once_after_waking_and_when_the_user_asks() {
    let mut run = Run::with_key();
    run.later(60).on(Event::Resumed);
    assert_eq!(pause(&run), Some(Duration::from_secs(3)));
    run.due(3);
    assert_eq!(asked(&run), [stability()]);
    run.on(Event::MetersRead(stability(), Ok(credits("1000"))));
    run.later(10).user(Command::Refresh);
    assert_eq!(asked(&run), [stability()]);
}

#[test]
fn a_low_meter_is_notified_of_once_and_marked() {
    let mut run = Run::with_key();
    let below = |below: &str| Command::SetMeterAlert {
        account: stability(),
        meter: "/credits".into(),
        below: Some(below.into()),
    };
    run.user(below("many"));
    assert_eq!(run.effects, [], "what is no number changes nothing");
    run.user(below("100.5"));
    for (amount, title) in
        [("100.5", None), ("100.4999", Some("100.4999 credits left")), ("50", None), ("200", None)]
    {
        run.due(15 * 60);
        run.on(Event::MetersRead(stability(), Ok(credits(amount))));
        assert_eq!(run.notified().first().copied(), title, "{amount}");
    }
    run.due(15 * 60);
    run.on(Event::MetersRead(stability(), Ok(credits("1"))));
    let text = run.notified_text();
    assert!(text.ends_with("Stability AI, Credits: that is less than 100.5 credits."), "{text}");
    assert!(run.tray().icon.low);
}

/// What a click on the last event's notification opens.
fn opens(run: &Run) -> Option<Opens> {
    run.effects.iter().find_map(|effect| match effect {
        Effect::Notify(notification) => Some(notification.opens.clone()),
        _ => None,
    })
}

#[test]
fn a_notification_about_a_key_opens_home_of_its_account_whichever_is_shown() {
    let mut run = Run::online();
    run.add_key("stability", &stability(), 1, credits("1000"));
    run.user(Command::SetMeterAlert {
        account: stability(),
        meter: "/credits".into(),
        below: Some("100".into()),
    });
    run.switch("ada", fresh());
    run.open(PanelEntry::Settings);
    run.due(15 * 60);
    run.on(Event::MetersRead(stability(), Ok(credits("99"))));
    assert_eq!(opens(&run), Some(Opens::KeyAccount(stability())));
    run.user(Command::OpenKeyAccount { account: stability() });
    assert!(run.does(&Effect::OpenPanel) && run.does(&Effect::WriteCache(CacheWrite::Current(stability()))));
    assert_eq!((run.view().session, run.view().prompt), (Session::Key, None));

    run.switch("ada", fresh());
    run.due(15 * 60);
    run.on(Event::MetersRead(stability(), Err(MeterFailure::Refused)));
    assert_eq!(opens(&run), Some(Opens::KeyAccount(stability())));
    run.user(Command::RemoveAccount { account: stability() });
    run.user(Command::OpenKeyAccount { account: stability() });
    assert_eq!(run.effects, [Effect::OpenPanel], "the account was removed meanwhile");
    assert!(matches!(run.view().session, Session::SignedIn { .. }));
}

#[test]
fn a_notification_about_the_key_that_is_shown_leaves_a_sign_in_in_the_browser_alone() {
    let mut run = Run::with_key();
    run.user(Command::AddAccount);
    run.user(Command::OpenKeyAccount { account: stability() });
    assert_eq!(run.view().adding, None, "an empty form is closed");
    run.user(Command::AddAccount);
    run.user(Command::SignIn { service: SERVICE.into() });
    run.user(Command::OpenKeyAccount { account: stability() });
    assert_eq!(run.effects, [Effect::OpenPanel]);
    assert!(run.view().adding.is_some());
}

#[test]
fn a_refused_key_is_said_once_and_its_platform_is_not_asked_again() {
    let mut run = Run::with_key();
    run.due(15 * 60);
    run.on(Event::MetersRead(stability(), Err(MeterFailure::Refused)));
    assert_eq!(run.notified(), ["Your key for Stability AI no longer works"]);
    assert!(run.account().refused);
    assert!(run.menu().contains(&"This key no longer works".to_owned()));
    run.due(1_000_000);
    assert_eq!(asked(&run), []);

    // Nor in the next run.
    let mut run = run.restart(60);
    assert_eq!((asked(&run), run.view().session), (vec![], Session::Key));
    assert_eq!(run.view().key_account.unwrap().problem.unwrap().code, "key_refused");
    run.on(Event::Resumed);
    assert_eq!(asked(&run), []);
    run.user(Command::Refresh);
    assert_eq!(asked(&run), [stability()], "the user may ask");
    run.on(Event::MetersRead(stability(), Ok(credits("7"))));
    assert!(!run.account().refused);
}

#[test]
fn the_last_figures_stay_when_the_platform_cannot_be_read() {
    let mut run = Run::with_key();
    run.due(15 * 60);
    run.on(Event::MetersRead(stability(), Err(MeterFailure::Offline)));
    assert_eq!(run.tray().title, "1,000");
    assert!(run.menu().contains(&"Offline · last updated 15 minutes ago".to_owned()), "{:?}", run.menu());
    let run = run.restart(3_600);
    assert_eq!(asked(&run), [stability()], "a start asks at once");
    assert_eq!((run.tray().title.as_str(), run.tray().icon.stale), ("1,000", true));
}

#[test]
fn a_key_is_never_sent_to_another_address_than_the_one_that_was_shown() {
    let run = Run::with_key();
    let moved = "id = \"stability2\"\nname = \"S\"\naddress = \"https://evil.example/\"\nbuy = \"https://evil.example/\"\n\
                 [headers]\nX-Key = \"{key}\"\n[[meters]]\nname = \"Credits\"\nleft = \"/credits\"\nunit = \"credits\"\n";
    assert!(Platform::declared(moved).is_ok());
    let mut cached = run.cached;
    cached.key_accounts[0].platform = "stability2".into();
    let start = Start { platforms: Catalogue::with([("moved.toml", moved)]), ..start_of(cached) };
    let run = Run::start_with(start, at("2026-11-22T13:00:00Z"));
    assert_eq!(asked(&run), []);
    let view = run.view().key_account.unwrap();
    assert_eq!((view.problem.unwrap().code.as_str(), view.buy_host), ("other_address", None));
}

#[test]
fn removing_a_key_deletes_it_from_the_keyring_and_shows_the_next_account() {
    let mut run = Run::online();
    run.add_key("stability", &stability(), 1, credits("1000"));
    run.user(Command::RemoveAccount { account: stability() });
    assert!(run.does(&Effect::ForgetKey(stability())));
    assert!(run.does(&Effect::WriteCache(CacheWrite::Forget(stability()))));
    assert!(matches!(run.view().session, Session::SignedIn { .. }));
    run.on(Event::MetersRead(stability(), Ok(credits("1"))));
    assert_eq!(run.cached.key_accounts, [], "an answer that comes late adds nothing");

    let mut run = Run::with_key();
    run.user(Command::RemoveAccount { account: stability() });
    assert!(matches!(run.view().session, Session::SignedOut { .. }));
}

#[test]
fn buying_opens_the_platforms_own_page() {
    let mut run = Run::with_key();
    run.user(Command::BuyAtPlatform);
    assert_eq!(run.opened(), ["https://platform.stability.ai/account/credits"]);
    let mut run = Run::online();
    run.user(Command::BuyAtPlatform);
    assert_eq!(run.effects, []);
}

#[test]
fn a_second_key_of_a_platform_has_a_number() {
    let mut run = Run::with_key();
    let second = key_of("https://api.stability.ai", 2);
    run.add_key("stability", &second, 2, credits("5"));
    let names: Vec<_> = run.cached.key_accounts.iter().map(|account| account.name.as_str()).collect();
    assert_eq!(names, ["Stability AI", "Stability AI 2"]);
}

#[test]
fn a_service_can_be_added_beside_a_key() {
    let mut run = Run::with_key();
    run.user(Command::AddAccount);
    assert!(run.view().adding.is_some());
    run.user(Command::SignIn { service: SERVICE.into() });
    run.on(Event::SignIn(SignIn::Page("https://id.example/authorize?state=s".into())));
    run.signed_in("Ada Moreau");
    run.on(refreshed(fresh()));
    assert_eq!(run.spendable(), Some(34_120));
    assert_eq!(run.view().accounts.len(), 2);
}

#[test]
fn the_key_is_in_no_text_that_the_core_makes() {
    let mut run = Run::first();
    let event = paste("stability", 1);
    assert!(!format!("{event:?}").contains("key_1"));
    run.on(event);
    assert!(!format!("{:?}", run.effects).contains("key_1"));
    run.on(Event::KeySaved(stability(), Ok(())));
    run.user(Command::SaveDiagnostics);
    let all = format!("{:?} {:?} {:?} {:?}", run.effects, run.cached, run.view(), run.tray());
    assert!(!all.contains("key_1"));
}
