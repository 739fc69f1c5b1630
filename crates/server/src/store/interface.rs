//! The interface of every database.

use super::accounts::AccountStore;
use super::changes::ChangeStore;
use super::error::StoreResult;
use super::lists::ListStore;
use super::naming::NamingStore;
use super::plan_prices::PlanPriceStore;
use super::work::WorkStore;
use async_trait::async_trait;
use prometheus_client::registry::Registry;

/// A database that the service runs on.
#[async_trait]
pub trait Store: AccountStore + ChangeStore + ListStore + NamingStore + PlanPriceStore + WorkStore {
    /// Whether other instances of the service may write to this database.
    fn is_shared(&self) -> bool;
    /// Fails if the database cannot be written.
    async fn ready(&self) -> StoreResult<()>;
    /// Adds the store's metrics to others.
    fn register(&self, registry: &mut Registry);
    /// Finishes the writes under way and closes the database.
    async fn close(&self);
}
