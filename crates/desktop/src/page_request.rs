//! What the pages of the panel need from the service, and the responses.

use crate::{failure::Failure, view::ActivityFilter};
use tokenwell_wire::{DayUsage, Entry, HostedPage, Purchase};

/// A request for part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetch {
    /// Tells this request from every other of the same list.
    pub number: u64,
    /// What comes after this place; from the newest on without it.
    pub cursor: Option<String>,
    /// How many.
    pub limit: usize,
}

/// Part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPage<T> {
    /// In the service's order.
    pub items: Vec<T>,
    /// Where the next part starts, if there is one.
    pub next: Option<String>,
}

/// What the service is asked for a place; the shell tells the [`PageResponse`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the call or file of the same name")]
pub enum PageRequest {
    Activity {
        filter: ActivityFilter,
        fetch: Fetch,
    },
    Purchases(Fetch),
    DailyUsage(Fetch),
    Portal,
    /// Writes the activity into the user's folder for downloads, never over another file.
    SaveActivity {
        filter: ActivityFilter,
        /// The file's name, without its ending.
        name: String,
    },
    DeleteAccount {
        confirm: String,
    },
}

/// The answer to a [`PageRequest`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each answers the question of the same name")]
pub enum PageResponse {
    Activity(Fetch, Result<ListPage<Entry>, Failure>),
    Purchases(Fetch, Result<ListPage<Purchase>, Failure>),
    DailyUsage(Fetch, Result<ListPage<DayUsage>, Failure>),
    Portal(Result<HostedPage, Failure>),
    /// Where the file is.
    ActivitySaved(Result<String, Failure>),
    AccountDeleted(Result<(), Failure>),
}

impl PageResponse {
    /// What went wrong, if something did.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Activity(_, answer) => answer.as_ref().err(),
            Self::Purchases(_, answer) => answer.as_ref().err(),
            Self::DailyUsage(_, answer) => answer.as_ref().err(),
            Self::Portal(answer) => answer.as_ref().err(),
            Self::ActivitySaved(answer) => answer.as_ref().err(),
            Self::AccountDeleted(answer) => answer.as_ref().err(),
        }
    }
}
