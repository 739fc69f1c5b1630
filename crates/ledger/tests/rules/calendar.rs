//! Rules 5 and 7 over 400 years: every anchor day, every month, on time against caught up late.

use crate::story::{at, month, months_after, snapshot, year};
use jiff::Timestamp;
use tokenwell_ledger::{
    Account, Catalogue, Command, Decision, Entry, EntryKind, Interval, PaidPeriod, SubscriptionSnapshot,
    decide,
};

const YEARS: i32 = 400;

/// An account and its renewals, without the promises that a `Story` checks at every step: they would take hours here.
struct Life {
    catalogue: Catalogue,
    account: Account,
    entries: Vec<Entry>,
    now: Timestamp,
}

impl Life {
    fn subscribed(anchor: Timestamp, interval: Interval) -> Self {
        let catalogue = Catalogue::built_in();
        let (account, entries) = Account::open("acct".into(), &catalogue, anchor);
        let mut life = Self { catalogue, account, entries, now: anchor };
        let snapshot = SubscriptionSnapshot { interval, ..snapshot("sub_1", "essential", anchor) };
        life.tell(Command::SubscriptionState(snapshot));
        life
    }

    fn tell(&mut self, command: Command) {
        let Decision { account, entries, .. } =
            decide(&self.account, &self.catalogue, command, self.now).unwrap();
        self.account = account;
        self.entries.extend(entries);
    }

    /// What is left of renewals: when they took effect.
    fn renewals(&self) -> Vec<Timestamp> {
        let renewals = self.entries.iter().filter(|entry| entry.kind == EntryKind::Renewal);
        renewals.map(|entry| entry.at).collect()
    }
}

/// Renewals reckoned without a calendar library.
fn expected(day: i32, months: i32) -> Vec<Timestamp> {
    let days = |year: i32, month: i32| {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    };
    let renewal = |n: i32| {
        // From December on: the first renewal crosses the end of a year.
        let (year, month) = (2023 + (n + 11) / 12, (n + 11) % 12 + 1);
        at(&format!("{year}-{month:02}-{:02}T23:59:59Z", day.min(days(year, month))))
    };
    (0..months).map(renewal).collect()
}

#[test]
fn every_month_of_400_years_paid_by_the_year_renews_on_time_or_caught_up_late_just_the_same() {
    for day in 1..=31 {
        let anchor = at(&format!("2023-12-{day:02}T23:59:59Z"));
        let mut on_time = Life::subscribed(anchor, Interval::Year);
        let mut late = Life::subscribed(anchor, Interval::Year);
        for n in 0..YEARS {
            let start = months_after(anchor, n * 12);
            let paid =
                PaidPeriod { end: months_after(anchor, (n + 1) * 12), ..year("sub_1", "essential", start) };
            for life in [&mut on_time, &mut late] {
                life.now = start;
                life.tell(Command::PeriodPaid(paid.clone()));
            }
            for month in 1..12 {
                on_time.now = months_after(anchor, n * 12 + month);
                on_time.tell(Command::CatchUp);
            }
            // Nobody loads it until the year is nearly over, and in some years not before the next is paid.
            late.now = on_time.now;
            if n % 3 != 0 {
                late.tell(Command::CatchUp);
            }
        }
        late.tell(Command::CatchUp);
        assert_eq!(late.account, on_time.account, "anchor day {day}");
        assert_eq!(late.entries, on_time.entries, "anchor day {day}");
        assert_eq!(late.renewals(), expected(day, YEARS * 12), "anchor day {day}");
    }
}

#[test]
fn every_month_of_400_years_paid_by_the_month_renews_told_on_time_or_late_just_the_same() {
    for day in 1..=31 {
        let anchor = at(&format!("2023-12-{day:02}T23:59:59Z"));
        let mut on_time = Life::subscribed(anchor, Interval::Month);
        let mut late = Life::subscribed(anchor, Interval::Month);
        let mut untold = Vec::new();
        for n in 0..YEARS * 12 {
            let start = months_after(anchor, n);
            let paid = PaidPeriod { end: months_after(anchor, n + 1), ..month("sub_1", "essential", start) };
            on_time.now = start;
            on_time.tell(Command::PeriodPaid(paid.clone()));
            untold.push(paid);
            // Told of seven months at once, after the last of them was paid.
            if n == 0 || n % 7 == 0 || n == YEARS * 12 - 1 {
                late.now = start;
                for paid in untold.drain(..) {
                    late.tell(Command::PeriodPaid(paid));
                }
            }
        }
        assert_eq!(late.account, on_time.account, "anchor day {day}");
        assert_eq!(late.entries, on_time.entries, "anchor day {day}");
        assert_eq!(late.renewals(), expected(day, YEARS * 12), "anchor day {day}");
    }
}
