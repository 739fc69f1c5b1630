//! Commands to an account, and what a command did.

use crate::{
    Account, AdjustmentId, DisputeId, DisputeState, Entry, Hold, HoldId, Import, LotId, Minor, Money,
    PaidInvoice, Slice, SpendId, SubscriptionId, SubscriptionSnapshot, Tokens,
};
use jiff::Timestamp;
use std::time::Duration;

/// A command to an account.
///
/// `GrantPack`, `RefundTotal`, `Dispute`, `FormerDispute`, `SubscriptionState` and `InvoicePaid` carry facts from
/// Stripe. They are convergent: the same facts in any order, and any number of times, end in the same state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Applies what is due by now. Every other command does this first.
    CatchUp,
    /// Takes tokens, all or nothing (rules 1 to 3).
    Spend {
        /// The spend's id, which becomes the reference of its entries.
        id: SpendId,
        /// At least 1.
        amount: Tokens,
        /// What the tokens are for, in words for the account's owner.
        reason: String,
    },
    /// Sets tokens aside for a job that is still running (rule 4).
    Hold {
        /// The hold's id, which becomes the reference of its entries.
        id: HoldId,
        /// At least 1.
        amount: Tokens,
        /// What the job is, in words for the account's owner.
        reason: String,
        /// How long the hold lives: at least a second, at most [`HOLD_LIFE_MAX`](crate::HOLD_LIFE_MAX).
        /// `None` means [`HOLD_LIFE_DEFAULT`](crate::HOLD_LIFE_DEFAULT).
        life: Option<Duration>,
    },
    /// Takes what a job used of its hold. The rest goes back (rule 4).
    CommitHold {
        /// The hold.
        id: HoldId,
        /// At most the tokens on hold. Zero has the effect of a release.
        amount: Tokens,
    },
    /// Gives back everything that was on hold (rule 4).
    ReleaseHold {
        /// The hold.
        id: HoldId,
    },
    /// Grants the tokens of a paid pack purchase (rule 15). A known purchase changes nothing.
    GrantPack {
        /// The purchase's id, which becomes its lot's id.
        lot: LotId,
        /// Pack tokens × quantity, as they were when the checkout was made (rule 14).
        tokens: Tokens,
        /// The price paid.
        paid: Money,
        /// Stripe's payment time, which sorts the lot into the spend order (rule 2).
        paid_at: Timestamp,
    },
    /// Sets how much of a purchase was refunded so far (rule 16). It is a total, and a failed refund lowers it.
    RefundTotal {
        /// The purchase's id.
        lot: LotId,
        /// The sum of all refunds so far, in minor units.
        refunded: Minor,
        /// When the total was read from Stripe. An older total never replaces a newer one.
        seen_at: Timestamp,
    },
    /// Sets the state of a dispute of a purchase's payment (rule 17).
    Dispute {
        /// The purchase's id.
        lot: LotId,
        /// The dispute.
        dispute: DisputeId,
        /// Its state.
        state: DisputeState,
        /// When the state was read from Stripe. An older state never replaces a newer one.
        seen_at: Timestamp,
    },
    /// Sets the state of a dispute that was open when an earlier account of the same person was deleted (rules 13, 18).
    FormerDispute {
        /// The dispute.
        dispute: DisputeId,
        /// Its state.
        state: DisputeState,
        /// When the state was read from Stripe. An older state never replaces a newer one.
        seen_at: Timestamp,
    },
    /// A subscription as read from Stripe (rules 9 to 12).
    SubscriptionState(SubscriptionSnapshot),
    /// A paid invoice of a subscription (rules 5 to 7, 11).
    InvoicePaid(PaidInvoice),
    /// An operator's gift into a lot of its own, or a downward correction (rule 17a).
    Adjust {
        /// The adjustment's id, which becomes the id of a gift's lot.
        id: AdjustmentId,
        /// Tokens to give, or, if negative, tokens to take from top-up.
        amount: i64,
        /// Why, in words for the account's owner.
        reason: String,
    },
    /// Adds what the user brings from another system (rule 20).
    Import(Import),
    /// Deletes the account and burns its tokens for good (rule 18).
    Delete,
}

/// What a command did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Decision {
    /// The account after it.
    pub account: Account,
    /// The new entries, oldest first. Empty if nothing changed.
    pub entries: Vec<Entry>,
    /// The result of the command.
    pub outcome: Outcome,
}

/// The result of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The command was carried out, or there was nothing left to do.
    Done,
    /// Tokens were spent.
    Spent {
        /// What was taken from which bucket and lot, in spend order.
        slices: Vec<Slice>,
    },
    /// Tokens were set aside.
    Held(Hold),
    /// A hold ended.
    HoldEnded {
        /// What was used for good, in spend order.
        committed: Vec<Slice>,
        /// The rest, which went back.
        released: Tokens,
    },
    /// The fact was recorded, and the account has a second entitled subscription beside its current one (rule 10).
    ///
    /// The second one has no effect until the current one ends. If the current one is still live at Stripe, the service
    /// cancels the second one and lists its payment for refund.
    SecondSubscription {
        /// The second subscription.
        id: SubscriptionId,
        /// The subscription in effect.
        current: SubscriptionId,
    },
}
