//! What attackers send that no caller would: each class of attack with inputs of its own. What is true of every route is in
//! `limits.rs` and `authorization.rs`.

use crate::support::{SERVICE_KEY, User, World, WorldOptions, send, text};
use crate::test_issuer::{TestIssuer, trusting};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tokenwell_server::{Access, Limits, routes};

/// Ids that no object can have, as they are written in a path.
const NO_IDS: [&str; 8] =
    ["%00", "a%00b", "%FF%FE", "%2e%2e%2f", "..%2Fbalance", "%F0%9F%92%A9", "'%20or%201=1--", "%0d%0aX:%20y"];

#[tokio::test]
async fn what_cannot_be_an_id_is_like_an_object_that_does_not_exist() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "free").await;
    for route in routes().into_iter().filter(|route| route.path.contains("{id}")) {
        let token = if route.access == Access::User { ada.token.as_str() } else { SERVICE_KEY };
        // What each of the routes needs; none of them minds what another one does.
        let body = match route.path.rsplit('/').next().unwrap() {
            "commit" => json!({ "amount": 1 }),
            "resolve" => json!({ "note": "A note" }),
            _ => json!({ "amount": 1, "reason": "A reason" }),
        };
        for id in NO_IDS {
            let url = format!("{}{}", world.origin, route.path.replace("{id}", id));
            let request = world.http.request(route.method.clone(), url).bearer_auth(token).json(&body);
            let answer = send(request.header("Idempotency-Key", id)).await;
            match route.method {
                // It opens accounts, so that one is missing is no mistake, but the id is.
                Method::PUT => answer.refused(400, "invalid_parameter", ""),
                _ => answer.refused(404, "not_found", "no such"),
            };
        }
    }
}

#[tokio::test]
async fn parameters_that_no_caller_sends_are_refused_or_harmless_and_never_a_fault() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "free").await;
    for path in [
        "/v1/activity?from=-009999-01-02T01:59:59Z&to=9999-12-30T22:00:00Z",
        "/v1/activity?cursor=-9223372036854775808",
        "/v1/activity?cursor=9223372036854775807&limit=200",
        "/v1/activity.csv?from=9999-12-30T22:00:00Z",
        "/v1/purchases?cursor=9223372036854775807",
        "/v1/usage/daily?from=-9999-01-02&to=-9999-01-03",
        "/v1/usage/daily?from=9999-12-29&to=9999-12-29&time_zone=Pacific/Kiritimati",
    ] {
        let status = ada.get(path).await.status;
        assert!([200, 400].contains(&status), "{path}: {status}");
    }
    for path in [
        "/v1/activity?from=2026-11-01",
        "/v1/activity?bucket=fast,%00",
        "/v1/activity?limit=1&limit=2",
        "/v1/purchases?cursor=9223372036854775808",
        "/v1/usage/daily?from=10000-01-01",
        "/v1/usage/daily?time_zone=../../etc/passwd",
        "/v1/usage/daily?time_zone=%00",
    ] {
        ada.get(path).await.refused(400, "invalid_parameter", "");
    }
    for email in ["%00", "ada%00@example.com", "%0a"] {
        let found = world.platform(&format!("/v1/accounts?email={email}")).await;
        found.refused(400, "invalid_parameter", "What is searched for");
    }
    for page in [
        "/checkout/return?session_id=cs_%00",
        "/billing/return?subscription=sub_%FF",
        "/checkout/return?session_id=",
    ] {
        let shown = send(world.http.get(format!("{}{page}", world.origin))).await.status;
        assert!([200, 400].contains(&shown), "{page}: {shown}");
    }
}

#[tokio::test]
async fn amounts_at_the_ends_of_what_numbers_can_be_change_nothing() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let account = format!("/v1/accounts/{}", ada.account_id().await);
    let hold = world
        .platform_post(&format!("{account}/holds"), "hold", json!({ "amount": 1, "reason": "A film" }))
        .await
        .ok();
    let (commit, adjust) =
        (format!("/v1/holds/{}/commit", text(&hold["id"])), format!("{account}/adjustments"));
    let largest = 9_007_199_254_740_991_u64;
    for (n, (path, body, code)) in [
        (&commit, json!({ "amount": u64::MAX }), "commit_exceeds_hold"),
        (&commit, json!({ "amount": largest }), "commit_exceeds_hold"),
        (&adjust, json!({ "amount": i64::MIN, "reason": "r" }), "invalid_amount"),
        (&adjust, json!({ "amount": i64::MAX, "reason": "r" }), "invalid_amount"),
        (&adjust, json!({ "amount": largest, "reason": "r" }), "balance_too_large"),
        (&adjust, json!({ "amount": -9_007_199_254_740_991_i64, "reason": "r" }), "correction_below_zero"),
    ]
    .into_iter()
    .enumerate()
    {
        let response = world.platform_post(path, &format!("key-{n}"), body.clone()).await;
        response.refused(422, code, "");
    }
    let holds = format!("{account}/holds");
    for ttl in [json!(0), json!(u32::MAX)] {
        let body = json!({ "amount": 1, "reason": "r", "ttl_s": ttl });
        world.platform_post(&holds, &format!("ttl-{ttl}"), body).await.refused(422, "invalid_ttl", "");
    }
    assert_eq!(ada.balance().await["spendable"], 24_999);
}

#[tokio::test]
async fn however_many_checkouts_an_account_opens_at_once_ten_are_open_at_most() {
    let limits = Limits { user_rate: 0, checkout_rate: 0, ..Limits::default() };
    let world = World::with(WorldOptions { limits: Some(limits), ..WorldOptions::default() }).await;
    let ada = world.user("ada@example.com", "premium").await;
    world.all_events_worked_off().await;
    let keys: Vec<String> = (0..25).map(|n| format!("key-{n}")).collect();
    let responses = join_all(keys.iter().map(|key| ada.request_purchase("small", 1, key))).await;
    let opened = responses.iter().filter(|response| response.status == 201).count();
    assert!(opened <= 10, "{opened}");
    let open = world.count("SELECT count(*) FROM purchases WHERE status = 'open'").await;
    assert!(open <= 10, "{open}");
}

#[tokio::test]
async fn however_often_a_plan_is_asked_for_at_once_one_page_is_opened_and_they_count_too() {
    let limits = Limits { user_rate: 0, checkout_rate: 0, open_checkouts: 3, ..Limits::default() };
    let world = World::with(WorldOptions { limits: Some(limits), ..WorldOptions::default() }).await;
    let ada = world.user("ada@example.com", "free").await;
    let ask = async |plan: &str, interval: &str| {
        ada.post("/v1/subscription/checkout", json!({ "plan_id": plan, "interval": interval })).await
    };
    let pages = join_all((0..10).map(|_| ask("premium", "month"))).await;
    let pages: Vec<String> = pages.into_iter().map(|page| text(&page.ok()["url"])).collect();
    assert!(pages.iter().all(|page| *page == pages[0]), "{pages:?}");
    let terms =
        ["essential", "premium", "ultimate"].map(|plan| ["month", "year"].map(|interval| (plan, interval)));
    let all = join_all(terms.as_flattened().iter().map(|(plan, interval)| ask(plan, interval))).await;
    assert_eq!(all.iter().filter(|page| page.status == 200).count(), 3, "one was open, and two more");
    assert_eq!(world.count("SELECT count(*) FROM checkouts").await, 3);
}

#[tokio::test]
async fn what_a_deleted_account_held_is_gone_and_the_next_one_gets_nothing_for_it() {
    let mut world = World::start().await;
    let issuer = TestIssuer::start().await;
    let _service = trusting(&mut world, issuer.settings()).await;
    let of = |change: fn(&mut Value)| issuer.token("k1", change);
    let eve = User { world: &world, token: of(|claims| claims["sub"] = "eve".into()) };
    let holds = format!("/v1/accounts/{}/holds", eve.account_id().await);
    let hold = world.platform_post(&holds, "hold", json!({ "amount": 150, "reason": "A film" })).await.ok();
    let delete = || eve.request("DELETE", "/v1/account").json(&json!({ "confirm": "DELETE" }));
    // At once: one of them deletes, and the others find nothing to delete.
    let deleted = join_all((0..5).map(|_| send(delete()))).await;
    assert!(deleted.iter().all(|response| [204, 410].contains(&response.status)), "{deleted:?}");
    let commit = format!("/v1/holds/{}/commit", text(&hold["id"]));
    let committed = world.platform_post(&commit, "commit", json!({ "amount": 150 })).await.status;
    assert!([404, 410].contains(&committed), "{committed}");
    // The same user, with a later token in each spelling that the issuer's clock allows.
    for ahead in [1, 59] {
        let token = issuer.token("k1", |claims| {
            claims["sub"] = "eve".into();
            claims["iat"] = (claims["iat"].as_i64().unwrap() + ahead).into();
        });
        let again = User { world: &world, token };
        assert_eq!(again.balance().await["spendable"], 0, "the free tokens of the day were given");
    }
}

#[tokio::test]
async fn an_e_mail_address_that_can_be_none_is_not_stored_and_its_user_still_signs_in() {
    let mut world = World::start().await;
    let issuer = TestIssuer::start().await;
    let _service = trusting(&mut world, issuer.settings()).await;
    for (n, address) in
        ["eve\0@example.com", "eve\r\nBcc: all@example.com", &"x".repeat(10_000)].iter().enumerate()
    {
        let token = issuer.token("k1", |claims| {
            claims["sub"] = format!("eve-{n}").into();
            claims["email"] = (*address).into();
        });
        let account = User { world: &world, token }.get("/v1/account").await.ok();
        assert_eq!(account["email"], Value::Null, "{address:.40?}");
    }
}

#[tokio::test]
async fn claims_of_a_kind_that_no_issuer_sends_sign_nobody_in() {
    let mut world = World::start().await;
    let issuer = TestIssuer::start().await;
    let _service = trusting(&mut world, issuer.settings()).await;
    for (claim, value) in [
        ("aud", json!(["another", null, 1])),
        ("aud", json!({ "tokenwell": true })),
        ("aud", json!([["tokenwell"]])),
        ("sub", json!(1)),
        ("sub", json!(["eve"])),
        ("sub", json!("")),
        ("exp", json!("9999999999")),
        ("exp", json!(null)),
        ("iss", json!([issuer.origin])),
        ("iat", json!(4_000_000_000_u64)),
        ("nbf", json!(4_000_000_000_u64)),
        ("aud", json!("tokenwell\0")),
        ("sub", json!({ "eve": 1 })),
        ("exp", json!(-1)),
        ("exp", json!(1e300)),
    ] {
        let token = issuer.token("k1", |claims| claims[claim] = value.clone());
        let status = User { world: &world, token }.get("/v1/balance").await.status;
        assert_eq!(status, 401, "{claim}: {value}");
    }
}
