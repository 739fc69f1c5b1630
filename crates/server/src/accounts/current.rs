//! Accounts after everything that is due is applied.

use super::attempts::{AttemptError, attempts};
use super::error::AccountError;
use super::state::Accounts;
use super::unit_of_work::UnitOfWork;
use crate::store::AccountRecord;
use tokenwell_ledger::Balance;

/// An account after everything that is due by now.
#[derive(Debug, Clone)]
pub struct CurrentAccount {
    /// The account.
    pub record: AccountRecord,
    /// Its balance.
    pub balance: Balance,
}

impl Accounts {
    /// Reads an account and applies what is due.
    ///
    /// # Errors
    /// [`AccountError::NotFound`], [`AccountError::Deleted`], or the store's.
    pub async fn current(&self, account: &str) -> Result<CurrentAccount, AccountError> {
        let record = self.store.account(account).await?.ok_or(AccountError::NotFound)?;
        self.catch_up(record).await
    }

    /// Applies what is due to an account that was just read. Reads it again, under its lock, only if something is due.
    ///
    /// # Errors
    /// [`AccountError::Deleted`], or the store's.
    pub async fn catch_up(&self, record: AccountRecord) -> Result<CurrentAccount, AccountError> {
        let account = record.id.clone();
        let unit = Self::caught_up(self.begin(record)?)?;
        if !unit.is_changed() {
            let balance = unit.balance();
            return Ok(CurrentAccount { record: unit.finish().record, balance });
        }
        drop(unit);
        // Boxed, so that the futures of the many callers with nothing due do not have the size of a commit.
        let changed = attempts(|| async {
            let unit = Self::caught_up(self.load(&account).await?)?;
            let balance = unit.balance();
            let record = self.commit(unit).await?;
            Ok::<_, AttemptError>(CurrentAccount { record, balance })
        });
        Box::pin(changed).await
    }

    /// What an account is after everything that is due, without writing it.
    ///
    /// # Errors
    /// [`AccountError::Deleted`], or if the rules refuse.
    pub fn preview(&self, record: AccountRecord) -> Result<CurrentAccount, AccountError> {
        let unit = Self::caught_up(self.begin(record)?)?;
        let balance = unit.balance();
        Ok(CurrentAccount { record: unit.finish().record, balance })
    }

    fn caught_up(mut unit: UnitOfWork<'_>) -> Result<UnitOfWork<'_>, AccountError> {
        unit.catch_up()?;
        Ok(unit)
    }
}
