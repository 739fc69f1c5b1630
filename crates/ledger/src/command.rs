//! What can be asked of an account, and what comes of it.

use crate::{
    Account, AdjustmentId, DisputeId, DisputeState, Entry, Hold, HoldId, LotId, Minor, Money, PaidPeriod,
    Slice, SpendId, SubscriptionId, SubscriptionSnapshot, Tokens,
};
use jiff::Timestamp;
use std::time::Duration;

/// How long a hold lives if nothing else is said (rule 4).
pub const HOLD_LIFE_DEFAULT: Duration = Duration::from_hours(1);
/// The longest that a hold lives (rule 4).
pub const HOLD_LIFE_MAX: Duration = Duration::from_hours(24);

/// What can be asked of an account.
///
/// The commands that carry facts of Stripe (`GrantPack`, `RefundTotal`, `Dispute`, `SubscriptionState`, `PeriodPaid`)
/// are convergent: the same facts in any order and any number end in the same state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Nothing but what every command does first: apply what is due by now.
    CatchUp,
    /// Takes tokens, all or nothing (rules 1 to 3).
    Spend {
        /// The spend's id, which becomes the reference of its entries.
        id: SpendId,
        /// At least 1.
        amount: Tokens,
        /// What for, in words for the account's owner.
        reason: String,
    },
    /// Sets tokens aside for a job that is still running (rule 4).
    Hold {
        /// The hold's id, which becomes the reference of its entries.
        id: HoldId,
        /// At least 1.
        amount: Tokens,
        /// What for, in words for the account's owner.
        reason: String,
        /// How long it lives; [`HOLD_LIFE_DEFAULT`] if left out, at least a second, at most [`HOLD_LIFE_MAX`].
        life: Option<Duration>,
    },
    /// Takes what a job used of what was held; the rest goes back (rule 4).
    CommitHold {
        /// The hold.
        id: HoldId,
        /// At most what is on hold; nothing is the same as a release.
        amount: Tokens,
    },
    /// Gives all that was held back (rule 4).
    ReleaseHold {
        /// The hold.
        id: HoldId,
    },
    /// A pack purchase was paid (rule 15). Known already: nothing happens.
    GrantPack {
        /// The purchase's id, which becomes its lot's id.
        lot: LotId,
        /// Pack tokens × quantity as it stood when the checkout was made (rule 14).
        tokens: Tokens,
        /// What was paid.
        paid: Money,
        /// Stripe's payment time: the lot's place in the spend order (rule 2).
        paid_at: Timestamp,
    },
    /// How much of a purchase was paid back so far: cumulative, not a delta; a refund that failed lowers it (rule 16).
    RefundTotal {
        /// The purchase's id.
        lot: LotId,
        /// All that was paid back so far, in minor units.
        refunded: Minor,
        /// When this figure was read at Stripe; an older figure never replaces a newer.
        seen_at: Timestamp,
    },
    /// A dispute of a purchase's payment (rule 17).
    Dispute {
        /// The purchase's id.
        lot: LotId,
        /// Which dispute.
        dispute: DisputeId,
        /// Where it stands; a closed one is never open again.
        state: DisputeState,
    },
    /// A subscription as Stripe has it (rules 9 to 12).
    SubscriptionState(SubscriptionSnapshot),
    /// An invoice of a subscription was paid (rules 5 to 7, 11).
    PeriodPaid(PaidPeriod),
    /// An operator's gift into a lot of its own, or a correction downwards (rule 17a).
    Adjust {
        /// The adjustment's id; a gift's lot bears it.
        id: AdjustmentId,
        /// Tokens to give, or if negative to take from top-up.
        amount: i64,
        /// Why.
        reason: String,
    },
    /// Burns everything for good (rule 18).
    Delete,
}

/// What a command did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Decision {
    /// The account after it.
    pub account: Account,
    /// What changed, oldest first; empty if nothing did.
    pub entries: Vec<Entry>,
    /// What came of the command.
    pub outcome: Outcome,
}

/// What came of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was done, or there was nothing left to do.
    Done,
    /// Tokens were spent.
    Spent {
        /// What was taken from where, in spend order.
        slices: Vec<Slice>,
    },
    /// Tokens were set aside.
    Held(Hold),
    /// A hold ended.
    HoldEnded {
        /// What was taken for good, in spend order.
        committed: Vec<Slice>,
        /// What was not taken.
        released: Tokens,
    },
    /// The fact was noted, and the account now has a second entitled subscription beside its current one: the service
    /// makes sure that the current one is still live, and if so cancels this one and lists its payment for refund
    /// (rule 10). Until then it waits without effect; it takes over if the current one turns out to have ended.
    SecondSubscription {
        /// The one that waits.
        id: SubscriptionId,
        /// The one in effect.
        current: SubscriptionId,
    },
}
