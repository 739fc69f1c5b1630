//! What the app makes of a keyring that is not there, is locked, or refuses a token.

use super::{App, Session};
use crate::{
    cached_state::CacheWrite,
    event::{Effect, Kept, KeyringProblem},
    view::PanelNotice,
};
use jiff::Timestamp;

const NOTICES: [(PanelNotice, KeyringProblem); 3] = [
    (PanelNotice::KeyringMissing, KeyringProblem::Missing),
    (PanelNotice::KeyringLocked, KeyringProblem::Locked),
    (PanelNotice::KeyringRefused, KeyringProblem::Refused),
];

impl App {
    /// Shows why the sign-in ends with this run, if it does, and remembers it for the next one.
    pub(super) fn refresh_token_kept(&mut self, kept: Kept) -> Vec<Effect> {
        for (notice, problem) in NOTICES {
            self.set_notice(notice, kept == Kept::InMemory(problem));
        }
        let in_memory = kept != Kept::InKeyring;
        if in_memory == self.is_in_memory() {
            return vec![];
        }
        let write = self.data.key().map(|key| Effect::WriteCache(CacheWrite::InMemory(key, in_memory)));
        write.into_iter().collect()
    }

    /// Whether the account's sign-in is known to be in no keyring.
    pub(super) fn is_in_memory(&self) -> bool {
        let account = self.data.key().and_then(|key| self.cached.account(&key));
        account.is_some_and(|account| account.in_memory)
    }

    /// Refreshes because the user asked for it, and tries again to store what the keyring did not take.
    pub(super) fn refresh_now(&mut self) -> Vec<Effect> {
        let mut effects = self.store_again();
        effects.extend(self.connection.refresh_now());
        effects
    }

    pub(super) fn keyring_opened(&mut self, now: Timestamp) -> Vec<Effect> {
        self.keys.keyring_opened(now);
        let mut effects = self.store_again();
        if matches!(self.session, Session::SignedIn(_)) && !self.connection.has_access() {
            effects.extend(self.connection.refresh_now());
        }
        effects
    }

    fn store_again(&self) -> Vec<Effect> {
        let missing = NOTICES.iter().any(|(notice, _)| self.notices.contains(notice));
        self.data.key().filter(|_| missing).map(Effect::SaveRefreshToken).into_iter().collect()
    }
}
