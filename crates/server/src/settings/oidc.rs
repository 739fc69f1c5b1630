//! The flags of the sign-in.

use super::error::{SettingsError, wrong};
use super::values::{missing, not_empty, web_address};
use crate::http::auth::oidc::{OidcSettings, RedirectHost, SignInToken};
use clap::{Args, ValueEnum};
use std::collections::BTreeMap;
use tokenwell_wire::SIGN_IN_PARAMETERS_OF_THE_APP as OF_THE_APP;

/// The flags of the sign-in.
#[derive(Args)]
#[expect(clippy::struct_field_names, reason = "the names of the flags")]
pub struct OidcFlags {
    /// The OpenID Connect issuer that users sign in at
    #[arg(long, global = true, env = "TOKENWELL_OIDC_ISSUER", value_name = "URL")]
    oidc_issuer: Option<String>,
    /// A name that the issuer had before it moved: accounts from then are kept; repeatable
    #[arg(
        long,
        global = true,
        env = "TOKENWELL_OIDC_FORMER_ISSUER",
        value_name = "URL",
        value_delimiter = ','
    )]
    oidc_former_issuer: Vec<String>,
    /// The app's client id at the issuer
    #[arg(
        long,
        global = true,
        env = "TOKENWELL_OIDC_CLIENT_ID",
        value_name = "ID",
        default_value = "tokenwell-desktop"
    )]
    oidc_client_id: String,
    /// The app's client "secret", for issuers that want one of desktop apps too: every user can read it
    #[arg(long, global = true, env = "TOKENWELL_OIDC_CLIENT_SECRET", value_name = "SECRET")]
    oidc_client_secret: Option<String>,
    /// Which token users send: `id` is for issuers whose access tokens only they can read, such as Google
    #[arg(
        long,
        global = true,
        env = "TOKENWELL_OIDC_TOKEN",
        value_name = "KIND",
        value_enum,
        default_value_t
    )]
    oidc_token: TokenFlag,
    /// The audience that access tokens must name
    #[arg(
        long,
        global = true,
        env = "TOKENWELL_OIDC_AUDIENCE",
        value_name = "NAME",
        default_value = "tokenwell"
    )]
    oidc_audience: String,
    /// The claim of access tokens that names the audience, such as `client_id` at Amazon Cognito
    #[arg(
        long,
        global = true,
        env = "TOKENWELL_OIDC_AUDIENCE_CLAIM",
        value_name = "CLAIM",
        default_value = "aud"
    )]
    oidc_audience_claim: String,
    /// The claim that identifies a user and never changes, such as `uid` at Okta
    #[arg(
        long,
        global = true,
        env = "TOKENWELL_OIDC_SUBJECT_CLAIM",
        value_name = "CLAIM",
        default_value = "sub"
    )]
    oidc_subject_claim: String,
    /// The scopes that the app asks for besides `openid`, separated by blanks [default: `email` and `profile`, and
    /// `offline_access` where the issuer knows it]
    #[arg(long, global = true, env = "TOKENWELL_OIDC_SCOPES", value_name = "SCOPES")]
    oidc_scopes: Option<String>,
    /// A further parameter of the app's authorization request, such as audience=https://api.example.com; repeatable
    #[arg(
        long,
        global = true,
        env = "TOKENWELL_OIDC_AUTHORIZE_PARAMETER",
        value_name = "NAME=VALUE",
        value_delimiter = ','
    )]
    oidc_authorize_parameter: Vec<String>,
    /// The host of the address at which the app receives the browser from the sign-in
    #[arg(
        long,
        global = true,
        env = "TOKENWELL_OIDC_REDIRECT_HOST",
        value_name = "HOST",
        value_enum,
        default_value_t
    )]
    oidc_redirect_host: RedirectHostFlag,
    /// A port of http://127.0.0.1:PORT/callback that is registered at the issuer; repeatable [default: any free port]
    #[arg(
        long,
        global = true,
        env = "TOKENWELL_OIDC_REDIRECT_PORT",
        value_name = "PORT",
        value_delimiter = ','
    )]
    oidc_redirect_port: Vec<String>,
}

/// Which token users send.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum TokenFlag {
    /// The access token, a JWT for the service
    #[default]
    Access,
    /// The ID token, whose audience is the app
    Id,
}

/// The host of the redirect address.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum RedirectHostFlag {
    /// As RFC 8252 recommends
    #[default]
    #[value(name = "127.0.0.1")]
    Loopback,
    /// For issuers that accept no other, such as Amazon Cognito
    Localhost,
}

impl OidcFlags {
    /// Reads the flags.
    pub fn settings(self) -> Result<OidcSettings, SettingsError> {
        let former = self.oidc_former_issuer;
        Ok(OidcSettings {
            issuer: match self.oidc_issuer {
                None => return missing("--oidc-issuer", "the address of the OpenID Connect issuer"),
                Some(name) => issuer("--oidc-issuer", name)?,
            },
            former_issuers: former
                .into_iter()
                .map(|name| issuer("--oidc-former-issuer", name))
                .collect::<Result<_, _>>()?,
            client_id: not_empty("--oidc-client-id", self.oidc_client_id)?,
            client_secret: self
                .oidc_client_secret
                .map(|secret| not_empty("--oidc-client-secret", secret))
                .transpose()?,
            token: match self.oidc_token {
                TokenFlag::Access => SignInToken::Access,
                TokenFlag::Id => SignInToken::Id,
            },
            audience: not_empty("--oidc-audience", self.oidc_audience)?,
            audience_claim: not_empty("--oidc-audience-claim", self.oidc_audience_claim)?,
            subject_claim: not_empty("--oidc-subject-claim", self.oidc_subject_claim)?,
            scopes: self.oidc_scopes.map(|scopes| scopes.split_whitespace().map(str::to_owned).collect()),
            authorize_parameters: self
                .oidc_authorize_parameter
                .iter()
                .map(|parameter| authorize_parameter(parameter))
                .collect::<Result<BTreeMap<_, _>, _>>()?,
            redirect_host: match self.oidc_redirect_host {
                RedirectHostFlag::Loopback => RedirectHost::Loopback,
                RedirectHostFlag::Localhost => RedirectHost::Localhost,
            },
            redirect_ports: self
                .oidc_redirect_port
                .iter()
                .map(|port| redirect_port(port))
                .collect::<Result<_, _>>()?,
        })
    }
}

/// The name is kept as it is written, because a URL adds a slash to a host.
fn issuer(flag: &str, name: String) -> Result<String, SettingsError> {
    web_address(flag, &name, "https://login.example.com")?;
    Ok(name)
}

fn authorize_parameter(parameter: &str) -> Result<(String, String), SettingsError> {
    match parameter.split_once('=') {
        Some((name, _)) if OF_THE_APP.contains(&name) => wrong(format!(
            "--oidc-authorize-parameter {name} is the app's own: leave it out, or see --oidc-scopes and --oidc-client-id"
        )),
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => wrong(format!(
            "--oidc-authorize-parameter {parameter:?} has no name and value: give one such as \
             audience=https://api.example.com"
        )),
    }
}

fn redirect_port(port: &str) -> Result<u16, SettingsError> {
    match port.trim().parse() {
        Ok(port) if port > 0 => Ok(port),
        _ => wrong(format!("--oidc-redirect-port {port:?} is not a port: give one such as 51873")),
    }
}
