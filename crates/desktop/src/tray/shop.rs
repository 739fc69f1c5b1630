//! What the menu sells where no panel can open: packs, or plans to an account that may not buy packs.

use super::line::{Line, LineId};
use crate::text::Texts;
use tokenwell_wire::{Interval, Minor, Pack, Plan, Tax};

/// What is on sale, and to whom.
#[derive(Debug, Clone, Copy)]
pub struct Shop<'a> {
    /// To whom.
    pub standing: Standing,
    /// The packs on sale.
    pub packs: &'a [Pack],
    /// The plans on offer.
    pub plans: &'a [Plan],
    /// Whether a purchase is in flight. Until it ends, nothing else is sold.
    pub busy: bool,
}

/// What an account may buy (rules 12 and 13).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It has an active plan, so it may buy packs.
    Entitled,
    /// Its plan has ended.
    Lapsed,
    /// It never had a plan.
    Free,
}

impl Shop<'_> {
    /// The line of the menu.
    pub(super) fn line(self, texts: &Texts) -> Line {
        let (id, text, lines) = match self.standing {
            Standing::Entitled => (LineId::Packs, "tray-packs", self.packs(texts)),
            Standing::Lapsed => (LineId::Plans, "tray-resubscribe", self.plans(texts)),
            Standing::Free => (LineId::Plans, "tray-upgrade", self.plans(texts)),
        };
        if lines.is_empty() {
            Line::Text { id, text: texts.say("tray-nothing-on-sale") }
        } else {
            Line::Menu { id, text: texts.say(text), lines }
        }
    }

    fn packs(self, texts: &Texts) -> Vec<Line> {
        let line = |pack: &Pack| {
            let facts = [
                ("name", pack.name.clone()),
                ("tokens", texts.tokens(pack.tokens)),
                ("price", price(pack.amount, &pack.currency, pack.tax_included, pack.tax, texts)),
            ];
            Line::Choice {
                id: LineId::Pack(pack.id.clone()),
                text: texts.say_with("tray-pack", facts),
                keys: None,
            }
        };
        self.packs.iter().map(line).collect()
    }

    fn plans(self, texts: &Texts) -> Vec<Line> {
        let lines = self.plans.iter().flat_map(|plan| {
            plan.prices.iter().map(move |terms| {
                let price = price(terms.amount, &terms.currency, terms.tax_included, terms.tax, texts);
                let facts =
                    [("name", plan.name.clone()), ("price", per_interval(price, terms.interval, texts))];
                Line::Choice {
                    id: LineId::Plan(plan.id.clone(), terms.interval),
                    text: texts.say_with("tray-plan", facts),
                    keys: None,
                }
            })
        });
        lines.collect()
    }
}

/// A price, and whether tax is added at the checkout.
pub(crate) fn price(amount: Minor, currency: &str, tax_included: bool, tax: Tax, texts: &Texts) -> String {
    let price = texts.money(amount, currency);
    match tax {
        Tax::Stripe if !tax_included => texts.say_with("price-plus-tax", [("price", price)]),
        Tax::None | Tax::Stripe | Tax::Unknown => price,
    }
}

/// The price of a plan, with how often it is charged.
pub(crate) fn per_interval(price: String, interval: Interval, texts: &Texts) -> String {
    let id = match interval {
        Interval::Month => "price-month",
        Interval::Year => "price-year",
    };
    texts.say_with(id, [("price", price)])
}
