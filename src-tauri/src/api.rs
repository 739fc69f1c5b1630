//! The client of the token service.

use jiff::Timestamp;
use reqwest::{Client, RequestBuilder, Response, StatusCode, header, redirect};
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
    PlanList, Problem, Purchase, PurchaseList, ServiceDescription, SubscriptionCheckout,
};
use tokio::sync::RwLock;
use url::Url;
use uuid::Uuid;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// The service sends a comment line every 20 s; a stream that is silent for longer than this is dead.
const SILENCE_TIMEOUT: Duration = Duration::from_mins(1);

/// The HTTP clients that all requests go through.
#[derive(Clone)]
pub(crate) struct Http {
    /// For requests that are answered at once.
    pub(crate) client: Client,
    /// For the stream of events.
    streaming: Client,
}

impl Http {
    /// Clients without any session.
    pub(crate) fn new() -> reqwest::Result<Self> {
        let builder = || {
            Client::builder()
                .user_agent(concat!("tokenwell/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(CONNECT_TIMEOUT)
                // Tokens go to the addresses that were meant, not on to others.
                .redirect(redirect::Policy::none())
        };
        Ok(Self {
            client: builder().timeout(ANSWER_TIMEOUT).build()?,
            streaming: builder().read_timeout(SILENCE_TIMEOUT).build()?,
        })
    }

    /// What a service says of itself.
    pub(crate) async fn description(&self, service: &Url) -> Result<ServiceDescription, Failure> {
        let url = join(service, ".well-known/tokenwell")?;
        answer(self.client.get(url)).await.map_err(|failure| match failure {
            // Something else lives at this address.
            Failure::Response(ErrorResponse { status: 404 | 405, .. }) => Failure::NotAService,
            failure => failure,
        })
    }
}

/// One service, as one user.
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

    /// Takes a new access token into use.
    pub(crate) async fn set_access(&self, token: SecretString) {
        *self.access.write().await = Some(token);
    }

    /// Everything that the app shows, one request after the other.
    pub(crate) async fn refresh(&self) -> Result<AccountSnapshot, Failure> {
        Ok(AccountSnapshot {
            description: self.http.description(&self.service).await?,
            account: self.get("v1/account").await?,
            balance: self.get("v1/balance").await?,
            packs: self.get::<PackList>("v1/packs").await?.packs,
            plans: self.get::<PlanList>("v1/plans").await?.plans,
        })
    }

    /// Makes a purchase; the same key gives the same purchase again.
    pub(crate) async fn create_purchase(&self, key: Uuid, order: &NewPurchase) -> Result<Purchase, Failure> {
        let request = self.http.client.post(join(&self.service, "v1/purchases")?);
        let request = request.header("Idempotency-Key", key.to_string()).json(order);
        answer(self.authorized(request).await?).await
    }

    /// A purchase as it is now.
    pub(crate) async fn purchase(&self, id: &str) -> Result<Purchase, Failure> {
        self.get(&format!("v1/purchases/{}", segment(id))).await
    }

    /// Expires a purchase's checkout.
    pub(crate) async fn cancel_purchase(&self, id: &str) -> Result<Purchase, Failure> {
        let url = join(&self.service, &format!("v1/purchases/{}/cancel", segment(id)))?;
        answer(self.authorized(self.http.client.post(url)).await?).await
    }

    /// A page for subscribing to a plan.
    pub(crate) async fn subscribe(&self, checkout: &SubscriptionCheckout) -> Result<HostedPage, Failure> {
        let url = join(&self.service, "v1/subscription/checkout")?;
        answer(self.authorized(self.http.client.post(url).json(checkout)).await?).await
    }

    /// A page for managing the subscription.
    pub(crate) async fn portal(&self) -> Result<HostedPage, Failure> {
        let url = join(&self.service, "v1/subscription/portal")?;
        answer(self.authorized(self.http.client.post(url)).await?).await
    }

    /// Entries of the ledger.
    pub(crate) async fn activity(
        &self,
        filter: &ActivityFilter,
        fetch: &Fetch,
    ) -> Result<ListPage<Entry>, Failure> {
        let request = self.http.client.get(join(&self.service, "v1/activity")?);
        let request = request.query(&which(filter)).query(&part(fetch));
        let Activity { items, next_cursor } = answer(self.authorized(request).await?).await?;
        Ok(ListPage { items, next: next_cursor })
    }

    /// The same as a file; its length is not known before its end.
    pub(crate) async fn activity_file(&self, filter: &ActivityFilter) -> Result<Response, Failure> {
        let request = self.http.streaming.get(join(&self.service, "v1/activity.csv")?);
        good(self.authorized(request.query(&which(filter))).await?).await
    }

    /// Purchases.
    pub(crate) async fn purchases(&self, fetch: &Fetch) -> Result<ListPage<Purchase>, Failure> {
        let request = self.http.client.get(join(&self.service, "v1/purchases")?).query(&part(fetch));
        let PurchaseList { items, next_cursor } = answer(self.authorized(request).await?).await?;
        Ok(ListPage { items, next: next_cursor })
    }

    /// What was spent in the last 30 days.
    pub(crate) async fn daily_usage(&self) -> Result<ListPage<DayUsage>, Failure> {
        let DailyUsage { days } = self.get("v1/usage/daily").await?;
        Ok(ListPage { items: days, next: None })
    }

    /// Deletes the account for good.
    pub(crate) async fn delete_account(&self, confirm: String) -> Result<(), Failure> {
        let request = self.http.client.delete(join(&self.service, "v1/account")?);
        good(self.authorized(request.json(&DeleteAccount { confirm })).await?).await.map(drop)
    }

    /// Opens the stream of events, after `last_event_id` if there is one.
    pub(crate) async fn events(&self, last_event_id: Option<&str>) -> Result<Response, Failure> {
        let url = join(&self.service, "v1/events")?;
        let mut request = self.http.streaming.get(url).header(header::ACCEPT, "text/event-stream");
        if let Some(id) = last_event_id {
            request = request.header("Last-Event-ID", id);
        }
        good(self.authorized(request).await?).await
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        answer(self.authorized(self.http.client.get(join(&self.service, path)?)).await?).await
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

/// An activity filter as the service reads it.
fn which(ActivityFilter { bucket, kinds }: &ActivityFilter) -> Vec<(&'static str, String)> {
    let bucket = bucket.map(|bucket| match bucket {
        Bucket::Rollover => "rollover",
        Bucket::Fast => "fast",
        Bucket::TopUp => "top_up",
    });
    let kinds = (!kinds.is_empty()).then(|| kinds.join(","));
    let bucket = bucket.map(|bucket| ("bucket", bucket.to_owned()));
    bucket.into_iter().chain(kinds.map(|kinds| ("kind", kinds))).collect()
}

/// Which part of a list.
fn part(Fetch { cursor, limit, number: _ }: &Fetch) -> Vec<(&'static str, String)> {
    let cursor = cursor.clone().map(|cursor| ("cursor", cursor));
    cursor.into_iter().chain([("limit", limit.to_string())]).collect()
}

/// An id as one segment of a path, whatever is in it.
fn segment(id: &str) -> String {
    url::form_urlencoded::byte_serialize(id.as_bytes()).collect()
}

async fn answer<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, Failure> {
    let body = good(request).await?.bytes().await.map_err(|error| unreachable(&error))?;
    serde_json::from_slice(&body).map_err(|error| {
        tracing::warn!("the service's answer cannot be read: {error}");
        Failure::NotAService
    })
}

/// Sends a request; an error answer is a failure.
async fn good(request: RequestBuilder) -> Result<Response, Failure> {
    let response = request.send().await.map_err(|error| unreachable(&error))?;
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let retry_after = retry_after(&response);
    let problem = Problem::read(&beginning(response).await);
    Err(match (status, &problem) {
        (StatusCode::UNAUTHORIZED, _) => Failure::Unauthorized,
        (StatusCode::GONE, Some(problem)) if problem.code == "account_deleted" => Failure::AccountDeleted,
        _ => Failure::Response(ErrorResponse {
            status: status.as_u16(),
            retry_after,
            code: problem.as_ref().map(|problem| problem.code.clone()),
            detail: problem.map(|problem| problem.detail),
        }),
    })
}

/// A body as far as a problem can be long; whoever answers may go on for ever.
async fn beginning(mut response: Response) -> Vec<u8> {
    let mut body = Vec::new();
    while body.len() <= Problem::BYTES_MAX
        && let Ok(Some(chunk)) = response.chunk().await
    {
        body.extend_from_slice(&chunk);
    }
    body
}

/// `Retry-After`, in seconds or as a date.
fn retry_after(response: &Response) -> Option<Duration> {
    let value = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    Duration::try_from(date.duration_since(Timestamp::now())).ok()
}

/// Why a request got no answer.
pub(crate) fn unreachable(error: &reqwest::Error) -> Failure {
    tracing::debug!("no answer: {error:?}");
    if let Some(certificate) = certificate(error) {
        of_certificate(certificate)
    } else if error.is_timeout() {
        Failure::Timeout
    } else {
        Failure::Offline
    }
}

/// What is wrong with the other side's certificate: most often this computer's clock, if it is the time.
fn of_certificate(error: &CertificateError) -> Failure {
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
        // The TLS error sits inside of I/O errors, which do not name what is in them as their source.
        let inside = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        cause = inside.map(|inside| inside as &(dyn Error + 'static)).or_else(|| error.source());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_out_of_its_time_points_at_the_clock_and_any_other_at_the_address() {
        for (error, failure) in [
            (CertificateError::Expired, Failure::Clock),
            (CertificateError::NotValidYet, Failure::Clock),
            (CertificateError::UnknownIssuer, Failure::Certificate),
            (CertificateError::NotValidForName, Failure::Certificate),
        ] {
            assert_eq!(of_certificate(&error), failure);
        }
    }
}
