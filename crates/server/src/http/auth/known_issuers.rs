//! What known issuers need and do not say in their discovery documents. They are recognised by their host.

use super::oidc::{OidcSettings, RedirectHost, SignInToken};
use crate::base::finding::{Checked, Finding};
use url::Url;

/// Something that does not work, about one part of the sign-in.
pub fn risk(about: &str, what: impl Into<String>, remedy: impl Into<String>) -> Finding {
    Finding::risk(Checked::Issuer, what, remedy).about(about)
}

/// The settings that a known issuer needs and does not have.
pub fn findings(oidc: &OidcSettings) -> Vec<Finding> {
    let host = Url::parse(&oidc.issuer).ok().and_then(|url| url.host_str().map(str::to_owned));
    match host.as_deref() {
        Some("accounts.google.com") => google(oidc),
        Some("login.microsoftonline.com") => entra(oidc),
        Some(host) if host.ends_with(".auth0.com") => auth0(oidc),
        Some(host) if host.starts_with("cognito-idp.") && host.ends_with(".amazonaws.com") => cognito(oidc),
        Some(host) if host.ends_with(".okta.com") || host.ends_with(".oktapreview.com") => okta(oidc),
        _ => Vec::new(),
    }
}

fn uses_access_tokens(oidc: &OidcSettings) -> bool {
    oidc.token == SignInToken::Access
}

fn unregistered_port(oidc: &OidcSettings, product: &str) -> Option<Finding> {
    oidc.redirect_ports.is_empty().then(|| {
        risk(
            "redirect",
            format!("{product} sends browsers only to registered addresses, and the app picks any port"),
            "Register some addresses at the issuer, and give their ports as --oidc-redirect-port",
        )
    })
}

fn google(oidc: &OidcSettings) -> Vec<Finding> {
    let lacks = |name: &str, value: &str| oidc.authorize_parameters.get(name).is_none_or(|it| it != value);
    let token = uses_access_tokens(oidc).then(|| {
        let what = "only Google can read the access tokens of Google, so every request of a user gets 401";
        risk("token", what, "Give --oidc-token id")
    });
    let secret = oidc.client_secret.is_none().then(|| {
        let what = "Google wants the client secret of desktop apps too, so nobody can sign in";
        risk(
            "client_secret",
            what,
            "Give --oidc-client-secret; every user can read it, and Google knows that",
        )
    });
    let offline = (lacks("access_type", "offline") || lacks("prompt", "consent")).then(|| {
        let what = "Google gives no refresh token without access_type=offline and prompt=consent, so users have to sign \
            in again every hour";
        risk("refresh_token", what, "Give --oidc-authorize-parameter access_type=offline,prompt=consent")
    });
    [token, secret, offline].into_iter().flatten().collect()
}

fn entra(oidc: &OidcSettings) -> Vec<Finding> {
    let names_api = oidc.scopes.iter().flatten().any(|scope| scope.contains('/'));
    let scope = (uses_access_tokens(oidc) && !names_api).then(|| {
        let what = "without a scope of your API, the access tokens of Entra are for Microsoft Graph, so every request of a \
            user gets 401";
        risk("scopes", what, "Give --oidc-scopes with the scope of your API, such as api://CLIENT-ID/tokens")
    });
    scope.into_iter().collect()
}

fn auth0(oidc: &OidcSettings) -> Vec<Finding> {
    let audience = oidc.authorize_parameters.get("audience");
    let audience = (uses_access_tokens(oidc) && audience != Some(&oidc.audience)).then(|| {
        let what =
            "without an audience, only Auth0 can read the access tokens, so every request of a user gets 401";
        risk("audience", what, "Give --oidc-authorize-parameter audience=… with the value of --oidc-audience")
    });
    audience.into_iter().chain(unregistered_port(oidc, "Auth0")).collect()
}

fn cognito(oidc: &OidcSettings) -> Vec<Finding> {
    let claim = (uses_access_tokens(oidc) && oidc.audience_claim == "aud").then(|| {
        let what = "the access tokens of Cognito have no aud, so every request of a user gets 401";
        risk("audience", what, "Give --oidc-audience-claim client_id, and the client id as --oidc-audience")
    });
    let host = (oidc.redirect_host != RedirectHost::Localhost).then(|| {
        let what = "Cognito accepts no http address but localhost, so nobody can sign in";
        risk("redirect_host", what, "Give --oidc-redirect-host localhost")
    });
    [claim, host, unregistered_port(oidc, "Cognito")].into_iter().flatten().collect()
}

fn okta(oidc: &OidcSettings) -> Vec<Finding> {
    let subject = (uses_access_tokens(oidc) && oidc.subject_claim == "sub").then(|| {
        let what = "the sub of Okta's access tokens is the user name, so a user who gets another name loses the account";
        risk("subject", what, "Give --oidc-subject-claim uid before the first user signs in")
    });
    subject.into_iter().chain(unregistered_port(oidc, "Okta")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the findings are about.
    fn about(oidc: &OidcSettings) -> Vec<String> {
        findings(oidc).into_iter().filter_map(|finding| finding.subject).collect()
    }

    #[test]
    fn the_check_names_each_setting_that_a_known_issuer_needs_until_it_has_it() {
        let parameters = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let google = OidcSettings::of_issuer("https://accounts.google.com");
        assert_eq!(about(&google), ["token", "client_secret", "refresh_token"]);
        let google = OidcSettings {
            token: SignInToken::Id,
            client_secret: Some("GOCSPX-".to_owned()),
            authorize_parameters: parameters(&[("access_type", "offline"), ("prompt", "consent")]),
            ..google
        };
        assert_eq!(about(&google), [""; 0]);

        let entra = OidcSettings::of_issuer("https://login.microsoftonline.com/tenant/v2.0");
        assert_eq!(about(&entra), ["scopes"]);
        let entra = OidcSettings { scopes: Some(vec!["api://tokens/use".to_owned()]), ..entra };
        assert_eq!(about(&entra), [""; 0]);

        let auth0 = OidcSettings::of_issuer("https://tenant.eu.auth0.com/");
        assert_eq!(about(&auth0), ["audience", "redirect"]);
        let auth0 = OidcSettings {
            authorize_parameters: parameters(&[("audience", "tokenwell")]),
            redirect_ports: vec![51_871],
            ..auth0
        };
        assert_eq!(about(&auth0), [""; 0]);

        let cognito = OidcSettings::of_issuer("https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a");
        assert_eq!(about(&cognito), ["audience", "redirect_host", "redirect"]);
        let cognito = OidcSettings {
            audience_claim: "client_id".to_owned(),
            redirect_host: RedirectHost::Localhost,
            redirect_ports: vec![51_871],
            ..cognito
        };
        assert_eq!(about(&cognito), [""; 0]);

        let okta = OidcSettings::of_issuer("https://company.okta.com/oauth2/default");
        assert_eq!(about(&okta), ["subject", "redirect"]);
        let okta = OidcSettings { subject_claim: "uid".to_owned(), redirect_ports: vec![51_871], ..okta };
        assert_eq!(about(&okta), [""; 0]);

        assert_eq!(about(&OidcSettings::of_issuer("https://id.example.com")), [""; 0]);
    }
}
