//! Reminds the user of plan tokens that will be forfeited, if the user has asked for that.

use super::App;
use crate::{
    cached_state::CacheWrite,
    command::PanelEntry,
    event::{Effect, Notification, Opens, Timer},
    forecast::outlook,
    reminder::{Cause, Forfeit, Reminder, reminder},
    retry::Pause,
};
use jiff::Timestamp;
use std::time::Duration;
use tokenwell_wire::Tokens;

impl App {
    /// Reminds of the next forfeit when it is time, or starts a timer for that. Follows the last confirmed balance only.
    pub(super) fn remind(&mut self, now: Timestamp) -> Vec<Effect> {
        if !self.preferences.reminds() || !self.data.confirmed {
            return vec![];
        }
        let Some(key) = self.data.key() else { return vec![] };
        let known = self.data.profile.as_ref().zip(self.data.balance.as_ref());
        let Some(outlook) = known.and_then(|(known, cached)| outlook(&known.account, &cached.balance)) else {
            return vec![];
        };
        let reminded = self.cached.account(&key).and_then(|account| account.reminded);
        match reminder(outlook, reminded, now) {
            Reminder::None => vec![],
            Reminder::At(then) if self.reminds_at == Some(then) => vec![],
            Reminder::At(then) => {
                self.reminds_at = Some(then);
                let after = Duration::try_from(then.duration_since(now)).unwrap_or_default();
                vec![Effect::StartTimer(Timer::Reminder, Pause { after, spread: Duration::ZERO })]
            }
            Reminder::Now(forfeit) => {
                let remember = CacheWrite::Reminded(key, forfeit.at);
                vec![Effect::Notify(self.reminder_of(forfeit)), Effect::WriteCache(remember)]
            }
        }
    }

    fn reminder_of(&self, Forfeit { at, tokens, cause }: Forfeit) -> Notification {
        let texts = &self.texts;
        let when = || ("when", texts.moment(at));
        let body = match cause {
            Cause::BankFull => texts.say_with("notify-forfeit-bank", [when()]),
            Cause::PlanEnds { locked: Tokens(0) } => texts.say_with("notify-forfeit-end", [when()]),
            Cause::PlanEnds { locked } => {
                texts.say_with("notify-forfeit-end-locked", [when(), ("locked", texts.tokens(locked))])
            }
        };
        let title = texts.say_with("notify-forfeit-title", [("tokens", texts.tokens(tokens))]);
        Notification { title, body, opens: Opens::Page(PanelEntry::Home) }
    }
}
