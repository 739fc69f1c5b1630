//! What the panel's pages show besides the balance: Home's use and forecast, Activity, Purchases, Subscription and
//! Billing, Delete account.

use super::problem::ProblemView;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokenwell_wire::{Bucket, DayUsage, Entry, Purchase, Tokens};
use ts_rs::TS;

/// A place in the panel. Its data is fetched when it is gone to.
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

/// What the places show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct PagesView {
    /// What was spent in the last 30 days, by day (UTC) and bucket.
    pub usage: ListView<DayUsage>,
    /// Where that leads; `None` if it is not known, or nothing was spent.
    pub forecast: Option<Forecast>,
    /// The entries of the ledger, newest first.
    pub activity: ListView<Entry>,
    /// Which entries.
    pub filter: ActivityFilter,
    /// The export of the activity.
    pub export: Option<Export>,
    /// The purchases, newest first.
    pub purchases: ListView<Purchase>,
    /// Stripe's page for managing the subscription.
    pub portal: Option<Portal>,
    /// Deleting the account.
    pub deleting: Option<Deleting>,
    /// Set if a page of a purchase could not be opened in the browser.
    pub browser: Option<ProblemView>,
}

/// A stretch of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ListView<T> {
    /// What is known of it.
    pub items: Vec<T>,
    /// When it was last fetched; `None` if it never was.
    #[ts(type = "string | null")]
    pub fetched_at: Option<Timestamp>,
    /// The first or the next items are on their way.
    pub loading: bool,
    /// There are newer items before these.
    pub newer: bool,
    /// There are older items after these.
    pub older: bool,
    /// Why the last fetch did not work.
    pub problem: Option<ProblemView>,
}

/// Which entries are shown and exported.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ActivityFilter {
    /// Only this bucket's.
    pub bucket: Option<Bucket>,
    /// Only of these kinds, such as `spend`; of every kind if there are none.
    pub kinds: Vec<String>,
}

/// An export of the activity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Export {
    /// It is being written.
    Saving,
    /// It is there.
    Saved {
        /// Where.
        path: String,
    },
    /// It is not.
    Failed {
        /// Why and what to do.
        problem: ProblemView,
    },
}

/// Stripe's page for managing the subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Portal {
    /// It is being made.
    Opening,
    /// It is open in the system browser.
    Open {
        /// Its address.
        url: String,
        /// Set if the browser could not be opened: Copy link is the way then.
        problem: Option<ProblemView>,
    },
    /// It could not be made.
    Refused {
        /// Why and what to do.
        problem: ProblemView,
    },
}

/// Deleting the account (rule 18). Once it is done, nobody is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Deleting {
    /// The service was asked to.
    Asked,
    /// It did not; everything is as it was.
    Failed {
        /// Why and what to do.
        problem: ProblemView,
    },
}

/// What happens if tokens go on being spent as they were. It looks a year ahead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Forecast {
    /// What was spent a day.
    pub daily: Tokens,
    /// When top-up starts being spent.
    #[ts(type = "string | null")]
    pub top_up_from: Option<Timestamp>,
    /// When there is nothing left to spend.
    #[ts(type = "string | null")]
    pub empty_at: Option<Timestamp>,
    /// When fast tokens come after that.
    #[ts(type = "string | null")]
    pub refilled_at: Option<Timestamp>,
    /// The end of a cancelled plan, if there is something to spend until then.
    pub plan_ends: Option<PlanEnd>,
}

/// What the end of a plan takes along (rule 9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct PlanEnd {
    /// When.
    #[ts(type = "string")]
    pub at: Timestamp,
    /// Bank and fast tokens that are left then.
    pub forfeited: Tokens,
    /// Top-up tokens that are left then.
    pub locked: Tokens,
}
