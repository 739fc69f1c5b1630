//! The data of the panel's pages besides the balance: usage and forecast, activity, purchases, the portal, deleting the
//! account.

use super::problem::ProblemView;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokenwell_wire::{Bucket, DayUsage, Entry, Purchase, Tokens};
use ts_rs::TS;

/// A page of the panel. Its data is fetched when it is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the page of the same name")]
pub enum PanelPage {
    Home,
    Activity,
    Purchases,
    Settings,
    Billing,
    DeleteAccount,
}

/// The data of the pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct PagesView {
    /// The tokens spent in the last 30 days, by day and bucket.
    pub usage: ListView<DayUsage>,
    /// The forecast. `None` if the usage is unknown or zero.
    pub forecast: Option<Forecast>,
    /// The entries of the ledger, newest first.
    pub activity: ListView<Entry>,
    /// The filter of the activity.
    pub filter: ActivityFilter,
    /// The export of the activity.
    pub export: Option<Export>,
    /// The purchases, newest first.
    pub purchases: ListView<Purchase>,
    /// Stripe's page for managing the subscription.
    pub portal: Option<Portal>,
    /// Deleting the account.
    pub deleting: Option<Deleting>,
    /// Set if the browser could not open a page of a purchase.
    pub browser: Option<ProblemView>,
}

/// A window of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ListView<T> {
    /// The items that were fetched.
    pub items: Vec<T>,
    /// When they were last fetched. `None` before the first time.
    #[ts(type = "string | null")]
    pub fetched_at: Option<Timestamp>,
    /// The first or the next items are being fetched.
    pub loading: bool,
    /// There are newer items before these.
    pub newer: bool,
    /// There are older items after these.
    pub older: bool,
    /// Why the last fetch failed.
    pub problem: Option<ProblemView>,
}

/// The filter of the activity. It also applies to the export.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ActivityFilter {
    /// Only entries of this bucket.
    pub bucket: Option<Bucket>,
    /// Only entries of these kinds, such as `spend`. Empty means every kind.
    pub kinds: Vec<String>,
}

/// An export of the activity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Export {
    /// It is being written.
    Saving,
    /// It is saved.
    Saved {
        /// The file's path.
        path: String,
    },
    /// It failed.
    Failed {
        /// The problem to show.
        problem: ProblemView,
    },
}

/// Stripe's page for managing the subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Portal {
    /// It is being created.
    Opening,
    /// It is open in the system browser.
    Open {
        /// Its address.
        url: String,
        /// Set if the browser could not be opened. The panel then offers Copy link.
        problem: Option<ProblemView>,
    },
    /// It could not be created.
    Refused {
        /// The problem to show.
        problem: ProblemView,
    },
}

/// The deletion of the account (rule 18). After it, no account is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Deleting {
    /// The request is in flight.
    Asked,
    /// It failed. Nothing has changed.
    Failed {
        /// The problem to show.
        problem: ProblemView,
    },
}

/// The forecast if tokens are spent at the recent rate. It covers one year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Forecast {
    /// The tokens spent per day.
    pub daily: Tokens,
    /// When top-up tokens start to be spent.
    #[ts(type = "string | null")]
    pub top_up_from: Option<Timestamp>,
    /// When no spendable tokens remain.
    #[ts(type = "string | null")]
    pub empty_at: Option<Timestamp>,
    /// When the next fast tokens arrive after that.
    #[ts(type = "string | null")]
    pub refilled_at: Option<Timestamp>,
    /// What is left at the next reset. `None` if tokens run out before it, or if no reset is known.
    pub at_reset: Option<LeftAtReset>,
    /// The end of a cancelled plan, if tokens remain until then.
    pub plan_ends: Option<PlanEnd>,
}

/// What is left of today's tokens at the next reset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct LeftAtReset {
    /// The time.
    #[ts(type = "string")]
    pub at: Timestamp,
    /// Bank and fast tokens.
    pub plan: Tokens,
    /// Usable top-up tokens.
    pub top_up: Tokens,
}

/// What the account loses at the end of its plan (rule 9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct PlanEnd {
    /// The time.
    #[ts(type = "string")]
    pub at: Timestamp,
    /// The bank and fast tokens that are forfeited.
    pub forfeited: Tokens,
    /// The top-up tokens that are locked.
    pub locked: Tokens,
}
