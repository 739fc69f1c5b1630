//! Lists at Stripe, read page by page.

use super::client::StripeClient;
use super::error::StripeError;
use super::fields::{Field, fields};
use super::objects::{CheckoutSession, Dispute, List, Subscription};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The most that Stripe returns on one page.
const PAGE: usize = 100;

/// A list that is being read.
pub struct Pages {
    path: &'static str,
    query: Vec<Field>,
    after: Option<String>,
    is_at_end: bool,
}

impl Pages {
    /// The list at `path` with this filter.
    pub fn of(path: &'static str, query: Vec<Field>) -> Self {
        Self { path, query, after: None, is_at_end: false }
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
        let page: List<T> = stripe.get(self.path, &query).await?;
        self.after = page.data.last().map(|last| last.id().to_owned());
        self.is_at_end = !page.has_more || self.after.is_none();
        Ok(Some(page.data))
    }
}

/// An object that Stripe lists.
pub trait Listed: DeserializeOwned {
    /// Its id, after which the next page starts.
    fn id(&self) -> &str;
}

impl Listed for Value {
    fn id(&self) -> &str {
        self["id"].as_str().unwrap_or_default()
    }
}

impl Listed for CheckoutSession {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Listed for Dispute {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Listed for Subscription {
    fn id(&self) -> &str {
        &self.id
    }
}
