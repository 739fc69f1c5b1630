//! The issuer's configuration and public key.

use super::issuer::Issuer;
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

/// `GET /identity/.well-known/openid-configuration`.
pub async fn configuration(State(issuer): State<Issuer>) -> Json<Value> {
    let issuer = issuer.url();
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

/// `GET /identity/jwks`.
pub async fn jwks(State(issuer): State<Issuer>) -> Json<Value> {
    Json(issuer.signer.jwks())
}
