//! The event stream: the balance first, then whatever changes, pushed when it is committed. What was missed is told
//! after a reconnect with `Last-Event-ID`. An event tells the present state, so an older version never follows a newer.

use super::balance;
use crate::App;
use crate::auth::User;
use crate::outside::chance;
use crate::problem::{Answer, Failure, Kind};
use crate::store::ChangeNotice;
use crate::streams::Alarm;
use crate::translate;
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

/// How often an idle stream shows that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// When those whose streams end with the service are to come back at the earliest, and over how long they are spread.
const RECONNECT_FIRST: Duration = Duration::from_secs(1);
const RECONNECT_SPREAD: Duration = Duration::from_secs(9);

/// Server-Sent Events `balance`, `purchase`, `spend_refused` and `account_deleted`. The stream ends when the access
/// token does. One that ends because the service stops says so with `stopping`, whose `retry` is when to come back.
#[utoipa::path(get, path = "/v1/events", tag = "user", security(("user" = [])),
    params(("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that was seen")),
    responses((status = 200, content((Balance = "text/event-stream"), (Purchase = "text/event-stream"),
        (SpendRefused = "text/event-stream"))), (status = 401, body = Problem)))]
pub async fn stream(
    State(app): State<Arc<App>>,
    user: User,
    headers: HeaderMap,
) -> Answer<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let account = user.account.id;
    let turned_away = || app.metrics.turned_away("streams");
    let place =
        app.admission.streams.take().ok_or_else(Failure::overloaded).inspect_err(|_| turned_away())?;
    let alarm = app.streams.alarm(&account).ok_or_else(too_many_streams).inspect_err(|_| turned_away())?;
    let last = app.store.last_notice(&account).await?;
    let seen = headers
        .get("Last-Event-ID")
        .and_then(|id| id.to_str().ok()?.trim().parse().ok())
        // An id of another database says nothing about this one.
        .filter(|seen| (0..=last).contains(seen))
        .unwrap_or(last);
    let told = Told {
        alarm,
        _place: place,
        account,
        seen,
        waiting: VecDeque::new(),
        resets_at: None,
        greeted: false,
        ended: false,
        token_expires_at: user.token_expires_at,
        app,
    };
    let stream = futures_util::stream::unfold(told, |mut told| async move {
        let event = told.next().await?;
        Some((Ok(event), told))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(HEARTBEAT).text("still here")))
}

/// What one stream has told, and what it still has to.
struct Told {
    app: Arc<App>,
    account: String,
    alarm: Alarm,
    _place: OwnedSemaphorePermit,
    /// The last notice that was told, which a reconnect resumes after.
    seen: i64,
    waiting: VecDeque<Event>,
    /// When the figures change by themselves.
    resets_at: Option<Timestamp>,
    greeted: bool,
    ended: bool,
    token_expires_at: Timestamp,
}

/// Why a stream that waited goes on.
enum Woken {
    /// There may be something to tell.
    Look,
    /// The service stops.
    Stop,
    /// The access token has expired.
    End,
}

/// The last event of a service that stops: when to come back, so that not all come at once.
fn farewell() -> Event {
    let pause = RECONNECT_FIRST + RECONNECT_SPREAD.mul_f64(f64::from(chance()) / f64::from(u32::MAX));
    Event::default().event("stopping").retry(pause).data("{}")
}

fn too_many_streams() -> Failure {
    Failure::new(
        Kind::RateLimited,
        "This account has as many event streams open as it may. Close some of them.",
    )
    .retry_after_s(60)
}

impl Told {
    /// The next event; `None` ends the stream.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            if self.ended {
                return None;
            }
            if self.greeted {
                match self.wait().await {
                    Woken::Look => {}
                    Woken::Stop => {
                        self.ended = true;
                        return Some(farewell());
                    }
                    Woken::End => return None,
                }
            }
            // In a box of its own: what gathering needs is not kept while a stream only waits.
            if let Err(failure) = Box::pin(self.gather()).await {
                // The client connects again and resumes where this stream stopped.
                tracing::warn!(?failure, "an event stream breaks off");
                return None;
            }
        }
    }

    /// Waits until there may be something to tell, or the stream is over.
    async fn wait(&mut self) -> Woken {
        let left = self.token_expires_at.duration_since(Timestamp::now());
        let app = Arc::clone(&self.app);
        let resets_at = self.resets_at;
        let reset = async {
            match resets_at {
                Some(at) => app.clock.reach(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.alarm.rung() => Woken::Look,
            () = reset => Woken::Look,
            () = self.app.stopping.cancelled() => Woken::Stop,
            () = tokio::time::sleep(Duration::try_from(left).unwrap_or_default()) => Woken::End,
        }
    }

    async fn gather(&mut self) -> Answer<()> {
        let balance = match balance::current(&self.app, &self.account).await {
            Ok(balance) => Some(balance),
            Err(failure) if failure.status() == axum::http::StatusCode::GONE => None,
            Err(failure) => return Err(failure),
        };
        self.resets_at = balance.as_ref().and_then(|balance| balance.fast.resets_at);
        if !std::mem::replace(&mut self.greeted, true)
            && let Some(balance) = &balance
        {
            self.push(self.seen, "balance", balance)?;
        }
        let notices = self.app.store.notices_after(&self.account, self.seen).await?;
        for (place, (seq, notice)) in notices.iter().enumerate() {
            // The state is told once, by the last notice of it.
            let told_later = notices[place + 1..].iter().any(|(_, later)| later == notice);
            match (notice, &balance) {
                (ChangeNotice::Balance, Some(balance)) if !told_later => {
                    self.push(*seq, "balance", balance)?;
                }
                (ChangeNotice::Purchase(id), _) if !told_later => {
                    if let Some(purchase) = self.app.store.purchase(id).await?
                        && let Some(account) = self.app.store.account(&self.account).await?
                    {
                        self.push(*seq, "purchase", &translate::purchase(&purchase, &account.state))?;
                    }
                }
                (ChangeNotice::SpendRefused(json), _) => {
                    self.waiting
                        .push_back(Event::default().id(seq.to_string()).event("spend_refused").data(json));
                }
                (ChangeNotice::AccountDeleted, _) => {
                    self.push(*seq, "account_deleted", &serde_json::json!({}))?;
                    self.ended = true;
                }
                _ => {}
            }
            self.seen = *seq;
        }
        Ok(())
    }

    fn push(&mut self, seq: i64, name: &str, data: &impl Serialize) -> Answer<()> {
        let event =
            Event::default().id(seq.to_string()).event(name).json_data(data).map_err(Failure::internal)?;
        self.waiting.push_back(event);
        Ok(())
    }
}
