//! What is spent first.
//!
//! 1. Rollover, then fast, then top-up. The catalogue may swap the first two (rule 1).
//! 2. Within top-up, the oldest lot first: by Stripe's payment time, then by id (rule 2).
//! 3. All or nothing (rule 3).

use crate::catalogue::Catalogue;
use crate::{Account, Bucket, LotState, Slice, Tokens};

/// Everything that can be spent now, in spend order.
pub(crate) fn spendable<'a>(account: &'a Account, catalogue: &Catalogue) -> impl Iterator<Item = Slice> + 'a {
    catalogue
        .spend_order()
        .into_iter()
        .flat_map(|bucket| slices(account, bucket))
        .filter(|slice| slice.amount.0 > 0)
}

/// The first `amount` tokens in spend order. `None` if fewer are spendable.
pub(crate) fn take(account: &Account, catalogue: &Catalogue, amount: Tokens) -> Option<Vec<Slice>> {
    let mut wanted = amount;
    let mut taken = Vec::new();
    for slice in spendable(account, catalogue) {
        if wanted.is_zero() {
            break;
        }
        let part = slice.amount.min(wanted);
        wanted = wanted.less(part);
        taken.push(Slice { amount: part, ..slice });
    }
    wanted.is_zero().then_some(taken)
}

/// What can be spent of one bucket.
fn slices(account: &Account, bucket: Bucket) -> Vec<Slice> {
    match bucket {
        Bucket::Rollover | Bucket::Fast => {
            vec![Slice { bucket, lot: None, amount: account.available(bucket) }]
        }
        // Top-up tokens are locked while the account is not entitled. Disputed lots are frozen.
        Bucket::TopUp if !account.is_entitled() => Vec::new(),
        Bucket::TopUp => account
            .lots
            .iter()
            .filter(|lot| lot.state() == LotState::Usable)
            .map(|lot| Slice { bucket, lot: Some(lot.id.clone()), amount: lot.remaining })
            .collect(),
    }
}
