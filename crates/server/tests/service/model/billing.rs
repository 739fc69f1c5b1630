//! What Stripe billed and collected, for the naive model: the invoices of the subscription, read back line by line.

use super::{Pair, time};
use crate::naive::{Bill, Paid, Part, Plan, Whole, Year};
use crate::support::{World, text};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A subscription at Stripe, and which of its invoices the model knows.
pub struct Billing {
    pub id: String,
    pub status: String,
    /// Whether it was ever billed by the year.
    pub was_yearly: bool,
    /// When its period ends, or the subscription if that is earlier.
    pub next: u64,
    /// The start of the whole period that each line is a part of, by the id of the line.
    periods: BTreeMap<String, u64>,
    /// Start and end of the whole periods, in the order in which they were billed.
    wholes: Vec<(u64, u64)>,
    /// The invoices that were paid.
    known: BTreeSet<String>,
}

/// What Stripe says at one time.
pub struct News {
    pub status: String,
    pub wanted: (Plan, u64),
    /// What was paid since the last time, by the hour of the payment.
    pub paid: Vec<(u64, Bill)>,
    /// Whether an invoice waits to be paid.
    pub owes: bool,
}

/// The hour of a time in seconds. Everything happens at whole hours.
fn hour(seconds: &Value) -> u64 {
    let elapsed = seconds.as_i64().unwrap() - time(0).as_second();
    assert_eq!(elapsed % 3_600, 0, "within an hour: {seconds}");
    u64::try_from(elapsed / 3_600).unwrap()
}

/// The plan of a price, and whether it bills by the year.
fn plan_of(price: &Value) -> (Plan, bool) {
    match price.as_str().unwrap() {
        "price_tokenwell_essential_month" => (Plan::Essential, false),
        "price_tokenwell_premium_month" => (Plan::Premium, false),
        "price_tokenwell_essential_year" => (Plan::Essential, true),
        "price_tokenwell_premium_year" => (Plan::Premium, true),
        other => panic!("{other}"),
    }
}

impl Billing {
    pub fn new(id: String) -> Self {
        Self {
            id,
            status: "new".to_owned(),
            was_yearly: false,
            next: 0,
            periods: BTreeMap::new(),
            wholes: Vec::new(),
            known: BTreeSet::new(),
        }
    }

    /// Whether the status entitles (rule 12).
    pub fn is_entitled(status: &str) -> bool {
        matches!(status, "active" | "past_due" | "trialing")
    }

    /// Whether a whole period starts at this hour.
    pub fn has_period_from(&self, hour: u64) -> bool {
        self.wholes.iter().any(|(start, _)| *start == hour)
    }

    /// Reads the subscription and what was paid since the last time.
    pub async fn news(&mut self, world: &World) -> News {
        let subscription = world.stripe(&format!("/v1/subscriptions/{}", self.id)).await;
        let item = &subscription["items"]["data"][0];
        let (plan, _) = plan_of(&item["price"]["id"]);
        let end = hour(&item["current_period_end"]);
        self.next =
            if subscription["cancel_at"].is_null() { end } else { end.min(hour(&subscription["cancel_at"])) };
        let list = format!("/v1/invoices?subscription={}&limit=100", self.id);
        let invoices = world.stripe(&list).await;
        assert_eq!(invoices["has_more"], false);
        let mut paid = Vec::new();
        let mut owes = false;
        for invoice in invoices["data"].as_array().unwrap().iter().rev() {
            let id = text(&invoice["id"]);
            owes |= invoice["status"] == "open";
            if self.known.contains(&id) {
                continue;
            }
            let path = format!("/v1/invoices/{id}/lines?limit=100");
            let lines = world.stripe(&path).await;
            assert_eq!(lines["has_more"], false);
            let bill = self.bill(lines["data"].as_array().unwrap());
            if invoice["status"] == "paid" {
                self.known.insert(id);
                paid.push((hour(&invoice["status_transitions"]["paid_at"]), bill));
            }
        }
        paid.sort_by_key(|(hour, _)| *hour);
        let wanted = (plan, item["quantity"].as_u64().unwrap());
        News { status: text(&subscription["status"]), wanted, paid, owes }
    }

    /// What the lines of an invoice bill.
    fn bill(&mut self, lines: &[Value]) -> Bill {
        let mut bill = Bill::default();
        for line in lines {
            let detail = &line["parent"]["subscription_item_details"];
            let (plan, is_yearly) = plan_of(&line["pricing"]["price_details"]["price"]);
            let (start, end) = (hour(&line["period"]["start"]), hour(&line["period"]["end"]));
            let count = line["quantity"].as_u64().unwrap();
            let credited = &detail["proration_details"]["credited_items"];
            let of = match (&detail["proration"], credited["invoice_line_items"][0].as_str()) {
                (Value::Bool(false), _) => start,
                (_, Some(credited)) => self.periods[credited],
                (_, None) => self.period_until(start, end),
            };
            self.periods.insert(text(&line["id"]), of);
            if detail["proration"] == true {
                let sign = if credited.is_null() { 1 } else { -1 };
                // A change at the end of a period bills nothing.
                bill.parts.extend((start < end).then_some(Part { sign, plan, count, start, end, of }));
                continue;
            }
            if !self.wholes.contains(&(start, end)) {
                self.wholes.push((start, end));
            }
            self.was_yearly |= is_yearly;
            bill.whole = Some(if is_yearly {
                Whole::Year(Year { plan, count, anchor: start })
            } else {
                Whole::Month(Paid { plan, count, start, end })
            });
        }
        bill
    }

    /// The start of the last whole period that ends at this hour and runs at another one.
    fn period_until(&self, runs_at: u64, end: u64) -> u64 {
        let mut wholes = self.wholes.iter().rev();
        wholes.find(|whole| whole.1 == end && whole.0 <= runs_at).expect("a whole period").0
    }
}

impl Pair<'_> {
    /// Tells the model what changed at Stripe in this hour.
    pub(super) async fn follow(&mut self) {
        let world = self.user.world;
        let Some(billing) = &mut self.billing else { return };
        let News { status, wanted, paid, owes } = billing.news(world).await;
        let (before, after) = (Billing::is_entitled(&billing.status), Billing::is_entitled(&status));
        let ends = status == "canceled";
        billing.status = status;
        self.owes = owes;
        self.model.wanted = Some(wanted);
        match (before, after) {
            (true, false) if !ends => self.model.lapse(),
            (false, true) => self.model.enter(),
            _ => {}
        }
        for (hour, bill) in paid {
            assert_eq!(hour, self.model.hour, "paid when nothing was said to be due");
            self.model.receive(&bill);
        }
        if ends {
            self.model.end();
            self.billing = None;
        }
    }

    /// Tells the model what happens in the coming hour: Stripe has billed it already.
    pub(super) async fn foresee(&mut self, next: u64) {
        let world = self.user.world;
        let Some(billing) = &mut self.billing else { return };
        let News { status, wanted, mut paid, owes } = billing.news(world).await;
        assert!(paid.len() <= 1, "{paid:?}");
        self.owes = owes;
        self.model.wanted = Some(wanted);
        self.model.ahead = paid.pop();
        if status == "canceled" {
            self.model.ends = Some(next);
            self.billing = None;
        } else {
            billing.status = status;
        }
    }
}
