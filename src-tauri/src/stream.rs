//! The stream of the service's events.

use crate::api::Api;
use eventsource_stream::{Event as Message, EventStreamError, Eventsource};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use tokenwell_desktop::{event::Push, failure::Failure};
use tokenwell_wire::ServerEvent;

/// Listens until the stream ends, and gives the reason; each event is handed to `pushed`.
pub(crate) async fn listen(api: &Api, last_event_id: Option<&str>, mut pushed: impl FnMut(Push)) -> Failure {
    let response = match api.events(last_event_id).await {
        Ok(response) => response,
        Err(failure) => return failure,
    };
    let mut messages = response.bytes_stream().eventsource();
    while let Some(message) = messages.next().await {
        match message {
            // The service comes back, or another instance of it is there: it says when to ask.
            Ok(message) if message.event == "stopping" => return Failure::Stopping(message.retry),
            Ok(message) => {
                if let Some(event) = read(&message) {
                    pushed(Push { id: Some(message.id).filter(|id| !id.is_empty()), event });
                }
            }
            Err(EventStreamError::Transport(error)) => return crate::api::unreachable(&error),
            Err(EventStreamError::Utf8(_) | EventStreamError::Parser(_)) => return Failure::NotAService,
        }
    }
    Failure::Offline
}

/// An event of a kind and shape that this version knows.
fn read(message: &Message) -> Option<ServerEvent> {
    match message.event.as_str() {
        "balance" => body(message).map(ServerEvent::Balance),
        "purchase" => body(message).map(ServerEvent::Purchase),
        "spend_refused" => body(message).map(ServerEvent::SpendRefused),
        "account_deleted" => Some(ServerEvent::AccountDeleted),
        // A newer service has more to tell; what it adds is not for this version.
        _ => None,
    }
}

fn body<T: DeserializeOwned>(message: &Message) -> Option<T> {
    serde_json::from_str(&message.data)
        .inspect_err(|error| tracing::warn!(event = message.event, "a pushed event cannot be read: {error}"))
        .ok()
}
