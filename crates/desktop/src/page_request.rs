//! Requests for the data of the panel's pages, and their responses.

use crate::{failure::Failure, view::ActivityFilter};
use tokenwell_wire::{DayUsage, Entry, HostedPage, Purchase};

/// A request for part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetch {
    /// The request's number, unique within its list.
    pub number: u64,
    /// The cursor to continue at. `None` means from the newest item.
    pub cursor: Option<String>,
    /// The number of items.
    pub limit: usize,
}

/// Part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPage<T> {
    /// In the service's order.
    pub items: Vec<T>,
    /// The cursor of the next part, if there is one.
    pub next: Option<String>,
}

/// A request for a page. The shell responds with a [`PageResponse`].
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
    /// Writes the activity to the downloads folder. It never overwrites a file.
    SaveActivity {
        filter: ActivityFilter,
        /// The file's name without its extension.
        name: String,
    },
    DeleteAccount {
        confirm: String,
    },
}

/// The response to a [`PageRequest`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the response to the request of the same name")]
pub enum PageResponse {
    Activity(Fetch, Result<ListPage<Entry>, Failure>),
    Purchases(Fetch, Result<ListPage<Purchase>, Failure>),
    DailyUsage(Fetch, Result<ListPage<DayUsage>, Failure>),
    Portal(Result<HostedPage, Failure>),
    /// The file's path.
    ActivitySaved(Result<String, Failure>),
    AccountDeleted(Result<(), Failure>),
}

impl PageResponse {
    /// The failure, if the request failed.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Activity(_, result) => result.as_ref().err(),
            Self::Purchases(_, result) => result.as_ref().err(),
            Self::DailyUsage(_, result) => result.as_ref().err(),
            Self::Portal(result) => result.as_ref().err(),
            Self::ActivitySaved(result) => result.as_ref().err(),
            Self::AccountDeleted(result) => result.as_ref().err(),
        }
    }
}
