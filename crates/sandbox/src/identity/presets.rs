//! Issuers shaped like known products, as their documentation describes them in their usual setup for a desktop app.
//! `docs/identity.md` has the settings of the service for each.

use super::habits::{
    AccessTokens, AudienceClaim, ClientAuthentication, EmailVerified, Habits, OfflineAccess, Party,
    PublishedKeys, Subject,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// A known product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// Auth0, with an API whose identifier is the audience.
    Auth0,
    /// Authentik, with an `OAuth2` provider that has a signing key.
    Authentik,
    /// An Amazon Cognito user pool.
    Cognito,
    /// One tenant of Microsoft Entra ID, with an exposed API.
    Entra,
    /// An issuer after the security profile FAPI 2.0. Apps cannot sign in there: it knows no public clients.
    Fapi,
    /// Google, with a client of the type "Desktop app".
    Google,
    /// Keycloak, with an audience mapper.
    Keycloak,
    /// The npm package `oidc-provider`, with resource indicators.
    NodeOidcProvider,
    /// Okta, with a custom authorization server.
    Okta,
    /// Zitadel, with JWT access tokens.
    Zitadel,
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Three ports that an operator registers.
fn registered(host: &str) -> Vec<String> {
    [51_871, 51_872, 51_873].map(|port| format!("http://{host}:{port}/callback")).to_vec()
}

/// The habits of a request: those of its `preset`, and what it changes of them.
///
/// # Errors
/// If there is no such preset, habit or value.
pub fn requested_habits(mut request: Map<String, Value>) -> serde_json::Result<Habits> {
    let habits = match request.remove("preset") {
        Some(preset) => serde_json::from_value::<Preset>(preset)?.habits(),
        None => Habits::default(),
    };
    let mut all = json!(habits);
    if let Value::Object(all) = &mut all {
        all.extend(request);
    }
    serde_json::from_value(all)
}

impl Preset {
    /// The habits of the product.
    pub fn habits(self) -> Habits {
        match self {
            Self::Auth0 => auth0(),
            Self::Authentik => authentik(),
            Self::Cognito => cognito(),
            Self::Entra => entra(),
            Self::Fapi => fapi(),
            Self::Google => google(),
            Self::Keycloak => keycloak(),
            Self::NodeOidcProvider => node_oidc_provider(),
            Self::Okta => okta(),
            Self::Zitadel => zitadel(),
        }
    }
}

fn auth0() -> Habits {
    Habits {
        name_ends_in_slash: true,
        access_tokens: AccessTokens::JwtForAudience,
        further_access_audiences: words(&["https://tenant.example/userinfo"]),
        party: Party::Client,
        registered_redirects: registered("127.0.0.1"),
        offline_access: OfflineAccess::Scope,
        prompts: words(&["none", "login", "consent", "select_account"]),
        publishes_prompts: false,
        email_in_access_token: false,
        ..Habits::default()
    }
}

fn authentik() -> Habits {
    Habits {
        name_ends_in_slash: true,
        audience_claim: AudienceClaim::AudIsClient,
        party: Party::Client,
        offline_access: OfflineAccess::Scope,
        prompts: words(&["none", "consent", "login"]),
        publishes_prompts: true,
        email_verified: EmailVerified::No,
        ..Habits::default()
    }
}

fn cognito() -> Habits {
    Habits {
        audience_claim: AudienceClaim::ClientId,
        registered_redirects: registered("localhost"),
        offline_access: OfflineAccess::AlwaysWithoutScope,
        further_scopes: words(&["phone"]),
        prompts: words(&["none", "login", "consent", "select_account"]),
        publishes_prompts: false,
        email_in_access_token: false,
        email_verified: EmailVerified::YesAsText,
        rotates: false,
        ..Habits::default()
    }
}

fn entra() -> Habits {
    Habits {
        access_tokens: AccessTokens::JwtForScope,
        party: Party::Client,
        offline_access: OfflineAccess::Scope,
        prompts: words(&["none", "login", "consent", "select_account"]),
        publishes_prompts: false,
        has_not_before: true,
        email_in_access_token: false,
        user_info_takes_jwts: false,
        email_verified: EmailVerified::Unsaid,
        rotates: false,
        revokes: false,
        keys: PublishedKeys::WithoutAlgorithm,
        ..Habits::default()
    }
}

fn fapi() -> Habits {
    Habits { client_authentication: ClientAuthentication::ByKey, ..Habits::default() }
}

fn google() -> Habits {
    Habits {
        access_tokens: AccessTokens::Opaque,
        party: Party::Client,
        offline_access: OfflineAccess::AccessType,
        prompts: words(&["none", "consent", "select_account"]),
        publishes_prompts: false,
        client_secret: Some("GOCSPX-everybody-can-read-it".to_owned()),
        rotates: false,
        ..Habits::default()
    }
}

fn keycloak() -> Habits {
    Habits {
        further_access_audiences: words(&["account"]),
        further_id_audiences: words(&["tokenwell"]),
        party: Party::Client,
        offline_access: OfflineAccess::Always,
        further_scopes: words(&["roles", "web-origins", "acr", "address", "phone"]),
        prompts: words(&["none", "login", "consent"]),
        publishes_prompts: true,
        rotates: false,
        keys: PublishedKeys::EncryptingToo,
        ..Habits::default()
    }
}

fn node_oidc_provider() -> Habits {
    Habits {
        access_tokens: AccessTokens::JwtForResource,
        offline_access: OfflineAccess::ScopeAndConsent,
        prompts: words(&["none", "login", "consent"]),
        publishes_prompts: false,
        email_in_access_token: false,
        user_info_takes_jwts: false,
        ..Habits::default()
    }
}

fn okta() -> Habits {
    Habits {
        registered_redirects: registered("127.0.0.1"),
        offline_access: OfflineAccess::Scope,
        prompts: words(&["none", "login", "consent"]),
        publishes_prompts: false,
        subject: Subject::Login,
        email_in_access_token: false,
        ..Habits::default()
    }
}

fn zitadel() -> Habits {
    Habits {
        further_access_audiences: words(&["tokenwell-desktop"]),
        further_id_audiences: words(&["tokenwell"]),
        party: Party::Client,
        offline_access: OfflineAccess::Scope,
        prompts: words(&["none", "login", "select_account", "create"]),
        publishes_prompts: true,
        has_not_before: true,
        email_in_access_token: false,
        ..Habits::default()
    }
}
