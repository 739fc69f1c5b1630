//! One app per user. On a second start, a plugin passes the command line to the first app, over the session bus on Linux. A
//! locked file keeps a second app from running where there is no bus.
//!
//! A process that ends while GTK's threads run can crash at its exit. So on Linux, a second start calls the first one's plugin
//! before GTK starts, with the desktop's token for taking the focus. Without a bus, the lock is taken by then.

use crate::Args;
#[cfg(target_os = "linux")]
use crate::activation;
use clap::Parser as _;
#[cfg(target_os = "linux")]
use std::{env, ffi::OsString};
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
        let args = match Args::try_parse_from(command_line) {
            Ok(args) => args,
            Err(error) => {
                return tracing::warn!(
                    error = &error as &dyn Error,
                    "the command line of a second start is invalid"
                );
            }
        };
        let Some(asked) = args.command_again() else {
            return tracing::warn!("a link that is not one of Tokenwell's was ignored");
        };
        #[cfg(target_os = "linux")]
        if let Some(token) = args.activation_token {
            activation::allow_focus(app, token);
        }
        command(app, asked);
    })
}

/// Another app of this user holds the lock.
#[derive(Debug, thiserror::Error)]
#[error("Tokenwell is already running, and without a session bus it cannot be shown from here")]
pub(crate) struct AlreadyRunning;

/// What a start does.
pub(crate) enum Begin {
    /// It goes on. Without a lock, the plugin still decides whether it is the first.
    Start(Option<Lock>),
    /// It ends: the first app has its command line.
    #[cfg(target_os = "linux")]
    HandedOver,
}

/// On Linux, hands the command line to the first app if there is one, and locks the app's folder if no bus can tell.
pub(crate) fn begin(identifier: &str) -> Result<Begin, AlreadyRunning> {
    #[cfg(target_os = "linux")]
    match (zbus::blocking::Connection::session(), dirs::data_local_dir()) {
        (Ok(bus), _) if hand_over(&bus, identifier) => return Ok(Begin::HandedOver),
        (Err(_), Some(data)) => return lock(&data.join(identifier)).map(|lock| Begin::Start(Some(lock))),
        _ => {}
    }
    let _ = identifier;
    Ok(Begin::Start(None))
}

/// Calls the plugin of the first app, as the plugin of this one would. Returns whether it has answered.
#[cfg(target_os = "linux")]
fn hand_over(bus: &zbus::blocking::Connection, identifier: &str) -> bool {
    let name = format!("{identifier}.SingleInstance");
    let path = format!("/{}", name.replace('.', "/").replace('-', "_"));
    let folder = env::current_dir().unwrap_or_default();
    let call = (command_line(env::args_os(), activation::token()), folder.to_string_lossy());
    bus.call_method(Some(&*name), &*path, Some("org.SingleInstance.DBus"), "ExecuteCallback", &call).is_ok()
}

/// The command line with the token.
#[cfg(target_os = "linux")]
fn command_line(arguments: impl Iterator<Item = OsString>, token: Option<String>) -> Vec<String> {
    let mut line: Vec<_> = arguments.map(|argument| argument.to_string_lossy().into_owned()).collect();
    if let Some(token) = token.filter(|_| !line.is_empty()) {
        line.insert(1, format!("--activation-token={token}"));
    }
    line
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

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_token_of_a_second_start_comes_with_its_command_line() {
        let line = |arguments: &[&str], token: Option<&str>| {
            command_line(arguments.iter().map(OsString::from), token.map(str::to_owned))
        };
        let given = line(&["tokenwell", "--page", "settings"], Some("token with spaces"));
        let args = Args::try_parse_from(given).unwrap();
        assert_eq!(args.activation_token.as_deref(), Some("token with spaces"));
        assert!(matches!(args.command_again(), Some(Command::Open { .. })));
        assert_eq!(line(&["tokenwell", "--panel"], None), ["tokenwell", "--panel"]);
    }
}
