//! Notes in the cache that the service was heard, for those who read the cache without asking the app.

use jiff::Timestamp;
use std::{error::Error, path::PathBuf, sync::Mutex};
use tokenwell_cache::last_heard;
use tokenwell_desktop::{account_key::AccountKey, freshness::note_is_due};
use tokio::task::spawn_blocking;

/// The notes of one session.
pub(crate) struct LastHeard {
    folder: PathBuf,
    account: AccountKey,
    noted: Mutex<Option<Timestamp>>,
}

impl LastHeard {
    pub(crate) fn new(folder: PathBuf, account: AccountKey) -> Self {
        Self { folder, account, noted: Mutex::default() }
    }

    /// The service was heard. It is noted if the last note is old.
    pub(crate) fn heard(&self, now: Timestamp) {
        let Ok(mut noted) = self.noted.lock() else { return };
        if !note_is_due(*noted, now) {
            return;
        }
        *noted = Some(now);
        let (folder, account) = (self.folder.clone(), self.account.clone());
        spawn_blocking(move || {
            if let Err(error) = last_heard::note(&folder, &account, now) {
                tracing::debug!(error = &error as &dyn Error, "it is not noted that the service was heard");
            }
        });
    }
}
