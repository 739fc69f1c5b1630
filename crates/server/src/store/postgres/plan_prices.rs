//! Prices of plans on PostgreSQL.

use super::statement::sql;
use super::store::PostgresStore;
use crate::base::spelling::Spelled;
use crate::store::error::StoreResult;
use crate::store::plan_prices::{PlanPriceRecord, PlanPriceStore};
use crate::store::rows;
use async_trait::async_trait;

#[async_trait]
impl PlanPriceStore for PostgresStore {
    async fn plan_price(&self, price: &str) -> StoreResult<Option<PlanPriceRecord>> {
        self.one(sql!("SELECT * FROM plan_prices WHERE price_id = $1", price), rows::plan_price).await
    }

    async fn remember_plan_price(&self, record: PlanPriceRecord) -> StoreResult<()> {
        let PlanPriceRecord { price, plan, interval, seen_at } = &record;
        let sql = "INSERT INTO plan_prices (price_id, plan_id, interval, seen_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT DO NOTHING";
        self.run(sql!(sql, price, plan.as_str(), interval.spelling(), *seen_at)).await.map(drop)
    }
}
