//! The way to the service: renewing the access token, refreshing, listening, and trying again.

use crate::{
    event::{Effect, Timer},
    failure::Failure,
    retry::{Backoff, Pause},
    text::Texts,
    view::Connection,
};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// How the service is reached, and what is under way to reach it.
#[derive(Debug)]
pub(crate) struct ServiceConnection {
    state: Connection,
    access: Access,
    refresh: Refresh,
    listening_since: Option<Timestamp>,
    last_event_id: Option<String>,
    backoff: Backoff,
}

/// Whether there is an access token, and whether the service takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    Missing,
    Renewing,
    /// Just renewed: if the service refuses this one too, renewing again would not help.
    Untried,
    Accepted,
}

/// One refresh is under way at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refresh {
    Idle,
    Running,
    /// Something changed since it started: once more.
    RunningThenAgain,
}

/// A stream that lasted at least this long was a good one; the next try comes soon and quietly.
const GOOD_STREAM: SignedDuration = SignedDuration::from_secs(10);

impl ServiceConnection {
    /// Nothing is known of the service yet and there is no access token.
    pub(crate) fn new() -> Self {
        Self {
            state: Connection::Connecting,
            access: Access::Missing,
            refresh: Refresh::Idle,
            listening_since: None,
            last_event_id: None,
            backoff: Backoff::default(),
        }
    }

    pub(crate) fn state(&self) -> &Connection {
        &self.state
    }

    pub(crate) fn is_online(&self) -> bool {
        self.state == Connection::Online
    }

    /// Whether requests can be made: there is an access token that was not refused.
    pub(crate) fn has_access(&self) -> bool {
        matches!(self.access, Access::Untried | Access::Accepted)
    }

    /// The next step towards current figures.
    pub(crate) fn go_on(&mut self) -> Vec<Effect> {
        match (self.access, self.refresh) {
            (Access::Renewing, _) => vec![],
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

    /// The user asked for it: no waiting for a pause to end.
    pub(crate) fn refresh_now(&mut self) -> Vec<Effect> {
        self.backoff.reset();
        if self.refresh == Refresh::Idle { self.go_on() } else { vec![] }
    }

    /// The computer woke up: what failed before the sleep says nothing of now, and the network takes a moment.
    pub(crate) fn resumed(&mut self) -> Vec<Effect> {
        self.backoff.reset();
        let pause = Pause { after: Duration::from_secs(3), spread: Duration::from_secs(2) };
        vec![Effect::StartTimer(Timer::Reconnect, pause)]
    }

    /// There is an access token.
    pub(crate) fn renewed(&mut self) {
        self.access = Access::Untried;
    }

    /// The service refused the access token: renew it, once.
    ///
    /// # Errors
    /// It was just renewed.
    pub(crate) fn unauthorized(&mut self) -> Result<Vec<Effect>, Failure> {
        self.refresh = Refresh::Idle;
        match self.access {
            Access::Untried => Err(Failure::Unauthorized),
            Access::Renewing => Ok(vec![]),
            Access::Missing | Access::Accepted => {
                self.access = Access::Missing;
                Ok(self.go_on())
            }
        }
    }

    /// A refresh worked. The stream is opened, if it is not; the refresh is done again, if something changed meanwhile.
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

    /// The stream brought something.
    pub(crate) fn pushed(&mut self, id: Option<String>) {
        self.state = Connection::Online;
        self.access = Access::Accepted;
        if id.is_some() {
            self.last_event_id = id;
        }
    }

    /// The stream ended. After a good one the next try is soon and changes nothing on screen.
    pub(crate) fn stream_ended(&mut self, failure: &Failure, texts: &Texts, now: Timestamp) -> Vec<Effect> {
        let since = self.listening_since.take();
        if since.is_some_and(|since| now.duration_since(since) >= GOOD_STREAM) {
            self.backoff.reset();
            return vec![Effect::StartTimer(Timer::Reconnect, self.backoff.pause(failure.retry_after()))];
        }
        self.failed(failure, texts, now)
    }

    /// A refresh or renewal did not work: offline since the first time, and once more after a pause.
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
        vec![Effect::StartTimer(Timer::Reconnect, self.backoff.pause(failure.retry_after()))]
    }

    /// The stream is gone with the access token that opened it.
    pub(crate) fn stopped_listening(&mut self) {
        self.listening_since = None;
    }
}
