//! The OpenID issuer: authorization code with PKCE for native apps, signed in as one of the sandbox's users.

mod authorize;
mod discovery;
pub mod habits;
pub mod issuer;
pub mod presets;
pub mod signer;
mod tokens;
mod userinfo;
pub mod users;

use axum::Router;
use axum::routing::{get, post};
use issuer::Issuer;

/// The issuer's endpoints.
pub fn routes() -> Router<Issuer> {
    Router::new()
        .route("/identity/.well-known/openid-configuration", get(discovery::configuration))
        .route("/identity/authorize", get(authorize::show).post(authorize::submit))
        .route("/identity/jwks", get(discovery::jwks))
        .route("/identity/revoke", post(tokens::revoke))
        .route("/identity/token", post(tokens::exchange))
        .route("/identity/userinfo", get(userinfo::userinfo).post(userinfo::userinfo))
}
