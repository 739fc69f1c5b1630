//! The service's event stream.

use crate::api::Api;
use eventsource_stream::{Event as Message, EventStreamError, Eventsource};
use futures_util::{StreamExt as _, TryStreamExt as _};
use reqwest::Response;
use serde::de::DeserializeOwned;
use std::{
    error::Error,
    pin::pin,
    sync::atomic::{AtomicUsize, Ordering},
};
use tokenwell_desktop::{event::Push, failure::Failure};
use tokenwell_wire::ServerEvent;

/// The maximum size of an event, with the comments before it.
const EVENT_BYTES_MAX: usize = 256 * 1024;
/// The maximum length of an event's id, which is sent back when the app connects again.
const ID_BYTES_MAX: usize = 256;

/// Listens until the stream ends, and returns the reason. Calls `heard` whenever something arrives, if only a sign of life.
/// Calls `pushed` with each event, and reads on when that has ended.
pub(crate) async fn listen<F: Future<Output = ()>>(
    api: &Api,
    last_event_id: Option<&str>,
    heard: impl Fn(),
    pushed: impl FnMut(Push) -> F,
) -> Failure {
    match api.events(last_event_id).await {
        Ok(response) => read_all(response, heard, pushed).await,
        Err(failure) => failure,
    }
}

async fn read_all<F: Future<Output = ()>>(
    response: Response,
    heard: impl Fn(),
    mut pushed: impl FnMut(Push) -> F,
) -> Failure {
    // How much has arrived since the last event: a server may send one that never ends.
    let unread = AtomicUsize::new(0);
    let parts = response.bytes_stream().map_err(|error| crate::api::unreachable(&error)).map(|part| {
        let part = part?;
        heard();
        let length = unread.fetch_add(part.len(), Ordering::Relaxed).saturating_add(part.len());
        if length > EVENT_BYTES_MAX { Err(Failure::NotAService) } else { Ok(part) }
    });
    let mut messages = pin!(parts.eventsource());
    while let Some(message) = messages.next().await {
        match message {
            // The service is shutting down, or another instance takes over. It says when to reconnect.
            Ok(message) if message.event == "stopping" => return Failure::Stopping(message.retry),
            Ok(message) => {
                unread.store(0, Ordering::Relaxed);
                if let Some(event) = read(&message) {
                    pushed(Push { id: Some(message.id).filter(|id| can_be_sent_back(id)), event }).await;
                }
            }
            Err(EventStreamError::Transport(failure)) => return failure,
            Err(EventStreamError::Utf8(_) | EventStreamError::Parser(_)) => return Failure::NotAService,
        }
    }
    Failure::Offline
}

/// Whether a header can have this id.
fn can_be_sent_back(id: &str) -> bool {
    (1..=ID_BYTES_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
}

/// An event that this version knows.
fn read(message: &Message) -> Option<ServerEvent> {
    match message.event.as_str() {
        "balance" => body(message).map(ServerEvent::Balance),
        "purchase" => body(message).map(ServerEvent::Purchase),
        "spend_refused" => body(message).map(ServerEvent::SpendRefused),
        "account_deleted" => Some(ServerEvent::AccountDeleted),
        // A newer service may send events that this version does not know.
        _ => None,
    }
}

fn body<T: DeserializeOwned>(message: &Message) -> Option<T> {
    serde_json::from_str(&message.data)
        .inspect_err(|error| {
            tracing::warn!(
                event = message.event,
                error = error as &dyn Error,
                "a pushed event cannot be read"
            );
        })
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;
    use reqwest::Body;
    use std::{sync::Arc, time::Duration};

    fn streamed(parts: impl Iterator<Item = &'static str> + Send + 'static) -> Response {
        let parts = stream::iter(parts.map(Ok::<_, std::io::Error>));
        axum::http::Response::new(Body::wrap_stream(parts)).into()
    }

    #[tokio::test]
    async fn an_event_without_end_is_cut_off_and_many_small_ones_are_not() {
        let part: &str = "x".repeat(8192).leak();
        let endless = std::iter::once("data: ").chain(std::iter::repeat(part));
        assert_eq!(read_all(streamed(endless), || {}, |_| async {}).await, Failure::NotAService);
        let event = "event: account_deleted\ndata: {}\n\n";
        let many = 2 * EVENT_BYTES_MAX / event.len();
        let mut seen = 0;
        let count = |_| {
            seen += 1;
            async {}
        };
        let ended = read_all(streamed(std::iter::repeat_n(event, many)), || {}, count).await;
        assert_eq!((ended, seen), (Failure::Offline, many));
    }

    #[tokio::test]
    async fn no_more_events_are_read_than_the_app_has_handled() {
        let read = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&read);
        let events = std::iter::repeat_with(move || {
            counter.fetch_add(1, Ordering::Relaxed);
            "event: account_deleted\ndata: {}\n\n"
        });
        let mut handled = 0;
        let listening = read_all(
            streamed(events),
            || {},
            |_| {
                handled += 1;
                let hangs = handled == 3;
                async move {
                    if hangs {
                        std::future::pending::<()>().await;
                    }
                }
            },
        );
        assert!(futures_util::poll!(pin!(listening)).is_pending());
        assert!(read.load(Ordering::Relaxed) <= 4, "{read:?}");
    }

    #[tokio::test]
    async fn a_retry_of_any_size_and_an_id_that_cannot_be_sent_back_do_no_harm() {
        let stopping = "event: stopping\nretry: 18446744073709551615\ndata: {}\n\n";
        let asked_for = Duration::from_millis(u64::MAX);
        let ended = read_all(streamed(std::iter::once(stopping)), || {}, |_| async {}).await;
        assert_eq!(ended, Failure::Stopping(Some(asked_for)));
        let mut ids = Vec::new();
        let events = [
            "id: 7-a\nevent: account_deleted\ndata: {}\n\n",
            "id: \u{e4}\nevent: account_deleted\ndata: {}\n\n",
        ];
        let keep_id = |push: Push| {
            ids.push(push.id);
            async {}
        };
        read_all(streamed(events.into_iter()), || {}, keep_id).await;
        assert_eq!(ids, [Some("7-a".to_owned()), None]);
    }

    #[tokio::test]
    async fn a_sign_of_life_is_heard_although_it_pushes_nothing() {
        let (heard, mut seen) = (AtomicUsize::new(0), 0);
        let hear = || {
            heard.fetch_add(1, Ordering::Relaxed);
        };
        let signs = std::iter::repeat_n(": still here\n\n", 3);
        let count = |_| {
            seen += 1;
            async {}
        };
        read_all(streamed(signs), hear, count).await;
        assert_eq!((heard.into_inner(), seen), (3, 0));
    }
}
