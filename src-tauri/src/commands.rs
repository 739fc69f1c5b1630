//! The calls of the panel: one that takes every [`Command`], one that takes an API key, and one that returns the view.

use crate::shell;
use secrecy::{ExposeSecret as _, SecretString};
use tauri::{AppHandle, Wry, ipc::Invoke};
use tokenwell_desktop::{command::Command, event::Event, view::View};

/// The handler for the panel's calls.
pub(crate) fn handler() -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![view, command, add_key]
}

/// The view as it is now. Later views are pushed. A page that asks for it was loaded.
#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "Tauri passes arguments by value")]
fn view(app: AppHandle) -> View {
    shell::report(&app, Event::PanelLoaded);
    shell::view(&app)
}

/// Sends a command to the controller. The next view shows its result.
#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "Tauri passes arguments by value")]
fn command(app: AppHandle, command: Command) {
    shell::command(&app, command);
}

/// Takes an API key of a platform. It is a call of its own, because commands can be printed.
#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "Tauri passes arguments by value")]
fn add_key(app: AppHandle, platform: String, key: SecretString) {
    shell::add_key(&app, platform, key.expose_secret());
}
