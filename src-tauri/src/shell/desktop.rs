//! What the controller does on the desktop: panel, tray, notifications, browser, start at login, diagnostics.

use super::{controller::Controller, messages::Message};
use crate::{
    autostart, browser, diagnostics, keyring, notify, panel,
    shortcut::{self, Names},
    sleep, time_zone,
    tray::{self, TrayIcon},
};
use jiff::{Timestamp, Zoned};
use std::{error::Error, path::Path};
use tauri::async_runtime;
use tokenwell_desktop::{
    cached_state::CacheWrite,
    diagnostics::Report,
    dialog::Dialog,
    event::{Event, Notification, PanelFailure},
    failure::Failure,
    hosted_page::HostedPageUrl,
};

impl Controller {
    /// Pushes the view to the panel if it has changed. A closed panel receives the view that closes it, and no later
    /// one.
    pub(super) fn push_view(&mut self) {
        let view = self.core.view();
        let mut is_open = view.open;
        let changed = self.view.send_if_modified(|shown| {
            is_open |= shown.open;
            let changed = *shown != view;
            shown.clone_from(&view);
            changed
        });
        if changed && is_open {
            panel::push_view(&self.app, &view);
        }
    }

    pub(super) fn open_panel(&mut self) {
        self.push_view();
        let icon = self.tray.as_ref().and_then(TrayIcon::area);
        let events = self.events.clone();
        let failed = move |why| events.send(Event::PanelFailed(why));
        if !panel::has_web_view() {
            tracing::error!("the panel cannot be opened: no web view is installed");
            return failed(PanelFailure::NotInstalled);
        }
        let ended = failed.clone();
        if let Err(error) = panel::open(&self.app, self.panel_size, icon, ended) {
            tracing::error!(error = &error as &dyn Error, "the panel cannot be opened");
            panel::remove(&self.app);
            failed(PanelFailure::NotCreated);
        }
    }

    pub(super) fn hide_panel(&mut self) {
        self.save_panel_size();
        panel::hide(&self.app);
    }

    pub(super) fn quit(&mut self) {
        self.save_panel_size();
        self.app.exit(0);
    }

    /// Writes the panel's size to the cache. This is done when the panel is closed, not at each step of resizing it.
    fn save_panel_size(&mut self) {
        if let Some(size) = self.panel_size {
            self.write_cache(&CacheWrite::Panel(size));
        }
    }

    /// Creates the tray icon, unless there is one already or no host for it.
    pub(super) fn create_tray_icon(&mut self) {
        if self.tray.is_none() {
            match TrayIcon::create(&self.app, self.core.tray(Timestamp::now())) {
                Ok(tray) => self.tray = Some(tray),
                Err(error) => tracing::info!(error = &error as &dyn Error, "there is no tray"),
            }
        }
        self.events.send(Event::Tray { shown: self.tray.is_some() });
    }

    pub(super) fn update_tray(&mut self) {
        if let Some(tray) = &mut self.tray
            && let Err(error) = tray.update(&self.app, self.core.tray(Timestamp::now()))
        {
            tracing::warn!(error = &error as &dyn Error, "the tray cannot be updated");
        }
    }

    pub(super) fn watch_tray_host(&self) {
        let events = self.events.clone();
        async_runtime::spawn(async move {
            let changed = |running| events.send_message(Message::TrayHost { running });
            if let Err(error) = tray::watch_host(changed).await {
                tracing::info!(error = &error as &dyn Error, "a tray host that starts will not be noticed");
            }
        });
    }

    pub(super) fn watch_sleep(&self) {
        let events = self.events.clone();
        async_runtime::spawn(async move {
            if let Err(error) = sleep::watch(move || events.send(Event::Resumed)).await {
                tracing::info!(error = &error as &dyn Error, "waking up from sleep will not be noticed");
            }
        });
    }

    /// When a keyring starts, it gets the tokens that are in memory, and the session goes on.
    pub(super) fn watch_keyring(&self) {
        let (events, keyring) = (self.events.clone(), self.keyring.clone());
        async_runtime::spawn(async move {
            let started = || {
                let (events, keyring) = (events.clone(), keyring.clone());
                async_runtime::spawn(async move {
                    keyring.store_the_rest().await;
                    events.send(Event::KeyringOpened);
                });
            };
            if let Err(error) = keyring::watch(started).await {
                tracing::info!(error = &error as &dyn Error, "a keyring that starts will not be noticed");
            }
        });
    }

    pub(super) fn watch_time_zone(&self) {
        let events = self.events.clone();
        async_runtime::spawn(async move {
            if let Err(error) = time_zone::watch(|zone| events.send(Event::TimeZone(zone))).await {
                tracing::info!(error = &error as &dyn Error, "a change of the time zone will not be noticed");
            }
        });
    }

    /// Shows a notification and opens what it is about if it is clicked.
    pub(super) fn notify(&self, notification: Notification) {
        let (events, open) = (self.events.clone(), self.core.texts().say("notify-open"));
        let identifier = self.app.config().identifier.clone();
        let session = self.session.as_ref().map(|session| session.number);
        // The call blocks for as long as the notification is shown, so it has a thread of its own.
        std::thread::spawn(move || {
            let clicked = Message::NotificationClicked { session, opens: notification.opens.clone() };
            notify::show(&notification, &identifier, &open, || events.send_message(clicked));
        });
    }

    /// Shows a dialog. What the user agrees to is done in this session only.
    pub(super) fn ask(&self, dialog: Dialog) {
        let (events, session) = (self.events.clone(), self.session.as_ref().map(|session| session.number));
        self.dialogs.show(&self.app, dialog, move |command| {
            events.send_message(Message::Agreed { session, command });
        });
    }

    pub(super) fn browse(&self, page: HostedPageUrl) {
        let events = self.events.clone();
        async_runtime::spawn_blocking(move || {
            if let Err(error) = browser::open(&page) {
                tracing::warn!(?page, error = &error as &dyn Error, "the system browser cannot be started");
                events.send(Event::BrowserFailed);
            }
        });
    }

    pub(super) fn show_file(path: String) {
        async_runtime::spawn_blocking(move || {
            if let Err(error) = browser::show_folder_of(Path::new(&path)) {
                tracing::warn!(error = &error as &dyn Error, "the folder of {path} cannot be shown");
            }
        });
    }

    pub(super) fn set_start_at_login(&self, on: bool) {
        match autostart::set(&self.app, on) {
            Ok(()) => self.report_start_at_login(),
            Err(error) => {
                tracing::warn!("start at login cannot be changed: {error:#}");
                self.events.send(Event::StartsAtLogin(Err(Failure::StartAtLogin)));
            }
        }
    }

    /// Reports whether the system starts the app at login.
    pub(super) fn report_start_at_login(&self) {
        let on = autostart::is_on(&self.app).unwrap_or_else(|error| {
            tracing::warn!("it is unknown whether the app starts at login: {error:#}");
            false
        });
        self.events.send(Event::StartsAtLogin(Ok(on)));
    }

    /// Listens for the shortcut, or no more.
    pub(super) fn set_shortcut(&mut self, on: bool) {
        if let Some(earlier) = self.shortcut.take() {
            earlier.abort();
        }
        if !on {
            return self.events.send(Event::ShortcutSet(Ok(None)));
        }
        let (app, events, names) = (self.app.clone(), self.events.clone(), Names::new(&self.core.texts()));
        self.shortcut = Some(tokio::spawn(async move {
            let set = |keys| events.send(Event::ShortcutSet(Ok(Some(keys))));
            let pressing = events.clone();
            let pressed = move || pressing.send_message(Message::ShortcutPressed);
            if let Err(error) = shortcut::listen(&app, names, set, pressed).await {
                tracing::warn!("the shortcut cannot be set: {error:#}");
                events.send(Event::ShortcutSet(Err(Failure::Shortcut)));
            }
        }));
    }

    pub(super) fn save_diagnostics(&self, report: Report) {
        let (app, events) = (self.app.clone(), self.events.clone());
        async_runtime::spawn(async move {
            let saved = diagnostics::save(&app, &report, &Zoned::now()).await;
            events.send(Event::DiagnosticsSaved(saved.map(|file| file.display().to_string())));
        });
    }
}
