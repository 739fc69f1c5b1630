//! The token endpoint: codes and refresh tokens, each good for one exchange; and revocation.

use super::authorize::Code;
use super::keys::SIGN_IN_LIFE;
use crate::books::Books;
use crate::id;
use crate::records::Kind;
use crate::time;
use crate::users::{self, User};
use crate::world::World;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Form, Json};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// What the token endpoint is asked.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    grant_type: String,
    client_id: String,
    code: String,
    redirect_uri: String,
    code_verifier: String,
    refresh_token: String,
}

/// A refresh token; its record's id is its hash.
#[derive(Debug, Serialize, Deserialize)]
struct RefreshToken {
    user: String,
    client: String,
    /// All refresh tokens of one sign-in: a used one that comes back ends them all.
    family: String,
    used: bool,
}

impl RefreshToken {
    const KIND: Kind = "refresh_token";
}

/// An error of OAuth's token endpoint.
#[derive(Debug, PartialEq, Eq)]
struct Denied(&'static str, &'static str);

impl From<rusqlite::Error> for Denied {
    fn from(error: rusqlite::Error) -> Self {
        tracing::error!(%error, "could not write to the data folder; nothing was changed");
        Self("server_error", "the sandbox could not write to its data folder")
    }
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        let status = if self.0 == "server_error" {
            StatusCode::INTERNAL_SERVER_ERROR
        } else {
            StatusCode::BAD_REQUEST
        };
        (status, uncached(), Json(json!({ "error": self.0, "error_description": self.1 }))).into_response()
    }
}

fn uncached() -> [(header::HeaderName, &'static str); 1] {
    [(header::CACHE_CONTROL, "no-store")]
}

/// `POST /identity/token`.
pub async fn exchange(State(world): State<World>, Form(asked): Form<Asked>) -> Response {
    // What a replayed code or token revokes stays revoked, although the exchange itself is denied.
    let granted = world.change::<_, Denied>(|books| {
        Ok(match asked.grant_type.as_str() {
            "authorization_code" => use_code(books, &asked),
            "refresh_token" => use_refresh_token(books, &asked),
            _ => Err(Denied(
                "unsupported_grant_type",
                "grant_type has to be authorization_code or refresh_token",
            )),
        })
    });
    match granted.and_then(|granted| granted) {
        Ok(granted) => tokens(&world, &granted)
            .unwrap_or_else(|| Denied("server_error", "the tokens could not be signed").into_response()),
        Err(denied) => denied.into_response(),
    }
}

struct Granted {
    user: User,
    client: String,
    nonce: Option<String>,
    refresh_token: String,
}

fn use_code(books: &mut Books, asked: &Asked) -> Result<Granted, Denied> {
    let bad = |why| Denied("invalid_grant", why);
    let mut code: Code =
        books.records.read(Code::KIND, &asked.code).ok_or(bad("the code is not one of ours"))?;
    if let Some(family) = &code.family {
        revoke_family(books, family);
        return Err(bad("the code was used before; the tokens that came of it are revoked"));
    }
    if code.client != asked.client_id || code.redirect_uri != asked.redirect_uri {
        return Err(bad("client_id or redirect_uri is not that of the authorization request"));
    }
    if code.expires_at <= time::real_now() {
        return Err(bad("the code has expired"));
    }
    if URL_SAFE_NO_PAD.encode(Sha256::digest(&asked.code_verifier)) != code.challenge {
        return Err(bad("code_verifier does not fit the code_challenge"));
    }
    let user = users::by_id(books, &code.user).ok_or(bad("the user is gone"))?;
    let family = id::letters(24);
    let refresh_token = new_refresh_token(books, &user, &code.client, &family);
    code.family = Some(family);
    books.records.write(Code::KIND, &asked.code, &code);
    Ok(Granted { user, client: code.client, nonce: code.nonce, refresh_token })
}

fn use_refresh_token(books: &mut Books, asked: &Asked) -> Result<Granted, Denied> {
    let bad = |why| Denied("invalid_grant", why);
    let key = hash(&asked.refresh_token);
    let mut token: RefreshToken = books
        .records
        .read(RefreshToken::KIND, &key)
        .ok_or(bad("the refresh token is not one of ours, or was revoked"))?;
    if token.used {
        revoke_family(books, &token.family);
        return Err(bad("the refresh token was used before; all of this sign-in are revoked"));
    }
    if token.client != asked.client_id {
        return Err(bad("the refresh token is another client's"));
    }
    let user = users::by_id(books, &token.user).ok_or(bad("the user is gone"))?;
    token.used = true;
    books.records.write(RefreshToken::KIND, &key, &token);
    let refresh_token = new_refresh_token(books, &user, &token.client, &token.family);
    Ok(Granted { user, client: token.client, nonce: None, refresh_token })
}

fn new_refresh_token(books: &mut Books, user: &User, client: &str, family: &str) -> String {
    let token = id::letters(43);
    let record = RefreshToken {
        user: user.id.clone(),
        client: client.to_owned(),
        family: family.to_owned(),
        used: false,
    };
    books.records.write(RefreshToken::KIND, &hash(&token), &record);
    token
}

fn revoke_family(books: &mut Books, family: &str) {
    let all = books.records.read_all::<RefreshToken>(RefreshToken::KIND);
    let of_family: Vec<String> =
        all.filter(|(_, token)| token.family == family).map(|(key, _)| key.to_owned()).collect();
    for key in of_family {
        books.records.remove(RefreshToken::KIND, &key);
    }
}

fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token))
}

fn tokens(world: &World, granted: &Granted) -> Option<Response> {
    let (issuer, signer, now) = (world.issuer(), world.signer(), time::real_now());
    let body: Value = json!({
        "access_token": signer.access_token(&issuer, &granted.user, now, SIGN_IN_LIFE)?,
        "token_type": "Bearer",
        "expires_in": SIGN_IN_LIFE.as_secs(),
        "refresh_token": granted.refresh_token,
        "id_token": signer.id_token(&issuer, &granted.user, &granted.client, granted.nonce.as_deref(), now)?,
        "scope": "openid email profile offline_access",
    });
    Some((uncached(), Json(body)).into_response())
}

/// What the revocation endpoint is asked.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Revoked {
    token: String,
}

/// `POST /identity/revoke`: a refresh token ends with all of its sign-in; access tokens run out by themselves. An unknown
/// token is no error (RFC 7009, section 2.2).
pub async fn revoke(State(world): State<World>, Form(revoked): Form<Revoked>) -> Response {
    let done = world.change::<_, Denied>(|books| {
        if let Some(token) = books.records.read::<RefreshToken>(RefreshToken::KIND, &hash(&revoked.token)) {
            revoke_family(books, &token.family);
        }
        Ok(())
    });
    done.map_or_else(Denied::into_response, |()| StatusCode::OK.into_response())
}
