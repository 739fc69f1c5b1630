//! The service's OpenID issuer: its discovery, authorization requests, codes, refreshes and revocation.

use crate::api::{Http, unreachable};
use openidconnect::{
    AdditionalProviderMetadata, AsyncHttpClient, AuthType, AuthenticationFlow, AuthorizationCode,
    ClaimsVerificationError, ClientId, ClientSecret, ConfigurationError, CsrfToken, DiscoveryError,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IssuerUrl, Nonce,
    OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, ProviderMetadata, RedirectUrl, RefreshToken,
    RequestTokenError, Scope, TokenResponse, TokenUrl,
    core::{
        CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod,
        CoreErrorResponseType, CoreGrantType, CoreIdTokenClaims, CoreJsonWebKey,
        CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType,
        CoreSubjectIdentifierType, CoreTokenResponse,
    },
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::{error::Error, pin::Pin};
use tokenwell_desktop::{failure::Failure, hosted_page};
use tokenwell_wire::{
    SIGN_IN_PARAMETERS_OF_THE_APP, ServiceDescription, SignInDescription, SignInToken, UnsupportedIssuer,
};
use url::Url;

/// The maximum size of an issuer's response. Those of the largest issuers have some ten kilobytes.
const RESPONSE_BYTES_MAX: usize = 1024 * 1024;

/// Tokens from an issuer.
pub(crate) struct Granted {
    /// The token that is sent to the service.
    pub(crate) access: SecretString,
    /// `None` if the issuer did not rotate it.
    pub(crate) refresh: Option<SecretString>,
    /// The person's name, from a verified ID token.
    pub(crate) name: Option<String>,
}

/// A discovered issuer, and the app as its client.
pub(crate) struct Issuer {
    http: Http,
    metadata: Metadata,
    client_id: ClientId,
    sign_in: SignInDescription,
}

/// An authorization request, and what its response is checked against.
pub(crate) struct Authorization {
    /// The page to open in the system browser.
    pub(crate) page: Url,
    pub(crate) state: CsrfToken,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
    redirect: RedirectUrl,
}

/// How the issuer is asked which account to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Chooser {
    SelectAccount,
    /// For issuers without an account chooser.
    Login,
}

type Metadata = ProviderMetadata<
    FurtherMetadata,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// The app as a client of the issuer.
type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What issuers may say beyond the core of discovery.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct FurtherMetadata {
    /// The address for revoking tokens (RFC 8414).
    #[serde(default)]
    revocation_endpoint: Option<Url>,
    #[serde(default)]
    prompt_values_supported: Option<Vec<String>>,
    #[serde(default)]
    code_challenge_methods_supported: Option<Vec<String>>,
}

impl AdditionalProviderMetadata for FurtherMetadata {}

impl Issuer {
    /// Discovers the issuer that a service names.
    pub(crate) async fn discover(
        http: &Http,
        service: &Url,
        description: ServiceDescription,
    ) -> Result<Self, Failure> {
        if let Some(why) = UnsupportedIssuer::of_name(&description.issuer) {
            return Err(Failure::SignInUnsupported(why));
        }
        let issuer = IssuerUrl::new(description.issuer).map_err(|_| Failure::SignInUnavailable)?;
        // What is sent for discovery and keys is not secret, but what comes back decides where secrets are sent.
        if hosted_page::sign_in(issuer.as_str(), service).is_none() {
            return Err(Failure::SignInUnavailable);
        }
        let metadata = Metadata::discover_async(issuer, http).await.map_err(|error| {
            tracing::warn!(error = &error as &dyn Error, "the issuer cannot be discovered");
            match error {
                DiscoveryError::Request(error) => match unreachable(&error) {
                    failure @ (Failure::Certificate | Failure::Clock) => failure,
                    _ => Failure::SignInUnavailable,
                },
                _ => Failure::SignInUnavailable,
            }
        })?;
        if let Some(why) = UnsupportedIssuer::of_lists(|list| words(&metadata, list)) {
            return Err(Failure::SignInUnsupported(why));
        }
        let endpoints =
            [Some(metadata.authorization_endpoint().url()), metadata.token_endpoint().map(TokenUrl::url)];
        let revocation = metadata.additional_metadata().revocation_endpoint.as_ref();
        // Codes and tokens are sent encrypted, or to this computer.
        let is_safe = |url: &Url| hosted_page::sign_in(url.as_str(), service).is_some();
        if !endpoints.into_iter().flatten().chain(revocation).all(is_safe) {
            return Err(Failure::SignInUnavailable);
        }
        let client_id = ClientId::new(description.client_id);
        Ok(Self { http: http.clone(), metadata, client_id, sign_in: description.sign_in })
    }

    /// The issuer, as it names itself.
    pub(crate) fn name(&self) -> &str {
        self.metadata.issuer().as_str()
    }

    /// The app's client id at the issuer.
    pub(crate) fn client_id(&self) -> &str {
        &self.client_id
    }

    /// How the service wants users to sign in.
    pub(crate) fn settings(&self) -> &SignInDescription {
        &self.sign_in
    }

    /// How this issuer is asked which account to use.
    pub(crate) fn chooser(&self) -> Chooser {
        match &self.metadata.additional_metadata().prompt_values_supported {
            Some(known) if !known.iter().any(|prompt| prompt == "select_account") => Chooser::Login,
            _ => Chooser::SelectAccount,
        }
    }

    /// A new authorization request.
    pub(crate) fn authorization(&self, redirect: &Url, chooser: Option<Chooser>) -> Authorization {
        let redirect = RedirectUrl::from_url(redirect.clone());
        let client = self.client().set_redirect_uri(redirect.clone());
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut request = client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scopes(self.scopes().into_iter().map(Scope::new))
            .set_pkce_challenge(challenge);
        for (name, value) in &self.sign_in.authorize_parameters {
            if name != "prompt" && !SIGN_IN_PARAMETERS_OF_THE_APP.contains(&name.as_str()) {
                request = request.add_extra_param(name.as_str(), value.as_str());
            }
        }
        if let Some(prompt) = self.prompt(chooser) {
            request = request.add_extra_param("prompt", prompt);
        }
        let (page, state, nonce) = request.url();
        Authorization { page, state, nonce, verifier, redirect }
    }

    /// The scopes besides `openid`.
    fn scopes(&self) -> Vec<String> {
        if let Some(scopes) = &self.sign_in.scopes {
            return scopes.clone();
        }
        let known = self.metadata.scopes_supported();
        let knows_offline = known.is_none_or(|known| known.iter().any(|scope| **scope == "offline_access"));
        let offline = knows_offline.then_some("offline_access");
        ["email", "profile"].into_iter().chain(offline).map(str::to_owned).collect()
    }

    /// What the issuer asks of the user: what the service wants, and the choice of an account.
    fn prompt(&self, chooser: Option<Chooser>) -> Option<String> {
        let wanted = self.sign_in.authorize_parameters.get("prompt");
        let mut prompts: Vec<&str> =
            wanted.into_iter().flat_map(|prompt| prompt.split_whitespace()).collect();
        let choice = chooser.map(|chooser| match chooser {
            Chooser::SelectAccount => "select_account",
            Chooser::Login => "login",
        });
        prompts.extend(choice.filter(|_| !prompts.iter().any(|it| ["login", "select_account"].contains(it))));
        (!prompts.is_empty()).then(|| prompts.join(" "))
    }

    fn client(&self) -> Client {
        let secret = self.sign_in.client_secret.clone().map(ClientSecret::new);
        let methods = self.metadata.token_endpoint_auth_methods_supported();
        let knows_basic =
            methods.is_none_or(|methods| methods.contains(&CoreClientAuthMethod::ClientSecretBasic));
        let client =
            CoreClient::from_provider_metadata(self.metadata.clone(), self.client_id.clone(), secret);
        client.set_auth_type(if knows_basic { AuthType::BasicAuth } else { AuthType::RequestBody })
    }

    /// The address of the API that the app wants tokens for (RFC 8707).
    fn resource(&self) -> Option<(&'static str, &str)> {
        Some(("resource", self.sign_in.authorize_parameters.get("resource")?))
    }

    /// Exchanges an authorization code for tokens, and verifies the ID token.
    pub(crate) async fn exchange(
        &self,
        code: AuthorizationCode,
        authorization: Authorization,
    ) -> Result<Granted, Failure> {
        let Authorization { nonce, verifier, redirect, .. } = authorization;
        let client = self.client().set_redirect_uri(redirect);
        let mut request =
            client.exchange_code(code).map_err(|error| no_endpoint(&error))?.set_pkce_verifier(verifier);
        if let Some((name, value)) = self.resource() {
            request = request.add_extra_param(name, value);
        }
        let response: CoreTokenResponse =
            request.request_async(&self.http).await.map_err(|error| token_failure(&error))?;
        let claims = self.verified(&response, &nonce)?;
        let name = claims.name().and_then(|name| name.get(None)).map(|name| name.to_string());
        Ok(Granted { name, ..self.granted(&response)? })
    }

    /// The claims of the ID token. It may be for others too, as long as it was issued to the app.
    fn verified<'r>(
        &self,
        response: &'r CoreTokenResponse,
        nonce: &Nonce,
    ) -> Result<&'r CoreIdTokenClaims, Failure> {
        let id_token = response.id_token().ok_or(Failure::SignInUnverified)?;
        // Everybody knows the client's "secret", so it must not verify signatures.
        let client: Client =
            CoreClient::from_provider_metadata(self.metadata.clone(), self.client_id.clone(), None);
        let verifier = client.id_token_verifier().set_other_audience_verifier_fn(|_| true);
        let claims = id_token.claims(&verifier, nonce).map_err(|error| {
            tracing::warn!(error = &error as &dyn Error, "the ID token cannot be verified");
            match error {
                // The issuer has just made it.
                ClaimsVerificationError::Expired(_) => Failure::Clock,
                _ => Failure::SignInUnverified,
            }
        })?;
        if claims.authorized_party().is_some_and(|party| *party != self.client_id) {
            tracing::warn!("the ID token was issued to another app");
            return Err(Failure::SignInUnverified);
        }
        Ok(claims)
    }

    /// Gets a new access token for a refresh token.
    pub(crate) async fn renew(&self, refresh: &SecretString) -> Result<Granted, Failure> {
        let client = self.client();
        let token = RefreshToken::new(refresh.expose_secret().to_owned());
        let mut request = client.exchange_refresh_token(&token).map_err(|error| no_endpoint(&error))?;
        if let Some((name, value)) = self.resource() {
            request = request.add_extra_param(name, value);
        }
        let response: CoreTokenResponse =
            request.request_async(&self.http).await.map_err(|error| match token_failure(&error) {
                Failure::SignInDenied => Failure::SessionEnded,
                failure => failure,
            })?;
        self.granted(&response)
    }

    fn granted(&self, response: &CoreTokenResponse) -> Result<Granted, Failure> {
        let access = match self.sign_in.token {
            SignInToken::Access => response.access_token().secret().clone(),
            SignInToken::Id => response
                .id_token()
                .ok_or_else(|| {
                    tracing::warn!("the issuer gave no ID token, which the service wants");
                    Failure::SignInUnavailable
                })?
                .to_string(),
        };
        let refresh = response.refresh_token().map(|token| token.secret().clone().into());
        Ok(Granted { access: access.into(), refresh, name: None })
    }

    /// Revokes a refresh token (RFC 7009).
    pub(crate) async fn revoke(&self, refresh: &SecretString) -> Result<(), Failure> {
        let Some(url) = &self.metadata.additional_metadata().revocation_endpoint else { return Ok(()) };
        let mut form = vec![
            ("token", refresh.expose_secret()),
            ("token_type_hint", "refresh_token"),
            ("client_id", self.client_id.as_str()),
        ];
        form.extend(self.sign_in.client_secret.as_deref().map(|secret| ("client_secret", secret)));
        let response = self.http.client.post(url.clone()).form(&form).send().await;
        response.and_then(reqwest::Response::error_for_status).map(drop).map_err(|error| unreachable(&error))
    }
}

/// A list of the discovery document, as far as [`UnsupportedIssuer`] asks for it.
fn words(metadata: &Metadata, list: &str) -> Option<Vec<String>> {
    match list {
        "code_challenge_methods_supported" => {
            metadata.additional_metadata().code_challenge_methods_supported.clone()
        }
        "token_endpoint_auth_methods_supported" => {
            let methods = metadata.token_endpoint_auth_methods_supported()?;
            Some(methods.iter().map(|method| method.as_ref().to_owned()).collect())
        }
        _ => None,
    }
}

type TokenError =
    RequestTokenError<reqwest::Error, openidconnect::StandardErrorResponse<CoreErrorResponseType>>;

/// The issuer names no token endpoint.
fn no_endpoint(error: &ConfigurationError) -> Failure {
    tracing::warn!(error = error as &dyn Error, "no token can be requested");
    Failure::SignInUnavailable
}

/// Why the issuer gave no token.
fn token_failure(error: &TokenError) -> Failure {
    tracing::warn!(error = error as &dyn Error, "the issuer gave no token");
    match error {
        RequestTokenError::ServerResponse(response)
            if *response.error() == CoreErrorResponseType::InvalidGrant =>
        {
            Failure::SignInDenied
        }
        RequestTokenError::Request(error) => unreachable(error),
        _ => Failure::SignInUnavailable,
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = reqwest::Error;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, reqwest::Error>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let mut response = self.client.execute(request.try_into()?).await?;
            let (status, headers) = (response.status(), response.headers().clone());
            let mut body = Vec::new();
            // What is longer is cut off, and cannot be read then: an issuer may send without end.
            while body.len() <= RESPONSE_BYTES_MAX
                && let Some(part) = response.chunk().await?
            {
                body.extend_from_slice(&part);
            }
            let mut converted = HttpResponse::new(body);
            *converted.status_mut() = status;
            *converted.headers_mut() = headers;
            Ok(converted)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{Router, body::Body, http::Request};
    use futures_util::stream;

    #[tokio::test]
    async fn a_response_of_an_issuer_that_has_no_end_is_cut_off_after_a_megabyte() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let part: &str = "x".repeat(8192).leak();
        let endless = move || Body::from_stream(stream::repeat_with(move || Ok::<_, std::io::Error>(part)));
        let router = Router::new().fallback(async move || endless());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/token", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, router).into_future());
        let request = Request::get(address).body(Vec::new()).unwrap();
        let length = Http::new().unwrap().call(request).await.unwrap().body().len();
        assert!((RESPONSE_BYTES_MAX + 1..2 * RESPONSE_BYTES_MAX).contains(&length), "{length}");
    }
}
