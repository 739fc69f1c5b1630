//! The forecast on Home: when tokens run out if they are spent at the recent rate.
//!
//! Follows the spend order (rule 1): bank and fast tokens first, then top-up. The order of the first two does not
//! matter here: it changes neither when top-up begins nor what is left at a renewal. Works in whole tokens and whole
//! seconds.

use crate::view::{Forecast, LeftAtReset, PlanEnd};
use jiff::{SignedDuration, Timestamp, ToSpan as _, tz::TimeZone};
use tokenwell_wire::{Account, AllowancePeriod, Balance, DayUsage, SubscriptionStatus, Tokens};

/// How far ahead a forecast looks: a year.
const HORIZON: SignedDuration = SignedDuration::from_hours(366 * 24);
/// A rate is averaged over at least this many days, so that one busy first day does not count as every day.
const DAYS_MIN: u128 = 7;
const SECONDS_A_DAY: u128 = 24 * 60 * 60;

/// The tokens of an account, and its future allowances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outlook {
    /// Bank and fast tokens.
    pub(crate) plan: u64,
    /// Usable top-up tokens.
    pub(crate) top_up: u64,
    /// Locked top-up tokens.
    pub(crate) locked: u64,
    pub(crate) supply: Supply,
}

/// The future allowances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Supply {
    /// A monthly allowance. At a renewal, unused tokens move to the bank (rule 6).
    Monthly {
        /// The next renewal. `None` while a payment is overdue (rule 12), or in the last period.
        next: Option<Timestamp>,
        allowance: u64,
        cap: u64,
        /// When a cancelled plan ends. Then bank and fast tokens are forfeited and top-up is locked (rule 9).
        ends_at: Option<Timestamp>,
    },
    /// The free plan's daily allowance. Nothing rolls over (rule 8).
    Daily { next: Timestamp, allowance: u64 },
}

/// How fast tokens are spent: `tokens` in `seconds`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pace {
    tokens: u128,
    seconds: u128,
}

impl Pace {
    /// The rate since the first of these days with any use. `None` if there was none.
    pub(crate) fn of(days: &[DayUsage]) -> Option<Self> {
        let used: Vec<u128> = days.iter().map(spent).skip_while(|spent| *spent == 0).collect();
        let tokens = used.iter().sum();
        let counted = (used.len() as u128).max(DAYS_MIN);
        (tokens > 0).then_some(Self { tokens, seconds: counted * SECONDS_A_DAY })
    }

    /// Tokens per day, rounded.
    fn daily(self) -> Tokens {
        let daily = (self.tokens * SECONDS_A_DAY + self.seconds / 2) / self.seconds;
        Tokens(u64::try_from(daily).unwrap_or(u64::MAX))
    }

    /// How many whole tokens are spent within `seconds`.
    fn spent_within(self, seconds: u128) -> u128 {
        self.tokens * seconds / self.seconds
    }

    /// How many seconds it takes to spend `tokens`.
    fn seconds_for(self, tokens: u128) -> u128 {
        (tokens * self.seconds).div_ceil(self.tokens)
    }
}

fn spent(day: &DayUsage) -> u128 {
    [day.rollover, day.fast, day.top_up].iter().map(|tokens| u128::from(tokens.0)).sum()
}

/// The outlook of an account. `None` while the end of the free plan's day is unknown.
pub(crate) fn outlook(account: &Account, balance: &Balance) -> Option<Outlook> {
    let subscription = &account.subscription;
    let allowance = balance.fast.allowance.0;
    let supply = match account.plan.allowance_period {
        AllowancePeriod::Day => Supply::Daily { next: balance.fast.resets_at?, allowance },
        AllowancePeriod::Month => Supply::Monthly {
            // Rule 12: no renewal while Stripe retries the payment.
            next: balance.fast.resets_at.filter(|_| subscription.status != Some(SubscriptionStatus::PastDue)),
            allowance,
            cap: balance.rollover.cap.0,
            ends_at: subscription
                .ends_at
                .or(subscription.paid_until.filter(|_| subscription.cancel_at_period_end)),
        },
    };
    Some(Outlook {
        plan: balance.rollover.available.0.saturating_add(balance.fast.available.0),
        top_up: balance.top_up.available.0.saturating_sub(balance.top_up.locked.0),
        locked: balance.top_up.locked.0,
        supply,
    })
}

/// The forecast at this pace.
pub(crate) fn forecast(outlook: Outlook, pace: Pace, now: Timestamp) -> Forecast {
    let ends_at = outlook.supply.ends_at();
    let mut forecast = Forecast {
        daily: pace.daily(),
        top_up_from: None,
        empty_at: None,
        refilled_at: None,
        at_reset: None,
        plan_ends: None,
    };
    let mut plan = u128::from(outlook.plan);
    let mut top_up = u128::from(outlook.top_up);
    let mut spent = 0;
    for change in changes(outlook.supply, now) {
        let due = pace.spent_within(seconds_between(now, change.at)) - spent;
        if due > plan {
            if top_up > 0 && forecast.top_up_from.is_none() {
                forecast.top_up_from = Some(after(now, pace.seconds_for(spent + plan)));
            }
            if due > plan + top_up {
                forecast.empty_at = Some(after(now, pace.seconds_for(spent + plan + top_up)));
                forecast.refilled_at = change.allowance.map(|_| change.at);
                return forecast;
            }
        }
        spent += due;
        top_up -= due.saturating_sub(plan);
        plan = plan.saturating_sub(due);
        if let Some(Allowance { tokens, cap }) = change.allowance {
            let left = || LeftAtReset { at: change.at, plan: whole(plan), top_up: whole(top_up) };
            forecast.at_reset.get_or_insert_with(left);
            // Rule 6: unused tokens move to the bank up to the cap. The free plan has no bank (rule 8).
            plan = plan.min(cap.into()) + u128::from(tokens);
        }
        if ends_at == Some(change.at) {
            let locked = whole(top_up + u128::from(outlook.locked));
            forecast.plan_ends = Some(PlanEnd { at: change.at, forfeited: whole(plan), locked });
            return forecast;
        }
    }
    forecast
}

fn whole(tokens: u128) -> Tokens {
    Tokens(u64::try_from(tokens).unwrap_or(u64::MAX))
}

/// A moment at which the account's tokens change; between two of them, tokens are only spent.
struct Change {
    at: Timestamp,
    allowance: Option<Allowance>,
}

struct Allowance {
    tokens: u64,
    cap: u64,
}

impl Supply {
    fn ends_at(self) -> Option<Timestamp> {
        match self {
            Self::Monthly { ends_at, .. } => ends_at,
            Self::Daily { .. } => None,
        }
    }
}

/// All changes until the plan ends or a year has passed. The end itself is the last one.
fn changes(supply: Supply, now: Timestamp) -> Vec<Change> {
    let horizon = now.saturating_add(HORIZON).unwrap_or(Timestamp::MAX);
    let end = supply.ends_at().unwrap_or(horizon).min(horizon).max(now);
    let (next, tokens, cap) = match supply {
        Supply::Monthly { next, allowance, cap, .. } => (next, allowance, cap),
        Supply::Daily { next, allowance } => (Some(next), allowance, 0),
    };
    // A renewal of years ago is none: its successors would be counted one by one.
    let next = next.filter(|next| now.duration_since(*next) < HORIZON);
    let renewal = |n: i32| {
        let next = next?.to_zoned(TimeZone::UTC);
        // Rule 5. The balance does not include the anchor day, so months are counted from the next renewal. If that one
        // was moved to the end of a short month, later ones are up to three days early here.
        let then = match supply {
            Supply::Monthly { .. } => next.checked_add(n.months()),
            Supply::Daily { .. } => next.checked_add(n.days()),
        };
        Some(then.ok()?.timestamp())
    };
    let renewals = (0..).map_while(renewal).skip_while(|at| *at <= now).take_while(|at| *at < end);
    let allowance = |at| Change { at, allowance: Some(Allowance { tokens, cap }) };
    renewals.map(allowance).chain([Change { at: end, allowance: None }]).collect()
}

fn seconds_between(from: Timestamp, to: Timestamp) -> u128 {
    u128::try_from(to.as_second() - from.as_second()).unwrap_or(0)
}

fn after(now: Timestamp, seconds: u128) -> Timestamp {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    now.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
