//! The app as one state machine. The shell feeds it [`Event`]s and carries out the [`Effect`]s; after each event it shows
//! what [`App::view`] and [`App::tray`] give.

mod keyring;
mod keys;
mod preferences;
mod preset;
mod reminders;
mod sessions;
mod updates;
mod without_panel;

use crate::{
    account_data::{AccountData, BalanceUpdate},
    cached_state::{CacheWrite, CachedAccount, CachedState},
    command::{Command, PageCommand, PanelEntry},
    connection::ServiceConnection,
    event::{
        AccountSnapshot, CacheState, Effect, Event, Notification, Opens, PanelFailure, Push, Start, Timer,
    },
    failure::Failure,
    key_accounts::KeyAccounts,
    order::Order,
    page_data::PageData,
    page_request::PageResponse,
    panel_window::PanelWindow,
    plausible,
    preset::Preset,
    purchase::{PurchaseContext, PurchaseFlow},
    retry::Pause,
    subscribing::SubscriptionFlow,
    text::Texts,
    tray::{Tray, TrayBalance, TrayState},
    update::Installation,
    updating::Updates,
    view::{BalanceView, Connection, PanelNotice, Prompt, View},
};
use jiff::Timestamp;
use preferences::Preferences;
use semver::Version;
use sessions::{Session, Verified, normal_address};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokenwell_wire::{
    Balance, HostedPage, Interval, Purchase, Remedy, ServerEvent, SpendRefused, SubscriptionCheckout,
};
use uuid::Uuid;

/// The version of the HTTP contract that this app speaks.
const API_VERSION: u32 = 1;

/// The largest difference between this computer's clock and the service's that shows no notice.
const CLOCKS_DIFFER: Duration = Duration::from_mins(5);

/// How long a tray host may be away before the app becomes a window.
const TRAY_HOST_RETURNS: Duration = Duration::from_secs(10);

/// The app.
#[derive(Debug)]
pub struct App {
    texts: Arc<Texts>,
    version: Version,
    preset: Preset,
    /// The content of the cache, with all accounts.
    cached: CachedState,
    session: Session,
    keys: KeyAccounts,
    data: AccountData,
    connection: ServiceConnection,
    purchase: Option<PurchaseFlow>,
    subscribing: Option<SubscriptionFlow>,
    pages: PageData,
    prompt: Option<Prompt>,
    /// The remedy of the last refused spend. Until the balance rises, another refusal with the same remedy does not
    /// notify.
    refused: Option<Remedy>,
    notices: BTreeSet<PanelNotice>,
    tray_shown: Option<bool>,
    /// Whether the tray host disappeared a moment ago.
    tray_lost: bool,
    panel: PanelWindow,
    /// How long a closed panel stays warm.
    warm: Duration,
    preferences: Preferences,
    /// Whether a pause for [`Timer::Age`] is running.
    ageing: bool,
    /// When [`Timer::Reminder`] ends, if it is running.
    reminds_at: Option<Timestamp>,
    updates: Updates,
}

impl App {
    /// An app that waits for [`Event::Started`].
    pub fn new(texts: Arc<Texts>, version: Version, preset: Preset) -> Self {
        let updates = Updates::new(Installation::Unknown, false, preset.updates, version.clone());
        Self {
            texts,
            updates,
            version,
            preset,
            cached: CachedState::default(),
            session: Session::Starting,
            keys: KeyAccounts::default(),
            data: AccountData::default(),
            connection: ServiceConnection::new(),
            purchase: None,
            subscribing: None,
            pages: PageData::default(),
            prompt: None,
            refused: None,
            notices: BTreeSet::new(),
            tray_shown: None,
            tray_lost: false,
            panel: PanelWindow::default(),
            warm: Duration::ZERO,
            preferences: Preferences::default(),
            ageing: false,
            reminds_at: None,
        }
    }

    /// The texts in the language that is set.
    pub fn texts(&self) -> Arc<Texts> {
        Arc::clone(&self.texts)
    }

    /// Handles an event. Returns the effects to carry out, in this order.
    pub fn handle(&mut self, event: Event, now: Timestamp) -> Vec<Effect> {
        let Some(event) = plausible::checked(event) else { return self.connect() };
        let mut effects = match event {
            Event::Started(start) => self.started(*start),
            Event::Command { command, key } => self.command(command, key, now),
            Event::Tray { shown } => self.tray_changed(shown),
            Event::PanelGone => self.panel_gone(),
            Event::PanelFailed(why) => self.panel_failed(why),
            Event::PanelLoaded => {
                self.panel.loaded();
                vec![]
            }
            Event::BrowserFailed => self.browser_failed(),
            Event::CacheWritable(writable) => {
                self.set_notice(PanelNotice::CacheUnwritable, !writable);
                vec![]
            }
            Event::StartsAtLogin(response) => {
                self.starts_at_login(response);
                vec![]
            }
            Event::ShortcutSet(response) => self.shortcut_set(response),
            Event::DiagnosticsSaved(response) => {
                self.diagnostics_saved(response);
                vec![]
            }
            Event::TimeZone(zone) => {
                self.set_time_zone(zone);
                vec![]
            }
            Event::KeyringWaits(waits) => {
                self.set_notice(PanelNotice::KeyringWaiting, waits);
                vec![]
            }
            Event::TimerEnded(timer) => self.timer_ended(timer),
            Event::SignIn(step) => self.signing_in(step),
            Event::KeyEntered { platform, key, id } => self.key_entered(&platform, key, id),
            Event::KeySaved(account, result) => self.key_saved(&account, &result),
            Event::MetersRead(account, result) => self.meters_read(&account, result, now),
            Event::Update(step) => self.update_step(step),
            Event::KeyringOpened => self.keyring_opened(now),
            Event::Resumed => self.resumed(now),
            // The remaining events belong to a session. Without one they arrived too late.
            _ if !matches!(self.session, Session::SignedIn(_)) => vec![],
            Event::Renewed(Ok(renewed)) => self.renewed(renewed),
            Event::Renewed(Err(failure)) | Event::Refreshed(Err(failure)) => {
                self.connection_failed(&failure, now)
            }
            Event::RefreshTokenSaved(kept) => self.refresh_token_kept(kept),
            Event::Refreshed(Ok(fresh)) => self.refreshed(*fresh, now),
            Event::Pushed(push) => self.pushed(*push, now),
            Event::StreamEnded(failure) => self.stream_ended(&failure, now),
            Event::Purchase { key, response } => {
                self.purchase_received(key, response.map(|purchase| *purchase), now)
            }
            Event::SubscriptionPage(response) => self.subscription_page(response, now),
            Event::PageResponse(response) => self.page_response(*response, now),
        };
        effects.extend(self.start_age_timer(now).into_iter().chain(self.remind(now)));
        self.apply_cache_writes(&effects);
        effects.extend(self.ask_platforms(now));
        effects
    }

    /// Applies the cache writes to the app's own copy of the cache.
    fn apply_cache_writes(&mut self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::WriteCache(save) => self.cached.apply(save.clone()),
                Effect::CreatePurchase(account, purchase) => {
                    self.cached.apply(CacheWrite::Purchase(account.clone(), Some(purchase.clone())));
                }
                _ => {}
            }
        }
    }

    fn started(&mut self, start: Start) -> Vec<Effect> {
        let Start { cached, cache, service, open, warm, platforms, has_title, installation, can_verify } =
            start;
        self.warm = warm;
        self.keys = KeyAccounts::new(platforms);
        self.preferences.has_title = has_title;
        self.set_notice(PanelNotice::CacheRebuilt, cache == CacheState::Rebuilt);
        self.set_notice(PanelNotice::CacheUnwritable, cache == CacheState::Unwritable);

        let mut effects = self.load_settings(cached.settings.clone());
        effects.extend(self.start_updates(installation, can_verify));
        let first_start = cached.service.is_none() && cached.key_accounts.is_empty();
        self.cached = plausible::checked_cache(cached);
        self.leave_out_other_services();
        let named = self.only_service().or(service.map(|service| normal_address(&service)));
        // Data of another service is not shown as this one's.
        let fits = |account: &&CachedAccount| named.as_ref().is_none_or(|named| account.service == *named);
        let first = || self.cached.accounts.iter().filter(fits).find(|account| !account.signed_out);
        let key_account = self.cached.current.clone().filter(|key| self.cached.key_account(key).is_some());
        match (key_account, self.cached.shown().filter(fits).or_else(first).map(CachedAccount::key)) {
            (Some(account), _) => effects.extend(self.show_key_account(&account)),
            (None, Some(account)) => effects.extend(self.resume(&account)),
            (None, None) => {
                self.ask_for_service(named.unwrap_or_else(|| self.usual_service()));
            }
        }
        match open {
            Some(page) => effects.extend(self.open(page)),
            // At the first start, the panel explains the app, instead of only a tray icon.
            None if first_start => effects.extend(self.open_unasked()),
            None => {}
        }
        effects
    }

    fn command(&mut self, command: Command, key: Uuid, now: Timestamp) -> Vec<Effect> {
        match command {
            Command::SignIn { service } => self.sign_in(&service),
            Command::SignInAtKnownService => self.sign_in_at_known_service(),
            Command::CancelSignIn => self.cancel_sign_in(),
            Command::AddAccount => self.add_account(),
            Command::SwitchAccount { account } => self.switch_account(&account),
            Command::RemoveAccount { account } => self.remove_account(&account),
            Command::SignOut => self.sign_out(None),
            Command::Refresh => match &self.session {
                Session::SignedIn(_) => self.refresh_now(),
                Session::Key(session) => {
                    self.keys.wanted(&session.account, now);
                    vec![]
                }
                Session::Starting | Session::SignedOut(_) => vec![],
            },
            Command::BuyAtPlatform => self.buy_at_platform(),
            Command::SetMeterAlert { account, meter, below } => {
                self.set_meter_alert(&account, meter, below.as_deref())
            }
            Command::Buy { pack_id, quantity } => self.buy(&pack_id, quantity, key, now),
            Command::AskToBuy { pack_id } => self.ask_to_buy(pack_id),
            Command::AskToSubscribe { plan_id, interval } => self.ask_to_subscribe(plan_id, interval),
            Command::ReopenCheckout => self.with_purchase(PurchaseFlow::reopen),
            Command::CancelPurchase => self.with_purchase(|purchase, _| purchase.cancel()),
            Command::DismissPurchase => {
                self.purchase.take_if(|purchase| !purchase.is_in_flight());
                vec![]
            }
            Command::Subscribe { plan_id, interval } => self.subscribe(plan_id, interval),
            Command::ReopenSubscriptionCheckout => {
                let context = purchase_context(&self.texts, &self.session, &self.data);
                self.subscribing.as_ref().map(|flow| flow.reopen(context)).unwrap_or_default()
            }
            Command::DismissSubscribing => {
                self.subscribing = None;
                vec![]
            }
            Command::OpenReceipt => {
                let context = purchase_context(&self.texts, &self.session, &self.data);
                let page = self.purchase.as_ref().and_then(|purchase| purchase.receipt(context));
                page.map(Effect::Browse).into_iter().collect()
            }
            Command::DismissPrompt => {
                self.prompt = None;
                vec![]
            }
            Command::ChangeSetting { change } => self.change(change),
            Command::SaveDiagnostics => self.save_diagnostics(),
            Command::Open { entry } => self.open(entry),
            Command::OpenKeyAccount { account } => self.open_key_account(&account),
            Command::Connect { service } => self.connect_to(&service),
            Command::LookForUpdate | Command::RestartToUpdate | Command::OpenDownloads => {
                self.update_command(&command)
            }
            Command::ClosePanel => self.close_panel(),
            Command::Quit => vec![Effect::Quit],
            Command::Page(command) => self.page_command(command, now),
        }
    }

    // The desktop: tray and panel.

    fn tray_changed(&mut self, shown: bool) -> Vec<Effect> {
        self.tray_lost = !shown && self.tray_shown == Some(true);
        if self.tray_lost {
            // A tray host that restarts is back within moments. Until then no window opens.
            return vec![Effect::StartTimer(
                Timer::TrayHost,
                Pause { after: TRAY_HOST_RETURNS, spread: Duration::ZERO },
            )];
        }
        self.tray_shown = Some(shown);
        self.set_notice(PanelNotice::NoTray, !shown);
        // Without a tray, the app is a window.
        match () {
            () if shown || self.panel.is_open() => vec![],
            () if self.panel.fails() => vec![self.no_panel(PanelFailure::NotCreated)],
            () => self.panel.open().into_iter().collect(),
        }
    }

    /// With a tray, closing the window keeps the app in the tray. Without one it ends the app.
    fn close_panel(&mut self) -> Vec<Effect> {
        self.reset_panel();
        if self.tray_shown == Some(false) { vec![Effect::Quit] } else { self.panel.close(self.warm) }
    }

    /// Resets what the panel shows. Only what needs the user's attention stays.
    fn reset_panel(&mut self) {
        self.pages.closed();
        self.prompt.take_if(|prompt| !is_refused(prompt));
        self.reset_settings_page();
        self.keys.reset_form();
        self.close_sign_in_form();
    }

    fn panel_gone(&mut self) -> Vec<Effect> {
        if let Some(again) = self.panel.gone() {
            return vec![again];
        }
        self.reset_panel();
        // Where no panel can open, a dialog says so before the app ends.
        if self.tray_shown == Some(false) && !self.panel.fails() { vec![Effect::Quit] } else { vec![] }
    }

    fn open(&mut self, page: PanelEntry) -> Vec<Effect> {
        let mut effects: Vec<_> = self.panel.open().into_iter().collect();
        if page != PanelEntry::Home {
            // The user wants something else than to sign in.
            self.close_sign_in_form();
        }
        match page {
            // The dialog of a refused spend also shows how many tokens were needed, so it is kept.
            PanelEntry::AddTokens => {
                self.prompt = self.prompt.take_if(is_refused).or(Some(Prompt::AddTokens));
            }
            PanelEntry::Settings => self.prompt = Some(Prompt::Settings),
            // The push of the purchase may be late or lost, so the app also fetches it.
            PanelEntry::Checkout if self.connection.has_access() => {
                effects.extend(self.with_purchase(|purchase, _| purchase.advance()));
            }
            PanelEntry::Home | PanelEntry::Checkout => {}
        }
        effects
    }

    // The connection.

    fn refreshed(&mut self, fresh: AccountSnapshot, now: Timestamp) -> Vec<Effect> {
        match fresh.description.api_version {
            ..API_VERSION => return self.connection_failed(&Failure::ServiceTooOld, now),
            API_VERSION => {}
            _ => return self.connection_failed(&Failure::ServiceTooNew, now),
        }
        let verified = match self.verify(&fresh.account) {
            Ok(verified) => verified,
            Err(not_theirs) => return self.end_session(&not_theirs),
        };
        let Session::SignedIn(session) = &self.session else { return vec![] };
        let name = session.name.clone();
        let was_online = self.connection.is_online();
        let mut effects = self.data.refreshed(&fresh, name);
        if let Verified::Now(account) = verified {
            effects.extend([
                Effect::WriteCache(CacheWrite::Current(account.clone())),
                Effect::SaveRefreshToken(account),
            ]);
        }
        self.check_version();
        self.check_clock(fresh.balance.as_of, now);
        effects.extend(self.balance_arrived(fresh.balance, now).1);
        effects.extend(self.connection.refreshed(now));
        self.subscribing.take_if(|_| self.data.entitled());
        if !was_online {
            effects.extend(self.resume_pending());
        }
        // The account may have changed, and with it what the pages show.
        self.pages.update_forecast(&self.data, now);
        effects.extend(self.pages.refresh(self.connection.has_access()));
        effects
    }

    /// The service sets the time of the response when it sends it. A difference that no delay explains means that this
    /// computer's clock is wrong.
    fn check_clock(&mut self, theirs: Timestamp, now: Timestamp) {
        self.set_notice(PanelNotice::ClockWrong, now.duration_since(theirs).unsigned_abs() > CLOCKS_DIFFER);
    }

    fn check_version(&mut self) {
        let wanted = self.data.description().and_then(|service| service.min_app_version.as_deref());
        let too_old =
            wanted.and_then(|wanted| Version::parse(wanted).ok()).is_some_and(|min| self.version < min);
        self.set_notice(PanelNotice::AppTooOld, too_old);
    }

    fn balance_arrived(&mut self, balance: Balance, now: Timestamp) -> (bool, Vec<Effect>) {
        let (update, mut effects) = self.data.receive_balance(balance, now);
        let BalanceUpdate::Taken { before, rose, terms_changed } = update else { return (false, effects) };
        effects.extend(self.data.balance.as_ref().and_then(|cached| self.alert(before, &cached.balance)));
        if rose {
            self.refused = None;
            let spendable = self.data.balance.as_ref().map(|cached| cached.balance.spendable);
            self.prompt.take_if(
                |prompt| matches!(prompt, Prompt::Refused { needed, .. } if spendable >= Some(*needed)),
            );
        }
        (terms_changed, effects)
    }

    fn pushed(&mut self, push: Push, now: Timestamp) -> Vec<Effect> {
        self.connection.pushed(push.id);
        match push.event {
            ServerEvent::Balance(balance) => {
                let (terms_changed, mut effects) = self.balance_arrived(balance, now);
                self.pages.update_forecast(&self.data, now);
                effects.extend(self.pages.refresh(self.connection.has_access()));
                if terms_changed {
                    effects.extend(self.connect());
                }
                effects
            }
            ServerEvent::Purchase(pushed) => {
                let mut effects = self.with_purchase(|purchase, context| purchase.pushed(&pushed, context));
                effects.extend(self.pages.purchase_pushed(&pushed, self.connection.has_access()));
                effects
            }
            ServerEvent::SpendRefused(refused) => self.spend_refused(&refused),
            ServerEvent::AccountDeleted => self.connection_failed(&Failure::AccountDeleted, now),
        }
    }

    fn stream_ended(&mut self, failure: &Failure, now: Timestamp) -> Vec<Effect> {
        if ends_session(failure) {
            self.connection.stopped_listening();
            return self.connection_failed(failure, now);
        }
        let effects = self.connection.stream_ended(failure, &self.texts, now);
        self.data.confirmed &= self.connection.is_online();
        effects
    }

    /// Handles a failure that concerns the session or the connection.
    fn connection_failed(&mut self, failure: &Failure, now: Timestamp) -> Vec<Effect> {
        if !matches!(self.session, Session::SignedIn(_)) {
            return vec![];
        }
        match failure {
            Failure::Unauthorized => {
                if let Some(purchase) = &mut self.purchase {
                    purchase.interrupted();
                }
                match self.connection.unauthorized() {
                    Ok(effects) => effects,
                    Err(refused_again) => self.end_session(&refused_again),
                }
            }
            Failure::AccountDeleted => self.sign_out(Some(failure)),
            Failure::SessionEnded | Failure::Keyring => self.end_session(failure),
            // The sign-in was never in a keyring, so it is not in one that starts later.
            Failure::KeyringUnavailable if self.is_in_memory() => self.end_session(&Failure::Keyring),
            _ => {
                self.data.confirmed = false;
                self.connection.failed(failure, &self.texts, now)
            }
        }
    }

    fn connect(&mut self) -> Vec<Effect> {
        match &self.session {
            Session::SignedIn(_) => self.connection.advance(),
            Session::Starting | Session::SignedOut(_) | Session::Key(_) => vec![],
        }
    }

    /// Continues what waits for the service: the purchase, the subscription checkout and the pages.
    fn resume_pending(&mut self) -> Vec<Effect> {
        if !self.connection.has_access() || self.data.key().is_none() {
            return vec![];
        }
        let mut effects = self.with_purchase(|purchase, _| purchase.advance());
        effects.extend(self.subscribing.as_mut().map(SubscriptionFlow::resume).unwrap_or_default());
        effects.extend(self.pages.resume());
        effects
    }

    fn timer_ended(&mut self, timer: Timer) -> Vec<Effect> {
        match timer {
            Timer::Reconnect | Timer::Allowance => self.connect(),
            Timer::Purchase if self.connection.has_access() => {
                self.with_purchase(|purchase, _| purchase.advance())
            }
            Timer::Subscription if self.subscribing.as_ref().is_some_and(SubscriptionFlow::is_waiting) => {
                let mut effects = self.connect();
                effects.extend(self.subscribing.as_mut().map(SubscriptionFlow::poll_later));
                effects
            }
            Timer::Portal if self.pages.portal_is_open() => {
                let mut effects = self.connect();
                effects.push(self.pages.poll_later());
                effects
            }
            Timer::TrayHost if self.tray_lost => {
                self.tray_shown = None;
                self.tray_changed(false)
            }
            Timer::Panel => self.panel.cool_down().into_iter().collect(),
            Timer::Update => self.updates.look(),
            Timer::Meters => {
                self.keys.timer_ended();
                vec![]
            }
            // Every event redraws the tray, so there is nothing else to do.
            Timer::Age => {
                self.ageing = false;
                vec![]
            }
            // The same for reminders.
            Timer::Reminder => {
                self.reminds_at = None;
                vec![]
            }
            Timer::Purchase | Timer::Subscription | Timer::Portal | Timer::TrayHost => vec![],
        }
    }

    // Buying.

    fn buy(&mut self, pack_id: &str, quantity: u32, key: Uuid, now: Timestamp) -> Vec<Effect> {
        if self.purchase.as_ref().is_some_and(PurchaseFlow::is_in_flight) {
            return vec![];
        }
        // A pack that is not on sale any more has disappeared from the panel as well.
        let Some((account, pack)) = self.data.key().zip(self.data.pack(pack_id)) else { return vec![] };
        let (flow, effects) = PurchaseFlow::begin(account, Order::new(pack, quantity, key, now));
        self.purchase = Some(flow);
        effects
    }

    fn purchase_received(
        &mut self,
        key: Uuid,
        response: Result<Purchase, Failure>,
        now: Timestamp,
    ) -> Vec<Effect> {
        match response {
            Err(failure) if ends_session(&failure) => self.connection_failed(&failure, now),
            response => self.with_purchase(|purchase, context| {
                if purchase.key() == key { purchase.receive(response, context) } else { vec![] }
            }),
        }
    }

    fn with_purchase(
        &mut self,
        change: impl FnOnce(&mut PurchaseFlow, PurchaseContext<'_>) -> Vec<Effect>,
    ) -> Vec<Effect> {
        let Some(purchase) = &mut self.purchase else { return vec![] };
        let (was_paid, was_refused) = (purchase.is_paid(), purchase.refusal().is_some());
        let mut effects = change(purchase, purchase_context(&self.texts, &self.session, &self.data));
        if !was_paid && purchase.is_paid() {
            // The new balance is pushed. Fetching it too is the fallback.
            effects.extend(self.connect());
        }
        effects.extend(self.tell_refused_purchase(was_refused));
        effects
    }

    fn subscribe(&mut self, plan_id: String, interval: Interval) -> Vec<Effect> {
        if !matches!(self.session, Session::SignedIn(_))
            || self.subscribing.as_ref().is_some_and(SubscriptionFlow::is_in_flight)
        {
            return vec![];
        }
        let (flow, effects) = SubscriptionFlow::begin(SubscriptionCheckout { plan_id, interval });
        self.subscribing = Some(flow);
        effects
    }

    fn subscription_page(&mut self, response: Result<HostedPage, Failure>, now: Timestamp) -> Vec<Effect> {
        match response {
            Err(failure) if ends_session(&failure) => self.connection_failed(&failure, now),
            response => {
                let context = purchase_context(&self.texts, &self.session, &self.data);
                let received = self.subscribing.as_mut().map(|flow| flow.receive(response, context));
                let mut effects = received.unwrap_or_default();
                effects.extend(self.tell_refused_subscription());
                effects
            }
        }
    }

    // The pages of the panel.

    fn page_command(&mut self, command: PageCommand, now: Timestamp) -> Vec<Effect> {
        // The panel may have been closed since it sent the command.
        if !matches!(self.session, Session::SignedIn(_)) || !self.panel.is_open() {
            return vec![];
        }
        self.pages.update_forecast(&self.data, now);
        let context = purchase_context(&self.texts, &self.session, &self.data);
        self.pages.command(command, self.connection.has_access(), context, now)
    }

    fn page_response(&mut self, response: PageResponse, now: Timestamp) -> Vec<Effect> {
        match response.failure() {
            Some(failure) if ends_session(failure) => {
                let failure = failure.clone();
                self.pages.interrupted(&response);
                self.connection_failed(&failure, now)
            }
            None if matches!(response, PageResponse::AccountDeleted(_)) => {
                self.sign_out(Some(&Failure::AccountDeleted))
            }
            _ => {
                let context = purchase_context(&self.texts, &self.session, &self.data);
                let effects = self.pages.receive(response, context, now);
                self.pages.update_forecast(&self.data, now);
                effects
            }
        }
    }

    /// Notifies of a refused spend once per remedy. More refusals notify again only after the balance has risen.
    fn spend_refused(&mut self, refused: &SpendRefused) -> Vec<Effect> {
        let &SpendRefused { needed, spendable, locked, remedy } = refused;
        if self.refused.replace(remedy) == Some(remedy) {
            return vec![];
        }
        self.prompt = Some(Prompt::Refused { needed, spendable, locked, remedy });
        let texts = &self.texts;
        let [needed, spendable, locked] = [needed, spendable, locked].map(|tokens| texts.tokens(tokens));
        let figures = [("needed", needed), ("spendable", spendable), ("locked", locked)];
        let body = match remedy {
            Remedy::Upgrade => "notify-refused-upgrade",
            Remedy::Resubscribe => "notify-refused-resubscribe",
            Remedy::AddTokens => "notify-refused-add-tokens",
        };
        let title = texts.say("notify-refused-title");
        let body = texts.say_with(body, figures);
        vec![Effect::Notify(Notification { title, body, opens: Opens::Page(PanelEntry::AddTokens) })]
    }

    // The views.

    fn set_notice(&mut self, notice: PanelNotice, holds: bool) {
        if holds {
            self.notices.insert(notice);
        } else {
            self.notices.remove(&notice);
        }
    }

    fn stale(&self) -> bool {
        !self.data.confirmed
    }

    /// Starts a timer for the moment when the age of a stale balance reads differently. A current balance needs no
    /// timer.
    fn start_age_timer(&mut self, now: Timestamp) -> Option<Effect> {
        let since = self.stale_since().filter(|_| !self.ageing)?;
        let seconds = u64::try_from(now.as_second() - since.as_second()).unwrap_or(0);
        let unit = match seconds {
            ..3_600 => 60,
            3_600..86_400 => 3_600,
            _ => 86_400,
        };
        self.ageing = true;
        let after = Duration::from_secs(unit - seconds % unit);
        Some(Effect::StartTimer(Timer::Age, Pause { after, spread: Duration::ZERO }))
    }

    /// What the panel shows.
    pub fn view(&self) -> View {
        let context = purchase_context(&self.texts, &self.session, &self.data);
        let connection = match &self.session {
            Session::SignedIn(_) => self.connection.state().clone(),
            Session::Starting | Session::SignedOut(_) | Session::Key(_) => Connection::Connecting,
        };
        let account = self.data.profile.as_ref().map(|known| &known.account);
        let offer = self.data.offer.as_ref();
        View {
            open: self.panel.is_open(),
            locale: self.texts.locale(),
            formats: self.texts.formats(),
            session: self.session.view(account),
            adding: self.session.adding(),
            accounts: self.account_views(),
            key_form: self.keys.form(),
            key_account: self.key_account_view(),
            service: self.session.service_shown(self.preset.service.as_deref().unwrap_or_default()),
            preset: self.preset_view(),
            connection,
            balance: self.data.balance.clone().map(|cached| BalanceView {
                locked_reason: cached.balance.top_up.locked_reason,
                received_at: cached.received_at,
                stale: self.stale(),
                full: cached.balance.full(),
                low_below: self.low_below(&cached.balance),
                balance: cached.balance,
            }),
            packs: offer.map(|offer| offer.packs.clone()),
            quantity_max: offer.map(|offer| offer.description.quantity_max),
            support_contact: offer.and_then(|offer| offer.description.support_contact.clone()),
            plans: offer.map(|offer| offer.plans.clone()),
            purchase: self.purchase.as_ref().map(|purchase| purchase.view(context)),
            subscribing: self.subscribing.as_ref().map(SubscriptionFlow::view),
            pages: self.pages.view(context),
            prompt: self.prompt.clone(),
            notices: self.notices.iter().copied().collect(),
            update: self.update_view(),
            settings: self.preferences.view(self.usual_alerts(), self.preset.locked.settings()),
        }
    }

    /// What the tray shows.
    pub fn tray(&self, now: Timestamp) -> Tray {
        let state = match &self.session {
            Session::Starting => TrayState::Starting,
            Session::SignedOut(_) if self.session.is_signing_in() => TrayState::SigningIn,
            Session::SignedOut(_) => TrayState::SignedOut,
            Session::Key(_) => self.tray_meters().map_or(TrayState::SignedOut, TrayState::Key),
            Session::SignedIn(_) => TrayState::SignedIn {
                balance: self.data.balance.as_ref().map(|cached| TrayBalance {
                    balance: &cached.balance,
                    received_at: cached.received_at,
                    pending: self.purchase.as_ref().map(PurchaseFlow::pending).unwrap_or_default(),
                    stale: self.stale(),
                }),
                offline: matches!(self.connection.state(), Connection::Offline { .. }),
                paying: self.purchase.as_ref().is_some_and(PurchaseFlow::is_waiting),
                low: self
                    .data
                    .balance
                    .as_ref()
                    .is_some_and(|cached| self.low_below(&cached.balance).is_some()),
                shop: self.shop(),
            },
        };
        let mut tray = Tray::new(state, &self.tray_accounts(), &self.texts, now);
        if !self.preferences.shows_figure() {
            tray.title.clear();
        }
        if self.offers_restart() { tray.with_restart(&self.texts) } else { tray }
    }
}

fn is_refused(prompt: &mut Prompt) -> bool {
    matches!(prompt, Prompt::Refused { .. })
}

/// Whether a failure concerns the session rather than the single request.
fn ends_session(failure: &Failure) -> bool {
    matches!(failure, Failure::Unauthorized | Failure::AccountDeleted)
}

fn purchase_context<'a>(
    texts: &'a Texts,
    session: &'a Session,
    data: &'a AccountData,
) -> PurchaseContext<'a> {
    PurchaseContext { texts, service: session.service(), description: data.description() }
}
