//! Rules 5 and 7 over 400 years: an account that catches up late ends like one that catches up every month.

use crate::story::{at, invoice, line, months_after, snapshot};
use jiff::Timestamp;
use tokenwell_ledger::{
    Account, Catalogue, Command, Decision, Entry, EntryKind, Interval, LineKind, PaidLine,
    SubscriptionSnapshot, decide,
};

const YEARS: i32 = 400;

/// An account and its entries, without the checks that a `Story` makes after every step, which would take hours here.
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
        life.apply(Command::SubscriptionState(snapshot));
        life
    }

    fn apply(&mut self, command: Command) {
        let Decision { account, entries, .. } =
            decide(&self.account, &self.catalogue, command, self.now).unwrap();
        self.account = account;
        self.entries.extend(entries);
    }

    /// When each renewal took effect.
    fn renewals(&self) -> Vec<Timestamp> {
        let renewals = self.entries.iter().filter(|entry| entry.kind == EntryKind::Renewal);
        renewals.map(|entry| entry.at).collect()
    }
}

/// The renewals of an anchor on this day of December 2023, computed without a calendar library.
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
        // December is the anchor's month, so the first renewal is in the next year.
        let (year, month) = (2023 + (n + 11) / 12, (n + 11) % 12 + 1);
        at(&format!("{year}-{month:02}-{:02}T23:59:59Z", day.min(days(year, month))))
    };
    (0..months).map(renewal).collect()
}

#[test]
fn yearly_invoices_renew_every_month_of_400_years_the_same_when_caught_up_late() {
    for day in 1..=31 {
        let anchor = at(&format!("2023-12-{day:02}T23:59:59Z"));
        let mut on_time = Life::subscribed(anchor, Interval::Year);
        let mut late = Life::subscribed(anchor, Interval::Year);
        for n in 0..YEARS {
            let start = months_after(anchor, n * 12);
            let end = months_after(anchor, (n + 1) * 12);
            let year =
                PaidLine { interval: Interval::Year, ..line(LineKind::Period, "essential", start, end) };
            let paid = invoice("sub_1", start, [year]);
            for life in [&mut on_time, &mut late] {
                life.now = start;
                life.apply(Command::InvoicePaid(paid.clone()));
            }
            for month in 1..12 {
                on_time.now = months_after(anchor, n * 12 + month);
                on_time.apply(Command::CatchUp);
            }
            // The late account catches up once at the end of the year, and every third year not before the next payment.
            late.now = on_time.now;
            if n % 3 != 0 {
                late.apply(Command::CatchUp);
            }
        }
        late.apply(Command::CatchUp);
        assert_eq!(late.account, on_time.account, "anchor day {day}");
        assert_eq!(late.entries, on_time.entries, "anchor day {day}");
        assert_eq!(late.renewals(), expected(day, YEARS * 12), "anchor day {day}");
    }
}

#[test]
fn monthly_invoices_renew_every_month_of_400_years_the_same_when_reported_late() {
    for day in 1..=31 {
        let anchor = at(&format!("2023-12-{day:02}T23:59:59Z"));
        let mut on_time = Life::subscribed(anchor, Interval::Month);
        let mut late = Life::subscribed(anchor, Interval::Month);
        let mut pending = Vec::new();
        for n in 0..YEARS * 12 {
            let start = months_after(anchor, n);
            let month = line(LineKind::Period, "essential", start, months_after(anchor, n + 1));
            let paid = invoice("sub_1", start, [month]);
            on_time.now = start;
            on_time.apply(Command::InvoicePaid(paid.clone()));
            pending.push(paid);
            // The late account gets seven months at once, after the last of them was paid.
            if n == 0 || n % 7 == 0 || n == YEARS * 12 - 1 {
                late.now = start;
                for paid in pending.drain(..) {
                    late.apply(Command::InvoicePaid(paid));
                }
            }
        }
        assert_eq!(late.account, on_time.account, "anchor day {day}");
        assert_eq!(late.entries, on_time.entries, "anchor day {day}");
        assert_eq!(late.renewals(), expected(day, YEARS * 12), "anchor day {day}");
    }
}
