//! One run of the app, with the cache that a shell would write.

use crate::{
    account_key::AccountKey,
    app::App,
    cached_state::{CacheWrite, CachedAccount, CachedState},
    command::{Command, PanelEntry},
    event::{AccountSnapshot, CacheState, Effect, Event, Kept, Push, RenewedTokens, SignIn, Start, Timer},
    failure::{ErrorResponse, Failure},
    order::CachedPurchase,
    preset::Preset,
    retry::Pause,
    testing::{at, balance, problem, texts},
    tray::{Line, Tray},
    update::Installation,
    view::{PurchaseStep, View},
};
use jiff::{SignedDuration, Timestamp};
use std::{sync::Arc, time::Duration};
use tokenwell_meters::Catalogue;
use tokenwell_wire::{
    Account, AccountPlan, AccountSubscription, AllowancePeriod, Balance, Minor, Pack, Purchase,
    PurchaseStatus, ServerEvent, ServiceDescription, SignInDescription, Tax, Tokens,
};
use uuid::Uuid;

pub(super) const SERVICE: &str = "https://tokens.example";
pub(super) const CHECKOUT: &str = "https://checkout.stripe.com/c/pay/cs_1";
pub(super) const KEY: Uuid = Uuid::from_u128(7);
pub(super) const WARM: Duration = Duration::from_secs(30);

/// A usual start with this cache.
pub(super) fn start_of(cached: CachedState) -> Start {
    let (cache, platforms) = (CacheState::Sound, Catalogue::with([]));
    Start {
        cached,
        cache,
        service: None,
        open: None,
        warm: WARM,
        platforms,
        has_title: true,
        installation: Installation::Unknown,
        can_verify: false,
    }
}

pub(super) struct Run {
    app: App,
    pub(super) now: Timestamp,
    /// The effects of the last event.
    pub(super) effects: Vec<Effect>,
    pub(super) cached: CachedState,
}

impl Run {
    /// Starts the app with the cache of an earlier run.
    pub(super) fn start(cached: CachedState, now: Timestamp) -> Self {
        Self::start_with(start_of(cached), now)
    }

    pub(super) fn start_with(start: Start, now: Timestamp) -> Self {
        let preset = Preset { service: Some("https://preset.example".into()), ..Preset::default() };
        Self::start_with_preset(preset, start, now)
    }

    pub(super) fn start_with_preset(preset: Preset, start: Start, now: Timestamp) -> Self {
        let app = App::new(Arc::new(texts()), "0.1.0".parse().unwrap(), preset);
        let mut run = Self { app, now, effects: vec![], cached: start.cached.clone() };
        run.on(Event::Tray { shown: true });
        run.on(Event::Started(Box::new(start)));
        run
    }

    /// The first start on this computer.
    pub(super) fn first() -> Self {
        Self::start(CachedState::default(), at("2026-11-22T12:00:00Z"))
    }

    /// The first start of an app that knows no service.
    pub(super) fn without_service() -> Self {
        let start = start_of(CachedState::default());
        Self::start_with_preset(Preset::default(), start, at("2026-11-22T12:00:00Z"))
    }

    /// The issuer's page is open in the browser.
    pub(super) fn signing_in() -> Self {
        let mut run = Self::first();
        run.user(Command::SignIn { service: SERVICE.into() });
        run.on(Event::SignIn(SignIn::Page("https://id.example/authorize?state=s".into())));
        run
    }

    /// The sign-in has finished. No balance has arrived yet.
    pub(super) fn without_balance() -> Self {
        let mut run = Self::signing_in();
        run.signed_in("Ada Moreau");
        run
    }

    /// A premium user, signed in and online, with 34,120 spendable tokens.
    pub(super) fn online() -> Self {
        Self::online_with(fresh())
    }

    /// Signed in and online with this account.
    pub(super) fn online_with(fresh: AccountSnapshot) -> Self {
        let mut run = Self::without_balance();
        run.on(refreshed(fresh));
        run
    }

    /// Two stored accounts, Ada's and then Noor's. Noor's is signed in.
    pub(super) fn with_two_accounts() -> Self {
        let mut run = Self::online();
        run.add("Noor Haddad", noor());
        run
    }

    /// Signs in to another account.
    pub(super) fn add(&mut self, name: &str, fresh: AccountSnapshot) {
        self.user(Command::AddAccount);
        self.user(Command::SignIn { service: SERVICE.into() });
        self.on(Event::SignIn(SignIn::Page("https://id.example/authorize?state=s".into())));
        self.signed_in(name);
        self.on(refreshed(fresh));
    }

    /// The sign-in finishes.
    pub(super) fn signed_in(&mut self, name: &str) -> &[Effect] {
        self.on(Event::SignIn(SignIn::Done { name: Some(name.into()) }))
    }

    /// Switches to an account that is still signed in.
    pub(super) fn switch(&mut self, id: &str, fresh: AccountSnapshot) {
        self.user(Command::SwitchAccount { account: key(id) });
        self.on(Event::Renewed(Ok(renewed())));
        self.on(refreshed(fresh));
    }

    /// Buy Now was pressed for two medium packs. The service has not responded yet.
    pub(super) fn creating() -> Self {
        let mut run = Self::online();
        run.buy();
        run
    }

    /// The checkout is open in the browser.
    pub(super) fn waiting() -> Self {
        let mut run = Self::creating();
        run.respond(PurchaseStatus::Open);
        run
    }

    /// The app ends at this moment and starts again `seconds` later.
    pub(super) fn restart(self, seconds: i64) -> Self {
        Self::start(self.cached, self.now + SignedDuration::from_secs(seconds))
    }

    pub(super) fn on(&mut self, event: Event) -> &[Effect] {
        self.effects = self.app.handle(event, self.now);
        for effect in &self.effects {
            match effect {
                Effect::WriteCache(write) => self.cached.apply(write.clone()),
                Effect::CreatePurchase(account, purchase) => {
                    self.cached.apply(CacheWrite::Purchase(account.clone(), Some(purchase.clone())));
                }
                _ => {}
            }
        }
        &self.effects
    }

    pub(super) fn user(&mut self, command: Command) -> &[Effect] {
        self.on(Event::Command { command, key: KEY })
    }

    pub(super) fn buy(&mut self) -> &[Effect] {
        self.user(Command::Buy { pack_id: "medium".into(), quantity: 2 })
    }

    pub(super) fn open(&mut self, entry: PanelEntry) -> &[Effect] {
        self.user(Command::Open { entry })
    }

    pub(super) fn later(&mut self, seconds: i64) -> &mut Self {
        self.now += SignedDuration::from_secs(seconds);
        self
    }

    pub(super) fn push(&mut self, event: ServerEvent) -> &[Effect] {
        self.on(Event::Pushed(Box::new(Push { id: Some("41".into()), event })))
    }

    /// The response to the request of the purchase.
    pub(super) fn respond(&mut self, status: PurchaseStatus) -> &[Effect] {
        self.on(Event::Purchase { key: KEY, response: Ok(Box::new(purchase(status))) })
    }

    pub(super) fn fail(&mut self, failure: Failure) -> &[Effect] {
        self.on(Event::Purchase { key: KEY, response: Err(failure) })
    }

    pub(super) fn view(&self) -> View {
        self.app.view()
    }

    pub(super) fn step(&self) -> Option<PurchaseStep> {
        self.view().purchase.map(|purchase| purchase.step)
    }

    pub(super) fn spendable(&self) -> Option<u64> {
        self.view().balance.map(|view| view.balance.spendable.0)
    }

    pub(super) fn stale(&self) -> bool {
        self.view().balance.unwrap().stale
    }

    pub(super) fn tray(&self) -> Tray {
        self.app.tray(self.now)
    }

    /// The texts of the menu's lines.
    pub(super) fn menu(&self) -> Vec<String> {
        self.tray().menu.iter().filter_map(Line::text).map(str::to_owned).collect()
    }

    /// The addresses that the last event opened in the browser.
    pub(super) fn opened(&self) -> Vec<&str> {
        let pages = self.effects.iter().filter_map(|effect| match effect {
            Effect::Browse(page) => Some(page.as_str()),
            _ => None,
        });
        pages.collect()
    }

    /// The titles of the notifications that the last event showed.
    pub(super) fn notified(&self) -> Vec<&str> {
        let titles = self.effects.iter().filter_map(|effect| match effect {
            Effect::Notify(notification) => Some(notification.title.as_str()),
            _ => None,
        });
        titles.collect()
    }

    /// Titles and texts of the notifications.
    pub(super) fn notified_text(&self) -> String {
        let texts = self.effects.iter().filter_map(|effect| match effect {
            Effect::Notify(notification) => Some(format!("{}: {}", notification.title, notification.body)),
            _ => None,
        });
        texts.collect::<Vec<_>>().join("\n")
    }

    /// The pause of the timer that the last event started.
    pub(super) fn pause(&self, timer: Timer) -> Option<Pause> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::StartTimer(timer_kind, pause) if *timer_kind == timer => Some(*pause),
            _ => None,
        })
    }

    pub(super) fn does(&self, effect: &Effect) -> bool {
        self.effects.contains(effect)
    }

    /// The cached data of an account.
    pub(super) fn cached_account(&self, id: &str) -> Option<&CachedAccount> {
        self.cached.account(&key(id))
    }

    /// Ada's cached purchase in flight.
    pub(super) fn cached_purchase(&self) -> Option<&CachedPurchase> {
        self.cached_account("ada")?.purchase.as_ref()
    }

    /// The version of Ada's cached balance.
    pub(super) fn cached_version(&self) -> Option<u64> {
        Some(self.cached_account("ada")?.balance.as_ref()?.balance.version)
    }

    /// The new purchase that the last event sent.
    pub(super) fn created(&self) -> Option<&CachedPurchase> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::CreatePurchase(_, purchase) => Some(purchase),
            _ => None,
        })
    }
}

/// The key of an account of the service.
pub(super) fn key(id: &str) -> AccountKey {
    AccountKey { service: SERVICE.into(), id: id.into() }
}

pub(super) fn renewed() -> RenewedTokens {
    RenewedTokens { name: None, kept: Kept::InKeyring }
}

pub(super) fn refreshed(fresh: AccountSnapshot) -> Event {
    Event::Refreshed(Ok(Box::new(fresh)))
}

/// A premium user's account.
pub(super) fn fresh() -> AccountSnapshot {
    fresh_with(balance(10, [1_200, 22_920, 10_000, 0]))
}

pub(super) fn fresh_with(balance: Balance) -> AccountSnapshot {
    AccountSnapshot {
        description: description(),
        account: account("ada", true),
        balance,
        packs: vec![medium()],
        plans: vec![],
    }
}

/// Noor's account, on the free plan.
pub(super) fn noor() -> AccountSnapshot {
    AccountSnapshot { account: account("noor", false), ..fresh_with(balance(2, [0, 150, 0, 0])) }
}

pub(super) fn description() -> ServiceDescription {
    ServiceDescription {
        api_version: 1,
        issuer: "https://id.example".into(),
        client_id: "tokenwell-desktop".into(),
        checkout_hosts: vec!["checkout.stripe.com".into(), "billing.stripe.com".into()],
        min_app_version: None,
        support_contact: Some("help@example.com".into()),
        low_balance_percent: vec![10],
        quantity_max: 20,
        sign_in: SignInDescription::default(),
    }
}

pub(crate) fn account(id: &str, entitled: bool) -> Account {
    Account {
        id: id.into(),
        email: Some(format!("{id}@example.com")),
        plan: AccountPlan {
            id: "premium".into(),
            name: "Premium".into(),
            allowance: Tokens(25_000),
            allowance_period: AllowancePeriod::Month,
            rollover_cap: Tokens(75_000),
        },
        subscription: AccountSubscription {
            status: None,
            entitled,
            renews_at: None,
            cancel_at_period_end: false,
            ends_at: None,
            paid_until: None,
            ended_at: None,
            interval: None,
            plan_id: None,
        },
    }
}

fn medium() -> Pack {
    Pack {
        id: "medium".into(),
        name: "Medium".into(),
        tokens: Tokens(15_000),
        amount: Minor(2_400),
        currency: "usd".into(),
        tax_included: false,
        tax: Tax::None,
    }
}

/// The purchase of two medium packs in this state.
pub(super) fn purchase(status: PurchaseStatus) -> Purchase {
    let paid = status == PurchaseStatus::Paid;
    let tokens = Tokens(if paid { 30_000 } else { 0 });
    let charged = paid || status == PurchaseStatus::RefundDue;
    Purchase {
        id: "p1".into(),
        status,
        pack_id: "medium".into(),
        quantity: 2,
        tokens: Tokens(30_000),
        amount: Minor(4_800),
        currency: "usd".into(),
        subtotal: charged.then_some(Minor(4_800)),
        discount: charged.then_some(Minor(480)),
        tax: charged.then_some(Minor(821)),
        total: charged.then_some(Minor(5_141)),
        charged_currency: charged.then(|| "usd".into()),
        checkout_url: (status == PurchaseStatus::Open).then(|| CHECKOUT.into()),
        expires_at: None,
        created_at: at("2026-11-22T12:00:01Z"),
        granted_tokens: tokens,
        remaining_tokens: tokens,
        unrecovered_tokens: Tokens(0),
        receipt_url: paid.then(|| "https://billing.stripe.com/receipts/1".into()),
    }
}

/// An error response with a problem.
pub(super) fn refusal(status: u16, code: &str) -> Failure {
    Failure::Response(ErrorResponse {
        status,
        problem: Some(Box::new(problem(status, code))),
        retry_after: None,
    })
}
