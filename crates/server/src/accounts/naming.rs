//! Accounts as the platform names them: opened, found and changed by the platform's own id of a user (rule 19).

use super::attempts::{AttemptError, attempts};
use super::error::AccountError;
use super::state::Accounts;
use crate::store::{
    AccountRecord, ClaimKind, Email, EntryRecord, ExternalId, Naming, OpenedAccount, RefusedClaim,
    StoreResult, Subject, SubjectKey,
};
use tokenwell_ledger::{Account, AccountId, Former};
use uuid::Uuid;

/// What the platform says about a user. What is `None` stays as it is.
#[derive(Debug, Clone)]
pub struct NameAccount {
    /// The platform's own id of the user.
    pub external: ExternalId,
    /// Whether to open another account after an earlier one was deleted.
    pub reopen: bool,
    /// The user's name.
    pub name: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// The customer at Stripe.
    pub customer: Option<String>,
    /// Who is expected to sign in, with the same subject under the issuer's former names.
    pub subject: Option<(SubjectKey, Vec<SubjectKey>)>,
}

/// An account that the platform has named.
#[derive(Debug)]
pub struct NamedAccount {
    /// The account.
    pub account: AccountRecord,
    /// Whether this call has opened it.
    pub is_new: bool,
}

/// The subject of a request, and what is known of it.
struct Claimant {
    key: SubjectKey,
    subject: Subject,
    account: Option<AccountRecord>,
}

impl Accounts {
    /// Opens or changes the account of an external id. The same request again changes nothing.
    ///
    /// # Errors
    /// [`AccountError::Deleted`] if an account of this id was deleted and the request does not reopen it.
    /// [`AccountError::Claimed`] if the subject or customer is another account's, or the account has another one.
    pub async fn name(&self, request: &NameAccount) -> Result<NamedAccount, AccountError> {
        attempts(|| self.try_to_name(request)).await
    }

    async fn try_to_name(&self, request: &NameAccount) -> Result<NamedAccount, AttemptError> {
        let external = &request.external;
        let named = match self.store.account_of_external_id(&external.id).await? {
            // It is missing only if it was deleted between the two look-ups, and then the next one finds that.
            Some(id) => Some(self.store.account(&id).await?.ok_or(AttemptError::Conflict)?),
            None => None,
        };
        let former = match &named {
            Some(_) => None,
            None => self.store.former_of_external_id(external.key).await?,
        };
        if former.is_some() && !request.reopen {
            return Err(AccountError::Deleted.into());
        }
        let claimant = self.claimant(request).await?;
        let holder = claimant.as_ref().and_then(|claimant| claimant.account.as_ref());
        let expected = self.expected(external, named.as_ref(), claimant.as_ref()).await?;
        let known = named.as_ref().or(holder);
        let customer = self.new_customer(request, named.as_ref(), known).await?;
        let (id, opened) = if let Some(known) = known {
            (known.id.clone(), None)
        } else {
            let of_subject = claimant.as_ref().map(|claimant| claimant.subject.former.clone());
            let former = of_subject.unwrap_or_default().and(&former.unwrap_or_default());
            let (id, opened) = self.first_state(&former)?;
            (id, Some(opened))
        };
        let is_new = opened.is_some();
        let naming = Naming {
            account: id.clone(),
            opened,
            external: external.clone(),
            reopens: request.reopen,
            name: request
                .name
                .clone()
                .filter(|name| known.and_then(|known| known.name.as_ref()) != Some(name)),
            email: new_email(request, known),
            customer,
            subject: expected,
            at: self.now(),
        };
        if is_new || changes_anything(&naming, known) {
            self.store.name_account(naming).await?;
            self.cache.forget(&id);
        }
        if let Some(claimant) = claimant.filter(|_| !is_new) {
            self.note_former(&id, &claimant.subject.former).await?;
        }
        let account = self.store.account(&id).await?.ok_or(AccountError::Deleted)?;
        Ok(NamedAccount { account, is_new })
    }

    async fn claimant(&self, request: &NameAccount) -> Result<Option<Claimant>, AttemptError> {
        let Some((key, former)) = &request.subject else { return Ok(None) };
        let (subject, account) = self.known(*key, former).await?;
        Ok(Some(Claimant { key: *key, subject, account }))
    }

    /// The subject that the account is to be linked to; `None` if it is, or if none is named.
    async fn expected(
        &self,
        external: &ExternalId,
        named: Option<&AccountRecord>,
        claimant: Option<&Claimant>,
    ) -> Result<Option<(SubjectKey, u64)>, AttemptError> {
        let Some(Claimant { key, subject, account: holder }) = claimant else { return Ok(None) };
        let is_free = match (named, holder) {
            (Some(named), Some(holder)) if named.id == holder.id => return Ok(None),
            // The user has signed in before the platform named the account.
            (None, Some(holder)) if holder.external_id.as_ref().is_none_or(|id| *id == external.id) => {
                return Ok(None);
            }
            (_, Some(_)) => false,
            (Some(named), None) => {
                let current = self.store.subject_of_account(&named.id).await?;
                current.is_none_or(|(current, is_expected)| current == *key || is_expected)
            }
            (None, None) => true,
        };
        if is_free {
            return Ok(Some((*key, subject.revision)));
        }
        let holder = holder.as_ref().map(|holder| holder.id.clone());
        self.refuse(external, ClaimKind::Subject, named, holder).await
    }

    /// The customer that the account is to get; `None` if it has it, or if none is named.
    async fn new_customer(
        &self,
        request: &NameAccount,
        named: Option<&AccountRecord>,
        known: Option<&AccountRecord>,
    ) -> Result<Option<String>, AttemptError> {
        let Some(customer) = &request.customer else { return Ok(None) };
        let current = known.and_then(|known| known.customer.as_ref());
        if current.is_some_and(|current| current.id == *customer) {
            return Ok(None);
        }
        let holder = self.store.account_of_customer(customer).await?;
        if holder.is_none() && current.is_none() {
            return Ok(Some(customer.clone()));
        }
        // Another call has just said the same.
        if holder.is_some() && holder.as_ref() == known.map(|known| &known.id) {
            return Err(AttemptError::Conflict);
        }
        self.refuse(&request.external, ClaimKind::Customer, named, holder).await
    }

    /// Lists a claim that is refused, unless what it follows from was read at different moments.
    async fn refuse<T>(
        &self,
        external: &ExternalId,
        kind: ClaimKind,
        account: Option<&AccountRecord>,
        holder: Option<String>,
    ) -> Result<T, AttemptError> {
        let named_now = self.store.account_of_external_id(&external.id).await?;
        if named_now.as_ref() != account.map(|account| &account.id) {
            return Err(AttemptError::Conflict);
        }
        let claim = RefusedClaim {
            external_id: external.id.clone(),
            kind,
            account: account.map(|account| account.id.clone()),
            holder,
            at: self.now(),
        };
        self.store.list_refused_claim(claim).await?;
        Err(AccountError::Claimed(kind).into())
    }

    /// The id and first state of an account, after what outlives earlier ones of the same person (rule 18).
    pub(super) fn first_state(&self, former: &Former) -> Result<(String, OpenedAccount), AccountError> {
        let id = Uuid::new_v4().to_string();
        let account_id = AccountId::from(id.as_str());
        let (state, entries) = Account::open_after(former, account_id, self.catalogue(), self.now());
        let entries = entries.iter().map(EntryRecord::of).collect::<StoreResult<_>>()?;
        Ok((id, OpenedAccount { state, entries, import: None }))
    }

    /// Rule 13: disputes of deleted accounts count in the account that the same person has now.
    async fn note_former(&self, account: &str, former: &Former) -> Result<(), AttemptError> {
        let mut disputes = former.open_disputes().peekable();
        if disputes.peek().is_none() {
            return Ok(());
        }
        let mut unit = self.load(account).await?;
        for dispute in disputes {
            unit.apply(dispute)?.map_err(AccountError::Refused)?;
        }
        self.commit(unit).await?;
        Ok(())
    }
}

/// The address that the account is to get. One that the issuer has verified stays so.
fn new_email(request: &NameAccount, known: Option<&AccountRecord>) -> Option<Email> {
    let address = request.email.clone()?;
    let current = known.and_then(|known| known.email.as_ref());
    let is_known = current.is_some_and(|current| current.address == address);
    (!is_known).then_some(Email { address, is_verified: false })
}

fn changes_anything(naming: &Naming, known: Option<&AccountRecord>) -> bool {
    let has_id = known.is_some_and(|known| known.external_id.as_ref() == Some(&naming.external.id));
    !has_id
        || naming.name.is_some()
        || naming.email.is_some()
        || naming.customer.is_some()
        || naming.subject.is_some()
}
