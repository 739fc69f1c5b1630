//! Access tokens and service keys: which are accepted, and how the others are refused.

use crate::support::{Response, SERVICE_KEY, User, World, eventually, peers, send, text};
use crate::test_issuer::{TestIssuer, trusting, unsigned};
use serde_json::{Value, json};
use std::process::Stdio;
use tokenwell_server::OidcSettings;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// A key for every public-key algorithm, and a token with these claims signed with each key. Node.js makes them.
async fn signed_by_node(claims: &Value) -> Value {
    let mut node = Command::new("node");
    node.arg("tokens.mjs").current_dir(peers()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut node = node.spawn().unwrap();
    let input = json!({ "claims": claims }).to_string();
    node.stdin.take().unwrap().write_all(input.as_bytes()).await.unwrap();
    serde_json::from_slice(&node.wait_with_output().await.unwrap().stdout).unwrap()
}

#[tokio::test]
async fn the_first_request_of_a_subject_opens_a_free_account_and_concurrent_ones_open_only_one() {
    let mut world = World::start().await;
    let issuer = TestIssuer::start().await;
    let service = trusting(&mut world, issuer.settings()).await;
    let ada = User { world: &world, token: issuer.token("k1", |_| {}) };
    let accounts = futures_util::future::join_all((0..8).map(|_| ada.get("/v1/account"))).await;
    let accounts: Vec<Value> = accounts.into_iter().map(Response::ok).collect();
    assert!(accounts.iter().all(|account| *account == accounts[0]), "{accounts:?}");
    assert_eq!(accounts[0]["email"], "ada@example.com");
    let plan = &accounts[0]["plan"];
    assert_eq!(
        (&plan["id"], &plan["allowance"], &plan["allowance_period"]),
        (&json!("free"), &json!(150), &json!("day"))
    );
    assert_eq!(ada.balance().await["spendable"], 150);

    let token = issuer.token("k1", |claims| claims["email"] = "new@example.com".into());
    let renamed = User { world: &world, token };
    assert_eq!(renamed.get("/v1/account").await.ok()["email"], "new@example.com");
    service.shutdown().await;
}

#[tokio::test]
async fn invalid_tokens_are_refused_each_with_its_reason() {
    let mut world = World::start().await;
    let issuer = TestIssuer::start().await;
    let service = trusting(&mut world, issuer.settings()).await;
    let with = |token: String| User { world: &world, token };
    let refused = async |token: String, words: &str| {
        let response = with(token).get("/v1/balance").await;
        assert!(response.header("www-authenticate").starts_with(r#"Bearer error="invalid_token""#));
        response.refused(401, "invalid_token", words);
    };
    let valid = issuer.token("k1", |_| {});
    with(valid.clone()).get("/v1/balance").await.ok();

    let expired = issuer.token("k1", |claims| claims["exp"] = (claims["iat"].as_i64().unwrap() - 60).into());
    let response = with(expired).get("/v1/balance").await;
    assert!(response.header("www-authenticate").contains("expired"));
    response.refused(401, "expired_token", "Refresh it");

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
    let old = |claims: &mut Value| claims["iat"] = (claims["iat"].as_i64().unwrap() - 120).into();
    refused(issuer.token("k2", old), "does not publish").await;
    refused("nonsense".to_owned(), "not an access token").await;
    let (claims, signature) = valid.rsplit_once('.').unwrap();
    let flipped = if signature.starts_with('A') { "B" } else { "A" };
    refused(format!("{claims}.{flipped}{}", &signature[1..]), "signature").await;
    refused(issuer.signed_in_der(), "signature").await;
    refused(issuer.forged("none"), "not an access token").await;
    refused(issuer.forged("HS256"), "not signed the way").await;
    service.shutdown().await;
}

#[tokio::test]
async fn tokens_of_every_public_key_algorithm_are_accepted_only_with_their_own_signature() {
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
    let service = trusting(&mut world, issuer.settings()).await;
    let with = |token: String| User { world: &world, token };
    let algorithms: Vec<_> = tokens.iter().map(|[algorithm, ..]| algorithm.as_str()).collect();
    let all = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];
    assert_eq!(algorithms, all);
    for [algorithm, kid, token] in &tokens {
        assert_eq!(with(token.clone()).get("/v1/balance").await.status, 200, "{algorithm}");
        let (signed, signature) = token.rsplit_once('.').unwrap();
        for [other, _, other_token] in tokens.iter().filter(|[other, ..]| other != algorithm) {
            let (_, other_signature) = other_token.rsplit_once('.').unwrap();
            let response = with(format!("{signed}.{other_signature}")).get("/v1/balance").await;
            assert_eq!(response.status, 401, "{algorithm} with the signature of {other}");
            let renamed = format!("{}.{signature}", unsigned(other, kid, &issuer.claims()));
            let response = with(renamed).get("/v1/balance").await;
            response.refused(401, "invalid_token", "not signed the way");
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
async fn a_new_key_of_the_issuer_is_fetched_when_a_token_uses_it() {
    let mut world = World::start().await;
    let issuer = TestIssuer::start().await;
    let service = trusting(&mut world, issuer.settings()).await;
    User { world: &world, token: issuer.token("k1", |_| {}) }.get("/v1/balance").await.ok();
    issuer.publish("k2");
    let rotated = User { world: &world, token: issuer.token("k2", |_| {}) };
    // The service limits how often it fetches the keys. Until then it does not know whether the token is valid.
    eventually("the new key", async || {
        let response = rotated.get("/v1/balance").await;
        assert!([200, 503].contains(&response.status), "{}", response.body);
        response.status == 200
    })
    .await;
    service.shutdown().await;
}

#[tokio::test]
async fn without_a_token_a_request_gets_401_before_anything_else_is_checked() {
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
        let response = send(request.body("{nonsense")).await;
        assert_eq!(response.header("www-authenticate"), "Bearer", "{method} {path}");
        response.refused(401, "missing_token", "Authorization: Bearer");
    }
}

#[tokio::test]
async fn a_users_token_is_no_service_key_and_a_service_key_is_no_users_token() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "free").await;
    let path = format!("/v1/accounts/{}/balance", ada.account_id().await);
    ada.get(&path).await.refused(401, "invalid_token", "not a service key");
    let platform = User { world: &world, token: SERVICE_KEY.to_owned() };
    platform.get("/v1/balance").await.refused(401, "invalid_token", "Sign in again");
}

#[tokio::test]
async fn while_the_issuer_is_unreachable_users_get_503_with_retry_after_and_the_platform_is_not_affected() {
    let mut world = World::start().await;
    let (id, token) = {
        let ada = world.user("ada@example.com", "free").await;
        (ada.account_id().await, ada.token)
    };
    let free_port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let unreachable = format!("http://{free_port}");
    let service = trusting(&mut world, OidcSettings::of_issuer(&unreachable)).await;

    let response = User { world: &world, token }.get("/v1/balance").await;
    assert_eq!(response.header("retry-after"), "5");
    response.refused(503, "issuer_unreachable", "Try again in a moment");
    world.platform(&format!("/v1/accounts/{id}/balance")).await.ok();
    let description = send(world.http.get(format!("{}/.well-known/tokenwell", world.origin))).await.ok();
    assert_eq!(description["issuer"], unreachable);
    service.shutdown().await;
}
