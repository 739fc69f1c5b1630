//! One app per user. The plugin finds the first one over the session bus (or what the system has in its place) and
//! hands it the second one's command line; the lock holds where there is no bus.

use crate::{Args, shell};
use clap::Parser as _;
use std::{
    fs::{self, File, TryLockError},
    path::Path,
};
use tauri::{Wry, plugin::TauriPlugin};

/// Hands the command line of a second start to the first one; the second ends with that.
pub(crate) fn plugin() -> TauriPlugin<Wry> {
    tauri_plugin_single_instance::init(|app, command_line, _folder| {
        match Args::try_parse_from(command_line) {
            Ok(args) => shell::started_again(app, &args),
            Err(error) => tracing::warn!("a second start with a command line that cannot be read: {error}"),
        }
    })
}

/// Locks the app's folder for as long as the answer lives.
///
/// # Errors
/// Another app has it.
pub(crate) fn lock(folder: &Path) -> anyhow::Result<Lock> {
    // A folder that cannot be written to is no reason not to start: the cache says so in its own words.
    let file = fs::create_dir_all(folder).and_then(|()| File::create(folder.join("lock")));
    match file.map(|file| file.try_lock().map(|()| file)) {
        Ok(Ok(file)) => Ok(Lock { _file: Some(file) }),
        Ok(Err(TryLockError::WouldBlock)) => {
            anyhow::bail!(
                "Tokenwell is already running, and without a session bus it cannot be shown from here"
            )
        }
        Ok(Err(TryLockError::Error(error))) | Err(error) => {
            tracing::warn!("the app's folder cannot be locked: {error}");
            Ok(Lock { _file: None })
        }
    }
}

/// The locked folder.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: Option<File>,
}
