//! The service's event stream.

use crate::api::Api;
use eventsource_stream::{Event as Message, EventStreamError, Eventsource};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use std::error::Error;
use tokenwell_desktop::{event::Push, failure::Failure};
use tokenwell_wire::ServerEvent;

/// Listens until the stream ends, and returns the reason. Calls `pushed` with each event.
pub(crate) async fn listen(api: &Api, last_event_id: Option<&str>, mut pushed: impl FnMut(Push)) -> Failure {
    let response = match api.events(last_event_id).await {
        Ok(response) => response,
        Err(failure) => return failure,
    };
    let mut messages = response.bytes_stream().eventsource();
    while let Some(message) = messages.next().await {
        match message {
            // The service is shutting down, or another instance takes over. It says when to reconnect.
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
