//! The steps in the life of an account.

use crate::naive::Plan;
use proptest::prelude::*;

/// Promotion codes, each with the fields of its coupon.
pub const CODES: [(&str, [(&str, &str); 3]); 4] = [
    ("TENTH", [("percent_off", "10"), ("duration", "forever"), ("name", "A tenth")]),
    ("LESS", [("amount_off", "40"), ("currency", "usd"), ("duration", "once")]),
    ("FREE", [("percent_off", "100"), ("duration", "once"), ("name", "Free")]),
    ("GIFT", [("percent_off", "100"), ("duration", "forever"), ("name", "Free for ever")]),
];

/// One step in the life of an account. An index selects one of the existing objects.
#[derive(Debug, Clone)]
pub enum Step {
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
    EndAgain {
        hold: usize,
    },
    Open {
        pack: usize,
        quantity: u64,
    },
    Pay {
        checkout: usize,
        code: Option<usize>,
    },
    CancelCheckout {
        checkout: usize,
    },
    Refund {
        lot: usize,
        cents: u64,
    },
    RefundFails {
        refund: usize,
    },
    Dispute {
        lot: usize,
        state: usize,
    },
    Gift(u64),
    Correct(u64),
    Subscribe {
        plan: Plan,
        by_the_year: bool,
        code: Option<usize>,
    },
    Change {
        plan: Plan,
        count: u64,
        by_the_year: bool,
        how: How,
    },
    CancelAtPeriodEnd {
        cancel: bool,
        in_portal: bool,
    },
    /// It ends at once, and the rest of its period is credited.
    EndWithCredit,
    Status(&'static str),
    Replay {
        call: usize,
    },
    Delete,
}

/// How a change is settled.
#[derive(Debug, Clone, Copy)]
pub struct How {
    pub proration: &'static str,
    pub anchor: &'static str,
    /// Whether downgrades and shorter intervals wait for the end of the period.
    pub waits: bool,
    /// Whether the portal's configuration says so, and an invoice that is not paid undoes the change.
    pub in_portal: bool,
}

impl How {
    fn any() -> impl Strategy<Value = Self> {
        let proration = prop::sample::select(vec!["always_invoice", "create_prorations", "none"]);
        let anchor = prop::sample::select(vec!["unchanged", "now"]);
        (proration, anchor, any::<bool>(), prop::bool::weighted(0.7))
            .prop_map(|(proration, anchor, waits, in_portal)| Self { proration, anchor, waits, in_portal })
    }
}

pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    let plan = || prop_oneof![Just(Plan::Essential), Just(Plan::Premium)];
    let code = || prop_oneof![3 => Just(None), 2 => (0..CODES.len()).prop_map(Some)];
    let status = prop_oneof![
        3 => Just("active"),
        2 => Just("past_due"),
        2 => Just("unpaid"),
        1 => Just("canceled"),
    ];
    let step = prop_oneof![
        6 => (1..30_u64).prop_map(Step::Wait),
        6 => (200..1_000_u64).prop_map(Step::Wait),
        10 => (0..90_u64).prop_map(Step::Spend),
        8 => (0..60_u64, 0..=25_u64).prop_map(|(amount, hours)| Step::Hold { amount, hours }),
        4 => (any::<usize>(), 0..60_u64).prop_map(|(hold, amount)| Step::Commit { hold, amount }),
        4 => any::<usize>().prop_map(|hold| Step::Release { hold }),
        1 => any::<usize>().prop_map(|hold| Step::EndAgain { hold }),
        6 => (0..2_usize, 1..4_u64).prop_map(|(pack, quantity)| Step::Open { pack, quantity }),
        7 => (any::<usize>(), code()).prop_map(|(checkout, code)| Step::Pay { checkout, code }),
        1 => any::<usize>().prop_map(|checkout| Step::CancelCheckout { checkout }),
        3 => (any::<usize>(), 1..400_u64).prop_map(|(lot, cents)| Step::Refund { lot, cents }),
        1 => any::<usize>().prop_map(|refund| Step::RefundFails { refund }),
        3 => (any::<usize>(), 0..3_usize).prop_map(|(lot, state)| Step::Dispute { lot, state }),
        2 => (0..40_u64).prop_map(Step::Gift),
        2 => (0..60_u64).prop_map(Step::Correct),
        8 => (plan(), prop::bool::weighted(0.3), code())
            .prop_map(|(plan, by_the_year, code)| Step::Subscribe { plan, by_the_year, code }),
        10 => (plan(), 1..4_u64, prop::bool::weighted(0.15), How::any())
            .prop_map(|(plan, count, by_the_year, how)| Step::Change { plan, count, by_the_year, how }),
        2 => any::<(bool, bool)>()
            .prop_map(|(cancel, in_portal)| Step::CancelAtPeriodEnd { cancel, in_portal }),
        1 => Just(Step::EndWithCredit),
        4 => status.prop_map(Step::Status),
        2 => any::<usize>().prop_map(|call| Step::Replay { call }),
    ];
    // One life in five ends with the deletion of the account.
    (prop::collection::vec(step, 1..160), prop::bool::weighted(0.2)).prop_map(|(mut steps, deleted)| {
        steps.extend(deleted.then_some(Step::Delete));
        steps
    })
}
