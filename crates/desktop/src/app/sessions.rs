//! Sessions: signing in, switching between the kept accounts, signing out. One account at most is signed in; the others
//! are kept as they were left.

use super::App;
use crate::{
    account_data::AccountData,
    account_key::AccountKey,
    accounts,
    cached_state::{CacheWrite, CachedAccount},
    connection::ServiceConnection,
    event::{Effect, RenewedTokens, SignIn},
    failure::Failure,
    hosted_page::{self, HostedPageUrl},
    page_data::PageData,
    purchase::PurchaseFlow,
    view::{AddingAccount, AddingAccountStep, PanelNotice, ProblemView, Session as SessionView},
};
use tokenwell_wire::Account;
use url::Url;

/// Who is signed in.
#[derive(Debug)]
pub(super) enum Session {
    Starting,
    /// Nobody.
    SignedOut(Entrance),
    /// Somebody.
    SignedIn(SignedIn),
}

/// The session of one account.
#[derive(Debug)]
pub(super) struct SignedIn {
    pub(super) service: Url,
    pub(super) name: Option<String>,
    /// Whether the service has said in this session whose it is.
    verified: bool,
    /// The way to one more account, while that is wanted.
    adding: Option<Entrance>,
}

/// The way in to an account.
#[derive(Debug)]
pub(super) struct Entrance {
    /// The service's address that is proposed, or in use.
    service: String,
    /// The kept account that has to sign in again, if this is for one.
    again: Option<AccountKey>,
    step: Step,
}

#[derive(Debug)]
enum Step {
    /// The address is asked for.
    Asking { problem: Option<ProblemView> },
    /// The system browser is open at the issuer.
    Browser { service: Url, page: Option<HostedPageUrl> },
}

impl Entrance {
    fn asking(service: String, again: Option<AccountKey>, problem: Option<ProblemView>) -> Self {
        Self { service, again, step: Step::Asking { problem } }
    }

    /// Closes it: nobody comes through any more.
    fn close(&self) -> Option<Effect> {
        matches!(self.step, Step::Browser { .. }).then_some(Effect::CancelSignIn)
    }

    fn is_in_browser(&self) -> bool {
        matches!(self.step, Step::Browser { .. })
    }

    fn url(page: Option<&HostedPageUrl>) -> Option<String> {
        page.map(|page| page.as_str().to_owned())
    }
}

impl Session {
    fn entrance(&self) -> Option<&Entrance> {
        match self {
            Self::Starting => None,
            Self::SignedOut(entrance) => Some(entrance),
            Self::SignedIn(session) => session.adding.as_ref(),
        }
    }

    fn entrance_mut(&mut self) -> Option<&mut Entrance> {
        match self {
            Self::Starting => None,
            Self::SignedOut(entrance) => Some(entrance),
            Self::SignedIn(session) => session.adding.as_mut(),
        }
    }

    /// Whether nobody is signed in and the browser is open at the issuer.
    pub(super) fn is_signing_in(&self) -> bool {
        matches!(self, Self::SignedOut(entrance) if entrance.is_in_browser())
    }

    pub(super) fn service(&self) -> Option<&Url> {
        match self {
            Self::SignedIn(session) => Some(&session.service),
            Self::Starting | Self::SignedOut(_) => None,
        }
    }

    /// The address of the service in use, or of the one that is proposed.
    pub(super) fn service_shown(&self, preset: &str) -> String {
        match self {
            Self::Starting => preset.to_owned(),
            Self::SignedOut(entrance) => entrance.service.clone(),
            Self::SignedIn(session) => as_shown(session.service.as_str()),
        }
    }

    pub(super) fn view(&self, account: Option<&Account>) -> SessionView {
        match self {
            Self::Starting => SessionView::Starting,
            Self::SignedOut(Entrance { step: Step::Asking { problem }, again, .. }) => {
                SessionView::SignedOut { problem: problem.clone(), again: again.clone() }
            }
            Self::SignedOut(Entrance { step: Step::Browser { page, .. }, .. }) => {
                SessionView::SigningIn { url: Entrance::url(page.as_ref()) }
            }
            Self::SignedIn(session) => {
                SessionView::SignedIn { account: account.cloned(), name: session.name.clone() }
            }
        }
    }

    pub(super) fn adding(&self) -> Option<AddingAccount> {
        let Self::SignedIn(SignedIn { adding: Some(entrance), .. }) = self else { return None };
        let step = match &entrance.step {
            Step::Asking { problem } => AddingAccountStep::Asking { problem: problem.clone() },
            Step::Browser { page, .. } => AddingAccountStep::SigningIn { url: Entrance::url(page.as_ref()) },
        };
        Some(AddingAccount { service: entrance.service.clone(), again: entrance.again.clone(), step })
    }
}

impl App {
    // Signing in.

    pub(super) fn sign_in(&mut self, typed: &str) -> Vec<Effect> {
        let Some(entrance) = self.session.entrance_mut() else { return vec![] };
        if let Step::Browser { page, .. } = &entrance.step {
            // The page was closed, or never came up: open it again.
            return page.iter().cloned().map(Effect::Browse).collect();
        }
        match hosted_page::service_address(typed) {
            Ok(service) => {
                entrance.service = as_shown(service.as_str());
                entrance.step = Step::Browser { service: service.clone(), page: None };
                let again = entrance.again.clone();
                // The browser may be signed in at the issuer as one of the others.
                let choose = self.cached.accounts.iter().any(|kept| Some(kept.key()) != again);
                vec![Effect::SignIn { service, choose }]
            }
            Err(bad) => {
                entrance.step = Step::Asking { problem: Some(Failure::Address(bad).problem(&self.texts)) };
                vec![]
            }
        }
    }

    pub(super) fn signing_in(&mut self, step: SignIn) -> Vec<Effect> {
        let Some(entrance) = self.session.entrance_mut() else { return vec![] };
        let Step::Browser { service, page } = &mut entrance.step else { return vec![] };
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
        if let Some(entrance) = self.session.entrance_mut() {
            entrance.step = Step::Asking { problem: Some(failure.problem(&self.texts)) };
        }
        vec![Effect::CancelSignIn]
    }

    fn signed_in(&mut self, service: Url, name: Option<String>) -> Vec<Effect> {
        let mut effects = self.leave();
        let shown = as_shown(service.as_str());
        // Whose figures are at hand shows when the account comes; until then none are shown.
        self.data = AccountData::of_nobody(shown.clone());
        self.connection.renewed();
        self.session = Session::SignedIn(SignedIn { service, name, verified: false, adding: None });
        effects.extend([Effect::BeginSession, Effect::WriteCache(CacheWrite::Service(shown))]);
        effects.extend(self.panel.open());
        effects.extend(self.connection.go_on());
        effects
    }

    /// Goes back to where one was: to the address, or to the account that is signed in.
    pub(super) fn cancel_sign_in(&mut self) -> Vec<Effect> {
        let Some(entrance) = self.session.entrance_mut() else { return vec![] };
        let effects = entrance.close().into_iter().collect();
        entrance.step = Step::Asking { problem: None };
        if let Session::SignedIn(session) = &mut self.session {
            session.adding = None;
        }
        effects
    }

    pub(super) fn renewed(&mut self, renewed: RenewedTokens) -> Vec<Effect> {
        self.note(PanelNotice::KeyringMissing, !renewed.in_keyring);
        self.connection.renewed();
        let Session::SignedIn(session) = &mut self.session else { return vec![] };
        if renewed.name.is_some() {
            session.name = renewed.name;
        }
        let mut effects = self.connection.go_on();
        effects.extend(self.take_up());
        effects
    }

    /// The service says whose session this is. What it comes to once that is known for the first time, or that the
    /// sign-in has become another account's: of one that was deleted and made anew meanwhile.
    pub(super) fn verify(&mut self, account: &Account) -> Result<Verified, Failure> {
        let Session::SignedIn(session) = &mut self.session else { return Ok(Verified::Before) };
        let key = AccountKey { service: as_shown(session.service.as_str()), id: account.id.clone() };
        let known = self.data.key();
        if known.as_ref().is_some_and(|known| *known != key) {
            return Err(Failure::SessionEnded);
        }
        if std::mem::replace(&mut session.verified, true) {
            return Ok(Verified::Before);
        }
        if let Some(kept) = self.cached.account(&key) {
            session.name = session.name.take().or_else(|| kept.profile.name.clone());
            if known.is_none() {
                self.purchase = kept.purchase.clone().map(|left| PurchaseFlow::take_up(key.clone(), left));
            }
        }
        // Saved in any case: whoever had to sign in again has done so.
        self.data.profile = None;
        Ok(Verified::Now(key))
    }

    // Several accounts.

    /// The account that is shown; of a new sign-in that is known once its account has come.
    pub(super) fn current(&self) -> Option<AccountKey> {
        match &self.session {
            Session::SignedIn(_) => self.data.key(),
            Session::Starting | Session::SignedOut(_) => self.cached.current.clone(),
        }
    }

    /// Signs in to one more account; the one that is signed in stays so meanwhile.
    pub(super) fn add_account(&mut self) -> Vec<Effect> {
        let Session::SignedIn(session) = &mut self.session else { return vec![] };
        if session.adding.is_none() {
            session.adding = Some(Entrance::asking(as_shown(session.service.as_str()), None, None));
        }
        self.panel.open().into_iter().collect()
    }

    pub(super) fn switch_account(&mut self, key: &AccountKey) -> Vec<Effect> {
        let Some(CachedAccount { signed_out, .. }) = self.cached.account(key) else { return vec![] };
        let to_itself = self.session.service().is_some() && self.data.key().as_ref() == Some(key);
        if *signed_out && !to_itself {
            return self.ask_to_sign_in_again(key.clone());
        }
        let mut effects: Vec<Effect> =
            self.session.entrance().and_then(Entrance::close).into_iter().collect();
        if to_itself {
            if let Session::SignedIn(session) = &mut self.session {
                session.adding = None;
            }
        } else {
            effects.extend(self.leave());
            effects.extend(self.resume(key));
        }
        effects
    }

    fn ask_to_sign_in_again(&mut self, key: AccountKey) -> Vec<Effect> {
        let mut effects: Vec<Effect> =
            self.session.entrance().and_then(Entrance::close).into_iter().collect();
        let problem = Failure::SessionEnded.problem(&self.texts);
        let entrance = Entrance::asking(key.service.clone(), Some(key), Some(problem));
        match &mut self.session {
            Session::SignedIn(session) => session.adding = Some(entrance),
            session => *session = Session::SignedOut(entrance),
        }
        effects.extend(self.panel.open());
        effects
    }

    /// A kept account is signed in again by its refresh token; what was known of it is shown at once.
    pub(super) fn resume(&mut self, key: &AccountKey) -> Vec<Effect> {
        let service = match hosted_page::service_address(&key.service) {
            Ok(service) => service,
            Err(bad) => {
                let problem = Failure::Address(bad).problem(&self.texts);
                self.session = Session::SignedOut(Entrance::asking(key.service.clone(), None, Some(problem)));
                return vec![];
            }
        };
        self.data = AccountData::kept(&self.cached, key);
        self.check_version();
        let kept = self.cached.account(key);
        let left = kept.and_then(|kept| kept.purchase.clone());
        self.purchase = left.map(|left| PurchaseFlow::take_up(key.clone(), left));
        let name = kept.and_then(|kept| kept.profile.name.clone());
        let mut effects = Vec::new();
        if self.cached.current.as_ref() != Some(key) {
            effects.push(Effect::WriteCache(CacheWrite::Current(key.clone())));
        }
        effects.push(Effect::ResumeSession { account: key.clone(), service: service.clone() });
        effects.extend(self.connection.go_on());
        self.session = Session::SignedIn(SignedIn { service, name, verified: false, adding: None });
        effects
    }

    /// Removes an account from this computer.
    pub(super) fn remove_account(&mut self, key: &AccountKey) -> Vec<Effect> {
        if self.session.service().is_some() && self.data.key().as_ref() == Some(key) {
            return self.sign_out(None);
        }
        if self.cached.account(key).is_none() {
            return vec![];
        }
        let mut effects =
            vec![Effect::SignOut(Some(key.clone())), Effect::WriteCache(CacheWrite::Forget(key.clone()))];
        let entrance = self.session.entrance().filter(|entrance| entrance.again.as_ref() == Some(key));
        let Some(entrance) = entrance else { return effects };
        effects.extend(entrance.close());
        let service = entrance.service.clone();
        if let Session::SignedIn(session) = &mut self.session {
            session.adding = None;
        } else {
            effects.extend(self.go_on_as_next(Some(key), service));
        }
        effects
    }

    // Ending a session.

    /// Ends the session; what is kept of the account stays, for when it signs in again.
    pub(super) fn end_session(&mut self, why: &Failure) -> Vec<Effect> {
        let key = self.data.key();
        let Some((service, adding)) = self.over() else { return vec![] };
        let problem = why.problem(&self.texts);
        let entrance = adding.unwrap_or_else(|| Entrance::asking(service, key.clone(), Some(problem)));
        self.session = Session::SignedOut(entrance);
        let mark = key.map(|key| Effect::WriteCache(CacheWrite::SignedOut(key)));
        std::iter::once(Effect::EndSession).chain(mark).collect()
    }

    /// Ends the session and forgets all that belongs to the account. Unless there is something to be told, the next
    /// account is signed in.
    pub(super) fn sign_out(&mut self, why: Option<&Failure>) -> Vec<Effect> {
        let key = self.data.key();
        let Some((service, adding)) = self.over() else { return vec![] };
        let mut effects = vec![Effect::SignOut(key.clone())];
        effects.extend(key.clone().map(|key| Effect::WriteCache(CacheWrite::Forget(key))));
        match (adding, why) {
            (Some(entrance), _) => self.session = Session::SignedOut(entrance),
            (None, Some(why)) => {
                let problem = Some(why.problem(&self.texts));
                self.session = Session::SignedOut(Entrance::asking(service, None, problem));
            }
            (None, None) => effects.extend(self.go_on_as_next(key.as_ref(), service)),
        }
        effects
    }

    /// Signs the next account in, or asks whom to sign in at `service` if none is left.
    fn go_on_as_next(&mut self, gone: Option<&AccountKey>, service: String) -> Vec<Effect> {
        if let Some(next) = accounts::next_after(gone, &self.cached).map(CachedAccount::key) {
            return self.resume(&next);
        }
        self.session = Session::SignedOut(Entrance::asking(service, None, None));
        vec![]
    }

    /// Nobody is signed in: asks for the service's address, which is proposed.
    pub(super) fn nobody(&mut self, service: String) {
        self.session = Session::SignedOut(Entrance::asking(service, None, None));
    }

    /// The page is left: what was only asked is not asked any more. A sign-in in the browser goes on.
    pub(super) fn entrance_left(&mut self) {
        if let Session::SignedIn(session) = &mut self.session {
            session.adding.take_if(|entrance| !entrance.is_in_browser());
        }
    }

    /// Lets go of the session for another one. A sign-in that was nobody's yet could not be found again.
    fn leave(&mut self) -> Vec<Effect> {
        let nobodys = self.session.service().is_some() && self.data.key().is_none();
        self.reset();
        if nobodys { vec![Effect::SignOut(None)] } else { vec![] }
    }

    /// The session is over: its service, and the way to one more account if that was wanted.
    fn over(&mut self) -> Option<(String, Option<Entrance>)> {
        let Session::SignedIn(session) = &mut self.session else { return None };
        let over = (as_shown(session.service.as_str()), session.adding.take());
        self.reset();
        Some(over)
    }

    /// Nothing of one session is left in the next.
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
            PanelNotice::ClockWrong,
            PanelNotice::AppTooOld,
        ] {
            self.note(notice, false);
        }
    }
}

/// Since when it is known whose session this is.
#[derive(Debug)]
pub(super) enum Verified {
    Before,
    Now(AccountKey),
}

/// An address as it is shown and kept: in its normal form, without the slash at its end.
pub(super) fn as_shown(address: &str) -> String {
    let normal = hosted_page::service_address(address).map(|url| url.to_string());
    normal.unwrap_or_else(|_| address.to_owned()).trim_end_matches('/').to_owned()
}
