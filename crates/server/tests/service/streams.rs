//! The event stream: pushes, resumption, its end.

use crate::support::{World, card, pay};
use serde_json::json;

#[tokio::test]
async fn a_stream_starts_with_the_balance_and_every_change_is_pushed() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let mut events = ada.listen(None).await;
    let (name, balance, _) = events.next().await.unwrap();
    assert_eq!((name.as_str(), &balance["spendable"]), ("balance", &json!(25_000)));

    let purchase = ada.open("small", 1).await;
    let (pushed, _) = events.until("purchase", |pushed| pushed["status"] == "open").await;
    assert_eq!(pushed, purchase);
    world.sandbox(&pay(&purchase), card()).await;
    events.until("purchase", |pushed| pushed["status"] == "paid" && pushed["granted_tokens"] == 5000).await;

    let id = ada.account_id().await;
    let body = json!({ "amount": 100, "reason": "A portrait" });
    world.platform_post(&format!("/v1/accounts/{id}/spends"), "one", body).await.ok();
    events.until("balance", |balance| balance["spendable"] == 29_900).await;
}

#[tokio::test]
async fn a_refused_spend_is_pushed_with_its_numbers() {
    let world = World::start().await;
    let bob = world.user("bob@example.com", "free").await;
    let mut events = bob.listen(None).await;
    let id = bob.account_id().await;
    let body = json!({ "amount": 151, "reason": "A portrait" });
    let refused = world.platform_post(&format!("/v1/accounts/{id}/spends"), "one", body).await;
    refused.refused(402, "insufficient_tokens", "151 tokens are needed");
    let (pushed, _) = events.until("spend_refused", |_| true).await;
    assert_eq!(pushed, json!({ "needed": 151, "spendable": 150, "locked": 0, "remedy": "upgrade" }));
}

#[tokio::test]
async fn a_stream_is_resumed_without_a_gap_even_after_a_restart() {
    let mut world = World::start().await;
    let token = world.user("bob@example.com", "free").await.token;
    let bob = crate::support::User { world: &world, token: token.clone() };
    let id = bob.account_id().await;
    let spends = format!("/v1/accounts/{id}/spends");
    let mut events = bob.listen(None).await;
    world.platform_post(&spends, "one", json!({ "amount": 10, "reason": "Seen" })).await.ok();
    let (_, seen) = events.until("balance", |balance| balance["spendable"] == 140).await;
    drop(events);

    // Missed: one spend and two refusals.
    world.platform_post(&spends, "two", json!({ "amount": 20, "reason": "Missed" })).await.ok();
    world.platform_post(&spends, "three", json!({ "amount": 500, "reason": "Missed" })).await;
    world.platform_post(&spends, "four", json!({ "amount": 600, "reason": "Missed" })).await;
    world.restart().await;

    let bob = crate::support::User { world: &world, token };
    let mut events = bob.listen(Some(&seen)).await;
    let (name, balance, _) = events.next().await.unwrap();
    assert_eq!((name.as_str(), &balance["spendable"]), ("balance", &json!(120)));
    let (first, first_id) = events.until("spend_refused", |_| true).await;
    let (second, second_id) = events.until("spend_refused", |_| true).await;
    assert_eq!((&first["needed"], &second["needed"]), (&json!(500), &json!(600)));
    assert!(first_id.parse::<i64>().unwrap() < second_id.parse::<i64>().unwrap());
    drop(events);

    // A stream resumed after the last event pushes nothing twice.
    let mut events = bob.listen(Some(&second_id)).await;
    assert_eq!(events.next().await.unwrap().0, "balance");
    world.platform_post(&spends, "five", json!({ "amount": 1, "reason": "New" })).await.ok();
    assert_eq!(events.next().await.unwrap().1["spendable"], 119);
}

#[tokio::test]
async fn a_stream_with_an_unknown_event_id_starts_with_the_balance() {
    let world = World::start().await;
    let bob = world.user("bob@example.com", "free").await;
    for id in ["999999999", "-1", "nonsense"] {
        let mut events = bob.listen(Some(id)).await;
        assert_eq!(events.next().await.unwrap().0, "balance", "{id}");
    }
}

#[tokio::test]
async fn the_daily_reset_is_pushed_at_its_time() {
    let world = World::with_test_clock().await;
    world.set_clock("2027-01-10T12:00:00Z").await;
    let bob = world.user("bob@example.com", "free").await;
    let id = bob.account_id().await;
    let body = json!({ "amount": 150, "reason": "All of it" });
    world.platform_post(&format!("/v1/accounts/{id}/spends"), "one", body).await.ok();
    let mut events = bob.listen(None).await;
    let (_, balance, _) = events.next().await.unwrap();
    assert_eq!(
        (&balance["spendable"], &balance["fast"]["resets_at"]),
        (&json!(0), &json!("2027-01-11T00:00:00Z"))
    );
    world.set_clock("2027-01-11T00:00:00Z").await;
    let (balance, _) = events.until("balance", |balance| balance["spendable"] == 150).await;
    assert_eq!(balance["as_of"], "2027-01-11T00:00:00Z");
}

#[tokio::test]
async fn a_stream_ends_when_the_service_stops() {
    let mut world = World::start().await;
    let token = world.user("bob@example.com", "free").await.token;
    let mut events = crate::support::User { world: &world, token }.listen(None).await;
    events.next().await.unwrap();
    world.stop_service().await;
    assert_eq!(events.next().await.unwrap().0, "stopping");
    assert_eq!(events.next().await, None);
}

#[tokio::test]
async fn the_last_event_of_changes_that_follow_each_other_at_once_has_the_balance_after_them() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let spends = format!("/v1/accounts/{}/spends", ada.account_id().await);
    let mut events = ada.listen(None).await;
    // The first spend of a pair wakes the stream. The other one is committed while the stream reads notices and balance.
    for pair in 0..150_u32 {
        for spend in ["one", "other"] {
            let body = json!({ "amount": 1, "reason": "A pixel" });
            world.platform_post(&spends, &format!("{spend}-{pair}"), body).await.ok();
        }
        let left = 25_000 - 2 * (pair + 1);
        events.until("balance", |balance| balance["spendable"] == left).await;
    }
}
