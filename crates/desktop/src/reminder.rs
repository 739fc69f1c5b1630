//! The reminder before plan tokens are forfeited: at a reset that the Rollover Bank has no room for (rule 6), or at the end of
//! the plan (rule 9). The free plan has none, because its tokens of a day never roll over (rule 8).

use crate::forecast::{Outlook, Supply};
use jiff::{SignedDuration, Timestamp};
use tokenwell_wire::Tokens;

/// How long before a forfeit the user is reminded.
pub(crate) const BEFORE: SignedDuration = SignedDuration::from_hours(48);

/// Plan tokens that will be forfeited if nothing more is spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Forfeit {
    /// When.
    pub(crate) at: Timestamp,
    /// How many.
    pub(crate) tokens: Tokens,
    pub(crate) cause: Cause,
}

/// Why tokens are forfeited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The Rollover Bank has no room for what is left at the reset.
    BankFull,
    /// The plan ends. So many top-up tokens are locked then.
    PlanEnds { locked: Tokens },
}

/// When to remind the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reminder {
    /// There is nothing to remind of, or the user was reminded of it.
    None,
    /// At this time, unless the balance has changed by then.
    At(Timestamp),
    Now(Forfeit),
}

/// When to remind the user of the next forfeit. `reminded` is when the one happens that the user was last reminded of.
pub(crate) fn reminder(outlook: Outlook, reminded: Option<Timestamp>, now: Timestamp) -> Reminder {
    let Some(forfeit) = next_forfeit(outlook, now).filter(|forfeit| reminded != Some(forfeit.at)) else {
        return Reminder::None;
    };
    match forfeit.at.checked_sub(BEFORE) {
        Ok(then) if then > now => Reminder::At(then),
        _ => Reminder::Now(forfeit),
    }
}

/// The next forfeit if nothing more is spent.
fn next_forfeit(outlook: Outlook, now: Timestamp) -> Option<Forfeit> {
    let Supply::Monthly { next, cap, ends_at, .. } = outlook.supply else { return None };
    let ahead = |at: &Timestamp| *at > now;
    let ends_at = ends_at.filter(ahead);
    // At the end of the plan there is no reset any more.
    let reset = next.filter(ahead).filter(|next| ends_at.is_none_or(|end| *next < end));
    let at_reset = reset.map(|at| {
        let tokens = Tokens(outlook.plan.saturating_sub(cap));
        Forfeit { at, tokens, cause: Cause::BankFull }
    });
    let at_end = ends_at.map(|at| {
        let locked = Tokens(outlook.top_up.saturating_add(outlook.locked));
        Forfeit { at, tokens: Tokens(outlook.plan), cause: Cause::PlanEnds { locked } }
    });
    // A reset comes before the end. What it leaves is unknown until then, so one forfeit is looked at.
    at_reset.or(at_end).filter(|forfeit| forfeit.tokens > Tokens(0))
}

#[cfg(test)]
mod tests;
