//! One table of limits: every route with every request that is too large, too deep, too slow or too frequent. The routes are
//! the service's own table, so that a new route cannot be forgotten. Their times and permits are tested in `http/routes.rs`.

use crate::enumerated::enumerated;
use crate::support::{
    DEADLINE, SERVICE_KEY, User, WEBHOOK_SECRET, World, WorldOptions, send, signature, text,
};
use futures_util::future::join_all;
use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use std::fmt::Write;
use std::time::Instant;
use tokenwell_server::{Access, BodyLimit, Lane, Limits, Route, openapi_document, routes};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

enumerated! {
    /// What is too much about a request.
    Excess {
        /// A body of a byte more than the route reads.
        LongBody,
        /// The same, in pieces, so that the head does not say its length.
        LongBodyInPieces,
        /// JSON of thousands of levels.
        DeepBody,
        /// A body whose end never comes.
        EndlessBody,
        /// More headers than a request needs.
        ManyHeaders,
        /// A header of 33 kB.
        LongHeader,
        /// A token of 30 kB.
        LongToken,
        /// An id of 8 kB.
        LongId,
        /// A query of 20 kB.
        LongQuery,
        /// An idempotency key of 256 characters.
        LongIdempotencyKey,
    }
}

/// The refusal of a request because of its excess; `None` if the route takes no notice of it.
fn refusal(route: &Route, excess: Excess) -> Option<(u16, &'static str)> {
    let needs_token = !matches!(route.access, Access::Everybody | Access::Stripe);
    match (excess, route.body) {
        // These are refused before the service knows the route.
        (Excess::ManyHeaders | Excess::LongHeader, _) => Some((431, "")),
        (Excess::LongToken, _) if needs_token => Some((401, "invalid_token")),
        (Excess::LongBody | Excess::LongBodyInPieces, BodyLimit::Json | BodyLimit::AnyJson) => {
            Some((413, "body_too_large"))
        }
        (Excess::LongBody | Excess::LongBodyInPieces, BodyLimit::Event) => Some((400, "invalid_signature")),
        (Excess::DeepBody, BodyLimit::Json) => Some((422, "invalid_body")),
        (Excess::DeepBody, BodyLimit::Event) => Some((400, "malformed_json")),
        (Excess::EndlessBody, BodyLimit::Json | BodyLimit::AnyJson | BodyLimit::Event) => {
            Some((408, "body_too_slow"))
        }
        (Excess::LongId, BodyLimit::Unread) if route.path.contains("{id}") => Some((404, "not_found")),
        (Excess::LongIdempotencyKey, _) if takes_idempotency_key(route) => {
            Some((400, "idempotency_key_invalid"))
        }
        _ => None,
    }
}

fn takes_idempotency_key(route: &Route) -> bool {
    let document = serde_json::to_value(openapi_document()).unwrap();
    let described = &document["paths"][route.path][route.method.as_str().to_lowercase()]["parameters"];
    described.as_array().is_some_and(|all| all.iter().any(|one| one["name"] == "Idempotency-Key"))
}

/// A body, and how it is sent.
enum Sent {
    Whole(Vec<u8>),
    InPieces(Vec<u8>),
    /// Its first bytes, of as many as this.
    Begun(Vec<u8>, usize),
}

fn body(route: &Route, excess: Excess) -> Sent {
    let too_long = vec![b' '; route.body.bytes_max() + 1];
    let nested = |levels: usize| format!("{}1{}", r#"{"a":"#.repeat(levels), "}".repeat(levels));
    match excess {
        Excess::LongBody => Sent::Whole(too_long),
        Excess::LongBodyInPieces => Sent::InPieces(too_long),
        Excess::DeepBody if route.body == BodyLimit::Event => {
            let event = format!(r#"{{"id":"evt_1","type":"x","data":{{"object":{}}}}}"#, nested(10_000));
            Sent::Whole(event.into_bytes())
        }
        Excess::DeepBody if route.body != BodyLimit::Unread => Sent::Whole(nested(10_000).into_bytes()),
        Excess::EndlessBody => Sent::Begun(b"{\"".to_vec(), 100),
        // It fits nowhere, so that nothing is done.
        _ => Sent::Whole(b"nonsense".to_vec()),
    }
}

/// The token of a caller whom the route lets in.
fn token(route: &Route, user: &str) -> Option<String> {
    match route.access {
        Access::User => Some(user.to_owned()),
        Access::Platform(_) => Some(SERVICE_KEY.to_owned()),
        Access::Everybody | Access::Stripe => None,
    }
}

fn head(route: &Route, excess: Excess, token: Option<String>, body: &Sent) -> String {
    let id = match (excess, &route.method) {
        (Excess::LongId, _) => "x".repeat(8_000),
        (_, &Method::PUT) => "ext:none".to_owned(),
        _ => "none".to_owned(),
    };
    let query =
        if excess == Excess::LongQuery { format!("?x={}", "y".repeat(20_000)) } else { String::new() };
    let path = route.path.replace("{id}", &id);
    let mut head = format!("{} {path}{query} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n", route.method);
    let mut header = |name: &str, value: &str| write!(head, "{name}: {value}\r\n").unwrap();
    let long = (excess == Excess::LongToken).then(|| "x".repeat(30_000));
    if let Some(token) = long.or(token) {
        header("Authorization", &format!("Bearer {token}"));
    }
    header("Idempotency-Key", &"k".repeat(if excess == Excess::LongIdempotencyKey { 256 } else { 16 }));
    let unsigned = format!("t={},v1={}", Timestamp::now().as_second(), "00".repeat(32));
    match body {
        Sent::Whole(body) | Sent::InPieces(body) => {
            header("Stripe-Signature", &signature(body, WEBHOOK_SECRET, 0));
        }
        Sent::Begun(..) => header("Stripe-Signature", &unsigned),
    }
    match body {
        Sent::Whole(body) => header("Content-Length", &body.len().to_string()),
        Sent::InPieces(_) => header("Transfer-Encoding", "chunked"),
        Sent::Begun(_, length) => header("Content-Length", &length.to_string()),
    }
    match excess {
        Excess::ManyHeaders => (0..101).for_each(|_| header("X-More", "y")),
        Excess::LongHeader => header("X-Long", &"y".repeat(33_000)),
        _ => {}
    }
    head + "\r\n"
}

/// Sends a request as it is, and reads the status and the code of the problem, if the response is one. Of any other response
/// only the head is read, because it may be a stream.
async fn exchange(world: &World, head: &str, body: &Sent) -> (u16, String) {
    let mut stream = TcpStream::connect(world.origin.trim_start_matches("http://")).await.unwrap();
    let mut bytes = head.as_bytes().to_vec();
    match body {
        Sent::Whole(body) | Sent::Begun(body, _) => bytes.extend(body),
        Sent::InPieces(body) => {
            for piece in body.chunks(10_000) {
                bytes.extend(format!("{:x}\r\n", piece.len()).bytes());
                bytes.extend(piece);
                bytes.extend(b"\r\n");
            }
            bytes.extend(b"0\r\n\r\n");
        }
    }
    // The service may have responded, and closed the connection, before it has read everything.
    let _ = stream.write_all(&bytes).await;
    let mut response = Vec::new();
    while !is_complete(&response) && stream.read_buf(&mut response).await.is_ok_and(|read| read > 0) {}
    let response = String::from_utf8_lossy(&response);
    let (head, body) = response.split_once("\r\n\r\n").unwrap_or_default();
    let status = head.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0);
    let problem: Value = serde_json::from_str(body).unwrap_or_default();
    (status, problem["code"].as_str().unwrap_or_default().to_owned())
}

/// Whether the head has arrived, and with it the body of a problem.
fn is_complete(response: &[u8]) -> bool {
    let response = String::from_utf8_lossy(response);
    let Some((head, body)) = response.split_once("\r\n\r\n") else { return false };
    !head.contains("application/problem+json") || serde_json::from_str::<Value>(body).is_ok()
}

#[tokio::test]
async fn every_route_refuses_what_is_too_large_too_deep_or_too_slow_and_nothing_else() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "free").await;
    let routes = routes();
    let cells = routes.iter().flat_map(|route| Excess::ALL.iter().map(move |excess| (route, *excess)));
    // At once, because a body that never comes is waited for.
    let wrong = join_all(cells.map(async |(route, excess)| {
        let body = body(route, excess);
        let head = head(route, excess, token(route, &ada.token), &body);
        let (status, code) = exchange(&world, &head, &body).await;
        let is_right = match refusal(route, excess) {
            Some(expected) => (status, code.as_str()) == expected,
            None => (200..500).contains(&status) && ![401, 408, 413, 429, 431].contains(&status),
        };
        (!is_right).then(|| format!("{} {} {excess:?}: {status} {code}", route.method, route.path))
    }))
    .await;
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(routes.len() > 30, "{}", routes.len());
    assert!(wrong.is_empty(), "of {} cells these are wrong: {wrong:#?}", routes.len() * Excess::ALL.len());
    assert_eq!(ada.balance().await["spendable"], 150, "nothing was done");
}

/// A world with these limits.
async fn limited(limits: Limits) -> World {
    World::with(WorldOptions { limits: Some(limits), ..WorldOptions::default() }).await
}

fn unlimited() -> Limits {
    Limits { user_rate: 0, checkout_rate: 0, open_checkouts: 0, sign_in_failures: 0, ..Limits::default() }
}

/// Whether a route refuses a caller who sends twenty requests at once, again and again. The bucket of the caller may be full
/// at first, and a slow machine may need a second for each request.
async fn refuses_at_last(world: &World, route: &Route, token: &str) -> bool {
    let deadline = Instant::now() + DEADLINE;
    while Instant::now() < deadline {
        if join_all((0..20).map(|_| is_refused(world, route, token))).await.contains(&true) {
            return true;
        }
    }
    false
}

/// Whether the rate of the caller is exceeded.
async fn is_refused(world: &World, route: &Route, token: &str) -> bool {
    let body = Sent::Whole(b"nonsense".to_vec());
    // No body is too long here: this one is nonsense, so that nothing is done.
    let head = head(route, Excess::LongBody, Some(token.to_owned()), &body);
    let (status, code) = exchange(world, &head, &body).await;
    assert!((200..500).contains(&status), "{} {status} {code}", route.path);
    status == 429 && code == "rate_limited"
}

/// A user of the sandbox.
async fn sign_in<'a>(world: &'a World, email: &str) -> User<'a> {
    let user = world.sandbox("/sandbox/users", json!({ "email": email, "plan": "free" })).await;
    User { world, token: text(&user["access_token"]) }
}

#[tokio::test]
async fn every_route_of_users_and_of_the_platform_counts_against_the_rate_of_the_caller() {
    let world = limited(Limits { user_rate: 1, service_key_rate: 1, ..unlimited() }).await;
    let ada = sign_in(&world, "ada@example.com").await;
    for route in routes() {
        let token = match route.access {
            Access::User => &ada.token,
            Access::Platform(_) => SERVICE_KEY,
            Access::Everybody | Access::Stripe => continue,
        };
        assert!(refuses_at_last(&world, &route, token).await, "{} {}", route.method, route.path);
    }
}

#[tokio::test]
async fn every_route_that_waits_for_stripe_counts_against_the_checkout_rate_and_no_other_does() {
    let world = limited(Limits { checkout_rate: 1, ..unlimited() }).await;
    let ada = sign_in(&world, "ada@example.com").await;
    let of_users: Vec<Route> = routes().into_iter().filter(|route| route.access == Access::User).collect();
    let first = of_users.iter().find(|route| route.lane == Lane::Checkouts).unwrap();
    assert!(refuses_at_last(&world, first, &ada.token).await);
    for route in &of_users {
        // The next one is allowed only in a minute.
        let expected = route.lane == Lane::Checkouts;
        let refused = join_all((0..3).map(|_| is_refused(&world, route, &ada.token))).await;
        assert_eq!(refused.contains(&true), expected, "{} {}", route.method, route.path);
    }
}

#[tokio::test]
async fn invalid_sign_ins_count_on_every_route_that_wants_one() {
    let world = limited(Limits { sign_in_failures: 1, ..unlimited() }).await;
    send(world.http.get(format!("{}/v1/balance", world.origin)).bearer_auth("garbage")).await;
    for route in routes() {
        let wants_one = !matches!(route.access, Access::Everybody | Access::Stripe);
        let refused = join_all((0..3).map(|_| is_refused(&world, &route, "garbage"))).await;
        assert_eq!(refused.contains(&true), wants_one, "{} {}", route.method, route.path);
    }
}
