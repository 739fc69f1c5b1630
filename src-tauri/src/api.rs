//! The client of the token service.

use crate::response::{parts, read_json, send};
use bytes::Bytes;
use futures_util::Stream;
use jiff::tz::TimeZone;
use reqwest::{Client, RequestBuilder, Response, header, redirect};
use rustls::CertificateError;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use std::{error::Error, time::Duration};
use tokenwell_desktop::{
    event::AccountSnapshot,
    failure::{ErrorResponse, Failure},
    page_request::{Fetch, ListPage},
    view::ActivityFilter,
};
use tokenwell_wire::{
    Activity, Bucket, DailyUsage, DayUsage, DeleteAccount, Entry, HostedPage, NewPurchase, PackList,
    PlanList, Purchase, PurchaseList, ServiceDescription, SubscriptionCheckout,
};
use tokio::sync::RwLock;
use url::Url;
use uuid::Uuid;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(30);
/// The service sends a comment line every 20 s, so a stream that is silent for this long is dead.
const STREAM_TIMEOUT: Duration = Duration::from_mins(1);

/// The maximum size of a saved file. Ten thousand entries are a megabyte.
const FILE_BYTES_MAX: usize = 256 * 1024 * 1024;

/// The HTTP clients that all requests go through.
#[derive(Clone)]
pub(crate) struct Http {
    /// For requests with one response.
    pub(crate) client: Client,
    /// For the event stream.
    streaming: Client,
}

impl Http {
    /// Clients that belong to no session.
    pub(crate) fn new() -> reqwest::Result<Self> {
        let builder = || {
            Client::builder()
                .user_agent(concat!("tokenwell/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(CONNECT_TIMEOUT)
                // Access tokens are sent to the requested address only.
                .redirect(redirect::Policy::none())
        };
        Ok(Self {
            client: builder().timeout(RESPONSE_TIMEOUT).build()?,
            streaming: builder().read_timeout(STREAM_TIMEOUT).build()?,
        })
    }

    /// The service's description of itself.
    pub(crate) async fn description(&self, service: &Url) -> Result<ServiceDescription, Failure> {
        let url = join(service, ".well-known/tokenwell")?;
        read_json(self.client.get(url)).await.map_err(|failure| match failure {
            // Another server responds at this address.
            Failure::Response(ErrorResponse { status: 300..400 | 404 | 405, .. }) => Failure::NotAService,
            failure => failure,
        })
    }
}

/// The API of a service, for one user.
pub(crate) struct Api {
    http: Http,
    service: Url,
    access: RwLock<Option<SecretString>>,
}

impl Api {
    /// A client that has no access token yet.
    pub(crate) fn new(http: Http, service: Url) -> Self {
        Self { http, service, access: RwLock::new(None) }
    }

    /// Uses this access token from here on.
    pub(crate) async fn set_access(&self, token: SecretString) {
        *self.access.write().await = Some(token);
    }

    /// Fetches everything that the app shows, one request after the other.
    pub(crate) async fn refresh(&self) -> Result<AccountSnapshot, Failure> {
        Ok(AccountSnapshot {
            description: self.http.description(&self.service).await?,
            account: self.get("v1/account").await?,
            balance: self.get("v1/balance").await?,
            packs: self.get::<PackList>("v1/packs").await?.packs,
            plans: self.get::<PlanList>("v1/plans").await?.plans,
        })
    }

    /// Makes a purchase. The same key returns the same purchase.
    pub(crate) async fn create_purchase(&self, key: Uuid, order: &NewPurchase) -> Result<Purchase, Failure> {
        let request = self.http.client.post(join(&self.service, "v1/purchases")?);
        let request = request.header("Idempotency-Key", key.to_string()).json(order);
        read_json(self.authorized(request).await?).await
    }

    /// The current state of a purchase.
    pub(crate) async fn purchase(&self, id: &str) -> Result<Purchase, Failure> {
        self.get(&format!("v1/purchases/{}", path_segment(id))).await
    }

    /// Expires a purchase's checkout.
    pub(crate) async fn cancel_purchase(&self, id: &str) -> Result<Purchase, Failure> {
        let url = join(&self.service, &format!("v1/purchases/{}/cancel", path_segment(id)))?;
        read_json(self.authorized(self.http.client.post(url)).await?).await
    }

    /// Creates a checkout page for a subscription.
    pub(crate) async fn subscribe(&self, checkout: &SubscriptionCheckout) -> Result<HostedPage, Failure> {
        let url = join(&self.service, "v1/subscription/checkout")?;
        read_json(self.authorized(self.http.client.post(url).json(checkout)).await?).await
    }

    /// Creates a page for managing the subscription.
    pub(crate) async fn portal(&self) -> Result<HostedPage, Failure> {
        let url = join(&self.service, "v1/subscription/portal")?;
        read_json(self.authorized(self.http.client.post(url)).await?).await
    }

    /// Entries of the ledger.
    pub(crate) async fn activity(
        &self,
        filter: &ActivityFilter,
        fetch: &Fetch,
    ) -> Result<ListPage<Entry>, Failure> {
        let request = self.http.client.get(join(&self.service, "v1/activity")?);
        let request = request.query(&filter_query(filter)).query(&page_query(fetch));
        let Activity { items, next_cursor } = read_json(self.authorized(request).await?).await?;
        Ok(ListPage { items, next: next_cursor })
    }

    /// Entries of the ledger as a CSV file of unknown length.
    pub(crate) async fn activity_file(
        &self,
        filter: &ActivityFilter,
    ) -> Result<impl Stream<Item = Result<Bytes, Failure>> + use<>, Failure> {
        let request = self.http.streaming.get(join(&self.service, "v1/activity.csv")?);
        let response = send(self.authorized(request.query(&filter_query(filter))).await?).await?;
        Ok(parts(response, FILE_BYTES_MAX))
    }

    /// Purchases.
    pub(crate) async fn purchases(&self, fetch: &Fetch) -> Result<ListPage<Purchase>, Failure> {
        let request = self.http.client.get(join(&self.service, "v1/purchases")?).query(&page_query(fetch));
        let PurchaseList { items, next_cursor } = read_json(self.authorized(request).await?).await?;
        Ok(ListPage { items, next: next_cursor })
    }

    /// What was spent in the last 30 days, which are those of this computer's time zone.
    pub(crate) async fn daily_usage(&self) -> Result<ListPage<DayUsage>, Failure> {
        let zone = TimeZone::system();
        let zone = zone.iana_name().map(|name| ("time_zone", name));
        let request = self.http.client.get(join(&self.service, "v1/usage/daily")?).query(zone.as_slice());
        let DailyUsage { days } = read_json(self.authorized(request).await?).await?;
        Ok(ListPage { items: days, next: None })
    }

    /// Deletes the account.
    pub(crate) async fn delete_account(&self, confirm: String) -> Result<(), Failure> {
        let request = self.http.client.delete(join(&self.service, "v1/account")?);
        send(self.authorized(request.json(&DeleteAccount { confirm })).await?).await.map(drop)
    }

    /// Opens the event stream, after `last_event_id` if there is one.
    pub(crate) async fn events(&self, last_event_id: Option<&str>) -> Result<Response, Failure> {
        let url = join(&self.service, "v1/events")?;
        let mut request = self.http.streaming.get(url).header(header::ACCEPT, "text/event-stream");
        if let Some(id) = last_event_id {
            request = request.header("Last-Event-ID", id);
        }
        send(self.authorized(request).await?).await
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        read_json(self.authorized(self.http.client.get(join(&self.service, path)?)).await?).await
    }

    async fn authorized(&self, request: RequestBuilder) -> Result<RequestBuilder, Failure> {
        let token = self.access.read().await;
        let token = token.as_ref().ok_or(Failure::Unauthorized)?;
        Ok(request.bearer_auth(token.expose_secret()))
    }
}

fn join(service: &Url, path: &str) -> Result<Url, Failure> {
    service.join(path).map_err(|_| Failure::NotAService)
}

/// The query parameters of an activity filter.
fn filter_query(ActivityFilter { bucket, kinds }: &ActivityFilter) -> Vec<(&'static str, String)> {
    let bucket = bucket.map(|bucket| match bucket {
        Bucket::Rollover => "rollover",
        Bucket::Fast => "fast",
        Bucket::TopUp => "top_up",
    });
    let kinds = (!kinds.is_empty()).then(|| kinds.join(","));
    let bucket = bucket.map(|bucket| ("bucket", bucket.to_owned()));
    bucket.into_iter().chain(kinds.map(|kinds| ("kind", kinds))).collect()
}

/// The query parameters of a page of a list.
fn page_query(Fetch { cursor, limit, number: _ }: &Fetch) -> Vec<(&'static str, String)> {
    let cursor = cursor.clone().map(|cursor| ("cursor", cursor));
    cursor.into_iter().chain([("limit", limit.to_string())]).collect()
}

/// An id, escaped as one segment of a path.
fn path_segment(id: &str) -> String {
    url::form_urlencoded::byte_serialize(id.as_bytes()).collect()
}

/// Why a request got no response.
pub(crate) fn unreachable(error: &reqwest::Error) -> Failure {
    tracing::debug!(error = error as &dyn Error, "no response");
    if let Some(certificate) = certificate(error) {
        certificate_failure(certificate)
    } else if error.is_timeout() {
        Failure::Timeout
    } else {
        Failure::Offline
    }
}

/// A certificate that is expired or not valid yet most often means that this computer's clock is wrong.
fn certificate_failure(error: &CertificateError) -> Failure {
    use CertificateError as E;
    match error {
        E::Expired | E::ExpiredContext { .. } | E::NotValidYet | E::NotValidYetContext { .. } => {
            Failure::Clock
        }
        _ => Failure::Certificate,
    }
}

fn certificate(error: &reqwest::Error) -> Option<&CertificateError> {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(rustls::Error::InvalidCertificate(certificate)) = error.downcast_ref() {
            return Some(certificate);
        }
        // The TLS error is inside of I/O errors, which do not return their inner error as their source.
        let inside = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        cause = inside.map(|inside| inside as &(dyn Error + 'static)).or_else(|| error.source());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expired_certificate_is_a_clock_failure_and_any_other_a_certificate_failure() {
        for (error, failure) in [
            (CertificateError::Expired, Failure::Clock),
            (CertificateError::NotValidYet, Failure::Clock),
            (CertificateError::UnknownIssuer, Failure::Certificate),
            (CertificateError::NotValidForName, Failure::Certificate),
        ] {
            assert_eq!(certificate_failure(&error), failure);
        }
    }
}
