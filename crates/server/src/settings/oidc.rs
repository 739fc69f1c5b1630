//! The flags of the sign-in.

use super::error::{SettingsError, wrong};
use super::values::{missing, web_address};
use crate::http::auth::oidc::{OidcSettings, RedirectHost, SignInToken};
use clap::{Args, ValueEnum};
use tokenwell_wire::SIGN_IN_PARAMETERS_OF_THE_APP as OF_THE_APP;

/// Defines the flags from rows of a help text, a field, its type, its variable, and what its value is called.
macro_rules! flags {
    ($($(#[$help:meta])+ $field:ident: $type:ty = $variable:literal $value:literal $(, $further:ident $(= $with:expr)?)*;)+) => {
        /// The flags of the sign-in.
        #[derive(Args)]
        pub struct OidcFlags {
            $(
                $(#[$help])+
                #[arg(long, global = true, env = $variable, value_name = $value $(, $further $(= $with)?)*)]
                $field: $type,
            )+
        }
    };
}

flags! {
    /// The OpenID Connect issuer that users sign in at
    oidc_issuer: Option<String> = "TOKENWELL_OIDC_ISSUER" "URL";
    /// A name that the issuer had before it moved: accounts from then are kept; repeatable
    oidc_former_issuer: Vec<String> = "TOKENWELL_OIDC_FORMER_ISSUER" "URL", value_delimiter = ',';
    /// The app's client id at the issuer
    oidc_client_id: String = "TOKENWELL_OIDC_CLIENT_ID" "ID",
        value_parser = not_blank, default_value = "tokenwell-desktop";
    /// The app's client "secret", for issuers that want one of desktop apps too: every user can read it
    oidc_client_secret: Option<String> = "TOKENWELL_OIDC_CLIENT_SECRET" "SECRET", value_parser = not_blank;
    /// Which token users send: `id` is for issuers whose access tokens only they can read, such as Google
    oidc_token: TokenFlag = "TOKENWELL_OIDC_TOKEN" "KIND", value_enum, default_value_t;
    /// The audience that access tokens must name
    oidc_audience: String = "TOKENWELL_OIDC_AUDIENCE" "NAME",
        value_parser = not_blank, default_value = "tokenwell";
    /// The claim of access tokens that names the audience, such as `client_id` at Amazon Cognito
    oidc_audience_claim: String = "TOKENWELL_OIDC_AUDIENCE_CLAIM" "CLAIM",
        value_parser = not_blank, default_value = "aud";
    /// The claim that identifies a user and never changes, such as `uid` at Okta
    oidc_subject_claim: String = "TOKENWELL_OIDC_SUBJECT_CLAIM" "CLAIM",
        value_parser = not_blank, default_value = "sub";
    /// The scopes that the app asks for besides `openid`, separated by blanks [default: `email` and `profile`, and
    /// `offline_access` where the issuer knows it]
    oidc_scopes: Option<String> = "TOKENWELL_OIDC_SCOPES" "SCOPES";
    /// A further parameter of the app's authorization request, such as audience=https://api.example.com; repeatable
    oidc_authorize_parameter: Vec<String> = "TOKENWELL_OIDC_AUTHORIZE_PARAMETER" "NAME=VALUE", value_delimiter = ',';
    /// The host of the address at which the app receives the browser from the sign-in
    oidc_redirect_host: RedirectHostFlag = "TOKENWELL_OIDC_REDIRECT_HOST" "HOST", value_enum, default_value_t;
    /// A port of http://127.0.0.1:PORT/callback that is registered at the issuer; repeatable [default: any free port]
    oidc_redirect_port: Vec<String> = "TOKENWELL_OIDC_REDIRECT_PORT" "PORT", value_delimiter = ',';
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

impl From<TokenFlag> for SignInToken {
    fn from(flag: TokenFlag) -> Self {
        match flag {
            TokenFlag::Access => Self::Access,
            TokenFlag::Id => Self::Id,
        }
    }
}

impl From<RedirectHostFlag> for RedirectHost {
    fn from(flag: RedirectHostFlag) -> Self {
        match flag {
            RedirectHostFlag::Loopback => Self::Loopback,
            RedirectHostFlag::Localhost => Self::Localhost,
        }
    }
}

impl OidcFlags {
    /// Reads the flags.
    pub fn settings(self) -> Result<OidcSettings, SettingsError> {
        let Some(name) = self.oidc_issuer else {
            return missing("--oidc-issuer", "the address of the OpenID Connect issuer");
        };
        Ok(OidcSettings {
            issuer: issuer("--oidc-issuer", &name)?,
            former_issuers: all(&self.oidc_former_issuer, |name| issuer("--oidc-former-issuer", name))?,
            client_id: self.oidc_client_id,
            client_secret: self.oidc_client_secret,
            token: self.oidc_token.into(),
            audience: self.oidc_audience,
            audience_claim: self.oidc_audience_claim,
            subject_claim: self.oidc_subject_claim,
            scopes: self.oidc_scopes.map(|scopes| scopes.split_whitespace().map(str::to_owned).collect()),
            authorize_parameters: all(&self.oidc_authorize_parameter, authorize_parameter)?,
            redirect_host: self.oidc_redirect_host.into(),
            redirect_ports: all(&self.oidc_redirect_port, redirect_port)?,
        })
    }
}

/// Reads every value of a flag that is repeatable.
fn all<T, C: FromIterator<T>>(
    values: &[String],
    read: impl Fn(&str) -> Result<T, SettingsError>,
) -> Result<C, SettingsError> {
    values.iter().map(|value| read(value)).collect()
}

/// The value of a flag is empty or blank.
#[derive(Debug, thiserror::Error)]
#[error("give a value or leave it out")]
struct Blank;

fn not_blank(value: &str) -> Result<String, Blank> {
    if value.trim().is_empty() { Err(Blank) } else { Ok(value.to_owned()) }
}

/// The name is kept as it is written, because a URL adds a slash to a host.
fn issuer(flag: &str, name: &str) -> Result<String, SettingsError> {
    web_address(flag, name, "https://login.example.com")?;
    Ok(name.to_owned())
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
