//! The prices of plans that are remembered.

use super::{Database, on_every_database, second};
use crate::store::PlanPriceRecord;
use tokenwell_ledger::{Interval, PlanId};

on_every_database!(a_price_stays_what_it_was_when_it_was_first_seen);

async fn a_price_stays_what_it_was_when_it_was_first_seen(database: impl Database) {
    let stores = [database.open().await, database.open().await];
    let record = |plan: &str, interval, at| PlanPriceRecord {
        price: "price_1".to_owned(),
        plan: PlanId::from(plan),
        interval,
        seen_at: second(at),
    };
    assert_eq!(stores[0].plan_price("price_1").await.unwrap(), None);
    let first = record("premium", Interval::Year, 1);
    stores[0].remember_plan_price(first.clone()).await.unwrap();
    stores[1].remember_plan_price(record("essential", Interval::Month, 2)).await.unwrap();
    assert_eq!(stores[1].plan_price("price_1").await.unwrap(), Some(first));
    assert_eq!(stores[1].plan_price("price_2").await.unwrap(), None);
}
