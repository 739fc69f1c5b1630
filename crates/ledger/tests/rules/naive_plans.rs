//! The naive model of rule 11: paid lines are kept in a list and added up anew whenever an hour or a line could change the sum.

use super::{Model, Plan};

/// Hours of months of 28 to 31 days all divide it.
const HOURS: i128 = 24 * 28 * 29 * 15 * 31;

/// A whole period that was paid for.
#[derive(Debug, Clone, Copy)]
pub struct Paid {
    pub plan: Plan,
    pub count: u64,
    pub start: u64,
    pub end: u64,
}

/// The hour that is a number of months after another one, reckoned day by day without a calendar library.
pub fn months_after(anchor: u64, months: u64) -> u64 {
    let days_of = |year: u64, month: u64| match month {
        1 if year.is_multiple_of(4) => 29,
        1 => 28,
        3 | 5 | 8 | 10 => 30,
        _ => 31,
    };
    // Months are counted from 0, hours from 1 January: the hour 0 is on the 29th.
    let before = 28 * 24;
    let anchor = anchor + before;
    let (mut year, mut month, mut day) = (2023, 0, anchor / 24);
    while day >= days_of(year, month) {
        day -= days_of(year, month);
        (year, month) = if month == 11 { (year + 1, 0) } else { (year, month + 1) };
    }
    let mut hours = anchor - day * 24;
    for _ in 0..months {
        hours += days_of(year, month) * 24;
        (year, month) = if month == 11 { (year + 1, 0) } else { (year, month + 1) };
    }
    hours + day.min(days_of(year, month) - 1) * 24 - before
}

/// A year that was paid for: twelve token periods, a month each.
#[derive(Debug, Clone, Copy)]
pub struct Year {
    pub plan: Plan,
    pub count: u64,
    pub anchor: u64,
}

impl Year {
    fn months(self) -> Vec<(u64, u64)> {
        (0..12).map(|n| (months_after(self.anchor, n), months_after(self.anchor, n + 1))).collect()
    }
}

/// A part of a period that is charged (1) or credited (-1) when the plan changes.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    pub sign: i128,
    pub plan: Plan,
    pub count: u64,
    pub start: u64,
    pub end: u64,
    /// The start of the whole period that it is a part of.
    pub of: u64,
}

/// A whole period that was paid for, monthly or for a year.
#[derive(Debug, Clone, Copy)]
pub enum Whole {
    Month(Paid),
    Year(Year),
}

/// A paid invoice: parts of earlier periods, and the period that it starts.
#[derive(Debug, Default)]
pub struct Bill {
    pub parts: Vec<Part>,
    pub whole: Option<Whole>,
}

/// A paid line.
#[derive(Debug, Clone)]
struct Line {
    part: Part,
    /// The token periods by which it is measured, and whether it started them.
    months: Vec<(u64, u64)>,
    whole: bool,
}

/// The paid lines of a subscription.
#[derive(Debug, Default)]
pub struct Lines {
    all: Vec<Line>,
    /// What was granted so far, without what was taken back.
    granted: u64,
    /// What was lost by a lapse.
    pub lost: u64,
}

impl Lines {
    fn add_whole(&mut self, Paid { plan, count, start, end }: Paid, months: Vec<(u64, u64)>) {
        let part = Part { sign: 1, plan, count, start, end, of: start };
        self.all.push(Line { part, months, whole: true });
    }

    fn add_part(&mut self, part: Part) {
        let months = self.whole_of(part).unwrap().months.clone();
        self.all.push(Line { part, months, whole: false });
    }

    /// The paid line of the whole period that a part belongs to. Stripe credits time that was never paid for, too.
    fn whole_of(&self, part: Part) -> Option<&Line> {
        let is_whole = |line: &&Line| line.whole && line.part.start == part.of && line.part.end == part.end;
        self.all.iter().rev().find(is_whole)
    }

    /// The token periods of the whole period that was paid for last.
    fn last_months(&self) -> Option<(u64, Vec<(u64, u64)>)> {
        let last = self.all.iter().rev().find(|line| line.whole)?;
        Some((last.part.start, last.months.clone()))
    }

    /// What the lines bought in the token periods for which `counts` holds.
    fn sum(&self, counts: impl Fn(&Line, (u64, u64)) -> bool) -> u64 {
        let mut sum = 0;
        for line in &self.all {
            for month in line.months.iter().filter(|month| counts(line, **month)) {
                let hours = line.part.end.min(month.1).saturating_sub(line.part.start.max(month.0));
                let tokens = i128::from(line.part.plan.allowance() * line.part.count);
                sum += line.part.sign * tokens * i128::from(hours) * (HOURS / i128::from(month.1 - month.0));
            }
        }
        u64::try_from(sum.div_euclid(HOURS).max(0)).unwrap()
    }

    fn due(&self, hour: u64) -> u64 {
        self.sum(|_, month| month.0 <= hour)
    }

    fn owed(&self, hour: u64) -> u64 {
        self.granted.saturating_sub(self.due(hour))
    }

    /// The largest cap of the plans that are billed for a part of a token period and not credited.
    fn cap(&self, of: u64, (start, end): (u64, u64)) -> u64 {
        let hours_of = |plan: Plan, count: u64| -> i128 {
            let of_plan =
                |line: &&Line| line.part.of == of && line.part.plan == plan && line.part.count == count;
            let hours = |line: &Line| {
                line.part.sign * i128::from(line.part.end.min(end).saturating_sub(line.part.start.max(start)))
            };
            self.all.iter().filter(of_plan).map(hours).sum()
        };
        let billed = self.all.iter().map(|line| (line.part.plan, line.part.count));
        billed
            .filter(|(plan, count)| hours_of(*plan, *count) > 0)
            .map(|(plan, count)| plan.cap() * count)
            .max()
            .unwrap_or(0)
    }
}

/// The token period that runs.
#[derive(Debug, Clone, Copy)]
pub struct Running {
    /// The start of the whole period that it belongs to.
    of: u64,
    pub start: u64,
    pub end: u64,
    pub allowance: u64,
    /// The cap of the token period that ran when this one started.
    cap_before: u64,
}

impl Model {
    pub fn cap(&self) -> u64 {
        let (plan, count) = self.wanted.unwrap_or((Plan::Essential, 0));
        let of_period = |running: Running| {
            self.lines.cap(running.of, (running.start, running.end)).max(running.cap_before)
        };
        if self.entitled { self.period.map_or(0, of_period).max(plan.cap() * count) } else { 0 }
    }

    /// What was spent of tokens that are not paid for any more.
    pub fn owed(&self) -> u64 {
        self.owed_before + self.lines.owed(self.hour)
    }

    /// An invoice is paid now.
    pub fn receive(&mut self, bill: &Bill) {
        let of_paid_time = |part: &&Part| self.lines.whole_of(**part).is_some();
        let parts: Vec<Part> = bill.parts.iter().filter(of_paid_time).copied().collect();
        if !parts.is_empty() {
            self.settle(&parts);
        }
        match bill.whole {
            Some(Whole::Month(paid)) => self.renew(paid),
            Some(Whole::Year(year)) => self.start_year(year),
            None => {}
        }
    }

    /// A whole month was paid for, and starts now or started earlier.
    fn renew(&mut self, paid: Paid) {
        let before = self.lines.due(self.hour);
        self.lines.add_whole(paid, vec![(paid.start, paid.end)]);
        self.start_period(paid.start, (paid.start, paid.end), before);
    }

    /// Starts a year, with its first month.
    fn start_year(&mut self, year: Year) {
        let before = self.lines.due(self.hour);
        let months = year.months();
        let Year { plan, count, anchor } = year;
        self.wanted = Some((plan, count));
        self.lines.add_whole(Paid { plan, count, start: anchor, end: months[11].1 }, months.clone());
        self.start_period(anchor, months[0], before);
    }

    /// The months of years that start now.
    pub(super) fn start_months(&mut self) {
        let hour = self.hour;
        let starts_now = |line: &Line| line.months.iter().any(|month| month.0 == hour);
        if !self.entitled || !self.lines.all.iter().any(starts_now) {
            return;
        }
        let Some((last, months)) = self.lines.last_months() else { return };
        let before = self.lines.sum(|_, month| month.0 < hour);
        // A year that was replaced by a later period still buys what it was not credited for.
        let replaced =
            self.lines.sum(|line, month| month.0 < hour || (month.0 == hour && line.part.of != last));
        self.lines.granted += replaced - before;
        for _ in before..replaced {
            self.bank_one();
        }
        if let Some(month) = months.iter().find(|month| month.0 == hour && last != hour) {
            self.start_period(last, *month, replaced);
        } else {
            self.take_back();
        }
    }

    fn start_period(&mut self, of: u64, (start, end): (u64, u64), due_before: u64) {
        let granted = self.lines.due(self.hour) - due_before;
        self.lines.granted += granted;
        let cap_before = match self.period {
            Some(running) if running.end > start => self.lines.cap(running.of, (running.start, running.end)),
            _ => 0,
        };
        (self.period, self.used) = (Some(Running { of, start, end, allowance: granted, cap_before }), 0);
        self.fast_period += 1;
        while self.fast > 0 {
            self.fast -= 1;
            self.bank_one();
        }
        while self.bank > 0 && self.bank + self.bank_held_in_this_life() > self.cap() {
            self.bank -= 1;
        }
        self.fast = granted;
        let taken = self.take_back();
        self.period.as_mut().unwrap().allowance -= taken;
    }

    /// What was bought for the token period that runs.
    fn share(&self) -> u64 {
        let running = self.period.unwrap();
        self.lines.sum(|line, month| line.part.of == running.of && month.0 == running.start)
    }

    /// Parts of periods were charged and credited now.
    fn settle(&mut self, parts: &[Part]) {
        let (before, running) = (self.share(), self.period.unwrap());
        for part in parts {
            self.lines.add_part(*part);
        }
        let granted = self.lines.due(self.hour).saturating_sub(self.lines.granted);
        self.lines.granted += granted;
        let (after, runs) = (self.share(), self.hour < running.end);
        let is_within = parts.iter().all(|part| part.of == running.of && part.start >= running.start);
        let to_fast = match (runs, is_within) {
            (false, _) => 0,
            (true, true) => granted,
            (true, false) => granted.min(after.saturating_sub(before)),
        };
        let allowance = (running.allowance + to_fast).saturating_sub(before.saturating_sub(after));
        self.period.as_mut().unwrap().allowance = allowance;
        self.fast += to_fast;
        for _ in to_fast..granted {
            self.bank_one();
        }
        if runs && !is_within && after >= before {
            let from_bank = self.bank.min(self.owed());
            for _ in 0..from_bank {
                self.bank -= 1;
                self.repay();
            }
        }
        self.take_back();
    }

    fn repay(&mut self) {
        if self.owed_before > 0 { self.owed_before -= 1 } else { self.lines.granted -= 1 }
    }

    /// The account is entitled again. The token period goes on without its tokens.
    pub(super) fn resume_period(&mut self) {
        let share = if self.period.is_some() { self.share() } else { 0 };
        if let Some(period) = &mut self.period {
            (period.allowance, period.cap_before) = (share, 0);
        }
    }

    /// Takes back what is owed, one token at a time. Returns what was taken from fast.
    pub(super) fn take_back(&mut self) -> u64 {
        let (mut owed, mut from_fast) = (self.owed(), 0);
        while self.entitled && owed > 0 && self.fast + self.bank > 0 {
            if self.fast > 0 {
                self.fast -= 1;
                from_fast += 1;
            } else {
                self.bank -= 1;
            }
            self.repay();
            owed -= 1;
        }
        while self.lines.lost > 0 && self.lines.owed(self.hour) > 0 {
            self.lines.lost -= 1;
            self.lines.granted -= 1;
        }
        from_fast
    }

    /// The subscription ended: what it owes stays owed.
    pub(super) fn forget_lines(&mut self) {
        self.owed_before = self.owed();
        self.lines = Lines::default();
    }
}
