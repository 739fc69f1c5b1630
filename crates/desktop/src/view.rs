//! What the panel draws. The shell pushes the whole [`View`] after every change; the panel keeps no state of the
//! account of its own. `ui/src/lib/bindings.ts` is generated from these types.

mod keys;
mod pages;
mod problem;

pub use keys::{KeyAccountView, KeyForm, KeyPlatform, LastMeter, MeterView};
pub use pages::{
    ActivityFilter, Deleting, Export, Forecast, LeftAtReset, ListView, PagesView, PanelPage, PlanEnd, Portal,
};
pub use problem::ProblemView;

use crate::{
    account_key::AccountKey,
    alerts::Alerts,
    formats::Formats,
    settings::{Appearance, Language, LockedSetting},
    update::UpdateFailure,
};
use jiff::Timestamp;
use serde::Serialize;
use tokenwell_wire::{
    Account, Balance, LockedReason, Minor, Pack, Plan, Purchase, PurchaseStatus, Remedy, Tokens,
};
use ts_rs::TS;

/// Everything that the panel shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct View {
    /// Whether the panel is open. A warm one draws nothing.
    pub open: bool,
    /// The locale of texts, as a BCP 47 tag.
    pub locale: String,
    /// How numbers, dates and times are written.
    pub formats: Formats,
    /// Who is signed in, or the progress of signing in.
    pub session: Session,
    /// The sign-in to another account, while an account is signed in.
    pub adding: Option<AddingAccount>,
    /// Every account that is stored on this computer, in the order in which they were added.
    pub accounts: Vec<AccountView>,
    /// The form for another API key.
    pub key_form: KeyForm,
    /// The account that is shown, if it is read with an API key.
    pub key_account: Option<KeyAccountView>,
    /// The address of the token service that is in use, or that the sign-in form proposes.
    pub service: String,
    /// What whoever manages this computer has set.
    pub preset: PresetView,
    /// Whether the service is reachable; if not, since when.
    pub connection: Connection,
    /// The last good balance. `None` before the first one.
    pub balance: Option<BalanceView>,
    /// The packs on sale; `None` until they are known.
    pub packs: Option<Vec<Pack>>,
    /// The highest quantity of a purchase; `None` until it is known.
    pub quantity_max: Option<u32>,
    /// How the user reaches the service's operator: an e-mail address or the address of a page.
    pub support_contact: Option<String>,
    /// The plans on offer; `None` until they are known.
    pub plans: Option<Vec<Plan>>,
    /// The purchase in flight, or the one that just ended.
    pub purchase: Option<PurchaseView>,
    /// The subscription checkout that is open in the browser.
    pub subscribing: Option<Subscribing>,
    /// The data of the panel's pages.
    pub pages: PagesView,
    /// What the panel should open by itself, after a tray command, a link or a refused spend.
    pub prompt: Option<Prompt>,
    /// The notices about conditions that last, most important first.
    pub notices: Vec<PanelNotice>,
    /// The next version of the app, if the user has to know of it.
    pub update: Option<UpdateView>,
    /// The user's settings.
    pub settings: SettingsView,
}

/// What whoever manages this computer has set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct PresetView {
    /// The service's address.
    pub service: Option<String>,
    /// What the users know that service as.
    pub name: Option<String>,
    /// Whether there is no other service.
    pub service_locked: bool,
}

/// The user's settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct SettingsView {
    /// When the user is notified of a low balance.
    pub alerts: Alerts,
    /// The service's thresholds, which apply unless the user has own ones. Empty until the balance is known.
    pub usual_alerts: Vec<UsualAlert>,
    /// Light or dark.
    pub appearance: Appearance,
    /// The language of every text.
    pub language: Language,
    /// Whether the system starts the app at login.
    pub start_at_login: bool,
    /// Whether the user is reminded before plan tokens are forfeited.
    pub remind: bool,
    /// The keys that open the panel from anywhere, as the system names them. `None` if none do.
    pub shortcut: Option<String>,
    /// Whether the spendable tokens stand beside the tray icon. `None` on a system without room for them.
    pub figure: Option<bool>,
    /// Those that the user cannot change.
    pub locked: Vec<LockedSetting>,
    /// Why the last change failed.
    pub problem: Option<ProblemView>,
    /// The diagnostics file, if the user asked for it.
    pub diagnostics: Option<DiagnosticsView>,
}

/// An alert threshold of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
pub struct UsualAlert {
    /// Its share of the plan's allowance.
    pub percent: u8,
    /// The threshold in tokens.
    pub below: Tokens,
}

/// The progress of the diagnostics file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum DiagnosticsView {
    /// It is being written.
    Saving,
    /// It is saved.
    Saved {
        /// The file's path.
        file: String,
    },
    /// It could not be written.
    Failed {
        /// The problem to show.
        problem: ProblemView,
    },
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Session {
    /// The cache is being read; lasts milliseconds.
    Starting,
    /// No account. `problem` explains why signing in failed or why the session ended, if it did.
    SignedOut {
        /// The problem to show.
        problem: Option<ProblemView>,
        /// The stored account that has to sign in again, if there is one.
        again: Option<AccountKey>,
    },
    /// The system browser is open at the issuer.
    SigningIn {
        /// The page's address, in case the browser did not open.
        url: Option<String>,
    },
    /// An account is signed in.
    SignedIn {
        /// The account. `None` until the first refresh.
        account: Option<Account>,
        /// The person's name, if the issuer gives one.
        name: Option<String>,
    },
    /// An account is shown that is read with an API key.
    Key,
}

/// The progress of signing in to another account. The current account stays signed in meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct AddingAccount {
    /// The address that is proposed or in use.
    pub service: String,
    /// The stored account that has to sign in again, if this sign-in is for one.
    pub again: Option<AccountKey>,
    /// The progress.
    pub step: AddingAccountStep,
}

/// The progress of signing in to another account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum AddingAccountStep {
    /// The form asks for the address.
    Asking {
        /// The problem to show.
        problem: Option<ProblemView>,
    },
    /// The system browser is open at the issuer.
    SigningIn {
        /// The page's address, in case the browser did not open.
        url: Option<String>,
    },
}

/// An account that is stored on this computer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct AccountView {
    /// The account's key.
    pub key: AccountKey,
    /// The person's name, if the issuer gives one.
    pub name: Option<String>,
    /// The e-mail address, if the service has one.
    pub email: Option<String>,
    /// The plan's name.
    pub plan: String,
    /// The last good balance.
    pub balance: Option<LastBalance>,
    /// The last good figure, if the account is read with an API key.
    pub meter: Option<LastMeter>,
    /// Whether it is the current one.
    pub current: bool,
    /// Whether it has to sign in again.
    pub signed_out: bool,
}

/// An account's last good balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct LastBalance {
    /// The spendable tokens.
    pub spendable: Tokens,
    /// The whole balance.
    pub balance: Balance,
    /// What a full well holds.
    pub full: Tokens,
    /// When it was received, by this computer's clock.
    #[ts(type = "string")]
    pub received_at: Timestamp,
}

/// Whether the service is reachable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Connection {
    /// The first request is in flight.
    Connecting,
    /// The last request succeeded.
    Online,
    /// The last request failed.
    Offline {
        /// Since when.
        #[ts(type = "string")]
        since: Timestamp,
        /// The problem to show.
        problem: ProblemView,
    },
}

/// The last good balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct BalanceView {
    /// As the service sent it.
    pub balance: Balance,
    /// When it was received, by this computer's clock.
    #[ts(type = "string")]
    pub received_at: Timestamp,
    /// Whether it may be out of date: it was not confirmed after the start, or the connection broke.
    pub stale: bool,
    /// What a full well holds: the tokens that are here or on hold, and those used since the last reset.
    pub full: Tokens,
    /// The alert threshold that the spendable tokens are below.
    pub low_below: Option<Tokens>,
    /// Why top-up tokens are locked, if some are.
    pub locked_reason: Option<LockedReason>,
}

/// A purchase from Buy Now to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct PurchaseView {
    /// Which pack.
    pub pack_id: String,
    /// The quantity.
    pub quantity: u32,
    /// The total number of tokens.
    pub tokens: Tokens,
    /// The total price, in minor units.
    pub amount: Minor,
    /// ISO 4217 code in lower case.
    pub currency: String,
    /// When Buy Now was pressed.
    #[ts(type = "string")]
    pub started_at: Timestamp,
    /// The progress.
    pub step: PurchaseStep,
}

/// The progress of a purchase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum PurchaseStep {
    /// The checkout is being created. After a failure this is retried automatically.
    Creating {
        /// Why it could not be created yet.
        problem: Option<ProblemView>,
    },
    /// The checkout is open in the system browser.
    Waiting {
        /// The checkout's address.
        checkout_url: String,
        /// Set if the browser could not be opened. The panel then offers Copy link.
        problem: Option<ProblemView>,
        /// Cancel purchase was pressed, and the request is in flight.
        cancelling: bool,
    },
    /// The checkout is complete, and the payment has not arrived yet (bank debit).
    Processing,
    /// The tokens were granted.
    Paid {
        /// The receipt's address, if it may be opened.
        receipt_url: Option<String>,
        /// What was charged.
        charge: ChargeView,
    },
    /// Charged, but nothing was granted: the amount is owed back.
    RefundDue {
        /// What was charged.
        charge: ChargeView,
    },
    /// It ended without tokens.
    Ended {
        /// `expired`, `failed`, `refunded` or `disputed`. A cancelled one is `expired` with `by_user`.
        status: PurchaseStatus,
        /// The user cancelled it.
        by_user: bool,
    },
    /// The service refused it.
    Refused {
        /// The problem to show.
        problem: ProblemView,
    },
}

/// What was charged for a purchase. The amounts are in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ChargeView {
    /// ISO 4217 code in lower case.
    pub currency: String,
    /// What a coupon or promotion code took off.
    pub discount: Minor,
    /// The tax, which is part of the total.
    pub tax: Minor,
    /// The total.
    pub total: Minor,
}

impl ChargeView {
    /// The charge of a purchase. A service that does not say charged the price.
    pub fn of(purchase: &Purchase) -> Self {
        Self {
            currency: purchase.charged_currency.as_ref().unwrap_or(&purchase.currency).clone(),
            discount: purchase.discount.unwrap_or(Minor(0)),
            tax: purchase.tax.unwrap_or(Minor(0)),
            total: purchase.total.unwrap_or(purchase.amount),
        }
    }
}

/// A subscription checkout that is open in the browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Subscribing {
    /// The checkout is being created.
    Creating {
        /// Which plan.
        plan_id: String,
    },
    /// The checkout is open in the system browser.
    Waiting {
        /// Which plan.
        plan_id: String,
        /// The checkout's address.
        checkout_url: String,
    },
    /// It could not be created.
    Refused {
        /// Which plan.
        plan_id: String,
        /// The problem to show.
        problem: ProblemView,
    },
}

/// What the panel should open by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "prompt", rename_all = "snake_case")]
pub enum Prompt {
    /// The Add Tokens dialog, or the prompt that replaces it for this account.
    AddTokens,
    /// Settings.
    Settings,
    /// A spend was refused.
    Refused {
        /// The tokens that it needed.
        needed: Tokens,
        /// The tokens that were spendable.
        spendable: Tokens,
        /// The tokens that were locked.
        locked: Tokens,
        /// What the user can do about it.
        remedy: Remedy,
    },
}

/// How the user gets the next version of the app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum UpdateView {
    /// The app can look for it.
    Current,
    /// The app is looking for it.
    Looking,
    /// It is being downloaded.
    Downloading {
        /// Its version.
        version: String,
    },
    /// It is installed by a restart.
    Ready {
        /// Its version.
        version: String,
        /// Whether something is being bought, which a restart must not interrupt.
        waits: bool,
    },
    /// It could not be found, downloaded or installed.
    Failed {
        /// Why.
        why: UpdateFailure,
    },
    /// A package manager brings it.
    Command {
        /// The command for it.
        command: String,
    },
    /// It is on the page of releases.
    Page,
    /// Whoever manages this computer brings it.
    Managed,
}

/// A notice about a condition that lasts. The most important one comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PanelNotice {
    /// The keyring is locked, and the app waits for it.
    KeyringWaiting,
    /// The service requires a newer app.
    AppTooOld,
    /// The cache cannot be written (disk full, no permission).
    CacheUnwritable,
    /// There is no keyring. The user has to sign in again after a restart.
    KeyringMissing,
    /// The keyring is locked and has not stored the sign-in.
    KeyringLocked,
    /// The keyring refused to store the sign-in.
    KeyringRefused,
    /// This computer's clock and the service's differ.
    ClockWrong,
    /// The cache was damaged. It was moved aside and replaced by a new one.
    CacheRebuilt,
    /// This desktop has no tray. The app is a window, and closing it ends the app.
    NoTray,
}
