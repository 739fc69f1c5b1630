//! Lists at Stripe, read page by page.

use super::client::StripeClient;
use super::error::StripeError;
use super::fields::{Field, fields};
use super::objects::{Identified, List};
use serde::de::DeserializeOwned;

/// The most that Stripe returns on one page.
const PAGE: usize = 100;

/// A list that is being read.
pub struct Pages {
    path: String,
    query: Vec<Field>,
    after: Option<String>,
    is_at_end: bool,
}

impl Pages {
    /// The list at `path` with this filter.
    pub fn of(path: impl Into<String>, query: Vec<Field>) -> Self {
        Self { path: path.into(), query, after: None, is_at_end: false }
    }

    /// The next page; `None` after the last.
    ///
    /// # Errors
    /// If Stripe does not return it. The next call requests the same page.
    pub async fn next<T: Listed>(&mut self, stripe: &StripeClient) -> Result<Option<Vec<T>>, StripeError> {
        if self.is_at_end {
            return Ok(None);
        }
        let mut query = self.query.clone();
        query.extend(fields!["limit" => PAGE]);
        if let Some(after) = &self.after {
            query.extend(fields!["starting_after" => after]);
        }
        let page: List<T> = stripe.get(&self.path, &query).await?;
        self.after = page.data.last().map(|last| last.id().to_owned());
        self.is_at_end = !page.has_more || self.after.is_none();
        Ok(Some(page.data))
    }
}

impl StripeClient {
    /// Every object of a list.
    pub(super) async fn all<T: Listed>(&self, mut pages: Pages) -> Result<Vec<T>, StripeError> {
        let mut all = Vec::new();
        while let Some(page) = pages.next(self).await? {
            all.extend(page);
        }
        Ok(all)
    }

    /// Every entry of a list inside an object. Stripe includes ten entries at most; the rest is listed at `path`.
    pub(super) async fn all_of<T: Listed>(
        &self,
        embedded: List<T>,
        path: impl Into<String>,
        query: Vec<Field>,
    ) -> Result<Vec<T>, StripeError> {
        let mut all = embedded.data;
        if embedded.has_more {
            let after = all.last().map(|last| last.id().to_owned());
            all.extend(self.all(Pages { after, ..Pages::of(path, query) }).await?);
        }
        Ok(all)
    }
}

/// An object that Stripe lists.
pub trait Listed: Identified + DeserializeOwned {}

impl<T: Identified + DeserializeOwned> Listed for T {}
