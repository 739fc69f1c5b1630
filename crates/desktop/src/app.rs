//! The app as one state machine. The shell feeds it [`Event`]s and carries out the [`Effect`]s; after each event it shows
//! what [`App::view`] and [`App::tray`] give.

mod preferences;

use crate::{
    event::{
        CacheState, Effect, Event, Fresh, Kept, Notification, PanelPage, Push, Renewed, Save, SignIn, Start,
        Timer, User,
    },
    failure::Failure,
    figures::{Arrived, Figures},
    link::Link,
    pages::{self, Page},
    panel::Panel,
    places::{Answer, Places, Wish},
    purchase::{Around, Flow, Order, SavedPurchase},
    retry::Pause,
    subscribing,
    text::Texts,
    tray::{self, Tray},
    view::{Ask, BalanceView, Connection, Notice, ProblemView, Session as SessionView, View},
};
use jiff::Timestamp;
use preferences::Preferences;
use semver::Version;
use std::{collections::HashSet, sync::Arc, time::Duration};
use tokenwell_wire::{
    Balance, HostedPage, Interval, Purchase, Remedy, ServerEvent, SpendRefused, SubscriptionCheckout,
};
use url::Url;
use uuid::Uuid;

/// The version of the HTTP contract that this app speaks.
const API_VERSION: u32 = 1;

/// How much this computer's clock may differ from the service's without being told.
const CLOCKS_DIFFER: Duration = Duration::from_mins(5);

/// How long a tray host may be away before the app becomes a window.
const TRAY_HOST_RETURNS: Duration = Duration::from_secs(10);

/// The app.
#[derive(Debug)]
pub struct App {
    texts: Arc<Texts>,
    version: Version,
    /// The address that is proposed for signing in, or in use.
    service: String,
    session: Session,
    figures: Figures,
    link: Link,
    purchase: Option<Flow>,
    /// Whose figures the cache holds, while it is not known whether they are those of whoever signs in.
    left: Option<Left>,
    subscribing: Option<subscribing::Flow>,
    places: Places,
    ask: Option<Ask>,
    /// What would have helped the last refused spend: the same is not said twice until there is more to spend.
    refused: Option<Remedy>,
    notices: HashSet<Notice>,
    tray_shown: Option<bool>,
    /// Whether the tray's host went a moment ago.
    tray_lost: bool,
    panel: Panel,
    /// How long a closed panel stays warm.
    warm: Duration,
    preferences: Preferences,
    /// Whether a pause for [`Timer::Age`] is running.
    ageing: bool,
}

/// What a session left behind when it ended without signing out.
#[derive(Debug)]
struct Left {
    account: String,
    purchase: Option<SavedPurchase>,
}

#[derive(Debug)]
enum Session {
    Starting,
    SignedOut { problem: Option<ProblemView> },
    SigningIn { service: Url, page: Option<Page> },
    SignedIn { service: Url, name: Option<String> },
}

impl App {
    /// An app that waits for [`Event::Started`]. `preset` is the service's address that is proposed at first.
    pub fn new(texts: Arc<Texts>, version: Version, preset: &str) -> Self {
        Self {
            texts,
            version,
            service: preset.to_owned(),
            session: Session::Starting,
            figures: Figures::default(),
            link: Link::new(),
            purchase: None,
            left: None,
            subscribing: None,
            places: Places::default(),
            ask: None,
            refused: None,
            notices: HashSet::new(),
            tray_shown: None,
            tray_lost: false,
            panel: Panel::default(),
            warm: Duration::ZERO,
            preferences: Preferences::default(),
            ageing: false,
        }
    }

    /// The words of the language that is set.
    pub fn texts(&self) -> Arc<Texts> {
        Arc::clone(&self.texts)
    }

    /// Takes an event in; gives what is to be done, in this order.
    pub fn handle(&mut self, event: Event, now: Timestamp) -> Vec<Effect> {
        let mut effects = match event {
            Event::Started(start) => self.started(*start),
            Event::User(user) => self.user(user, now),
            Event::Tray { shown } => self.tray_is(shown),
            Event::PanelGone => self.panel_gone(),
            Event::BrowserFailed => {
                if let Some(purchase) = &mut self.purchase {
                    purchase.browser_failed(&self.texts);
                }
                self.places.browser_failed(&self.texts);
                vec![]
            }
            Event::CacheWritable(writable) => {
                self.note(Notice::CacheUnwritable, !writable);
                vec![]
            }
            Event::StartsAtLogin(answer) => {
                self.starts_at_login(answer);
                vec![]
            }
            Event::DiagnosticsSaved(answer) => {
                self.diagnostics_saved(answer);
                vec![]
            }
            Event::KeyringWaits(waits) => {
                self.note(Notice::KeyringWaiting, waits);
                vec![]
            }
            Event::Woke(timer) => self.woke(timer),
            Event::SignIn(step) => self.signing_in(step),
            // What follows belongs to a session; without one it is a late answer.
            _ if !matches!(self.session, Session::SignedIn { .. }) => vec![],
            Event::Resumed => self.link.resumed(),
            Event::Renewed(Ok(renewed)) => self.renewed(renewed),
            Event::Renewed(Err(failure)) | Event::Refreshed(Err(failure)) => self.link_failed(&failure, now),
            Event::Refreshed(Ok(fresh)) => self.refreshed(*fresh, now),
            Event::Pushed(push) => self.pushed(*push, now),
            Event::StreamEnded(failure) => self.stream_ended(&failure, now),
            Event::Purchase { key, answer } => {
                self.purchase_answered(key, answer.map(|purchase| *purchase), now)
            }
            Event::SubscriptionPage(answer) => self.subscription_page(answer, now),
            Event::Answered(answer) => self.place_answered(*answer, now),
        };
        effects.extend(self.age(now));
        effects
    }

    fn started(&mut self, start: Start) -> Vec<Effect> {
        let Start { mut kept, cache, service, open, warm } = start;
        self.warm = warm;
        self.note(Notice::CacheRebuilt, cache == CacheState::Rebuilt);
        self.note(Notice::CacheUnwritable, cache == CacheState::Unwritable);

        let mut effects = self.settings_kept(std::mem::take(&mut kept.settings));
        let first_start = kept.service.is_none();
        let named = service.map(|service| as_shown(&service));
        if named.as_ref().is_some_and(|named| kept.service.as_ref() != Some(named)) {
            // Figures of another service are not shown as if they were this one's.
            let Kept { account, purchase, .. } = std::mem::take(&mut kept);
            self.left = account.map(|kept| Left { account: kept.account.id, purchase });
        }
        if let Some(service) = named.or_else(|| kept.service.clone()) {
            self.service = service;
        }

        let purchase = kept.purchase.take();
        self.figures = Figures::kept(kept);
        self.session = Session::SignedOut { problem: None };
        if let (Ok(service), Some(account)) = (pages::service_address(&self.service), &self.figures.account) {
            self.purchase = purchase.map(Flow::take_up);
            effects.extend(self.link.go_on(&service));
            self.session = Session::SignedIn { service, name: account.name.clone() };
        }
        match open {
            Some(page) => effects.extend(self.open(page)),
            // First start: say what this is, instead of hiding in the tray.
            None if first_start => effects.extend(self.panel.open()),
            None => {}
        }
        effects
    }

    fn user(&mut self, user: User, now: Timestamp) -> Vec<Effect> {
        match user {
            User::SignIn { service } => self.sign_in(&service),
            User::CancelSignIn => match self.session {
                Session::SigningIn { .. } => self.end_session(None),
                _ => vec![],
            },
            User::SignOut => self.sign_out(None),
            User::Refresh => match &self.session {
                Session::SignedIn { service, .. } => self.link.refresh_now(service),
                _ => vec![],
            },
            User::Buy { pack_id, quantity, key } => self.buy(&pack_id, quantity, key, now),
            User::ReopenCheckout => self.with_purchase(Flow::reopen),
            User::CancelPurchase => self.with_purchase(|purchase, _| purchase.cancel()),
            User::DismissPurchase => {
                self.purchase.take_if(|purchase| !purchase.is_in_flight());
                vec![]
            }
            User::Subscribe { plan_id, interval } => self.subscribe(plan_id, interval),
            User::ReopenSubscriptionCheckout => {
                let around = around(&self.texts, &self.session, &self.figures);
                self.subscribing.as_ref().map(|flow| flow.reopen(around)).unwrap_or_default()
            }
            User::DismissSubscribing => {
                self.subscribing = None;
                vec![]
            }
            User::OpenReceipt => {
                let around = around(&self.texts, &self.session, &self.figures);
                let page = self.purchase.as_ref().and_then(|purchase| purchase.receipt(around));
                page.map(Effect::Browse).into_iter().collect()
            }
            User::Place(wish) => self.place(wish, now),
            User::DismissAsk => {
                self.ask = None;
                vec![]
            }
            User::Change(change) => self.change(change),
            User::SaveDiagnostics => self.save_diagnostics(),
            User::Open(page) => self.open(page),
            User::ClosePanel => self.close_panel(),
            User::Quit => vec![Effect::Quit],
        }
    }

    // The desktop: tray and panel.

    fn tray_is(&mut self, shown: bool) -> Vec<Effect> {
        self.tray_lost = !shown && self.tray_shown == Some(true);
        if self.tray_lost {
            // A host that restarts is back in a moment; no window jumps at the user for that.
            return vec![Effect::Wake(
                Timer::TrayHost,
                Pause { after: TRAY_HOST_RETURNS, spread: Duration::ZERO },
            )];
        }
        self.tray_shown = Some(shown);
        self.note(Notice::NoTray, !shown);
        // Without a tray the app is a window.
        if shown || self.panel.is_open() { vec![] } else { self.panel.open().into_iter().collect() }
    }

    /// With a tray, closing the window leaves the app in the tray; without one it quits.
    fn close_panel(&mut self) -> Vec<Effect> {
        self.panel_left();
        if self.tray_shown == Some(false) { vec![Effect::Quit] } else { self.panel.close(self.warm) }
    }

    /// The next panel starts anew: only what asks for attention by itself stays.
    fn panel_left(&mut self) {
        self.places.closed();
        self.ask.take_if(|ask| !is_refused(ask));
        self.settings_left();
    }

    fn panel_gone(&mut self) -> Vec<Effect> {
        if let Some(again) = self.panel.gone() {
            return vec![again];
        }
        self.panel_left();
        if self.tray_shown == Some(false) { vec![Effect::Quit] } else { vec![] }
    }

    fn open(&mut self, page: PanelPage) -> Vec<Effect> {
        let mut effects: Vec<_> = self.panel.open().into_iter().collect();
        match page {
            // A refused spend asks for more than the dialog alone would: what it needed.
            PanelPage::AddTokens => self.ask = self.ask.take_if(is_refused).or(Some(Ask::AddTokens)),
            PanelPage::Settings => self.ask = Some(Ask::Settings),
            // Its push may be late or lost: the service is asked now.
            PanelPage::Checkout if self.link.has_access() => {
                effects.extend(self.with_purchase(|purchase, _| purchase.go_on()));
            }
            PanelPage::Home | PanelPage::Checkout => {}
        }
        effects
    }

    // The session.

    fn sign_in(&mut self, typed: &str) -> Vec<Effect> {
        match &self.session {
            Session::Starting | Session::SignedIn { .. } | Session::SigningIn { page: None, .. } => {
                return vec![];
            }
            // The page was closed, or never came up: open it again.
            Session::SigningIn { page: Some(page), .. } => return vec![Effect::Browse(page.clone())],
            Session::SignedOut { .. } => {}
        }
        match pages::service_address(typed) {
            Ok(service) => {
                self.service = as_shown(service.as_str());
                self.session = Session::SigningIn { service: service.clone(), page: None };
                vec![Effect::SignIn(service)]
            }
            Err(bad) => {
                let problem = Failure::Address(bad).problem(&self.texts);
                self.session = Session::SignedOut { problem: Some(problem) };
                vec![]
            }
        }
    }

    fn signing_in(&mut self, step: SignIn) -> Vec<Effect> {
        let Session::SigningIn { service, page } = &mut self.session else { return vec![] };
        match step {
            SignIn::Page(url) => {
                if let Some(allowed) = pages::sign_in(&url, service) {
                    *page = Some(allowed.clone());
                    return vec![Effect::Browse(allowed)];
                }
                self.end_session(Some(&Failure::SignInUnavailable))
            }
            SignIn::Failed(failure) => self.end_session(Some(&failure)),
            SignIn::Done(renewed) => {
                let service = service.clone();
                let Renewed { name, in_keyring } = renewed;
                self.note(Notice::KeyringMissing, !in_keyring);
                // Whose figures are at hand shows when the account comes; until then none are shown.
                self.figures = Figures::default();
                self.link = Link::new();
                self.link.renewed();
                let effects = self.link.go_on(&service);
                self.session = Session::SignedIn { service, name };
                let kept = Effect::Save(Save::Service(self.service.clone()));
                std::iter::once(kept).chain(self.panel.open()).chain(effects).collect()
            }
        }
    }

    fn renewed(&mut self, renewed: Renewed) -> Vec<Effect> {
        self.note(Notice::KeyringMissing, !renewed.in_keyring);
        self.link.renewed();
        let Session::SignedIn { service, name } = &mut self.session else { return vec![] };
        if renewed.name.is_some() {
            *name = renewed.name;
        }
        let mut effects = self.link.go_on(service);
        effects.extend(self.take_up());
        effects
    }

    /// Ends the session; what the cache holds stays, for when the same account signs in again.
    fn end_session(&mut self, why: Option<&Failure>) -> Vec<Effect> {
        if let Some(account) = self.figures.account_id() {
            let purchase = self.purchase.as_ref().and_then(Flow::in_flight);
            self.left = Some(Left { account: account.to_owned(), purchase });
        }
        self.session = Session::SignedOut { problem: why.map(|failure| failure.problem(&self.texts)) };
        self.figures = Figures::default();
        self.link = Link::new();
        self.purchase = None;
        self.subscribing = None;
        self.places = Places::default();
        self.ask = None;
        self.refused = None;
        // Nobody waits for the keyring any more.
        self.note(Notice::KeyringWaiting, false);
        vec![Effect::EndSession]
    }

    /// Ends the session and forgets all that belongs to the account.
    fn sign_out(&mut self, why: Option<&Failure>) -> Vec<Effect> {
        let Session::SignedIn { service, .. } = &self.session else { return vec![] };
        let service = service.clone();
        self.end_session(why);
        self.left = None;
        self.note(Notice::KeyringMissing, false);
        vec![Effect::SignOut(service), Effect::Save(Save::Forget)]
    }

    // The connection.

    fn refreshed(&mut self, fresh: Fresh, now: Timestamp) -> Vec<Effect> {
        match fresh.description.api_version {
            ..API_VERSION => return self.link_failed(&Failure::ServiceTooOld, now),
            API_VERSION => {}
            _ => return self.link_failed(&Failure::ServiceTooNew, now),
        }
        let Session::SignedIn { name, .. } = &self.session else { return vec![] };
        let name = name.clone();
        let mut effects = Vec::new();
        if let Some(left) = self.left.take() {
            if left.account == fresh.account.id {
                self.purchase = left.purchase.map(Flow::take_up);
            } else {
                effects
                    .extend([Effect::Save(Save::Forget), Effect::Save(Save::Service(self.service.clone()))]);
            }
        }

        let was_online = self.link.is_online();
        effects.extend(self.figures.refreshed(&fresh, name));
        self.check_version();
        self.check_clock(fresh.balance.as_of, now);
        effects.extend(self.balance_arrived(fresh.balance, now).1);
        effects.extend(self.link.refreshed(now));
        self.subscribing.take_if(|_| self.figures.entitled());
        if !was_online {
            effects.extend(self.take_up());
        }
        // The account may have changed, and so may what is shown of it.
        self.places.reckon(&self.figures, now);
        effects.extend(self.places.refresh(self.link.has_access()));
        effects
    }

    /// The service dates its answer when it gives it, so a difference beyond any delay is this computer's clock.
    fn check_clock(&mut self, theirs: Timestamp, now: Timestamp) {
        self.note(Notice::ClockWrong, now.duration_since(theirs).unsigned_abs() > CLOCKS_DIFFER);
    }

    fn check_version(&mut self) {
        let wanted = self.figures.description.as_ref().and_then(|service| service.min_app_version.as_deref());
        let too_old =
            wanted.and_then(|wanted| Version::parse(wanted).ok()).is_some_and(|min| self.version < min);
        self.note(Notice::AppTooOld, too_old);
    }

    fn balance_arrived(&mut self, balance: Balance, now: Timestamp) -> (bool, Vec<Effect>) {
        let (arrived, mut effects) = self.figures.arrived(balance, now);
        let Arrived::Taken { before, rose, terms_changed } = arrived else { return (false, effects) };
        effects.extend(self.figures.balance.as_ref().and_then(|kept| self.alert(before, &kept.balance)));
        if rose {
            self.refused = None;
            let spendable = self.figures.balance.as_ref().map(|kept| kept.balance.spendable);
            self.ask.take_if(|ask| matches!(ask, Ask::Refused { needed, .. } if spendable >= Some(*needed)));
        }
        (terms_changed, effects)
    }

    fn pushed(&mut self, push: Push, now: Timestamp) -> Vec<Effect> {
        self.link.pushed(push.id);
        match push.event {
            ServerEvent::Balance(balance) => {
                let (terms_changed, mut effects) = self.balance_arrived(balance, now);
                self.places.reckon(&self.figures, now);
                effects.extend(self.places.refresh(self.link.has_access()));
                if terms_changed {
                    effects.extend(self.connect());
                }
                effects
            }
            ServerEvent::Purchase(pushed) => {
                let mut effects = self.with_purchase(|purchase, around| purchase.pushed(&pushed, around));
                effects.extend(self.places.purchase_pushed(&pushed, self.link.has_access()));
                effects
            }
            ServerEvent::SpendRefused(refused) => self.spend_refused(&refused),
            ServerEvent::AccountDeleted => self.link_failed(&Failure::AccountDeleted, now),
        }
    }

    fn stream_ended(&mut self, failure: &Failure, now: Timestamp) -> Vec<Effect> {
        if ends_session(failure) {
            self.link.stopped_listening();
            return self.link_failed(failure, now);
        }
        let effects = self.link.stream_ended(failure, &self.texts, now);
        self.figures.confirmed &= self.link.is_online();
        effects
    }

    /// A refresh, a renewal, or any other request says something about the session or the connection.
    fn link_failed(&mut self, failure: &Failure, now: Timestamp) -> Vec<Effect> {
        let Session::SignedIn { service, .. } = &self.session else { return vec![] };
        match failure {
            Failure::Unauthorized => {
                if let Some(purchase) = &mut self.purchase {
                    purchase.interrupted();
                }
                match self.link.unauthorized(service) {
                    Ok(effects) => effects,
                    Err(refused_again) => self.end_session(Some(&refused_again)),
                }
            }
            Failure::AccountDeleted => self.sign_out(Some(failure)),
            Failure::SessionEnded | Failure::Keyring => self.end_session(Some(failure)),
            _ => {
                self.figures.confirmed = false;
                self.link.failed(failure, &self.texts, now)
            }
        }
    }

    fn connect(&mut self) -> Vec<Effect> {
        match &self.session {
            Session::SignedIn { service, .. } => self.link.go_on(service),
            _ => vec![],
        }
    }

    /// Goes on with all that waits for the service.
    fn take_up(&mut self) -> Vec<Effect> {
        if !self.link.has_access() || self.figures.account_id().is_none() {
            return vec![];
        }
        let mut effects = self.with_purchase(|purchase, _| purchase.go_on());
        effects.extend(self.subscribing.as_mut().map(subscribing::Flow::take_up).unwrap_or_default());
        effects.extend(self.places.take_up());
        effects
    }

    fn woke(&mut self, timer: Timer) -> Vec<Effect> {
        match timer {
            Timer::Reconnect | Timer::Allowance => self.connect(),
            Timer::Purchase if self.link.has_access() => self.with_purchase(|purchase, _| purchase.go_on()),
            Timer::Subscription if self.subscribing.as_ref().is_some_and(subscribing::Flow::is_waiting) => {
                let mut effects = self.connect();
                effects.extend(self.subscribing.as_mut().map(subscribing::Flow::look_again));
                effects
            }
            Timer::Portal if self.places.portal_is_open() => {
                let mut effects = self.connect();
                effects.push(self.places.look_at_subscription());
                effects
            }
            Timer::TrayHost if self.tray_lost => {
                self.tray_shown = None;
                self.tray_is(false)
            }
            Timer::Panel => self.panel.cools().into_iter().collect(),
            // Showing the tray anew is all.
            Timer::Age => {
                self.ageing = false;
                vec![]
            }
            Timer::Purchase | Timer::Subscription | Timer::Portal | Timer::TrayHost => vec![],
        }
    }

    // Buying.

    fn buy(&mut self, pack_id: &str, quantity: u32, key: Uuid, now: Timestamp) -> Vec<Effect> {
        if !matches!(self.session, Session::SignedIn { .. })
            || self.purchase.as_ref().is_some_and(Flow::is_in_flight)
        {
            return vec![];
        }
        // The panel offers only what is on sale; what went off sale this very moment is gone from there as well.
        let Some(pack) = self.figures.pack(pack_id) else { return vec![] };
        let (flow, effects) = Flow::begin(Order::new(pack, quantity, key, now));
        self.purchase = Some(flow);
        effects
    }

    fn purchase_answered(
        &mut self,
        key: Uuid,
        answer: Result<Purchase, Failure>,
        now: Timestamp,
    ) -> Vec<Effect> {
        match answer {
            Err(failure) if ends_session(&failure) => self.link_failed(&failure, now),
            answer => self.with_purchase(|purchase, around| {
                if purchase.key() == key { purchase.answered(answer, around) } else { vec![] }
            }),
        }
    }

    fn with_purchase(&mut self, change: impl FnOnce(&mut Flow, Around<'_>) -> Vec<Effect>) -> Vec<Effect> {
        let Some(purchase) = &mut self.purchase else { return vec![] };
        let was_paid = purchase.is_paid();
        let mut effects = change(purchase, around(&self.texts, &self.session, &self.figures));
        if !was_paid && purchase.is_paid() {
            // The new balance is pushed; asking for it too is the fallback.
            effects.extend(self.connect());
        }
        effects
    }

    fn subscribe(&mut self, plan_id: String, interval: Interval) -> Vec<Effect> {
        if !matches!(self.session, Session::SignedIn { .. })
            || self.subscribing.as_ref().is_some_and(subscribing::Flow::is_in_flight)
        {
            return vec![];
        }
        let (flow, effects) = subscribing::Flow::begin(SubscriptionCheckout { plan_id, interval });
        self.subscribing = Some(flow);
        effects
    }

    fn subscription_page(&mut self, answer: Result<HostedPage, Failure>, now: Timestamp) -> Vec<Effect> {
        match answer {
            Err(failure) if ends_session(&failure) => self.link_failed(&failure, now),
            answer => {
                let around = around(&self.texts, &self.session, &self.figures);
                self.subscribing.as_mut().map(|flow| flow.answered(answer, around)).unwrap_or_default()
            }
        }
    }

    // The places of the panel.

    fn place(&mut self, wish: Wish, now: Timestamp) -> Vec<Effect> {
        // What a panel wished that was closed since is late.
        if !matches!(self.session, Session::SignedIn { .. }) || !self.panel.is_open() {
            return vec![];
        }
        self.places.reckon(&self.figures, now);
        let around = around(&self.texts, &self.session, &self.figures);
        self.places.wish(wish, self.link.has_access(), around, now)
    }

    fn place_answered(&mut self, answer: Answer, now: Timestamp) -> Vec<Effect> {
        match answer.failure() {
            Some(failure) if ends_session(failure) => {
                let failure = failure.clone();
                self.places.interrupted(&answer);
                self.link_failed(&failure, now)
            }
            None if matches!(answer, Answer::AccountDeleted(_)) => {
                self.sign_out(Some(&Failure::AccountDeleted))
            }
            _ => {
                let around = around(&self.texts, &self.session, &self.figures);
                let effects = self.places.answered(answer, around, now);
                self.places.reckon(&self.figures, now);
                effects
            }
        }
    }

    /// Tells of a refused spend once per cause: as long as nothing is added, more tries are the same news.
    fn spend_refused(&mut self, refused: &SpendRefused) -> Vec<Effect> {
        let &SpendRefused { needed, spendable, locked, remedy } = refused;
        if self.refused.replace(remedy) == Some(remedy) {
            return vec![];
        }
        self.ask = Some(Ask::Refused { needed, spendable, locked, remedy });
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
        vec![Effect::Notify(Notification { title, body, opens: PanelPage::AddTokens })]
    }

    // What is shown.

    fn note(&mut self, notice: Notice, holds: bool) {
        if holds {
            self.notices.insert(notice);
        } else {
            self.notices.remove(&notice);
        }
    }

    fn stale(&self) -> bool {
        !self.figures.confirmed
    }

    /// Wakes when the age of stale figures reads differently; while they are fresh, nothing wakes.
    fn age(&mut self, now: Timestamp) -> Option<Effect> {
        let kept = self.figures.balance.as_ref().filter(|_| self.stale() && !self.ageing)?;
        let seconds = u64::try_from(now.as_second() - kept.received_at.as_second()).unwrap_or(0);
        let unit = match seconds {
            ..3_600 => 60,
            3_600..86_400 => 3_600,
            _ => 86_400,
        };
        self.ageing = true;
        let after = Duration::from_secs(unit - seconds % unit);
        Some(Effect::Wake(Timer::Age, Pause { after, spread: Duration::ZERO }))
    }

    /// What the panel shows.
    pub fn view(&self) -> View {
        let around = around(&self.texts, &self.session, &self.figures);
        let (session, connection) = match &self.session {
            Session::Starting => (SessionView::Starting, Connection::Connecting),
            Session::SignedOut { problem } => {
                (SessionView::SignedOut { problem: problem.clone() }, Connection::Connecting)
            }
            Session::SigningIn { page, .. } => {
                let url = page.as_ref().map(|page| page.as_str().to_owned());
                (SessionView::SigningIn { url }, Connection::Connecting)
            }
            Session::SignedIn { name, .. } => {
                let account = self.figures.account.as_ref().map(|kept| kept.account.clone());
                (SessionView::SignedIn { account, name: name.clone() }, self.link.connection().clone())
            }
        };
        View {
            open: self.panel.is_open(),
            locale: self.texts.locale(),
            session,
            service: self.service.clone(),
            connection,
            balance: self.figures.balance.clone().map(|kept| BalanceView {
                locked_reason: kept.balance.top_up.locked_reason,
                received_at: kept.received_at,
                stale: self.stale(),
                full: kept.full,
                balance: kept.balance,
            }),
            packs: self.figures.packs.clone(),
            plans: self.figures.plans.clone(),
            purchase: self.purchase.as_ref().map(|purchase| purchase.view(around)),
            subscribing: self.subscribing.as_ref().map(subscribing::Flow::view),
            places: self.places.view(around),
            ask: self.ask.clone(),
            notices: NOTICES.into_iter().filter(|notice| self.notices.contains(notice)).collect(),
            settings: self.preferences.view(),
        }
    }

    /// What the tray shows.
    pub fn tray(&self, now: Timestamp) -> Tray {
        let state = match &self.session {
            Session::Starting => tray::State::Starting,
            Session::SignedOut { .. } => tray::State::SignedOut,
            Session::SigningIn { .. } => tray::State::SigningIn,
            Session::SignedIn { .. } => tray::State::SignedIn {
                figures: self.figures.balance.as_ref().map(|kept| tray::Figures {
                    balance: &kept.balance,
                    full: kept.full,
                    received_at: kept.received_at,
                    stale: self.stale(),
                }),
                offline: matches!(self.link.connection(), Connection::Offline { .. }),
                paying: self.purchase.as_ref().is_some_and(Flow::is_waiting),
                low: self.figures.balance.as_ref().is_some_and(|kept| self.is_low(&kept.balance)),
            },
        };
        tray::tray(state, &self.texts, now)
    }
}

/// Most important first.
const NOTICES: [Notice; 7] = [
    Notice::KeyringWaiting,
    Notice::AppTooOld,
    Notice::CacheUnwritable,
    Notice::KeyringMissing,
    Notice::ClockWrong,
    Notice::CacheRebuilt,
    Notice::NoTray,
];

/// An address as it is shown and kept: in its normal form, without the slash at its end.
fn as_shown(address: &str) -> String {
    let normal = pages::service_address(address).map(|url| url.to_string());
    normal.unwrap_or_else(|_| address.to_owned()).trim_end_matches('/').to_owned()
}

fn is_refused(ask: &mut Ask) -> bool {
    matches!(ask, Ask::Refused { .. })
}

/// Whether a failure says something about the session rather than about what was asked for.
fn ends_session(failure: &Failure) -> bool {
    matches!(failure, Failure::Unauthorized | Failure::AccountDeleted)
}

fn around<'a>(texts: &'a Texts, session: &'a Session, figures: &'a Figures) -> Around<'a> {
    let service = match session {
        Session::SignedIn { service, .. } => Some(service),
        _ => None,
    };
    Around { texts, service, description: figures.description.as_ref() }
}
