//! An account's books, gone through entry by entry: whether they add up to what the account says of itself.

use crate::{Account, Bucket, Buckets, Entry, EntryId, Holding};
use jiff::Timestamp;

/// Goes through an account's entries, from its first one on, without keeping them.
#[derive(Debug)]
pub struct Audit<'a> {
    account: &'a Account,
    /// The fold of the entries so far.
    fold: Buckets,
    last: Option<Seen>,
}

/// What is remembered of the last entry.
#[derive(Debug)]
struct Seen {
    id: EntryId,
    version: u64,
    index: usize,
    at: Timestamp,
    /// What it says that every bucket held once its change was complete.
    buckets: Buckets,
}

/// What does not add up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsound {
    /// The entry is not the one that follows.
    #[error("the entry {0} is out of place")]
    OutOfPlace(EntryId),
    /// The entry is dated before the one that it follows.
    #[error("the entry {0} goes back in time")]
    BackInTime(EntryId),
    /// The entry takes more than there is, or does not say what its bucket held after it.
    #[error("the entry {0} does not add up with those before it")]
    DoesNotAddUp(EntryId),
    /// The account does not hold what its entries add up to.
    #[error("what it holds is not the sum of its entries")]
    BalanceIsNotTheFold,
    /// The account is not as of its last entry.
    #[error("it is not as of its last entry")]
    NotOfItsLastEntry,
}

impl<'a> Audit<'a> {
    /// An audit that has seen no entry yet.
    pub fn of(account: &'a Account) -> Self {
        Self { account, fold: Buckets::default(), last: None }
    }

    /// Takes the next entry.
    ///
    /// # Errors
    /// What does not add up.
    pub fn take(&mut self, entry: &Entry) -> Result<(), Unsound> {
        let (version, index) = match &self.last {
            None => (1, 0),
            Some(last) if last.version == entry.version => (last.version, last.index + 1),
            Some(last) => (last.version + 1, 0),
        };
        if entry.version != version || entry.id != Entry::id_of(&self.account.id, version, index) {
            return Err(Unsound::OutOfPlace(entry.id.clone()));
        }
        if self.last.as_ref().is_some_and(|last| entry.at < last.at) {
            return Err(Unsound::BackInTime(entry.id.clone()));
        }
        match &self.last {
            // All entries of a change say the same.
            Some(last) if index > 0 && last.buckets != entry.buckets => {
                return Err(Unsound::DoesNotAddUp(entry.id.clone()));
            }
            _ if index == 0 => self.change_is_complete()?,
            _ => {}
        }
        let holding = match entry.bucket {
            Bucket::Rollover => &mut self.fold.rollover,
            Bucket::Fast => &mut self.fold.fast,
            Bucket::TopUp => &mut self.fold.top_up,
        };
        *holding = after(*holding, entry).ok_or_else(|| Unsound::DoesNotAddUp(entry.id.clone()))?;
        self.last = Some(Seen { id: entry.id.clone(), version, index, at: entry.at, buckets: entry.buckets });
        Ok(())
    }

    /// No entry is left.
    ///
    /// # Errors
    /// What does not add up.
    pub fn finish(self) -> Result<(), Unsound> {
        self.change_is_complete()?;
        let latest = self.last.as_ref().map(|last| (last.version, last.at));
        if latest != Some((self.account.version, self.account.latest)) {
            return Err(Unsound::NotOfItsLastEntry);
        }
        if self.fold != Buckets::of(self.account) {
            return Err(Unsound::BalanceIsNotTheFold);
        }
        Ok(())
    }

    /// Every entry of a change says what all buckets held after the last entry of it.
    fn change_is_complete(&self) -> Result<(), Unsound> {
        match &self.last {
            Some(last) if last.buckets != self.fold => Err(Unsound::DoesNotAddUp(last.id.clone())),
            _ => Ok(()),
        }
    }
}

/// What a bucket holds after an entry; `None` if the entry says otherwise, or takes more than there is.
fn after(holding: Holding, entry: &Entry) -> Option<Holding> {
    let available = holding.available.0.checked_add_signed(entry.amount)?;
    let held = holding.held.0.checked_add_signed(entry.held)?;
    (available == entry.balance_after.0)
        .then_some(Holding { available: crate::Tokens(available), held: crate::Tokens(held) })
}
