//! Issuers in the shape of known products.

use super::*;
use std::net::TcpListener;
use tokenwell_server::{RedirectHost, SignInToken};

/// Three ports that were free a moment ago. The first one is taken by somebody else until the listener is dropped.
fn three_ports() -> (TcpListener, Vec<u16>) {
    let listeners = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    let ports = listeners.iter().map(|listener| listener.local_addr().unwrap().port()).collect();
    let [first, ..] = listeners;
    (first, ports)
}

/// A preset, and the settings of the service for it.
struct Shape {
    preset: &'static str,
    settings: fn(&mut OidcSettings),
    /// The host of the redirect addresses, if only registered ones are accepted.
    registered: Option<&'static str>,
    /// Whether the service learns the e-mail address.
    tells_email: bool,
}

const SHAPES: [Shape; 9] = [
    Shape {
        preset: "auth0",
        settings: |oidc| {
            oidc.audience = "https://tokens.example.com".to_owned();
            oidc.authorize_parameters = [("audience".to_owned(), oidc.audience.clone())].into();
        },
        registered: Some("127.0.0.1"),
        tells_email: true,
    },
    Shape {
        preset: "authentik",
        settings: |oidc| oidc.audience = oidc.client_id.clone(),
        registered: None,
        tells_email: true,
    },
    Shape {
        preset: "cognito",
        settings: |oidc| {
            oidc.audience = oidc.client_id.clone();
            oidc.audience_claim = "client_id".to_owned();
            oidc.redirect_host = RedirectHost::Localhost;
        },
        registered: Some("localhost"),
        tells_email: true,
    },
    Shape {
        preset: "entra",
        settings: |oidc| {
            oidc.audience = "api://tokens".to_owned();
            let scopes = ["email", "profile", "offline_access", "api://tokens/use"];
            oidc.scopes = Some(scopes.map(str::to_owned).to_vec());
        },
        registered: None,
        tells_email: false,
    },
    Shape {
        preset: "google",
        settings: |oidc| {
            oidc.token = SignInToken::Id;
            oidc.client_secret = Some("GOCSPX-everybody-can-read-it".to_owned());
            let parameters = [("access_type", "offline"), ("prompt", "consent")];
            oidc.authorize_parameters =
                parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        },
        registered: None,
        tells_email: true,
    },
    Shape { preset: "keycloak", settings: |_| {}, registered: None, tells_email: true },
    Shape {
        preset: "node_oidc_provider",
        settings: |oidc| {
            oidc.audience = "https://tokens.example.com".to_owned();
            let parameters = [("resource", oidc.audience.as_str()), ("prompt", "consent")];
            oidc.authorize_parameters =
                parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        },
        registered: None,
        tells_email: false,
    },
    Shape {
        preset: "okta",
        settings: |oidc| oidc.subject_claim = "uid".to_owned(),
        registered: Some("127.0.0.1"),
        tells_email: true,
    },
    Shape { preset: "zitadel", settings: |_| {}, registered: None, tells_email: true },
];

/// Signs in with two accounts, renews both and signs out.
async fn two_accounts_at(name: &str) {
    let shape = SHAPES.iter().find(|shape| shape.preset == name);
    let Shape { preset, settings, registered, tells_email } = shape.unwrap();
    let (_taken, ports) = three_ports();
    let mut habits = json!({ "preset": preset });
    if let Some(host) = registered {
        let addresses = ports.iter().map(|port| format!("http://{host}:{port}/callback"));
        habits["registered_redirects"] = addresses.collect();
    }
    let world = World::start(&habits, |oidc| {
        settings(oidc);
        if registered.is_some() {
            oidc.redirect_ports = ports;
        }
    })
    .await;
    let (ada, shown) = world.signed_in("ada@example.com", false).await;
    let email = |email: &'static str| tells_email.then_some(email);
    assert_eq!(shown.account.email.as_deref(), email("ada@example.com"), "{preset}");
    let (noor, noors) = world.signed_in("noor@example.com", true).await;
    assert_eq!(noors.account.email.as_deref(), email("noor@example.com"), "{preset}");
    assert_ne!(shown.account.id, noors.account.id, "{preset}");

    for _ in 0..2 {
        ada.handle.renew().await.unwrap_or_else(|failure| panic!("{preset}: {failure:?}"));
        assert_eq!(ada.handle.api.refresh().await.unwrap().account.id, shown.account.id, "{preset}");
    }
    let again = world.session(ada.handle.account.clone());
    again.handle.renew().await.unwrap_or_else(|failure| panic!("{preset}, after a restart: {failure:?}"));
    assert_eq!(again.handle.api.refresh().await.unwrap().account.id, shown.account.id, "{preset}");
    noor.handle.sign_out().await.unwrap();
    assert!(noor.handle.renew().await.is_err(), "{preset}");
}

macro_rules! shapes {
    ($($test:ident: $preset:literal,)+) => {
        $(#[tokio::test]
        async fn $test() {
            two_accounts_at($preset).await;
        })+

        #[test]
        fn every_shape_has_a_test() {
            let tested = [$($preset),+];
            assert_eq!(SHAPES.map(|shape| shape.preset), tested);
        }
    };
}

shapes! {
    two_accounts_at_an_issuer_like_auth0: "auth0",
    two_accounts_at_an_issuer_like_authentik: "authentik",
    two_accounts_at_an_issuer_like_cognito: "cognito",
    two_accounts_at_an_issuer_like_entra: "entra",
    two_accounts_at_an_issuer_like_google: "google",
    two_accounts_at_an_issuer_like_keycloak: "keycloak",
    two_accounts_at_an_issuer_like_node_oidc_provider: "node_oidc_provider",
    two_accounts_at_an_issuer_like_okta: "okta",
    two_accounts_at_an_issuer_like_zitadel: "zitadel",
}

#[tokio::test]
async fn at_an_issuer_that_is_not_supported_the_app_says_what_is_missing_and_opens_no_page() {
    let texts = Texts::new("en", jiff::tz::TimeZone::UTC);
    for (habits, words) in [
        (json!({ "preset": "fapi" }), "does not support apps that keep no secret"),
        (json!({ "pkce_methods": ["plain"] }), "does not support PKCE with S256"),
    ] {
        let world = World::start(&habits, |_| {}).await;
        let session = world.session(None);
        let opened = |page: Url| panic!("{page} was opened");
        let failure = session.handle.sign_in(super::texts(), false, opened).await.unwrap_err();
        let problem = failure.problem(&texts);
        assert_eq!(problem.code, "sign_in_unsupported");
        assert!(problem.text.contains(words), "{}", problem.text);
    }
    let world = World::with_sign_in(|_| OidcSettings::of_issuer("https://appleid.apple.com")).await;
    let failure = world.sign_in("ada@example.com", false).await.err().unwrap();
    let text = failure.problem(&texts).text;
    assert!(text.contains("does not support apps that are installed on a computer"), "{text}");
}
