//! The shortcut that opens the panel from anywhere.

#[cfg(target_os = "linux")]
mod portal;
#[cfg(target_os = "linux")]
mod x11;

#[cfg(target_os = "linux")]
pub(crate) use linux::{listen, set_up};
#[cfg(not(target_os = "linux"))]
pub(crate) use others::{listen, set_up};

use tokenwell_desktop::text::Texts;

/// What the desktop shows of the shortcut.
pub(crate) struct Names {
    /// What it does, in a few words.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only a portal shows it"))]
    pub(crate) purpose: String,
    /// Its keys.
    pub(crate) keys: String,
}

impl Names {
    /// In the user's language.
    pub(crate) fn new(texts: &Texts) -> Self {
        let keys = if cfg!(target_os = "macos") {
            "⌥⌘K".to_owned()
        } else {
            texts.say_with("tray-keys", [("key", "Alt+K".to_owned())])
        };
        Self { purpose: texts.say("shortcut-purpose"), keys }
    }
}

/// X11 lets a program have keys for itself. Wayland does not; there the desktop has them and tells the program.
#[cfg(target_os = "linux")]
mod linux {
    use super::{Names, portal, x11};
    use std::env;
    use tauri::{AppHandle, Builder, Wry};
    use tokenwell_desktop::surroundings::is_wayland;

    /// Linux needs no set-up.
    pub(crate) fn set_up(app: Builder<Wry>) -> Builder<Wry> {
        app
    }

    /// Listens for the shortcut until the future is dropped. Calls `set` with its keys when it is set, and whenever the
    /// desktop changes them.
    pub(crate) async fn listen(
        app: &AppHandle,
        names: Names,
        set: impl Fn(String) + Send,
        pressed: impl Fn() + Send + Sync + 'static,
    ) -> anyhow::Result<()> {
        if is_wayland(|name| env::var(name).ok()) {
            portal::listen(app, &names, set, pressed).await
        } else {
            x11::listen(names, set, pressed).await
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod others {
    use super::Names;
    use std::{error::Error, future};
    use tauri::{AppHandle, Builder, Wry};
    use tauri_plugin_global_shortcut::{GlobalShortcutExt as _, ShortcutState};

    const KEYS: &str = "CmdOrCtrl+Alt+K";

    pub(crate) fn set_up(app: Builder<Wry>) -> Builder<Wry> {
        app.plugin(tauri_plugin_global_shortcut::Builder::new().build())
    }

    /// Listens for the shortcut until the future is dropped. Calls `set` with its keys when it is set.
    pub(crate) async fn listen(
        app: &AppHandle,
        names: Names,
        set: impl Fn(String) + Send,
        pressed: impl Fn() + Send + Sync + 'static,
    ) -> anyhow::Result<()> {
        app.global_shortcut().on_shortcut(KEYS, move |_, _, event| {
            if event.state == ShortcutState::Pressed {
                pressed();
            }
        })?;
        let _registered = Registered(app.clone());
        set(names.keys);
        future::pending().await
    }

    /// The shortcut is set until this is dropped.
    struct Registered(AppHandle);

    impl Drop for Registered {
        fn drop(&mut self) {
            if let Err(error) = self.0.global_shortcut().unregister(KEYS) {
                tracing::warn!(error = &error as &dyn Error, "the shortcut cannot be removed");
            }
        }
    }
}
