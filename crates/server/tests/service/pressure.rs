//! More is asked than can be done: who is sent away, what they are told, and who is not touched by it.

use crate::support::{
    Answer, DEADLINE, SERVICE_KEY, User, Wish, World, deliver, event, eventually, metric, send, signature,
    text,
};
use futures_util::poll;
use serde_json::{Value, json};
use std::time::Instant;
use tokenwell_server::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn limited(limits: Limits) -> World {
    World::with(Wish { limits: Some(limits), ..Wish::default() }).await
}

/// A connection on which a request was begun but for the end of its body.
pub async fn begin(world: &World, path: &str, token: &str, body: &Value) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(world.origin.trim_start_matches("http://")).await.unwrap();
    let body = body.to_string();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\nIdempotency-Key: slow\r\n\
         Authorization: Bearer {token}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let (begun, rest) = body.split_at(5);
    stream.write_all(format!("{head}{begun}").as_bytes()).await.unwrap();
    (stream, rest.to_owned())
}

pub async fn answer(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// Waits until the service works on so many requests of a lane.
pub async fn under_way(world: &World, lane: &str, count: u64) {
    let figure = format!("tokenwell_requests_under_way{{lane=\"{lane}\"}}");
    eventually("requests under way", async || metric(world, &figure).await == count).await;
}

#[tokio::test]
async fn when_every_place_is_taken_a_request_is_told_to_come_back_and_others_have_their_own_places() {
    let world = limited(Limits { requests_max: 1, ..Limits::default() }).await;
    let bob = world.user("bob@example.com", "free").await;
    let spends = format!("/v1/accounts/{}/spends", bob.account_id().await);
    let spend = json!({ "amount": 10, "reason": "A portrait" });
    let (slow, rest) = begin(&world, &spends, SERVICE_KEY, &spend).await;
    under_way(&world, "platform", 1).await;

    let refused = world.platform_post(&spends, "one", spend.clone()).await;
    let retry_after: u32 = refused.header("Retry-After").parse().unwrap();
    assert!((1..=5).contains(&retry_after), "{retry_after}");
    refused.refused(503, "overloaded", "send the same request again");
    assert_eq!(metric(&world, r#"tokenwell_turned_away_total{why="platform"}"#).await, 1);
    // Users, Stripe and whoever runs the service do not notice.
    assert_eq!(bob.balance().await["spendable"], 150);
    let told = event("evt_1", "customer.updated", &json!({ "id": "cus_1", "object": "customer" }));
    let signed = signature(&told, crate::support::WEBHOOK_SECRET, 0);
    assert_eq!(deliver(&world, &told, Some(&signed)).await.status, 200);
    for path in ["/healthz", "/readyz", "/metrics", "/.well-known/tokenwell"] {
        assert_eq!(send(world.http.get(format!("{}{path}", world.origin))).await.status, 200, "{path}");
    }

    // The slow one is done in the end, and so is the one that was sent away.
    let mut slow = slow;
    slow.write_all(rest.as_bytes()).await.unwrap();
    assert!(answer(slow).await.starts_with("HTTP/1.1 201 "));
    under_way(&world, "platform", 0).await;
    world.platform_post(&spends, "one", spend).await.ok();
    assert_eq!(bob.balance().await["spendable"], 130);
}

#[tokio::test]
async fn a_body_that_trickles_in_is_given_up_and_its_place_is_free_again() {
    let world = limited(Limits { requests_max: 1, ..Limits::default() }).await;
    let bob = world.user("bob@example.com", "free").await;
    let spends = format!("/v1/accounts/{}/spends", bob.account_id().await);
    let (slow, _) = begin(&world, &spends, SERVICE_KEY, &json!({ "amount": 10, "reason": "Slow" })).await;
    let told = answer(slow).await;
    assert!(told.starts_with("HTTP/1.1 408 ") && told.contains(r#""code":"body_too_slow""#), "{told}");
    world.platform_post(&spends, "slow", json!({ "amount": 10, "reason": "Slow" })).await.ok();
    assert_eq!(bob.balance().await["spendable"], 140, "nothing came of the first");
}

#[tokio::test]
async fn a_user_who_asks_too_often_is_told_how_long_to_wait_and_nobody_else_is_held_up() {
    let world = limited(Limits { user_rate: 1, ..Limits::default() }).await;
    let (bob, eve) = (sign_in(&world, "bob@example.com").await, sign_in(&world, "eve@example.com").await);
    let refused = until_refused(async || bob.get("/v1/balance").await).await;
    assert!((1..=2).contains(&refused.header("Retry-After").parse::<u32>().unwrap()));
    refused.refused(429, "rate_limited", "more slowly");
    assert_eq!(metric(&world, r#"tokenwell_turned_away_total{why="user_rate"}"#).await, 1);
    assert_eq!(eve.get("/v1/balance").await.status, 200);
    for _ in 0..20 {
        // Service keys are not limited unless asked.
        assert_eq!(world.platform("/v1/refunds-due").await.status, 200);
    }
}

/// Sends requests one after the other until one is refused, however fast this machine is.
async fn until_refused(send: impl AsyncFn() -> Answer) -> Answer {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let answer = send().await;
        if answer.status != 200 {
            return answer;
        }
        assert!(Instant::now() < deadline, "no request is refused");
    }
}

/// Someone of the sandbox, of whom the service has not heard yet.
async fn sign_in<'a>(world: &'a World, email: &str) -> User<'a> {
    let user = world.sandbox("/sandbox/users", json!({ "email": email, "plan": "free" })).await;
    User { world, token: text(&user["access_token"]) }
}

#[tokio::test]
async fn purchases_and_service_keys_have_rates_of_their_own() {
    let world =
        limited(Limits { user_rate: 0, checkout_rate: 1, service_key_rate: 1, ..Limits::default() }).await;
    let bob = world.user("bob@example.com", "free").await;
    for _ in 0..10 {
        bob.ask_for("small", 1, "key").await.refused(403, "subscription_required", "");
    }
    bob.ask_for("small", 1, "key").await.refused(429, "rate_limited", "Wait");
    assert_eq!(bob.get("/v1/packs").await.status, 200, "only what waits for Stripe is");
    let refused = until_refused(async || world.platform("/v1/refunds-due").await).await;
    refused.refused(429, "rate_limited", "Wait");
}

#[tokio::test]
async fn an_address_that_keeps_failing_to_sign_in_is_told_so_and_those_who_share_it_are_not_locked_out() {
    let world = limited(Limits { sign_in_failures: 3, ..Limits::default() }).await;
    let bob = world.user("bob@example.com", "free").await;
    let nobody = User { world: &world, token: "not-a-token".to_owned() };
    for _ in 0..3 {
        nobody.get("/v1/balance").await.refused(401, "invalid_token", "Sign in again");
    }
    nobody.get("/v1/balance").await.refused(429, "rate_limited", "Wait");
    let request = world.http.get(format!("{}/v1/refunds-due", world.origin)).bearer_auth("no-key");
    send(request).await.refused(429, "rate_limited", "Wait");
    assert_eq!(bob.get("/v1/balance").await.status, 200);
    assert_eq!(world.platform("/v1/refunds-due").await.status, 200);
}

#[tokio::test]
async fn event_streams_are_bounded_in_all_and_for_each_account() {
    let world = limited(Limits { streams_max: 21, user_rate: 0, ..Limits::default() }).await;
    let (bob, eve) =
        (world.user("bob@example.com", "free").await, world.user("eve@example.com", "free").await);
    let mut streams = Vec::new();
    for _ in 0..20 {
        let mut stream = bob.listen(None).await;
        stream.next().await.unwrap();
        streams.push(stream);
    }
    bob.get("/v1/events").await.refused(429, "rate_limited", "Close some of them");
    let hers = eve.listen(None).await;
    eve.get("/v1/events").await.refused(503, "overloaded", "in a moment");
    assert_eq!(metric(&world, "tokenwell_streams_open").await, 21);
    drop(hers);
    streams.pop();
    eventually("places", async || metric(&world, "tokenwell_streams_open").await == 19).await;
    bob.listen(None).await.next().await.unwrap();
    assert_eq!(eve.balance().await["spendable"], 150, "a stream takes no place of a request");
}

#[tokio::test]
async fn one_connection_too_many_waits_until_another_has_ended() {
    let world = limited(Limits { connections_max: 2, ..Limits::default() }).await;
    let address = world.origin.trim_start_matches("http://").to_owned();
    let held = [TcpStream::connect(&address).await.unwrap(), TcpStream::connect(&address).await.unwrap()];
    // A connection that got a response was accepted.
    let [mut first, second] = answered(held).await;
    let request = world.http.get(format!("{}/healthz", world.origin));
    let mut third = Box::pin(send(request));
    assert!(poll!(&mut third).is_pending());
    for _ in 0..20 {
        [first] = answered([first]).await;
        assert!(poll!(&mut third).is_pending(), "a third connection is not accepted");
    }
    drop((first, second));
    assert_eq!(third.await.status, 200);
}

/// Connections that were answered and are kept open.
pub async fn answered<const N: usize>(mut streams: [TcpStream; N]) -> [TcpStream; N] {
    for stream in &mut streams {
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n").await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"ok\n") {
            assert!(stream.read_buf(&mut answer).await.unwrap() > 0);
        }
    }
    streams
}

#[tokio::test]
async fn every_answer_bears_the_id_of_its_request() {
    let world = World::start().await;
    let ask = |id: Option<&str>| {
        let request = world.http.get(format!("{}/v1/balance", world.origin));
        match id {
            Some(id) => request.header("X-Request-Id", id),
            None => request,
        }
    };
    let given = send(ask(Some("from-the-proxy.1"))).await;
    assert_eq!((given.status, given.header("X-Request-Id")), (401, "from-the-proxy.1"));
    let (one, two) = (send(ask(None)).await, send(ask(Some("not one\tid"))).await);
    assert_ne!(one.header("X-Request-Id"), two.header("X-Request-Id"));
    assert_eq!((one.header("X-Request-Id").len(), two.header("X-Request-Id").len()), (36, 36));
}
