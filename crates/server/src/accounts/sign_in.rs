//! The account of a user who signs in.

use super::attempts::{AttemptError, attempts};
use super::error::AccountError;
use super::state::Accounts;
use crate::store::{AccountRecord, Email, NewAccount, OpenedAccount, Subject, SubjectKey};
use jiff::Timestamp;

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
    /// Whether this call is the first sign-in to it.
    pub is_new: bool,
}

impl Accounts {
    /// Reads the account of the user. The first call of a new subject claims the account that the platform has named for it
    /// (rule 19), or opens a free one.
    ///
    /// # Errors
    /// [`AccountError::Deleted`] for tokens that were issued before the subject's last account was deleted.
    pub async fn sign_in(&self, sign_in: SignIn<'_>) -> Result<SignedIn, AccountError> {
        let (subject, account) = self.known(sign_in.subject, sign_in.former).await?;
        sign_in.check(&subject)?;
        let SignedIn { account, is_new } = match subject.account {
            Some(_) if !subject.is_expected => {
                SignedIn { account: account.ok_or(AccountError::Deleted)?, is_new: false }
            }
            // Boxed, because only a first call opens or claims an account.
            _ => Box::pin(attempts(|| self.enter(sign_in))).await?,
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
    pub(super) async fn known(
        &self,
        key: SubjectKey,
        former: &[SubjectKey],
    ) -> Result<(Subject, Option<AccountRecord>), AccountError> {
        let known = self.store.subject_and_account(key).await?;
        if known.0 == Subject::default() {
            for former in former {
                if self.store.rename_subject(*former, key).await? {
                    return Ok(self.store.subject_and_account(key).await?);
                }
            }
        }
        Ok(known)
    }

    /// Claims the account that is expected to be the subject's, or opens one after what outlives the earlier ones (rule 18).
    async fn enter(&self, sign_in: SignIn<'_>) -> Result<SignedIn, AttemptError> {
        let (subject, account) = self.store.subject_and_account(sign_in.subject).await?;
        sign_in.check(&subject)?;
        if let Some(account) = account {
            let is_new = subject.is_expected;
            // The platform may name another subject until the first sign-in.
            if is_new && !self.store.claim_account(sign_in.subject, &account.id).await? {
                return Err(AttemptError::Conflict);
            }
            return Ok(SignedIn { account, is_new });
        }
        let at = self.now();
        let (id, OpenedAccount { state, entries, .. }) = self.first_state(&subject.former)?;
        let account = NewAccount {
            entries,
            state,
            id: id.clone(),
            subject: sign_in.subject,
            subject_revision: subject.revision,
            email: sign_in.email.cloned(),
            at,
        };
        if self.store.open_account(account).await? != id {
            return Err(AttemptError::Conflict);
        }
        let account = self.store.account(&id).await?.ok_or(AccountError::Deleted)?;
        Ok(SignedIn { account, is_new: true })
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
