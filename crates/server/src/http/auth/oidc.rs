//! How users sign in, as the operator sets it. `docs/identity.md` has the settings for known issuers.

use std::collections::BTreeMap;

pub use tokenwell_wire::{RedirectHost, SignInToken};

/// How users sign in at the OpenID Connect issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OidcSettings {
    /// The issuer, as the operator names it. Tokens name it as its discovery document does, which may end in `/` or not.
    pub issuer: String,
    /// The names that the issuer had before. Accounts that were opened under them are kept.
    pub former_issuers: Vec<String>,
    /// The app's client id at the issuer.
    pub client_id: String,
    /// The app's client secret, for issuers that want one of desktop apps too. Every user can read it, so it is not secret.
    pub client_secret: Option<String>,
    /// Which token the app sends with its requests.
    pub token: SignInToken,
    /// The audience that access tokens have to name.
    pub audience: String,
    /// The claim that names it.
    pub audience_claim: String,
    /// The claim that identifies the user, and never changes.
    pub subject_claim: String,
    /// The scopes that the app asks for besides `openid`; `None` for the app's own choice.
    pub scopes: Option<Vec<String>>,
    /// Further parameters of the app's authorization request.
    pub authorize_parameters: BTreeMap<String, String>,
    /// The host of the address at which the app receives the browser from the sign-in.
    pub redirect_host: RedirectHost,
    /// The ports at which the app may receive the browser from the sign-in; any port if there are none.
    pub redirect_ports: Vec<u16>,
}

impl OidcSettings {
    /// Users sign in at this issuer, with every other setting as it is by default.
    pub fn of_issuer(issuer: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            former_issuers: Vec::new(),
            client_id: "tokenwell-desktop".to_owned(),
            client_secret: None,
            token: SignInToken::Access,
            audience: "tokenwell".to_owned(),
            audience_claim: "aud".to_owned(),
            subject_claim: "sub".to_owned(),
            scopes: None,
            authorize_parameters: BTreeMap::new(),
            redirect_host: RedirectHost::Loopback,
            redirect_ports: Vec::new(),
        }
    }
}
