//! Lots of top-up tokens: what one purchase or gift granted, and what refunds and disputes claw back.
//!
//! An account keeps a lot after it was used up, because a refund, a dispute or a repeated event may still name its
//! purchase. So an account grows by a few dozen bytes with each purchase, but not with spends, days or renewals.

use crate::{DisputeId, LotId, Minor, Money, Tokens};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The tokens of one paid pack purchase or one gift.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    pub(crate) id: LotId,
    pub(crate) source: LotSource,
    /// When it was paid or given. It sorts the lot into the spend order.
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

/// The source of a lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LotSource {
    /// A purchase whose refund or dispute is known before its payment.
    Awaited,
    /// A purchase that was paid.
    Purchase(Money),
    /// An operator's gift.
    Gift,
    /// A purchase elsewhere, of no payment that is known here (rule 20).
    Brought,
}

/// The refund total of a purchase, as last read from Stripe.
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
    /// When the state was read from Stripe.
    pub(crate) seen_at: Timestamp,
}

/// The state of a dispute. It can change in every direction: a lost dispute can be won by an appeal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeState {
    /// The buyer's bank asks about the payment. No money is taken.
    Inquiry,
    /// The buyer's bank disputes the payment.
    Opened,
    /// Closed in the platform's favour, or withdrawn.
    Won,
    /// Closed in the buyer's favour.
    Lost,
}

/// Whether a lot can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LotState {
    /// It can be spent while the account is entitled.
    Usable,
    /// A dispute is open.
    Frozen,
    /// It has no tokens left and none on hold.
    Closed,
}

/// Notes the state of a dispute. The state that was read last counts (rule 17).
pub(crate) fn note_dispute(disputes: &mut Vec<Dispute>, dispute: Dispute) {
    if let Some(known) = disputes.iter_mut().find(|known| known.id == dispute.id) {
        if known.seen_at <= dispute.seen_at {
            *known = dispute;
        }
    } else {
        disputes.push(dispute);
        disputes.sort_by(|a, b| a.id.cmp(&b.id));
    }
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

    /// Its id: that of the purchase, or of the adjustment that gave it.
    pub fn id(&self) -> &LotId {
        &self.id
    }

    /// Whether it comes from a purchase or a gift.
    pub fn source(&self) -> &LotSource {
        &self.source
    }

    /// When it was paid or given.
    pub fn since(&self) -> Timestamp {
        self.since
    }

    /// The tokens granted. Zero until the payment is known.
    pub fn granted(&self) -> Tokens {
        self.granted
    }

    /// The tokens left, including locked and frozen ones, without those on hold.
    pub fn remaining(&self) -> Tokens {
        self.remaining
    }

    /// The tokens on hold.
    pub fn held(&self) -> Tokens {
        self.held
    }

    /// The tokens that refunds and lost disputes took back.
    pub fn clawed_back(&self) -> Tokens {
        self.clawed_back
    }

    /// The tokens that should be taken back but are already spent or on hold (rule 16).
    pub fn unrecovered(&self) -> Tokens {
        self.claw_back().less(self.clawed_back)
    }

    /// The part of its price that was refunded so far.
    pub fn refunded(&self) -> Minor {
        self.refund.map_or(Minor(0), |refund| refund.total)
    }

    /// The state of its disputes together: open if one is open, else lost if one was lost, else won if one was won. `None`
    /// without a dispute.
    pub fn dispute(&self) -> Option<DisputeState> {
        let states = || self.disputes.iter().map(|dispute| dispute.state);
        states().find(|state| *state == DisputeState::Opened).or_else(|| states().max())
    }

    /// Whether it can be used.
    pub fn state(&self) -> LotState {
        if self.dispute() == Some(DisputeState::Opened) {
            LotState::Frozen
        } else if self.remaining.is_zero() && self.held.is_zero() {
            LotState::Closed
        } else {
            LotState::Usable
        }
    }

    /// Rule 16, what is to be taken back: min(granted, ⌊granted × refunded / paid⌋), or after a lost dispute everything.
    pub(crate) fn claw_back(&self) -> Tokens {
        let lost = self.disputes.iter().any(|dispute| dispute.state == DisputeState::Lost);
        let refunded = match &self.source {
            LotSource::Purchase(paid) => self.granted.share(self.refunded(), paid.amount),
            LotSource::Awaited | LotSource::Gift | LotSource::Brought => Tokens::ZERO,
        };
        if lost { self.granted } else { refunded.min(self.granted) }
    }

    /// Sorts lots into the spend order: oldest first, then by id (rule 2).
    pub(crate) fn sort_key(&self) -> (Timestamp, &LotId) {
        (self.since, &self.id)
    }
}

impl Tokens {
    /// ⌊self × part / whole⌋. Zero for a purchase that cost nothing.
    fn share(self, part: Minor, whole: Minor) -> Self {
        match u128::from(self.0) * u128::from(part.0) {
            _ if whole.is_zero() => Self::ZERO,
            product => Self(u64::try_from(product / u128::from(whole.0)).unwrap_or(u64::MAX)),
        }
    }
}
