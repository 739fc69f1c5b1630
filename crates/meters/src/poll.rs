//! When a platform is asked again: rarely, because it pushes nothing and did not ask for this app.

use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// How often at most while the panel is open, and after a failure.
const OPEN: Duration = Duration::from_mins(5);

/// How often at most while it is closed.
const CLOSED: Duration = Duration::from_mins(15);

/// The longest interval, and the longest pause that a platform can ask for.
const LONGEST: Duration = Duration::from_hours(24);

/// After waking up, the network needs a moment.
const AFTER_WAKING: Duration = Duration::from_secs(3);

/// Enough for the longest interval.
const DOUBLINGS_MAX: u32 = 9;

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The balance was read.
    Read,
    /// 429: too many requests. The platform may have named a pause.
    TooMany(Option<Duration>),
    /// No answer, an error, or an answer that cannot be read. The platform may have named a pause.
    Failed(Option<Duration>),
    /// 401: the key is not accepted.
    Refused,
    /// The key cannot be read from the keyring until the user does something.
    NoKey,
}

/// When one platform is asked next, for one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poll {
    state: State,
    asked_at: Option<Timestamp>,
    /// How often the interval was doubled.
    doublings: u32,
    /// Whether the last request failed otherwise than with 429.
    failed: bool,
    /// The platform asked for nothing before this.
    not_before: Option<Timestamp>,
    /// Somebody waits for figures, so the interval does not matter.
    wanted_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Asking,
    /// Nothing is asked until the user wants it.
    Stopped,
}

impl Poll {
    /// A key that was not asked about in this run. It is asked about at once.
    pub fn new() -> Self {
        Self {
            state: State::Waiting,
            asked_at: None,
            doublings: 0,
            failed: false,
            not_before: None,
            wanted_at: None,
        }
    }

    /// A key that was refused in an earlier run. It is asked about when the user wants it.
    pub fn stopped() -> Self {
        Self { state: State::Stopped, ..Self::new() }
    }

    /// How long to wait before the next request. `None` while one is under way, and after the key was refused.
    pub fn wait(&self, now: Timestamp, panel_open: bool) -> Option<Duration> {
        if self.state != State::Waiting {
            return None;
        }
        let interval = self.interval(panel_open);
        let regular = self.asked_at.map(|at| plus(at, interval));
        let due = match (regular, self.wanted_at) {
            (Some(regular), Some(wanted)) => Some(regular.min(wanted)),
            (regular, wanted) => regular.or(wanted),
        };
        let until = |at: Option<Timestamp>, longest| {
            let wait = at.and_then(|at| Duration::try_from(at.duration_since(now)).ok()).unwrap_or_default();
            // A time that is further away was noted before the clock was set back.
            wait.min(longest)
        };
        Some(until(due, interval).max(until(self.not_before, LONGEST)))
    }

    /// A request was sent.
    pub fn asked(&mut self, now: Timestamp) {
        self.state = State::Asking;
        self.asked_at = Some(now);
        self.wanted_at = None;
        self.not_before = None;
    }

    /// The request ended.
    pub fn answered(&mut self, outcome: Outcome, now: Timestamp) {
        self.state = State::Waiting;
        self.failed = matches!(outcome, Outcome::Failed(_));
        let mut pause = None;
        match outcome {
            Outcome::Read => self.doublings = 0,
            Outcome::TooMany(asked_for) => {
                self.doublings = (self.doublings + 1).min(DOUBLINGS_MAX);
                pause = asked_for;
            }
            Outcome::Failed(asked_for) => pause = asked_for,
            Outcome::Refused | Outcome::NoKey => self.state = State::Stopped,
        }
        self.not_before = pause.map(|pause| plus(now, pause.min(LONGEST)));
    }

    /// The user wants figures now, also for a key that was refused. The platform's own pause still holds.
    pub fn wanted(&mut self, now: Timestamp) {
        if self.state == State::Stopped {
            self.state = State::Waiting;
        }
        self.wanted_at = Some(now);
    }

    /// The computer woke up. The figures are refreshed once.
    pub fn woke(&mut self, now: Timestamp) {
        if self.state == State::Waiting {
            self.wanted_at = Some(plus(now, AFTER_WAKING));
        }
    }

    /// Whether nothing is asked until the user wants it.
    pub fn is_stopped(&self) -> bool {
        self.state == State::Stopped
    }

    fn interval(&self, panel_open: bool) -> Duration {
        let regular = if panel_open || self.failed { OPEN } else { CLOSED };
        regular.saturating_mul(1 << self.doublings).min(LONGEST)
    }
}

impl Default for Poll {
    fn default() -> Self {
        Self::new()
    }
}

fn plus(at: Timestamp, pause: Duration) -> Timestamp {
    SignedDuration::try_from(pause)
        .ok()
        .and_then(|pause| at.checked_add(pause).ok())
        .unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOON: Timestamp = Timestamp::constant(1_795_000_000, 0);

    fn at(seconds: i64) -> Timestamp {
        NOON + SignedDuration::from_secs(seconds)
    }

    fn minutes(poll: &Poll, seconds: i64, open: bool) -> Option<u64> {
        poll.wait(at(seconds), open).map(|wait| wait.as_secs() / 60)
    }

    /// A key that was asked about at noon, with this outcome.
    fn after(outcome: Outcome) -> Poll {
        let mut poll = Poll::new();
        poll.asked(NOON);
        poll.answered(outcome, NOON);
        poll
    }

    #[test]
    fn a_platform_is_asked_every_5_minutes_while_the_panel_is_open_and_every_15_otherwise() {
        assert_eq!(minutes(&Poll::new(), 0, false), Some(0), "a new key is asked about at once");
        let poll = after(Outcome::Read);
        assert_eq!([minutes(&poll, 0, true), minutes(&poll, 0, false)], [Some(5), Some(15)]);
        assert_eq!([minutes(&poll, 600, true), minutes(&poll, 600, false)], [Some(0), Some(5)]);
    }

    #[test]
    fn nothing_is_asked_while_a_request_is_under_way() {
        let mut poll = Poll::new();
        poll.asked(NOON);
        poll.woke(NOON);
        assert_eq!(poll.wait(at(100_000), true), None);
    }

    #[test]
    fn each_429_doubles_the_interval_up_to_a_day_and_a_success_resets_it() {
        let mut poll = Poll::new();
        let mut intervals = Vec::new();
        for _ in 0..9 {
            poll.asked(NOON);
            poll.answered(Outcome::TooMany(None), NOON);
            intervals.push((minutes(&poll, 0, true).unwrap(), minutes(&poll, 0, false).unwrap()));
        }
        assert_eq!(intervals[..4], [(10, 30), (20, 60), (40, 120), (80, 240)]);
        assert_eq!(intervals[8], (1440, 1440));
        poll.asked(NOON);
        poll.answered(Outcome::Read, NOON);
        assert_eq!(minutes(&poll, 0, false), Some(15));
    }

    #[test]
    fn retry_after_is_honoured_up_to_a_day_whatever_the_user_wants() {
        let hours = |hours: u64| Some(Duration::from_hours(hours));
        for outcome in [Outcome::TooMany(hours(2)), Outcome::Failed(hours(2))] {
            let mut poll = after(outcome);
            poll.wanted(NOON);
            poll.woke(NOON);
            assert_eq!(minutes(&poll, 0, true), Some(120), "{outcome:?}");
        }
        for huge in [hours(25), Some(Duration::MAX)] {
            assert_eq!(minutes(&after(Outcome::TooMany(huge)), 0, true), Some(24 * 60));
        }
        let short = after(Outcome::TooMany(Some(Duration::from_secs(1))));
        assert_eq!(minutes(&short, 0, true), Some(10), "a short pause does not shorten the interval");
    }

    #[test]
    fn after_a_failure_the_next_try_is_5_minutes_later_also_with_a_closed_panel() {
        assert_eq!(minutes(&after(Outcome::Failed(None)), 0, false), Some(5));
    }

    #[test]
    fn figures_are_refreshed_once_after_waking() {
        let mut poll = after(Outcome::Read);
        poll.woke(at(60));
        assert_eq!(poll.wait(at(60), false), Some(AFTER_WAKING));
        poll.asked(at(63));
        poll.answered(Outcome::Read, at(63));
        assert_eq!(minutes(&poll, 63, false), Some(15));
    }

    #[test]
    fn a_refused_key_is_not_asked_about_until_the_user_wants_it() {
        for mut poll in [after(Outcome::Refused), after(Outcome::NoKey), Poll::stopped()] {
            assert!(poll.is_stopped());
            poll.woke(at(60));
            assert_eq!(poll.wait(at(1_000_000), true), None);
            poll.wanted(at(60));
            assert_eq!(poll.wait(at(60), false), Some(Duration::ZERO));
        }
    }

    #[test]
    fn a_clock_that_was_set_back_delays_nothing_for_longer_than_the_interval() {
        let mut poll = after(Outcome::Read);
        assert_eq!(minutes(&poll, -1_000_000, true), Some(5));
        poll.answered(Outcome::TooMany(Some(Duration::from_hours(1))), NOON);
        assert_eq!(minutes(&poll, -1_000_000, true), Some(24 * 60));
    }

    #[derive(Debug, Clone)]
    enum Step {
        Later(i64),
        Panel(bool),
        Woke,
        Answer(Outcome),
    }

    fn step() -> impl Strategy<Value = Step> {
        let pause = proptest::option::of((0_u64..200_000).prop_map(Duration::from_secs));
        prop_oneof![
            (0_i64..4_000).prop_map(Step::Later),
            any::<bool>().prop_map(Step::Panel),
            Just(Step::Woke),
            prop_oneof![
                Just(Outcome::Read),
                pause.clone().prop_map(Outcome::TooMany),
                pause.prop_map(Outcome::Failed),
                Just(Outcome::Refused),
            ]
            .prop_map(Step::Answer),
        ]
    }

    proptest! {
        /// Whatever happens, a platform is asked no more often than every 5 minutes and once more for each time that the
        /// computer woke, never before its own pause, and never after it refused the key.
        #[test]
        fn no_platform_is_asked_too_often(steps in proptest::collection::vec(step(), 1..60)) {
            let (mut poll, mut now, mut open) = (Poll::new(), NOON, false);
            let (mut asked, mut woke, mut not_before, mut refused) = (None::<Timestamp>, false, NOON, false);
            for step in steps {
                match step {
                    Step::Later(seconds) => now += SignedDuration::from_secs(seconds),
                    Step::Panel(is_open) => open = is_open,
                    Step::Woke => { poll.woke(now); woke = true; }
                    Step::Answer(outcome) if poll.wait(now, open).is_none() && !poll.is_stopped() => {
                        poll.answered(outcome, now);
                        refused |= outcome == Outcome::Refused;
                        if let Outcome::TooMany(Some(pause)) | Outcome::Failed(Some(pause)) = outcome {
                            not_before = plus(now, pause.min(LONGEST));
                        }
                    }
                    Step::Answer(_) => {}
                }
                if poll.wait(now, open) == Some(Duration::ZERO) {
                    prop_assert!(!refused);
                    prop_assert!(now >= not_before);
                    let early = asked.is_some_and(|asked| now < plus(asked, OPEN));
                    prop_assert!(!early || woke, "asked at {asked:?} and again at {now}");
                    (asked, woke) = (Some(now), false);
                    poll.asked(now);
                }
            }
        }
    }
}
