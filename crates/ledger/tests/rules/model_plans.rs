//! How the subscription of the random lives is billed: its lines, as Stripe makes them.

use crate::model::{Pair, time};
use crate::naive::plans::months_after;
use crate::naive::{Bill, Model, Paid, Part, Plan, Whole, Year};
use proptest::prelude::*;
use tokenwell_ledger::{Command, Interval, LineKind, Outcome, PaidInvoice, PaidLine, SubscriptionSnapshot};

/// A paid period lasts thirty days here.
const PERIOD: u64 = 30 * 24;

/// How a change is billed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// No line bills it.
    Unbilled,
    /// At once, for the rest of the period.
    AtOnce,
    /// With the next invoice, for the rest of the period.
    NextInvoice,
    /// At once, with a new period.
    NewPeriod { credit: bool },
}

impl How {
    pub fn any() -> impl Strategy<Value = Self> {
        prop_oneof![
            Just(Self::Unbilled),
            Just(Self::AtOnce),
            Just(Self::NextInvoice),
            any::<bool>().prop_map(|credit| Self::NewPeriod { credit }),
        ]
    }
}

/// A subscription at Stripe.
pub struct Billing {
    pub id: String,
    pub is_yearly: bool,
    anchor: u64,
    /// What was billed, and can be credited.
    debits: Vec<Part>,
    /// What the next invoice bills for changes.
    waiting: Vec<(PaidLine, Part)>,
}

impl Billing {
    pub fn new(id: String, is_yearly: bool, anchor: u64) -> Self {
        Self { id, is_yearly, anchor, debits: Vec::new(), waiting: Vec::new() }
    }

    fn interval(&self) -> Interval {
        if self.is_yearly { Interval::Year } else { Interval::Month }
    }
}

impl Year {
    pub fn paid(self) -> Paid {
        let Self { plan, count, anchor: start } = self;
        Paid { plan, count, start, end: months_after(start, 12) }
    }
}

impl Whole {
    fn paid(self) -> Paid {
        match self {
            Self::Month(paid) => paid,
            Self::Year(year) => year.paid(),
        }
    }
}

/// A month from an hour on.
pub fn period((plan, count): (Plan, u64), start: u64) -> Paid {
    Paid { plan, count, start, end: start + PERIOD }
}

/// The month after the running one.
pub fn next_paid(model: &Model) -> Option<Paid> {
    Some(period(model.wanted?, model.period?.end))
}

impl Pair {
    /// The subscription as it is wanted now.
    pub fn wanted_snapshot(&self) -> SubscriptionSnapshot {
        let (plan, quantity) = self.model.wanted.unwrap();
        let billing = self.billing.as_ref().unwrap();
        let (interval, anchor) = (billing.interval(), time(billing.anchor));
        SubscriptionSnapshot { quantity, interval, anchor, ..self.snapshot(&billing.id, plan) }
    }

    fn line(&mut self, kind: LineKind, part: Part) -> PaidLine {
        let interval = self.billing.as_ref().unwrap().interval();
        PaidLine {
            id: self.name().into(),
            plan: part.plan.id().into(),
            interval,
            quantity: part.count,
            kind,
            start: time(part.start),
            end: time(part.end),
        }
    }

    /// The model is on a plan whose first period is paid.
    pub fn subscribe(&mut self, plan: Plan, bill: &Bill) {
        self.model.wanted = Some((plan, 1));
        self.model.enter();
        self.model.receive(bill);
    }

    /// Pays an invoice with what waits for one and with a period.
    pub fn pay(&mut self, whole: Option<Whole>, now: u64) -> Bill {
        let billing = self.billing.as_mut().unwrap();
        billing.debits.retain(|debit| debit.end > now);
        let (mut lines, parts): (Vec<_>, Vec<_>) = std::mem::take(&mut billing.waiting).into_iter().unzip();
        if let Some(Paid { plan, count, start, end }) = whole.map(Whole::paid) {
            let part = Part { sign: 1, plan, count, start, end, of: start };
            self.billing.as_mut().unwrap().debits.push(part);
            lines.push(self.line(LineKind::Period, part));
        }
        self.apply_lines(lines);
        Bill { parts, whole }
    }

    fn apply_lines(&mut self, lines: Vec<PaidLine>) {
        let subscription = self.billing.as_ref().unwrap().id.as_str().into();
        let _ = self.story.apply(Command::InvoicePaid(PaidInvoice {
            subscription,
            paid_at: time(self.model.hour),
            lines,
        }));
    }

    pub fn pay_parts(&mut self, parts: &[(PaidLine, Part)]) {
        self.apply_lines(parts.iter().map(|(line, _)| line.clone()).collect());
    }

    pub fn apply_second(&mut self, id: &str, paid: Paid) -> Outcome {
        let Paid { plan, count, start, end } = paid;
        let line = self.line(LineKind::Period, Part { sign: 1, plan, count, start, end, of: start });
        let line = PaidLine { interval: Interval::Month, ..line };
        let paid_at = time(self.model.hour);
        self.story.apply(Command::InvoicePaid(PaidInvoice {
            subscription: id.into(),
            paid_at,
            lines: vec![line],
        }))
    }

    /// Credits what was billed for the time from now on.
    pub fn credits(&mut self) -> Vec<(PaidLine, Part)> {
        let now = self.model.hour;
        let debits = std::mem::take(&mut self.billing.as_mut().unwrap().debits);
        let running = debits.into_iter().filter(|debit| debit.end > now);
        let credits = running.map(|debit| Part { sign: -1, start: debit.start.max(now), ..debit });
        credits
            .collect::<Vec<_>>()
            .into_iter()
            .map(|part| (self.line(LineKind::Credit, part), part))
            .collect()
    }

    pub fn change(&mut self, wanted: (Plan, u64), how: How) {
        let now = self.model.hour;
        let billed = self.billing.as_ref().unwrap().debits.iter().rev().find(|debit| debit.end > now);
        let Some(billed) = billed.copied().filter(|_| self.model.period.unwrap().end > now) else { return };
        // The model tells periods apart by their start.
        if matches!(how, How::NewPeriod { .. }) && billed.of == now {
            return;
        }
        self.model.wanted = Some(wanted);
        if matches!(how, How::NewPeriod { .. }) {
            self.billing.as_mut().unwrap().anchor = now;
        }
        self.apply_state(self.wanted_snapshot());
        if matches!(how, How::AtOnce | How::NextInvoice | How::NewPeriod { credit: true }) {
            let credits = self.credits();
            self.billing.as_mut().unwrap().waiting.extend(credits);
        }
        let (plan, count) = wanted;
        if matches!(how, How::AtOnce | How::NextInvoice) {
            let part = Part { sign: 1, plan, count, start: now, end: billed.end, of: billed.of };
            let line = self.line(LineKind::Charge, part);
            let billing = self.billing.as_mut().unwrap();
            billing.debits.push(part);
            billing.waiting.push((line, part));
        }
        let is_yearly = self.billing.as_ref().unwrap().is_yearly;
        let whole = match how {
            How::NewPeriod { .. } if is_yearly => Some(Whole::Year(Year { plan, count, anchor: now })),
            How::NewPeriod { .. } => Some(Whole::Month(period(wanted, now))),
            How::AtOnce => None,
            How::Unbilled | How::NextInvoice => return,
        };
        let bill = self.pay(whole, now);
        self.model.receive(&bill);
    }
}

#[test]
fn the_model_takes_nothing_back_for_time_that_was_never_paid() {
    let mut model = Model::new();
    let paid = period((Plan::Essential, 1), model.hour);
    model.wanted = Some((Plan::Essential, 1));
    model.enter();
    model.receive(&Bill { parts: Vec::new(), whole: Some(Whole::Month(paid)) });
    // The next month is not paid, and its rest is credited.
    model.pass_hours(PERIOD + 240);
    let part = Part {
        sign: -1,
        plan: Plan::Essential,
        count: 1,
        start: model.hour,
        end: paid.end + PERIOD,
        of: paid.end,
    };
    model.receive(&Bill { parts: vec![part], whole: None });
    model.end();
    assert_eq!((model.owed(), model.lines.lost), (0, 0));
}
