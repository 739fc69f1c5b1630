//! Checks an account's entries one by one: whether they add up to what the account holds.

use crate::{Account, Buckets, Entry, EntryId, Holding, Tokens};
use jiff::Timestamp;

/// Reads an account's entries from the first one on, without keeping them.
#[derive(Debug)]
pub struct Audit<'a> {
    account: &'a Account,
    /// The sum of the entries so far.
    fold: Buckets,
    last: Option<LastEntry>,
}

/// What the next entry is compared with.
#[derive(Debug)]
struct LastEntry {
    id: EntryId,
    version: u64,
    index: usize,
    at: Timestamp,
    /// What it records for every bucket after its change.
    buckets: Buckets,
}

/// The first thing that does not add up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuditError {
    /// The entry does not have the id or the version that comes next.
    #[error("the entry {0} is out of sequence")]
    OutOfSequence(EntryId),
    /// The entry is dated before the previous one.
    #[error("the entry {0} is dated before the previous one")]
    BackInTime(EntryId),
    /// The entry takes more than the bucket holds, or records a different balance after it.
    #[error("the entry {0} does not add up with those before it")]
    DoesNotAddUp(EntryId),
    /// The account holds something else than the sum of its entries.
    #[error("the account does not hold the sum of its entries")]
    BalanceIsNotTheFold,
    /// The account's version or time is not that of its last entry.
    #[error("the account is not in the state of its last entry")]
    NotAtLastEntry,
}

impl<'a> Audit<'a> {
    /// An audit that has read no entry yet.
    pub fn of(account: &'a Account) -> Self {
        Self { account, fold: Buckets::default(), last: None }
    }

    /// Reads the next entry.
    pub fn take(&mut self, entry: &Entry) -> Result<(), AuditError> {
        let (version, index) = match &self.last {
            None => (1, 0),
            Some(last) if last.version == entry.version => (last.version, last.index + 1),
            Some(last) => (last.version + 1, 0),
        };
        if entry.version != version || entry.id != Entry::id_of(&self.account.id, version, index) {
            return Err(AuditError::OutOfSequence(entry.id.clone()));
        }
        if self.last.as_ref().is_some_and(|last| entry.at < last.at) {
            return Err(AuditError::BackInTime(entry.id.clone()));
        }
        match &self.last {
            // All entries of one change record the same buckets.
            Some(last) if index > 0 && last.buckets != entry.buckets => {
                return Err(AuditError::DoesNotAddUp(entry.id.clone()));
            }
            _ if index == 0 => self.check_complete_change()?,
            _ => {}
        }
        let holding = self.fold.get_mut(entry.bucket);
        *holding = after(*holding, entry).ok_or_else(|| AuditError::DoesNotAddUp(entry.id.clone()))?;
        self.last =
            Some(LastEntry { id: entry.id.clone(), version, index, at: entry.at, buckets: entry.buckets });
        Ok(())
    }

    /// Compares the account with the sum of all entries.
    pub fn finish(self) -> Result<(), AuditError> {
        self.check_complete_change()?;
        // An account that was opened without tokens has no entry yet.
        let is_at_last = match &self.last {
            Some(last) => (last.version, last.at) == (self.account.version, self.account.latest),
            None => self.account.version == 0,
        };
        if !is_at_last {
            return Err(AuditError::NotAtLastEntry);
        }
        if self.fold != Buckets::of(self.account) {
            return Err(AuditError::BalanceIsNotTheFold);
        }
        Ok(())
    }

    /// After the last entry of a change, the sum must be what that entry records.
    fn check_complete_change(&self) -> Result<(), AuditError> {
        match &self.last {
            Some(last) if last.buckets != self.fold => Err(AuditError::DoesNotAddUp(last.id.clone())),
            _ => Ok(()),
        }
    }
}

/// What a bucket holds after an entry. `None` if the entry records something else, or takes more than there is.
fn after(holding: Holding, entry: &Entry) -> Option<Holding> {
    let available = holding.available.0.checked_add_signed(entry.amount)?;
    let held = holding.held.0.checked_add_signed(entry.held)?;
    (available == entry.balance_after.0).then(|| Holding {
        available: Tokens(available),
        held: Tokens(held),
        used: holding.used_with(entry),
    })
}
