//! The answers of the platforms, as their descriptions publish them.

use super::switches::{Fault, Switches};
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::time::Duration;

/// How long a slow platform takes.
const SLOW: Duration = Duration::from_mins(5);

/// A platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Leonardo,
    ElevenLabs,
    Stability,
    Runway,
    /// One that a user declares: any path, header and shape would do.
    Declared,
}

impl Kind {
    pub(super) const ALL: [Self; 5] =
        [Self::Leonardo, Self::ElevenLabs, Self::Stability, Self::Runway, Self::Declared];

    pub(super) fn of(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id() == id)
    }

    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Leonardo => "leonardo",
            Self::ElevenLabs => "elevenlabs",
            Self::Stability => "stability",
            Self::Runway => "runway",
            Self::Declared => "declared",
        }
    }

    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Leonardo => "/api/rest/v1/me",
            Self::ElevenLabs => "/v1/user/subscription",
            Self::Stability => "/v1/user/balance",
            Self::Runway => "/v1/organization",
            Self::Declared => "/balance",
        }
    }

    /// The key in its header.
    fn key(self, headers: &HeaderMap) -> Option<&str> {
        let value = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let key = match self {
            Self::Leonardo | Self::Stability | Self::Runway => {
                value(header::AUTHORIZATION.as_str())?.strip_prefix("Bearer ")?
            }
            Self::ElevenLabs => value("xi-api-key")?,
            Self::Declared => value("x-key")?,
        };
        (!key.is_empty()).then_some(key)
    }

    /// The published example.
    fn example(self) -> &'static str {
        match self {
            Self::Leonardo => {
                r#"{"user_details": [{"user": {"id": "11111111-2222-3333-4444-555555555555", "username": "example-user"},
                "tokenRenewalDate": "2026-06-01T00:00:00.000Z", "paidTokens": 12.4567, "subscriptionTokens": 0,
                "subscriptionGptTokens": 0, "subscriptionModelTokens": 0, "apiConcurrencySlots": 5,
                "apiSubscriptionTokens": 0, "apiPaidTokens": 12.4567, "apiPlanTokenRenewalDate": null,
                "usedAPIBoosters": 0}]}"#
            }
            Self::ElevenLabs => {
                r#"{"tier": "starter", "character_count": 1000, "character_limit": 10000,
                "max_character_limit_extension": 10000, "max_credit_limit_extension": 10000,
                "can_extend_character_limit": true, "allowed_to_extend_character_limit": true, "voice_slots_used": 1,
                "professional_voice_slots_used": 0, "voice_limit": 10, "voice_add_edit_counter": 0,
                "professional_voice_limit": 1, "can_extend_voice_limit": true, "can_use_instant_voice_cloning": true,
                "can_use_professional_voice_cloning": true, "current_overage": {"amount": "0", "currency": "usd"},
                "status": "active", "has_open_invoices": true, "next_character_count_reset_unix": 1738356858,
                "currency": "usd", "billing_period": "monthly_period", "character_refresh_period": "monthly_period"}"#
            }
            Self::Stability => r#"{"credits": 0.6336833840314097}"#,
            Self::Runway => {
                r#"{"tier": {"maxMonthlyCreditSpend": 10000, "models": {"gen4.5": {"maxConcurrentGenerations": 2,
                "maxDailyGenerations": 200}}}, "creditBalance": 5000,
                "usage": {"models": {"gen4.5": {"dailyGenerations": 12}}}}"#
            }
            Self::Declared => {
                r#"{"wallet": {"left": "3.50", "of": 20}, "note": "a field that nobody described"}"#
            }
        }
    }

    /// The refusal of a key, in the platform's own shape.
    fn refusal(self) -> Value {
        match self {
            Self::Leonardo => {
                json!({"error": "Invalid Authorization header", "path": "$", "code": "invalid-jwt"})
            }
            Self::ElevenLabs => {
                json!({"detail": {"status": "invalid_api_key", "message": "Invalid API key"}})
            }
            Self::Stability => {
                let message = "Header parameter Authorization is required, but not found";
                json!({"id": "296a972f-666a-44a1-a3df-c9c28a1f56c0", "name": "unauthorized", "message": message})
            }
            Self::Runway | Self::Declared => json!({"error": "The key is not valid."}),
        }
    }
}

/// Answers a request.
pub(super) async fn answer(kind: Kind, headers: &HeaderMap, switches: Switches) -> Response {
    let Switches { body, revoked, fault, retry_after, asked: _ } = switches;
    let Some(key) = kind.key(headers) else { return refused(kind) };
    if revoked.iter().any(|revoked| revoked == key) {
        return refused(kind);
    }
    if kind == Kind::Runway && !headers.contains_key("x-runway-version") {
        let error = json!({"error": "The header X-Runway-Version is required."});
        return (StatusCode::BAD_REQUEST, axum::Json(error)).into_response();
    }
    let mut response = match fault {
        None => json_text(body.unwrap_or_else(|| kind.example().to_owned())),
        Some(fault) => faulty(kind, fault).await,
    };
    if let Some(pause) = retry_after.and_then(|pause| HeaderValue::try_from(pause).ok()) {
        response.headers_mut().insert(header::RETRY_AFTER, pause);
    }
    response
}

fn refused(kind: Kind) -> Response {
    (StatusCode::UNAUTHORIZED, axum::Json(kind.refusal())).into_response()
}

fn json_text(body: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

async fn faulty(kind: Kind, fault: Fault) -> Response {
    let error =
        |status: StatusCode| (status, axum::Json(json!({"error": status.to_string()}))).into_response();
    match fault {
        Fault::Unauthorized => refused(kind),
        Fault::Forbidden => error(StatusCode::FORBIDDEN),
        Fault::TooManyRequests => error(StatusCode::TOO_MANY_REQUESTS),
        Fault::ServerError => error(StatusCode::INTERNAL_SERVER_ERROR),
        Fault::Html => {
            axum::response::Html("<!doctype html><title>Sign in to the network</title>").into_response()
        }
        Fault::Redirect => {
            (StatusCode::FOUND, [(header::LOCATION, "/platforms/declared/balance")]).into_response()
        }
        Fault::Slow => {
            tokio::time::sleep(SLOW).await;
            json_text(kind.example().to_owned())
        }
        Fault::Huge => {
            let parts = stream::repeat_with(|| Ok::<_, Infallible>("[".repeat(4_096)));
            Response::new(Body::from_stream(parts))
        }
    }
}
