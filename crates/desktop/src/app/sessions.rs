//! Sessions: signing in, switching between the stored accounts, signing out. At most one account is signed in. The data
//! of the others stays unchanged.

use super::{App, keys::KeySession};
use crate::{
    account_data::AccountData,
    account_key::AccountKey,
    accounts,
    cached_state::{CacheWrite, CachedAccount},
    connection::ServiceConnection,
    event::{Effect, RenewedTokens, SignIn},
    failure::Failure,
    hosted_page::{self, HostedPageUrl},
    key_account::KeyAccount,
    page_data::PageData,
    purchase::PurchaseFlow,
    view::{AddingAccount, AddingAccountStep, PanelNotice, ProblemView, Session as SessionView},
};
use tokenwell_wire::Account;
use url::Url;

/// The state of the session.
#[derive(Debug)]
pub(super) enum Session {
    Starting,
    /// No account is signed in.
    SignedOut(SignInAttempt),
    /// An account is signed in.
    SignedIn(SignedIn),
    /// An account is shown that is read with an API key.
    Key(KeySession),
}

/// The session of one account.
#[derive(Debug)]
pub(super) struct SignedIn {
    pub(super) service: Url,
    pub(super) name: Option<String>,
    /// Whether the service has confirmed the account in this session.
    verified: bool,
    /// The sign-in to another account, while there is one.
    adding: Option<SignInAttempt>,
}

/// A sign-in: first the form for the service's address, then the browser.
#[derive(Debug)]
pub(super) struct SignInAttempt {
    /// The service's address that is proposed or in use.
    pub(super) service: String,
    /// The stored account that has to sign in again, if this sign-in is for one.
    again: Option<AccountKey>,
    step: Step,
}

#[derive(Debug)]
enum Step {
    /// The form asks for the address.
    Asking { problem: Option<ProblemView> },
    /// The system browser is open at the issuer.
    Browser { service: Url, page: Option<HostedPageUrl> },
}

impl SignInAttempt {
    pub(super) fn asking(service: String, again: Option<AccountKey>, problem: Option<ProblemView>) -> Self {
        Self { service, again, step: Step::Asking { problem } }
    }

    /// Cancels the sign-in in the browser, if there is one.
    fn close(&self) -> Option<Effect> {
        matches!(self.step, Step::Browser { .. }).then_some(Effect::CancelSignIn)
    }

    pub(super) fn is_in_browser(&self) -> bool {
        matches!(self.step, Step::Browser { .. })
    }

    fn url(page: Option<&HostedPageUrl>) -> Option<String> {
        page.map(|page| page.as_str().to_owned())
    }
}

impl Session {
    fn sign_in_attempt(&self) -> Option<&SignInAttempt> {
        match self {
            Self::Starting => None,
            Self::SignedOut(attempt) => Some(attempt),
            Self::SignedIn(session) => session.adding.as_ref(),
            Self::Key(session) => session.adding.as_ref(),
        }
    }

    /// The sign-in to another account while one is shown. `None` if none is shown.
    pub(super) fn adding_mut(&mut self) -> Option<&mut Option<SignInAttempt>> {
        match self {
            Self::Starting | Self::SignedOut(_) => None,
            Self::SignedIn(session) => Some(&mut session.adding),
            Self::Key(session) => Some(&mut session.adding),
        }
    }

    fn sign_in_attempt_mut(&mut self) -> Option<&mut SignInAttempt> {
        match self {
            Self::Starting => None,
            Self::SignedOut(attempt) => Some(attempt),
            Self::SignedIn(session) => session.adding.as_mut(),
            Self::Key(session) => session.adding.as_mut(),
        }
    }

    /// Whether no account is signed in and the browser is open at the issuer.
    pub(super) fn is_signing_in(&self) -> bool {
        matches!(self, Self::SignedOut(attempt) if attempt.is_in_browser())
    }

    pub(super) fn service(&self) -> Option<&Url> {
        match self {
            Self::SignedIn(session) => Some(&session.service),
            Self::Starting | Self::SignedOut(_) | Self::Key(_) => None,
        }
    }

    /// The address of the service that is in use or proposed.
    pub(super) fn service_shown(&self, preset: &str) -> String {
        match self {
            Self::Starting | Self::Key(_) => preset.to_owned(),
            Self::SignedOut(attempt) => attempt.service.clone(),
            Self::SignedIn(session) => normal_address(session.service.as_str()),
        }
    }

    pub(super) fn view(&self, account: Option<&Account>) -> SessionView {
        match self {
            Self::Starting => SessionView::Starting,
            Self::SignedOut(SignInAttempt { step: Step::Asking { problem }, again, .. }) => {
                SessionView::SignedOut { problem: problem.clone(), again: again.clone() }
            }
            Self::SignedOut(SignInAttempt { step: Step::Browser { page, .. }, .. }) => {
                SessionView::SigningIn { url: SignInAttempt::url(page.as_ref()) }
            }
            Self::SignedIn(session) => {
                SessionView::SignedIn { account: account.cloned(), name: session.name.clone() }
            }
            Self::Key(_) => SessionView::Key,
        }
    }

    pub(super) fn adding(&self) -> Option<AddingAccount> {
        let (Self::SignedIn(SignedIn { adding: Some(attempt), .. })
        | Self::Key(KeySession { adding: Some(attempt), .. })) = self
        else {
            return None;
        };
        let step = match &attempt.step {
            Step::Asking { problem } => AddingAccountStep::Asking { problem: problem.clone() },
            Step::Browser { page, .. } => {
                AddingAccountStep::SigningIn { url: SignInAttempt::url(page.as_ref()) }
            }
        };
        Some(AddingAccount { service: attempt.service.clone(), again: attempt.again.clone(), step })
    }
}

impl App {
    // Signing in.

    pub(super) fn sign_in(&mut self, typed: &str) -> Vec<Effect> {
        let only = self.only_service();
        let Some(attempt) = self.session.sign_in_attempt_mut() else { return vec![] };
        if let Step::Browser { page, .. } = &attempt.step {
            // The user may have closed the page, or it never appeared. It is opened again.
            return page.iter().cloned().map(Effect::Browse).collect();
        }
        match hosted_page::service_address(only.as_deref().unwrap_or(typed)) {
            Ok(service) => {
                attempt.service = normal_address(service.as_str());
                attempt.step = Step::Browser { service: service.clone(), page: None };
                let again = attempt.again.clone();
                // The browser may be signed in at the issuer as another of the stored accounts.
                let choose = self.cached.accounts.iter().any(|cached| Some(cached.key()) != again);
                vec![Effect::SignIn { service, choose }]
            }
            Err(bad) => {
                attempt.step = Step::Asking { problem: Some(Failure::Address(bad).problem(&self.texts)) };
                vec![]
            }
        }
    }

    pub(super) fn signing_in(&mut self, step: SignIn) -> Vec<Effect> {
        let Some(attempt) = self.session.sign_in_attempt_mut() else { return vec![] };
        let Step::Browser { service, page } = &mut attempt.step else { return vec![] };
        match step {
            SignIn::Page(url) => {
                if let Some(allowed) = hosted_page::sign_in(&url, service) {
                    *page = Some(allowed.clone());
                    return vec![Effect::Browse(allowed)];
                }
                self.sign_in_failed(&Failure::SignInUnavailable)
            }
            SignIn::Failed(failure) => self.sign_in_failed(&failure),
            SignIn::Done { name } => {
                let service = service.clone();
                self.signed_in(service, name)
            }
        }
    }

    fn sign_in_failed(&mut self, failure: &Failure) -> Vec<Effect> {
        let problem = failure.problem(&self.texts);
        let tell = self.tell_without_panel("sign-in-ended-title", &problem);
        if let Some(attempt) = self.session.sign_in_attempt_mut() {
            attempt.step = Step::Asking { problem: Some(problem) };
        }
        std::iter::once(Effect::CancelSignIn).chain(tell).collect()
    }

    fn signed_in(&mut self, service: Url, name: Option<String>) -> Vec<Effect> {
        let mut effects = self.discard_session();
        let shown = normal_address(service.as_str());
        // The account is unknown until the first refresh. Until then no balance is shown.
        self.data = AccountData::unknown(shown.clone());
        self.connection.renewed();
        self.session = Session::SignedIn(SignedIn { service, name, verified: false, adding: None });
        effects.extend([Effect::BeginSession, Effect::WriteCache(CacheWrite::Service(shown))]);
        effects.extend(self.open_unasked());
        effects.extend(self.connection.advance());
        effects
    }

    /// Cancels the sign-in. If an account is signed in, it stays signed in.
    pub(super) fn cancel_sign_in(&mut self) -> Vec<Effect> {
        let Some(attempt) = self.session.sign_in_attempt_mut() else { return vec![] };
        let effects = attempt.close().into_iter().collect();
        attempt.step = Step::Asking { problem: None };
        if let Some(adding) = self.session.adding_mut() {
            *adding = None;
        }
        effects
    }

    pub(super) fn renewed(&mut self, renewed: RenewedTokens) -> Vec<Effect> {
        let mut effects = self.refresh_token_kept(renewed.kept);
        self.connection.renewed();
        let Session::SignedIn(session) = &mut self.session else { return vec![] };
        if renewed.name.is_some() {
            session.name = renewed.name;
        }
        effects.extend(self.connection.advance());
        effects.extend(self.resume_pending());
        effects
    }

    /// Compares the account that the service reports with the expected one. They differ if the account was deleted and
    /// created again in the meantime.
    pub(super) fn verify(&mut self, account: &Account) -> Result<Verified, Failure> {
        let Session::SignedIn(session) = &mut self.session else { return Ok(Verified::Before) };
        let key = AccountKey { service: normal_address(session.service.as_str()), id: account.id.clone() };
        let known = self.data.key();
        if known.as_ref().is_some_and(|known| *known != key) {
            return Err(Failure::SessionEnded);
        }
        if std::mem::replace(&mut session.verified, true) {
            return Ok(Verified::Before);
        }
        if let Some(cached) = self.cached.account(&key) {
            session.name = session.name.take().or_else(|| cached.profile.name.clone());
            if known.is_none() {
                self.purchase =
                    cached.purchase.clone().map(|purchase| PurchaseFlow::restore(key.clone(), purchase));
            }
        }
        // Forces the profile to be saved, which clears the mark that the account has to sign in again.
        self.data.profile = None;
        Ok(Verified::Now(key))
    }

    // Several accounts.

    /// The account that is shown. For a new sign-in it is known after the first refresh.
    pub(super) fn current(&self) -> Option<AccountKey> {
        match &self.session {
            Session::SignedIn(_) => self.data.key(),
            Session::Key(session) => Some(session.account.clone()),
            Session::Starting | Session::SignedOut(_) => self.cached.current.clone(),
        }
    }

    /// Starts the sign-in to another account. The current one stays signed in meanwhile.
    pub(super) fn add_account(&mut self) -> Vec<Effect> {
        let usual = self.usual_service();
        let service = self.session.service().map_or(usual, |service| normal_address(service.as_str()));
        let Some(adding) = self.session.adding_mut() else { return vec![] };
        adding.get_or_insert_with(|| SignInAttempt::asking(service, None, None));
        self.panel.open().into_iter().collect()
    }

    pub(super) fn switch_account(&mut self, key: &AccountKey) -> Vec<Effect> {
        if self.cached.key_account(key).is_some() {
            return self.show_key_account(key);
        }
        let Some(CachedAccount { signed_out, .. }) = self.cached.account(key) else { return vec![] };
        let is_current = self.session.service().is_some() && self.data.key().as_ref() == Some(key);
        if *signed_out && !is_current {
            return self.ask_to_sign_in_again(key.clone());
        }
        let mut effects: Vec<Effect> =
            self.session.sign_in_attempt().and_then(SignInAttempt::close).into_iter().collect();
        if is_current {
            if let Session::SignedIn(session) = &mut self.session {
                session.adding = None;
            }
        } else {
            effects.extend(self.discard_session());
            effects.extend(self.resume(key));
        }
        effects
    }

    fn ask_to_sign_in_again(&mut self, key: AccountKey) -> Vec<Effect> {
        let mut effects: Vec<Effect> =
            self.session.sign_in_attempt().and_then(SignInAttempt::close).into_iter().collect();
        let problem = Failure::SessionEnded.problem(&self.texts);
        let service = key.service.clone();
        let attempt = SignInAttempt::asking(service.clone(), Some(key), Some(problem));
        match self.session.adding_mut() {
            Some(adding) => *adding = Some(attempt),
            None => self.session = Session::SignedOut(attempt),
        }
        if self.panel.fails() {
            effects.extend(self.sign_in(&service));
        } else {
            effects.extend(self.panel.open());
        }
        effects
    }

    /// Resumes a stored account with its refresh token. Its cached data is shown at once.
    pub(super) fn resume(&mut self, key: &AccountKey) -> Vec<Effect> {
        let service = match hosted_page::service_address(&key.service) {
            Ok(service) => service,
            Err(bad) => {
                let problem = Failure::Address(bad).problem(&self.texts);
                self.session =
                    Session::SignedOut(SignInAttempt::asking(key.service.clone(), None, Some(problem)));
                return vec![];
            }
        };
        self.data = AccountData::from_cache(&self.cached, key);
        self.check_version();
        let cached = self.cached.account(key);
        let purchase = cached.and_then(|cached| cached.purchase.clone());
        self.purchase = purchase.map(|purchase| PurchaseFlow::restore(key.clone(), purchase));
        let name = cached.and_then(|cached| cached.profile.name.clone());
        let mut effects = Vec::new();
        if self.cached.current.as_ref() != Some(key) {
            effects.push(Effect::WriteCache(CacheWrite::Current(key.clone())));
        }
        effects.push(Effect::ResumeSession { account: key.clone(), service: service.clone() });
        effects.extend(self.connection.advance());
        self.session = Session::SignedIn(SignedIn { service, name, verified: false, adding: None });
        effects
    }

    /// Removes an account from this computer.
    pub(super) fn remove_account(&mut self, key: &AccountKey) -> Vec<Effect> {
        if self.session.service().is_some() && self.data.key().as_ref() == Some(key) {
            return self.sign_out(None);
        }
        if self.cached.key_account(key).is_some() {
            return self.remove_key_account(key);
        }
        if self.cached.account(key).is_none() {
            return vec![];
        }
        let mut effects =
            vec![Effect::SignOut(Some(key.clone())), Effect::WriteCache(CacheWrite::Forget(key.clone()))];
        let attempt = self.session.sign_in_attempt().filter(|attempt| attempt.again.as_ref() == Some(key));
        let Some(attempt) = attempt else { return effects };
        effects.extend(attempt.close());
        let service = attempt.service.clone();
        match self.session.adding_mut() {
            Some(adding) => *adding = None,
            None => effects.extend(self.resume_next_account(Some(key), service)),
        }
        effects
    }

    // Ending a session.

    /// Ends the session. The account's data stays cached for the next sign-in.
    pub(super) fn end_session(&mut self, why: &Failure) -> Vec<Effect> {
        let key = self.data.key();
        let Some((service, adding)) = self.close_session() else { return vec![] };
        let problem = why.problem(&self.texts);
        let attempt = adding.unwrap_or_else(|| SignInAttempt::asking(service, key.clone(), Some(problem)));
        self.session = Session::SignedOut(attempt);
        let mark = key.map(|key| Effect::WriteCache(CacheWrite::SignedOut(key)));
        std::iter::once(Effect::EndSession).chain(mark).collect()
    }

    /// Ends the session and deletes the account's data. Signs in the next account, unless there is a reason to show.
    pub(super) fn sign_out(&mut self, why: Option<&Failure>) -> Vec<Effect> {
        let key = self.data.key();
        let Some((service, adding)) = self.close_session() else { return vec![] };
        let mut effects = vec![Effect::SignOut(key.clone())];
        effects.extend(key.clone().map(|key| Effect::WriteCache(CacheWrite::Forget(key))));
        match (adding, why) {
            (Some(attempt), _) => self.session = Session::SignedOut(attempt),
            (None, Some(why)) => {
                let problem = Some(why.problem(&self.texts));
                self.session = Session::SignedOut(SignInAttempt::asking(service, None, problem));
            }
            (None, None) => effects.extend(self.resume_next_account(key.as_ref(), service)),
        }
        effects
    }

    /// Resumes the next account. If there is none, shows the sign-in form for `service`.
    fn resume_next_account(&mut self, removed: Option<&AccountKey>, service: String) -> Vec<Effect> {
        if let Some(next) = accounts::next_after(removed, &self.cached).map(CachedAccount::key) {
            return self.resume(&next);
        }
        self.ask_for_service(service);
        let key_account = self.cached.key_accounts.first().map(KeyAccount::key);
        key_account.map(|next| self.show_key_account(&next)).unwrap_or_default()
    }

    /// Shows the sign-in form. No account is signed in.
    pub(super) fn ask_for_service(&mut self, service: String) {
        self.session = Session::SignedOut(SignInAttempt::asking(service, None, None));
    }

    /// Closes the form for another account. A sign-in in the browser continues.
    pub(super) fn close_sign_in_form(&mut self) {
        if let Some(adding) = self.session.adding_mut() {
            adding.take_if(|attempt| !attempt.is_in_browser());
        }
    }

    /// Prepares for showing an account without a session. The account of a session stays signed in.
    pub(super) fn leave_session(&mut self) -> Vec<Effect> {
        let attempt = self.session.sign_in_attempt().and_then(SignInAttempt::close);
        let mut effects: Vec<Effect> = attempt.into_iter().collect();
        let in_session = self.session.service().is_some();
        effects.extend(self.discard_session());
        effects.extend(in_session.then_some(Effect::EndSession));
        effects
    }

    /// Prepares for another session. A session whose account is unknown is signed out, because its refresh token could
    /// not be found again.
    fn discard_session(&mut self) -> Vec<Effect> {
        let unknown = self.session.service().is_some() && self.data.key().is_none();
        self.reset();
        if unknown { vec![Effect::SignOut(None)] } else { vec![] }
    }

    /// Ends the session. Returns its service, and the sign-in to another account if there is one.
    fn close_session(&mut self) -> Option<(String, Option<SignInAttempt>)> {
        let Session::SignedIn(session) = &mut self.session else { return None };
        let closed = (normal_address(session.service.as_str()), session.adding.take());
        self.reset();
        Some(closed)
    }

    /// Resets everything that belongs to a session.
    fn reset(&mut self) {
        self.data = AccountData::default();
        self.connection = ServiceConnection::new();
        self.purchase = None;
        self.subscribing = None;
        self.pages = PageData::default();
        self.prompt = None;
        self.refused = None;
        for notice in [
            PanelNotice::KeyringWaiting,
            PanelNotice::KeyringMissing,
            PanelNotice::KeyringLocked,
            PanelNotice::KeyringRefused,
            PanelNotice::ClockWrong,
            PanelNotice::AppTooOld,
        ] {
            self.set_notice(notice, false);
        }
    }
}

/// When the account of a session was confirmed.
#[derive(Debug)]
pub(super) enum Verified {
    Before,
    Now(AccountKey),
}

/// The normal form of an address, without a slash at the end. The app shows and stores this form.
pub(super) fn normal_address(address: &str) -> String {
    let normal = hosted_page::service_address(address).map(|url| url.to_string());
    normal.unwrap_or_else(|_| address.to_owned()).trim_end_matches('/').to_owned()
}
