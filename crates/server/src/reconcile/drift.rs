//! Drift: where the ledger and Stripe do not say the same.

use crate::App;
use crate::draft::{Draft, Stop};
use crate::problem::Answer;
use crate::store::{PurchaseRecord, PurchaseStatus, RefundDueRecord};
use std::fmt;
use std::sync::{Mutex, PoisonError};
use tokenwell_ledger::{Account, DisputeState, LotId, SubscriptionId, SubscriptionStatus};

/// One thing that the ledger and Stripe do not say the same of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// `purchase`, `subscription` or `payment`.
    pub what: &'static str,
    /// What it is called here and at Stripe: names and ids.
    pub ids: Vec<(&'static str, String)>,
    /// What the ledger says.
    pub ledger: String,
    /// What Stripe says, and so what the ledger should.
    pub stripe: String,
}

impl fmt::Display for Drift {
    /// One line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.what)?;
        for (name, id) in &self.ids {
            write!(f, " {name}={id}")?;
        }
        write!(f, ": ledger says {}; Stripe says {}", self.ledger, self.stripe)
    }
}

/// Collects drift while `tokenwell-server reconcile` goes through everything. In a dry run nothing is written.
#[derive(Debug)]
pub struct Telling {
    dry_run: bool,
    told: Mutex<Vec<Drift>>,
}

impl Telling {
    /// Collects nothing yet.
    pub fn new(dry_run: bool) -> Self {
        Self { dry_run, told: Mutex::default() }
    }

    /// Whether what is found is told only, not written.
    pub fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    /// Adds one, unless it was told just now: an attempt at a change may be made twice.
    pub fn tell(&self, drift: Drift) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if !told.contains(&drift) {
            told.push(drift);
        }
    }

    /// Takes what was told since the last time.
    pub fn take(&self) -> Vec<Drift> {
        std::mem::take(&mut self.told.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Writes what fulfilment found; under `tokenwell-server reconcile` tells first where it differs from the ledger, and in
/// a dry run leaves it at that.
pub async fn conclude(app: &App, draft: Draft<'_>, differs: Option<Drift>) -> Result<(), Stop> {
    let Some(telling) = &app.telling else { return draft.commit().await };
    if let Some(drift) = differs {
        telling.tell(drift);
    }
    for refund in draft.refunds_due() {
        tell_unlisted(app, telling, refund).await?;
    }
    if telling.dry_run { Ok(()) } else { draft.commit().await }
}

/// Lists a payment that belongs to no account for refund, in the same way.
pub async fn list_refund_due(app: &App, refund: RefundDueRecord) -> Answer<()> {
    if let Some(telling) = &app.telling {
        tell_unlisted(app, telling, &refund).await?;
        if telling.dry_run {
            return Ok(());
        }
    }
    Ok(app.store.list_refund_due(refund).await?)
}

async fn tell_unlisted(app: &App, telling: &Telling, refund: &RefundDueRecord) -> Answer<()> {
    if app.store.refund_due(&refund.id).await?.is_some() {
        return Ok(());
    }
    let mut ids = vec![("id", refund.id.clone())];
    ids.extend(refund.account.clone().map(|id| ("account", id)));
    ids.extend(refund.purchase.clone().map(|id| ("purchase", id)));
    telling.tell(Drift {
        what: "payment",
        ids,
        ledger: "nothing".to_owned(),
        stripe: format!("paid {} {}, to be refunded: {}", refund.amount.0, refund.currency, refund.why),
    });
    Ok(())
}

/// What matters of a purchase: two accounts of it are the same if these are.
#[derive(Debug, PartialEq, Eq)]
pub struct PurchaseFigures {
    status: PurchaseStatus,
    granted: u64,
    refunded: u64,
    dispute: Option<DisputeState>,
}

impl PurchaseFigures {
    /// Of a purchase and its lot.
    pub fn of(purchase: &PurchaseRecord, account: &Account) -> Self {
        let lot = account.lot(&LotId::from(purchase.id.as_str()));
        Self {
            status: purchase.status,
            granted: lot.map_or(0, |lot| lot.granted().0),
            refunded: lot.map_or(0, |lot| lot.refunded().0),
            dispute: lot.and_then(tokenwell_ledger::Lot::dispute),
        }
    }

    /// The drift between the ledger's figures and these.
    pub fn drift_from(&self, ledger: &Self, purchase: &PurchaseRecord) -> Option<Drift> {
        (self != ledger).then(|| Drift {
            what: "purchase",
            ids: purchase_ids(purchase),
            ledger: ledger.to_string(),
            stripe: self.to_string(),
        })
    }
}

/// How drift names a purchase.
pub fn purchase_ids(purchase: &PurchaseRecord) -> Vec<(&'static str, String)> {
    let mut ids = vec![("id", purchase.id.clone()), ("account", purchase.account.clone())];
    ids.extend(purchase.session.clone().map(|session| ("session", session)));
    ids
}

impl fmt::Display for PurchaseFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} tokens granted", self.status.name(), self.granted)?;
        if self.refunded > 0 {
            write!(f, ", {} refunded", self.refunded)?;
        }
        match self.dispute {
            Some(DisputeState::Opened) => f.write_str(", dispute open"),
            Some(DisputeState::Won) => f.write_str(", dispute won"),
            Some(DisputeState::Lost) => f.write_str(", dispute lost"),
            None => Ok(()),
        }
    }
}

/// What matters of a subscription; `None` of one that the account knows nothing of.
#[derive(Debug, PartialEq, Eq)]
pub struct SubscriptionFigures(Option<Known>);

#[derive(Debug, PartialEq, Eq)]
struct Known {
    status: SubscriptionStatus,
    plan: String,
    standing: Standing,
}

#[derive(Debug, PartialEq, Eq)]
enum Standing {
    Live { paid_periods: usize, cancel_at_period_end: bool },
    Ended,
}

impl SubscriptionFigures {
    /// Of a subscription as an account knows it.
    pub fn of(account: &Account, id: &SubscriptionId) -> Self {
        Self(account.subscription_of(id).map(|view| Known {
            status: view.status,
            plan: view.plan.to_string(),
            standing: match view.ended_at {
                Some(_) => Standing::Ended,
                None => Standing::Live {
                    paid_periods: view.paid_periods,
                    cancel_at_period_end: view.cancel_at_period_end,
                },
            },
        }))
    }

    /// The drift between the ledger's figures and these.
    pub fn drift_from(&self, ledger: &Self, id: &SubscriptionId, account: &str) -> Option<Drift> {
        (self != ledger).then(|| Drift {
            what: "subscription",
            ids: vec![("id", id.to_string()), ("account", account.to_owned())],
            ledger: ledger.to_string(),
            stripe: self.to_string(),
        })
    }
}

impl fmt::Display for SubscriptionFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(Known { status, plan, standing }) = &self.0 else { return f.write_str("nothing") };
        let status = serde_json::to_value(status).unwrap_or_default();
        write!(f, "{} on {plan}", status.as_str().unwrap_or_default())?;
        match standing {
            Standing::Ended => f.write_str(", ended"),
            Standing::Live { paid_periods, cancel_at_period_end } => {
                write!(f, ", {paid_periods} paid periods")?;
                if *cancel_at_period_end { f.write_str(", ends with the last") } else { Ok(()) }
            }
        }
    }
}
