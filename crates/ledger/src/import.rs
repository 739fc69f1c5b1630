//! What a user brings from another system (rule 20).

use crate::account_edit::{AccountEdit, Posting};
use crate::{
    Bucket, EntryKind, Interval, Lot, LotId, LotSource, Money, PlanId, Refusal, SubscriptionId,
    SubscriptionSnapshot, SubscriptionStatus, Tokens,
};
use jiff::Timestamp;

/// What a user brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// What it was read from. It becomes the reference of the entries.
    pub reference: String,
    /// Fast tokens.
    pub fast: Tokens,
    /// The tokens in the bank.
    pub rollover: Tokens,
    /// Lots of top-up tokens.
    pub lots: Vec<ImportedLot>,
    /// The subscription that is running.
    pub subscription: Option<ImportedSubscription>,
}

/// A lot of top-up tokens that was bought elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedLot {
    /// Its id.
    pub id: LotId,
    /// The tokens that it granted.
    pub granted: Tokens,
    /// Those that are left.
    pub left: Tokens,
    /// When it was paid.
    pub paid_at: Timestamp,
    /// What was paid for it at Stripe. Refunds and disputes do not reach a lot without a payment.
    pub paid: Option<Money>,
}

/// A subscription that was sold elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedSubscription {
    /// The subscription at Stripe.
    pub id: SubscriptionId,
    /// Its plan.
    pub plan: PlanId,
    /// When the tokens were counted. What was paid by then is granted, as far as its token periods had begun.
    pub as_of: Timestamp,
}

impl AccountEdit<'_> {
    /// Notes the subscription as it is until it is read from Stripe.
    pub(crate) fn note_import(&mut self, import: &Import) -> Result<(), Refusal> {
        let Some(ImportedSubscription { id, plan, as_of }) = &import.subscription else { return Ok(()) };
        let snapshot = SubscriptionSnapshot {
            id: id.clone(),
            status: SubscriptionStatus::Active,
            plan: plan.clone(),
            interval: Interval::Month,
            quantity: 1,
            started_at: *as_of,
            anchor: *as_of,
            cancel_at_period_end: false,
            cancel_at: None,
            trial_end: None,
            ended_at: None,
            // Whatever is read from Stripe is newer.
            seen_at: Timestamp::UNIX_EPOCH,
        };
        self.note_snapshot(&snapshot)?;
        self.subscription_mut(id).adopted_at = Some(*as_of);
        Ok(())
    }

    pub(crate) fn import(&mut self, import: &Import, now: Timestamp) -> Result<(), Refusal> {
        let lots = &import.lots;
        if let Some(known) = lots.iter().find(|lot| self.account.lot(&lot.id).is_some()) {
            return Err(Refusal::IdInUse(known.id.to_string()));
        }
        self.check_room(
            lots.iter().map(|lot| lot.left).sum::<Tokens>().plus(import.fast).plus(import.rollover),
        )?;
        let reference = import.reference.as_str();
        self.change(now, |edit| {
            for (bucket, tokens) in [(Bucket::Fast, import.fast), (Bucket::Rollover, import.rollover)] {
                let posting = Posting::new(EntryKind::Imported, bucket, tokens.credit());
                edit.post(posting.with_reference(reference));
            }
            for ImportedLot { id, granted, paid_at, paid, .. } in lots {
                let source = paid.clone().map_or(LotSource::Brought, LotSource::Purchase);
                edit.account.lots.push(Lot { granted: *granted, ..Lot::new(id.clone(), source, *paid_at) });
            }
            edit.sort_lots();
            for lot in lots {
                let posting = Posting::of_lot(EntryKind::Imported, &lot.id, lot.left.credit());
                edit.post(posting.with_reference(reference));
            }
            edit.forfeit_over_cap(Some(reference));
        });
        Ok(())
    }
}
