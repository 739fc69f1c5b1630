//! Drift: the differences between the ledger and Stripe.

use super::unclear::Unclear;
use crate::store::{PurchaseRecord, PurchaseStatus, RefundDueRecord};
use jiff::Timestamp;
use std::fmt::{self, Display, Formatter};
use std::sync::{Mutex, PoisonError};
use tokenwell_ledger::{Account, DisputeState, Lot, LotId, SubscriptionId, SubscriptionStatus};

/// One difference between the ledger and Stripe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// `purchase`, `subscription`, `payment` or `dispute`.
    pub what: &'static str,
    /// Its ids in the ledger and at Stripe, each with its name.
    pub ids: Vec<(&'static str, String)>,
    /// The state in the ledger.
    pub ledger: String,
    /// The state at Stripe, which the ledger should have.
    pub stripe: String,
}

impl Display for Drift {
    /// Writes one line.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.what)?;
        for (name, id) in &self.ids {
            write!(f, " {name}={id}")?;
        }
        write!(f, ": ledger says {}; Stripe says {}", self.ledger, self.stripe)
    }
}

impl Drift {
    /// A payment to be refunded that the ledger does not list.
    pub fn of_refund_due(refund: &RefundDueRecord) -> Self {
        let mut ids = vec![("id", refund.id.clone())];
        ids.extend(refund.account.clone().map(|id| ("account", id)));
        ids.extend(refund.purchase.clone().map(|id| ("purchase", id)));
        let RefundDueRecord { amount, currency, why, .. } = refund;
        Self {
            what: "payment",
            ids,
            ledger: "nothing".to_owned(),
            stripe: format!("paid {} {currency}, to be refunded: {why}", amount.0),
        }
    }
}

impl Drift {
    /// What this version cannot place.
    pub fn of_unclear(unclear: &Unclear) -> Self {
        Self {
            what: unclear.kind,
            ids: vec![("id", unclear.object.clone())],
            ledger: "nothing".to_owned(),
            stripe: format!("what is unclear: {}", unclear.why),
        }
    }
}

/// Receives drift as it is found.
pub trait DriftSink: Send + Sync {
    /// Receives one drift.
    fn report(&self, drift: Drift);
}

/// Collects drift.
#[derive(Debug, Default)]
pub struct DriftReport(Mutex<Vec<Drift>>);

impl DriftReport {
    /// Removes and returns the collected drift.
    pub fn take(&self) -> Vec<Drift> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl DriftSink for DriftReport {
    fn report(&self, drift: Drift) {
        let mut collected = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A repeated attempt at a change reports the same drift again.
        if !collected.contains(&drift) {
            collected.push(drift);
        }
    }
}

/// The compared properties of a purchase.
#[derive(Debug, PartialEq, Eq)]
pub struct PurchaseSummary {
    status: PurchaseStatus,
    granted: u64,
    refunded: u64,
    dispute: Option<DisputeState>,
}

impl PurchaseSummary {
    /// Summarises a purchase and its lot.
    pub fn of(purchase: &PurchaseRecord, account: &Account) -> Self {
        let lot = account.lot(&LotId::from(purchase.id.as_str()));
        Self {
            status: purchase.status,
            granted: lot.map_or(0, |lot| lot.granted().0),
            refunded: lot.map_or(0, |lot| lot.refunded().0),
            dispute: lot.and_then(Lot::dispute),
        }
    }

    /// The drift between the ledger's summary and this one.
    pub fn drift_from(&self, ledger: &Self, purchase: &PurchaseRecord) -> Option<Drift> {
        (self != ledger).then(|| Drift {
            what: "purchase",
            ids: purchase_ids(purchase),
            ledger: ledger.to_string(),
            stripe: self.to_string(),
        })
    }
}

/// The ids of a purchase in a drift.
pub fn purchase_ids(purchase: &PurchaseRecord) -> Vec<(&'static str, String)> {
    let mut ids = vec![("id", purchase.id.clone()), ("account", purchase.account.clone())];
    ids.extend(purchase.session.clone().map(|session| ("session", session)));
    ids
}

/// A purchase's status, as HTTP spells it.
pub fn status_text(status: PurchaseStatus) -> &'static str {
    match status {
        PurchaseStatus::Open => "open",
        PurchaseStatus::Processing => "processing",
        PurchaseStatus::Paid => "paid",
        PurchaseStatus::Expired => "expired",
        PurchaseStatus::Failed => "failed",
        PurchaseStatus::RefundDue => "refund_due",
        PurchaseStatus::Refunded => "refunded",
        PurchaseStatus::PartiallyRefunded => "partially_refunded",
        PurchaseStatus::Disputed => "disputed",
    }
}

impl Display for PurchaseSummary {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} tokens granted", status_text(self.status), self.granted)?;
        if self.refunded > 0 {
            write!(f, ", {} refunded", self.refunded)?;
        }
        match self.dispute {
            Some(DisputeState::Inquiry) => f.write_str(", inquiry"),
            Some(DisputeState::Opened) => f.write_str(", dispute open"),
            Some(DisputeState::Won) => f.write_str(", dispute won"),
            Some(DisputeState::Lost) => f.write_str(", dispute lost"),
            None => Ok(()),
        }
    }
}

/// The compared properties of a subscription; `None` if the account does not have it.
#[derive(Debug, PartialEq, Eq)]
pub struct SubscriptionSummary(Option<Known>);

#[derive(Debug, PartialEq, Eq)]
struct Known {
    status: SubscriptionStatus,
    plan: String,
    term: Term,
}

#[derive(Debug, PartialEq, Eq)]
enum Term {
    Live { paid_lines: usize, is_ending: bool, ends_at: Option<Timestamp> },
    Ended,
}

impl SubscriptionSummary {
    /// Summarises a subscription of an account.
    pub fn of(account: &Account, id: &SubscriptionId) -> Self {
        Self(account.subscription_of(id).map(|view| Known {
            status: view.status,
            plan: view.plan.to_string(),
            term: match view.ended_at {
                Some(_) => Term::Ended,
                None => Term::Live {
                    paid_lines: view.paid_lines,
                    is_ending: view.is_ending,
                    ends_at: view.ends_at,
                },
            },
        }))
    }

    /// Whether the account does not know the subscription.
    pub fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// The drift between the ledger's summary and this one.
    pub fn drift_from(&self, ledger: &Self, id: &SubscriptionId, account: &str) -> Option<Drift> {
        (self != ledger).then(|| Drift {
            what: "subscription",
            ids: vec![("id", id.to_string()), ("account", account.to_owned())],
            ledger: ledger.to_string(),
            stripe: self.to_string(),
        })
    }
}

impl Display for SubscriptionSummary {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Some(Known { status, plan, term }) = &self.0 else { return f.write_str("nothing") };
        let status = serde_json::to_value(status).unwrap_or_default();
        write!(f, "{} on {plan}", status.as_str().unwrap_or_default())?;
        match term {
            Term::Ended => f.write_str(", ended"),
            Term::Live { paid_lines, is_ending, ends_at } => {
                write!(f, ", {paid_lines} paid lines")?;
                match ends_at {
                    Some(at) => write!(f, ", ends at {at}"),
                    None if *is_ending => f.write_str(", ends with the last"),
                    None => Ok(()),
                }
            }
        }
    }
}
