//! What the panel draws. The shell pushes the whole [`View`] after every change; the panel keeps no state of the
//! account of its own. `ui/src/lib/bindings.ts` is generated from these types.

mod pages;
mod problem;

pub use pages::{
    ActivityFilter, Deleting, Export, Forecast, ListView, PagesView, PanelPage, PlanEnd, Portal,
};
pub use problem::ProblemView;

use crate::{
    account_key::AccountKey,
    alerts::Alerts,
    settings::{Appearance, Language},
};
use jiff::Timestamp;
use serde::Serialize;
use tokenwell_wire::{Account, Balance, LockedReason, Minor, Pack, Plan, PurchaseStatus, Remedy, Tokens};
use ts_rs::TS;

/// Everything that the panel shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct View {
    /// Whether the panel is open; one that is kept warm draws nothing.
    pub open: bool,
    /// The locale of words and figures, as a BCP 47 tag.
    pub locale: String,
    /// Who is signed in, or how far signing in has come.
    pub session: Session,
    /// The sign-in to one more account, while somebody is signed in.
    pub adding: Option<AddingAccount>,
    /// Every account that is kept on this computer, in the order in which they were added.
    pub accounts: Vec<AccountView>,
    /// The address of the token service: the one in use, or the one that is proposed for signing in.
    pub service: String,
    /// Whether the service is reached, and since when not.
    pub connection: Connection,
    /// The last good figures; `None` only before the first ever came.
    pub balance: Option<BalanceView>,
    /// The packs on sale; `None` until they are known.
    pub packs: Option<Vec<Pack>>,
    /// The highest quantity of a purchase; `None` until it is known.
    pub quantity_max: Option<u32>,
    /// The plans on offer; `None` until they are known.
    pub plans: Option<Vec<Plan>>,
    /// The purchase in flight, or the one that just ended.
    pub purchase: Option<PurchaseView>,
    /// The subscription checkout that is open in the browser.
    pub subscribing: Option<Subscribing>,
    /// What the pages of the panel show besides the balance.
    pub pages: PagesView,
    /// What the panel should open by itself: asked for from the tray, a link, or by a refused spend.
    pub prompt: Option<Prompt>,
    /// The conditions that last, most important first.
    pub notices: Vec<PanelNotice>,
    /// What the user has set.
    pub settings: SettingsView,
}

/// What the user has set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct SettingsView {
    /// When to tell that tokens run low.
    pub alerts: Alerts,
    /// Light or dark.
    pub appearance: Appearance,
    /// The language of every text.
    pub language: Language,
    /// Whether the system starts the app at login.
    pub start_at_login: bool,
    /// Why the last change did not work.
    pub problem: Option<ProblemView>,
    /// The diagnostics file, once it was asked for.
    pub diagnostics: Option<DiagnosticsView>,
}

/// How far the diagnostics file is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum DiagnosticsView {
    /// It is being written.
    Saving,
    /// It is there.
    Saved {
        /// Where.
        file: String,
    },
    /// It could not be written.
    Failed {
        /// Why and what to do.
        problem: ProblemView,
    },
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Session {
    /// The cache is being read; lasts milliseconds.
    Starting,
    /// Nobody. `problem` says why signing in did not work or why the session ended, if it did.
    SignedOut {
        /// What went wrong, for a person.
        problem: Option<ProblemView>,
        /// The kept account that has to sign in again, if there is one.
        again: Option<AccountKey>,
    },
    /// The system browser is open at the issuer.
    SigningIn {
        /// The page, in case the browser did not open.
        url: Option<String>,
    },
    /// Somebody.
    SignedIn {
        /// The account; `None` until it came for the first time.
        account: Option<Account>,
        /// The person's name as the issuer gives it, if it does.
        name: Option<String>,
    },
}

/// How far signing in to one more account is. The account that is signed in stays so meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct AddingAccount {
    /// The address that is proposed, or in use for it.
    pub service: String,
    /// The kept account that has to sign in again, if this is for one.
    pub again: Option<AccountKey>,
    /// How far it is.
    pub step: AddingAccountStep,
}

/// How far signing in to one more account is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum AddingAccountStep {
    /// The address is asked for.
    Asking {
        /// What went wrong, for a person.
        problem: Option<ProblemView>,
    },
    /// The system browser is open at the issuer.
    SigningIn {
        /// The page, in case the browser did not open.
        url: Option<String>,
    },
}

/// An account that is kept on this computer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct AccountView {
    /// Which account it is.
    pub key: AccountKey,
    /// The person's name as the issuer gives it, if it does.
    pub name: Option<String>,
    /// The e-mail address, if the service knows it.
    pub email: Option<String>,
    /// The plan's name.
    pub plan: String,
    /// The last good balance.
    pub balance: Option<LastBalance>,
    /// Whether it is the one that is shown.
    pub current: bool,
    /// Whether its sign-in has ended, so that it has to sign in again.
    pub signed_out: bool,
}

/// The last good balance of an account, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct LastBalance {
    /// What could be spent.
    pub spendable: Tokens,
    /// When it came, by this machine's clock.
    #[ts(type = "string")]
    pub received_at: Timestamp,
}

/// Whether the service is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Connection {
    /// The first answer is on its way.
    Connecting,
    /// The last request succeeded.
    Online,
    /// The last request failed.
    Offline {
        /// Since when.
        #[ts(type = "string")]
        since: Timestamp,
        /// What went wrong and what to do.
        problem: ProblemView,
    },
}

/// The last good balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct BalanceView {
    /// As the service sent it.
    pub balance: Balance,
    /// When it came, by this machine's clock.
    #[ts(type = "string")]
    pub received_at: Timestamp,
    /// Whether it may be out of date: not confirmed since the app started or the connection broke.
    pub stale: bool,
    /// The most that stood in the well since the last renewal, locked tokens included: a full well.
    pub full: Tokens,
    /// Why top-up tokens are locked, if some are.
    pub locked_reason: Option<LockedReason>,
}

/// A purchase from Buy Now to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct PurchaseView {
    /// Which pack.
    pub pack_id: String,
    /// How many.
    pub quantity: u32,
    /// What it gives.
    pub tokens: Tokens,
    /// What it costs, in minor units.
    pub amount: Minor,
    /// ISO 4217 code in lower case.
    pub currency: String,
    /// When Buy Now was pressed.
    #[ts(type = "string")]
    pub started_at: Timestamp,
    /// How far it is.
    pub step: PurchaseStep,
}

/// How far a purchase is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum PurchaseStep {
    /// The checkout is being made; tried again by itself while `problem` lasts.
    Creating {
        /// Why it is not made yet.
        problem: Option<ProblemView>,
    },
    /// The checkout is open in the system browser.
    Waiting {
        /// Where to pay.
        checkout_url: String,
        /// Set if the browser could not be opened: Copy link is the way then.
        problem: Option<ProblemView>,
        /// Cancel purchase was pressed and is on its way.
        cancelling: bool,
    },
    /// Checkout completed, payment on its way (bank debit).
    Processing,
    /// The tokens are there.
    Paid {
        /// Stripe's receipt, if it may be opened.
        receipt_url: Option<String>,
    },
    /// It ended without tokens.
    Ended {
        /// `expired` or `failed`; a cancelled one is `expired` with `by_user`.
        status: PurchaseStatus,
        /// The user cancelled it.
        by_user: bool,
    },
    /// The service refused it.
    Refused {
        /// Why and what to do.
        problem: ProblemView,
    },
}

/// A subscription checkout that is open in the browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Subscribing {
    /// The checkout is being made.
    Creating {
        /// Which plan.
        plan_id: String,
    },
    /// The checkout is open in the system browser.
    Waiting {
        /// Which plan.
        plan_id: String,
        /// Where to pay.
        checkout_url: String,
    },
    /// It could not be made.
    Refused {
        /// Which plan.
        plan_id: String,
        /// Why and what to do.
        problem: ProblemView,
    },
}

/// What the panel should open by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "prompt", rename_all = "snake_case")]
pub enum Prompt {
    /// The Add Tokens dialog, or the prompt that stands for it on this account.
    AddTokens,
    /// Settings.
    Settings,
    /// A spend was refused.
    Refused {
        /// What it asked for.
        needed: Tokens,
        /// What there was.
        spendable: Tokens,
        /// What is there but locked.
        locked: Tokens,
        /// What would help.
        remedy: Remedy,
    },
}

/// A notice about a condition that lasts. The most important one comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PanelNotice {
    /// The keyring has to be unlocked before the app can go on.
    KeyringWaiting,
    /// The service requires a newer app.
    AppTooOld,
    /// The cache cannot be written (disk full, no permission).
    CacheUnwritable,
    /// There is no keyring: the sign-in ends with this run.
    KeyringMissing,
    /// This computer's clock and the service's differ.
    ClockWrong,
    /// The cache was damaged. It was moved aside and replaced by a new one.
    CacheRebuilt,
    /// This desktop has no tray: the app is a window, and closing it quits.
    NoTray,
}
