//! The platforms that are read with API keys. They belong to no session.

use super::controller::Controller;
use tauri::async_runtime;
use tokenwell_desktop::{account_key::AccountKey, event::Event};
use tokenwell_meters::{ApiKey, Platform};

impl Controller {
    pub(super) fn save_key(&self, account: AccountKey, key: ApiKey) {
        let (events, client) = (self.events.clone(), self.platforms.clone());
        async_runtime::spawn(async move {
            let saved = client.save(&account, key).await;
            events.send(Event::KeySaved(account, saved));
        });
    }

    pub(super) fn ask_platform(&self, account: AccountKey, platform: Platform) {
        let (events, client) = (self.events.clone(), self.platforms.clone());
        async_runtime::spawn(async move {
            let read = client.ask(&account, &platform).await;
            if let Err(failure) = &read {
                tracing::warn!("{} cannot be read: {}", platform.host(), failure.code());
            }
            events.send(Event::MetersRead(account, read));
        });
    }

    pub(super) fn forget_key(&self, account: AccountKey) {
        let client = self.platforms.clone();
        async_runtime::spawn(async move { client.forget(&account).await });
    }
}
