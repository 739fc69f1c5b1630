//! How enums are spelled in columns. The spellings are the database's own: what HTTP or the ledger calls a value does not
//! change what is stored.

use super::lists::{NoticeKind, PurchaseStatus};
use super::naming::ClaimKind;
use super::work::ChoreKind;
use crate::base::spelling::{Spelled, spellings};
use tokenwell_ledger::{Bucket, EntryKind, Interval};

spellings! {
    Bucket {
        Rollover = "rollover",
        Fast = "fast",
        TopUp = "top_up",
    }
    EntryKind {
        DailyReset = "daily_reset",
        Renewal = "renewal",
        Prorated = "prorated",
        TakenBack = "taken_back",
        Rollover = "rollover",
        Forfeit = "forfeit",
        Spend = "spend",
        Hold = "hold",
        HoldCommitted = "hold_committed",
        HoldReleased = "hold_released",
        HoldExpired = "hold_expired",
        Grant = "grant",
        ClawBack = "claw_back",
        ClawBackReversed = "claw_back_reversed",
        Freeze = "freeze",
        Thaw = "thaw",
        PlanChanged = "plan_changed",
        Adjustment = "adjustment",
        Imported = "imported",
        Burn = "burn",
    }
    PurchaseStatus {
        Open = "open",
        Processing = "processing",
        Paid = "paid",
        Expired = "expired",
        Failed = "failed",
        RefundDue = "refund_due",
        Refunded = "refunded",
        PartiallyRefunded = "partially_refunded",
        Disputed = "disputed",
    }
    ChoreKind {
        ExpireCheckout = "expire_checkout",
        CancelSubscription = "cancel_subscription",
        DeleteCustomer = "delete_customer",
        StripCustomer = "strip_customer",
    }
    Interval {
        Month = "month",
        Year = "year",
    }
    ClaimKind {
        Subject = "subject",
        Customer = "customer",
    }
    NoticeKind {
        Balance = "balance",
        Purchase = "purchase",
        SpendRefused = "spend_refused",
        AccountDeleted = "account_deleted",
    }
}

impl ChoreKind {
    /// Its word in the database, which operators read too.
    pub fn name(self) -> &'static str {
        self.spelling()
    }

    /// The kind of a word; `None` if this version does not know the word.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::from_spelling(name)
    }
}

impl PurchaseStatus {
    /// Its word in the database, which operators read too.
    pub fn name(self) -> &'static str {
        self.spelling()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::fmt::Debug;

    /// Every value has a word of its own that is read as this value, and these are the words of all rows so far.
    fn is_spelled<T: Spelled + PartialEq + Debug>(words: &[&str]) {
        for value in T::ALL {
            assert_eq!(T::from_spelling(value.spelling()), Some(*value));
        }
        let spelled: BTreeSet<_> = T::ALL.iter().map(|value| value.spelling()).collect();
        assert_eq!(spelled, words.iter().copied().collect());
        assert_eq!(spelled.len(), T::ALL.len(), "each value has a word of its own");
        for unknown in ["", "of_a_newer_version", &words[0].to_uppercase()] {
            assert_eq!(T::from_spelling(unknown), None);
        }
    }

    #[test]
    fn every_value_is_read_as_it_was_written_and_an_unknown_word_as_none() {
        is_spelled::<Bucket>(&["rollover", "fast", "top_up"]);
        is_spelled::<EntryKind>(&[
            "daily_reset",
            "renewal",
            "prorated",
            "taken_back",
            "rollover",
            "forfeit",
            "spend",
            "hold",
            "hold_committed",
            "hold_released",
            "hold_expired",
            "grant",
            "claw_back",
            "claw_back_reversed",
            "freeze",
            "thaw",
            "plan_changed",
            "adjustment",
            "imported",
            "burn",
        ]);
        is_spelled::<PurchaseStatus>(&[
            "open",
            "processing",
            "paid",
            "expired",
            "failed",
            "refund_due",
            "refunded",
            "partially_refunded",
            "disputed",
        ]);
        is_spelled::<ChoreKind>(&[
            "expire_checkout",
            "cancel_subscription",
            "delete_customer",
            "strip_customer",
        ]);
        is_spelled::<Interval>(&["month", "year"]);
        is_spelled::<ClaimKind>(&["subject", "customer"]);
        is_spelled::<NoticeKind>(&["balance", "purchase", "spend_refused", "account_deleted"]);
    }
}
