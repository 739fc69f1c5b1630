//! Signing in at the OpenID issuer that a service names: authorization code with PKCE in the system browser, refresh
//! with rotation, revocation.

use crate::{
    api::{Http, unreachable},
    redirect::{Listener, Redirect},
};
use openidconnect::{
    AdditionalProviderMetadata, AsyncHttpClient, AuthenticationFlow, AuthorizationCode, ClientId, CsrfToken,
    DiscoveryError, HttpRequest, HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge,
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
use std::{pin::Pin, sync::Arc, time::Duration};
use tokenwell_desktop::{failure::Failure, hosted_page, text::Texts};
use tokio::sync::oneshot;
use url::Url;

/// How long the user may take on the issuer's pages.
const PATIENCE: Duration = Duration::from_mins(10);

/// The tokens that an issuer gave.
pub(crate) struct Granted {
    pub(crate) access: SecretString,
    /// `None`: the issuer did not rotate it.
    pub(crate) refresh: Option<SecretString>,
    /// The person's name, from a verified ID token.
    pub(crate) name: Option<String>,
}

/// An issuer, discovered, and the app's name there.
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

/// Where tokens are revoked (RFC 8414), if the issuer does that.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Revocation {
    #[serde(default)]
    revocation_endpoint: Option<Url>,
}

impl AdditionalProviderMetadata for Revocation {}

impl Issuer {
    /// The issuer that a service names.
    pub(crate) async fn discover(http: &Http, service: &Url) -> Result<Self, Failure> {
        let description = http.description(service).await?;
        let issuer = IssuerUrl::new(description.issuer).map_err(|_| Failure::SignInUnavailable)?;
        let metadata = Metadata::discover_async(issuer, http).await.map_err(|error| {
            tracing::warn!("the issuer cannot be discovered: {error:?}");
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
        // Codes and tokens travel encrypted, or stay on this machine.
        let safe = |url: &Url| hosted_page::sign_in(url.as_str(), service).is_some();
        if !endpoints.into_iter().flatten().chain(revocation).all(safe) {
            return Err(Failure::SignInUnavailable);
        }
        Ok(Self { http: http.clone(), metadata, client_id: ClientId::new(description.client_id) })
    }

    /// Signs in. `browse` is given the page to open in the system browser; the browser shows how it ended. With `choose`,
    /// the issuer asks who it is, even if it knows.
    pub(crate) async fn sign_in(
        &self,
        texts: Arc<Texts>,
        choose: bool,
        browse: impl FnOnce(Url),
    ) -> Result<Granted, Failure> {
        let mut listener = Listener::start(texts).await.map_err(|error| {
            tracing::warn!("no port for the way back from the browser: {error}");
            Failure::LocalPort
        })?;
        let redirect = RedirectUrl::from_url(listener.url.clone());
        let client = CoreClient::from_provider_metadata(self.metadata.clone(), self.client_id.clone(), None)
            .set_redirect_uri(redirect);
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
        browse(url);

        let (code, signed_in) = tokio::time::timeout(PATIENCE, comes_back(&mut listener, &state))
            .await
            .map_err(|_| Failure::SignInTimeout)??;
        let granted = async {
            let request = client.exchange_code(code).map_err(|_| Failure::SignInUnavailable)?;
            let answer: CoreTokenResponse = request
                .set_pkce_verifier(verifier)
                .request_async(&self.http)
                .await
                .map_err(|error| refused(&error))?;
            let id_token = answer.id_token().ok_or(Failure::SignInUnverified)?;
            let claims = id_token.claims(&client.id_token_verifier(), &nonce).map_err(|error| {
                tracing::warn!("the ID token cannot be verified: {error}");
                Failure::SignInUnverified
            })?;
            let name = claims.name().and_then(|name| name.get(None)).map(|name| name.to_string());
            Ok(Granted { name, ..Granted::from(&answer) })
        }
        .await;
        // The tab may be closed by now; that takes nothing back.
        let _ = signed_in.send(granted.is_ok());
        granted
    }

    /// A new access token for a refresh token.
    pub(crate) async fn renew(&self, refresh: &SecretString) -> Result<Granted, Failure> {
        let client = CoreClient::from_provider_metadata(self.metadata.clone(), self.client_id.clone(), None);
        let token = RefreshToken::new(refresh.expose_secret().to_owned());
        let request = client.exchange_refresh_token(&token).map_err(|_| Failure::SignInUnavailable)?;
        let answer: CoreTokenResponse =
            request.request_async(&self.http).await.map_err(|error| match refused(&error) {
                Failure::SignInDenied => Failure::SessionEnded,
                failure => failure,
            })?;
        Ok(Granted::from(&answer))
    }

    /// Makes a refresh token worthless (RFC 7009).
    pub(crate) async fn revoke(&self, refresh: &SecretString) -> Result<(), Failure> {
        let Some(url) = &self.metadata.additional_metadata().revocation_endpoint else { return Ok(()) };
        let form = [
            ("token", refresh.expose_secret()),
            ("token_type_hint", "refresh_token"),
            ("client_id", self.client_id.as_str()),
        ];
        let answer = self.http.client.post(url.clone()).form(&form).send().await;
        answer.and_then(reqwest::Response::error_for_status).map(drop).map_err(|error| unreachable(&error))
    }
}

/// Waits for the browser to come back from this sign-in; others, whoever sent them, are turned away.
async fn comes_back(
    listener: &mut Listener,
    state: &CsrfToken,
) -> Result<(AuthorizationCode, oneshot::Sender<bool>), Failure> {
    while let Some(visit) = listener.visit().await {
        let Redirect { state: theirs, code, error } = visit.redirect;
        if theirs.as_deref() != Some(state.secret()) {
            tracing::warn!("a browser came back with the state of another sign-in and was turned away");
            continue;
        }
        return match code {
            Some(code) if error.is_none() => Ok((AuthorizationCode::new(code), visit.signed_in)),
            _ => {
                tracing::warn!(error, "the issuer did not sign the user in");
                Err(Failure::SignInDenied)
            }
        };
    }
    Err(Failure::LocalPort)
}

impl From<&CoreTokenResponse> for Granted {
    fn from(answer: &CoreTokenResponse) -> Self {
        Self {
            access: answer.access_token().secret().clone().into(),
            refresh: answer.refresh_token().map(|token| token.secret().clone().into()),
            name: None,
        }
    }
}

type TokenError =
    RequestTokenError<reqwest::Error, openidconnect::StandardErrorResponse<CoreErrorResponseType>>;

/// Why the issuer gave no token.
fn refused(error: &TokenError) -> Failure {
    tracing::warn!("the issuer gave no token: {error}");
    match error {
        RequestTokenError::ServerResponse(answer)
            if *answer.error() == CoreErrorResponseType::InvalidGrant =>
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
            let mut answer = HttpResponse::new(response.bytes().await?.into());
            *answer.status_mut() = status;
            *answer.headers_mut() = headers;
            Ok(answer)
        })
    }
}
