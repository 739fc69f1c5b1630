//! Requests to the service for the current session. The response comes back as an event.

use super::controller::Controller;
use crate::{api::Api, downloads, last_heard::LastHeard, stream};
use jiff::Timestamp;
use std::{error::Error, path::PathBuf, sync::Arc};
use tauri::Manager as _;
use tokenwell_desktop::{
    account_key::AccountKey,
    cached_state::CacheWrite,
    event::Event,
    failure::Failure,
    order::CachedPurchase,
    page_request::{PageRequest, PageResponse},
    view::ActivityFilter,
};
use tokenwell_wire::{NewPurchase, Purchase, SubscriptionCheckout};
use uuid::Uuid;

impl Controller {
    pub(super) fn refresh(&self) {
        self.request(async |api| Event::Refreshed(api.refresh().await.map(Box::new)));
    }

    pub(super) fn listen(&self, last_event_id: Option<String>) {
        let folder = self.app.path().app_local_data_dir().ok();
        self.run_in_session(async move |session, events| {
            let notes =
                folder.zip(session.account.clone()).map(|(folder, account)| LastHeard::new(folder, account));
            let heard = || {
                if let Some(notes) = &notes {
                    notes.heard(Timestamp::now());
                }
            };
            let pushed = |push| events.clone().send_and_wait(Event::Pushed(Box::new(push)));
            let failure = stream::listen(&session.api, last_event_id.as_deref(), heard, pushed).await;
            events.send(Event::StreamEnded(failure));
        });
    }

    /// Writes the purchase to the cache before it is sent, so that the app sends the same idempotency key after a crash.
    pub(super) fn create_purchase(&mut self, account: AccountKey, purchase: CachedPurchase) {
        let key = purchase.order.key;
        let order =
            NewPurchase { pack_id: purchase.order.pack_id.clone(), quantity: purchase.order.quantity };
        if let Err(error) = self.try_write_cache(&CacheWrite::Purchase(account, Some(purchase))) {
            tracing::warn!(
                error = &error as &dyn Error,
                "the purchase cannot be written to the cache and is not sent"
            );
            self.request(async move |_| purchase_event(key, Err(Failure::CacheUnwritable)));
            return;
        }
        self.request(async move |api| purchase_event(key, api.create_purchase(key, &order).await));
    }

    pub(super) fn fetch_purchase(&self, key: Uuid, id: String) {
        self.request(async move |api| purchase_event(key, api.purchase(&id).await));
    }

    pub(super) fn cancel_purchase(&self, key: Uuid, id: String) {
        self.request(async move |api| purchase_event(key, api.cancel_purchase(&id).await));
    }

    pub(super) fn subscribe(&self, checkout: SubscriptionCheckout) {
        self.request(async move |api| Event::SubscriptionPage(api.subscribe(&checkout).await));
    }

    pub(super) fn request_page(&self, request: PageRequest) {
        let folder = downloads::folder(&self.app);
        self.request(async move |api| {
            Event::PageResponse(Box::new(page_response(&api, request, folder).await))
        });
    }

    /// Runs a request until it is done or the session ends, and reports its event.
    fn request<F>(&self, request: impl FnOnce(Arc<Api>) -> F + Send + 'static)
    where
        F: Future<Output = Event> + Send + 'static,
    {
        self.run_in_session(move |session, events| {
            let response = request(session.api);
            async move { events.send(response.await) }
        });
    }
}

fn purchase_event(key: Uuid, response: Result<Purchase, Failure>) -> Event {
    Event::Purchase { key, response: response.map(Box::new) }
}

async fn page_response(api: &Api, request: PageRequest, folder: Option<PathBuf>) -> PageResponse {
    match request {
        PageRequest::Activity { filter, fetch } => {
            let entries = api.activity(&filter, &fetch).await;
            PageResponse::Activity(fetch, entries)
        }
        PageRequest::Purchases(fetch) => {
            let purchases = api.purchases(&fetch).await;
            PageResponse::Purchases(fetch, purchases)
        }
        PageRequest::DailyUsage(fetch) => PageResponse::DailyUsage(fetch, api.daily_usage().await),
        PageRequest::Portal => PageResponse::Portal(api.portal().await),
        PageRequest::SaveActivity { filter, name } => {
            PageResponse::ActivitySaved(save_activity(api, &filter, folder, &name).await)
        }
        PageRequest::DeleteAccount { confirm } => {
            PageResponse::AccountDeleted(api.delete_account(confirm).await)
        }
    }
}

/// Saves the activity as a CSV file and returns its path.
async fn save_activity(
    api: &Api,
    filter: &ActivityFilter,
    folder: Option<PathBuf>,
    name: &str,
) -> Result<String, Failure> {
    let folder = folder.ok_or(Failure::FileUnwritable)?;
    let path = downloads::save(&folder, name, "csv", api.activity_file(filter).await?).await?;
    Ok(path.to_string_lossy().into_owned())
}
