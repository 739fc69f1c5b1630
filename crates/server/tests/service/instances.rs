//! Two instances of the service on one PostgreSQL database, as behind a load balancer.

use crate::support::{Response, SERVICE_KEY, User, World, send};
use serde_json::json;
use tokenwell_server::Running;
use tokenwell_stage::{Pooler, Postgres};

/// Starts a world and a second instance of its service. Returns both and the second instance's origin.
async fn two_instances() -> (World, Running, String) {
    with_second_instance(World::on_postgres().await).await
}

async fn with_second_instance(world: World) -> (World, Running, String) {
    let other = tokenwell_server::start(world.settings()).await.unwrap();
    let origin = format!("http://{}", other.addr);
    (world, other, origin)
}

async fn spend(world: &World, origin: &str, account: &str, key: &str, amount: u64) -> Response {
    let request = world.http.post(format!("{origin}/v1/accounts/{account}/spends")).bearer_auth(SERVICE_KEY);
    let body = json!({ "amount": amount, "reason": "A portrait" });
    send(request.header("Idempotency-Key", key).json(&body)).await
}

#[tokio::test]
async fn the_same_request_to_two_instances_at_once_is_executed_once() {
    let (world, other, origin) = two_instances().await;
    let bob = world.user("bob@example.com", "free").await;
    let id = bob.account_id().await;
    for n in 0..5 {
        let key = format!("key-{n}");
        let (one, two) =
            tokio::join!(spend(&world, &world.origin, &id, &key, 10), spend(&world, &origin, &id, &key, 10));
        assert_eq!((one.status, two.status), (201, 201), "{} {}", one.body, two.body);
        assert_eq!(one.bytes, two.bytes, "both instances return the same bytes");
    }
    assert_eq!(bob.balance().await["spendable"], 100);
    other.shutdown().await;
}

#[tokio::test]
async fn concurrent_spends_through_two_instances_never_exceed_the_balance() {
    let (world, other, origin) = two_instances().await;
    let bob = world.user("bob@example.com", "free").await;
    let id = bob.account_id().await;
    let all = futures_util::future::join_all((0..40).map(|n| {
        let (world, id) = (&world, &id);
        let origin = if n % 2 == 0 { &world.origin } else { &origin };
        async move { spend(world, origin, id, &format!("spend-{n}"), 10).await.status }
    }))
    .await;
    let count = |status| all.iter().filter(|one| **one == status).count();
    assert_eq!((count(201), count(402)), (15, 25), "{all:?}");
    assert_eq!(bob.balance().await["spendable"], 0);
    other.shutdown().await;
}

#[tokio::test]
async fn changes_of_one_instance_are_pushed_to_the_streams_of_the_other() {
    let (mut world, other, origin) = two_instances().await;
    let bob = world.user("bob@example.com", "free").await;
    let (id, token) = (bob.account_id().await, bob.token.clone());
    // From here on, requests through this world go to the second instance.
    let first = std::mem::replace(&mut world.origin, origin);
    let bob = User { world: &world, token };
    let mut events = bob.listen(None).await;
    events.until("balance", |balance| balance["spendable"] == 150).await;
    spend(&world, &first, &id, "one", 30).await.ok();
    events.until("balance", |balance| balance["spendable"] == 120).await;
    spend(&world, &first, &id, "two", 500).await.refused(402, "insufficient_tokens", "500 tokens are needed");
    events.until("spend_refused", |data| data["needed"] == 500).await;
    drop(events);
    other.shutdown().await;
}

#[tokio::test]
async fn the_work_item_of_an_instance_that_died_is_done_by_another_after_its_lease() {
    let (world, other, _) = two_instances().await;
    let ada = world.user("ada@example.com", "premium").await;
    let purchase = ada.open("small", 1).await;
    let session = crate::support::session(&purchase);
    let soon = (jiff::Timestamp::now() + jiff::SignedDuration::from_secs(2)).as_millisecond();
    // As if a third instance had leased the checkout and been killed.
    let lease = format!(
        "WITH leased AS (UPDATE checkouts SET leased_until = {soon}, next_check_at = 0
             WHERE session_id = '{session}' RETURNING 1) SELECT count(*) FROM leased"
    );
    assert_eq!(world.count(&lease).await, 1);
    world.sandbox_set("/sandbox/webhooks", json!({ "drop": 50 })).await;
    world.sandbox(&crate::support::pay(&purchase), crate::support::card()).await;
    ada.until(&purchase, "paid").await;
    assert_eq!(ada.balance().await["top_up"]["available"], 5000);
    other.shutdown().await;
}

#[tokio::test]
async fn instances_work_behind_a_transaction_pooler_that_shares_its_connections() {
    let server = Postgres::shared();
    let pooler = Pooler::start(server).unwrap();
    let (mut world, other, origin) =
        with_second_instance(World::on_postgres_at(pooler.address(&server.database())).await).await;
    let ada = world.user("ada@example.com", "premium").await;
    let (id, token) = (ada.account_id().await, ada.token.clone());
    ada.buy("small", 1).await;
    // More requests at once than the pooler has connections. Some of the spends are refused.
    let all = futures_util::future::join_all((0..60).map(|n| {
        let (world, id) = (&world, &id);
        let origin = if n % 2 == 0 { &world.origin } else { &origin };
        async move { spend(world, origin, id, &format!("spend-{n}"), 600).await.status }
    }))
    .await;
    let count = |status| all.iter().filter(|one| **one == status).count();
    assert_eq!((count(201), count(402)), (50, 10), "{all:?}");
    let first = std::mem::replace(&mut world.origin, origin);
    let ada = User { world: &world, token };
    assert_eq!(ada.balance().await["spendable"], 0);
    let again = spend(&world, &first, &id, "spend-0", 600).await;
    assert_eq!(again.bytes, spend(&world, &world.origin, &id, "spend-0", 600).await.bytes);
    let mut events = ada.listen(None).await;
    events.until("balance", |balance| balance["spendable"] == 0).await;
    spend(&world, &first, &id, "too much", 700).await.refused(402, "insufficient_tokens", "700 tokens");
    events.until("spend_refused", |data| data["needed"] == 700).await;
    drop(events);
    other.shutdown().await;
}
