//! The one controller: it feeds events to the app, carries out the effects in their order, and then shows the new state.

use crate::{
    api::{Api, Http, unreachable},
    args::{Args, PRESET},
    autostart, browser, diagnostics, export,
    keyring::Keyring,
    notify, panel,
    session::{Handle, Session},
    sleep, stream,
    tray::{self, TrayIcon},
};
use futures_util::TryStreamExt as _;
use jiff::{Timestamp, Zoned, tz::TimeZone};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tauri::{AppHandle, Manager, async_runtime};
use tokenwell_cache::{Cache, CacheError};
use tokenwell_desktop::{
    account_key::AccountKey,
    app::App,
    cached_state::{CacheWrite, PanelSize},
    command::{Command, PanelEntry},
    event::{Effect, Event, SignIn, Start, Timer},
    failure::Failure,
    hosted_page,
    order::CachedPurchase,
    page_request::{PageRequest, PageResponse},
    retry::Pause,
    text::Texts,
    view::{ActivityFilter, View},
};
use tokenwell_wire::{NewPurchase, Purchase};
use tokio::{
    sync::{mpsc, watch},
    task::{JoinHandle, block_in_place},
};
use url::Url;
use uuid::Uuid;

/// Tells the controller what happened.
pub(crate) fn tell(app: &AppHandle, event: Event) {
    app.state::<Shell>().events.tell(event);
}

/// Tells the controller what the user asked for.
pub(crate) fn command(app: &AppHandle, command: Command) {
    tell(app, command_event(command));
}

/// The event of a command.
fn command_event(command: Command) -> Event {
    Event::Command { command, key: Uuid::new_v4() }
}

/// The panel has another size now.
pub(crate) fn panel_resized(app: &AppHandle) {
    if let Some(size) = panel::size(app) {
        // The controller is gone only when the program ends.
        drop(app.state::<Shell>().events.messages.send(Message::PanelResized(size)));
    }
}

/// The app was started once more while it runs.
pub(crate) fn started_again(app: &AppHandle, args: &Args) {
    if let Some(entry) = args.open_again() {
        command(app, Command::Open { entry });
    } else {
        tracing::warn!("a link that is none of ours was not followed");
    }
}

/// The view as it is now.
pub(crate) fn view(app: &AppHandle) -> View {
    app.state::<Shell>().view.borrow().clone()
}

/// The controller, as the rest of the shell knows it.
struct Shell {
    events: Teller,
    view: watch::Receiver<View>,
}

/// A message to the controller.
enum Message {
    /// Something happened; if it belongs to a session, or to a sign-in, only while that is the present one.
    Event { session: Option<u64>, event: Event },
    /// A notification that the session of this number showed was clicked.
    Notified { session: Option<u64>, opens: PanelEntry },
    /// The host for tray icons appeared, or went.
    TrayHost(bool),
    /// The panel has this size now.
    PanelResized(PanelSize),
}

/// Tells events of one session, or of none.
#[derive(Clone)]
struct Teller {
    messages: mpsc::UnboundedSender<Message>,
    session: Option<u64>,
}

impl Teller {
    fn tell(&self, event: Event) {
        // The controller is gone only when the program ends.
        drop(self.messages.send(Message::Event { session: self.session, event }));
    }
}

struct Controller {
    app: AppHandle,
    core: App,
    cache: Cache,
    cache_writable: bool,
    http: Http,
    keyring: Keyring,
    messages: mpsc::UnboundedSender<Message>,
    session: Option<Session>,
    /// A sign-in in the browser, which may become the session.
    signing_in: Option<Session>,
    /// How many sessions and sign-ins there were.
    sessions: u64,
    timers: HashMap<Timer, JoinHandle<()>>,
    tray: Option<TrayIcon>,
    /// How large the panel is, or was left.
    panel: Option<PanelSize>,
    view: watch::Sender<View>,
}

/// Reads the cache, puts the controller to work and shows the first state.
pub(crate) fn start(app: &AppHandle, args: Args) -> anyhow::Result<()> {
    let texts = Arc::new(Texts::of_desktop(sys_locale::get_locales().collect(), TimeZone::system()));
    let version = env!("CARGO_PKG_VERSION").parse()?;
    let core = App::new(texts, version, PRESET);

    let (cache, state) = Cache::open(&app.path().app_local_data_dir()?);
    let cached = cache.read();
    let panel = cached.panel;
    let start =
        Start { cached, cache: state, open: args.open(), warm: args.panel_warm(), service: args.service };

    let (messages, inbox) = mpsc::unbounded_channel();
    let (view, views) = watch::channel(core.view());
    let events = Teller { messages: messages.clone(), session: None };
    events.tell(Event::Started(Box::new(start)));
    events.tell(starts_at_login(app));
    let keyring_events = events.clone();
    app.manage(Shell { events, view: views });

    let controller = Controller {
        app: app.clone(),
        core,
        cache,
        cache_writable: true,
        http: Http::new()?,
        keyring: Keyring::start(move |waits| keyring_events.tell(Event::KeyringWaits(waits)))?,
        messages,
        session: None,
        signing_in: None,
        sessions: 0,
        timers: HashMap::new(),
        tray: None,
        panel,
        view,
    };
    async_runtime::spawn(controller.run(inbox));
    Ok(())
}

impl Controller {
    async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Message>) {
        self.put_up_tray();
        self.watch_tray_host();
        self.watch_sleep();
        while let Some(message) = inbox.recv().await {
            match message {
                Message::Event { session: Some(session), .. } if !self.is_present(session) => {}
                Message::Event { event, .. } => self.handle(event),
                Message::Notified { session, opens } => {
                    // What it was about is another account's by now.
                    let stale = session.is_some_and(|session| !self.is_present(session));
                    let entry = if stale { PanelEntry::Home } else { opens };
                    self.handle(command_event(Command::Open { entry }));
                }
                Message::PanelResized(size) => self.panel = Some(size),
                Message::TrayHost(true) => self.put_up_tray(),
                // The icon waits for the host to come back, and shows itself to it.
                Message::TrayHost(false) => self.events().tell(Event::Tray { shown: false }),
            }
        }
    }

    fn handle(&mut self, event: Event) {
        for effect in self.core.handle(event, Timestamp::now()) {
            self.perform(effect);
        }
        self.show_panel();
        self.show_tray();
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::SignIn { service, choose } => self.sign_in(service, choose),
            Effect::CancelSignIn => self.signing_in = None,
            Effect::BeginSession => self.session = self.signing_in.take(),
            Effect::ResumeSession { account, service } => {
                self.session = Some(self.new_session(Some(account), service));
            }
            Effect::Renew => self.to_its_end(async |session| Some(Event::Renewed(session.renew().await))),
            Effect::SaveRefreshToken(account) => self.save_refresh_token(account),
            Effect::EndSession => self.session = None,
            Effect::SignOut(account) => self.sign_out(account),
            Effect::Refresh => self.ask(async |api| Event::Refreshed(api.refresh().await.map(Box::new))),
            Effect::Listen(last_event_id) => self.listen(last_event_id),
            Effect::CreatePurchase(account, purchase) => self.create_purchase(account, purchase),
            Effect::FetchPurchase { key, id } => {
                self.ask(async move |api| purchase_answer(key, api.purchase(&id).await));
            }
            Effect::CancelPurchase { key, id } => {
                self.ask(async move |api| purchase_answer(key, api.cancel_purchase(&id).await));
            }
            Effect::Subscribe(checkout) => {
                self.ask(async move |api| Event::SubscriptionPage(api.subscribe(&checkout).await));
            }
            Effect::RequestPage(request) => self.request_page(request),
            Effect::ShowFile(path) => {
                async_runtime::spawn_blocking(move || browser::show_folder_of(Path::new(&path)));
            }
            Effect::Browse(page) => {
                let events = self.events();
                async_runtime::spawn_blocking(move || {
                    if !browser::open(&page) {
                        events.tell(Event::BrowserFailed);
                    }
                });
            }
            Effect::WriteCache(write) => self.save(&write),
            Effect::SetAppearance(appearance) => panel::appear(&self.app, appearance),
            Effect::StartAtLogin(on) => {
                self.events().tell(autostart::set(&self.app, on).map_or_else(
                    |error| {
                        tracing::warn!("start at login cannot be changed: {error:#}");
                        Event::StartsAtLogin(Err(Failure::StartAtLogin))
                    },
                    |()| starts_at_login(&self.app),
                ));
            }
            Effect::SaveDiagnostics(report) => {
                let (app, events) = (self.app.clone(), self.events());
                async_runtime::spawn(async move {
                    let saved = diagnostics::save(&app, &report, &Zoned::now()).await;
                    events.tell(Event::DiagnosticsSaved(saved.map(|file| file.display().to_string())));
                });
            }
            Effect::StartTimer(timer, pause) => self.wake(timer, pause),
            Effect::Notify(notification) => {
                let (messages, open) = (self.messages.clone(), self.core.texts().say("notify-open"));
                let session = self.session.as_ref().map(|session| session.number);
                // Waits for a click as long as the notification stands, so it has a thread of its own.
                std::thread::spawn(move || {
                    let clicked = Message::Notified { session, opens: notification.opens };
                    notify::show(&notification, &open, || drop(messages.send(clicked)));
                });
            }
            Effect::OpenPanel => {
                self.show_panel();
                let icon = self.tray.as_ref().and_then(TrayIcon::place);
                if let Err(error) = panel::open(&self.app, self.panel, icon) {
                    tracing::error!("the panel cannot be opened: {error}");
                    self.events().tell(Event::PanelGone);
                }
            }
            Effect::HidePanel => {
                self.keep_panel_size();
                panel::hide(&self.app);
            }
            Effect::RemovePanel => panel::remove(&self.app),
            Effect::Quit => {
                self.keep_panel_size();
                self.app.exit(0);
            }
        }
    }

    // Showing.

    /// A panel that is closed hears that it is, and then no more.
    fn show_panel(&mut self) {
        let view = self.core.view();
        let mut seen = view.open;
        let changed = self.view.send_if_modified(|shown| {
            seen |= shown.open;
            let changed = *shown != view;
            shown.clone_from(&view);
            changed
        });
        if changed && seen {
            panel::show(&self.app, &view);
        }
    }

    fn show_tray(&mut self) {
        if let Some(tray) = &mut self.tray
            && let Err(error) = tray.show(&self.app, self.core.tray(Timestamp::now()))
        {
            tracing::warn!("the tray cannot be changed: {error}");
        }
    }

    fn watch_sleep(&self) {
        let events = self.events();
        async_runtime::spawn(async move {
            if let Err(error) = sleep::watch(|| events.tell(Event::Resumed)).await {
                tracing::info!("waking from sleep will not be told: {error}");
            }
        });
    }

    fn watch_tray_host(&self) {
        let messages = self.messages.clone();
        async_runtime::spawn(async move {
            let tell = |there| drop(messages.send(Message::TrayHost(there)));
            if let Err(error) = tray::watch_host(tell).await {
                tracing::info!("no tray will appear: {error}");
            }
        });
    }

    /// Puts the tray icon up, if there is a host for it and it is not up yet.
    fn put_up_tray(&mut self) {
        if self.tray.is_none() {
            match TrayIcon::build(&self.app, self.core.tray(Timestamp::now())) {
                Ok(tray) => self.tray = Some(tray),
                Err(error) => tracing::info!("no tray on this desktop: {error}"),
            }
        }
        self.events().tell(Event::Tray { shown: self.tray.is_some() });
    }

    // The cache and the clock.

    fn save(&mut self, write: &CacheWrite) {
        let written = self.write(write);
        if let Err(error) = &written {
            tracing::warn!("the cache cannot be written: {error}");
        }
        if written.is_ok() != self.cache_writable {
            self.cache_writable = written.is_ok();
            self.events().tell(Event::CacheWritable(self.cache_writable));
        }
    }

    fn write(&mut self, write: &CacheWrite) -> Result<(), CacheError> {
        block_in_place(|| self.cache.write(write))
    }

    /// Keeps how large the panel is: once it is closed, not at each step of dragging its edge.
    fn keep_panel_size(&mut self) {
        if let Some(size) = self.panel {
            self.save(&CacheWrite::Panel(size));
        }
    }

    fn wake(&mut self, timer: Timer, Pause { after, spread }: Pause) {
        let events = self.events();
        let pause = after + part_of(spread);
        let sleeping = tokio::spawn(async move {
            tokio::time::sleep(pause).await;
            events.tell(Event::TimerEnded(timer));
        });
        if let Some(earlier) = self.timers.insert(timer, sleeping) {
            earlier.abort();
        }
    }

    // The session.

    /// Tells events that belong to no session.
    fn events(&self) -> Teller {
        Teller { messages: self.messages.clone(), session: None }
    }

    /// Tells events of a session or a sign-in.
    fn events_of(&self, session: &Session) -> Teller {
        Teller { messages: self.messages.clone(), session: Some(session.number) }
    }

    /// Whether the session or sign-in of this number is still the present one.
    fn is_present(&self, number: u64) -> bool {
        [&self.session, &self.signing_in].into_iter().flatten().any(|session| session.number == number)
    }

    fn new_session(&mut self, account: Option<AccountKey>, service: Url) -> Session {
        self.sessions += 1;
        Session::new(self.sessions, account, service, self.http.clone(), self.keyring.clone())
    }

    /// Signs in beside the session. Nothing but its own events tells of it until it becomes the session.
    fn sign_in(&mut self, service: Url, choose: bool) {
        let session = self.new_session(None, service);
        let (handle, events, texts) = (session.handle.clone(), self.events_of(&session), self.core.texts());
        async_runtime::spawn(session.until_it_ends(async move {
            let page = |url: Url| events.tell(Event::SignIn(SignIn::Page(url.into())));
            let step = match handle.sign_in(texts, choose, page).await {
                Ok(name) => SignIn::Done { name },
                Err(failure) => SignIn::Failed(failure),
            };
            events.tell(Event::SignIn(step));
        }));
        self.signing_in = Some(session);
    }

    fn save_refresh_token(&mut self, account: AccountKey) {
        if let Some(session) = &mut self.session {
            session.handle.account = Some(account.clone());
        }
        self.to_its_end(async move |session| session.keep(&account).await.map(Event::RefreshTokenSaved));
    }

    /// Ends the session here at once, if it is the account's; the issuer is told in the background, as far as it can be
    /// reached.
    fn sign_out(&mut self, account: Option<AccountKey>) {
        let ended = self.session.take_if(|session| account.is_none() || session.handle.account == account);
        let session = match (ended, account) {
            (Some(session), _) => session,
            // Stored, and not signed in.
            (None, Some(account)) => {
                let Ok(service) = hosted_page::service_address(&account.service) else { return };
                self.new_session(Some(account), service)
            }
            (None, None) => return,
        };
        let handle = session.handle.clone();
        async_runtime::spawn(async move {
            if let Err(failure) = handle.sign_out().await {
                tracing::warn!("the sign-in could not be revoked: {}", failure.code());
            }
        });
    }

    fn create_purchase(&mut self, account: AccountKey, purchase: CachedPurchase) {
        let key = purchase.order.key;
        let order =
            NewPurchase { pack_id: purchase.order.pack_id.clone(), quantity: purchase.order.quantity };
        // Saved first: after a crash, the same key leads to the same purchase.
        if let Err(error) = self.write(&CacheWrite::Purchase(account, Some(purchase))) {
            tracing::warn!("the purchase cannot be saved and is not sent: {error}");
            self.ask(async move |_| purchase_answer(key, Err(Failure::CacheUnwritable)));
            return;
        }
        self.ask(async move |api| purchase_answer(key, api.create_purchase(key, &order).await));
    }

    fn request_page(&self, request: PageRequest) {
        let downloads = self.downloads();
        self.ask(async move |api| {
            Event::PageResponse(Box::new(match request {
                PageRequest::Activity { filter, fetch } => {
                    let page = api.activity(&filter, &fetch).await;
                    PageResponse::Activity(fetch, page)
                }
                PageRequest::Purchases(fetch) => {
                    let page = api.purchases(&fetch).await;
                    PageResponse::Purchases(fetch, page)
                }
                PageRequest::DailyUsage(fetch) => PageResponse::DailyUsage(fetch, api.daily_usage().await),
                PageRequest::Portal => PageResponse::Portal(api.portal().await),
                PageRequest::SaveActivity { filter, name } => {
                    PageResponse::ActivitySaved(save_activity(&api, &filter, downloads, &name).await)
                }
                PageRequest::DeleteAccount { confirm } => {
                    PageResponse::AccountDeleted(api.delete_account(confirm).await)
                }
            }))
        });
    }

    /// The user's folder for downloads; where the desktop names none, the one that browsers make.
    fn downloads(&self) -> Option<PathBuf> {
        let paths = self.app.path();
        paths.download_dir().or_else(|_| paths.home_dir().map(|home| home.join("Downloads"))).ok()
    }

    fn listen(&self, last_event_id: Option<String>) {
        self.run_in_session(async move |session, events| {
            let pushed = |push| events.tell(Event::Pushed(Box::new(push)));
            let failure = stream::listen(&session.api, last_event_id.as_deref(), pushed).await;
            events.tell(Event::StreamEnded(failure));
        });
    }

    /// Asks the service something and tells the answer.
    fn ask<F>(&self, question: impl FnOnce(Arc<Api>) -> F + Send + 'static)
    where
        F: Future<Output = Event> + Send + 'static,
    {
        self.run_in_session(move |session, events| {
            let asked = question(session.api);
            async move { events.tell(asked.await) }
        });
    }

    /// Runs something for the present session, until it is done or the session ends.
    fn run_in_session<F>(&self, work: impl FnOnce(Handle, Teller) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let Some(session) = &self.session else { return };
        let work = work(session.handle.clone(), self.events_of(session));
        async_runtime::spawn(session.until_it_ends(work));
    }

    /// Runs something for the present session that is done even if the session ends meanwhile; what it tells is heard
    /// only if it did not.
    fn to_its_end<F>(&self, work: impl FnOnce(Handle) -> F + Send + 'static)
    where
        F: Future<Output = Option<Event>> + Send + 'static,
    {
        let Some(session) = &self.session else { return };
        let (work, events) = (work(session.handle.clone()), self.events_of(session));
        async_runtime::spawn(async move {
            if let Some(event) = work.await {
                events.tell(event);
            }
        });
    }
}

/// Where the file is then.
async fn save_activity(
    api: &Api,
    filter: &ActivityFilter,
    folder: Option<PathBuf>,
    name: &str,
) -> Result<String, Failure> {
    let folder = folder.ok_or(Failure::FileUnwritable)?;
    let pieces = api.activity_file(filter).await?.bytes_stream().map_err(|error| unreachable(&error));
    let path = export::save(&folder, name, "csv", pieces).await?;
    Ok(path.to_string_lossy().into_owned())
}

/// Whether the system starts the app at login, by what the system says.
fn starts_at_login(app: &AppHandle) -> Event {
    Event::StartsAtLogin(Ok(autostart::is_on(app).unwrap_or_else(|error| {
        tracing::warn!("whether the app starts at login is not known: {error:#}");
        false
    })))
}

fn purchase_answer(key: Uuid, answer: Result<Purchase, Failure>) -> Event {
    Event::Purchase { key, response: answer.map(Box::new) }
}

/// A random part of a duration.
fn part_of(spread: Duration) -> Duration {
    // Without randomness there is no jitter, and all else works.
    let share = getrandom::u32().unwrap_or_default();
    spread.mul_f64(f64::from(share) / f64::from(u32::MAX))
}
