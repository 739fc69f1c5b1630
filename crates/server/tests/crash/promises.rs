//! What must hold once nobody is killed any more.

use crate::client::{Buyer, Kept};
use crate::program::text;
use crate::service::Service;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The same key and body bring the same bytes back.
pub async fn every_acknowledged_answer_is_there(buyer: &Buyer) {
    for kept in &buyer.kept {
        let again = buyer.send(&kept.ask).await.unwrap();
        assert_eq!(again, kept.answer, "{:?}", kept.ask);
    }
}

/// What was done, was done once.
pub async fn nothing_happened_twice(buyer: &Buyer, service: &Service) {
    let entries = buyer.activity().await;
    let of_kind = |kind: &str| {
        let mut sums: BTreeMap<String, i64> = BTreeMap::new();
        for entry in entries.iter().filter(|entry| entry["kind"] == kind) {
            let reference = entry["reference"].as_str().unwrap().to_owned();
            *sums.entry(reference).or_default() += entry["amount"].as_i64().unwrap();
        }
        sums
    };

    // Every spend was asked for until it was acknowledged: what was acknowledged is what was spent.
    let acknowledged: BTreeMap<String, i64> =
        buyer.made("spends").map(|spend| (text(&spend["id"]), -spend["amount"].as_i64().unwrap())).collect();
    assert_eq!(of_kind("spend"), acknowledged);

    // What was paid is granted, once; what was not paid is not.
    let mut granted = BTreeMap::new();
    for purchase in buyer.made("purchases") {
        let session = service.outside.session(&purchase).await;
        let now = buyer.get(&format!("/v1/purchases/{}", text(&purchase["id"]))).await;
        let paid = session["payment_status"] == "paid";
        assert_eq!(now["status"], if paid { "paid" } else { "open" }, "{now}");
        if paid {
            granted.insert(text(&purchase["id"]), purchase["tokens"].as_i64().unwrap());
        }
    }
    assert_eq!(of_kind("grant"), granted);

    // A hold ends once: what went out for it and did not come back is what was committed.
    let holds: BTreeMap<String, i64> =
        buyer.made("holds").map(|hold| (text(&hold["id"]), -hold["amount"].as_i64().unwrap())).collect();
    assert_eq!(of_kind("hold"), holds);

    // The balance is the fold of the entries.
    let balance = buyer.get("/v1/balance").await;
    for bucket in ["fast", "rollover", "top_up"] {
        let sum: i64 = entries
            .iter()
            .filter(|entry| entry["bucket"] == bucket)
            .map(|entry| entry["amount"].as_i64().unwrap())
            .sum();
        assert_eq!(balance[bucket]["available"], json!(sum), "{bucket}");
    }
}

impl Buyer {
    /// What the answers of success to calls of this kind say was made.
    fn made<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = Value> {
        let fits = move |kept: &&Kept| kept.ask.path.ends_with(kind) && kept.answer.status == 201;
        self.kept.iter().filter(fits).map(|kept| kept.answer.json())
    }
}
