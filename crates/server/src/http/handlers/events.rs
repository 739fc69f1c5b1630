//! The event stream: the balance first, then every change as soon as it is committed. After a reconnect with
//! `Last-Event-ID`, missed events are sent. An event has the current state, so an older version never follows a newer.

use crate::accounts::{AccountError, Accounts, StreamAlarm};
use crate::base::error_chain::Chain;
use crate::base::random::random_share;
use crate::http::api_error::{ApiError, HttpResult};
use crate::http::auth::User;
use crate::http::problem::ProblemKind;
use crate::http::state::{Http, ServiceState};
use crate::http::wire_types;
use crate::store::{ChangeNotice, Store};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokenwell_wire::{Balance, Problem, Purchase, SpendRefused};
use tokio::sync::OwnedSemaphorePermit;

/// The pause between heartbeats of an idle stream.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// The minimum pause before clients of a stopping service reconnect, and the maximum random time that is added.
const RECONNECT_FIRST: Duration = Duration::from_secs(1);
const RECONNECT_SPREAD: Duration = Duration::from_secs(9);

/// Server-Sent Events `balance`, `purchase`, `spend_refused` and `account_deleted`. The stream ends when the access
/// token does. Before the service stops it sends `stopping`, whose `retry` is the pause before the client reconnects.
#[utoipa::path(get, path = "/v1/events", tag = "user", security(("user" = [])),
    params(("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that was seen")),
    responses((status = 200, content((Balance = "text/event-stream"), (Purchase = "text/event-stream"),
        (SpendRefused = "text/event-stream"))), (status = 401, body = Problem)))]
pub async fn stream(
    State(state): State<ServiceState>,
    user: User,
    headers: HeaderMap,
) -> HttpResult<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let ServiceState { accounts, store, http, .. } = state;
    let account = user.account.id;
    let turned_away = || http.metrics.turned_away("streams");
    let permit =
        http.admission.streams.take().ok_or_else(ApiError::overloaded).inspect_err(|_| turned_away())?;
    let alarm =
        accounts.streams().open(&account).ok_or_else(too_many_streams).inspect_err(|_| turned_away())?;
    let last = store.last_notice(&account).await?;
    let seen = headers
        .get("Last-Event-ID")
        .and_then(|id| id.to_str().ok()?.trim().parse().ok())
        // An id from another database means nothing here.
        .filter(|seen| (0..=last).contains(seen))
        .unwrap_or(last);
    let stream = EventStream {
        accounts,
        store,
        http,
        alarm,
        _permit: permit,
        account,
        seen,
        queued: VecDeque::new(),
        resets_at: None,
        is_greeted: false,
        is_ended: false,
        token_expires_at: user.token_expires_at,
    };
    let events = futures_util::stream::unfold(stream, |mut stream| async move {
        let event = stream.next().await?;
        Some((Ok(event), stream))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT).text("still here")))
}

/// One open stream.
struct EventStream {
    accounts: Arc<Accounts>,
    store: Arc<dyn Store>,
    http: Arc<Http>,
    account: String,
    alarm: StreamAlarm,
    _permit: OwnedSemaphorePermit,
    /// The sequence number of the last notice that was sent; a reconnect resumes after it.
    seen: i64,
    /// Events to send.
    queued: VecDeque<Event>,
    /// When the balance changes by itself.
    resets_at: Option<Timestamp>,
    /// Whether the first balance was sent.
    is_greeted: bool,
    is_ended: bool,
    token_expires_at: Timestamp,
}

/// Why a waiting stream continues.
enum Wake {
    /// There may be something to send.
    Changed,
    /// The service stops.
    Stopping,
    /// The access token has expired.
    Expired,
}

fn too_many_streams() -> ApiError {
    ApiError::new(
        ProblemKind::RateLimited,
        "This account has as many event streams open as it may. Close some of them.",
    )
    .retry_after_s(60)
}

impl EventStream {
    /// The next event; `None` ends the stream.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.queued.pop_front() {
                return Some(event);
            }
            if self.is_ended {
                return None;
            }
            if self.is_greeted {
                match self.wait().await {
                    Wake::Changed => {}
                    Wake::Stopping => {
                        self.is_ended = true;
                        return Some(self.stopping_event());
                    }
                    Wake::Expired => return None,
                }
            }
            // The box is dropped at once, so that a waiting stream uses no memory for it.
            if let Err(error) = Box::pin(self.gather()).await {
                // The client connects again and resumes after the last event.
                tracing::warn!(error = %Chain(&error), "an event stream breaks off");
                return None;
            }
        }
    }

    /// The last event of a service that stops. It has a random pause, so that clients do not reconnect together.
    fn stopping_event(&self) -> Event {
        let pause = RECONNECT_FIRST + RECONNECT_SPREAD.mul_f64(random_share(&*self.http.random));
        Event::default().event("stopping").retry(pause).data("{}")
    }

    /// Waits until there may be something to send, or the stream is over.
    async fn wait(&mut self) -> Wake {
        let left = self.token_expires_at.duration_since(Timestamp::now());
        let (accounts, resets_at) = (Arc::clone(&self.accounts), self.resets_at);
        let reset = async {
            match resets_at {
                Some(at) => accounts.clock().reach(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.alarm.rung() => Wake::Changed,
            () = reset => Wake::Changed,
            () = self.http.stopping.cancelled() => Wake::Stopping,
            () = tokio::time::sleep(Duration::try_from(left).unwrap_or_default()) => Wake::Expired,
        }
    }

    /// Queues the events since the last call.
    async fn gather(&mut self) -> Result<(), AccountError> {
        // Read before the balance, so that no notice is sent with a balance older than its change.
        let notices = self.store.notices_after(&self.account, self.seen).await?;
        let balance = match self.accounts.current(&self.account).await {
            Ok(current) => Some(wire_types::balance(&current.balance)),
            Err(AccountError::Deleted) => None,
            Err(error) => return Err(error),
        };
        self.resets_at = balance.as_ref().and_then(|balance| balance.fast.resets_at);
        if !std::mem::replace(&mut self.is_greeted, true)
            && let Some(balance) = &balance
        {
            self.queue(self.seen, "balance", balance)?;
        }
        for (index, (seq, notice)) in notices.iter().enumerate() {
            // Only the last of several equal notices is sent, because each sends the current state.
            let is_repeated = notices[index + 1..].iter().any(|(_, later)| later == notice);
            if !is_repeated || matches!(notice, ChangeNotice::SpendRefused(_)) {
                self.queue_notice(*seq, notice, balance.as_ref()).await?;
            }
            self.seen = *seq;
        }
        Ok(())
    }

    async fn queue_notice(
        &mut self,
        seq: i64,
        notice: &ChangeNotice,
        balance: Option<&Balance>,
    ) -> Result<(), AccountError> {
        match notice {
            ChangeNotice::Balance => {
                if let Some(balance) = balance {
                    self.queue(seq, "balance", balance)?;
                }
            }
            ChangeNotice::Purchase(id) => {
                if let Some(purchase) = self.store.purchase(id).await?
                    && let Some(account) = self.store.account(&self.account).await?
                {
                    self.queue(seq, "purchase", &wire_types::purchase(&purchase, &account.state))?;
                }
            }
            ChangeNotice::SpendRefused(json) => {
                let event = Event::default().id(seq.to_string()).event("spend_refused").data(json);
                self.queued.push_back(event);
            }
            ChangeNotice::AccountDeleted => {
                self.queue(seq, "account_deleted", &serde_json::json!({}))?;
                self.is_ended = true;
            }
        }
        Ok(())
    }

    fn queue(&mut self, seq: i64, name: &str, data: &impl Serialize) -> Result<(), AccountError> {
        let json = serde_json::to_string(data)?;
        self.queued.push_back(Event::default().id(seq.to_string()).event(name).data(json));
        Ok(())
    }
}
