//! Query parameters.

use super::api_error::{ApiError, HttpResult};
use super::problem::ProblemKind;
use super::state::ServiceState;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The most items on one page of a list.
const PAGE_MAX: u32 = 200;
/// The default number of items on a page.
const PAGE: u32 = 50;

/// The parameters, as `T`.
#[derive(Debug)]
pub struct Parameters<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<ServiceState> for Parameters<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ServiceState) -> HttpResult<Self> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(parameters)) => Ok(Self(parameters)),
            Err(rejection) => {
                let detail = format!("The parameters do not fit: {}.", rejection.body_text());
                Err(ApiError::new(ProblemKind::InvalidParameter, detail))
            }
        }
    }
}

/// The requested page of a list.
#[derive(Debug, Clone, Copy)]
pub struct PageRequest {
    /// Only items below this sequence number.
    pub before: Option<i64>,
    /// The maximum number of items.
    pub limit: u32,
}

#[derive(Deserialize)]
struct PageParameters {
    limit: Option<String>,
    cursor: Option<String>,
}

impl FromRequestParts<ServiceState> for PageRequest {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ServiceState) -> HttpResult<Self> {
        let Parameters(query) = Parameters::<PageParameters>::from_request_parts(parts, state).await?;
        let limit = page_limit(query.limit)?;
        let before = query.cursor.map(|cursor| cursor.parse()).transpose().map_err(|_| {
            ApiError::new(
                ProblemKind::InvalidParameter,
                "`cursor` must be the `next_cursor` of an earlier page.",
            )
        })?;
        Ok(Self { before, limit })
    }
}

/// The number of items on a page, from the parameter `limit`.
///
/// # Errors
/// `invalid_parameter`.
pub fn page_limit(limit: Option<String>) -> HttpResult<u32> {
    let Some(limit) = limit else { return Ok(PAGE) };
    limit.parse().ok().filter(|limit| (1..=PAGE_MAX).contains(limit)).ok_or_else(|| {
        let detail = format!("`limit` must be a number from 1 to {PAGE_MAX}.");
        ApiError::new(ProblemKind::InvalidParameter, detail)
    })
}
