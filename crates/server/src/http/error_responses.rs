//! Converts errors to problems. The cause is logged; the caller gets a separate text.

use super::api_error::{ApiError, LogLine};
use super::problem::ProblemKind;
use super::refusals::refusal;
use crate::accounts::AccountError;
use crate::payments::{BadSignature, DeliveryError, PaymentError, StripeError};
use crate::store::{ClaimKind, StoreError};
use tokenwell_ledger::QUANTITY_MAX;

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let (response, line) = store_problem(&error);
        logged(response, line, error)
    }
}

impl From<AccountError> for ApiError {
    fn from(error: AccountError) -> Self {
        let (response, line) = account_problem(&error);
        logged(response, line, error)
    }
}

impl From<PaymentError> for ApiError {
    fn from(error: PaymentError) -> Self {
        let (response, line) = payment_problem(&error);
        logged(response, line, error)
    }
}

impl From<DeliveryError> for ApiError {
    fn from(error: DeliveryError) -> Self {
        match error {
            DeliveryError::Signature(why) => Self::new(ProblemKind::InvalidSignature, signature_detail(why)),
            DeliveryError::NotAnEvent(error) => {
                Self::new(ProblemKind::MalformedJson, format!("This is not an event: {error}."))
            }
            DeliveryError::Unchecked(error) => Self::internal(error),
            DeliveryError::Store(error) => error.into(),
        }
    }
}

impl From<serde_json::Error> for ApiError {
    fn from(error: serde_json::Error) -> Self {
        Self::internal(error)
    }
}

/// A response, and the line in the log that its cause gets.
type Outcome = (ApiError, Option<LogLine>);

fn logged(
    response: ApiError,
    line: Option<LogLine>,
    error: impl std::error::Error + Send + Sync + 'static,
) -> ApiError {
    match line {
        Some(line) => response.caused_by(line, error),
        None => response,
    }
}

fn store_problem(error: &StoreError) -> Outcome {
    match error {
        StoreError::Conflict => (
            ApiError::new(
                ProblemKind::Unavailable,
                "Too much is happening to this account at once. Try again in a moment.",
            )
            .retry_after_s(1),
            None,
        ),
        StoreError::Overloaded => (ApiError::overloaded(), None),
        StoreError::Unavailable(_) => (
            ApiError::new(
                ProblemKind::Unavailable,
                "The database does not answer right now. Send the same request again in a moment: nothing is done twice.",
            )
            .retry_after_s(2),
            Some(LogLine::SentAway),
        ),
        StoreError::Failed(_) => failed(),
    }
}

fn account_problem(error: &AccountError) -> Outcome {
    match error {
        AccountError::NotFound => (ApiError::not_found("account"), None),
        AccountError::Deleted => (ApiError::account_deleted(), None),
        AccountError::Claimed(kind) => (claimed(*kind), None),
        AccountError::KeyReused => (
            ApiError::new(
                ProblemKind::IdempotencyKeyReused,
                "This Idempotency-Key was used with another body before. Use a new key for a new request.",
            ),
            None,
        ),
        AccountError::QueueFull(_) => (ApiError::overloaded(), None),
        AccountError::Refused(why) => (refusal(why), None),
        AccountError::UnexpectedOutcome | AccountError::Encoding(_) => failed(),
        AccountError::Store(error) => store_problem(error),
        AccountError::Batch(error) => account_problem(error),
    }
}

/// It names neither account: whoever may say who signs in need not know of others.
fn claimed(kind: ClaimKind) -> ApiError {
    let (field, what) = match kind {
        ClaimKind::Subject => ("subject", "the user who signs in"),
        ClaimKind::Customer => ("customer", "the customer at Stripe"),
    };
    let detail = format!(
        "`{field}` does not fit: {what} belongs to another account, or the account belongs to another one. GET \
         /v1/refused-claims shows both to an operator."
    );
    ApiError::new(ProblemKind::AccountClaimed, detail)
}

fn payment_problem(error: &PaymentError) -> Outcome {
    match error {
        PaymentError::Stripe(error) => stripe_problem(error),
        PaymentError::Account(error) => account_problem(error),
        PaymentError::FactRefused(why) => (ApiError::new(ProblemKind::FactRefused, format!("{why}.")), None),
        PaymentError::UnreadableEvent(_) | PaymentError::Unexpected(_) => failed(),
        PaymentError::NoPrice { .. } => (
            ApiError::new(
                ProblemKind::PaymentProviderRefused,
                "This plan cannot be bought right now: the operator has to set up its price.",
            )
            .retry_after_s(600),
            Some(LogLine::NoPrice),
        ),
        PaymentError::NotSold { .. } => (
            ApiError::new(
                ProblemKind::PaymentProviderRefused,
                "This pack cannot be bought right now: the operator has to set up its price.",
            )
            .retry_after_s(600),
            Some(LogLine::NotSold),
        ),
        PaymentError::TooManyCheckouts { open } => {
            let detail = format!(
                "{open} checkouts are open. Pay or cancel one of them, or wait a day: then they have expired."
            );
            (ApiError::new(ProblemKind::TooManyCheckouts, detail).with_open_checkouts(*open), None)
        }
        PaymentError::NotOnSale { plan, interval } => {
            let detail = format!(
                "There is no paid plan `{plan}` billed by the {}. GET /v1/plans lists those on sale.",
                interval.name()
            );
            (ApiError::new(ProblemKind::UnknownPlan, detail), None)
        }
        PaymentError::UnknownPack(pack) => {
            let detail = format!("There is no pack `{pack}`. GET /v1/packs lists those on sale.");
            (ApiError::new(ProblemKind::UnknownPack, detail), None)
        }
        PaymentError::InvalidQuantity(_) => {
            let detail = format!("`quantity` must be from 1 to {QUANTITY_MAX}.");
            (ApiError::new(ProblemKind::InvalidQuantity, detail), None)
        }
        PaymentError::NoCustomer => {
            let detail = "The account has no plan to manage. POST /v1/subscription/checkout opens the page to choose one.";
            (ApiError::new(ProblemKind::NoSubscription, detail), None)
        }
        PaymentError::UnknownPurchase => (ApiError::not_found("purchase"), None),
    }
}

fn stripe_problem(error: &StripeError) -> Outcome {
    let away = || {
        let detail =
            "The payment provider does not answer right now. Nothing was charged; try again in a moment.";
        ApiError::new(ProblemKind::PaymentProviderUnavailable, detail)
    };
    match error {
        StripeError::Outage(_) => (away().retry_after_s(5), Some(LogLine::CallGivenUp)),
        StripeError::RateLimited { retry_after, .. } => {
            let requested = retry_after.and_then(|pause| u32::try_from(pause.as_secs()).ok());
            (away().retry_after_s(requested.unwrap_or_default().max(5)), Some(LogLine::CallGivenUp))
        }
        StripeError::Authentication(_)
        | StripeError::Forbidden { .. }
        | StripeError::NotFound(_)
        | StripeError::Card { .. }
        | StripeError::Request { .. }
        | StripeError::Unreadable(_) => {
            let detail = "The payment provider refused this. Nothing was charged; if it stays so, the operator has to look.";
            let response = ApiError::new(ProblemKind::PaymentProviderRefused, detail).retry_after_s(60);
            (response, Some(LogLine::StripeRefused))
        }
    }
}

fn signature_detail(why: BadSignature) -> &'static str {
    match why {
        BadSignature::Missing => "The header Stripe-Signature is missing or is not of the form t=…,v1=….",
        BadSignature::TooOld => {
            "The signature's time is more than 300 seconds away: check this machine's clock, or it was sent again by someone else."
        }
        BadSignature::Wrong => {
            "No signature fits: check that --stripe-webhook-secret is the secret of this endpoint."
        }
    }
}

fn failed() -> Outcome {
    let detail = "The service failed to do this. Nothing was changed; try again in a moment.";
    (ApiError::new(ProblemKind::Internal, detail), Some(LogLine::RequestFailed))
}
