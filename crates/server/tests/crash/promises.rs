//! The promises that are checked after the last kill.

use crate::client::{Buyer, Exchange};
use crate::program::text;
use crate::service::Service;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The same key and body return the same bytes.
pub async fn every_acknowledged_response_is_replayed(buyer: &Buyer) {
    for Exchange { request, response } in &buyer.acknowledged {
        let again = buyer.send(request).await.unwrap();
        assert_eq!(again, *response, "{request:?}");
    }
}

/// The ledger has exactly the acknowledged spends and holds, and a grant for every paid purchase.
pub async fn nothing_was_executed_twice(buyer: &Buyer, service: &Service) {
    let entries = buyer.activity().await;
    let of_kind = |kind: &str| {
        let mut sums: BTreeMap<String, i64> = BTreeMap::new();
        for entry in entries.iter().filter(|entry| entry["kind"] == kind) {
            let reference = entry["reference"].as_str().unwrap().to_owned();
            *sums.entry(reference).or_default() += entry["amount"].as_i64().unwrap();
        }
        sums
    };

    // Every spend was sent until it was acknowledged, so the acknowledged spends are all spends.
    let acknowledged: BTreeMap<String, i64> = buyer
        .created("spends")
        .map(|spend| (text(&spend["id"]), -spend["amount"].as_i64().unwrap()))
        .collect();
    assert_eq!(of_kind("spend"), acknowledged);

    // Paid purchases are granted once, unpaid ones are not granted.
    let mut granted = BTreeMap::new();
    for purchase in buyer.created("purchases") {
        let session = service.sandbox.session(&purchase).await;
        let now = buyer.get(&format!("/v1/purchases/{}", text(&purchase["id"]))).await;
        let paid = session["payment_status"] == "paid";
        assert_eq!(now["status"], if paid { "paid" } else { "open" }, "{now}");
        if paid {
            granted.insert(text(&purchase["id"]), purchase["tokens"].as_i64().unwrap());
        }
    }
    assert_eq!(of_kind("grant"), granted);

    // Every hold is placed once.
    let holds: BTreeMap<String, i64> =
        buyer.created("holds").map(|hold| (text(&hold["id"]), -hold["amount"].as_i64().unwrap())).collect();
    assert_eq!(of_kind("hold"), holds);

    // The balance is the sum of the entries.
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
    /// The objects that requests of this kind created, from their responses.
    fn created<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = Value> {
        let fits = move |it: &&Exchange| it.request.path.ends_with(kind) && it.response.status == 201;
        self.acknowledged.iter().filter(fits).map(|exchange| exchange.response.json())
    }
}
