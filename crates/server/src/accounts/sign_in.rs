//! The account of a user who signs in.

use super::attempts::{AttemptError, attempts};
use super::error::AccountError;
use super::state::Accounts;
use crate::store::{AccountRecord, Email, EntryRecord, NewAccount, StoreResult, Subject, SubjectKey};
use jiff::Timestamp;
use tokenwell_ledger::{Account, AccountId};
use uuid::Uuid;

/// The claims of a valid access token.
#[derive(Debug, Clone, Copy)]
pub struct SignIn<'a> {
    /// The subject, as a keyed hash (rule 18).
    pub subject: SubjectKey,
    /// The subject under the names that the issuer had before.
    pub former: &'a [SubjectKey],
    /// The e-mail address, as in the token.
    pub email: Option<&'a Email>,
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

/// The account of a user who signs in.
#[derive(Debug)]
pub struct SignedIn {
    /// The account.
    pub account: AccountRecord,
    /// Whether this call has opened it.
    pub is_new: bool,
}

impl Accounts {
    /// Reads the account of the user. The first call of a new subject opens a free account.
    ///
    /// # Errors
    /// [`AccountError::Deleted`] for tokens that were issued before the subject's last account was deleted.
    pub async fn sign_in(&self, sign_in: SignIn<'_>) -> Result<SignedIn, AccountError> {
        let (subject, account) = self.known(sign_in).await?;
        sign_in.check(&subject)?;
        let SignedIn { account, is_new } = match subject.account {
            Some(_) => SignedIn { account: account.ok_or(AccountError::Deleted)?, is_new: false },
            // Boxed, because only a first call opens an account.
            None => Box::pin(attempts(|| self.open(sign_in))).await?,
        };
        if account.deleted_at.is_some() {
            return Err(AccountError::Deleted);
        }
        let account = match sign_in.email {
            Some(email) => self.store_email(account, email).await?,
            None => account,
        };
        Ok(SignedIn { account, is_new })
    }

    /// What is known of the subject. One that is known under a former name of the issuer only is renamed.
    async fn known(&self, sign_in: SignIn<'_>) -> Result<(Subject, Option<AccountRecord>), AccountError> {
        let known = self.store.subject_and_account(sign_in.subject).await?;
        if known.0 == Subject::default() {
            for former in sign_in.former {
                if self.store.rename_subject(*former, sign_in.subject).await? {
                    return Ok(self.store.subject_and_account(sign_in.subject).await?);
                }
            }
        }
        Ok(known)
    }

    /// Opens an account after what outlives the subject's earlier ones (rule 18).
    async fn open(&self, sign_in: SignIn<'_>) -> Result<SignedIn, AttemptError> {
        let (subject, _) = self.store.subject_and_account(sign_in.subject).await?;
        sign_in.check(&subject)?;
        let at = self.now();
        let id = Uuid::new_v4().to_string();
        let account_id = AccountId::from(id.as_str());
        let (state, entries) = Account::open_after(&subject.former, account_id, self.catalogue(), at);
        let account = NewAccount {
            entries: entries.iter().map(EntryRecord::of).collect::<StoreResult<_>>()?,
            state,
            id: id.clone(),
            subject: sign_in.subject,
            subject_revision: subject.revision,
            email: sign_in.email.cloned(),
            at,
        };
        let opened = self.store.open_account(account).await?;
        let account = self.store.account(&opened).await?.ok_or(AccountError::Deleted)?;
        Ok(SignedIn { account, is_new: opened == id })
    }

    /// Stores the e-mail address that the issuer gives now.
    pub async fn store_email(
        &self,
        mut account: AccountRecord,
        email: &Email,
    ) -> Result<AccountRecord, AccountError> {
        if account.email.as_ref() != Some(email) {
            self.store.set_email(&account.id, email).await?;
            account.email = Some(email.clone());
        }
        Ok(account)
    }
}

/// Access tokens carry the second in which they were issued. A token issued in the second of the deletion counts as older,
/// because the response to the deletion is sent in the next second.
fn was_issued_before(issued_at: Option<Timestamp>, deleted_at: Timestamp) -> bool {
    issued_at.is_none_or(|issued_at| issued_at.as_second() <= deleted_at.as_second())
}
