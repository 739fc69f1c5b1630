//! The token and revocation endpoints. A code or refresh token can be exchanged once.

use super::authorize::{AuthorizationCode, Consent};
use super::habits::{AccessTokens, Habits};
use super::issuer::{Issuer, OpaqueToken, Recipient, hash};
use super::signer::{SIGN_IN_LIFE, SigningError};
use super::users;
use crate::error_chain::error_chain;
use crate::random;
use crate::records::table::Kind;
use crate::records::user::User;
use crate::store::{Store, WriteError};
use crate::stripe::api::response::hang_up;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Form, Json};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The parameters of a token request.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct TokenRequest {
    grant_type: String,
    client_id: String,
    code: String,
    redirect_uri: String,
    code_verifier: String,
    refresh_token: String,
    resource: String,
    client_secret: String,
}

/// A refresh token; the id of its record is its hash.
#[derive(Debug, Serialize, Deserialize)]
struct RefreshToken {
    user: String,
    client: String,
    /// All refresh tokens of one sign-in. Using one of them twice revokes the family.
    family: String,
    used: bool,
    consent: Consent,
}

impl RefreshToken {
    const KIND: Kind = "refresh_token";
}

/// OAuth's error response: error code and description.
#[derive(Debug, PartialEq, Eq)]
struct TokenError(&'static str, &'static str);

impl From<WriteError> for TokenError {
    fn from(error: WriteError) -> Self {
        tracing::error!(error = error_chain(&error), "a token request failed");
        Self("server_error", "the sandbox could not write to its data folder")
    }
}

impl From<SigningError> for TokenError {
    fn from(error: SigningError) -> Self {
        tracing::error!(error = error_chain(&error), "a token request failed");
        Self("server_error", "the tokens could not be signed")
    }
}

impl IntoResponse for TokenError {
    fn into_response(self) -> Response {
        let status = match self.0 {
            "server_error" => StatusCode::INTERNAL_SERVER_ERROR,
            "invalid_client" => StatusCode::UNAUTHORIZED,
            _ => StatusCode::BAD_REQUEST,
        };
        (status, NO_STORE, Json(json!({ "error": self.0, "error_description": self.1 }))).into_response()
    }
}

const NO_STORE: [(header::HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];

/// `POST /identity/token`.
pub async fn exchange(
    State(issuer): State<Issuer>,
    headers: HeaderMap,
    Form(mut request): Form<TokenRequest>,
) -> Response {
    authenticate(&headers, &mut request);
    let habits = issuer.habits();
    // A refused exchange is committed too, because using a code or token twice revokes its family.
    let grant = issuer.store.change::<_, TokenError>(|store| {
        if habits.client_secret.as_ref().is_some_and(|secret| *secret != request.client_secret) {
            return Err(TokenError("invalid_client", "client_secret is missing or wrong"));
        }
        Ok(match request.grant_type.as_str() {
            "authorization_code" => use_code(store, &habits, &request),
            "refresh_token" => use_refresh_token(store, &habits, &request),
            _ => Err(TokenError(
                "unsupported_grant_type",
                "grant_type has to be authorization_code or refresh_token",
            )),
        })
    });
    let is_refresh = request.grant_type == "refresh_token";
    match grant.flatten().and_then(|grant| token_response(&issuer, &habits, &request, &grant)) {
        Ok(_) if is_refresh && loses_answer(&issuer) => hang_up(),
        Ok(tokens) => (NO_STORE, Json(tokens)).into_response(),
        Err(error) => error.into_response(),
    }
}

/// Takes the client's id and secret from the header, where most clients send them.
fn authenticate(headers: &HeaderMap, request: &mut TokenRequest) {
    let basic =
        headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Basic "));
    let pair = basic.and_then(|basic| String::from_utf8(STANDARD.decode(basic).ok()?).ok());
    if let Some((id, secret)) = pair.as_deref().and_then(|pair| pair.split_once(':')) {
        // Each is encoded as in a form (RFC 6749, section 2.3.1).
        let decoded = |text: &str| {
            let form = format!("x={text}");
            url::form_urlencoded::parse(form.as_bytes())
                .map(|(_, text)| text.into_owned())
                .collect::<String>()
        };
        (request.client_id, request.client_secret) = (decoded(id), decoded(secret));
    }
}

fn loses_answer(issuer: &Issuer) -> bool {
    let loses = issuer.store.change::<_, TokenError>(|store| Ok(Habits::loses_answer(&mut store.records)));
    loses.unwrap_or_default()
}

/// What an exchange grants.
struct Grant {
    user: User,
    client: String,
    nonce: Option<String>,
    consent: Consent,
    /// `None` if the one that was sent stays valid, or if the app gets none.
    refresh_token: Option<String>,
}

fn use_code(store: &mut Store, habits: &Habits, request: &TokenRequest) -> Result<Grant, TokenError> {
    let invalid = |description| TokenError("invalid_grant", description);
    let key = hash(&request.code);
    let mut code: AuthorizationCode =
        store.records.read(AuthorizationCode::KIND, &key).ok_or(invalid("the code is not known"))?;
    if let Some(family) = &code.family {
        revoke_family(store, family);
        return Err(invalid("the code was used before; its tokens are revoked"));
    }
    if code.client != request.client_id || code.redirect_uri != request.redirect_uri {
        return Err(invalid("client_id or redirect_uri differs from the authorization request"));
    }
    if code.expires_at <= Timestamp::now() {
        return Err(invalid("the code has expired"));
    }
    if URL_SAFE_NO_PAD.encode(Sha256::digest(&request.code_verifier)) != code.challenge {
        return Err(invalid("code_verifier does not match the code_challenge"));
    }
    let user = users::by_id(store, &code.user).ok_or(invalid("the user does not exist"))?;
    let family = random::letters(24);
    let refresh_token = code
        .consent
        .offline
        .then(|| new_refresh_token(store, habits, &user, &code.client, &family, &code.consent));
    code.family = Some(family);
    store.records.write(AuthorizationCode::KIND, &key, &code);
    Ok(Grant { user, client: code.client, nonce: code.nonce, consent: code.consent, refresh_token })
}

fn use_refresh_token(
    store: &mut Store,
    habits: &Habits,
    request: &TokenRequest,
) -> Result<Grant, TokenError> {
    let invalid = |description| TokenError("invalid_grant", description);
    let key = hash(&request.refresh_token);
    let mut token: RefreshToken = store
        .records
        .read(RefreshToken::KIND, &key)
        .ok_or(invalid("the refresh token is not known, or it was revoked"))?;
    if token.used {
        revoke_family(store, &token.family);
        return Err(invalid("the refresh token was used before; all tokens of its sign-in are revoked"));
    }
    if token.client != request.client_id {
        return Err(invalid("the refresh token belongs to another client"));
    }
    let user = users::by_id(store, &token.user).ok_or(invalid("the user does not exist"))?;
    let mut refresh_token = None;
    if habits.rotates {
        token.used = true;
        store.records.write(RefreshToken::KIND, &key, &token);
        let new = new_refresh_token(store, habits, &user, &token.client, &token.family, &token.consent);
        refresh_token = Some(new);
    }
    Ok(Grant { user, client: token.client, nonce: None, consent: token.consent, refresh_token })
}

fn new_refresh_token(
    store: &mut Store,
    habits: &Habits,
    user: &User,
    client: &str,
    family: &str,
    consent: &Consent,
) -> String {
    let token = random::letters(habits.refresh_token_length);
    let record = RefreshToken {
        user: user.id.clone(),
        client: client.to_owned(),
        family: family.to_owned(),
        used: false,
        consent: consent.clone(),
    };
    store.records.write(RefreshToken::KIND, &hash(&token), &record);
    token
}

fn revoke_family(store: &mut Store, family: &str) {
    let all = store.records.read_all::<RefreshToken>(RefreshToken::KIND);
    let of_family: Vec<String> =
        all.filter(|(_, token)| token.family == family).map(|(key, _)| key.to_owned()).collect();
    for key in of_family {
        store.records.remove(RefreshToken::KIND, &key);
    }
}

fn token_response(
    issuer: &Issuer,
    habits: &Habits,
    request: &TokenRequest,
    grant: &Grant,
) -> Result<Value, TokenError> {
    let now = Timestamp::now();
    let Grant { user, client, nonce, consent, refresh_token } = grant;
    let for_resource = habits.access_tokens == AccessTokens::JwtForResource;
    let audience =
        consent.audience.as_ref().filter(|audience| !for_resource || **audience == request.resource);
    let access_token = match audience {
        Some(audience) => issuer.access_token(user, Recipient { client, audience }, now, SIGN_IN_LIFE)?,
        None => issuer.store.change::<_, TokenError>(|store| Ok(OpaqueToken::create(store, user)))?,
    };
    let mut response = json!({
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": SIGN_IN_LIFE.as_secs(),
        "id_token": issuer.id_token(user, client, nonce.as_deref(), now)?,
        "scope": habits.scopes().join(" "),
    });
    if let Some(refresh_token) = refresh_token {
        response["refresh_token"] = json!(refresh_token);
    }
    Ok(response)
}

/// The parameters of a revocation request.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RevocationRequest {
    token: String,
}

/// `POST /identity/revoke`: a refresh token is revoked with its whole family. Access tokens are left to expire, and an
/// unknown token is no error (RFC 7009, section 2.2).
pub async fn revoke(State(issuer): State<Issuer>, Form(request): Form<RevocationRequest>) -> Response {
    let result = issuer.store.change::<_, TokenError>(|store| {
        if let Some(token) = store.records.read::<RefreshToken>(RefreshToken::KIND, &hash(&request.token)) {
            revoke_family(store, &token.family);
        }
        Ok(())
    });
    result.map_or_else(TokenError::into_response, |()| StatusCode::OK.into_response())
}
