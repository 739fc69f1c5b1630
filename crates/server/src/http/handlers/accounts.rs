//! Accounts as the platform names and finds them (rule 19).

use crate::accounts::{AccountError, Accounts, NameAccount, NamedAccount};
use crate::http::api_error::{ApiError, HttpResult};
use crate::http::auth::Platform;
use crate::http::auth::keyed_hash::subject_key;
use crate::http::external_id::{self, PathAccount, PathExternalId};
use crate::http::problem::ProblemKind;
use crate::http::request_body::Json;
use crate::http::request_query::{PageRequest, Parameters, page_limit};
use crate::http::state::Http;
use crate::http::user_texts::{fitting, is_email, own_text};
use crate::http::wire_types;
use crate::payments::is_id;
use crate::store::{AccountRecord, Store, StoreResult, SubjectKey};
use axum::extract::State;
use axum::http::StatusCode;
use futures_util::future::try_join_all;
use serde::Deserialize;
use std::sync::Arc;
use tokenwell_wire::{self as wire, AccountList, FoundAccount, Problem, RefusedClaims};

const NO_EMAIL: &str = "`email` must be an address such as someone@example.com.";
const NO_CUSTOMER: &str = "`customer` must be the id of a customer at Stripe, such as cus_NffrFeUfNV2Hib.";

/// Which accounts: those of one of these, or a page of all.
#[derive(Debug, Deserialize)]
pub struct AccountQuery {
    email: Option<String>,
    external_id: Option<String>,
    subject: Option<String>,
    customer: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

/// Accounts: those of an e-mail address, external id, subject or customer, or page by page all of them.
#[utoipa::path(get, path = "/v1/accounts", tag = "platform", operation_id = "list_accounts", security(("platform" = [])),
    params(("email" = Option<String>, Query), ("external_id" = Option<String>, Query),
        ("subject" = Option<String>, Query, description = "The user's id at the issuer"),
        ("customer" = Option<String>, Query, description = "The customer at Stripe"),
        ("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = AccountList), (status = 400, body = Problem)))]
pub async fn list(
    State(accounts): State<Arc<Accounts>>,
    State(store): State<Arc<dyn Store>>,
    State(http): State<Arc<Http>>,
    _platform: Platform,
    Parameters(query): Parameters<AccountQuery>,
) -> HttpResult<axum::Json<AccountList>> {
    let AccountQuery { email, external_id, subject, customer, limit, cursor } = query;
    let searched = [email, external_id, subject, customer];
    if searched.iter().flatten().any(|text| text.is_empty() || text.contains(char::is_control)) {
        let detail = "What is searched for is empty, or has control characters.";
        return Err(ApiError::new(ProblemKind::InvalidParameter, detail));
    }
    let (records, next_cursor) = match searched {
        [None, None, None, None] => {
            page(&*store, page_limit(limit)?, cursor.as_deref().unwrap_or_default()).await?
        }
        [Some(email), None, None, None] => (store.accounts_of_email(&email).await?, None),
        [None, Some(id), None, None] => {
            let id = store.account_of_external_id(&id).await?;
            (of_id(&*store, id).await?, None)
        }
        [None, None, Some(subject), None] => (of_subject(&http, &*store, &subject).await?, None),
        [None, None, None, Some(customer)] => {
            let id = store.account_of_customer(&customer).await?;
            (of_id(&*store, id).await?, None)
        }
        _ => {
            let detail = "Search by one of `email`, `external_id`, `subject` and `customer`.";
            return Err(ApiError::new(ProblemKind::InvalidParameter, detail));
        }
    };
    let accounts = records.into_iter().map(|record| found(&accounts, record)).collect::<HttpResult<_>>()?;
    Ok(axum::Json(AccountList { accounts, next_cursor }))
}

async fn page(
    store: &dyn Store,
    limit: u32,
    after: &str,
) -> StoreResult<(Vec<AccountRecord>, Option<String>)> {
    let mut records = store.accounts_after(after, limit + 1).await?;
    let has_more = records.len() > limit as usize;
    records.truncate(limit as usize);
    let next = records.last().filter(|_| has_more).map(|last| last.id.clone());
    Ok((records, next))
}

async fn of_id(store: &dyn Store, id: Option<String>) -> StoreResult<Vec<AccountRecord>> {
    let Some(id) = id else { return Ok(Vec::new()) };
    Ok(store.account(&id).await?.filter(|account| account.deleted_at.is_none()).into_iter().collect())
}

async fn of_subject(http: &Http, store: &dyn Store, subject: &str) -> StoreResult<Vec<AccountRecord>> {
    let (key, former) = subject_keys(http, subject);
    for key in std::iter::once(key).chain(former) {
        if let (_, Some(account)) = store.subject_and_account(key).await? {
            return Ok(vec![account]);
        }
    }
    Ok(Vec::new())
}

/// The subject's hash, and those under the issuer's former names.
fn subject_keys(http: &Http, subject: &str) -> (SubjectKey, Vec<SubjectKey>) {
    let oidc = http.issuer.settings();
    let key = |issuer: &str| subject_key(&http.subject_secret, issuer, subject);
    (key(&oidc.issuer), oidc.former_issuers.iter().map(|issuer| key(issuer)).collect())
}

/// An account.
#[utoipa::path(get, path = "/v1/accounts/{id}", tag = "platform", operation_id = "show_account_of_user", security(("platform" = [])),
    params(("id" = String, Path, description = "The account's id, or `ext:` and the platform's own id of the user")),
    responses((status = 200, body = FoundAccount), (status = 404, body = Problem), (status = 410, body = Problem)))]
pub async fn show(
    State(accounts): State<Arc<Accounts>>,
    State(store): State<Arc<dyn Store>>,
    _platform: Platform,
    PathAccount(account): PathAccount,
) -> HttpResult<axum::Json<FoundAccount>> {
    let record = store.account(&account).await?.ok_or_else(|| ApiError::not_found("account"))?;
    found(&accounts, record).map(axum::Json)
}

/// Opens the account of the platform's own id of a user, or changes what is known of the user. The same request again changes
/// nothing.
#[utoipa::path(put, path = "/v1/accounts/{id}", tag = "platform", security(("platform" = [])),
    request_body = wire::NameAccount,
    params(("id" = String, Path, description = "`ext:` and the platform's own id of the user, percent-encoded")),
    responses((status = 200, body = FoundAccount), (status = 201, body = FoundAccount),
        (status = 409, body = Problem), (status = 410, body = Problem), (status = 422, body = Problem)))]
pub async fn name(
    State(accounts): State<Arc<Accounts>>,
    State(http): State<Arc<Http>>,
    _platform: Platform,
    PathExternalId(external): PathExternalId,
    Json(body): Json<wire::NameAccount>,
) -> HttpResult<(StatusCode, axum::Json<FoundAccount>)> {
    let subject = own_text("subject", body.subject)?;
    let request = NameAccount {
        external,
        reopen: body.reopen,
        name: own_text("name", body.name)?,
        email: fitting(own_text("email", body.email)?, is_email, NO_EMAIL)?,
        // It becomes part of paths at Stripe.
        customer: fitting(body.customer, is_id, NO_CUSTOMER)?,
        subject: subject.map(|subject| subject_keys(&http, &subject)),
    };
    let NamedAccount { account, is_new } = accounts.name(&request).await.map_err(|error| match error {
        AccountError::Deleted => external_id::deleted(),
        error => error.into(),
    })?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, axum::Json(found(&accounts, account)?)))
}

/// Claims of the platform that were refused with `account_claimed`, newest first.
#[utoipa::path(get, path = "/v1/refused-claims", tag = "platform", security(("platform" = [])),
    params(("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = RefusedClaims), (status = 401, body = Problem)))]
pub async fn refused_claims(
    State(store): State<Arc<dyn Store>>,
    _platform: Platform,
    page: PageRequest,
) -> HttpResult<axum::Json<RefusedClaims>> {
    let page = store.refused_claims(page.before, page.limit).await?;
    let items = page.items.into_iter().map(async |claim| {
        let account = of_id(&*store, claim.account.clone()).await?.pop();
        let holder = of_id(&*store, claim.holder.clone()).await?.pop();
        Ok::<_, ApiError>(wire_types::refused_claim(claim, account, holder))
    });
    let next_cursor = page.next.map(|seq| seq.to_string());
    Ok(axum::Json(RefusedClaims { items: try_join_all(items).await?, next_cursor }))
}

/// An account as it is after everything that is due, which a look at it does not write.
fn found(accounts: &Accounts, record: AccountRecord) -> HttpResult<FoundAccount> {
    Ok(wire_types::found_account(&accounts.preview(record)?, accounts.catalogue()))
}
