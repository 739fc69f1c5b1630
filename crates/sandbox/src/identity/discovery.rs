//! The issuer's configuration and public key.

use super::habits::{ClientAuthentication, Habits, PublishedKeys};
use super::issuer::Issuer;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// `GET /identity/.well-known/openid-configuration`.
pub async fn configuration(State(issuer): State<Issuer>) -> Json<Value> {
    let habits = issuer.habits();
    let url = issuer.url();
    let mut document = json!({
        "issuer": issuer.name(&habits),
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "userinfo_endpoint": format!("{url}/userinfo"),
        "jwks_uri": format!("{url}/jwks"),
        "authorization_response_iss_parameter_supported": true,
        "claims_supported": ["aud", "email", "email_verified", "exp", "iat", "iss", "name", "nonce", "sub"],
        "code_challenge_methods_supported": habits.pkce_methods,
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "response_modes_supported": ["query"],
        "response_types_supported": ["code"],
        "scopes_supported": habits.scopes(),
        "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported": client_authentication(&habits),
    });
    if habits.publishes_prompts {
        document["prompt_values_supported"] = json!(habits.prompts);
    }
    if habits.revokes {
        document["revocation_endpoint"] = json!(format!("{url}/revoke"));
        document["revocation_endpoint_auth_methods_supported"] = json!(client_authentication(&habits));
    }
    Json(document)
}

fn client_authentication(habits: &Habits) -> &'static [&'static str] {
    match (habits.client_authentication, &habits.client_secret) {
        (ClientAuthentication::ByKey, _) => &["private_key_jwt", "tls_client_auth"],
        (ClientAuthentication::BySecret, Some(_)) => &["client_secret_post", "client_secret_basic"],
        (ClientAuthentication::BySecret, None) => &["none"],
    }
}

/// `GET /identity/jwks`.
pub async fn jwks(State(issuer): State<Issuer>) -> Response {
    let mut key = issuer.signer.jwk();
    let keys = match issuer.habits().keys {
        PublishedKeys::Unavailable => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        PublishedKeys::Signing => vec![key],
        PublishedKeys::EncryptingToo => {
            let mut encrypting = key.clone();
            (encrypting["use"], encrypting["alg"]) = ("enc".into(), "ECDH-ES".into());
            encrypting["kid"] = "encrypts".into();
            vec![encrypting, key]
        }
        PublishedKeys::WithoutAlgorithm => {
            if let Some(key) = key.as_object_mut() {
                key.remove("alg");
            }
            vec![key]
        }
    };
    Json(json!({ "keys": keys })).into_response()
}
