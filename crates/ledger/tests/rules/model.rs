//! Random commands go to the core and to the naive model; after every step they agree, and every promise holds.
//!
//! `TOKENWELL_MODEL_COMMANDS=1000000 cargo test -p tokenwell-ledger model` tries more, `TOKENWELL_MODEL_SEED=7` others.

use crate::lives::Lives;
use crate::model_plans::{Billing, How, next_paid, period};
use crate::naive::{Bill, CATALOGUE, Model, Plan, Refused, START, Whole, Year, pick};
use crate::promises::account_and_entries_survive_being_stored;
use crate::story::{Story, at, snapshot, usd};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use std::time::Duration;
use tokenwell_ledger::{
    Balance, Bucket, Catalogue, Command, DisputeState, Interval, Minor, Outcome, Refusal, Remedy,
    SubscriptionSnapshot, SubscriptionStatus, Tokens, decide,
};

const PRICE: u64 = 97;

/// Something that is done to an account. Indices pick one of what there is.
#[derive(Debug, Clone)]
enum Step {
    Wait(u64),
    Spend(u64),
    Hold {
        amount: u64,
        hours: u64,
    },
    Commit {
        hold: usize,
        amount: u64,
    },
    Release {
        hold: usize,
    },
    Buy {
        tokens: u64,
        hours_ago: u64,
    },
    BuyAgain {
        lot: usize,
    },
    Refund {
        lot: usize,
        cents: u64,
    },
    Dispute {
        lot: usize,
        number: usize,
        state: usize,
    },
    Gift(u64),
    Correct(u64),
    Subscribe(Plan),
    SubscribeByTheYear(Plan),
    Renew,
    PayAhead,
    Change {
        plan: Plan,
        count: u64,
        how: How,
    },
    /// Ends it with (-1: before, 1: after) or without (0) a credit.
    End {
        credit: i8,
    },
    EndLater(u64),
    Unpaid,
    Active,
    SecondSubscription(Plan),
    Delete,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let plan = || prop_oneof![Just(Plan::Essential), Just(Plan::Premium)];
    let step = prop_oneof![
        6 => (0..30_u64).prop_map(Step::Wait),
        4 => (100..900_u64).prop_map(Step::Wait),
        8 => (0..90_u64).prop_map(Step::Spend),
        8 => (0..90_u64, 0..=25_u64).prop_map(|(amount, hours)| Step::Hold { amount, hours }),
        4 => (any::<usize>(), 0..60_u64).prop_map(|(hold, amount)| Step::Commit { hold, amount }),
        4 => any::<usize>().prop_map(|hold| Step::Release { hold }),
        5 => (1..60_u64, 0..50_u64).prop_map(|(tokens, hours_ago)| Step::Buy { tokens, hours_ago }),
        1 => any::<usize>().prop_map(|lot| Step::BuyAgain { lot }),
        4 => (any::<usize>(), 0..=PRICE).prop_map(|(lot, cents)| Step::Refund { lot, cents }),
        4 => (any::<usize>(), 0..2_usize, 0..4_usize)
            .prop_map(|(lot, number, state)| Step::Dispute { lot, number, state }),
        2 => (0..40_u64).prop_map(Step::Gift),
        2 => (0..60_u64).prop_map(Step::Correct),
        5 => plan().prop_map(Step::Subscribe),
        2 => plan().prop_map(Step::SubscribeByTheYear),
        6 => Just(Step::Renew),
        2 => Just(Step::PayAhead),
        8 => (plan(), 1..3_u64, How::any())
            .prop_map(|(plan, count, how)| Step::Change { plan, count, how }),
        1 => (-1..=1_i8).prop_map(|credit| Step::End { credit }),
        1 => (1..500_u64).prop_map(Step::EndLater),
        1 => Just(Step::Unpaid),
        2 => Just(Step::Active),
        1 => plan().prop_map(Step::SecondSubscription),
    ];
    // Now and then it ends with deleting the account.
    (prop::collection::vec(step, 1..80), prop::bool::weighted(0.1)).prop_map(|(mut steps, deleted)| {
        steps.extend(deleted.then_some(Step::Delete));
        steps
    })
}

/// Core and model side by side.
pub struct Pair {
    pub story: Story,
    pub model: Model,
    /// The subscription, entitled or not.
    pub billing: Option<Billing>,
    names: u32,
    /// What the core said at each instant so far.
    said: Vec<(Timestamp, Balance)>,
}

pub fn time(hour: u64) -> Timestamp {
    at(START) + SignedDuration::from_hours(i64::try_from(hour).unwrap())
}

const STATES: [DisputeState; 4] =
    [DisputeState::Opened, DisputeState::Won, DisputeState::Lost, DisputeState::Inquiry];

impl Pair {
    fn new() -> Self {
        let story = Story::with(Catalogue::parse(CATALOGUE).unwrap(), time(12));
        Self { story, model: Model::new(), billing: None, names: 0, said: Vec::new() }
    }

    pub fn snapshot(&self, id: &str, plan: Plan) -> SubscriptionSnapshot {
        snapshot(id, plan.id(), time(self.model.hour))
    }

    pub fn apply_state(&mut self, snapshot: SubscriptionSnapshot) -> Outcome {
        self.story.apply(Command::SubscriptionState(snapshot))
    }

    pub fn name(&mut self) -> String {
        self.names += 1;
        format!("{:05}", self.names)
    }

    #[expect(clippy::too_many_lines, reason = "one arm per step")]
    fn step(&mut self, step: &Step) {
        let now = self.model.hour;
        match *step {
            Step::Wait(hours) => {
                self.model.pass_hours(hours);
                self.story.now = time(self.model.hour);
            }
            Step::Spend(amount) => {
                let id = self.name().as_str().into();
                let command = Command::Spend { id, amount: Tokens(amount), reason: "work".into() };
                let refused = self.model.spend(amount).err();
                self.expect(command, refused, amount);
            }
            Step::Hold { amount, hours } => self.hold(amount, hours),
            Step::Commit { hold, amount } => {
                if let Some(index) = pick(hold, self.model.holds.len()) {
                    let id = self.model.holds[index].id.as_str().into();
                    let refused = self.model.commit(index, amount).err();
                    self.expect(Command::CommitHold { id, amount: Tokens(amount) }, refused, amount);
                }
            }
            Step::Release { hold } => {
                if let Some(index) = pick(hold, self.model.holds.len()) {
                    let id = self.model.holds[index].id.as_str().into();
                    self.model.end_hold(index, 0);
                    self.expect(Command::ReleaseHold { id }, None, 0);
                }
            }
            Step::Buy { tokens, hours_ago } => {
                let id = self.name();
                self.grant(&id, tokens, now.saturating_sub(hours_ago));
                self.model.grant(id, tokens, PRICE, now.saturating_sub(hours_ago));
            }
            Step::BuyAgain { lot } => {
                if let Some(lot) = self.model.bought(lot) {
                    let (id, granted) = (self.model.lots[lot].id.clone(), self.model.lots[lot].granted);
                    self.grant(&id, granted, now);
                }
            }
            Step::Refund { lot, cents } => {
                if let Some(lot) = self.model.bought(lot) {
                    self.model.refund(lot, cents);
                    let id = self.model.lots[lot].id.as_str().into();
                    let command =
                        Command::RefundTotal { lot: id, refunded: Minor(cents), seen_at: time(now) };
                    self.expect(command, None, 0);
                }
            }
            Step::Dispute { lot, number, state } => {
                if let Some(lot) = self.model.bought(lot) {
                    self.model.dispute(lot, number, state);
                    let id = self.model.lots[lot].id.as_str().into();
                    let dispute = format!("dp_{number}").as_str().into();
                    let (state, seen_at) = (STATES[state], self.story.now);
                    self.expect(Command::Dispute { lot: id, dispute, state, seen_at }, None, 0);
                }
            }
            Step::Gift(amount) => {
                let id = self.name();
                let refused = (amount == 0).then_some(Refused::InvalidAmount);
                self.adjust(&id, amount.cast_signed(), refused);
                if amount > 0 {
                    self.model.gift(id, amount);
                }
            }
            Step::Correct(amount) => {
                let id = self.name();
                let refused = self.model.correct(amount).err();
                self.adjust(&id, -amount.cast_signed(), refused);
            }
            Step::Subscribe(_)
            | Step::SubscribeByTheYear(_)
            | Step::Renew
            | Step::PayAhead
            | Step::Change { .. }
            | Step::End { .. }
            | Step::EndLater(_)
            | Step::Unpaid
            | Step::Active
            | Step::SecondSubscription(_) => self.subscription_step(step),
            Step::Delete => self.expect(Command::Delete, None, 0),
        }
    }

    /// The core does it, or refuses it as the model does.
    fn expect(&mut self, command: Command, refused: Option<Refused>, asked: u64) {
        assert_eq!(self.story.try_apply(command).err(), refused.map(|refused| refusal(refused, asked)));
    }

    fn hold(&mut self, amount: u64, hours: u64) {
        let id = self.name();
        let life = Some(Duration::from_hours(hours));
        let command =
            Command::Hold { id: id.as_str().into(), amount: Tokens(amount), reason: "work".into(), life };
        match self.model.hold(amount, hours) {
            Ok(mut hold) => {
                self.expect(command, None, 0);
                hold.id = id;
                self.model.holds.push(hold);
            }
            Err(refused) => {
                let asked = if refused == Refused::InvalidHoldLife { hours * 3_600 } else { amount };
                self.expect(command, Some(refused), asked);
            }
        }
    }

    fn grant(&mut self, id: &str, tokens: u64, paid_hour: u64) {
        let (tokens, paid) = (Tokens(tokens), usd(PRICE));
        let command = Command::GrantPack { lot: id.into(), tokens, paid, paid_at: time(paid_hour) };
        self.expect(command, None, 0);
    }

    fn adjust(&mut self, id: &str, amount: i64, refused: Option<Refused>) {
        let command = Command::Adjust { id: id.into(), amount, reason: "a word".into() };
        self.expect(command, refused, amount.unsigned_abs());
    }

    #[expect(clippy::too_many_lines, reason = "one arm per step and state of the subscription")]
    fn subscription_step(&mut self, step: &Step) {
        let now = self.model.hour;
        let is_yearly = self.billing.as_ref().is_some_and(|billing| billing.is_yearly);
        let id = self.billing.as_ref().map(|billing| billing.id.clone());
        match (step, id, self.model.entitled) {
            (Step::Subscribe(plan), None, _) => {
                let id = self.name();
                self.apply_state(self.snapshot(&id, *plan));
                let paid = period((*plan, 1), now);
                self.billing = Some(Billing::new(id, false, now));
                let bill = self.pay(Some(Whole::Month(paid)), now);
                self.subscribe(*plan, &bill);
            }
            (Step::SubscribeByTheYear(plan), None, _) => {
                let id = self.name();
                let interval = Interval::Year;
                self.apply_state(SubscriptionSnapshot { interval, ..self.snapshot(&id, *plan) });
                self.billing = Some(Billing::new(id, true, now));
                let year = Year { plan: *plan, count: 1, anchor: now };
                let bill = self.pay(Some(Whole::Year(year)), now);
                self.subscribe(*plan, &bill);
            }
            (Step::SecondSubscription(plan), Some(current), true) => {
                let id = self.name();
                let second = self.snapshot(&id, *plan);
                let outcome =
                    Outcome::SecondSubscription { id: id.as_str().into(), current: current.as_str().into() };
                assert_eq!(self.apply_state(second.clone()), outcome);
                assert_eq!(self.apply_second(&id, period((*plan, 1), now)), outcome);
                let (status, ended_at) = (SubscriptionStatus::Canceled, Some(time(now)));
                self.apply_state(SubscriptionSnapshot { status, ended_at, ..second });
            }
            (Step::Renew, Some(_), true) if !is_yearly => {
                let Some(paid) = next_paid(&self.model) else { return };
                if paid.start <= now {
                    let bill = self.pay(Some(Whole::Month(paid)), now);
                    self.model.receive(&bill);
                }
            }
            (Step::PayAhead, Some(_), true) if self.model.ahead.is_none() && !is_yearly => {
                let Some(paid) = next_paid(&self.model) else { return };
                if paid.start > now {
                    let bill = self.pay(Some(Whole::Month(paid)), now);
                    self.model.receive(&Bill { whole: None, ..bill });
                    self.model.ahead = Some((paid.start, Bill { parts: Vec::new(), ..bill }));
                }
            }
            (Step::Change { plan, count, how }, Some(_), true) if self.model.ahead.is_none() => {
                self.change((*plan, *count), *how);
            }
            (Step::Unpaid, Some(_), true) if self.model.ahead.is_none() && !is_yearly => {
                let status = SubscriptionStatus::Unpaid;
                self.apply_state(SubscriptionSnapshot { status, ..self.wanted_snapshot() });
                self.model.lapse();
            }
            (Step::Active, Some(_), false) => {
                self.apply_state(self.wanted_snapshot());
                self.model.enter();
            }
            (Step::End { credit }, Some(_), _) => {
                let has_credit = *credit != 0 && self.model.entitled && self.model.ahead.is_none();
                let parts = if has_credit { self.credits() } else { Vec::new() };
                if *credit < 0 {
                    self.pay_parts(&parts);
                }
                self.apply_end(now);
                if *credit > 0 {
                    self.pay_parts(&parts);
                }
                let parts = parts.iter().map(|(_, part)| *part).collect();
                self.model.receive(&Bill { parts, whole: None });
                self.billing = None;
                self.model.end();
            }
            // Its end is known before it comes, and nothing else is told of it any more.
            (Step::EndLater(hours), Some(_), true) if self.model.ahead.is_none() => {
                self.apply_end(now + hours);
                self.model.ends = Some(now + hours);
                self.model.pass_hours(*hours);
                self.story.now = time(self.model.hour);
                self.billing = None;
            }
            _ => {}
        }
    }

    fn apply_end(&mut self, hour: u64) {
        let (status, ended_at) = (SubscriptionStatus::Canceled, Some(time(hour)));
        self.apply_state(SubscriptionSnapshot { status, ended_at, ..self.wanted_snapshot() });
    }

    fn agree(&self) {
        let (balance, model) = (self.story.balance(), &self.model);
        // The core is left to catch up whenever it likes; only a copy is made to.
        let Story { account, catalogue, now, .. } = &self.story;
        let account = decide(account, catalogue, Command::CatchUp, *now).unwrap().account;
        assert_eq!(
            balance.version,
            account.version(),
            "the version of what is due is known before it is applied"
        );
        let [bank_held, fast_held, lots_held] = model.held_of_buckets();
        let bucket = |available: Tokens, held: Tokens| (available.0, held.0);
        assert_eq!(
            bucket(balance.rollover.available, balance.rollover.held),
            (model.bank, bank_held),
            "bank"
        );
        assert_eq!(bucket(balance.fast.available, balance.fast.held), (model.fast, fast_held), "fast");
        assert_eq!(
            bucket(balance.top_up.available, balance.top_up.held),
            (model.top_up(), lots_held),
            "top-up"
        );
        assert_eq!(balance.top_up.locked.0, model.locked(), "locked");
        assert_eq!(balance.spendable.0, model.spendable(), "spendable");
        assert_eq!(balance.rollover.cap.0, model.cap(), "cap");
        assert_eq!(balance.owed.0, model.owed(), "owed");
        if let (true, Some(period)) = (model.entitled, model.period) {
            assert_eq!(balance.fast.allowance.0, period.allowance, "granted in the token period");
        }
        assert_eq!(balance.used.tokens.0, model.used, "used since the last reset");
        assert_eq!(balance.can_buy, model.can_buy(), "can buy");
        for lot in &model.lots {
            let core = account.lot(&lot.id.as_str().into()).unwrap();
            let found = [core.granted(), core.remaining(), core.clawed_back(), core.unrecovered()];
            let expected = [lot.granted, lot.left, lot.taken_back, lot.unrecovered()];
            assert_eq!(found.map(|tokens| tokens.0), expected);
        }
        assert_eq!(account.holds().len(), model.holds.len(), "open holds");
    }

    /// Whatever was said of an instant is still said of it at the end.
    fn remember(&mut self) {
        self.said.retain(|(instant, _)| *instant < self.story.now);
        self.said.push((self.story.now, self.story.balance()));
    }

    fn recall(&self) {
        let Story { account, entries, .. } = &self.story;
        for (instant, balance) in &self.said {
            assert_eq!(self.story.balance_at(*instant).as_ref(), Some(balance));
        }
        for bucket in Bucket::ALL {
            assert!(
                entries.iter().any(|entry| entry.bucket == bucket) || account.available(bucket) == Tokens(0)
            );
        }
    }
}

/// The core's word for why the model refused.
fn refusal(refused: Refused, asked: u64) -> Refusal {
    match refused {
        Refused::InvalidAmount => Refusal::InvalidAmount { asked: Tokens(asked) },
        Refused::InvalidHoldLife => Refusal::InvalidHoldLife { asked_s: asked },
        Refused::CommitExceedsHold { held } => {
            Refusal::CommitExceedsHold { asked: Tokens(asked), held: Tokens(held) }
        }
        Refused::CorrectionBelowZero { available } => {
            Refusal::CorrectionBelowZero { asked: Tokens(asked), available: Tokens(available) }
        }
        Refused::Insufficient { spendable, locked, remedy } => Refusal::InsufficientTokens {
            needed: Tokens(asked),
            spendable: Tokens(spendable),
            locked: Tokens(locked),
            remedy: match remedy {
                "upgrade" => Remedy::Upgrade,
                "resubscribe" => Remedy::Resubscribe,
                _ => Remedy::AddTokens,
            },
        },
    }
}

fn live(steps: &[Step]) {
    let mut pair = Pair::new();
    for step in steps {
        pair.step(step);
        if matches!(step, Step::Delete) {
            assert_eq!(pair.story.balance().total, Tokens(0));
        } else {
            pair.agree();
        }
        pair.remember();
    }
    pair.recall();
    account_and_entries_survive_being_stored(&pair.story);
}

#[test]
fn core_and_model_agree_after_every_step() {
    let lives = Lives { commands: 100_000, commands_a_life: 40, shrinks_max: 10_000 };
    lives.all(&steps(), live);
}
