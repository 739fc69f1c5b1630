//! The platform's own ids of its users in paths: `ext:` and the id, percent-encoded.

use super::api_error::{ApiError, HttpResult};
use super::auth::keyed_hash::external_key;
use super::problem::ProblemKind;
use super::request_path::Id;
use super::state::{Http, ServiceState};
use super::user_texts::{ID_CHARS_MAX, is_external_id};
use crate::store::ExternalId;
use axum::extract::{FromRequestParts, MatchedPath, Path};
use axum::http::request::Parts;

/// What stands before an external id in a path.
const PREFIX: &str = "ext:";

/// The account of a path, which names it by its id or by the platform's own.
#[derive(Debug, Clone)]
pub struct PathAccount(pub String);

/// A path that names an account by the platform's own id, whether there is one or not.
#[derive(Debug, Clone)]
pub struct PathExternalId(pub ExternalId);

/// The path of the request with the account's id in place of the external id, so that idempotency keys do not depend on how the
/// account was named.
#[derive(Debug, Clone)]
pub struct CanonicalPath(pub String);

impl FromRequestParts<ServiceState> for PathAccount {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ServiceState) -> HttpResult<Self> {
        let named = Path::<String>::from_request_parts(parts, state).await.map(|Path(named)| named);
        // What is not UTF-8 names no account, like every other text that cannot be an id.
        let named = named.unwrap_or_default();
        let Some(external) = named.strip_prefix(PREFIX) else { return Ok(Self(Id::of(named).0)) };
        let external = external_id(&state.http, external)?;
        let Some(id) = state.store.account_of_external_id(&external.id).await? else {
            return Err(match state.store.former_of_external_id(external.key).await? {
                Some(_) => deleted(),
                None => ApiError::not_found("account"),
            });
        };
        if let Some(route) = parts.extensions.get::<MatchedPath>() {
            let path = route.as_str().replace("{id}", &id);
            parts.extensions.insert(CanonicalPath(path));
        }
        Ok(Self(id))
    }
}

impl FromRequestParts<ServiceState> for PathExternalId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ServiceState) -> HttpResult<Self> {
        let named = segment(parts, state).await?;
        match named.strip_prefix(PREFIX) {
            Some(external) => external_id(&state.http, external).map(Self),
            None => {
                Err(unfit("Name the account by your own id of the user: PUT /v1/accounts/ext:{your id}."))
            }
        }
    }
}

/// The one parameter of the path, decoded.
async fn segment(parts: &mut Parts, state: &ServiceState) -> HttpResult<String> {
    let Path(segment) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| {
        unfit("The account in the path is not UTF-8. Percent-encode your id's bytes in UTF-8.")
    })?;
    Ok(segment)
}

/// An external id with its hash.
///
/// # Errors
/// `invalid_parameter` if it is no id.
pub fn external_id(http: &Http, id: &str) -> HttpResult<ExternalId> {
    if !is_external_id(id) {
        return Err(unfit(&format!(
            "An external id has 1 to {ID_CHARS_MAX} characters, no control characters, and no blank at either end."
        )));
    }
    Ok(ExternalId { id: id.to_owned(), key: external_key(&http.subject_secret, id) })
}

/// The answer to a call for an external id whose account was deleted.
pub fn deleted() -> ApiError {
    ApiError::new(
        ProblemKind::AccountDeleted,
        "The account of this external id was deleted for good. To open another one, send PUT /v1/accounts/ext:{your id} \
         with \"reopen\": true.",
    )
}

fn unfit(detail: &str) -> ApiError {
    ApiError::new(ProblemKind::InvalidParameter, detail)
}
