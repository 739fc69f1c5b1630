//! How many tokens the paid lines of a subscription buy (rule 11): a function of the set of lines.

use crate::plan_line::{Line, LineKind, shared_seconds};
use crate::subscription::{Subscription, TokenPeriod};
use crate::{Interval, Tokens};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// An exact sum of fractions of tokens.
#[derive(Debug, Default)]
struct Sum {
    /// The numerators, by denominator.
    parts: BTreeMap<i128, i128>,
}

impl Sum {
    fn add(&mut self, numerator: i128, denominator: i128) {
        *self.parts.entry(denominator.max(1)).or_default() += numerator;
    }

    /// The whole tokens, and the fractions that are left: numerators and denominators.
    fn split(&self) -> (i128, Vec<(i128, i128)>) {
        let whole = self.parts.iter().map(|(per, sum)| sum.div_euclid(*per)).sum();
        let rest = self.parts.iter().map(|(per, sum)| (sum.rem_euclid(*per), *per));
        (whole, rest.filter(|(numerator, _)| *numerator > 0).collect())
    }

    /// The sum, rounded down once. Should the common denominator leave what 128 bits hold, a part is rounded down by itself.
    fn floor(&self) -> i128 {
        let (mut whole, mut numerator, mut denominator) = (0, 0_i128, 1_i128);
        for (per, sum) in &self.parts {
            whole += sum.div_euclid(*per);
            let rest = sum.rem_euclid(*per);
            let common = greatest_common_divisor(denominator, *per);
            let scaled = (
                numerator.checked_mul(per / common),
                denominator.checked_mul(per / common),
                rest.checked_mul(denominator / common),
            );
            if let (Some(scaled), Some(per), Some(rest)) = scaled {
                (numerator, denominator) = (scaled + rest, per);
            }
        }
        whole + numerator.div_euclid(denominator)
    }
}

fn greatest_common_divisor(a: i128, b: i128) -> i128 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// What a line buys or gives back in one token period.
#[derive(Debug, Clone, Copy)]
struct Part {
    /// The start of the token period.
    start: Timestamp,
    has_begun: bool,
    numerator: i128,
    denominator: i128,
}

impl Subscription {
    /// The tokens that the lines bought so far, for the token periods that have begun.
    pub(crate) fn due(&self) -> Tokens {
        Tokens::of_sum(self.sum_of(|_| true).floor())
    }

    /// The whole tokens that some lines and the forgotten ones bought, and the fractions that are left.
    pub(crate) fn due_of(&self, of: impl Fn(usize) -> bool) -> (i128, Vec<(i128, i128)>) {
        self.sum_of(of).split()
    }

    /// The sum of some of the lines and of what is left of the forgotten ones.
    fn sum_of(&self, of: impl Fn(usize) -> bool) -> Sum {
        let mut sum = Sum::default();
        for (numerator, denominator) in &self.fractions {
            sum.add(*numerator, *denominator);
        }
        for index in (0..self.lines.len()).filter(|index| of(*index)) {
            let line = &self.lines[index];
            if line.kind == LineKind::Period {
                sum.add(i128::from(line.terms.allowance.0) * i128::from(line.begun), 1);
                continue;
            }
            self.each_part(index, |part| {
                if part.has_begun {
                    sum.add(part.numerator, part.denominator);
                }
            });
        }
        sum
    }

    /// The tokens that the lines bought for one token period.
    pub(crate) fn due_in(&self, period: &TokenPeriod) -> i128 {
        let mut sum = Sum::default();
        for index in self.lines_of(period) {
            self.each_part(index, |part| {
                if part.start == period.start {
                    sum.add(part.numerator, part.denominator);
                }
            });
        }
        sum.floor()
    }

    /// Whether every token of a line is for this token period.
    pub(crate) fn is_within(&self, index: usize, period: &TokenPeriod) -> bool {
        let base = self.base_of(index).map(|base| &self.lines[base].id);
        let mut is_within = base == Some(&period.line);
        self.each_part(index, |part| is_within &= part.start == period.start || !part.has_begun);
        is_within
    }

    /// The largest cap of the plans that are billed for a part of a token period and not credited.
    pub(crate) fn cap_in(&self, period: &TokenPeriod) -> Tokens {
        let time = (period.start, period.end);
        let mut billed: BTreeMap<(&str, Tokens, Tokens), i128> = BTreeMap::new();
        for line in self.lines_of(period).map(|index| &self.lines[index]) {
            let terms = (line.terms.id.as_str(), line.terms.allowance, line.terms.cap);
            let sign = if line.kind == LineKind::Credit { -1 } else { 1 };
            *billed.entry(terms).or_default() += sign * shared_seconds((line.start, line.end), time);
        }
        let caps = billed.into_iter().filter(|(_, seconds)| *seconds > 0).map(|((_, _, cap), _)| cap);
        caps.max().unwrap_or(period.terms.cap)
    }

    /// The lines with a part of a token period, which count.
    fn lines_of(&self, period: &TokenPeriod) -> impl Iterator<Item = usize> {
        (0..self.lines.len()).filter(|index| {
            let line = &self.lines[*index];
            let is_of = || match self.base_of(*index) {
                Some(base) => self.lines[base].id == period.line,
                None => line.id == period.line,
            };
            line.counts() && is_of()
        })
    }

    /// Visits the parts of a line that counts.
    fn each_part(&self, index: usize, mut visit: impl FnMut(Part)) {
        let line = &self.lines[index];
        if !line.counts() {
            return;
        }
        let base = match self.base_of(index) {
            Some(base) => base,
            None if self.starts_periods(index) => index,
            None => return,
        };
        let sign = if line.kind == LineKind::Credit { -1 } else { 1 };
        let begun = self.lines[base].begun;
        for (number, period) in self.token_periods(base) {
            let seconds = shared_seconds((line.start, line.end), period);
            // The token period in which a plan changes has begun, also if it is paid later.
            let has_begun = number < begun || (base != index && period.0 <= line.start);
            if seconds > 0 {
                visit(Part {
                    start: period.0,
                    has_begun,
                    numerator: sign * i128::from(line.terms.allowance.0) * seconds,
                    denominator: self.lines[base].whole_seconds(self.anchor_of(base), period),
                });
            }
        }
    }

    /// The token periods that a line starts, with their numbers.
    pub(crate) fn token_periods(&self, index: usize) -> impl Iterator<Item = (i32, (Timestamp, Timestamp))> {
        let (line, anchor) = (&self.lines[index], self.anchor_of(index));
        let count = if line.interval == Interval::Month { 1 } else { i32::MAX };
        let periods = (0..count).map(move |number| (number, line.token_period(anchor, number)));
        periods.take_while(|(_, (start, end))| *start < line.end && start < end)
    }

    /// The line whose token periods a proration is a part of. `None` if none is known, and for a line of a whole period.
    pub(crate) fn base_of(&self, index: usize) -> Option<usize> {
        let line = &self.lines[index];
        if line.kind == LineKind::Period {
            return None;
        }
        let is_credit = line.kind == LineKind::Credit;
        let is_billed = |other: &Line| {
            let covers = other.start <= line.start && line.start < other.end;
            covers && (!is_credit || other.end == line.end || other.terms == line.terms)
        };
        let key = |other: usize| {
            let it = &self.lines[other];
            (it.end == line.end, it.terms == line.terms, it.key())
        };
        let mut periods = self.others(index, |other| other.kind == LineKind::Period && is_billed(other));
        if let Some(first) = periods.next() {
            return periods
                .fold(first, |best, other| if key(other) > key(best) { other } else { best })
                .into();
        }
        let is_first_charge = |other: &Line| {
            let matches = if is_credit { other.terms == line.terms } else { other.key() < line.key() };
            other.kind == LineKind::Charge && other.end == line.end && matches && is_billed(other)
        };
        let charges = self.others(index, is_first_charge).filter(|other| self.starts_periods(*other));
        charges.min_by_key(|other| self.lines[*other].key())
    }

    fn others(&self, index: usize, which: impl Fn(&Line) -> bool) -> impl Iterator<Item = usize> {
        (0..self.lines.len())
            .filter(move |other| *other != index && !self.is_of_trial(*other) && which(&self.lines[*other]))
    }

    /// Whether a line starts token periods. A charge does so at the start of a subscription whose anchor is later.
    pub(crate) fn starts_periods(&self, index: usize) -> bool {
        let line = &self.lines[index];
        let is_first =
            || self.forgotten.is_some() || self.started_at().is_some_and(|start| line.start <= start);
        match line.kind {
            LineKind::Period => true,
            LineKind::Charge => is_first() && self.base_of(index).is_none(),
            LineKind::Credit => false,
        }
    }

    /// Whether a line changes the plan during the trial, in which only the plan that it began with counts.
    pub(crate) fn is_of_trial(&self, index: usize) -> bool {
        let Some(end) = self.snapshot.as_ref().and_then(|snapshot| snapshot.trial_end) else { return false };
        let in_trial = |line: &&Line| line.start < end;
        let first = || self.lines.iter().filter(in_trial).filter(|line| line.kind == LineKind::Period);
        let line = &self.lines[index];
        in_trial(&line) && first().map(Line::key).min() != Some(line.key())
    }

    pub(crate) fn anchor_of(&self, index: usize) -> Timestamp {
        let line = &self.lines[index];
        let known = self.snapshot.as_ref().map_or(line.start, |snapshot| snapshot.anchor);
        line.anchor.unwrap_or(known)
    }
}

#[cfg(test)]
mod tests {
    use super::Sum;

    #[test]
    fn a_sum_is_rounded_down_once() {
        let mut sum = Sum::default();
        for (numerator, denominator) in [(1, 3), (1, 6), (1, 2), (-7, 31), (7, 31)] {
            sum.add(numerator, denominator);
        }
        assert_eq!(sum.floor(), 1);
        sum.add(-1, 1_000_000);
        assert_eq!(sum.floor(), 0);
        sum.add(-1, 1);
        assert_eq!(sum.floor(), -1);
    }

    #[test]
    fn a_sum_of_many_denominators_is_at_most_rounded_down() {
        let mut sum = Sum::default();
        let seconds = (2_000_000..2_000_040_i128).map(|per| 2 * per + 1);
        for per in seconds.clone() {
            sum.add(per - 1, per);
        }
        let count = i128::try_from(seconds.count()).unwrap();
        assert!((0..count).contains(&sum.floor()), "{}", sum.floor());
    }
}
