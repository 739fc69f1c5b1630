//! Subscriptions as read from Stripe, and the token periods that their invoices paid for (rules 5, 7, 10 to 12).

use crate::plan_line::{Line, LineKey, LineKind};
use crate::{Interval, LineId, PlanId, PlanTerms, SubscriptionId, Tokens};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The number of paid lines that an account keeps per live subscription, whatever their age: three years of months.
const LINES_KEPT: usize = 36;
/// How long an account keeps further lines when their time is over.
const KEPT_AFTER_END: SignedDuration = SignedDuration::from_hours(92 * 24);
/// The number of ended subscriptions that an account keeps.
pub(crate) const ENDED_KEPT: usize = 12;

/// Stripe's status of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names and their meaning are Stripe's")]
pub enum SubscriptionStatus {
    Trialing,
    Active,
    PastDue,
    Unpaid,
    Canceled,
    Incomplete,
    IncompleteExpired,
    Paused,
    /// A status that this version does not know. It is not entitled.
    #[serde(other)]
    Unknown,
}

impl SubscriptionStatus {
    /// Rule 12: `trialing`, `active` and `past_due` are entitled.
    pub fn is_entitled(self) -> bool {
        matches!(self, Self::Trialing | Self::Active | Self::PastDue)
    }
}

/// A subscription as it was read from Stripe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionSnapshot {
    /// The subscription.
    pub id: SubscriptionId,
    /// Its status.
    pub status: SubscriptionStatus,
    /// The plan of its item's price.
    pub plan: PlanId,
    /// How often it is billed.
    pub interval: Interval,
    /// How many of the plan.
    pub quantity: u64,
    /// Stripe's `start_date`. Of two entitled subscriptions, the older one takes effect.
    pub started_at: Timestamp,
    /// Stripe's `billing_cycle_anchor`.
    pub anchor: Timestamp,
    /// Whether it ends with the paid period instead of renewing (rule 9).
    pub cancel_at_period_end: bool,
    /// When it is to end (rule 9). It can be any moment, and it can be set while `cancel_at_period_end` is false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_at: Option<Timestamp>,
    /// When its trial ends or ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trial_end: Option<Timestamp>,
    /// When it ended. An ended subscription never comes back.
    pub ended_at: Option<Timestamp>,
    /// When it was read from Stripe. All snapshots use the same clock, and an older one never replaces a newer one.
    pub seen_at: Timestamp,
}

/// A subscription as the account keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Subscription {
    pub(crate) id: SubscriptionId,
    /// The last snapshot. `None` while only payments are known.
    pub(crate) snapshot: Option<SubscriptionSnapshot>,
    /// The terms of the snapshot's plan, times the quantity.
    pub(crate) terms: Option<PlanTerms>,
    /// The paid lines, in the order in which they take effect.
    pub(crate) lines: Vec<Line>,
    /// When the last line or token period took effect. What comes later and is dated earlier is late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reached: Option<Timestamp>,
    /// What the lines were granted so far, without what was taken back (rule 11).
    pub(crate) granted: Tokens,
    /// What was granted and is not due any more, as far as it was spent.
    #[serde(default, skip_serializing_if = "Tokens::is_zero")]
    pub(crate) owed: Tokens,
    /// What was forfeited because the account lapsed. A later credit takes it first.
    #[serde(default, skip_serializing_if = "Tokens::is_zero")]
    pub(crate) lost: Tokens,
    /// The lines that had their effect long ago and were forgotten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) forgotten: Option<Forgotten>,
    /// The fractions of tokens that those lines bought: numerators and denominators. The sum is rounded down once (rule 11).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) fractions: Vec<(i128, i128)>,
    /// When the tokens were counted that came with it from another system (rule 20).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) adopted_at: Option<Timestamp>,
}

/// Lines with this payment time and end, or earlier ones, are not known any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Forgotten {
    paid_at: Timestamp,
    end: Timestamp,
}

/// A token period that was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TokenPeriod {
    pub(crate) subscription: SubscriptionId,
    /// The line that started it.
    pub(crate) line: LineId,
    /// The terms of that line.
    pub(crate) terms: PlanTerms,
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
    /// The line's sort key. Of two periods with the same start, the one of the later line is later.
    pub(crate) key: LineKey,
    /// What it was granted.
    pub(crate) allowance: Tokens,
    /// The most that the bank may hold.
    pub(crate) cap: Tokens,
    /// The cap of the token period that was running when this one started.
    #[serde(default, skip_serializing_if = "Tokens::is_zero")]
    pub(crate) cap_before: Tokens,
}

/// What changes the tokens that are due.
#[derive(Debug)]
pub(crate) enum PlanEvent {
    /// A token period starts.
    Period {
        /// The index of the line.
        line: usize,
        period: Box<TokenPeriod>,
        /// Whether a later line has replaced the token periods of this one.
        replaced: bool,
    },
    /// Prorations that were paid at the same time take effect. Contains their indices.
    Prorations(Vec<usize>),
}

/// A plan event, and when it takes effect.
#[derive(Debug)]
pub(crate) struct DuePlanEvent {
    /// When it takes effect: when it was paid, or at the start of its token period if that is later.
    pub(crate) effective: Timestamp,
    pub(crate) event: PlanEvent,
}

impl TokenPeriod {
    /// Whether it comes before another period of the subscription.
    pub(crate) fn is_before(&self, other: &Self) -> bool {
        (self.start, &self.key) < (other.start, &other.key)
    }

    /// The reference of its entries.
    pub(crate) fn reference(&self) -> String {
        format!("{}/{}", self.subscription, self.start)
    }
}

impl Subscription {
    pub(crate) fn new(id: SubscriptionId) -> Self {
        Self {
            id,
            snapshot: None,
            terms: None,
            lines: Vec::new(),
            reached: None,
            granted: Tokens::ZERO,
            owed: Tokens::ZERO,
            lost: Tokens::ZERO,
            forgotten: None,
            fractions: Vec::new(),
            adopted_at: None,
        }
    }

    /// When it ended.
    pub(crate) fn ended_at(&self) -> Option<Timestamp> {
        self.snapshot.as_ref().and_then(|snapshot| snapshot.ended_at)
    }

    /// Whether it is to end, by a date or with the paid period (rule 9).
    pub(crate) fn is_ending(&self) -> bool {
        let snapshot = self.snapshot.as_ref();
        snapshot.is_some_and(|snapshot| snapshot.cancel_at_period_end || snapshot.cancel_at.is_some())
    }

    /// Whether it is to end by this moment. A date that is further away lets it renew until then.
    pub(crate) fn is_ending_by(&self, moment: Timestamp) -> bool {
        let date = self.snapshot.as_ref().and_then(|snapshot| snapshot.cancel_at);
        self.is_ending() && date.is_none_or(|date| date <= moment)
    }

    /// Whether it entitles the account (rules 10, 12).
    pub(crate) fn is_entitled(&self) -> bool {
        self.snapshot
            .as_ref()
            .is_some_and(|snapshot| snapshot.ended_at.is_none() && snapshot.status.is_entitled())
    }

    /// Records a snapshot, unless a newer one is known or the subscription has ended.
    pub(crate) fn note_snapshot(&mut self, mut seen: SubscriptionSnapshot, terms: Option<PlanTerms>) {
        if seen.status == SubscriptionStatus::Canceled && seen.ended_at.is_none() {
            seen.ended_at = Some(seen.seen_at);
        }
        let newer = self.snapshot.as_ref().is_none_or(|known| match (known.ended_at, seen.ended_at) {
            (Some(_), None) => false,
            (None, Some(_)) => true,
            _ => known.seen_at <= seen.seen_at,
        });
        if newer {
            self.snapshot = Some(seen);
            self.terms = terms.or(self.terms.take());
        }
    }

    /// Records a paid line. Repeated facts about the same line change nothing.
    pub(crate) fn note_line(&mut self, line: Line) {
        let is_known = self.lines.iter().any(|known| known.id == line.id);
        let is_forgotten =
            self.forgotten.is_some_and(|last| line.paid_at <= last.paid_at && line.end <= last.end);
        if is_known || is_forgotten {
            return;
        }
        let was_due = self.due();
        let (id, was_granted) = (line.id.clone(), self.adopted_at.filter(|at| line.paid_at <= *at));
        self.lines.push(line);
        self.lines.sort_by_key(Line::key);
        if let Some(as_of) = was_granted {
            self.begin_before_import(&id, as_of);
            // What was granted elsewhere is among the tokens that were imported.
            self.granted = self.granted.plus(self.due()).less(was_due);
        }
    }

    /// Rule 20: the token periods of a line that had begun when the account was imported count as granted.
    fn begin_before_import(&mut self, line: &LineId, as_of: Timestamp) {
        let Some(index) = self.lines.iter().position(|known| known.id == *line) else { return };
        if self.starts_periods(index) {
            let starts = self.token_periods(index).map(|(_, (start, _))| start);
            for start in starts.take_while(|start| *start <= as_of).collect::<Vec<_>>() {
                self.begin(index, start);
            }
        } else if self.lines[index].kind != LineKind::Period {
            self.lines[index].settled = true;
        }
    }

    /// The next plan event among those that are possible by `now`.
    ///
    /// Rule 7: a period that is paid late takes effect when it is paid. A period that is paid ahead waits until its start,
    /// but the very first one is granted at once.
    pub(crate) fn next_event(&self, now: Timestamp) -> Option<DuePlanEvent> {
        let period = self.next_period(now);
        let prorations = self.next_prorations();
        match (period, prorations) {
            (Some(period), Some(prorations)) => {
                // What comes late is granted before it is credited. Otherwise, rule 11 takes back first.
                let is_late = self.reached.is_some_and(|reached| period.effective < reached);
                let first = is_late || period.effective < prorations.effective;
                Some(if first { period } else { prorations })
            }
            (period, prorations) => period.or(prorations),
        }
    }

    fn next_period(&self, now: Timestamp) -> Option<DuePlanEvent> {
        let is_first = self.forgotten.is_none() && self.lines.iter().all(|line| line.begun == 0);
        let events = (0..self.lines.len()).filter_map(|line| {
            let period = self.next_period_of(line)?;
            let effective = period.start.max(self.lines[line].paid_at);
            let replaced = self.is_replaced(line, period.start);
            let is_due = is_first || period.start <= now;
            is_due.then_some((effective, !replaced, period.start, line, period))
        });
        let (effective, stays, _, line, period) =
            events.min_by_key(|(effective, stays, start, line, _)| (*effective, *stays, *start, *line))?;
        let event = PlanEvent::Period { line, period: Box::new(period), replaced: !stays };
        Some(DuePlanEvent { effective, event })
    }

    /// The next prorations that were paid at the same time.
    fn next_prorations(&self) -> Option<DuePlanEvent> {
        let open: Vec<usize> = self.open_prorations().collect();
        let effective = open.iter().map(|index| self.lines[*index].paid_at).min()?;
        let together = open.into_iter().filter(|index| self.lines[*index].paid_at == effective);
        Some(DuePlanEvent { effective, event: PlanEvent::Prorations(together.collect()) })
    }

    /// The prorations that had no effect yet. They wait until the line whose token periods they are a part of is known.
    pub(crate) fn open_prorations(&self) -> impl Iterator<Item = usize> {
        (0..self.lines.len()).filter(|index| {
            let line = &self.lines[*index];
            line.kind != LineKind::Period
                && !line.counts()
                && !self.is_of_trial(*index)
                && self.base_of(*index).is_some()
        })
    }

    /// The token period in effect: the last one that was started.
    pub(crate) fn last_period(&self) -> Option<TokenPeriod> {
        let started = |index: &usize| self.lines[*index].begun > 0 && self.starts_periods(*index);
        let numbers = |index: usize| (0..self.lines[index].begun).map(move |number| (index, number));
        let periods = (0..self.lines.len()).filter(started).flat_map(numbers);
        let periods = periods.map(|(index, number)| (index, number, self.period_of(index, number)));
        let (_, _, mut last) = periods
            .filter(|(index, number, period)| *number == 0 || !self.is_replaced(*index, period.start))
            .max_by(|(.., one), (.., other)| (one.start, &one.key).cmp(&(other.start, &other.key)))?;
        last.allowance = Tokens::of_sum(self.due_in(&last));
        last.cap = self.cap_in(&last);
        Some(last)
    }

    /// Whether a token period that starts at or after `start` is paid for but not granted yet.
    pub(crate) fn has_period_from(&self, start: Timestamp) -> bool {
        (0..self.lines.len())
            .filter_map(|line| Some((line, self.next_period_of(line)?)))
            .any(|(line, period)| period.start >= start && !self.is_replaced(line, period.start))
    }

    /// When it started. `None` until it was read from Stripe.
    pub(crate) fn started_at(&self) -> Option<Timestamp> {
        self.snapshot.as_ref().map(|snapshot| snapshot.started_at)
    }

    /// When it was last read from Stripe.
    pub(crate) fn seen_at(&self) -> Option<Timestamp> {
        self.snapshot.as_ref().map(|snapshot| snapshot.seen_at)
    }

    /// When the last paid period ends. Periods overlap after an upgrade, and the one that starts later counts.
    pub(crate) fn paid_until(&self) -> Option<Timestamp> {
        let starts = |index: &usize| !self.is_of_trial(*index) && self.starts_periods(*index);
        let last = (0..self.lines.len()).filter(starts).max_by_key(|index| self.lines[*index].key())?;
        Some(self.lines[last].end)
    }

    /// The next token period of a line that starts some. `None` if all were started.
    fn next_period_of(&self, index: usize) -> Option<TokenPeriod> {
        let line = &self.lines[index];
        let is_over = match (line.interval, line.begun) {
            (_, 0) => line.settled || self.is_of_trial(index) || !self.starts_periods(index),
            (Interval::Month, _) => true,
            (Interval::Year, number) => line.token_period(self.anchor_of(index), number).0 >= line.end,
        };
        (!is_over).then(|| self.period_of(index, line.begun))
    }

    /// Whether a later line has started its own token periods before this one starts (rule 11).
    fn is_replaced(&self, index: usize, start: Timestamp) -> bool {
        let line = &self.lines[index];
        line.start < start
            && (index + 1..self.lines.len()).any(|later| {
                let starts = &self.lines[later];
                starts.kind == LineKind::Period && starts.start <= start && !self.is_of_trial(later)
            })
    }

    fn period_of(&self, index: usize, number: i32) -> TokenPeriod {
        let line = &self.lines[index];
        let (start, end) = line.token_period(self.anchor_of(index), number);
        TokenPeriod {
            subscription: self.id.clone(),
            line: line.id.clone(),
            terms: line.terms.clone(),
            start,
            end,
            key: line.key(),
            allowance: Tokens::ZERO,
            cap: line.terms.cap,
            cap_before: Tokens::ZERO,
        }
    }

    /// Lets the next token period of a line begin.
    pub(crate) fn begin(&mut self, index: usize, start: Timestamp) {
        let anchor = self.anchor_of(index);
        let line = &mut self.lines[index];
        line.anchor = Some(anchor);
        line.begun += 1;
        self.reach(start);
    }

    pub(crate) fn reach(&mut self, at: Timestamp) {
        self.reached = Some(self.reached.map_or(at, |reached| reached.max(at)));
    }

    /// Forgets the first of many lines, or all of an ended subscription, once their time has been over for a while. Lines of
    /// the same token periods go together.
    pub(crate) fn forget_lines(&mut self, now: Timestamp) {
        let kept = if self.ended_at().is_some() { 0 } else { LINES_KEPT };
        let mut excess = self.lines.len().saturating_sub(kept);
        let Ok(until) = now.checked_sub(KEPT_AFTER_END) else { return };
        let is_old = |line: &Line| line.end <= until && line.paid_at <= until;
        if excess == 0 || !self.lines.first().is_some_and(is_old) {
            return;
        }
        let bases: Vec<Option<usize>> = (0..self.lines.len()).map(|index| self.base_of(index)).collect();
        let mut goes = vec![false; self.lines.len()];
        for base in (0..self.lines.len()).filter(|index| bases[*index].is_none()) {
            let group: Vec<usize> =
                (0..bases.len()).filter(|index| *index == base || bases[*index] == Some(base)).collect();
            if group.len() > excess || !group.iter().all(|index| is_old(&self.lines[*index])) {
                break;
            }
            excess -= group.len();
            for index in group {
                goes[index] = true;
            }
        }
        let gone = self.lines.iter().zip(&goes).filter(|(_, goes)| **goes).map(|(line, _)| line);
        let Some((paid_at, end)) =
            gone.map(|line| (line.paid_at, line.end)).reduce(|a, b| (a.0.max(b.0), a.1.max(b.1)))
        else {
            return;
        };
        let known = self.forgotten.unwrap_or(Forgotten { paid_at, end });
        self.forgotten = Some(Forgotten { paid_at: known.paid_at.max(paid_at), end: known.end.max(end) });
        let (whole, fractions) = self.due_of(|index| goes[index]);
        self.granted = self.granted.less(Tokens::of_sum(whole));
        self.fractions = fractions;
        let mut goes = goes.into_iter();
        self.lines.retain(|_| !goes.next().unwrap_or(false));
        self.owed = self.granted.less(self.due());
    }
}

/// A subscription as the account shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionView {
    /// The subscription.
    pub id: SubscriptionId,
    /// Stripe's status.
    pub status: SubscriptionStatus,
    /// The plan that was subscribed to, also after the subscription ended.
    pub plan: PlanId,
    /// How often it is billed.
    pub interval: Interval,
    /// When the next token period starts. `None` if none will.
    pub renews_at: Option<Timestamp>,
    /// Whether it is to end instead of renewing for ever.
    pub is_ending: bool,
    /// When it is to end. `None` if it is not, or if the end is not known yet.
    pub ends_at: Option<Timestamp>,
    /// When the paid period ends. `None` if the subscription is not in effect.
    pub paid_until: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// The number of paid lines that the account keeps.
    pub paid_lines: usize,
}
