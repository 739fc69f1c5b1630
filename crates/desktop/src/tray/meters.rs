//! The tray of an account that is read with an API key: a line for each meter.

use super::line::{Line, LineId};
use crate::{
    key_account::KeyAccount,
    meter_text,
    text::Texts,
    well::{Levels, STEPS},
};
use jiff::Timestamp;
use tokenwell_meters::{Amount, Meter};

/// An account that is read with an API key, as the tray shows it.
#[derive(Debug, Clone, Copy)]
pub struct TrayMeters<'a> {
    /// The account with its last good figures.
    pub account: &'a KeyAccount,
    /// Whether the figures may be out of date.
    pub stale: bool,
    /// Whether the platform cannot be reached.
    pub offline: bool,
}

impl TrayMeters<'_> {
    /// A line for each meter, and what has to be known beside them.
    pub(super) fn lines(&self, texts: &Texts, now: Timestamp) -> Vec<Line> {
        let line =
            |(index, meter)| Line::Text { id: LineId::Meter(index), text: meter_text::line(meter, texts) };
        let mut lines: Vec<Line> = self.account.meters().iter().enumerate().map(line).collect();
        let text = self.condition(texts, now).unwrap_or_else(|| texts.say("tray-current"));
        lines.push(Line::Text { id: LineId::Condition, text });
        lines
    }

    /// The lines of the tooltip, below the account's name.
    pub(super) fn tooltip(&self, texts: &Texts, now: Timestamp) -> Vec<String> {
        let low = self.account.is_low().then(|| texts.say("tray-low"));
        let meters = self.account.meters().iter().map(|meter| meter_text::line(meter, texts));
        low.into_iter().chain(self.condition(texts, now)).chain(meters).collect()
    }

    /// The figure of the meter that stands for the account.
    pub(super) fn figure(&self, texts: &Texts) -> String {
        let amount = self.account.shown().and_then(|meter| meter.amount);
        amount.map(|amount| meter_text::short(amount, texts)).unwrap_or_default()
    }

    /// The well of that meter.
    pub(super) fn levels(&self) -> Option<Levels> {
        self.account.shown().and_then(levels)
    }

    fn condition(&self, texts: &Texts, now: Timestamp) -> Option<String> {
        if self.account.refused {
            return Some(texts.say("tray-key-refused"));
        }
        let Some(readings) = &self.account.readings else { return Some(texts.say("tray-loading")) };
        let age = || [("age", texts.age(readings.received_at, now))];
        let id = if self.offline { "tray-offline" } else { "tray-stale" };
        self.stale.then(|| texts.say_with(id, age()))
    }
}

/// The well of a meter. Without a limit nobody knows how full it is, so it is drawn full while something is left.
fn levels(meter: &Meter) -> Option<Levels> {
    let amount = meter.amount?;
    let steps = meter.limit.and_then(|limit| amount.steps_of(limit, STEPS));
    Some(Levels::of_meter(steps.unwrap_or(if amount > Amount::ZERO { STEPS } else { 0 })))
}
