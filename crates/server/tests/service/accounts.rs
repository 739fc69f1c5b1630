//! Accounts as the platform names them, by its own ids of its users (rule 19).

use crate::support::{Response, SERVICE_KEY, User, World, send, text};
use crate::test_issuer::{TestIssuer, trusting};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokenwell_server::Running;

/// The service, and an issuer whose subjects the test chooses.
struct Platform {
    world: World,
    issuer: TestIssuer,
    service: Running,
}

impl Platform {
    async fn start() -> Self {
        let mut world = World::start().await;
        let issuer = TestIssuer::start().await;
        let service = trusting(&mut world, issuer.settings()).await;
        Self { world, issuer, service }
    }

    async fn put(&self, external_id: &str, body: Value) -> Response {
        let url = format!("{}/v1/accounts/ext:{external_id}", self.world.origin);
        send(self.world.http.put(url).bearer_auth(SERVICE_KEY).json(&body)).await
    }

    fn user(&self, subject: &str) -> User<'_> {
        let token = self.issuer.with(&json!({ "sub": subject, "email": null }));
        User { world: &self.world, token }
    }

    async fn get(&self, path: &str) -> Response {
        self.world.platform(path).await
    }

    async fn ids_of(&self, query: &str) -> Vec<String> {
        let found = self.get(&format!("/v1/accounts?{query}")).await.ok();
        found["accounts"].as_array().unwrap().iter().map(|account| text(&account["id"])).collect()
    }

    async fn stop(self) {
        self.service.shutdown().await;
    }
}

async fn delete(user: &User<'_>) {
    let deleted = user.request("DELETE", "/v1/account").json(&json!({ "confirm": "DELETE" }));
    assert_eq!(send(deleted).await.status, 204);
}

#[tokio::test]
async fn the_platform_opens_an_account_and_the_first_sign_in_of_its_subject_claims_it() {
    let platform = Platform::start().await;
    let body =
        json!({ "email": "ada@example.com", "name": "Ada", "subject": "sub-1", "customer": "cus_of_ada" });
    let opened = platform.put("user-1", body.clone()).await;
    assert_eq!(opened.status, 201, "{}", opened.body);
    let account = opened.body;
    let id = text(&account["id"]);
    assert_eq!(account["external_id"], "user-1");
    assert_eq!((&account["name"], &account["customer"]), (&json!("Ada"), &json!("cus_of_ada")));
    assert_eq!((&account["email"], &account["email_verified"]), (&json!("ada@example.com"), &json!(false)));
    assert_eq!(account["plan"]["id"], "free");

    let again = platform.put("user-1", body).await;
    assert_eq!((again.status, &again.body), (200, &account), "the same again changes nothing");
    assert_eq!(platform.world.count("SELECT max(revision) FROM accounts").await, 1);
    assert_eq!(platform.get("/v1/accounts/ext:user-1").await.ok(), account);
    assert_eq!(platform.get(&format!("/v1/accounts/{id}")).await.ok(), account);

    platform
        .issuer
        .knows_user(&json!({ "sub": "sub-1", "email": "a@issuer.example", "email_verified": true }));
    let ada = platform.user("sub-1");
    let mine = ada.get("/v1/account").await.ok();
    assert_eq!((&mine["id"], &mine["email"]), (&json!(id), &json!("a@issuer.example")));
    assert_eq!(ada.balance().await["spendable"], 150, "the day's tokens are given once");
    assert_eq!(platform.world.count("SELECT count(*) FROM accounts").await, 1);
    platform.stop().await;
}

#[tokio::test]
async fn every_route_of_an_account_takes_the_platforms_own_id() {
    let platform = Platform::start().await;
    let world = &platform.world;
    // What needs escapes in a path, a colon, and letters beyond ASCII.
    let path = "a%2Fb%20c:%C3%BC%F0%9F%98%80%3F%23%25";
    let opened = platform.put(path, json!({})).await.ok();
    assert_eq!(opened["external_id"], "a/b c:ü😀?#%");
    let (id, ext) = (text(&opened["id"]), format!("/v1/accounts/ext:{path}"));
    let gift = json!({ "amount": 100, "reason": "Welcome" });
    world.platform_post(&format!("{ext}/adjustments"), "gift", gift).await.ok();
    let body = json!({ "amount": 10, "reason": "A portrait" });
    let spent = world.platform_post(&format!("{ext}/spends"), "spend", body.clone()).await;
    assert_eq!(spent.status, 201);
    let by_id = world.platform_post(&format!("/v1/accounts/{id}/spends"), "spend", body).await;
    assert_eq!(by_id.bytes, spent.bytes, "an idempotency key is the account's, however it is named");
    let hold = json!({ "amount": 40, "reason": "A film" });
    let hold = world.platform_post(&format!("{ext}/holds"), "hold", hold).await.ok();
    let commit = format!("/v1/holds/{}/commit", text(&hold["id"]));
    world.platform_post(&commit, "commit", json!({ "amount": 40 })).await.ok();
    let balance = platform.get(&format!("{ext}/balance")).await.ok();
    assert_eq!((&balance["spendable"], &balance["top_up"]["locked"]), (&json!(100), &json!(100)));

    for unknown in ["/v1/accounts/ext:nobody", "/v1/accounts/ext:nobody/balance"] {
        platform.get(unknown).await.refused(404, "not_found", "no such account");
    }
    let unknown =
        world.platform_post("/v1/accounts/ext:nobody/spends", "k", json!({ "amount": 1, "reason": "r" }));
    unknown.await.refused(404, "not_found", "no such account");
    platform.stop().await;
}

#[tokio::test]
async fn what_cannot_be_an_external_id_or_is_said_wrongly_of_a_user_is_refused_and_changes_nothing() {
    let platform = Platform::start().await;
    let long = "x".repeat(201);
    for id in ["", "%00", "a%0Ab", "%20a", "a%20", "%E2%80%A8", &long] {
        platform.put(id, json!({})).await.refused(400, "invalid_parameter", "1 to 200 characters");
    }
    platform.put("%FF", json!({})).await.refused(400, "invalid_parameter", "UTF-8");
    let url = format!("{}/v1/accounts/user-1", platform.world.origin);
    let unnamed = send(platform.world.http.put(url).bearer_auth(SERVICE_KEY).json(&json!({}))).await;
    unnamed.refused(400, "invalid_parameter", "PUT /v1/accounts/ext:");
    for (body, words) in [
        (json!({ "email": "ada" }), "someone@example.com"),
        (json!({ "email": "a da@example.com" }), "someone@example.com"),
        (json!({ "name": "" }), "`name` must be"),
        (json!({ "name": "two\nlines" }), "on one line"),
        (json!({ "subject": "x".repeat(256) }), "`subject` must be 1 to 255"),
        (json!({ "subject": "a\0b" }), "on one line"),
        (json!({ "customer": "cus_1/../sub_1" }), "id of a customer at Stripe"),
        (json!({ "reopen": 1 }), "expected a boolean"),
        (json!({ "mail": "ada@example.com" }), "unknown field `mail`"),
    ] {
        platform.put("user-1", body).await.refused(422, "invalid_body", words);
    }
    assert_eq!(platform.world.count("SELECT count(*) FROM accounts").await, 0);
    platform.put(&"x".repeat(200), json!({})).await.ok();
    platform.stop().await;
}

#[tokio::test]
async fn an_account_that_a_user_opened_gets_the_platforms_id_by_its_subject() {
    let platform = Platform::start().await;
    let ada = platform.user("sub-1");
    let id = ada.account_id().await;
    let named = platform.put("user-1", json!({ "subject": "sub-1", "name": "Ada" })).await;
    assert_eq!((named.status, &named.body["id"]), (200, &json!(id)));
    assert_eq!(named.body["external_id"], "user-1");
    assert_eq!(ada.account_id().await, id);
    platform.stop().await;
}

#[tokio::test]
async fn puts_and_sign_ins_at_once_end_in_one_account_that_has_everything() {
    let platform = Platform::start().await;
    for n in 0..6 {
        let (external_id, subject) = (format!("user-{n}"), format!("sub-{n}"));
        let puts = join_all((0..4).map(|_| {
            platform.put(&external_id, json!({ "subject": subject, "customer": format!("cus_{n}") }))
        }));
        let user = platform.user(&subject);
        let sign_ins = join_all((0..4).map(|_| user.get("/v1/account")));
        let (puts, sign_ins) = tokio::join!(puts, sign_ins);
        let mut ids: Vec<_> =
            puts.into_iter().chain(sign_ins).map(|response| text(&response.ok()["id"])).collect();
        ids.dedup();
        assert_eq!(ids.len(), 1, "{ids:?}");
        let account = platform.get(&format!("/v1/accounts/ext:{external_id}")).await.ok();
        assert_eq!((&account["id"], &account["customer"]), (&json!(ids[0]), &json!(format!("cus_{n}"))));
        assert_eq!(user.balance().await["spendable"], 150);
    }
    assert_eq!(platform.world.count("SELECT count(*) FROM accounts").await, 6);
    assert_eq!(platform.world.count("SELECT count(*) FROM entries").await, 6);
    platform.stop().await;
}

#[tokio::test]
async fn a_second_claim_is_refused_without_names_and_the_operators_list_names_both() {
    let platform = Platform::start().await;
    platform.put("user-1", json!({ "subject": "typo", "customer": "cus_1" })).await.ok();
    let first = json!({ "subject": "sub-1", "name": "Ada", "email": "ada@example.com" });
    platform.put("user-1", first).await.ok();
    let ada = platform.user("sub-1").account_id().await;
    let bob = text(&platform.put("user-2", json!({ "name": "Bob" })).await.ok()["id"]);
    assert_ne!(platform.user("typo").account_id().await, ada, "it was corrected before the first sign-in");

    for (external_id, body) in [
        ("user-2", json!({ "subject": "sub-1" })),
        ("user-2", json!({ "subject": "sub-1" })),
        ("user-3", json!({ "customer": "cus_1" })),
        ("user-1", json!({ "subject": "sub-9", "name": "Eve" })),
    ] {
        let problem = platform.put(external_id, body).await.refused(409, "account_claimed", "refused-claims");
        let text = problem.to_string();
        assert!(
            !["Ada", "Bob", &ada, &bob, "user-", "ada@"].iter().any(|name| text.contains(name)),
            "{text}"
        );
    }
    let listed = platform.get("/v1/refused-claims").await.ok();
    let ada_as = json!({ "id": ada, "external_id": "user-1", "name": "Ada", "email": "ada@example.com" });
    let bob_as = json!({ "id": bob, "external_id": "user-2", "name": "Bob", "email": null });
    let mut expected = json!([
        { "external_id": "user-1", "claimed": "subject", "account": ada_as, "holder": null },
        { "external_id": "user-3", "claimed": "customer", "account": null, "holder": ada_as },
        { "external_id": "user-2", "claimed": "subject", "account": bob_as, "holder": ada_as },
    ]);
    for (item, listed) in expected.as_array_mut().unwrap().iter_mut().zip(listed["items"].as_array().unwrap())
    {
        item["refused_at"] = listed["refused_at"].clone();
    }
    assert_eq!(listed["items"], expected);
    assert_eq!(
        platform.get("/v1/accounts/ext:user-1").await.ok()["name"],
        "Ada",
        "a refusal changes nothing"
    );
    platform.get("/v1/accounts/ext:user-3").await.refused(404, "not_found", "");

    platform.put("user-2", json!({ "subject": "sub-2" })).await.ok();
    assert_eq!(platform.get("/v1/refused-claims").await.ok()["items"].as_array().unwrap().len(), 2);
    platform.stop().await;
}

#[tokio::test]
async fn accounts_are_found_by_external_id_subject_email_and_customer_and_listed_page_by_page() {
    let platform = Platform::start().await;
    let mut ids = Vec::new();
    for n in 0..5 {
        let body = json!({ "subject": format!("sub-{n}"), "email": format!("u{n}@example.com"),
            "customer": format!("cus_{n}") });
        ids.push(text(&platform.put(&format!("user:{n}"), body).await.ok()["id"]));
    }
    for query in ["external_id=user:3", "subject=sub-3", "email=U3@example.com", "customer=cus_3"] {
        assert_eq!(platform.ids_of(query).await, [ids[3].clone()], "{query}");
    }
    for query in ["external_id=user:9", "subject=sub-9", "email=u9@example.com", "customer=cus_9"] {
        assert!(platform.ids_of(query).await.is_empty(), "{query}");
    }
    for (query, words) in
        [("email=a@b&customer=cus_1", "Search by one"), ("subject=", "empty"), ("limit=0", "1 to 200")]
    {
        platform.get(&format!("/v1/accounts?{query}")).await.refused(400, "invalid_parameter", words);
    }
    let (mut listed, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = platform.get(&format!("/v1/accounts?limit=2&cursor={cursor}")).await.ok();
        listed.extend(page["accounts"].as_array().unwrap().iter().map(|account| text(&account["id"])));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = next.to_owned();
    }
    ids.sort();
    assert_eq!(listed, ids);
    platform.stop().await;
}

#[tokio::test]
async fn after_a_deletion_only_a_hash_is_kept_of_the_external_id_and_it_has_to_be_reopened() {
    let platform = Platform::start().await;
    let id = text(&platform.put("user-1", json!({ "subject": "sub-1", "name": "Ada" })).await.ok()["id"]);
    platform.put("user-2", json!({ "subject": "sub-1" })).await.refused(409, "account_claimed", "");
    delete(&platform.user("sub-1")).await;

    for path in ["/v1/accounts/ext:user-1", "/v1/accounts/ext:user-1/balance"] {
        platform.get(path).await.refused(410, "account_deleted", "\"reopen\": true");
    }
    platform.put("user-1", json!({ "name": "Ada" })).await.refused(
        410,
        "account_deleted",
        "\"reopen\": true",
    );
    assert_eq!(platform.ids_of("external_id=user-1").await, [""; 0]);
    assert_eq!(platform.get("/v1/refused-claims").await.ok()["items"], json!([]));
    for (table, column) in
        [("accounts", "external_id"), ("accounts", "name"), ("refused_claims", "external_id")]
    {
        let sql = format!("SELECT count(*) FROM {table} WHERE {column} IS NOT NULL");
        assert_eq!(platform.world.count(&sql).await, 0, "{table}.{column}");
    }

    let reopened = platform.put("user-1", json!({ "reopen": true })).await;
    assert_eq!(reopened.status, 201, "{}", reopened.body);
    assert!(reopened.body["id"] != json!(id) && reopened.body["name"].is_null(), "{}", reopened.body);
    let balance = platform.get("/v1/accounts/ext:user-1/balance").await.ok();
    assert_eq!(balance["total"], 0, "the free tokens of the day were given to the deleted account");
    let again = platform.put("user-1", json!({ "reopen": true })).await;
    assert_eq!((again.status, &again.body["id"]), (200, &reopened.body["id"]));
    platform.stop().await;
}
