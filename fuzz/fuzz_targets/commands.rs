//! The commands that the panel's page sends: whatever a page could send, no command opens an address, and the app can be drawn
//! after each.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tokenwell_desktop::{
    app::App,
    cached_state::{CachedAccount, CachedState, Profile},
    command::Command,
    event::{Effect, Event},
};
use tokenwell_fuzz::app::{NOW, draw, started};
use uuid::Uuid;

const PROFILE: &str = r#"{"account":{"id":"a","email":null,"plan":{"id":"p","name":"P","allowance":1,"allowance_period":"day",
    "rollover_cap":0},"subscription":{"status":null,"entitled":true,"renews_at":null,"cancel_at_period_end":false,
    "ended_at":null,"plan_id":null}},"name":null}"#;

/// The app with an account that was signed in before.
fn app() -> App {
    let profile: Profile = serde_json::from_str(PROFILE).expect("the profile is one");
    let service = "https://tokens.example".to_owned();
    let account = CachedAccount {
        service,
        profile,
        signed_out: false,
        in_memory: false,
        balance: None,
        purchase: None,
        reminded: None,
    };
    started(CachedState {
        service: Some(account.service.clone()),
        current: Some(account.key()),
        accounts: vec![account],
        ..CachedState::default()
    })
}

fuzz_target!(|lines: &[u8]| {
    let mut app = app();
    for line in lines.split(|byte| *byte == b'\n').take(16) {
        let Ok(command) = serde_json::from_slice::<Command>(line) else { continue };
        let sent = serde_json::to_string(&command).expect("a command can be serialized");
        assert_eq!(serde_json::from_str::<Command>(&sent).ok().as_ref(), Some(&command), "{sent}");
        // Nothing that could be opened has been received.
        for effect in app.handle(Event::Command { command, key: Uuid::nil() }, NOW) {
            assert!(!matches!(effect, Effect::Browse(_) | Effect::ShowFile(_)), "{effect:?}");
        }
        draw(&app);
    }
});
