//! Lives that begin elsewhere: a user comes with tokens and with a subscription that runs (rule 20).

use crate::model::{PRICE, Pair, time};
use crate::model_plans::{Billing, PERIOD, period};
use crate::naive::plans::months_after;
use crate::naive::{Plan, Whole, Year};
use crate::story::usd;
use proptest::prelude::*;
use tokenwell_ledger::{Command, Import, ImportedLot, ImportedSubscription, Tokens};

/// What a user comes with.
#[derive(Debug, Clone)]
pub struct Brought {
    plan: Option<Plan>,
    by_the_year: bool,
    /// For so long the plan has been running.
    ran: u64,
    fast: u64,
    bank: u64,
    lots: Vec<BroughtLot>,
    /// So long it takes until the subscription is read.
    late: u64,
}

#[derive(Debug, Clone)]
struct BroughtLot {
    granted: u64,
    spent: u64,
    has_payment: bool,
}

impl Brought {
    pub fn any() -> impl Strategy<Value = Self> {
        let plan = prop::option::weighted(0.8, prop_oneof![Just(Plan::Essential), Just(Plan::Premium)]);
        let lot = (1..60_u64, 0..60_u64, any::<bool>()).prop_map(|(granted, spent, has_payment)| {
            BroughtLot { granted, spent: spent.min(granted), has_payment }
        });
        let running = (plan, any::<bool>(), 1..4_000_u64, 0..100_u64);
        let tokens = (0..60_u64, 0..90_u64, prop::collection::vec(lot, 0..4));
        (running, tokens).prop_map(|((plan, by_the_year, ran, late), (fast, bank, lots))| Self {
            plan,
            by_the_year,
            ran,
            fast,
            bank,
            lots,
            late,
        })
    }
}

impl Pair {
    pub fn import(&mut self, brought: &Brought) {
        let Brought { plan, by_the_year, ran, lots, .. } = brought;
        let start = self.model.hour;
        self.wait(if *by_the_year { *ran } else { *ran % PERIOD });
        let now = self.model.hour;
        let (fast, bank) = if plan.is_some() { (brought.fast, brought.bank) } else { (0, 0) };
        let subscription = self.name();
        let mut imported = Vec::new();
        for (lot, hours_ago) in lots.iter().zip(1..) {
            let (id, paid_hour) = (self.name(), now - hours_ago);
            let BroughtLot { granted, spent, has_payment } = *lot;
            imported.push(ImportedLot {
                id: id.as_str().into(),
                granted: Tokens(granted),
                left: Tokens(granted - spent),
                paid_at: time(paid_hour),
                paid: has_payment.then(|| usd(PRICE)),
            });
            self.model.bring(id, granted, spent, has_payment.then_some(PRICE), paid_hour);
        }
        let id = subscription.as_str();
        let command = Command::Import(Import {
            reference: "line".to_owned(),
            fast: Tokens(fast),
            rollover: Tokens(bank),
            lots: imported,
            subscription: plan.map(|plan| ImportedSubscription {
                id: id.into(),
                plan: plan.id().into(),
                as_of: time(now),
            }),
        });
        self.expect(command, None, 0);
        self.model.come(*plan, fast, bank);
        if let Some(plan) = plan {
            self.agree();
            let month_ends = match by_the_year {
                true => (1..=12).map(|n| months_after(start, n)).find(|end| *end > now).unwrap(),
                false => start + PERIOD,
            };
            self.wait(brought.late.min(month_ends - now - 1));
            let whole = match by_the_year {
                true => Whole::Year(Year { plan: *plan, count: 1, anchor: start }),
                false => Whole::Month(period((*plan, 1), start)),
            };
            self.read(subscription, *by_the_year, whole, start);
        }
    }

    /// The subscription is read for the first time, with the invoice that was paid elsewhere.
    fn read(&mut self, id: String, is_yearly: bool, whole: Whole, start: u64) {
        self.billing = Some(Billing::new(id, is_yearly, start));
        self.apply_state(self.wanted_snapshot());
        self.pay(Some(whole), start);
        self.model.adopt(whole);
    }
}
