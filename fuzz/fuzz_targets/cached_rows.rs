//! The rows of the cache, as anybody could have written them: the app starts, can be drawn, and opens no page that the service
//! of the row does not list.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tokenwell_desktop::{
    cached_state::{CachedAccount, CachedBalance, CachedState, Offer, Profile},
    command::Command,
    event::{Effect, Event},
    order::CachedPurchase,
    settings::Settings,
};
use tokenwell_fuzz::app::{NOW, draw, started};
use uuid::Uuid;

// Rows are lines: the service, the profile, the balance, the purchase, the description, the packs, the plans, the settings.
fuzz_target!(|rows: &str| {
    let mut rows = rows.split('\n');
    let mut row = || rows.next().unwrap_or_default();
    let service = row().to_owned();
    let Ok(profile) = serde_json::from_str::<Profile>(row()) else { return };
    let account = CachedAccount {
        service: service.clone(),
        profile,
        signed_out: false,
        in_memory: false,
        balance: serde_json::from_str::<CachedBalance>(row()).ok(),
        purchase: serde_json::from_str::<CachedPurchase>(row()).ok(),
        reminded: None,
    };
    let offer = (serde_json::from_str(row()), serde_json::from_str(row()), serde_json::from_str(row()));
    let mut cached = CachedState {
        settings: serde_json::from_str::<Settings>(row()).unwrap_or_default(),
        service: Some(service.clone()),
        current: Some(account.key()),
        ..CachedState::default()
    };
    if let (Ok(description), Ok(packs), Ok(plans)) = offer {
        cached.offers.insert(service, Offer { description, packs, plans });
    }
    cached.accounts.push(account);
    let hosts: Vec<String> =
        cached.offers.values().flat_map(|offer| offer.description.checkout_hosts.clone()).collect();
    let mut app = started(cached);
    draw(&app);
    for command in [Command::ReopenCheckout, Command::OpenReceipt] {
        for effect in app.handle(Event::Command { command, key: Uuid::nil() }, NOW) {
            if let Effect::Browse(page) = effect {
                let listed = |host: &String| {
                    let host = host.split(':').next().unwrap_or_default();
                    !host.is_empty() && page.as_str().to_lowercase().contains(&host.to_lowercase())
                };
                assert!(hosts.iter().any(listed), "{} of {hosts:?}", page.as_str());
            }
        }
    }
    draw(&app);
});
