//! The controller: receives messages, lets the core decide, and carries out the effects in order.

use super::messages::{EventSender, Message, command_event};
use crate::{
    api::Http,
    args::{Args, PROPOSED},
    dialog::Dialogs,
    keyring::{Keyring, Signal},
    panel,
    platform_client::PlatformClient,
    platform_files,
    session::Session,
    time_zone,
    tray::TrayIcon,
    updates::{self, Updater},
};
use jiff::{Timestamp, tz::TimeZone};
use std::{collections::HashMap, error::Error, sync::Arc, time::Duration};
use tauri::{AppHandle, Manager};
use tokenwell_cache::{Cache, CacheError};
use tokenwell_desktop::{
    app::App,
    cached_state::{CacheWrite, PanelSize},
    command::{Command, PanelEntry},
    event::{Effect, Event, Opens, Start, Timer},
    preset::Preset,
    retry::Pause,
    text::{DesktopLocales, Texts},
    view::View,
};
use tokio::{
    sync::{mpsc, watch},
    task::{JoinHandle, block_in_place},
};

/// The owner of the app's state.
pub(super) struct Controller {
    pub(super) app: AppHandle,
    pub(super) core: App,
    pub(super) events: EventSender,
    pub(super) http: Http,
    pub(super) keyring: Keyring,
    /// The client of platforms that are read with API keys, and their keys once they were read from the keyring.
    pub(super) platforms: PlatformClient,
    pub(super) session: Option<Session>,
    /// The sign-in in the browser, which may become the session.
    pub(super) signing_in: Option<Session>,
    /// The number of the newest session or sign-in.
    pub(super) last_session: u64,
    pub(super) tray: Option<TrayIcon>,
    pub(super) dialogs: Dialogs,
    /// The task that listens for the shortcut.
    pub(super) shortcut: Option<JoinHandle<()>>,
    /// The size of the open panel, or of the last one.
    pub(super) panel_size: Option<PanelSize>,
    pub(super) view: watch::Sender<View>,
    /// `None` in an app that was built without the publisher's key.
    pub(super) updater: Option<Arc<Updater>>,
    cache: Cache,
    cache_writable: bool,
    timers: HashMap<Timer, JoinHandle<()>>,
}

impl Controller {
    /// Reads the cache. Returns the controller, what it starts with, and its queue.
    pub(super) fn new(
        app: &AppHandle,
        args: Args,
        preset: Preset,
    ) -> anyhow::Result<(Self, Start, mpsc::UnboundedReceiver<Message>)> {
        let locales =
            DesktopLocales::new(sys_locale::get_locales().collect(), |name| std::env::var(name).ok());
        let texts = Arc::new(Texts::of_desktop(locales, TimeZone::system()));
        let service = preset.service.unwrap_or_else(|| PROPOSED.to_owned());
        let preset = Preset { service: Some(service), ..preset };
        let core = App::new(texts, env!("CARGO_PKG_VERSION").parse()?, preset);
        let folder = app.path().app_local_data_dir()?;
        let (cache, state) = Cache::open(&folder);
        let cached = cache.read();
        let panel_size = cached.panel;
        let (open, connect) = match args.command() {
            Some(Command::Open { entry }) => (Some(entry), None),
            command => (None, command),
        };
        let start = Start {
            cached,
            cache: state,
            open,
            warm: args.panel_warm(),
            service: args.service,
            platforms: platform_files::read(&folder),
            // The menu bar.
            has_title: cfg!(target_os = "macos"),
            installation: updates::installation(),
            can_verify: updates::PUBLIC_KEY.is_some(),
        };

        let (messages, inbox) = mpsc::unbounded_channel();
        let events = EventSender::new(messages);
        let keyring_events = events.clone();
        let keyring = Keyring::start(move |signal| {
            keyring_events.send(match signal {
                Signal::Waiting(waits) => Event::KeyringWaits(waits),
                Signal::Opened => Event::KeyringOpened,
            });
        })?;
        if let Some(connect) = connect {
            events.send(command_event(connect));
        }
        let controller = Self {
            app: app.clone(),
            view: watch::Sender::new(core.view()),
            updater: Updater::of_publisher(&folder)?.map(Arc::new),
            core,
            events,
            http: Http::new()?,
            platforms: PlatformClient::new(keyring.clone())?,
            keyring,
            session: None,
            signing_in: None,
            last_session: 0,
            tray: None,
            dialogs: Dialogs::default(),
            shortcut: None,
            panel_size,
            cache,
            cache_writable: true,
            timers: HashMap::new(),
        };
        Ok((controller, start, inbox))
    }

    /// Starts, and handles messages until the program ends.
    pub(super) async fn run(mut self, start: Start, mut inbox: mpsc::UnboundedReceiver<Message>) {
        let effects = self.core.handle(Event::Started(Box::new(start)), Timestamp::now());
        // Between the two, so that the icon shows the cached balance from the start, and the panel opens at the icon.
        self.create_tray_icon();
        self.perform_all(effects);
        self.report_start_at_login();
        self.watch_tray_host();
        self.watch_sleep();
        self.watch_keyring();
        self.watch_time_zone();
        while let Some(message) = inbox.recv().await {
            match message {
                Message::Event { session: Some(session), .. } if !self.is_current(session) => {}
                Message::Event { event, .. } => self.handle(event),
                Message::NotificationClicked { session, opens } => {
                    // After a change of account, what the notification was about is not the current account's.
                    let is_stale = session.is_some_and(|session| !self.is_current(session));
                    self.handle(command_event(match opens {
                        Opens::KeyAccount(account) => Command::OpenKeyAccount { account },
                        Opens::Page(_) if is_stale => Command::Open { entry: PanelEntry::Home },
                        Opens::Page(entry) => Command::Open { entry },
                    }));
                }
                // Nothing is bought for another account than the one that was asked.
                Message::Agreed { session: Some(session), .. } if !self.is_current(session) => {}
                Message::Agreed { command, .. } => self.handle(command_event(command)),
                Message::ShortcutPressed => {
                    // A panel that is behind other windows is raised.
                    let closes = panel::is_focused(&self.app);
                    let open = Command::Open { entry: PanelEntry::Home };
                    self.handle(command_event(if closes { Command::ClosePanel } else { open }));
                }
                Message::PanelResized(size) => self.panel_size = Some(size),
                Message::Handled(done) => drop(done.send(())),
                Message::TrayHost { running: true } => self.create_tray_icon(),
                // The icon stays and registers with the next host by itself.
                Message::TrayHost { running: false } => self.events.send(Event::Tray { shown: false }),
            }
        }
    }

    fn handle(&mut self, event: Event) {
        if let Some(zone) = time_zone::unwatched() {
            self.core.handle(Event::TimeZone(zone), Timestamp::now());
        }
        let effects = self.core.handle(event, Timestamp::now());
        self.perform_all(effects);
    }

    /// Carries out effects in order, and shows the new state.
    fn perform_all(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            self.perform(effect);
        }
        self.push_view();
        self.update_tray();
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::SignIn { service, choose } => self.sign_in(service, choose),
            Effect::CancelSignIn => self.signing_in = None,
            Effect::BeginSession => self.session = self.signing_in.take(),
            Effect::ResumeSession { account, service } => self.resume_session(account, service),
            Effect::Renew => self.renew_tokens(),
            Effect::SaveRefreshToken(account) => self.save_refresh_token(account),
            Effect::EndSession => self.session = None,
            Effect::SignOut(account) => self.sign_out(account),
            Effect::Refresh => self.refresh(),
            Effect::Listen(last_event_id) => self.listen(last_event_id),
            Effect::CreatePurchase(account, purchase) => self.create_purchase(account, purchase),
            Effect::FetchPurchase { key, id } => self.fetch_purchase(key, id),
            Effect::CancelPurchase { key, id } => self.cancel_purchase(key, id),
            Effect::Subscribe(checkout) => self.subscribe(checkout),
            Effect::RequestPage(request) => self.request_page(request),
            Effect::ShowFile(path) => Self::show_file(path),
            Effect::SaveKey(account, key) => self.save_key(account, key),
            Effect::AskPlatform(account, platform) => self.ask_platform(account, *platform),
            Effect::ForgetKey(account) => self.forget_key(account),
            Effect::Browse(page) => self.browse(page),
            Effect::WriteCache(write) => self.write_cache(&write),
            Effect::SetAppearance(appearance) => panel::set_appearance(&self.app, appearance),
            Effect::StartAtLogin(on) => self.set_start_at_login(on),
            Effect::SetShortcut(on) => self.set_shortcut(on),
            Effect::SaveDiagnostics(report) => self.save_diagnostics(report),
            Effect::StartTimer(timer, pause) => self.start_timer(timer, pause),
            Effect::Notify(notification) => self.notify(notification),
            Effect::Ask(dialog) => self.ask(dialog),
            Effect::OpenPanel => self.open_panel(),
            Effect::HidePanel => self.hide_panel(),
            Effect::RemovePanel => panel::remove(&self.app),
            Effect::LookForUpdate(channel) => self.look_for_update(channel),
            Effect::DownloadUpdate => self.download_update(),
            Effect::InstallUpdate => self.install_update(),
            Effect::Quit => self.quit(),
        }
    }

    /// Writes to the cache, and reports when writing starts to fail or works again.
    pub(super) fn write_cache(&mut self, write: &CacheWrite) {
        let written = self.try_write_cache(write);
        if let Err(error) = &written {
            tracing::warn!(error = error as &dyn Error, "the cache cannot be written");
        }
        if written.is_ok() != self.cache_writable {
            self.cache_writable = written.is_ok();
            self.events.send(Event::CacheWritable(self.cache_writable));
        }
    }

    pub(super) fn try_write_cache(&mut self, write: &CacheWrite) -> Result<(), CacheError> {
        block_in_place(|| self.cache.write(write))
    }

    fn start_timer(&mut self, timer: Timer, Pause { after, spread }: Pause) {
        let events = self.events.clone();
        let pause = after + random_part(spread);
        let sleeping = tokio::spawn(async move {
            tokio::time::sleep(pause).await;
            events.send(Event::TimerEnded(timer));
        });
        if let Some(earlier) = self.timers.insert(timer, sleeping) {
            earlier.abort();
        }
    }
}

/// A random part of a duration; none of it if the system has no random numbers.
fn random_part(spread: Duration) -> Duration {
    let share = getrandom::u32().unwrap_or_default();
    spread.mul_f64(f64::from(share) / f64::from(u32::MAX))
}
