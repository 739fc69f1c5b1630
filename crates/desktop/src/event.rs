//! The boundary between [`App`](crate::app::App) and the shell: the events that go in and the effects that come out.

use crate::{
    account_key::AccountKey,
    cached_state::{CacheWrite, CachedState},
    command::{Command, PanelEntry},
    diagnostics::Report,
    dialog::Dialog,
    failure::Failure,
    hosted_page::HostedPageUrl,
    meter_failure::MeterFailure,
    order::CachedPurchase,
    page_request::{PageRequest, PageResponse},
    retry::Pause,
    settings::Appearance,
    update::{Channel, Installation, UpdateStep},
};
use jiff::tz::TimeZone;
use std::time::Duration;
use tokenwell_meters::{ApiKey, BadKey, Catalogue, Meter, Platform};
use tokenwell_wire::{
    Account, Balance, HostedPage, Pack, Plan, Purchase, ServerEvent, ServiceDescription, SubscriptionCheckout,
};
use url::Url;
use uuid::Uuid;

/// Something happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The program started and read the cache.
    Started(Box<Start>),
    /// The user sent a command.
    Command {
        /// The command.
        command: Command,
        /// A fresh random key: the idempotency key of the purchase, if the command makes one.
        key: Uuid,
    },
    /// A tray host shows the icon, or there is none.
    Tray {
        /// Whether the icon is shown.
        shown: bool,
    },
    /// The panel's window was destroyed.
    PanelGone,
    /// The panel cannot be shown.
    PanelFailed(PanelFailure),
    /// The page of the panel was loaded.
    PanelLoaded,
    /// The system browser could not be started.
    BrowserFailed,
    /// Whether the last write to the cache worked. Reported when it changes.
    CacheWritable(bool),
    /// Whether the system starts the app at login. Reported at the start and after [`Effect::StartAtLogin`].
    StartsAtLogin(Result<bool, Failure>),
    /// The keys that open the panel from anywhere, as the system names them, or `None` if none do. Reported after
    /// [`Effect::SetShortcut`], and when the system changes it.
    ShortcutSet(Result<Option<String>, Failure>),
    /// The path of the file that [`Effect::SaveDiagnostics`] wrote.
    DiagnosticsSaved(Result<String, Failure>),
    /// The computer's time zone, when it may have changed.
    TimeZone(TimeZone),
    /// Whether the keyring takes long to respond, probably because it is locked.
    KeyringWaits(bool),
    /// The computer woke from sleep.
    Resumed,
    /// A timer of [`Effect::StartTimer`] has run down.
    TimerEnded(Timer),
    /// The progress of [`Effect::SignIn`].
    SignIn(SignIn),
    /// The response to [`Effect::Renew`].
    Renewed(Result<RenewedTokens, Failure>),
    /// Where the refresh token of [`Effect::SaveRefreshToken`] is now.
    RefreshTokenSaved(Kept),
    /// The keyring can be used again: it has started, or the user has unlocked it after all.
    KeyringOpened,
    /// The response to [`Effect::Refresh`].
    Refreshed(Result<Box<AccountSnapshot>, Failure>),
    /// The service pushed an event.
    Pushed(Box<Push>),
    /// The stream of [`Effect::Listen`] ended, or could not be opened.
    StreamEnded(Failure),
    /// The response to a request for a purchase.
    Purchase {
        /// The purchase's idempotency key.
        key: Uuid,
        /// The purchase as it is now.
        response: Result<Box<Purchase>, Failure>,
    },
    /// The response to [`Effect::Subscribe`].
    SubscriptionPage(Result<HostedPage, Failure>),
    /// The response to [`Effect::RequestPage`].
    PageResponse(Box<PageResponse>),
    /// The user pasted an API key of a platform. It is no [`Command`], because commands can be printed.
    KeyEntered {
        /// The platform's id.
        platform: String,
        /// What was pasted.
        key: Result<ApiKey, BadKey>,
        /// A fresh random id of the account.
        id: Uuid,
    },
    /// Whether the keyring has stored the key of [`Effect::SaveKey`].
    KeySaved(AccountKey, Result<(), MeterFailure>),
    /// The progress of an update.
    Update(UpdateStep),
    /// The response to [`Effect::AskPlatform`].
    MetersRead(AccountKey, Result<Vec<Meter>, MeterFailure>),
}

/// Why the panel cannot be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PanelFailure {
    /// The system's web view is not installed.
    NotInstalled,
    /// Its window could not be created.
    NotCreated,
    /// Its web view has ended. The window is still there.
    Ended,
}

/// What the app starts with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// The content of the cache.
    pub cached: CachedState,
    /// The condition of the cache.
    pub cache: CacheState,
    /// The service that the command line or the environment names.
    pub service: Option<String>,
    /// What to open in the panel at once.
    pub open: Option<PanelEntry>,
    /// How long a closed panel stays warm.
    pub warm: Duration,
    /// The platforms that can be read with an API key.
    pub platforms: Catalogue,
    /// Whether the system has room for a text beside the tray icon.
    pub has_title: bool,
    /// How the app came onto the computer.
    pub installation: Installation,
    /// Whether the app was built with the key that updates are verified with.
    pub can_verify: bool,
}

/// The condition of the cache at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheState {
    /// Readable, or new.
    Sound,
    /// It was damaged. It was moved aside and replaced by a new one.
    Rebuilt,
    /// It cannot be opened for writing. Nothing is stored.
    Unwritable,
}

/// The progress of a sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignIn {
    /// The issuer's page to open, from its discovery document.
    Page(String),
    /// The issuer has issued tokens.
    Done {
        /// The person's name, if the issuer gave it.
        name: Option<String>,
    },
    /// It failed.
    Failed(Failure),
}

/// The access token was renewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenewedTokens {
    /// The person's name, if the issuer gave it this time.
    pub name: Option<String>,
    /// Where the refresh token is.
    pub kept: Kept,
}

/// Where a refresh token is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// In the system's keyring.
    InKeyring,
    /// In memory, so that the sign-in ends with this run.
    InMemory(KeyringProblem),
}

/// Why a refresh token is not in the keyring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyringProblem {
    /// There is no keyring.
    Missing,
    /// It is locked.
    Locked,
    /// It refused the token.
    Refused,
}

/// Everything that one refresh fetches.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the response to the request of the same name")]
pub struct AccountSnapshot {
    pub description: ServiceDescription,
    pub account: Account,
    pub balance: Balance,
    pub packs: Vec<Pack>,
    pub plans: Vec<Plan>,
}

/// One event of the service's stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// The id to resume the stream after.
    pub id: Option<String>,
    /// The event.
    pub event: ServerEvent,
}

/// What the shell has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Sign in at the issuer that this service names, without touching the session. Reported by [`Event::SignIn`].
    SignIn {
        /// The service's address.
        service: Url,
        /// Whether the issuer asks which user signs in, even if it knows one.
        choose: bool,
    },
    /// Stop the sign-in and report nothing more of it.
    CancelSignIn,
    /// End the session, and make the finished sign-in the session. Its account is not known yet, so its refresh token
    /// stays in memory until [`Effect::SaveRefreshToken`].
    BeginSession,
    /// End the session, and start one with the stored refresh token of an account.
    ResumeSession {
        /// Which account.
        account: AccountKey,
        /// The address of its service.
        service: Url,
    },
    /// Get an access token with the session's refresh token. Reported by [`Event::Renewed`].
    Renew,
    /// Store the session's refresh token in the keyring under this account. Reported by [`Event::RefreshTokenSaved`].
    SaveRefreshToken(AccountKey),
    /// End the session: stop all its requests and report nothing more of it. Its refresh token stays in the keyring.
    EndSession,
    /// Revoke and delete an account's refresh token. Ends the session first if it is the account's. `None` means the
    /// session whose account is not known yet.
    SignOut(Option<AccountKey>),
    /// Fetch an [`AccountSnapshot`]. Reported by [`Event::Refreshed`].
    Refresh,
    /// Open the event stream, after the event of this id if there is one.
    Listen(Option<String>),
    /// Write the account's purchase to the cache, then send it to the service under its idempotency key.
    CreatePurchase(AccountKey, CachedPurchase),
    /// Fetch a purchase.
    FetchPurchase {
        /// The purchase's idempotency key.
        key: Uuid,
        /// The purchase's id at the service.
        id: String,
    },
    /// Cancel a purchase.
    CancelPurchase {
        /// The purchase's idempotency key.
        key: Uuid,
        /// The purchase's id at the service.
        id: String,
    },
    /// Request a subscription checkout. Reported by [`Event::SubscriptionPage`].
    Subscribe(SubscriptionCheckout),
    /// Request the data of a page of the panel. Reported by [`Event::PageResponse`].
    RequestPage(PageRequest),
    /// Store an API key in the keyring under this account, and nowhere else. Reported by [`Event::KeySaved`].
    SaveKey(AccountKey, ApiKey),
    /// Ask a platform with the account's key. Reported by [`Event::MetersRead`].
    AskPlatform(AccountKey, Box<Platform>),
    /// Delete the account's API key from the keyring.
    ForgetKey(AccountKey),
    /// Open an address in the system browser.
    Browse(HostedPageUrl),
    /// Show a file in its folder.
    ShowFile(String),
    /// Write to the cache.
    WriteCache(CacheWrite),
    /// Show the windows light or dark.
    SetAppearance(Appearance),
    /// Have the system start the app at login, or not. Reported by [`Event::StartsAtLogin`].
    StartAtLogin(bool),
    /// Have the system open the panel with a shortcut from anywhere, or not. Reported by [`Event::ShortcutSet`].
    SetShortcut(bool),
    /// Write the diagnostics file to the user's downloads. Reported by [`Event::DiagnosticsSaved`].
    SaveDiagnostics(Report),
    /// Report [`Event::TimerEnded`] after a pause. Starting a timer that runs replaces it.
    StartTimer(Timer, Pause),
    /// Show a notification.
    Notify(Notification),
    /// Show a dialog of the system.
    Ask(Dialog),
    /// Open the panel, or raise it. A warm panel gets the current view before it is shown.
    OpenPanel,
    /// Hide the panel. Its window and webview stay.
    HidePanel,
    /// Destroy the panel's window and webview. Reported by [`Event::PanelGone`].
    RemovePanel,
    /// Ask which version the channel offers. Reported by [`UpdateStep::Offered`].
    LookForUpdate(Channel),
    /// Download the version that was offered. Reported by [`UpdateStep::Downloaded`].
    DownloadUpdate,
    /// End the program, and have what was downloaded replace and start it. [`UpdateStep::NotInstalled`] reports a
    /// failure.
    InstallUpdate,
    /// End the program.
    Quit,
}

/// What a timer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Timer {
    /// Retrying the connection.
    Reconnect,
    /// Looking up the purchase.
    Purchase,
    /// Looking up the subscription while its checkout is open.
    Subscription,
    /// Looking up the subscription while the portal is open.
    Portal,
    /// The next allowance is due.
    Allowance,
    /// The age of a stale balance changes its wording.
    Age,
    /// It is time for a reminder of a forfeit.
    Reminder,
    /// The tray host has had time to restart.
    TrayHost,
    /// The closed panel has been warm for long enough.
    Panel,
    /// A platform is to be asked again.
    Meters,
    /// It is time to look for a newer version.
    Update,
}

/// A notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// One line.
    pub title: String,
    /// One or two sentences.
    pub body: String,
    /// What a click on it opens.
    pub opens: Opens,
}

/// What a notification opens in the panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opens {
    /// A page of the account in whose session the notification was shown.
    Page(PanelEntry),
    /// Home of an account that is read with an API key, whichever account is shown.
    KeyAccount(AccountKey),
}
