//! Balances and spends of users, through the token service.

use super::state::Studio;
use crate::random;
use crate::records::user::User;
use crate::token_service::{self, NoResponse, ServiceResponse, TokenService};
use axum::http::StatusCode;
use reqwest::RequestBuilder;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

/// The platform API of the token service.
pub struct Platform<'a> {
    service: TokenService,
    key: &'a str,
}

/// A setting that the studio needs is missing.
#[derive(Debug, thiserror::Error)]
pub enum MissingSetting {
    /// The service's address is not known.
    #[error("The studio finds the token service beside --webhook-url, which is not set.")]
    WebhookUrl,
    /// There is no key to spend with.
    #[error("The studio spends with a service key: start the sandbox with --service-key.")]
    ServiceKey,
}

/// A spend was not decided on by the rules.
#[derive(Debug, thiserror::Error)]
pub enum SpendError {
    /// The studio has no access to the service.
    #[error(transparent)]
    Setting(#[from] MissingSetting),
    /// The service did not respond.
    #[error(transparent)]
    NoResponse(#[from] NoResponse),
    /// The service refused to look up the account.
    #[error("The token service refused to look up accounts: {0}.")]
    Lookup(String),
    /// The user has no account at the service.
    #[error("{0} has no account yet: they have to sign in to Tokenwell once.")]
    NoAccount(String),
    /// There is no such user.
    #[error("There is no such user; pick one from the list.")]
    NoSuchUser,
}

/// The service's decision on a spend.
pub enum SpendResult {
    /// It was spent.
    Spent {
        /// The number of tokens.
        amount: u64,
        /// The spendable tokens that are left.
        left: u64,
        /// The body of the response.
        spend: Value,
    },
    /// It was refused.
    Refused {
        /// The status of the response.
        status: StatusCode,
        /// The body of the response.
        problem: Value,
    },
}

impl<'a> Platform<'a> {
    /// The platform API, if the settings give access to it.
    pub fn of(studio: &'a Studio) -> Result<Self, MissingSetting> {
        let service =
            TokenService::beside(&studio.webhooks, &studio.http).ok_or(MissingSetting::WebhookUrl)?;
        let key = studio.service_key.as_ref().ok_or(MissingSetting::ServiceKey)?;
        Ok(Self { service, key: key.expose_secret() })
    }

    async fn send(&self, request: RequestBuilder) -> Result<ServiceResponse, NoResponse> {
        token_service::send(request, self.key).await
    }

    /// The id of a user's account at the service; users have none before they first sign in.
    async fn account(&self, user: &User) -> Result<Option<String>, SpendError> {
        let request = self.service.get("/v1/accounts").query(&[("email", &user.email)]);
        let ServiceResponse { status, body } = self.send(request).await?;
        if !status.is_success() {
            return Err(SpendError::Lookup(problem_text(&body, status)));
        }
        Ok(body["accounts"][0]["id"].as_str().map(str::to_owned))
    }

    /// The balance of a user; `None` without an account.
    pub async fn balance(&self, user: &User) -> Result<Option<Value>, SpendError> {
        let Some(account) = self.account(user).await? else { return Ok(None) };
        let response = self.send(self.service.get(&format!("/v1/accounts/{account}/balance"))).await?;
        Ok(Some(response.body).filter(|_| response.status.is_success()))
    }

    /// Spends tokens of a user.
    pub async fn spend(&self, user: &User, amount: u64, reason: &str) -> Result<SpendResult, SpendError> {
        let account = self.account(user).await?;
        let account = account.ok_or_else(|| SpendError::NoAccount(user.name.clone()))?;
        let request = self
            .service
            .post(&format!("/v1/accounts/{account}/spends"))
            .header("Idempotency-Key", random::letters(24))
            .json(&json!({ "amount": amount, "reason": reason }));
        let ServiceResponse { status, body } = self.send(request).await?;
        if !status.is_success() {
            return Ok(SpendResult::Refused { status, problem: body });
        }
        let left = body["balance"]["spendable"].as_u64().unwrap_or_default();
        Ok(SpendResult::Spent { amount, left, spend: body })
    }
}

/// The text of a problem response of the service.
pub fn problem_text(problem: &Value, status: StatusCode) -> String {
    problem["detail"].as_str().or(problem["title"].as_str()).map_or_else(|| status.to_string(), str::to_owned)
}
