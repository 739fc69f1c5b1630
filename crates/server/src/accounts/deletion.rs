//! The deletion of an account (rule 18).

use super::attempts::{AttemptError, attempts};
use super::error::AccountError;
use super::state::Accounts;
use crate::store::{ChoreKind, CustomerRecord};
use jiff::Timestamp;
use tokenwell_ledger::Command;

impl Accounts {
    /// Burns the tokens, erases personal data, and enqueues chores that end open checkouts and live subscriptions and delete
    /// the customer at Stripe, or strip it if this service did not create it.
    /// Access tokens that were issued up to `deleted_at` are invalid then. It is real time, as in the tokens.
    ///
    /// # Errors
    /// [`AccountError::NotFound`], [`AccountError::Deleted`], or the store's.
    pub async fn delete(&self, account: &str, deleted_at: Timestamp) -> Result<(), AccountError> {
        attempts(|| async {
            let mut unit = self.load(account).await?;
            let subscriptions: Vec<_> = unit.state().live_subscriptions().map(ToString::to_string).collect();
            unit.apply(Command::Delete)?.map_err(AccountError::Refused)?;
            for session in self.store.checkouts_of(account).await? {
                unit.enqueue_chore(ChoreKind::ExpireCheckout, session);
            }
            for subscription in subscriptions {
                unit.enqueue_chore(ChoreKind::CancelSubscription, subscription);
            }
            if let Some(CustomerRecord { id, made_here }) = unit.customer().cloned() {
                let kind = if made_here { ChoreKind::DeleteCustomer } else { ChoreKind::StripCustomer };
                unit.enqueue_chore(kind, id);
            }
            unit.delete(deleted_at);
            self.commit(unit).await?;
            Ok::<_, AttemptError>(())
        })
        .await
    }
}
