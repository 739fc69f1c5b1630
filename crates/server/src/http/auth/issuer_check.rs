//! Whether users can sign in: the issuer's discovery document and keys, and the settings that go with them.

use super::documents::{self, IssuerError};
use super::known_issuers::{self, risk};
use super::oidc::OidcSettings;
use super::published::Discovery;
use crate::base::error_chain::Chain;
use crate::base::finding::{Checked, Finding};
use crate::base::outgoing::HttpClient;
use tokenwell_wire::UnsupportedIssuer;

/// How the issuer stands.
pub async fn findings(oidc: &OidcSettings, http: &HttpClient) -> Vec<Finding> {
    if let Some(why) = UnsupportedIssuer::of_name(&oidc.issuer) {
        return vec![unsupported(why)];
    }
    let discovery = match documents::discover(http, &oidc.issuer).await {
        Ok(discovery) => discovery,
        Err(error) => return vec![unusable(&oidc.issuer, &error)],
    };
    let mut findings = vec![match discovery.keys(http).await.map(|set| set.keys.usable()) {
        Err(error) => unusable(&oidc.issuer, &error),
        Ok(keys) if keys.is_empty() => Finding::risk(
            Checked::Issuer,
            format!("{} publishes no key that signs tokens, so nobody can sign in", oidc.issuer),
            "Give the issuer a key pair (RS256, ES256, EdDSA) that signs tokens: a shared secret (HS256) is not enough",
        ),
        Ok(_) => Finding::fine(Checked::Issuer, format!("{} publishes its keys", oidc.issuer)),
    }];
    findings.extend(document_findings(oidc, &discovery));
    findings.extend(known_issuers::findings(oidc));
    findings
}

/// What the discovery document says will not work.
fn document_findings(oidc: &OidcSettings, discovery: &Discovery) -> Vec<Finding> {
    let lacks = |list: &str, word: &str| discovery.list(list).is_some_and(|words| !words.contains(&word));
    let mut findings = Vec::new();
    for endpoint in ["authorization_endpoint", "token_endpoint"] {
        if !discovery.is_protected(endpoint) {
            findings.push(risk(
                endpoint,
                "the issuer names none with https, so nobody can sign in",
                format!("Let the issuer publish an https address as {endpoint}"),
            ));
        }
    }
    if lacks("response_types_supported", "code") {
        let what = "the issuer gives no authorization codes, so nobody can sign in";
        findings.push(risk("code", what, "Enable the authorization code flow at the issuer"));
    }
    let words = |list: &str| Some(discovery.list(list)?.into_iter().map(str::to_owned).collect());
    findings.extend(UnsupportedIssuer::of_lists(words).map(unsupported));
    if lacks("grant_types_supported", "refresh_token") {
        let what = "the issuer gives no refresh tokens, so users have to sign in again whenever a token ends";
        findings.push(risk("refresh_token", what, "Enable refresh tokens for the app at the issuer"));
    }
    let asks_for_offline = oidc.scopes.iter().flatten().any(|scope| scope == "offline_access");
    if asks_for_offline && lacks("scopes_supported", "offline_access") {
        let what = "the issuer does not know offline_access, and may refuse every sign-in with invalid_scope";
        findings.push(risk("scopes", what, "Leave it out of --oidc-scopes"));
    }
    findings
}

/// The app refuses this issuer.
fn unsupported(why: UnsupportedIssuer) -> Finding {
    let another = "Let users sign in at another issuer, which may be one that passes them on to this one";
    match why {
        UnsupportedIssuer::LoopbackRedirect => {
            let what = "Tokenwell does not support this issuer: it sends browsers only to https addresses of a domain, and not \
                to an app on the user's computer, so nobody can sign in";
            risk("unsupported", what, another)
        }
        UnsupportedIssuer::Pkce => {
            let what = "Tokenwell does not support an issuer that does not check PKCE with S256, so nobody can sign in";
            risk("pkce", what, "Enable PKCE with S256 at the issuer")
        }
        UnsupportedIssuer::PublicClient => {
            let what = "Tokenwell does not support an issuer whose clients all need a key or a certificate, so nobody can sign in";
            risk("public_client", what, format!("Allow public clients at the issuer. {another}"))
        }
    }
}

fn unusable(name: &str, error: &IssuerError) -> Finding {
    let what = Chain(error).to_string();
    match error {
        IssuerError::OtherIssuer { .. } => Finding::risk(
            Checked::Issuer,
            format!("{what}, so nobody can sign in"),
            "Give --oidc-issuer the address that the issuer calls itself, and at Microsoft Entra that of one tenant",
        ),
        IssuerError::NotEncrypted(..) => Finding::risk(
            Checked::Issuer,
            format!("{what}, so nobody can sign in"),
            "Let the issuer publish https addresses",
        ),
        IssuerError::Redirect(..) => Finding::risk(
            Checked::Issuer,
            format!("{what}, so nobody can sign in"),
            "Give --oidc-issuer the address that answers without a redirect",
        ),
        _ => Finding::unknown(
            Checked::Issuer,
            format!("{name} cannot be used, so nobody can sign in anew: {what}"),
            "Correct --oidc-issuer, or check again when the issuer is back",
        ),
    }
}
