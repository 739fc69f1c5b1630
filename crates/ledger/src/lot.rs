//! Lots of top-up tokens: what one purchase or gift granted, and what refunds and disputes take back.
//!
//! An account keeps a lot after it was used up: a refund, a dispute or a repeated event may still name its purchase.
//! So an account grows with its purchases, by a few dozen bytes each; not with spends, days or renewals.

use crate::{DisputeId, LotId, Minor, Money, Tokens};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What one paid pack purchase, or one gift, granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    pub(crate) id: LotId,
    pub(crate) source: LotSource,
    /// Its place in the spend order: when it was paid or given.
    pub(crate) since: Timestamp,
    pub(crate) granted: Tokens,
    pub(crate) remaining: Tokens,
    #[serde(default, skip_serializing_if = "Tokens::is_zero")]
    pub(crate) held: Tokens,
    #[serde(default, skip_serializing_if = "Tokens::is_zero")]
    pub(crate) clawed_back: Tokens,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) refund: Option<Refund>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) disputes: Vec<Dispute>,
}

/// Where a lot comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LotSource {
    /// A purchase of which a refund or dispute is known, but not yet the payment.
    Awaited,
    /// A purchase that was paid.
    Purchase(Money),
    /// An operator's gift.
    Gift,
}

/// The refund total of a purchase, as last read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub(crate) total: Minor,
    pub(crate) seen_at: Timestamp,
}

/// A dispute of a purchase's payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Dispute {
    pub(crate) id: DisputeId,
    pub(crate) state: DisputeState,
}

/// Where a dispute stands. The order is that of time: a state never goes back to an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeState {
    /// The buyer's bank disputes the payment.
    Opened,
    /// Closed in our favour, or withdrawn.
    Won,
    /// Closed in the buyer's favour.
    Lost,
}

/// What can be done with a lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LotState {
    /// It can be spent, unless the account is not entitled.
    Usable,
    /// A dispute is open.
    Frozen,
    /// Nothing is left of it, and nothing of it is on hold.
    Closed,
}

impl Lot {
    pub(crate) fn new(id: LotId, source: LotSource, since: Timestamp) -> Self {
        Self {
            id,
            source,
            since,
            granted: Tokens::ZERO,
            remaining: Tokens::ZERO,
            held: Tokens::ZERO,
            clawed_back: Tokens::ZERO,
            refund: None,
            disputes: Vec::new(),
        }
    }

    /// Its id: the purchase's, or the adjustment's that gave it.
    pub fn id(&self) -> &LotId {
        &self.id
    }

    /// Where it comes from.
    pub fn source(&self) -> &LotSource {
        &self.source
    }

    /// When it was paid or given.
    pub fn since(&self) -> Timestamp {
        self.since
    }

    /// What was granted; nothing before the payment is known.
    pub fn granted(&self) -> Tokens {
        self.granted
    }

    /// What is left, locked and frozen or not; tokens on hold left it.
    pub fn remaining(&self) -> Tokens {
        self.remaining
    }

    /// What of it is on hold.
    pub fn held(&self) -> Tokens {
        self.held
    }

    /// What refunds and lost disputes took back.
    pub fn clawed_back(&self) -> Tokens {
        self.clawed_back
    }

    /// What should have been taken back but was already spent or is on hold (rule 16).
    pub fn unrecovered(&self) -> Tokens {
        self.claw_back().less(self.clawed_back)
    }

    /// What was paid back of its price so far.
    pub fn refunded(&self) -> Minor {
        self.refund.map_or(Minor(0), |refund| refund.total)
    }

    /// Where its disputes stand: open if one is, else lost if one was; `None` if there never was one.
    pub fn dispute(&self) -> Option<DisputeState> {
        let states = || self.disputes.iter().map(|dispute| dispute.state);
        states().find(|state| *state == DisputeState::Opened).or_else(|| states().max())
    }

    /// What can be done with it.
    pub fn state(&self) -> LotState {
        if self.dispute() == Some(DisputeState::Opened) {
            LotState::Frozen
        } else if self.remaining.is_zero() && self.held.is_zero() {
            LotState::Closed
        } else {
            LotState::Usable
        }
    }

    /// Rule 16: min(granted, the larger of ⌊granted × refunded / paid⌋ and, after a lost dispute, all of it).
    pub(crate) fn claw_back(&self) -> Tokens {
        let lost = self.disputes.iter().any(|dispute| dispute.state == DisputeState::Lost);
        let refunded = match &self.source {
            LotSource::Purchase(paid) => self.granted.share(self.refunded(), paid.amount),
            LotSource::Awaited | LotSource::Gift => Tokens::ZERO,
        };
        if lost { self.granted } else { refunded.min(self.granted) }
    }

    /// Rule 2: oldest first, by Stripe's payment time, then by id.
    pub(crate) fn place(&self) -> (Timestamp, &LotId) {
        (self.since, &self.id)
    }
}

impl Tokens {
    /// ⌊self × part / whole⌋; nothing of a purchase that cost nothing.
    fn share(self, part: Minor, whole: Minor) -> Self {
        match u128::from(self.0) * u128::from(part.0) {
            _ if whole.is_zero() => Self::ZERO,
            product => Self(u64::try_from(product / u128::from(whole.0)).unwrap_or(u64::MAX)),
        }
    }
}
