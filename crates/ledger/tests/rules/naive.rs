//! A second, naive model of the rules, written apart from the core and sharing nothing with it: plain lists, one token
//! moved at a time, lived hour by hour. The core is held against it, and so is the service (`crates/server/tests`).

#[path = "naive_plans.rs"]
pub mod plans;

pub use plans::{Bill, Lines, Paid, Part, Running, Whole, Year};

/// Small figures, so that every token counts. The plans' ids are those of the sandbox's prices.
pub const CATALOGUE: &str = r#"
    spend_order = ["rollover", "fast", "top_up"]
    tax = "stripe"
    promotion_codes = true
    plans = [
        { id = "free", name = "Free", period = "day", allowance = 5 },
        { id = "essential", name = "Essential", period = "month", allowance = 20, rollover_cap = 45, prices = [
            { interval = "month", amount = 1_200, currency = "usd", tax_included = true },
            { interval = "year", amount = 12_000, currency = "usd", tax_included = true },
        ] },
        { id = "premium", name = "Premium", period = "month", allowance = 50, rollover_cap = 70, prices = [
            { interval = "month", amount = 3_000, currency = "usd", tax_included = true },
            { interval = "year", amount = 28_800, currency = "usd", tax_included = true },
        ] },
    ]
    packs = [
        { id = "odd", name = "Odd", tokens = 13, price = { amount = 97, currency = "usd", tax_included = false } },
        { id = "even", name = "Even", tokens = 40, price = { amount = 250, currency = "usd", tax_included = true } },
    ]
"#;
const FREE: u64 = 5;
/// Midnight of the hour 0. It is in the past, because what the service reads at Stripe carries the real time.
pub const START: &str = "2023-01-29T00:00:00Z";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    Essential,
    Premium,
}

impl Plan {
    pub fn id(self) -> &'static str {
        match self {
            Self::Essential => "essential",
            Self::Premium => "premium",
        }
    }

    fn allowance(self) -> u64 {
        match self {
            Self::Essential => 20,
            Self::Premium => 50,
        }
    }

    fn cap(self) -> u64 {
        if self == Self::Essential { 45 } else { 70 }
    }
}

/// Why something was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    InvalidAmount,
    InvalidHoldLife,
    CommitExceedsHold { held: u64 },
    Insufficient { spendable: u64, locked: u64, remedy: &'static str },
    CorrectionBelowZero { available: u64 },
}

/// Where one token on hold came from.
#[derive(Debug, Clone, Copy)]
enum From {
    Bank { life: u32 },
    Fast { life: u32, period: u32 },
    Lot(usize),
}

#[derive(Debug)]
pub struct Hold {
    pub id: String,
    tokens: Vec<From>,
    expires: u64,
}

#[derive(Debug)]
pub struct Lot {
    pub id: String,
    pub gift: bool,
    paid_hour: u64,
    pub price: u64,
    pub granted: u64,
    pub left: u64,
    pub taken_back: u64,
    pub refunded: u64,
    /// Of each dispute: 0 open, 1 won, 2 lost, 3 an inquiry.
    pub disputes: [Option<usize>; 2],
}

impl Lot {
    pub fn frozen(&self) -> bool {
        self.disputes.contains(&Some(0))
    }

    fn owed(&self) -> u64 {
        if self.disputes.contains(&Some(2)) {
            self.granted
        } else {
            (self.granted * self.refunded).checked_div(self.price).unwrap_or(0)
        }
    }

    pub fn unrecovered(&self) -> u64 {
        self.owed().saturating_sub(self.taken_back)
    }

    /// Gives and takes one token at a time until it is right, or nothing is left to take.
    fn settle(&mut self) {
        while self.taken_back < self.owed() && self.left > 0 {
            self.left -= 1;
            self.taken_back += 1;
        }
        while self.taken_back > self.owed() {
            self.left += 1;
            self.taken_back -= 1;
        }
    }
}

/// The naive account. Hours are counted from a midnight.
#[derive(Debug)]
pub struct Model {
    pub hour: u64,
    pub bank: u64,
    pub fast: u64,
    pub lots: Vec<Lot>,
    pub holds: Vec<Hold>,
    pub entitled: bool,
    /// The plan that is subscribed to and how many of it, and the token period that was started last.
    pub wanted: Option<(Plan, u64)>,
    pub period: Option<Running>,
    /// What is paid at a later hour, and the end of a subscription that is known before it comes.
    pub ahead: Option<(u64, Bill)>,
    pub ends: Option<u64>,
    pub lines: Lines,
    /// What is owed by subscriptions that have ended.
    owed_before: u64,
    pub used: u64,
    day_given: u64,
    life: u32,
    fast_period: u32,
}

impl Model {
    /// An account that is opened at noon.
    pub fn new() -> Self {
        Self {
            hour: 12,
            bank: 0,
            fast: FREE,
            lots: Vec::new(),
            holds: Vec::new(),
            entitled: false,
            wanted: None,
            period: None,
            ahead: None,
            ends: None,
            lines: Lines::default(),
            owed_before: 0,
            used: 0,
            day_given: 0,
            life: 0,
            fast_period: 0,
        }
    }

    fn held(&self, which: impl Fn(&From) -> bool) -> u64 {
        self.holds.iter().flat_map(|hold| &hold.tokens).filter(|token| which(token)).count() as u64
    }

    /// What is on hold of rollover, fast and top-up.
    pub fn held_of_buckets(&self) -> [u64; 3] {
        [
            self.held(|token| matches!(token, From::Bank { .. })),
            self.held(|token| matches!(token, From::Fast { .. })),
            self.held(|token| matches!(token, From::Lot(_))),
        ]
    }

    fn bank_held_in_this_life(&self) -> u64 {
        self.held(|token| matches!(token, From::Bank { life } if *life == self.life))
    }

    fn bank_one(&mut self) {
        if self.bank + self.bank_held_in_this_life() < self.cap() {
            self.bank += 1;
        }
    }

    pub fn pass_hours(&mut self, hours: u64) {
        for _ in 0..hours {
            self.hour += 1;
            let is_last = self.ends == Some(self.hour);
            if is_last {
                self.receive_what_is_due();
                self.end();
            }
            self.start_months();
            self.receive_what_is_due();
            while let Some(over) = self.holds.iter().position(|hold| hold.expires == self.hour) {
                self.end_hold(over, 0);
            }
            if self.hour.is_multiple_of(24) && !self.entitled {
                self.give_day();
            }
        }
    }

    fn receive_what_is_due(&mut self) {
        if let Some((_, bill)) = self.ahead.take_if(|(due, _)| self.entitled && *due == self.hour) {
            self.receive(&bill);
        }
    }

    fn give_day(&mut self) {
        if self.day_given < self.hour / 24 {
            (self.fast, self.used) = (FREE, 0);
            self.day_given = self.hour / 24;
            self.fast_period += 1;
        }
    }

    /// The account is entitled from now on, without a fresh allowance.
    pub fn enter(&mut self) {
        (self.fast, self.used) = (0, 0);
        self.entitled = true;
        self.day_given = self.day_given.max(self.hour / 24);
        self.life += 1;
        self.fast_period += 1;
        self.resume_period();
    }

    pub fn lapse(&mut self) {
        self.lines.lost += self.fast + self.bank;
        (self.fast, self.bank, self.used) = (0, 0, 0);
        self.entitled = false;
        self.life += 1;
        self.fast_period += 1;
        self.give_day();
    }

    pub fn end(&mut self) {
        if self.entitled {
            self.lapse();
        }
        self.forget_lines();
        (self.wanted, self.period, self.ahead, self.ends) = (None, None, None, None);
    }

    /// Takes one token as rule 1 says, if there is one.
    fn take(&mut self) -> Option<From> {
        if self.bank > 0 {
            self.bank -= 1;
            return Some(From::Bank { life: self.life });
        }
        if self.fast > 0 {
            self.fast -= 1;
            return Some(From::Fast { life: self.life, period: self.fast_period });
        }
        let usable = |lot: &Lot| self.entitled && lot.left > 0 && !lot.frozen();
        let oldest = (0..self.lots.len())
            .filter(|index| usable(&self.lots[*index]))
            .min_by_key(|index| (self.lots[*index].paid_hour, self.lots[*index].id.clone()))?;
        self.lots[oldest].left -= 1;
        Some(From::Lot(oldest))
    }

    /// Takes tokens one by one: what came from rollover, fast and top-up.
    fn take_all(&mut self, amount: u64) -> Result<Vec<From>, Refused> {
        match amount {
            0 => Err(Refused::InvalidAmount),
            _ if amount > self.spendable() => Err(self.insufficient()),
            _ => Ok((0..amount).map(|_| self.take().unwrap()).collect()),
        }
    }

    /// Spends, and says how much was taken of rollover, fast and top-up.
    pub fn spend(&mut self, amount: u64) -> Result<[u64; 3], Refused> {
        let taken = self.take_all(amount)?;
        self.used += amount;
        let of = |which: fn(&From) -> bool| taken.iter().filter(|token| which(token)).count() as u64;
        Ok([
            of(|token| matches!(token, From::Bank { .. })),
            of(|token| matches!(token, From::Fast { .. })),
            of(|token| matches!(token, From::Lot(_))),
        ])
    }

    pub fn hold(&mut self, amount: u64, hours: u64) -> Result<Hold, Refused> {
        if amount > 0 && !(1..=24).contains(&hours) {
            return Err(Refused::InvalidHoldLife);
        }
        let tokens = self.take_all(amount)?;
        Ok(Hold { id: String::new(), tokens, expires: self.hour + hours })
    }

    pub fn commit(&mut self, index: usize, amount: u64) -> Result<(), Refused> {
        let held = self.holds[index].tokens.len() as u64;
        if amount > held {
            return Err(Refused::CommitExceedsHold { held });
        }
        self.end_hold(index, amount);
        self.used += amount;
        Ok(())
    }

    pub fn end_hold(&mut self, index: usize, commit: u64) {
        let mut hold = self.holds.remove(index);
        while hold.tokens.len() as u64 > commit {
            let Some(token) = hold.tokens.pop() else { break };
            match token {
                From::Lot(lot) => {
                    self.lots[lot].left += 1;
                    self.lots[lot].settle();
                }
                From::Bank { life } if life == self.life => self.bank_one(),
                From::Fast { life, period } if life == self.life && period == self.fast_period => {
                    self.fast += 1;
                }
                From::Fast { life, .. } if life == self.life && self.entitled => self.bank_one(),
                From::Bank { .. } | From::Fast { .. } => {}
            }
        }
        self.take_back();
    }

    pub fn grant(&mut self, id: String, granted: u64, price: u64, paid_hour: u64) {
        let (gift, left, disputes) = (false, granted, [None, None]);
        self.lots.push(Lot {
            id,
            gift,
            paid_hour,
            price,
            granted,
            left,
            taken_back: 0,
            refunded: 0,
            disputes,
        });
    }

    pub fn gift(&mut self, id: String, amount: u64) {
        self.grant(id, amount, 1, self.hour);
        self.lots.last_mut().unwrap().gift = true;
    }

    /// Takes from top-up, newest gift first.
    pub fn correct(&mut self, amount: u64) -> Result<(), Refused> {
        let available = self.top_up();
        if amount == 0 {
            return Err(Refused::InvalidAmount);
        }
        if amount > available {
            return Err(Refused::CorrectionBelowZero { available });
        }
        for _ in 0..amount {
            let lots = &mut self.lots;
            let newest = (0..lots.len())
                .filter(|lot| lots[*lot].left > 0)
                .max_by_key(|lot| (lots[*lot].gift, lots[*lot].paid_hour, lots[*lot].id.clone()));
            lots[newest.unwrap()].left -= 1;
        }
        Ok(())
    }

    /// All that was paid back of a lot so far.
    pub fn refund(&mut self, lot: usize, total: u64) {
        self.lots[lot].refunded = total;
        self.lots[lot].settle();
    }

    /// A dispute is now open (0), won (1), lost (2) or an inquiry (3).
    pub fn dispute(&mut self, lot: usize, number: usize, state: usize) {
        let lot = &mut self.lots[lot];
        lot.disputes[number] = Some(state);
        lot.settle();
    }

    /// One of the lots that were bought.
    pub fn bought(&self, index: usize) -> Option<usize> {
        let bought: Vec<_> = (0..self.lots.len()).filter(|lot| !self.lots[*lot].gift).collect();
        Some(bought[pick(index, bought.len())?])
    }

    pub fn can_buy(&self) -> bool {
        self.entitled && !self.lots.iter().any(Lot::frozen)
    }

    pub fn top_up(&self) -> u64 {
        self.lots.iter().map(|lot| lot.left).sum()
    }

    pub fn locked(&self) -> u64 {
        self.lots.iter().filter(|lot| !self.entitled || lot.frozen()).map(|lot| lot.left).sum()
    }

    pub fn spendable(&self) -> u64 {
        self.bank + self.fast + self.top_up() - self.locked()
    }

    fn insufficient(&self) -> Refused {
        let remedy = match (self.entitled, self.top_up()) {
            (true, _) => "add_tokens",
            (false, 0) => "upgrade",
            (false, _) => "resubscribe",
        };
        Refused::Insufficient { spendable: self.spendable(), locked: self.locked(), remedy }
    }
}

/// One of `count`, if there is any.
pub fn pick(index: usize, count: usize) -> Option<usize> {
    index.checked_rem(count)
}
