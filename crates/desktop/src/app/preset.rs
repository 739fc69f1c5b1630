//! What whoever manages the computer has set, and links that propose a service.

use super::{
    App,
    sessions::{Session, SignInAttempt, normal_address},
};
use crate::{event::Effect, hosted_page, view::PresetView};

impl App {
    /// The address of the only service, in its normal form.
    pub(super) fn only_service(&self) -> Option<String> {
        self.preset.only_service().map(normal_address)
    }

    /// Forgets, until the app quits, accounts of services that are not the only one.
    pub(super) fn leave_out_other_services(&mut self) {
        let Some(only) = self.only_service() else { return };
        self.cached.accounts.retain(|account| account.service == only);
        let key_accounts = &self.cached.key_accounts;
        self.cached.current.take_if(|current| {
            current.service != only && key_accounts.iter().all(|account| account.key() != *current)
        });
    }

    /// Fills a service's address into the sign-in form, for a link. Nothing is sent or stored: that takes the user's own
    /// click.
    pub(super) fn connect_to(&mut self, service: &str) -> Vec<Effect> {
        if self.only_service().is_none() && hosted_page::service_address(service).is_ok() {
            self.propose(normal_address(service));
        }
        self.panel.open().into_iter().collect()
    }

    /// Fills an address into the sign-in form. A sign-in in the browser goes on, and so does a session at this service.
    fn propose(&mut self, service: String) {
        let attempt = SignInAttempt::asking(service, None, None);
        match &mut self.session {
            Session::SignedOut(current) if !current.is_in_browser() => *current = attempt,
            Session::Starting | Session::SignedOut(_) => {}
            session => {
                let is_other =
                    session.service().is_none_or(|used| normal_address(used.as_str()) != attempt.service);
                if let Some(adding) = session.adding_mut()
                    && is_other
                    && adding.as_ref().is_none_or(|adding| !adding.is_in_browser())
                {
                    *adding = Some(attempt);
                }
            }
        }
    }

    /// The address that a sign-in form proposes: of the last service, or the preset's.
    pub(super) fn usual_service(&self) -> String {
        self.cached.service.clone().or(self.preset.service.clone()).unwrap_or_default()
    }

    pub(super) fn preset_view(&self) -> PresetView {
        PresetView {
            service: self.preset.service.as_deref().map(normal_address),
            name: self.preset.name.clone(),
            service_locked: self.preset.locked.service,
        }
    }
}
