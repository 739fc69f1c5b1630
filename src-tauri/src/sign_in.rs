//! Signing in at the service's OpenID issuer: authorization code with PKCE in the system browser.

use crate::{
    issuer::{Chooser, Granted, Issuer},
    redirect::{Answer, Listener, Redirect, Visit},
};
use openidconnect::{AuthorizationCode, CsrfToken};
use std::{error::Error, sync::Arc, time::Duration};
use tokenwell_desktop::{failure::Failure, text::Texts};
use tokio::sync::oneshot;
use url::Url;

/// How long the user may take on the issuer's pages.
const SIGN_IN_TIMEOUT: Duration = Duration::from_mins(10);

/// Signs in. Calls `open` with the page to open in the system browser. With `choose`, the issuer asks which account to use, even
/// if it knows one.
pub(crate) async fn sign_in(
    issuer: &Issuer,
    texts: Arc<Texts>,
    choose: bool,
    open: impl FnOnce(Url),
) -> Result<Granted, Failure> {
    let settings = issuer.settings();
    let mut listener =
        Listener::start(texts, settings.redirect_host, &settings.redirect_ports).await.map_err(|error| {
            tracing::warn!(error = &error as &dyn Error, "no port for the redirect from the browser");
            Failure::LocalPort
        })?;
    let steps = authorize(issuer, &mut listener, choose, open);
    tokio::time::timeout(SIGN_IN_TIMEOUT, steps).await.map_err(|_| Failure::SignInTimeout)?
}

async fn authorize(
    issuer: &Issuer,
    listener: &mut Listener,
    choose: bool,
    open: impl FnOnce(Url),
) -> Result<Granted, Failure> {
    let mut chooser = choose.then(|| issuer.chooser());
    let mut authorization = issuer.authorization(&listener.url, chooser);
    open(authorization.page.clone());
    loop {
        let (response, answer) = redirected(issuer, listener, &authorization.state).await?;
        match response {
            Response::Code(code) => {
                let granted = issuer.exchange(code, authorization).await;
                let result = if granted.is_ok() { Answer::SignedIn } else { Answer::Ended };
                // Fails if the browser has closed the page, which does not matter.
                let _ = answer.send(result);
                return granted;
            }
            // Issuers without an account chooser need not say so in their discovery document.
            Response::Error(error)
                if chooser == Some(Chooser::SelectAccount) && may_be_the_prompt(&error) =>
            {
                tracing::info!(
                    error,
                    "the issuer may have no account chooser, so it is asked for its sign-in"
                );
                chooser = Some(Chooser::Login);
                authorization = issuer.authorization(&listener.url, chooser);
                let _ = answer.send(Answer::Elsewhere(authorization.page.clone()));
            }
            Response::Error(error) => {
                tracing::warn!(error, "the issuer did not sign the user in");
                return Err(Failure::SignInDenied);
            }
        }
    }
}

/// Whether the issuer may have refused a request because of its `prompt`.
fn may_be_the_prompt(error: &str) -> bool {
    // The others are about the user, or about what any request would meet.
    !["access_denied", "server_error", "temporarily_unavailable", "invalid_scope", "unauthorized_client"]
        .contains(&error)
}

/// What the issuer sent with the browser.
enum Response {
    Code(AuthorizationCode),
    Error(String),
}

/// Waits until the issuer redirects the browser back from this sign-in. Redirects with another state, or of another issuer
/// (RFC 9207), are refused.
async fn redirected(
    issuer: &Issuer,
    listener: &mut Listener,
    state: &CsrfToken,
) -> Result<(Response, oneshot::Sender<Answer>), Failure> {
    while let Some(Visit { redirect, answer }) = listener.visit().await {
        let Redirect { state: returned, code, error, iss } = redirect;
        if returned.as_deref() != Some(state.secret()) {
            tracing::warn!("a redirect with the state of another sign-in was refused");
            continue;
        }
        if iss.is_some_and(|iss| iss != issuer.name()) {
            tracing::warn!("a redirect of another issuer was refused");
            continue;
        }
        let response = match (code, error) {
            (Some(code), None) => Response::Code(AuthorizationCode::new(code)),
            (_, error) => Response::Error(error.unwrap_or_default()),
        };
        return Ok((response, answer));
    }
    Err(Failure::LocalPort)
}
