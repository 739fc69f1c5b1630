//! Rule 11: whatever is changed, spent and credited, the tokens are those of the time that was paid for.

use crate::story::{ESSENTIAL, PREMIUM, Story, at, ended, invoice, line, months_after, snapshot};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tokenwell_ledger::{Command, EntryKind, LineKind, PaidInvoice, PaidLine, SubscriptionSnapshot};

const ULTIMATE: u64 = 60_000;
const PLANS: [&str; 3] = ["essential", "premium", "ultimate"];

/// What lines bought for the whole of their time, counted apart from the ledger.
fn bought(lines: &[PaidLine]) -> u64 {
    let seconds = |from: Timestamp, to: Timestamp| i128::from(to.as_second() - from.as_second());
    let mut sum = lowest_terms(0, 1);
    for line in lines {
        let allowance = match line.plan.as_str() {
            "essential" => ESSENTIAL,
            "premium" => PREMIUM,
            _ => ULTIMATE,
        };
        let covers = |whole: &&PaidLine| {
            whole.kind == LineKind::Period && whole.end == line.end && whole.start <= line.start
        };
        let key = |whole: &&PaidLine| {
            (whole.id == line.id, whole.plan == line.plan && whole.quantity == line.quantity, whole.start)
        };
        let whole = lines.iter().filter(covers).max_by_key(key).unwrap();
        let whole = seconds(whole.start, whole.end);
        let sign = if line.kind == LineKind::Credit { -1 } else { 1 };
        let tokens = sign * i128::from(allowance * line.quantity) * seconds(line.start, line.end);
        sum = lowest_terms(sum.0 * whole + tokens * sum.1, sum.1 * whole);
    }
    u64::try_from(sum.0.div_euclid(sum.1).max(0)).unwrap()
}

/// A fraction in its lowest terms.
fn lowest_terms(numerator: i128, denominator: i128) -> (i128, i128) {
    let (mut a, mut b) = (numerator.abs(), denominator);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    (numerator / a.max(1), denominator / a.max(1))
}

#[derive(Debug, Clone)]
struct Switch {
    hours: i64,
    spent_percent: u64,
    plan: &'static str,
    quantity: u64,
    at_once: bool,
    new_period: bool,
}

fn switches() -> impl Strategy<Value = Vec<Switch>> {
    let plan = prop_oneof![Just("essential"), Just("premium"), Just("ultimate")];
    let one = (0..400_i64, 0..=100_u64, plan, 1..3_u64, any::<bool>(), prop::bool::weighted(0.2)).prop_map(
        |(hours, spent_percent, plan, quantity, at_once, new_period)| Switch {
            hours,
            spent_percent,
            plan,
            quantity,
            at_once,
            new_period,
        },
    );
    prop::collection::vec(one, 1..40)
}

/// A subscription as Stripe bills it.
struct Billed {
    story: Story,
    lines: Vec<PaidLine>,
    waiting: Vec<PaidLine>,
    plan: (&'static str, u64),
    period: (Timestamp, Timestamp),
    /// What was billed and not credited since.
    debits: Vec<PaidLine>,
    spent: u64,
    most_bought: u64,
    /// Every invoice that was paid, and the subscription as it was read last.
    invoices: Vec<PaidInvoice>,
    seen: SubscriptionSnapshot,
}

impl Billed {
    fn new() -> Self {
        let story = Story::subscribed("essential");
        let period = (at("2026-11-01T12:00:00Z"), at("2026-12-01T12:00:00Z"));
        let first = line(LineKind::Period, "essential", period.0, period.1);
        let (lines, debits) = (vec![first.clone()], vec![first]);
        let (waiting, plan) = (Vec::new(), ("essential", 1));
        let invoices =
            vec![PaidInvoice { subscription: "sub_1".into(), paid_at: period.0, lines: lines.clone() }];
        let seen = snapshot("sub_1", "essential", period.0);
        let (spent, most_bought) = (0, ESSENTIAL);
        Self { story, lines, waiting, plan, period, debits, spent, most_bought, invoices, seen }
    }

    fn line(&self, kind: LineKind, (start, end): (Timestamp, Timestamp)) -> PaidLine {
        let id = format!("il_{}_{}", self.lines.len() + self.waiting.len(), self.story.entries.len());
        let (plan, quantity) = self.plan;
        PaidLine { id: id.into(), quantity, ..line(kind, plan, start, end) }
    }

    fn pay(&mut self, period: Option<PaidLine>) {
        let mut lines = std::mem::take(&mut self.waiting);
        self.debits.extend(period.clone());
        lines.extend(period);
        self.lines.extend(lines.clone());
        let paid_at = self.story.now;
        let invoice = PaidInvoice { subscription: "sub_1".into(), paid_at, lines };
        self.invoices.push(invoice.clone());
        self.story.apply(Command::InvoicePaid(invoice));
        self.check();
    }

    fn check(&mut self) {
        let (bought, balance) = (bought(&self.lines), self.story.balance());
        self.most_bought = self.most_bought.max(bought);
        let got = self.spent + balance.total.0;
        assert!(got <= bought + balance.owed.0, "{got} for {bought}, {} owed", balance.owed);
        assert!(got <= self.most_bought, "{got} for {}", self.most_bought);
    }

    fn wait(&mut self, hours: i64) {
        self.story.wait(SignedDuration::from_hours(hours));
        while self.period.1 <= self.story.now {
            self.period = (self.period.1, months_after(self.period.1, 1));
            let period = self.line(LineKind::Period, self.period);
            self.pay(Some(period));
        }
    }

    fn switch(&mut self, switch: &Switch) {
        self.wait(switch.hours);
        let amount = self.story.balance().spendable.0 * switch.spent_percent / 100;
        if amount > 0 {
            self.story.spend(amount);
            self.spent += amount;
        }
        let now = self.story.now;
        for debit in std::mem::take(&mut self.debits) {
            if debit.end > now {
                let plan = PLANS.into_iter().find(|plan| debit.plan.as_str() == *plan).unwrap();
                self.plan = (plan, debit.quantity);
                let credit = self.line(LineKind::Credit, (now.max(debit.start), debit.end));
                self.waiting.push(credit);
            }
        }
        self.plan = (switch.plan, switch.quantity);
        let seen = SubscriptionSnapshot {
            quantity: switch.quantity,
            started_at: at("2026-11-01T12:00:00Z"),
            anchor: if switch.new_period { now } else { self.period.0 },
            ..snapshot("sub_1", switch.plan, now)
        };
        self.seen = seen.clone();
        self.story.apply(Command::SubscriptionState(seen));
        if switch.new_period {
            self.period = (now, months_after(now, 1));
            let period = self.line(LineKind::Period, self.period);
            self.pay(Some(period));
        } else {
            let charge = self.line(LineKind::Charge, (now, self.period.1));
            self.debits.push(charge.clone());
            self.waiting.push(charge);
            if switch.at_once {
                self.pay(None);
            }
        }
        self.check();
    }
}

/// What was granted and is not owed, and what of it was forfeited, by adding up the entries.
fn granted_and_forfeited(story: &Story) -> (i64, i64) {
    let sum = |kinds: &[EntryKind]| {
        let entries = story.entries.iter().filter(|entry| kinds.contains(&entry.kind));
        entries.map(|entry| entry.amount).sum::<i64>()
    };
    let owed = story.balance().owed.0.cast_signed();
    let granted = sum(&[EntryKind::Renewal, EntryKind::Prorated, EntryKind::TakenBack]) - owed;
    (granted, -sum(&[EntryKind::Forfeit]))
}

/// Only what the bank's cap forfeits depends on when a line became known: it depends on what the bank held then.
#[test]
fn what_is_granted_and_not_owed_is_a_function_of_the_set_of_lines_in_whatever_order_they_become_known() {
    let config = Config { cases: 200, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let few = switches().prop_map(|switches| switches.into_iter().take(6).collect::<Vec<_>>());
    let lives = (few, prop::collection::vec(any::<prop::sample::Index>(), 40));
    let outcome = runner.run(&lives, |(switches, order)| {
        let mut billed = Billed::new();
        for switch in &switches {
            billed.switch(&Switch { hours: switch.hours / 2, spent_percent: 0, ..switch.clone() });
        }
        billed.wait(24 * 31);
        let bought = bought(&billed.lines).cast_signed();
        assert_eq!(granted_and_forfeited(&billed.story).0, bought);

        let mut facts: Vec<Command> = billed.invoices.iter().cloned().map(Command::InvoicePaid).collect();
        facts.push(Command::SubscriptionState(billed.seen.clone()));
        let mut late = Story::free();
        // The free tokens of the day are forfeited when the plan starts.
        let free = late.balance().total.0.cast_signed();
        late.now = billed.story.now;
        for index in order {
            if !facts.is_empty() {
                late.apply(facts.swap_remove(index.index(facts.len())));
            }
        }
        for fact in facts {
            late.apply(fact);
        }
        let (granted, forfeited) = granted_and_forfeited(&late);
        let there = late.balance().total.0.cast_signed();
        assert_eq!(
            (granted, there),
            (bought, granted + late.balance().owed.0.cast_signed() - forfeited + free)
        );
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn no_sequence_of_changes_spends_and_credits_yields_more_tokens_than_the_time_paid_for() {
    let config = Config { cases: 60, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let outcome = runner.run(&switches(), |switches| {
        let mut billed = Billed::new();
        for switch in &switches {
            billed.switch(switch);
        }
        billed.wait(24 * 62);
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn going_up_spending_everything_and_going_down_again_and_again_brings_nothing() {
    let mut billed = Billed::new();
    for n in 0..100 {
        let (plan, hours) = if n % 2 == 0 { ("ultimate", 1) } else { ("essential", 0) };
        let (spent_percent, quantity, at_once, new_period) = (100, 1, true, false);
        billed.switch(&Switch { hours, spent_percent, plan, quantity, at_once, new_period });
    }
    assert!(billed.spent <= ULTIMATE, "{}", billed.spent);
}

#[test]
fn a_subscription_that_ended_with_nothing_owed_owes_nothing_when_its_lines_are_forgotten() {
    let mut story = Story::subscribed("essential");
    let essential = |kind, start: &str, end: &str| line(kind, "essential", at(start), at(end));
    let [first, second, third] = ["2026-12-01T12:00:00Z", "2026-11-21T12:00:00Z", "2026-12-21T12:00:00Z"];
    let end = "2026-12-11T12:00:00Z";
    // Each of two periods runs for two thirds of its time, and buys 5,666 2/3 tokens.
    story.go(second);
    let lines = [essential(LineKind::Credit, second, first), essential(LineKind::Period, second, third)];
    story.apply(Command::InvoicePaid(invoice("sub_1", at(second), lines)));
    story.go(end);
    story.apply(Command::InvoicePaid(invoice("sub_1", at(end), [essential(LineKind::Credit, end, third)])));
    assert_eq!((story.balance().total.0, story.balance().owed.0), (11_333, 0));
    story.spend(11_333);
    story.apply(Command::SubscriptionState(ended("sub_1", "essential", at(end))));
    for later in ["2027-02-28T12:00:00Z", "2027-03-10T12:00:00Z", "2027-04-10T12:00:00Z"] {
        story.go(later);
        assert_eq!(story.balance().owed.0, 0, "{later}");
    }
    story.subscribe("sub_2", "essential");
    story.buckets([0, ESSENTIAL, 0]);
}

#[test]
fn fractions_of_tokens_are_added_up_over_all_months_also_when_the_account_keeps_only_three_years() {
    let mut story = Story::subscribed("essential");
    let (start, mut lines) = (story.now, Vec::new());
    let mut spent = 0;
    for n in 0..60 {
        let (from, to) = (months_after(start, n), months_after(start, n + 1));
        story.now = from;
        let period = line(LineKind::Period, "essential", from, to);
        let credit = line(LineKind::Credit, "essential", to - SignedDuration::from_hours(240), to);
        for line in [period, credit] {
            story.apply(Command::InvoicePaid(invoice("sub_1", from, [line.clone()])));
            lines.push(line);
        }
        spent += story.balance().total.0;
        story.spend(story.balance().total.0);
        assert_eq!((spent, story.balance().owed.0), (bought(&lines), 0), "after {n} months");
    }
}
