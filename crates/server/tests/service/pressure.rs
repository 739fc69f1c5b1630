//! Overload: which requests are refused, with which response, and which callers are not affected.

use crate::support::{
    DEADLINE, Response, SERVICE_KEY, User, World, WorldOptions, deliver, event, eventually, metric, send,
    signature, text,
};
use futures_util::poll;
use serde_json::{Value, json};
use std::time::Instant;
use tokenwell_server::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A world with these limits.
async fn limited(limits: Limits) -> World {
    World::with(WorldOptions { limits: Some(limits), ..WorldOptions::default() }).await
}

/// Opens a connection and sends a request without the end of its body. Returns the connection and the missing part.
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

pub async fn read_response(mut stream: TcpStream) -> String {
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    response
}

/// Waits until this number of requests of a lane is under way.
pub async fn under_way(world: &World, lane: &str, count: u64) {
    let name = format!("tokenwell_requests_under_way{{lane=\"{lane}\"}}");
    eventually("requests under way", async || metric(world, &name).await == count).await;
}

#[tokio::test]
async fn without_a_free_permit_a_request_gets_503_with_retry_after_and_other_lanes_are_not_affected() {
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
    // The lanes of users, Stripe and the operator are not affected.
    assert_eq!(bob.balance().await["spendable"], 150);
    let body = event("evt_1", "customer.updated", &json!({ "id": "cus_1", "object": "customer" }));
    let signed = signature(&body, crate::support::WEBHOOK_SECRET, 0);
    assert_eq!(deliver(&world, &body, Some(&signed)).await.status, 200);
    for path in ["/healthz", "/readyz", "/metrics", "/.well-known/tokenwell"] {
        assert_eq!(send(world.http.get(format!("{}{path}", world.origin))).await.status, 200, "{path}");
    }

    // The slow request is finished, and the refused one can be repeated.
    let mut slow = slow;
    slow.write_all(rest.as_bytes()).await.unwrap();
    assert!(read_response(slow).await.starts_with("HTTP/1.1 201 "));
    under_way(&world, "platform", 0).await;
    world.platform_post(&spends, "one", spend).await.ok();
    assert_eq!(bob.balance().await["spendable"], 130);
}

#[tokio::test]
async fn a_slow_body_gets_408_and_its_permit_is_free_again() {
    let world = limited(Limits { requests_max: 1, ..Limits::default() }).await;
    let bob = world.user("bob@example.com", "free").await;
    let spends = format!("/v1/accounts/{}/spends", bob.account_id().await);
    let (slow, _) = begin(&world, &spends, SERVICE_KEY, &json!({ "amount": 10, "reason": "Slow" })).await;
    let response = read_response(slow).await;
    assert!(
        response.starts_with("HTTP/1.1 408 ") && response.contains(r#""code":"body_too_slow""#),
        "{response}"
    );
    world.platform_post(&spends, "slow", json!({ "amount": 10, "reason": "Slow" })).await.ok();
    assert_eq!(bob.balance().await["spendable"], 140, "the first request spent nothing");
}

#[tokio::test]
async fn a_user_above_the_rate_gets_429_with_retry_after_and_other_callers_are_not_affected() {
    let world = limited(Limits { user_rate: 1, ..Limits::default() }).await;
    let (bob, eve) = (sign_in(&world, "bob@example.com").await, sign_in(&world, "eve@example.com").await);
    let refused = until_refused(async || bob.get("/v1/balance").await).await;
    assert!((1..=2).contains(&refused.header("Retry-After").parse::<u32>().unwrap()));
    refused.refused(429, "rate_limited", "more slowly");
    assert_eq!(metric(&world, r#"tokenwell_turned_away_total{why="user_rate"}"#).await, 1);
    assert_eq!(eve.get("/v1/balance").await.status, 200);
    for _ in 0..20 {
        // Service keys have no rate limit by default.
        assert_eq!(world.platform("/v1/refunds-due").await.status, 200);
    }
}

/// Sends requests one after the other until one is refused. The machine's speed does not matter.
async fn until_refused(send: impl AsyncFn() -> Response) -> Response {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let response = send().await;
        if response.status != 200 {
            return response;
        }
        assert!(Instant::now() < deadline, "no request is refused");
    }
}

/// A user of the sandbox whose account the service has not opened yet.
async fn sign_in<'a>(world: &'a World, email: &str) -> User<'a> {
    let user = world.sandbox("/sandbox/users", json!({ "email": email, "plan": "free" })).await;
    User { world, token: text(&user["access_token"]) }
}

#[tokio::test]
async fn purchases_and_service_keys_have_their_own_rate_limits() {
    let world =
        limited(Limits { user_rate: 0, checkout_rate: 1, service_key_rate: 1, ..Limits::default() }).await;
    let bob = world.user("bob@example.com", "free").await;
    for _ in 0..10 {
        bob.request_purchase("small", 1, "key").await.refused(403, "subscription_required", "");
    }
    bob.request_purchase("small", 1, "key").await.refused(429, "rate_limited", "Wait");
    assert_eq!(
        bob.get("/v1/packs").await.status,
        200,
        "the checkout rate applies only to calls that wait for Stripe"
    );
    let refused = until_refused(async || world.platform("/v1/refunds-due").await).await;
    refused.refused(429, "rate_limited", "Wait");
}

#[tokio::test]
async fn an_account_has_ten_open_checkouts_at_most_and_may_open_another_once_one_has_ended() {
    let world = limited(Limits { user_rate: 0, checkout_rate: 0, ..Limits::default() }).await;
    let ada = world.user("ada@example.com", "premium").await;
    world.all_events_worked_off().await;
    let mut open = Vec::new();
    for n in 0..10 {
        open.push(ada.request_purchase("small", 1, &format!("key-{n}")).await.ok());
    }
    let one_more = async || ada.request_purchase("small", 1, "one-more").await;
    let refused = one_more().await.refused(409, "too_many_checkouts", "10 checkouts are open");
    assert_eq!(refused["open"], 10);
    assert_eq!(ada.request_purchase("small", 1, "key-0").await.ok(), open[0], "a replay opens nothing");
    ada.post(&format!("/v1/purchases/{}/cancel", text(&open[3]["id"])), json!({})).await.ok();
    one_more().await.ok();
    let eve = world.user("eve@example.com", "free").await;
    let url = |response: Response| text(&response.ok()["url"]);
    url(eve.post("/v1/subscription/checkout", json!({ "plan_id": "premium" })).await);
}

#[tokio::test]
async fn an_address_with_too_many_failed_sign_ins_gets_429_and_valid_tokens_from_it_are_still_accepted() {
    let world = limited(Limits { sign_in_failures: 3, ..Limits::default() }).await;
    let bob = world.user("bob@example.com", "free").await;
    let stranger = User { world: &world, token: "not-a-token".to_owned() };
    for _ in 0..3 {
        stranger.get("/v1/balance").await.refused(401, "invalid_token", "Sign in again");
    }
    stranger.get("/v1/balance").await.refused(429, "rate_limited", "Wait");
    let request = world.http.get(format!("{}/v1/refunds-due", world.origin)).bearer_auth("no-key");
    send(request).await.refused(429, "rate_limited", "Wait");
    assert_eq!(bob.get("/v1/balance").await.status, 200);
    assert_eq!(world.platform("/v1/refunds-due").await.status, 200);
}

#[tokio::test]
async fn event_streams_are_limited_in_total_and_for_each_account() {
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
    let stream_of_eve = eve.listen(None).await;
    eve.get("/v1/events").await.refused(503, "overloaded", "in a moment");
    assert_eq!(metric(&world, "tokenwell_streams_open").await, 21);
    drop(stream_of_eve);
    streams.pop();
    eventually("permits", async || metric(&world, "tokenwell_streams_open").await == 19).await;
    bob.listen(None).await.next().await.unwrap();
    assert_eq!(eve.balance().await["spendable"], 150, "a stream uses no permit of requests");
}

#[tokio::test]
async fn a_connection_above_the_limit_waits_until_another_has_ended() {
    let world = limited(Limits { connections_max: 2, ..Limits::default() }).await;
    let address = world.origin.trim_start_matches("http://").to_owned();
    let connections =
        [TcpStream::connect(&address).await.unwrap(), TcpStream::connect(&address).await.unwrap()];
    // A response proves that the connection was accepted.
    let [mut first, second] = connections_after_a_response(connections).await;
    let request = world.http.get(format!("{}/healthz", world.origin));
    let mut third = Box::pin(send(request));
    assert!(poll!(&mut third).is_pending());
    for _ in 0..20 {
        [first] = connections_after_a_response([first]).await;
        assert!(poll!(&mut third).is_pending(), "a third connection is not accepted");
    }
    drop((first, second));
    assert_eq!(third.await.status, 200);
}

/// Gets a response on each connection, and returns the open connections.
pub async fn connections_after_a_response<const N: usize>(mut streams: [TcpStream; N]) -> [TcpStream; N] {
    for stream in &mut streams {
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n").await.unwrap();
        let mut response = Vec::new();
        while !response.ends_with(b"ok\n") {
            assert!(stream.read_buf(&mut response).await.unwrap() > 0);
        }
    }
    streams
}

#[tokio::test]
async fn every_response_has_the_id_of_its_request() {
    let world = World::start().await;
    let request = |id: Option<&str>| {
        let get = world.http.get(format!("{}/v1/balance", world.origin));
        match id {
            Some(id) => get.header("X-Request-Id", id),
            None => get,
        }
    };
    let given = send(request(Some("from-the-proxy.1"))).await;
    assert_eq!((given.status, given.header("X-Request-Id")), (401, "from-the-proxy.1"));
    let (one, two) = (send(request(None)).await, send(request(Some("not one\tid"))).await);
    assert_ne!(one.header("X-Request-Id"), two.header("X-Request-Id"));
    assert_eq!((one.header("X-Request-Id").len(), two.header("X-Request-Id").len()), (36, 36));
}
