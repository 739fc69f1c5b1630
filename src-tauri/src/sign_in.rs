//! Signing in at the service's OpenID issuer: authorization code with PKCE in the system browser, refresh with rotation,
//! and revocation.

use crate::{
    api::{Http, unreachable},
    redirect::{Listener, Redirect},
};
use openidconnect::{
    AdditionalProviderMetadata, AsyncHttpClient, AuthenticationFlow, AuthorizationCode, ClientId,
    ConfigurationError, CsrfToken, DiscoveryError, EndpointMaybeSet, EndpointNotSet, EndpointSet,
    HttpRequest, HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier,
    ProviderMetadata, RedirectUrl, RefreshToken, RequestTokenError, Scope, TokenResponse, TokenUrl,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod,
        CoreErrorResponseType, CoreGrantType, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm,
        CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
        CoreTokenResponse,
    },
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::{error::Error, pin::Pin, sync::Arc, time::Duration};
use tokenwell_desktop::{failure::Failure, hosted_page, text::Texts};
use tokio::sync::oneshot;
use url::Url;

/// How long the user may take on the issuer's pages.
const SIGN_IN_TIMEOUT: Duration = Duration::from_mins(10);

/// Tokens from an issuer.
pub(crate) struct Granted {
    pub(crate) access: SecretString,
    /// `None` if the issuer did not rotate it.
    pub(crate) refresh: Option<SecretString>,
    /// The person's name, from a verified ID token.
    pub(crate) name: Option<String>,
}

/// A discovered issuer, and the app's client id there.
pub(crate) struct Issuer {
    http: Http,
    metadata: Metadata,
    client_id: ClientId,
}

type Metadata = ProviderMetadata<
    Revocation,
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

/// The address for revoking tokens (RFC 8414), if the issuer has one.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Revocation {
    #[serde(default)]
    revocation_endpoint: Option<Url>,
}

impl AdditionalProviderMetadata for Revocation {}

impl Issuer {
    /// Discovers the issuer that a service names.
    pub(crate) async fn discover(http: &Http, service: &Url) -> Result<Self, Failure> {
        let description = http.description(service).await?;
        let issuer = IssuerUrl::new(description.issuer).map_err(|_| Failure::SignInUnavailable)?;
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
        let endpoints =
            [Some(metadata.authorization_endpoint().url()), metadata.token_endpoint().map(TokenUrl::url)];
        let revocation = metadata.additional_metadata().revocation_endpoint.as_ref();
        // Codes and tokens are sent encrypted, or to this computer.
        let is_safe = |url: &Url| hosted_page::sign_in(url.as_str(), service).is_some();
        if !endpoints.into_iter().flatten().chain(revocation).all(is_safe) {
            return Err(Failure::SignInUnavailable);
        }
        Ok(Self { http: http.clone(), metadata, client_id: ClientId::new(description.client_id) })
    }

    /// Signs in. Calls `open` with the page to open in the system browser. With `choose`, the issuer asks which account to use,
    /// even if it knows one.
    pub(crate) async fn sign_in(
        &self,
        texts: Arc<Texts>,
        choose: bool,
        open: impl FnOnce(Url),
    ) -> Result<Granted, Failure> {
        let mut listener = Listener::start(texts).await.map_err(|error| {
            tracing::warn!(error = &error as &dyn Error, "no port for the redirect from the browser");
            Failure::LocalPort
        })?;
        let redirect = RedirectUrl::from_url(listener.url.clone());
        let client = self.client().set_redirect_uri(redirect);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut request = client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scopes(["email", "profile", "offline_access"].map(|scope| Scope::new(scope.to_owned())))
            .set_pkce_challenge(challenge);
        if choose {
            request = request.add_prompt(CoreAuthPrompt::SelectAccount);
        }
        let (url, state, nonce) = request.url();
        open(url);

        let (code, result) = tokio::time::timeout(SIGN_IN_TIMEOUT, redirected(&mut listener, &state))
            .await
            .map_err(|_| Failure::SignInTimeout)??;
        let granted = self.exchange(&client, code, verifier, &nonce).await;
        // Fails if the browser has closed the page, which does not matter.
        let _ = result.send(granted.is_ok());
        granted
    }

    fn client(&self) -> Client {
        CoreClient::from_provider_metadata(self.metadata.clone(), self.client_id.clone(), None)
    }

    /// Exchanges an authorization code for tokens, and verifies the ID token.
    async fn exchange(
        &self,
        client: &Client,
        code: AuthorizationCode,
        verifier: PkceCodeVerifier,
        nonce: &Nonce,
    ) -> Result<Granted, Failure> {
        let request = client.exchange_code(code).map_err(|error| no_endpoint(&error))?;
        let response: CoreTokenResponse = request
            .set_pkce_verifier(verifier)
            .request_async(&self.http)
            .await
            .map_err(|error| token_failure(&error))?;
        let id_token = response.id_token().ok_or(Failure::SignInUnverified)?;
        let claims = id_token.claims(&client.id_token_verifier(), nonce).map_err(|error| {
            tracing::warn!(error = &error as &dyn Error, "the ID token cannot be verified");
            Failure::SignInUnverified
        })?;
        let name = claims.name().and_then(|name| name.get(None)).map(|name| name.to_string());
        Ok(Granted { name, ..Granted::from(&response) })
    }

    /// Gets a new access token for a refresh token.
    pub(crate) async fn renew(&self, refresh: &SecretString) -> Result<Granted, Failure> {
        let client = self.client();
        let token = RefreshToken::new(refresh.expose_secret().to_owned());
        let request = client.exchange_refresh_token(&token).map_err(|error| no_endpoint(&error))?;
        let response: CoreTokenResponse =
            request.request_async(&self.http).await.map_err(|error| match token_failure(&error) {
                Failure::SignInDenied => Failure::SessionEnded,
                failure => failure,
            })?;
        Ok(Granted::from(&response))
    }

    /// Revokes a refresh token (RFC 7009).
    pub(crate) async fn revoke(&self, refresh: &SecretString) -> Result<(), Failure> {
        let Some(url) = &self.metadata.additional_metadata().revocation_endpoint else { return Ok(()) };
        let form = [
            ("token", refresh.expose_secret()),
            ("token_type_hint", "refresh_token"),
            ("client_id", self.client_id.as_str()),
        ];
        let response = self.http.client.post(url.clone()).form(&form).send().await;
        response.and_then(reqwest::Response::error_for_status).map(drop).map_err(|error| unreachable(&error))
    }
}

/// Waits until the issuer redirects the browser back from this sign-in. Redirects with another state are refused.
async fn redirected(
    listener: &mut Listener,
    state: &CsrfToken,
) -> Result<(AuthorizationCode, oneshot::Sender<bool>), Failure> {
    while let Some(visit) = listener.visit().await {
        let Redirect { state: returned, code, error } = visit.redirect;
        if returned.as_deref() != Some(state.secret()) {
            tracing::warn!("a redirect with the state of another sign-in was refused");
            continue;
        }
        return match code {
            Some(code) if error.is_none() => Ok((AuthorizationCode::new(code), visit.result)),
            _ => {
                tracing::warn!(error, "the issuer did not sign the user in");
                Err(Failure::SignInDenied)
            }
        };
    }
    Err(Failure::LocalPort)
}

impl From<&CoreTokenResponse> for Granted {
    fn from(response: &CoreTokenResponse) -> Self {
        Self {
            access: response.access_token().secret().clone().into(),
            refresh: response.refresh_token().map(|token| token.secret().clone().into()),
            name: None,
        }
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
            let response = self.client.execute(request.try_into()?).await?;
            let (status, headers) = (response.status(), response.headers().clone());
            let mut converted = HttpResponse::new(response.bytes().await?.into());
            *converted.status_mut() = status;
            *converted.headers_mut() = headers;
            Ok(converted)
        })
    }
}
