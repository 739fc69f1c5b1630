//! What outlives the deletion of an account (rule 18).

use super::attempts::{AttemptError, attempts};
use super::error::AccountError;
use super::state::Accounts;
use crate::store::Subject;
use jiff::Timestamp;
use tokenwell_ledger::{Command, DisputeId, DisputeState};

/// The state of a dispute, as it was read from Stripe at an instant.
#[derive(Debug, Clone)]
pub struct DisputeSeen {
    /// The dispute.
    pub id: DisputeId,
    /// Its state.
    pub state: DisputeState,
    /// When it was read.
    pub seen_at: Timestamp,
}

impl Accounts {
    /// Notes the state of a dispute of a deleted account, and passes it on to the next account of the same person. A dispute
    /// that was not open when the account was deleted is nobody's.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn note_former_dispute(&self, seen: &DisputeSeen) -> Result<(), AccountError> {
        attempts(|| async {
            let DisputeSeen { id, state, seen_at } = seen.clone();
            let Some((key, subject)) = self.store.subject_of_dispute(id.as_str()).await? else {
                return Ok(());
            };
            let Subject { account, mut former, revision, .. } = subject;
            if former.note(id.clone(), state, seen_at) {
                self.store.set_former(key, revision, former).await?;
            }
            let Some(account) = account else { return Ok(()) };
            let mut unit = match self.load(&account).await {
                // What was noted is there for the next one.
                Err(AccountError::Deleted) => return Ok(()),
                loaded => loaded?,
            };
            unit.apply(Command::FormerDispute { dispute: id, state, seen_at })?
                .map_err(AccountError::Refused)?;
            self.commit(unit).await?;
            Ok::<_, AttemptError>(())
        })
        .await
    }
}
