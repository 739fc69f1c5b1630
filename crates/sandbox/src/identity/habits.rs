//! What issuers do differently. Each habit is a switch; a preset sets those of one product.

use crate::records::table::{Kind, Records};
use serde::{Deserialize, Serialize};

/// The habits of the issuer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "each habit is a switch")]
pub struct Habits {
    /// The issuer's name ends in `/`.
    pub name_ends_in_slash: bool,
    /// When an access token is a JWT for a service; otherwise it is opaque, and good for the userinfo only.
    pub access_tokens: AccessTokens,
    /// The claim of access tokens that names their audience.
    pub audience_claim: AudienceClaim,
    /// More audiences of access tokens.
    pub further_access_audiences: Vec<String>,
    /// More audiences of ID tokens.
    pub further_id_audiences: Vec<String>,
    /// Whom tokens name in `azp`.
    pub party: Party,
    /// The only redirect addresses; every loopback address if there are none.
    pub registered_redirects: Vec<String>,
    /// When there is a refresh token, and whether the scope `offline_access` is known.
    pub offline_access: OfflineAccess,
    /// Further scopes that are known.
    pub further_scopes: Vec<String>,
    /// The values of `prompt` that are known.
    pub prompts: Vec<String>,
    /// They are published as `prompt_values_supported`.
    pub publishes_prompts: bool,
    /// How far the issuer's clock is ahead, in seconds.
    pub clock_ahead_s: i64,
    /// Tokens have `nbf`.
    pub has_not_before: bool,
    /// What `sub` is. If it is the login, `uid` is the id.
    pub subject: Subject,
    /// Access tokens have the e-mail address.
    pub email_in_access_token: bool,
    /// The userinfo takes access tokens for a service; otherwise it takes opaque ones only.
    pub user_info_takes_jwts: bool,
    /// What `email_verified` is.
    pub email_verified: EmailVerified,
    /// ID tokens have the e-mail address and the name.
    pub profile_in_id_token: bool,
    /// The secret that clients have to send.
    pub client_secret: Option<String>,
    /// How clients identify themselves.
    pub client_authentication: ClientAuthentication,
    /// The methods of PKCE that are published. S256 is checked whatever they are.
    pub pkce_methods: Vec<String>,
    /// A refresh token is replaced when it is used, and using it again revokes all of its sign-in.
    pub rotates: bool,
    /// How many characters a refresh token has. Issuers whose tokens are JWTs give long ones.
    pub refresh_token_length: usize,
    /// There is a revocation endpoint.
    pub revokes: bool,
    /// Which keys are published.
    pub keys: PublishedKeys,
    /// How many of the next answers to a refresh are lost on their way, after the refresh token was replaced.
    pub lost_refresh_answers: u32,
}

/// When an access token is a JWT for a service.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessTokens {
    /// Always.
    #[default]
    Jwt,
    /// If the authorization request has an `audience`.
    JwtForAudience,
    /// If the authorization request and the token request have the same `resource` (RFC 8707).
    JwtForResource,
    /// If the authorization request has a scope such as `api://tokens/use`.
    JwtForScope,
    /// Never.
    Opaque,
}

/// The claim of access tokens that names their audience.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AudienceClaim {
    /// `aud`.
    #[default]
    Aud,
    /// `client_id`, which names the app, and there is no `aud`.
    ClientId,
    /// `aud`, which names the app.
    AudIsClient,
}

/// How clients identify themselves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthentication {
    /// Not at all, or by the secret if there is one.
    #[default]
    BySecret,
    /// By a key or a certificate of their own.
    ByKey,
}

/// Whom tokens name in `azp`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// Nobody.
    #[default]
    Nobody,
    /// The client.
    Client,
    /// Another client, for which the token was made.
    AnotherClient,
}

impl Party {
    /// The claim.
    pub fn claim(self, client: &str) -> Option<&str> {
        match self {
            Self::Nobody => None,
            Self::Client => Some(client),
            Self::AnotherClient => Some("another-client"),
        }
    }
}

/// When there is a refresh token, and whether the scope `offline_access` is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfflineAccess {
    /// Always; the scope is known.
    #[default]
    Always,
    /// Always; the scope is refused.
    AlwaysWithoutScope,
    /// With the scope.
    Scope,
    /// With the scope and `prompt=consent`.
    ScopeAndConsent,
    /// With `access_type=offline` and `prompt=consent`; the scope is refused.
    AccessType,
}

/// What `sub` is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The user's id.
    #[default]
    Id,
    /// The e-mail address, with which the user signs in.
    Login,
}

/// What `email_verified` is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmailVerified {
    /// `true`.
    #[default]
    Yes,
    /// `"true"`.
    YesAsText,
    /// `false`.
    No,
    /// It is missing.
    Unsaid,
}

/// Which keys are published.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PublishedKeys {
    /// The one that signs.
    #[default]
    Signing,
    /// A key for encryption before the one that signs.
    EncryptingToo,
    /// The one that signs, without naming an algorithm.
    WithoutAlgorithm,
    /// None, with 503.
    Unavailable,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            name_ends_in_slash: false,
            access_tokens: AccessTokens::default(),
            audience_claim: AudienceClaim::default(),
            further_access_audiences: Vec::new(),
            further_id_audiences: Vec::new(),
            party: Party::default(),
            registered_redirects: Vec::new(),
            offline_access: OfflineAccess::default(),
            further_scopes: Vec::new(),
            prompts: ["none", "login", "select_account"].map(str::to_owned).to_vec(),
            publishes_prompts: true,
            clock_ahead_s: 0,
            has_not_before: false,
            subject: Subject::default(),
            email_in_access_token: true,
            user_info_takes_jwts: true,
            email_verified: EmailVerified::default(),
            profile_in_id_token: true,
            client_secret: None,
            client_authentication: ClientAuthentication::default(),
            pkce_methods: vec!["S256".to_owned()],
            rotates: true,
            refresh_token_length: 43,
            revokes: true,
            keys: PublishedKeys::default(),
            lost_refresh_answers: 0,
        }
    }
}

impl Habits {
    const KIND: Kind = "issuer_habits";

    /// The habits that are set.
    pub fn of(records: &Records) -> Self {
        records.read(Self::KIND, "issuer").unwrap_or_default()
    }

    /// Sets the habits.
    pub fn set(&self, records: &mut Records) {
        records.write(Self::KIND, "issuer", self);
    }

    /// The scopes that are known.
    pub fn scopes(&self) -> Vec<&str> {
        let known = ["openid", "email", "profile"].into_iter();
        let offline = match self.offline_access {
            OfflineAccess::AlwaysWithoutScope | OfflineAccess::AccessType => None,
            OfflineAccess::Always | OfflineAccess::Scope | OfflineAccess::ScopeAndConsent => {
                Some("offline_access")
            }
        };
        known.chain(offline).chain(self.further_scopes.iter().map(String::as_str)).collect()
    }

    /// Takes the loss of the next answer to a refresh, if it is to be lost.
    pub fn loses_answer(records: &mut Records) -> bool {
        let mut habits = Self::of(records);
        let Some(left) = habits.lost_refresh_answers.checked_sub(1) else { return false };
        habits.lost_refresh_answers = left;
        habits.set(records);
        true
    }
}
