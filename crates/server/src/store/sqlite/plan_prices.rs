//! Prices of plans on SQLite.

use super::query::{one, run};
use super::store::SqliteStore;
use crate::base::spelling::Spelled;
use crate::store::error::StoreResult;
use crate::store::plan_prices::{PlanPriceRecord, PlanPriceStore};
use crate::store::rows::{self, ms};
use async_trait::async_trait;
use rusqlite::params;

#[async_trait]
impl PlanPriceStore for SqliteStore {
    async fn plan_price(&self, price: &str) -> StoreResult<Option<PlanPriceRecord>> {
        let price = price.to_owned();
        self.read(move |db| {
            one(db, "SELECT * FROM plan_prices WHERE price_id = ?", [price], |row| rows::plan_price(row))
        })
        .await
    }

    async fn remember_plan_price(&self, record: PlanPriceRecord) -> StoreResult<()> {
        self.write(move |db| {
            let PlanPriceRecord { price, plan, interval, seen_at } = &record;
            let sql = "INSERT INTO plan_prices (price_id, plan_id, interval, seen_at) VALUES (?, ?, ?, ?)
                 ON CONFLICT DO NOTHING";
            run(db, sql, params![price, plan.as_str(), interval.spelling(), ms(*seen_at)]).map(drop)
        })
        .await
    }
}
