//! Sessions and sign-ins. What a session or a sign-in reports after it has ended is ignored.

use super::{controller::Controller, messages::EventSender};
use crate::session::{Handle, Session};
use tauri::async_runtime;
use tokenwell_desktop::{
    account_key::AccountKey,
    event::{Event, SignIn},
    hosted_page,
};
use url::Url;

impl Controller {
    /// Whether this is the number of the current session or sign-in.
    pub(super) fn is_current(&self, number: u64) -> bool {
        [&self.session, &self.signing_in].into_iter().flatten().any(|session| session.number == number)
    }

    /// Signs in while the session continues. The core decides when the sign-in becomes the session.
    pub(super) fn sign_in(&mut self, service: Url, choose: bool) {
        let session = self.new_session(None, service);
        let (handle, events) = (session.handle.clone(), self.events.for_session(session.number));
        let texts = self.core.texts();
        async_runtime::spawn(session.until_it_ends(async move {
            let opened = |page: Url| events.send(Event::SignIn(SignIn::Page(page.into())));
            let step = match handle.sign_in(texts, choose, opened).await {
                Ok(name) => SignIn::Done { name },
                Err(failure) => SignIn::Failed(failure),
            };
            events.send(Event::SignIn(step));
        }));
        self.signing_in = Some(session);
    }

    pub(super) fn resume_session(&mut self, account: AccountKey, service: Url) {
        self.session = Some(self.new_session(Some(account), service));
    }

    pub(super) fn renew_tokens(&self) {
        self.run_to_the_end(async |session| Some(Event::Renewed(session.renew().await)));
    }

    pub(super) fn save_refresh_token(&mut self, account: AccountKey) {
        if let Some(session) = &mut self.session {
            session.handle.account = Some(account.clone());
        }
        self.run_to_the_end(async move |session| {
            session.save_refresh_token(&account).await.map(Event::RefreshTokenSaved)
        });
    }

    /// Ends the session if it is the account's. Its refresh token is revoked in the background.
    pub(super) fn sign_out(&mut self, account: Option<AccountKey>) {
        let ended = self.session.take_if(|session| account.is_none() || session.handle.account == account);
        let session = match (ended, account) {
            (Some(session), _) => session,
            // The account is on this computer, but it is not the current one.
            (None, Some(account)) => {
                let Ok(service) = hosted_page::service_address(&account.service) else { return };
                self.new_session(Some(account), service)
            }
            (None, None) => return,
        };
        let handle = session.handle.clone();
        async_runtime::spawn(async move {
            if let Err(failure) = handle.sign_out().await {
                tracing::warn!("the refresh token could not be revoked: {}", failure.code());
            }
        });
    }

    fn new_session(&mut self, account: Option<AccountKey>, service: Url) -> Session {
        self.last_session += 1;
        Session::new(self.last_session, account, service, self.http.clone(), self.keyring.clone())
    }

    /// Runs work for the session until it is done or the session ends.
    pub(super) fn run_in_session<F>(&self, work: impl FnOnce(Handle, EventSender) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let Some(session) = &self.session else { return };
        let work = work(session.handle.clone(), self.events.for_session(session.number));
        async_runtime::spawn(session.until_it_ends(work));
    }

    /// Runs work for the session to its end, even if the session ends meanwhile.
    fn run_to_the_end<F>(&self, work: impl FnOnce(Handle) -> F + Send + 'static)
    where
        F: Future<Output = Option<Event>> + Send + 'static,
    {
        let Some(session) = &self.session else { return };
        let (work, events) = (work(session.handle.clone()), self.events.for_session(session.number));
        async_runtime::spawn(async move {
            if let Some(event) = work.await {
                events.send(event);
            }
        });
    }
}
