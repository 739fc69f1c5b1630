//! What a file holds, and what became of it.

use super::line::Line;
use std::fmt;

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was written, or would be.
    Imported,
    /// It was written before.
    Known,
    /// The user has deleted the account since it was written.
    Deleted,
}

/// The totals of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportSummary {
    /// Whether nothing was to be written.
    pub dry_run: bool,
    /// Lines that were written.
    pub imported: u64,
    /// Lines that had been written before.
    pub known: u64,
    /// Lines whose account was deleted since.
    pub deleted: u64,
    /// Fast tokens of all lines.
    pub fast: u64,
    /// Rollover tokens of all lines.
    pub rollover: u64,
    /// Top-up tokens of all lines.
    pub top_up: u64,
    /// Lots of all lines.
    pub lots: u64,
    /// Those without a payment, which refunds and disputes do not reach.
    pub out_of_reach: u64,
    /// Subscriptions of all lines.
    pub subscriptions: u64,
}

impl ImportSummary {
    /// Adds the tokens of a line.
    pub fn count(&mut self, line: &Line) {
        self.fast += line.fast;
        self.rollover += line.rollover;
        self.top_up += line.lots.iter().map(|lot| lot.tokens).sum::<u64>();
        self.lots += line.lots.len() as u64;
        self.out_of_reach += line.lots.iter().filter(|lot| lot.payment.is_none()).count() as u64;
        self.subscriptions += u64::from(line.subscription.is_some());
    }

    /// Adds what became of a line.
    pub fn settle(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Imported => self.imported += 1,
            Outcome::Known => self.known += 1,
            Outcome::Deleted => self.deleted += 1,
        }
    }

    /// How many lines there are.
    pub fn lines(&self) -> u64 {
        self.imported + self.known + self.deleted
    }
}

/// Three lines.
impl fmt::Display for ImportSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { imported, known, deleted, fast, rollover, top_up, lots, out_of_reach, .. } = self;
        let verb = if self.dry_run { "would be imported" } else { "imported" };
        writeln!(
            f,
            "{} users: {imported} {verb}, {known} were imported before, {deleted} have deleted their account since",
            self.lines()
        )?;
        writeln!(f, "tokens: {fast} fast, {rollover} rollover, {top_up} top-up")?;
        write!(
            f,
            "{} subscriptions; {lots} lots, {out_of_reach} of which refunds and disputes do not reach, because they name no payment",
            self.subscriptions
        )
    }
}
