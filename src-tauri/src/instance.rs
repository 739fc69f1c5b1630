//! One app per user. On a second start, a plugin passes the command line to the first app, over the session bus on Linux. A
//! locked file keeps a second app from running where there is no bus.
//!
//! A process that ends while GTK's threads run can crash at its exit. So without a bus, the lock is taken before GTK starts.

use crate::Args;
use clap::Parser as _;
use std::{
    error::Error,
    fs::{File, TryLockError},
    path::Path,
};
use tauri::{AppHandle, Wry, plugin::TauriPlugin};
use tokenwell_cache::private;
use tokenwell_desktop::command::Command;

/// Passes the command line of a second start to the first app, which calls `command` with what it asks for. The second
/// start ends.
pub(crate) fn plugin(command: fn(&AppHandle, Command)) -> TauriPlugin<Wry> {
    tauri_plugin_single_instance::init(move |app, command_line, _folder| {
        match Args::try_parse_from(command_line).map(|args| args.command_again()) {
            Ok(Some(asked)) => command(app, asked),
            Ok(None) => tracing::warn!("a link that is not one of Tokenwell's was ignored"),
            Err(error) => {
                tracing::warn!(error = &error as &dyn Error, "the command line of a second start is invalid");
            }
        }
    })
}

/// Another app of this user holds the lock.
#[derive(Debug, thiserror::Error)]
#[error("Tokenwell is already running, and without a session bus it cannot be shown from here")]
pub(crate) struct AlreadyRunning;

/// Locks the app's folder if the plugin cannot reach another app. Returns nothing if it can, because then it decides first.
pub(crate) fn lock_without_bus(identifier: &str) -> Result<Option<Lock>, AlreadyRunning> {
    #[cfg(target_os = "linux")]
    if zbus::blocking::Connection::session().is_err()
        && let Some(data) = dirs::data_local_dir()
    {
        return lock(&data.join(identifier)).map(Some);
    }
    let _ = identifier;
    Ok(None)
}

/// Locks the app's folder until the returned value is dropped. If the folder cannot be written to, the app starts without a
/// lock; the cache reports the problem.
pub(crate) fn lock(folder: &Path) -> Result<Lock, AlreadyRunning> {
    let file = private::create_folder(folder).and_then(|()| private::create_file(&folder.join("lock")));
    match file.map(|file| file.try_lock().map(|()| file)) {
        Ok(Ok(file)) => Ok(Lock { _file: Some(file) }),
        Ok(Err(TryLockError::WouldBlock)) => Err(AlreadyRunning),
        Ok(Err(TryLockError::Error(error))) | Err(error) => {
            tracing::warn!(error = &error as &dyn Error, "the app's folder cannot be locked");
            Ok(Lock { _file: None })
        }
    }
}

/// The locked folder.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: Option<File>,
}
