//! The account of a user who signs in.

use super::attempts::{AttemptError, attempts};
use super::error::AccountError;
use super::state::Accounts;
use crate::store::{AccountRecord, EntryRecord, NewAccount, StoreResult, Subject, SubjectKey};
use jiff::Timestamp;
use tokenwell_ledger::{Account, AccountId};
use uuid::Uuid;

/// The claims of a valid access token.
#[derive(Debug, Clone, Copy)]
pub struct SignIn<'a> {
    /// The subject, as a keyed hash (rule 18).
    pub subject: SubjectKey,
    /// The e-mail address, as in the token.
    pub email: Option<&'a str>,
    /// When the token was issued.
    pub issued_at: Option<Timestamp>,
}

impl SignIn<'_> {
    /// Refuses a token that was issued before the subject's last account was deleted.
    fn check(&self, subject: &Subject) -> Result<(), AccountError> {
        match subject.deleted_at {
            Some(deleted_at) if was_issued_before(self.issued_at, deleted_at) => Err(AccountError::Deleted),
            _ => Ok(()),
        }
    }
}

impl Accounts {
    /// Reads the account of the user. The first call of a new subject opens a free account.
    ///
    /// # Errors
    /// [`AccountError::Deleted`] for tokens that were issued before the subject's last account was deleted.
    pub async fn sign_in(&self, sign_in: SignIn<'_>) -> Result<AccountRecord, AccountError> {
        let (subject, account) = self.store.subject_and_account(sign_in.subject).await?;
        sign_in.check(&subject)?;
        let account = match subject.account {
            Some(_) => account.ok_or(AccountError::Deleted)?,
            // Boxed, because only a first call opens an account.
            None => Box::pin(attempts(|| self.open(sign_in))).await?,
        };
        if account.deleted_at.is_some() {
            return Err(AccountError::Deleted);
        }
        self.store_email(account, sign_in.email).await
    }

    /// Opens an account after what outlives the subject's earlier ones (rule 18).
    async fn open(&self, sign_in: SignIn<'_>) -> Result<AccountRecord, AttemptError> {
        let (subject, _) = self.store.subject_and_account(sign_in.subject).await?;
        sign_in.check(&subject)?;
        let at = self.now();
        let id = Uuid::new_v4().to_string();
        let account_id = AccountId::from(id.as_str());
        let (state, entries) = Account::open_after(&subject.former, account_id, self.catalogue(), at);
        let account = NewAccount {
            entries: entries.iter().map(EntryRecord::of).collect::<StoreResult<_>>()?,
            state,
            id,
            subject: sign_in.subject,
            subject_revision: subject.revision,
            email: sign_in.email.map(str::to_owned),
            at,
        };
        let id = self.store.open_account(account).await?;
        Ok(self.store.account(&id).await?.ok_or(AccountError::Deleted)?)
    }

    async fn store_email(
        &self,
        mut account: AccountRecord,
        email: Option<&str>,
    ) -> Result<AccountRecord, AccountError> {
        if let Some(email) = email
            && account.email.as_deref() != Some(email)
        {
            self.store.set_email(&account.id, email).await?;
            account.email = Some(email.to_owned());
        }
        Ok(account)
    }
}

/// Access tokens carry the second in which they were issued. A token issued in the second of the deletion counts as older,
/// because the response to the deletion is sent in the next second.
fn was_issued_before(issued_at: Option<Timestamp>, deleted_at: Timestamp) -> bool {
    issued_at.is_none_or(|issued_at| issued_at.as_second() <= deleted_at.as_second())
}
