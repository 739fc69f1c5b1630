//! Issuers with habits of their own. Each test is named after its row in the table of issuers in `docs/identity.md`.

use crate::support::{Response, User, World, send};
use crate::test_issuer::{TestIssuer, trusting};
use serde_json::{Value, json};
use tokenwell_server::{OidcSettings, RedirectHost, Settings, SignInToken};

/// Sends a request with a token.
async fn balance(world: &World, token: String) -> Response {
    User { world, token }.get("/v1/balance").await
}

async fn account(world: &World, token: String) -> Value {
    User { world, token }.get("/v1/account").await.ok()
}

async fn description(world: &World) -> Value {
    send(world.http.get(format!("{}/.well-known/tokenwell", world.origin))).await.ok()
}

#[tokio::test]
async fn row_1_an_issuer_is_published_as_it_writes_itself_and_a_slash_at_the_end_makes_no_other_account() {
    let mut world = World::start().await;
    let issuer = TestIssuer::start().await;
    let with_slash = format!("{}/", issuer.origin);
    issuer.discovered(&json!({ "issuer": with_slash }));
    let service = trusting(&mut world, issuer.settings()).await;
    assert_eq!(description(&world).await["issuer"], with_slash);
    let first = account(&world, issuer.with(&json!({ "iss": with_slash }))).await;
    balance(&world, issuer.with(&json!({}))).await.refused(401, "invalid_token", "another issuer");
    service.shutdown().await;

    issuer.discovered(&json!({}));
    let service = trusting(&mut world, OidcSettings::of_issuer(&with_slash)).await;
    assert_eq!(description(&world).await["issuer"], issuer.origin);
    assert_eq!(account(&world, issuer.with(&json!({}))).await["id"], first["id"]);
    service.shutdown().await;
}

#[tokio::test]
async fn rows_4_and_12_id_tokens_are_taken_if_they_name_the_app_among_their_audiences_and_as_their_party() {
    let mut world = World::start().await;
    let issuer = TestIssuer::start().await;
    let oidc = OidcSettings {
        token: SignInToken::Id,
        client_id: "the-app".to_owned(),
        client_secret: Some("everybody can read it".to_owned()),
        ..issuer.settings()
    };
    let service = trusting(&mut world, oidc).await;
    let sign_in = &description(&world).await["sign_in"];
    assert_eq!(
        (&sign_in["token"], &sign_in["client_secret"]),
        (&json!("id"), &json!("everybody can read it"))
    );
    for accepted in [
        json!({ "aud": "the-app" }),
        json!({ "aud": ["the-app"], "azp": "the-app" }),
        json!({ "aud": ["an-api", "the-app"], "azp": "the-app" }),
        json!({ "aud": ["an-api", null, "the-app"] }),
    ] {
        balance(&world, issuer.with(&accepted)).await.ok();
    }
    for refused in [
        json!({ "aud": "tokenwell" }),
        json!({ "aud": ["an-api", "another-app"] }),
        json!({ "aud": ["the-app", "another-app"], "azp": "another-app" }),
        json!({ "aud": "another-app", "azp": "the-app" }),
        json!({ "aud": null, "client_id": "the-app" }),
        json!({ "aud": ["the-app", "another-app"], "azp": ["the-app", "another-app"] }),
        json!({ "aud": "the-app", "azp": "" }),
        json!({ "aud": "The-App" }),
    ] {
        let response = balance(&world, issuer.with(&refused)).await;
        response.refused(401, "invalid_token", "another service");
    }
    let without_party =
        issuer.token("k1", |claims| (claims["aud"], claims["azp"]) = ("the-app".into(), Value::Null));
    balance(&world, without_party).await.ok();
    service.shutdown().await;
}

#[tokio::test]
async fn row_7_the_claim_that_names_the_audience_can_be_set_and_no_other_is_read_then() {
    let mut world = World::start().await;
    let issuer = TestIssuer::start().await;
    let oidc = OidcSettings {
        audience: "the-app".to_owned(),
        audience_claim: "client_id".to_owned(),
        ..issuer.settings()
    };
    let service = trusting(&mut world, oidc).await;
    balance(&world, issuer.with(&json!({ "aud": null, "client_id": "the-app" }))).await.ok();
    for refused in [
        json!({ "aud": null, "client_id": "another-app" }),
        json!({ "aud": null, "client_id": "" }),
        json!({ "aud": "the-app" }),
        json!({ "aud": "the-app", "client_id": ["another-app"] }),
        json!({ "aud": "the-app", "client_id": { "the-app": true } }),
        json!({ "aud": "the-app", "client_id": null }),
        json!({ "aud": "the-app", "client_id": "the-app " }),
    ] {
        let response = balance(&world, issuer.with(&refused)).await;
        response.refused(401, "invalid_token", "another service");
    }
    service.shutdown().await;
}

#[tokio::test]
async fn row_8_a_token_of_an_issuer_whose_clock_is_some_seconds_ahead_is_accepted_and_one_of_the_future_is_not()
 {
    let mut world = World::start().await;
    let issuer = TestIssuer::start().await;
    let service = trusting(&mut world, issuer.settings()).await;
    let now = jiff::Timestamp::now().as_second();
    for accepted in [json!({ "nbf": now + 50 }), json!({ "iat": now + 50 })] {
        balance(&world, issuer.with(&accepted)).await.ok();
    }
    for (refused, code, words) in [
        (json!({ "nbf": now + 300 }), "invalid_token", "not valid yet"),
        (json!({ "iat": now + 300 }), "invalid_token", "in the future"),
        (json!({ "exp": now - 7 }), "expired_token", "Refresh it"),
    ] {
        balance(&world, issuer.with(&refused)).await.refused(401, code, words);
    }
    service.shutdown().await;
}

#[tokio::test]
async fn row_9_a_token_of_a_new_key_gets_503_while_the_keys_cannot_be_had_and_401_only_if_newer_keys_lack_it()
{
    let mut world = World::start().await;
    let issuer = TestIssuer::start().await;
    let service = trusting(&mut world, issuer.settings()).await;
    balance(&world, issuer.with(&json!({}))).await.ok();
    issuer.hide_keys();
    let response = balance(&world, issuer.token("k2", |_| {})).await;
    assert_eq!(response.header("retry-after"), "5");
    response.refused(503, "issuer_unreachable", "Try again in a moment");
    balance(&world, issuer.with(&json!({}))).await.ok();
    let old = |claims: &mut Value| claims["iat"] = (claims["iat"].as_i64().unwrap() - 3600).into();
    balance(&world, issuer.token("k2", old)).await.refused(401, "invalid_token", "does not publish");
    let over = |claims: &mut Value| claims["exp"] = (claims["iat"].as_i64().unwrap() - 60).into();
    balance(&world, issuer.token("k2", over)).await.refused(401, "expired_token", "Refresh it");
    service.shutdown().await;
}

#[tokio::test]
async fn row_9_known_keys_are_used_on_while_what_the_issuer_publishes_is_no_set_of_keys() {
    let mut world = World::start().await;
    for published in [json!("nonsense"), json!(null), json!({ "k2": {} })] {
        let issuer = TestIssuer::start().await;
        let service = trusting(&mut world, issuer.settings()).await;
        balance(&world, issuer.with(&json!({}))).await.ok();
        issuer.publish_all(&published);
        let response = balance(&world, issuer.token("k2", |_| {})).await;
        response.refused(503, "issuer_unreachable", "Try again in a moment");
        balance(&world, issuer.with(&json!({}))).await.ok();
        service.shutdown().await;
    }
}

#[tokio::test]
async fn row_11_the_claim_of_the_user_can_be_set_so_that_a_new_name_keeps_the_account() {
    let mut world = World::start().await;
    let issuer = TestIssuer::start().await;
    let oidc = OidcSettings { subject_claim: "uid".to_owned(), ..issuer.settings() };
    let service = trusting(&mut world, oidc).await;
    let ada = account(&world, issuer.with(&json!({ "sub": "ada", "uid": "00u1" }))).await;
    let renamed = account(&world, issuer.with(&json!({ "sub": "ada.lovelace", "uid": "00u1" }))).await;
    assert_eq!(renamed["id"], ada["id"]);
    let namesake = account(&world, issuer.with(&json!({ "sub": "ada", "uid": "00u2" }))).await;
    assert_ne!(namesake["id"], ada["id"]);
    for lacking in [json!({}), json!({ "uid": "" }), json!({ "uid": 7 })] {
        balance(&world, issuer.with(&lacking)).await.refused(401, "invalid_token", "lacks `uid`");
    }
    service.shutdown().await;
}

#[tokio::test]
async fn row_11_the_issuer_is_asked_for_the_email_address_once_when_the_account_opens() {
    let mut world = World::start().await;
    let issuer = TestIssuer::start().await;
    let service = trusting(&mut world, issuer.settings()).await;
    let of = |sub: &str| issuer.with(&json!({ "sub": sub, "email": null }));
    issuer.knows_user(&json!({ "sub": "ada", "email": "ada@example.com", "email_verified": true }));
    for _ in 0..3 {
        assert_eq!(account(&world, of("ada")).await["email"], "ada@example.com");
    }
    assert_eq!(issuer.user_info_requests(), 1);
    assert_eq!(account(&world, of("eve")).await["email"], Value::Null, "the address is another user's");
    account(&world, issuer.with(&json!({ "sub": "bob" }))).await;
    assert_eq!(issuer.user_info_requests(), 2, "the token of Bob has his address");
    issuer.discovered(&json!({ "userinfo_endpoint": null }));
    assert_eq!(account(&world, of("eve")).await["email"], Value::Null);
    service.shutdown().await;
}

#[tokio::test]
async fn row_11_support_is_told_which_email_addresses_the_issuer_has_not_verified() {
    let mut world = World::start().await;
    let issuer = TestIssuer::start().await;
    let service = trusting(&mut world, issuer.settings()).await;
    for (sub, verified, expected) in [
        ("a", json!(true), true),
        ("b", json!("true"), true),
        ("c", json!(false), false),
        ("d", json!(null), false),
    ] {
        let signed_in =
            account(&world, issuer.with(&json!({ "sub": sub, "email_verified": verified }))).await;
        let found = world.platform("/v1/accounts?email=ada@example.com").await.ok();
        let found = found["accounts"].as_array().unwrap().iter().find(|found| found["id"] == signed_in["id"]);
        assert_eq!(found.unwrap()["email_verified"], expected, "{verified}");
    }
    service.shutdown().await;
}

#[tokio::test]
async fn row_13_keys_are_not_fetched_over_plain_http_nor_after_a_redirect() {
    let mut world = World::start().await;
    let issuer = TestIssuer::start().await;
    issuer.discovered(&json!({ "jwks_uri": "http://keys.example.com/keys" }));
    let service = trusting(&mut world, issuer.settings()).await;
    let response = balance(&world, issuer.with(&json!({}))).await;
    response.refused(503, "issuer_unreachable", "Try again in a moment");
    service.shutdown().await;

    let other = TestIssuer::start().await;
    issuer.discovered(&json!({}));
    issuer.redirect_keys(&format!("{}/keys", other.origin));
    let service = trusting(&mut world, issuer.settings()).await;
    let response = balance(&world, issuer.with(&json!({}))).await;
    response.refused(503, "issuer_unreachable", "Try again in a moment");
    service.shutdown().await;
}

#[tokio::test]
async fn row_14_accounts_are_kept_when_the_issuer_moves_to_another_name() {
    let mut world = World::start().await;
    let (before, after) = (TestIssuer::start().await, TestIssuer::start().await);
    let service = trusting(&mut world, before.settings()).await;
    let ada = account(&world, before.with(&json!({}))).await;
    let gone = User { world: &world, token: before.with(&json!({ "sub": "gone" })) };
    gone.account_id().await;
    send(gone.request("DELETE", "/v1/account").json(&json!({ "confirm": "DELETE" }))).await.ok();
    service.shutdown().await;

    let former = format!("{}/", before.origin);
    let oidc = OidcSettings { former_issuers: vec![former], ..after.settings() };
    let service = trusting(&mut world, oidc).await;
    let signed_in = (0..4).map(|_| account(&world, after.with(&json!({}))));
    for account in futures_util::future::join_all(signed_in).await {
        assert_eq!(account["id"], ada["id"]);
    }
    let other = account(&world, after.with(&json!({ "sub": "bob" }))).await;
    assert_ne!(other["id"], ada["id"]);
    // Whoever deleted an account under the old name gets no second free tokens of the day (rule 8).
    let later = jiff::Timestamp::now().as_second() + 2;
    let again = balance(&world, after.with(&json!({ "sub": "gone", "iat": later }))).await.ok();
    assert_eq!(again["spendable"], 0);
    balance(&world, before.with(&json!({}))).await.refused(401, "invalid_token", "another issuer");
    let old = |claims: &mut Value| {
        claims["sub"] = "gone".into();
        claims["iat"] = (claims["iat"].as_i64().unwrap() - 3600).into();
    };
    balance(&world, after.token("k1", old)).await.refused(410, "account_deleted", "deleted for good");
    service.shutdown().await;
}

#[tokio::test]
async fn keys_of_unknown_kinds_and_keys_for_encryption_do_not_hide_those_that_sign() {
    let mut world = World::start().await;
    let issuer = TestIssuer::start().await;
    let mut encrypting = issuer.jwk("k2");
    encrypting["use"] = "enc".into();
    issuer.publish_all(&json!([
        { "kty": "AKP", "alg": "ML-DSA-44", "kid": "k0", "pub": "AAAA" },
        { "kty": "EC", "crv": "a curve of the future", "kid": "k3" },
        encrypting,
        issuer.jwk("k1"),
    ]));
    let service = trusting(&mut world, issuer.settings()).await;
    balance(&world, issuer.with(&json!({}))).await.ok();
    let old = |claims: &mut Value| claims["iat"] = (claims["iat"].as_i64().unwrap() - 120).into();
    balance(&world, issuer.token("k2", old)).await.refused(401, "invalid_token", "does not publish");
    service.shutdown().await;
}

#[tokio::test]
async fn what_the_app_needs_to_sign_in_is_published() {
    let mut world = World::start().await;
    assert_eq!(
        description(&world).await["sign_in"],
        json!({ "scopes": null, "authorize_parameters": {}, "redirect_host": "127.0.0.1", "redirect_ports": [], "token": "access",
            "client_secret": null })
    );
    let issuer = TestIssuer::start().await;
    let oidc = OidcSettings {
        scopes: Some(vec!["email".to_owned(), "api://tokens/use".to_owned()]),
        authorize_parameters: [("audience".to_owned(), "https://tokens.example.com".to_owned())].into(),
        redirect_host: RedirectHost::Localhost,
        redirect_ports: vec![51_873, 51_874],
        ..issuer.settings()
    };
    let service = trusting(&mut world, oidc).await;
    assert_eq!(
        description(&world).await["sign_in"],
        json!({ "scopes": ["email", "api://tokens/use"],
            "authorize_parameters": { "audience": "https://tokens.example.com" },
            "redirect_host": "localhost", "redirect_ports": [51_873, 51_874], "token": "access", "client_secret": null })
    );
    service.shutdown().await;
}

/// What the check says about the issuer, without what is fine.
async fn checked(world: &World, oidc: OidcSettings) -> Vec<String> {
    let settings = Settings { oidc, ..world.settings() };
    let report = tokenwell_server::check(settings).await.unwrap().to_string();
    let lines = report.lines().filter(|line| line.contains(" issuer") && !line.starts_with("fine"));
    lines.map(str::to_owned).collect()
}

#[tokio::test]
async fn the_check_says_line_by_line_why_users_cannot_sign_in() {
    let world = World::start().await;
    let issuer = TestIssuer::start().await;
    let sandbox = OidcSettings::of_issuer(format!("{}/identity", world.sandbox.origin()));
    assert_eq!(checked(&world, sandbox.clone()).await, [""; 0]);
    let endpoints = json!({
        "authorization_endpoint": "https://id.example.com/authorize",
        "token_endpoint": "https://id.example.com/token",
    });
    let with = |fields: Value| {
        let mut document = endpoints.clone();
        document.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        document
    };
    for (fields, words) in [
        (json!({ "token_endpoint": "http://id.example.com/token" }), "issuer token_endpoint: "),
        (json!({ "authorization_endpoint": null }), "issuer authorization_endpoint: "),
        (json!({ "response_types_supported": ["id_token"] }), "issuer code: "),
        (json!({ "code_challenge_methods_supported": ["plain"] }), "issuer pkce: Tokenwell does not support"),
        (
            json!({ "token_endpoint_auth_methods_supported": ["private_key_jwt", "tls_client_auth"] }),
            "issuer public_client: Tokenwell does not support",
        ),
        (json!({ "grant_types_supported": ["authorization_code"] }), "issuer refresh_token: "),
        (json!({ "scopes_supported": ["openid", "email"] }), "issuer scopes: "),
        (json!({ "jwks_uri": "http://id.example.com/keys" }), "as its jwks_uri, which is not encrypted"),
        (json!({ "issuer": "https://id.example.com" }), "calls itself https://id.example.com"),
    ] {
        issuer.discovered(&with(fields));
        let oidc = OidcSettings { scopes: Some(vec!["offline_access".to_owned()]), ..issuer.settings() };
        let lines = checked(&world, oidc).await;
        assert!(
            matches!(&lines[..], [line] if line.starts_with("risk ") && line.contains(words)),
            "{lines:#?}"
        );
    }
    let apple = OidcSettings::of_issuer("https://appleid.apple.com");
    let lines = checked(&world, apple).await;
    assert!(
        matches!(&lines[..], [line] if line.starts_with("risk ") && line.contains("does not support this issuer")),
        "{lines:#?}"
    );
    issuer.discovered(&endpoints);
    assert_eq!(checked(&world, issuer.settings()).await, [""; 0]);
    issuer.publish_all(&json!([{ "kty": "oct", "k": "c2VjcmV0", "alg": "HS256", "kid": "k1" }]));
    let lines = checked(&world, issuer.settings()).await;
    assert!(matches!(&lines[..], [line] if line.contains("no key that signs tokens")), "{lines:#?}");
    issuer.redirect_keys("https://id.example.com/keys");
    let lines = checked(&world, issuer.settings()).await;
    assert!(matches!(&lines[..], [line] if line.contains("which is not followed")), "{lines:#?}");
}
