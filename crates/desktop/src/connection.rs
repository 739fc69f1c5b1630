//! The connection to the service: renewing the access token, refreshing, listening for events, retrying.

use crate::{
    event::{Effect, Timer},
    failure::Failure,
    retry::{Backoff, Pause},
    text::Texts,
    view::Connection,
};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// The state of the connection and of its requests.
#[derive(Debug)]
pub(crate) struct ServiceConnection {
    state: Connection,
    access: Access,
    refresh: Refresh,
    listening_since: Option<Timestamp>,
    last_event_id: Option<String>,
    backoff: Backoff,
    /// Whether the user has to do something before another attempt makes sense.
    waits_for_user: bool,
}

/// The state of the access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    Missing,
    Renewing,
    /// It was just renewed. If the service refuses it too, another renewal will not help.
    Untried,
    Accepted,
}

/// At most one refresh is in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refresh {
    Idle,
    Running,
    /// Something changed after it started, so another one follows.
    RunningThenAgain,
}

/// A stream that lasted this long was healthy. The next attempt starts soon and shows no problem.
const GOOD_STREAM: SignedDuration = SignedDuration::from_secs(10);

impl ServiceConnection {
    /// The connection of a new session, without an access token.
    pub(crate) fn new() -> Self {
        Self {
            state: Connection::Connecting,
            access: Access::Missing,
            refresh: Refresh::Idle,
            listening_since: None,
            last_event_id: None,
            backoff: Backoff::default(),
            waits_for_user: false,
        }
    }

    pub(crate) fn state(&self) -> &Connection {
        &self.state
    }

    pub(crate) fn is_online(&self) -> bool {
        self.state == Connection::Online
    }

    /// Whether requests can be sent: there is an access token, and it was not refused.
    pub(crate) fn has_access(&self) -> bool {
        matches!(self.access, Access::Untried | Access::Accepted)
    }

    /// Sends the next request that is needed for current data.
    pub(crate) fn advance(&mut self) -> Vec<Effect> {
        match (self.access, self.refresh) {
            (Access::Renewing, _) => vec![],
            (Access::Missing, _) if self.waits_for_user => vec![],
            (Access::Missing, _) => {
                self.access = Access::Renewing;
                vec![Effect::Renew]
            }
            (_, Refresh::Idle) => {
                self.refresh = Refresh::Running;
                vec![Effect::Refresh]
            }
            (_, Refresh::Running | Refresh::RunningThenAgain) => {
                self.refresh = Refresh::RunningThenAgain;
                vec![]
            }
        }
    }

    /// Refreshes at once because the user asked for it.
    pub(crate) fn refresh_now(&mut self) -> Vec<Effect> {
        self.backoff.reset();
        self.waits_for_user = false;
        if self.refresh == Refresh::Idle { self.advance() } else { vec![] }
    }

    /// The computer woke from sleep. Earlier failures say nothing about the network after it, and the network needs a
    /// moment.
    pub(crate) fn resumed(&mut self) -> Vec<Effect> {
        self.backoff.reset();
        let pause = Pause { after: Duration::from_secs(3), spread: Duration::from_secs(2) };
        vec![Effect::StartTimer(Timer::Reconnect, pause)]
    }

    /// The access token was renewed.
    pub(crate) fn renewed(&mut self) {
        self.access = Access::Untried;
    }

    /// The service refused the access token. Renews it once.
    ///
    /// # Errors
    /// The refused token was new.
    pub(crate) fn unauthorized(&mut self) -> Result<Vec<Effect>, Failure> {
        self.refresh = Refresh::Idle;
        match self.access {
            Access::Untried => Err(Failure::Unauthorized),
            Access::Renewing => Ok(vec![]),
            Access::Missing | Access::Accepted => {
                self.access = Access::Missing;
                Ok(self.advance())
            }
        }
    }

    /// A refresh succeeded. Opens the stream if it is closed, and refreshes again if something changed meanwhile.
    pub(crate) fn refreshed(&mut self, now: Timestamp) -> Vec<Effect> {
        self.state = Connection::Online;
        self.access = Access::Accepted;
        let again = std::mem::replace(&mut self.refresh, Refresh::Idle) == Refresh::RunningThenAgain;
        let mut effects = Vec::new();
        if again {
            self.refresh = Refresh::Running;
            effects.push(Effect::Refresh);
        }
        if self.listening_since.is_none() {
            self.listening_since = Some(now);
            effects.push(Effect::Listen(self.last_event_id.clone()));
        }
        effects
    }

    /// The stream delivered an event.
    pub(crate) fn pushed(&mut self, id: Option<String>) {
        self.state = Connection::Online;
        self.access = Access::Accepted;
        if id.is_some() {
            self.last_event_id = id;
        }
    }

    /// The stream ended. After a healthy stream, the next attempt starts soon and the view does not change.
    pub(crate) fn stream_ended(&mut self, failure: &Failure, texts: &Texts, now: Timestamp) -> Vec<Effect> {
        let since = self.listening_since.take();
        if since.is_some_and(|since| now.duration_since(since) >= GOOD_STREAM) {
            self.backoff.reset();
            return vec![Effect::StartTimer(Timer::Reconnect, self.backoff.pause(failure.retry_after()))];
        }
        self.failed(failure, texts, now)
    }

    /// A refresh or renewal failed. The connection is offline since the first failure, and retried after a pause.
    pub(crate) fn failed(&mut self, failure: &Failure, texts: &Texts, now: Timestamp) -> Vec<Effect> {
        self.refresh = Refresh::Idle;
        if self.access == Access::Renewing {
            self.access = Access::Missing;
        }
        let since = match &self.state {
            Connection::Offline { since, .. } => *since,
            Connection::Connecting | Connection::Online => now,
        };
        self.state = Connection::Offline { since, problem: failure.problem(texts) };
        // The user has dismissed the prompt of the keyring, or leaves it open. Another attempt would open another one.
        self.waits_for_user = *failure == Failure::KeyringLocked;
        if self.waits_for_user {
            return vec![];
        }
        vec![Effect::StartTimer(Timer::Reconnect, self.backoff.pause(failure.retry_after()))]
    }

    /// The stream closed, because its access token was refused.
    pub(crate) fn stopped_listening(&mut self) {
        self.listening_since = None;
    }
}
