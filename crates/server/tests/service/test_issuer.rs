//! An OpenID issuer that publishes and signs anything.

use crate::support::World;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing::get};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use hmac::{Hmac, KeyInit, Mac};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::Sha256;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokenwell_server::{OidcSettings, Running, Settings};

/// The issuer.
pub struct TestIssuer {
    pub origin: String,
    key: SigningKey,
    site: Arc<Mutex<Site>>,
}

/// What the issuer serves, by path.
#[derive(Default)]
struct Site {
    documents: HashMap<String, Document>,
    requests: Vec<String>,
}

/// A response of the issuer.
#[derive(Clone)]
enum Document {
    Json(Value),
    Redirect(String),
    Error,
}

async fn serve(State(site): State<Arc<Mutex<Site>>>, Path(path): Path<String>) -> Response {
    let mut site = site.lock().unwrap();
    site.requests.push(path.clone());
    match site.documents.get(&path).cloned() {
        Some(Document::Json(document)) => Json(document).into_response(),
        Some(Document::Redirect(to)) => (StatusCode::FOUND, [(header::LOCATION, to)]).into_response(),
        Some(Document::Error) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

const DISCOVERY: &str = ".well-known/openid-configuration";
const KEYS: &str = "keys";
const USER_INFO: &str = "userinfo";

impl TestIssuer {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let site = Arc::<Mutex<Site>>::default();
        let router = Router::new().route("/{*path}", get(serve)).with_state(Arc::clone(&site));
        tokio::spawn(async move { axum::serve(listener, router).await });
        // A fixed key, used only in these tests.
        let issuer = Self { origin, key: SigningKey::from_slice(&[7; 32]).unwrap(), site };
        issuer.discovered(&json!({}));
        issuer.publish("k1");
        issuer
    }

    /// Publishes a discovery document with these fields, and the usual ones that are not among them.
    pub fn discovered(&self, fields: &Value) {
        let origin = &self.origin;
        let mut document = json!({
            "issuer": origin,
            "jwks_uri": format!("{origin}/{KEYS}"),
            "userinfo_endpoint": format!("{origin}/{USER_INFO}"),
        });
        document.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        self.serves(DISCOVERY, Document::Json(document));
    }

    /// Publishes the key under this id.
    pub fn publish(&self, id: &str) {
        let key = self.jwk(id);
        self.publish_all(&json!([key]));
    }

    pub fn publish_all(&self, keys: &Value) {
        self.serves(KEYS, Document::Json(json!({ "keys": keys })));
    }

    /// The keys cannot be had from now on.
    pub fn hide_keys(&self) {
        self.serves(KEYS, Document::Error);
    }

    /// The keys are somewhere else from now on.
    pub fn redirect_keys(&self, to: &str) {
        self.serves(KEYS, Document::Redirect(to.to_owned()));
    }

    pub fn knows_user(&self, info: &Value) {
        self.serves(USER_INFO, Document::Json(info.clone()));
    }

    fn serves(&self, path: &str, document: Document) {
        self.site.lock().unwrap().documents.insert(path.to_owned(), document);
    }

    /// How often the userinfo was asked for.
    pub fn user_info_requests(&self) -> usize {
        self.site.lock().unwrap().requests.iter().filter(|path| *path == USER_INFO).count()
    }

    /// The issuer, and every other setting as it is by default.
    pub fn settings(&self) -> OidcSettings {
        OidcSettings::of_issuer(&self.origin)
    }

    pub fn jwk(&self, id: &str) -> Value {
        let point = self.key.verifying_key().to_sec1_point(false);
        let [x, y] = [point.x(), point.y()].map(|coordinate| BASE64.encode(coordinate.unwrap()));
        json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": id })
    }

    pub fn claims(&self) -> Value {
        let now = jiff::Timestamp::now().as_second();
        json!({ "iss": self.origin, "sub": "ada", "aud": "tokenwell", "iat": now, "exp": now + 600,
            "email": "ada@example.com" })
    }

    /// A token with the claims of a valid one after `change`.
    pub fn token(&self, key: &str, change: impl Fn(&mut Value)) -> String {
        let mut claims = self.claims();
        change(&mut claims);
        let signed = unsigned("ES256", key, &claims);
        let signature: Signature = self.key.sign(signed.as_bytes());
        format!("{signed}.{}", BASE64.encode(signature.to_bytes()))
    }

    /// A token with the claims of a valid one and these; one that is null is left out.
    pub fn with(&self, claims: &Value) -> String {
        self.token("k1", |all| {
            let all = all.as_object_mut().unwrap();
            all.extend(claims.as_object().unwrap().clone());
            all.retain(|_, value| !value.is_null());
        })
    }

    /// A token whose signature is DER-encoded, as in certificates. Tokens must not have this encoding.
    pub fn signed_in_der(&self) -> String {
        let signed = unsigned("ES256", "k1", &self.claims());
        let signature: Signature = self.key.sign(signed.as_bytes());
        format!("{signed}.{}", BASE64.encode(signature.to_der().as_bytes()))
    }

    /// A token without a signature, or with an HMAC whose secret is the public key.
    pub fn forged(&self, algorithm: &str) -> String {
        let signed = unsigned(algorithm, "k1", &self.claims());
        let secret = self.key.verifying_key().to_sec1_point(false);
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap().chain_update(&signed).finalize();
        let signature = if algorithm == "none" { String::new() } else { BASE64.encode(mac.into_bytes()) };
        format!("{signed}.{signature}")
    }
}

/// The header and claims of a token, without its signature.
pub fn unsigned(algorithm: &str, key: &str, claims: &Value) -> String {
    let header = json!({ "alg": algorithm, "typ": "JWT", "kid": key });
    let [header, claims] = [&header, claims].map(|part| BASE64.encode(serde_json::to_vec(part).unwrap()));
    format!("{header}.{claims}")
}

/// Restarts the service with this sign-in instead of the sandbox's.
pub async fn trusting(world: &mut World, oidc: OidcSettings) -> Running {
    world.stop_service().await;
    let settings = Settings { oidc, ..world.settings() };
    let service = tokenwell_server::start(settings).await.unwrap();
    world.origin = format!("http://{}", service.addr);
    service
}
