//! Who gets in, and what the others are told.

use crate::support::{Answer, SERVICE_KEY, User, World, eventually, peers, send, text};
use axum::{Json, Router, routing::get};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use hmac::{Hmac, KeyInit, Mac};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::Sha256;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use tokenwell_server::{Running, Settings};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// An issuer of the tests' own, whose tokens can say anything.
struct TestIssuer {
    origin: String,
    key: SigningKey,
    published: Arc<Mutex<Value>>,
}

impl TestIssuer {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let discovery = json!({ "issuer": origin, "jwks_uri": format!("{origin}/keys") });
        let published = Arc::new(Mutex::new(Value::Null));
        let keys = Arc::clone(&published);
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(async move || Json(discovery)))
            .route("/keys", get(async move || Json(keys.lock().unwrap().clone())));
        tokio::spawn(async move { axum::serve(listener, router).await });
        // Any scalar is a key; this one signs nothing outside these tests.
        let issuer = Self { origin, key: SigningKey::from_slice(&[7; 32]).unwrap(), published };
        issuer.publish("k1");
        issuer
    }

    /// From now on the key has this id.
    fn publish(&self, id: &str) {
        let key = self.jwk(id);
        self.publish_all(&json!([key]));
    }

    fn publish_all(&self, keys: &Value) {
        *self.published.lock().unwrap() = json!({ "keys": keys });
    }

    fn jwk(&self, id: &str) -> Value {
        let point = self.key.verifying_key().to_sec1_point(false);
        let [x, y] = [point.x(), point.y()].map(|coordinate| BASE64.encode(coordinate.unwrap()));
        json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": id })
    }

    fn claims(&self) -> Value {
        let now = jiff::Timestamp::now().as_second();
        json!({ "iss": self.origin, "sub": "ada", "aud": "tokenwell", "iat": now, "exp": now + 600,
            "email": "ada@example.com" })
    }

    /// A token that says what `change` makes of a good one.
    fn token(&self, key: &str, change: impl Fn(&mut Value)) -> String {
        let mut claims = self.claims();
        change(&mut claims);
        let signed = unsigned("ES256", key, &claims);
        let signature: Signature = self.key.sign(signed.as_bytes());
        format!("{signed}.{}", BASE64.encode(signature.to_bytes()))
    }

    /// A token whose signature has the form of certificates (DER), which tokens do not have.
    fn signed_in_der(&self) -> String {
        let signed = unsigned("ES256", "k1", &self.claims());
        let signature: Signature = self.key.sign(signed.as_bytes());
        format!("{signed}.{}", BASE64.encode(signature.to_der().as_bytes()))
    }

    /// A token without a signature, or signed as if the key were a shared secret.
    fn forged(&self, algorithm: &str) -> String {
        let signed = unsigned(algorithm, "k1", &self.claims());
        let secret = self.key.verifying_key().to_sec1_point(false);
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap().chain_update(&signed).finalize();
        let signature = if algorithm == "none" { String::new() } else { BASE64.encode(mac.into_bytes()) };
        format!("{signed}.{signature}")
    }
}

/// A token but for its signature.
fn unsigned(algorithm: &str, key: &str, claims: &Value) -> String {
    let header = json!({ "alg": algorithm, "typ": "JWT", "kid": key });
    let [header, claims] = [&header, claims].map(|part| BASE64.encode(serde_json::to_vec(part).unwrap()));
    format!("{header}.{claims}")
}

/// Keys, and a token of these claims signed with each: by Node's cryptography, with every algorithm of public keys.
async fn signed_by_node(claims: &Value) -> Value {
    let mut node = Command::new("node");
    node.arg("tokens.mjs").current_dir(peers()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut node = node.spawn().unwrap();
    let input = json!({ "claims": claims }).to_string();
    node.stdin.take().unwrap().write_all(input.as_bytes()).await.unwrap();
    serde_json::from_slice(&node.wait_with_output().await.unwrap().stdout).unwrap()
}

/// A service that trusts the issuer at this address instead of the sandbox's.
async fn trusting(world: &mut World, issuer: &str) -> Running {
    world.stop_service().await;
    let settings = Settings { oidc_issuer: issuer.parse().unwrap(), ..world.settings() };
    let service = tokenwell_server::start(settings).await.unwrap();
    world.origin = format!("http://{}", service.addr);
    service
}

#[tokio::test]
async fn the_first_call_of_a_subject_opens_a_free_account_and_calls_at_once_open_one() {
    let mut world = World::start().await;
    let issuer = TestIssuer::start().await;
    let service = trusting(&mut world, &issuer.origin).await;
    let ada = User { world: &world, token: issuer.token("k1", |_| {}) };
    let accounts = futures_util::future::join_all((0..8).map(|_| ada.get("/v1/account"))).await;
    let accounts: Vec<Value> = accounts.into_iter().map(Answer::ok).collect();
    assert!(accounts.iter().all(|account| *account == accounts[0]), "{accounts:?}");
    assert_eq!(accounts[0]["email"], "ada@example.com");
    let plan = &accounts[0]["plan"];
    assert_eq!(
        (&plan["id"], &plan["allowance"], &plan["allowance_period"]),
        (&json!("free"), &json!(150), &json!("day"))
    );
    assert_eq!(ada.balance().await["spendable"], 150);

    let token = issuer.token("k1", |claims| claims["email"] = "new@example.com".into());
    let moved = User { world: &world, token };
    assert_eq!(moved.get("/v1/account").await.ok()["email"], "new@example.com");
    service.shutdown().await;
}

#[tokio::test]
async fn tokens_that_are_not_for_us_are_refused_each_with_its_reason() {
    let mut world = World::start().await;
    let issuer = TestIssuer::start().await;
    let service = trusting(&mut world, &issuer.origin).await;
    let with = |token: String| User { world: &world, token };
    let refused = async |token: String, words: &str| {
        let answer = with(token).get("/v1/balance").await;
        assert!(answer.header("www-authenticate").starts_with(r#"Bearer error="invalid_token""#));
        answer.refused(401, "invalid_token", words);
    };
    let good = issuer.token("k1", |_| {});
    with(good.clone()).get("/v1/balance").await.ok();

    let expired = issuer.token("k1", |claims| claims["exp"] = (claims["iat"].as_i64().unwrap() - 60).into());
    let answer = with(expired).get("/v1/balance").await;
    assert!(answer.header("www-authenticate").contains("expired"));
    answer.refused(401, "expired_token", "Refresh it");

    refused(
        issuer.token("k1", |claims| claims["iss"] = "https://elsewhere.example".into()),
        "another issuer",
    )
    .await;
    refused(issuer.token("k1", |claims| claims["aud"] = "another".into()), "another service").await;
    for claim in ["iss", "aud", "exp", "sub"] {
        let token = issuer.token("k1", |claims| drop(claims.as_object_mut().unwrap().remove(claim)));
        refused(token, "Sign in again").await;
    }
    refused(issuer.token("k2", |_| {}), "does not publish").await;
    refused("nonsense".to_owned(), "not an access token").await;
    let (claims, signature) = good.rsplit_once('.').unwrap();
    let flipped = if signature.starts_with('A') { "B" } else { "A" };
    refused(format!("{claims}.{flipped}{}", &signature[1..]), "signature").await;
    refused(issuer.signed_in_der(), "signature").await;
    refused(issuer.forged("none"), "not an access token").await;
    refused(issuer.forged("HS256"), "not signed the way").await;
    service.shutdown().await;
}

#[tokio::test]
async fn tokens_of_every_public_key_algorithm_are_accepted_and_none_with_another_signature() {
    let mut world = World::start().await;
    let issuer = TestIssuer::start().await;
    let made = signed_by_node(&issuer.claims()).await;
    let tokens: Vec<[String; 3]> = made["tokens"]
        .as_array()
        .unwrap()
        .iter()
        .map(|made| ["algorithm", "kid", "token"].map(|name| text(&made[name])))
        .collect();
    issuer.publish_all(&made["keys"]);
    let service = trusting(&mut world, &issuer.origin).await;
    let with = |token: String| User { world: &world, token };
    let algorithms: Vec<_> = tokens.iter().map(|[algorithm, ..]| algorithm.as_str()).collect();
    let all = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];
    assert_eq!(algorithms, all);
    for [algorithm, kid, token] in &tokens {
        assert_eq!(with(token.clone()).get("/v1/balance").await.status, 200, "{algorithm}");
        let (signed, signature) = token.rsplit_once('.').unwrap();
        for [other, _, others] in tokens.iter().filter(|[other, ..]| other != algorithm) {
            let (_, others) = others.rsplit_once('.').unwrap();
            let answer = with(format!("{signed}.{others}")).get("/v1/balance").await;
            assert_eq!(answer.status, 401, "{algorithm} with the signature of {other}");
            let renamed = format!("{}.{signature}", unsigned(other, kid, &issuer.claims()));
            let answer = with(renamed).get("/v1/balance").await;
            answer.refused(401, "invalid_token", "not signed the way");
        }
        let other = unsigned(algorithm, kid, &json!({ "sub": "somebody else" }));
        with(format!("{other}.{signature}")).get("/v1/balance").await.refused(
            401,
            "invalid_token",
            "signature",
        );
    }
    service.shutdown().await;
}

#[tokio::test]
async fn a_new_key_of_the_issuer_is_fetched_when_a_token_names_it() {
    let mut world = World::start().await;
    let issuer = TestIssuer::start().await;
    let service = trusting(&mut world, &issuer.origin).await;
    User { world: &world, token: issuer.token("k1", |_| {}) }.get("/v1/balance").await.ok();
    issuer.publish("k2");
    let rotated = User { world: &world, token: issuer.token("k2", |_| {}) };
    // The issuer is asked again after a pause, however many unknown keys are named.
    eventually("the new key", async || rotated.get("/v1/balance").await.status == 200).await;
    service.shutdown().await;
}

#[tokio::test]
async fn without_a_token_nothing_else_is_looked_at() {
    let world = World::start().await;
    for (method, path) in [
        ("GET", "/v1/balance"),
        ("POST", "/v1/purchases"),
        ("DELETE", "/v1/account"),
        ("GET", "/v1/purchases?limit=nonsense"),
        ("POST", "/v1/accounts/none/spends"),
        ("POST", "/v1/holds/none/commit"),
        ("GET", "/v1/refunds-due"),
    ] {
        let request = world.http.request(method.parse().unwrap(), format!("{}{path}", world.origin));
        let answer = send(request.body("{nonsense")).await;
        assert_eq!(answer.header("www-authenticate"), "Bearer", "{method} {path}");
        answer.refused(401, "missing_token", "Authorization: Bearer");
    }
}

#[tokio::test]
async fn a_user_is_no_platform_and_the_platform_is_no_user() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "free").await;
    let path = format!("/v1/accounts/{}/balance", ada.account_id().await);
    ada.get(&path).await.refused(401, "invalid_token", "not a service key");
    let platform = User { world: &world, token: SERVICE_KEY.to_owned() };
    platform.get("/v1/balance").await.refused(401, "invalid_token", "Sign in again");
}

#[tokio::test]
async fn while_the_issuer_is_away_users_are_asked_to_come_back_and_the_rest_works() {
    let mut world = World::start().await;
    let (id, token) = {
        let ada = world.user("ada@example.com", "free").await;
        (ada.account_id().await, ada.token)
    };
    let free_port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let away = format!("http://{free_port}");
    let service = trusting(&mut world, &away).await;

    let answer = User { world: &world, token }.get("/v1/balance").await;
    assert_eq!(answer.header("retry-after"), "5");
    answer.refused(503, "issuer_unreachable", "Try again in a moment");
    world.platform(&format!("/v1/accounts/{id}/balance")).await.ok();
    let described = send(world.http.get(format!("{}/.well-known/tokenwell", world.origin))).await.ok();
    assert_eq!(described["issuer"], away);
    service.shutdown().await;
}
