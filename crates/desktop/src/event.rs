//! What comes into the app and what goes out of it: the whole border between [`App`](crate::app::App) and the shell.

use crate::{
    accounts::AccountKey,
    diagnostics::Report,
    failure::Failure,
    kept::{Kept, Save},
    pages::Page,
    places::{Answer, Question, Wish},
    purchase::SavedPurchase,
    retry::Pause,
    settings::{Appearance, Change},
};
use std::time::Duration;
use tokenwell_wire::{
    Account, Balance, HostedPage, Interval, Pack, Plan, Purchase, ServerEvent, ServiceDescription,
    SubscriptionCheckout,
};
use url::Url;
use uuid::Uuid;

/// Something happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The cache was read.
    Started(Box<Start>),
    /// The user wants something.
    User(User),
    /// A tray host shows the icon, or there is none.
    Tray {
        /// Whether the icon is shown.
        shown: bool,
    },
    /// The panel's window is gone, or could not be made.
    PanelGone,
    /// The system browser could not be started.
    BrowserFailed,
    /// The cache was written, or could not be. Told when it changes.
    CacheWritable(bool),
    /// Whether the system starts the app at login; told at the start, and after [`Effect::StartAtLogin`].
    StartsAtLogin(Result<bool, Failure>),
    /// Where [`Effect::SaveDiagnostics`] put the file.
    DiagnosticsSaved(Result<String, Failure>),
    /// The keyring takes its time, as one that waits to be unlocked does; or it has answered.
    KeyringWaits(bool),
    /// The computer woke from sleep.
    Resumed,
    /// A pause that [`Effect::Wake`] asked for is over.
    Woke(Timer),
    /// How far signing in is.
    SignIn(SignIn),
    /// The access token was renewed, or not.
    Renewed(Result<Renewed, Failure>),
    /// Whether the keyring took the refresh token, as [`Effect::KeepSignIn`] asked; if not, the sign-in ends with this
    /// run.
    SignInKept(bool),
    /// The answer to [`Effect::Refresh`].
    Refreshed(Result<Box<Fresh>, Failure>),
    /// The service pushed something.
    Pushed(Box<Push>),
    /// The stream that [`Effect::Listen`] opened ended, or could not be opened.
    StreamEnded(Failure),
    /// The answer to one of the purchase's effects.
    Purchase {
        /// The purchase's key.
        key: Uuid,
        /// The purchase as it is now.
        answer: Result<Box<Purchase>, Failure>,
    },
    /// The answer to [`Effect::Subscribe`].
    SubscriptionPage(Result<HostedPage, Failure>),
    /// The answer to [`Effect::Ask`].
    Answered(Box<Answer>),
}

/// What the app starts with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// What the cache kept.
    pub kept: Kept,
    /// How the cache was found.
    pub cache: CacheState,
    /// The service that the command line or environment names.
    pub service: Option<String>,
    /// The page to open at once.
    pub open: Option<PanelPage>,
    /// How long a closed panel stays warm.
    pub warm: Duration,
}

/// How large the panel is, in logical pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PanelSize {
    /// From side to side.
    pub width: u32,
    /// From top to bottom.
    pub height: u32,
}

/// How the cache was found at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheState {
    /// As it was left, or new.
    Sound,
    /// Damaged: set aside and made anew.
    Rebuilt,
    /// It cannot be opened for writing; nothing is kept.
    Unwritable,
}

/// What the user can ask for, from the panel, the tray, a notification or the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the command of the same name")]
pub enum User {
    SignIn {
        service: String,
    },
    CancelSignIn,
    AddAccount,
    SwitchAccount(AccountKey),
    RemoveAccount(AccountKey),
    SignOut,
    Refresh,
    Buy {
        pack_id: String,
        quantity: u32,
        /// A fresh random key: the purchase's idempotency key, if it becomes one.
        key: Uuid,
    },
    ReopenCheckout,
    CancelPurchase,
    DismissPurchase,
    Subscribe {
        plan_id: String,
        interval: Interval,
    },
    ReopenSubscriptionCheckout,
    DismissSubscribing,
    OpenReceipt,
    /// Something of a place of the panel.
    Place(Wish),
    DismissAsk,
    Change(Change),
    SaveDiagnostics,
    Open(PanelPage),
    ClosePanel,
    Quit,
}

/// A place in the panel that can be opened from outside of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PanelPage {
    /// Home, or whatever asks for attention.
    Home,
    /// The Add Tokens dialog.
    AddTokens,
    /// Settings.
    Settings,
    /// The purchase that the browser comes back from.
    Checkout,
}

/// How far signing in is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignIn {
    /// The issuer's page to open, from its discovery document.
    Page(String),
    /// It worked.
    Done {
        /// The person's name as the issuer gives it, if it does.
        name: Option<String>,
    },
    /// It did not.
    Failed(Failure),
}

/// There is a new access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewed {
    /// The person's name, if the issuer gave it this time.
    pub name: Option<String>,
    /// Whether the refresh token is in the keyring; if not, the sign-in ends with this run.
    pub in_keyring: bool,
}

/// Everything that one refresh fetches.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the answer of the call of the same name")]
pub struct Fresh {
    pub description: ServiceDescription,
    pub account: Account,
    pub balance: Balance,
    pub packs: Vec<Pack>,
    pub plans: Vec<Plan>,
}

/// One event of the service's stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// The id to resume after.
    pub id: Option<String>,
    /// What it says.
    pub event: ServerEvent,
}

/// What the shell is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Sign in at the issuer that this service names, beside the session if there is one; tell with [`Event::SignIn`].
    SignIn {
        /// The service's address.
        service: Url,
        /// Whether the issuer is to ask who it is, even if it knows.
        choose: bool,
    },
    /// Stop signing in, and hear no more of it.
    CancelSignIn,
    /// Let what signing in brought be the session. Ends the session before it. Whose it is, nobody knows yet: its refresh
    /// token stays in memory until [`Effect::KeepSignIn`].
    BeginSession,
    /// Let a kept account's sign-in be the session. Ends the session before it.
    ResumeSession {
        /// Whose.
        account: AccountKey,
        /// The address of its service.
        service: Url,
    },
    /// Get an access token with the session's refresh token; tell with [`Event::Renewed`].
    Renew,
    /// Keep the session's refresh token in the keyring as this account's; tell with [`Event::SignInKept`].
    KeepSignIn(AccountKey),
    /// End the session: stop all that is under way for it, and hear no more of it. The keyring keeps its token.
    EndSession,
    /// Revoke and delete an account's refresh token, after ending the session if it is the account's; of a session whose
    /// account is not known yet, if `None`.
    SignOut(Option<AccountKey>),
    /// Fetch all of [`Fresh`]; tell with [`Event::Refreshed`].
    Refresh,
    /// Open the stream of events, after the event of this id if there is one.
    Listen(Option<String>),
    /// Write the purchase of an account to the cache, and only then ask the service for it, under its key.
    CreatePurchase(AccountKey, SavedPurchase),
    /// Ask how a purchase stands.
    FetchPurchase {
        /// Its key here.
        key: Uuid,
        /// Its id there.
        id: String,
    },
    /// Ask the service to cancel it.
    CancelPurchase {
        /// Its key here.
        key: Uuid,
        /// Its id there.
        id: String,
    },
    /// Ask for a subscription checkout.
    Subscribe(SubscriptionCheckout),
    /// Ask for what a place of the panel needs; tell with [`Event::Answered`].
    Ask(Question),
    /// Open a page in the system browser.
    Browse(Page),
    /// Show a file in its folder.
    ShowFile(String),
    /// Keep something in the cache.
    Save(Save),
    /// Show light or dark.
    Appear(Appearance),
    /// Have the system start the app at login, or not; tell with [`Event::StartsAtLogin`].
    StartAtLogin(bool),
    /// Write the diagnostics file where the user finds it; tell with [`Event::DiagnosticsSaved`].
    SaveDiagnostics(Report),
    /// Tell [`Event::Woke`] after a pause. A later one for the same timer replaces it.
    Wake(Timer, Pause),
    /// Show a notification.
    Notify(Notification),
    /// Open the panel, or bring it to the front. What a warm one shows is brought up to date before it is seen.
    OpenPanel,
    /// Take the panel off the screen; its window and webview stay.
    HidePanel,
    /// Take the panel down: its window and webview go; tell with [`Event::PanelGone`].
    RemovePanel,
    /// End the program.
    Quit,
}

/// What a pause was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Timer {
    /// Trying the connection again.
    Reconnect,
    /// Looking after the purchase.
    Purchase,
    /// Looking after the subscription checkout.
    Subscription,
    /// Looking at the subscription while the portal is open.
    Portal,
    /// The next allowance is due.
    Allowance,
    /// The age of stale figures reads differently.
    Age,
    /// A tray host that went has had time to come back.
    TrayHost,
    /// A closed panel was warm for long enough.
    Panel,
}

/// A notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// One line.
    pub title: String,
    /// One or two sentences.
    pub body: String,
    /// Where a click on it leads.
    pub opens: PanelPage,
}
