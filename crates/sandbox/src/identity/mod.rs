//! The OpenID issuer: authorization code with PKCE for native apps, whose users are the sandbox's.

mod authorize;
pub mod keys;
mod token;

use crate::world::World;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

/// The client that the issuer was set up for; any other is served too, and told so.
pub const CLIENT: &str = "tokenwell-desktop";

/// The issuer's endpoints.
pub fn routes() -> Router<World> {
    Router::new()
        .route("/identity/.well-known/openid-configuration", get(discovery))
        .route("/identity/authorize", get(authorize::show).post(authorize::choose))
        .route("/identity/jwks", get(jwks))
        .route("/identity/revoke", post(token::revoke))
        .route("/identity/token", post(token::exchange))
        .route("/identity/userinfo", get(userinfo).post(userinfo))
}

async fn discovery(State(world): State<World>) -> Json<Value> {
    let issuer = world.issuer();
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "jwks_uri": format!("{issuer}/jwks"),
        "revocation_endpoint": format!("{issuer}/revoke"),
        "revocation_endpoint_auth_methods_supported": ["none"],
        "authorization_response_iss_parameter_supported": true,
        "claims_supported": ["aud", "email", "email_verified", "exp", "iat", "iss", "name", "nonce", "sub"],
        "code_challenge_methods_supported": ["S256"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "prompt_values_supported": ["login", "select_account"],
        "response_modes_supported": ["query"],
        "response_types_supported": ["code"],
        "scopes_supported": ["openid", "email", "profile", "offline_access"],
        "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported": ["none"],
    }))
}

async fn jwks(State(world): State<World>) -> Json<Value> {
    Json(world.signer().jwks())
}

async fn userinfo(State(world): State<World>, headers: HeaderMap) -> Response {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = given.and_then(|value| value.strip_prefix("Bearer "));
    match token.and_then(|token| world.signer().read_access_token(&world.issuer(), token)) {
        Some(claims) => Json(json!({
            "sub": claims.sub,
            "email": claims.email,
            "email_verified": true,
            "name": claims.name,
        }))
        .into_response(),
        None => (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")])
            .into_response(),
    }
}
