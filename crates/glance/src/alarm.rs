//! Waiting for a message or a moment.

use crate::watch::Message;
use jiff::Timestamp;
use std::sync::mpsc::Receiver;

#[cfg(target_os = "linux")]
pub(crate) use linux::Alarm;
#[cfg(not(target_os = "linux"))]
pub(crate) use others::Alarm;

#[cfg(target_os = "linux")]
mod linux {
    use super::{Message, Receiver, Timestamp};
    use nix::sys::{
        time::TimeSpec,
        timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags},
    };
    use std::{
        io,
        sync::{Arc, mpsc::Sender},
        thread,
    };

    /// A timer of the system. It also ends when the computer wakes up after the moment, and when the clock is set.
    pub(crate) struct Alarm(Arc<TimerFd>);

    impl Alarm {
        pub(crate) fn new(sender: Sender<Message>) -> io::Result<Self> {
            let timer = Arc::new(TimerFd::new(ClockId::CLOCK_REALTIME, TimerFlags::TFD_CLOEXEC)?);
            let waiting = Arc::clone(&timer);
            thread::Builder::new()
                .name("alarm".into())
                .spawn(move || while waiting.wait().is_ok() && sender.send(Message::Time).is_ok() {})?;
            Ok(Self(timer))
        }

        /// The next message, [`Message::Time`] at the latest at `until`. `None` if there can be none.
        pub(crate) fn wait(&self, messages: &Receiver<Message>, until: Option<Timestamp>) -> Option<Message> {
            let set = match until {
                Some(at) => {
                    let at = TimeSpec::new(at.as_second(), at.subsec_nanosecond().into());
                    let flags =
                        TimerSetTimeFlags::TFD_TIMER_ABSTIME | TimerSetTimeFlags::TFD_TIMER_CANCEL_ON_SET;
                    self.0.set(Expiration::OneShot(at), flags)
                }
                None => self.0.unset(),
            };
            // Setting fails only with a moment that is no time at all, which no calendar has.
            set.ok()?;
            messages.recv().ok()
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod others {
    use super::{Message, Receiver, Timestamp};
    use std::{
        io,
        sync::mpsc::{RecvTimeoutError, Sender},
        time::Duration,
    };

    /// The time-out of waiting. It does not count while the computer sleeps.
    pub(crate) struct Alarm;

    impl Alarm {
        #[expect(clippy::unnecessary_wraps, reason = "the same on every system")]
        #[expect(clippy::needless_pass_by_value, reason = "the same on every system")]
        pub(crate) fn new(_: Sender<Message>) -> io::Result<Self> {
            Ok(Self)
        }

        /// The next message, [`Message::Time`] at the latest at `until`. `None` if there can be none.
        #[expect(clippy::unused_self, reason = "the same on every system")]
        pub(crate) fn wait(&self, messages: &Receiver<Message>, until: Option<Timestamp>) -> Option<Message> {
            let Some(until) = until else { return messages.recv().ok() };
            let pause = Duration::try_from(until.duration_since(Timestamp::now())).unwrap_or_default();
            match messages.recv_timeout(pause) {
                Ok(message) => Some(message),
                Err(RecvTimeoutError::Timeout) => Some(Message::Time),
                Err(RecvTimeoutError::Disconnected) => None,
            }
        }
    }
}
