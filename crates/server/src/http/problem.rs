//! The kinds of problem (RFC 9457), in one table.

use axum::http::StatusCode;

/// Defines [`ProblemKind`] from the table, so that every kind has a row.
macro_rules! problem_kinds {
    ($($kind:ident: $status:ident, $code:literal, $title:literal;)+) => {
        /// A kind of problem: its status, its code for programs and its title for people.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ProblemKind {
            $($kind,)+
        }

        impl ProblemKind {
            /// The HTTP status.
            pub const fn status(self) -> StatusCode {
                match self {
                    $(Self::$kind => StatusCode::$status,)+
                }
            }

            /// The code for programs.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$kind => $code,)+
                }
            }

            /// The title for people.
            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$kind => $title,)+
                }
            }
        }
    };
}

problem_kinds! {
    MissingToken: UNAUTHORIZED, "missing_token", "Sign-in is missing";
    InvalidToken: UNAUTHORIZED, "invalid_token", "Sign-in is not valid";
    ExpiredToken: UNAUTHORIZED, "expired_token", "Sign-in has expired";
    InsufficientScope: FORBIDDEN, "insufficient_scope", "The service key is not for this";
    AccountDeleted: GONE, "account_deleted", "The account was deleted";
    AccountClaimed: CONFLICT, "account_claimed", "The account is claimed";
    IssuerUnreachable: SERVICE_UNAVAILABLE, "issuer_unreachable", "Sign-in cannot be checked";
    NotFound: NOT_FOUND, "not_found", "Not found";
    MethodNotAllowed: METHOD_NOT_ALLOWED, "method_not_allowed", "Method not allowed";
    MalformedJson: BAD_REQUEST, "malformed_json", "The body is not JSON";
    InvalidBody: UNPROCESSABLE_ENTITY, "invalid_body", "The body does not fit";
    InvalidParameter: BAD_REQUEST, "invalid_parameter", "A parameter does not fit";
    BodyTooLarge: PAYLOAD_TOO_LARGE, "body_too_large", "The body is too large";
    IdempotencyKeyRequired: BAD_REQUEST, "idempotency_key_required", "Idempotency-Key is missing";
    IdempotencyKeyInvalid: BAD_REQUEST, "idempotency_key_invalid", "Idempotency-Key does not fit";
    IdempotencyKeyReused: UNPROCESSABLE_ENTITY, "idempotency_key_reused", "Idempotency-Key was used otherwise";
    UnknownPack: UNPROCESSABLE_ENTITY, "unknown_pack", "No such pack";
    InvalidQuantity: UNPROCESSABLE_ENTITY, "invalid_quantity", "The quantity does not fit";
    UnknownPlan: UNPROCESSABLE_ENTITY, "unknown_plan", "No such plan";
    InvalidAmount: UNPROCESSABLE_ENTITY, "invalid_amount", "The amount does not fit";
    InvalidReason: UNPROCESSABLE_ENTITY, "invalid_reason", "The reason does not fit";
    InvalidTtl: UNPROCESSABLE_ENTITY, "invalid_ttl", "The life of the hold does not fit";
    ConfirmationRequired: UNPROCESSABLE_ENTITY, "confirmation_required", "Deletion is not confirmed";
    SubscriptionRequired: FORBIDDEN, "subscription_required", "A paid plan is needed";
    DisputeOpen: FORBIDDEN, "dispute_open", "A payment is disputed";
    TooManyCheckouts: CONFLICT, "too_many_checkouts", "Too many open checkouts";
    AlreadyPaid: CONFLICT, "already_paid", "Already paid";
    AlreadySubscribed: CONFLICT, "already_subscribed", "Already subscribed";
    NoSubscription: CONFLICT, "no_subscription", "There is no subscription";
    InsufficientTokens: PAYMENT_REQUIRED, "insufficient_tokens", "Not enough tokens";
    HoldEnded: CONFLICT, "hold_ended", "The hold has ended";
    CommitExceedsHold: UNPROCESSABLE_ENTITY, "commit_exceeds_hold", "More than is on hold";
    CorrectionBelowZero: UNPROCESSABLE_ENTITY, "correction_below_zero", "More than there is";
    FactRefused: CONFLICT, "fact_refused", "What Stripe says does not fit";
    AlreadyResolved: CONFLICT, "already_resolved", "Already resolved";
    BalanceTooLarge: UNPROCESSABLE_ENTITY, "balance_too_large", "The balance would be too large";
    PaymentProviderUnavailable: SERVICE_UNAVAILABLE, "payment_provider_unavailable", "The payment provider does not answer";
    PaymentProviderRefused: BAD_GATEWAY, "payment_provider_unavailable", "The payment provider refused";
    InvalidSignature: BAD_REQUEST, "invalid_signature", "The signature does not fit";
    Overloaded: SERVICE_UNAVAILABLE, "overloaded", "Too much at once";
    RateLimited: TOO_MANY_REQUESTS, "rate_limited", "Too many requests";
    TimedOut: SERVICE_UNAVAILABLE, "timed_out", "It took too long";
    BodyTooSlow: REQUEST_TIMEOUT, "body_too_slow", "The body came too slowly";
    Unavailable: SERVICE_UNAVAILABLE, "unavailable", "The service is not ready";
    Internal: INTERNAL_SERVER_ERROR, "internal_error", "Something went wrong here";
}
