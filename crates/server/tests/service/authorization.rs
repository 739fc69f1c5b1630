//! One table of authorization: every route with every kind of credential. The routes are the service's own table, so that a new
//! route cannot be forgotten.

use crate::enumerated::enumerated;
use crate::support::{SERVICE_KEY, User, World, WorldOptions, card, eventually, pay, send, session, text};
use crate::test_issuer::{TestIssuer, trusting};
use reqwest::Response;
use serde_json::{Value, json};
use tokenwell_server::{Access, Route, Running, Scope, ServiceKey, routes};

enumerated! {
    /// What a request shows.
    Credential {
        Nothing,
        Garbage,
        Expired,
        OtherAudience,
        OtherIssuer,
        AlgorithmNone,
        SignedWithThePublicKey,
        OwnUser,
        OtherUser,
        DeletedUser,
        /// A key that the service was started with, with every scope.
        ServiceKey,
        /// A key for this scope alone, as the next four.
        SpendKey,
        ReadKey,
        AdjustKey,
        AccountsKey,
        OperateKey,
        /// A key that the service was started with before.
        RetiredKey,
    }
}

use Credential as C;

impl Credential {
    /// The scope of a key that has one alone.
    fn scope(self) -> Option<Scope> {
        match self {
            C::SpendKey => Some(Scope::Spend),
            C::ReadKey => Some(Scope::Read),
            C::AdjustKey => Some(Scope::Adjust),
            C::AccountsKey => Some(Scope::Accounts),
            C::OperateKey => Some(Scope::Operate),
            _ => None,
        }
    }
}

/// The refusal of a request by its credential alone; `None` if the credential lets it in.
fn refusal(access: Access, path: &str, credential: Credential) -> Option<(u16, &'static str)> {
    match (access, credential, credential.scope()) {
        // Another user's object is like one that does not exist.
        (Access::User, C::OtherUser, _) if path.contains("{id}") => Some((404, "not_found")),
        (Access::Everybody, ..)
        | (Access::User, C::OwnUser | C::OtherUser, _)
        | (Access::Platform(_), C::ServiceKey, _) => None,
        (Access::Stripe, ..) => Some((400, "invalid_signature")),
        (Access::User | Access::Platform(_), C::Nothing, _) => Some((401, "missing_token")),
        (Access::User, C::Expired, _) => Some((401, "expired_token")),
        (Access::User, C::DeletedUser, _) => Some((410, "account_deleted")),
        (Access::Platform(needed), _, Some(scope)) if scope == needed => None,
        (Access::Platform(_), _, Some(_)) => Some((403, "insufficient_scope")),
        (Access::User | Access::Platform(_), ..) => Some((401, "invalid_token")),
    }
}

fn key_of(scope: Scope) -> String {
    format!("a-key-for-this-scope-alone-{scope:?}")
}

/// The service, the issuer that it trusts, and a user with a purchase, a hold and an account.
struct Table {
    world: World,
    issuer: TestIssuer,
    deleted: String,
    account: String,
    purchase: String,
    hold: String,
    _service: Running,
}

impl Table {
    async fn new() -> Self {
        let scopes = C::ALL.iter().filter_map(|credential| credential.scope());
        let keys = scopes.map(|scope| ServiceKey::named("of-one-scope", vec![scope], &key_of(scope)));
        let options = WorldOptions { service_keys: keys.collect(), ..WorldOptions::default() };
        let mut world = World::with(options).await;
        let issuer = TestIssuer::start().await;
        let service = trusting(&mut world, issuer.settings()).await;
        let of = |name: &str| issuer.token("k1", |claims| claims["sub"] = name.into());
        let (own, gone) =
            (User { world: &world, token: of("own") }, User { world: &world, token: of("gone") });
        gone.balance().await;
        let deletion = gone.request("DELETE", "/v1/account").json(&json!({ "confirm": "DELETE" }));
        assert_eq!(send(deletion).await.status, 204);
        let account = own.account_id().await;
        let holds = format!("/v1/accounts/{account}/holds");
        let hold = world.platform_post(&holds, "hold", json!({ "amount": 1, "reason": "A film" })).await.ok();
        let plan = own.post("/v1/subscription/checkout", json!({ "plan_id": "premium" })).await.ok();
        world.sandbox(&pay(&plan), card()).await;
        let back = format!("{}/checkout/return?session_id={}", world.origin, session(&plan));
        eventually("the plan", async || {
            send(world.http.get(&back)).await;
            own.get("/v1/account").await.ok()["plan"]["id"] == "premium"
        })
        .await;
        let purchase = text(&own.open("small", 1).await["id"]);
        let (deleted, hold) = (gone.token.clone(), text(&hold["id"]));
        Self { issuer, deleted, account, purchase, hold, world, _service: service }
    }

    fn token(&self, credential: Credential) -> Option<String> {
        let with = |change: fn(&mut Value)| self.issuer.token("k1", change);
        Some(match credential {
            C::Nothing => return None,
            C::Garbage => "garbage".to_owned(),
            C::Expired => with(|claims| claims["exp"] = (claims["iat"].as_i64().unwrap() - 60).into()),
            C::OtherAudience => with(|claims| claims["aud"] = "another".into()),
            C::OtherIssuer => with(|claims| claims["iss"] = "https://elsewhere.example".into()),
            C::AlgorithmNone => self.issuer.forged("none"),
            C::SignedWithThePublicKey => self.issuer.forged("HS256"),
            C::OwnUser => with(|claims| claims["sub"] = "own".into()),
            C::OtherUser => with(|claims| claims["sub"] = "other".into()),
            C::DeletedUser => self.deleted.clone(),
            C::ServiceKey => SERVICE_KEY.to_owned(),
            C::SpendKey | C::ReadKey | C::AdjustKey | C::AccountsKey | C::OperateKey => {
                key_of(credential.scope().unwrap())
            }
            C::RetiredKey => "a-service-key-of-an-earlier-run".to_owned(),
        })
    }

    /// The path with ids of the user's own objects.
    fn path(&self, path: &str) -> String {
        let id = match path {
            _ if path.starts_with("/v1/accounts/") => &self.account,
            _ if path.starts_with("/v1/holds/") => &self.hold,
            _ => &self.purchase,
        };
        path.replace("{id}", id)
    }

    async fn send(&self, method: &str, path: &str, credential: Credential) -> Response {
        let url = format!("{}{}", self.world.origin, self.path(path));
        let mut request = self.world.http.request(method.parse().unwrap(), url);
        if let Some(token) = self.token(credential) {
            request = request.bearer_auth(token);
        }
        // No body fits every route, so what the credential lets in is refused later or does nothing.
        request.header("Idempotency-Key", format!("{credential:?}")).body("nonsense").send().await.unwrap()
    }
}

#[tokio::test]
async fn every_route_refuses_every_credential_that_is_not_meant_for_it() {
    let table = Table::new().await;
    let mut wrong = Vec::new();
    let routes = routes();
    for Route { method, path, access, .. } in &routes {
        for &credential in C::ALL {
            let response = table.send(method.as_str(), path, credential).await;
            let status = response.status().as_u16();
            let is_problem =
                response.headers().get("content-type").is_some_and(|kind| kind == "application/problem+json");
            // A body that lets in may be a stream, so only problems are read.
            let code = if is_problem {
                text(&response.json::<Value>().await.unwrap()["code"])
            } else {
                String::new()
            };
            let lets_in = !matches!(status, 401 | 410) && code != "insufficient_scope";
            let right = match refusal(*access, path, credential) {
                Some((expected, expected_code)) => (status, code.as_str()) == (expected, expected_code),
                None => lets_in,
            };
            if !right {
                wrong.push(format!("{method} {path} {credential:?}: {status} {code}"));
            }
        }
    }
    assert!(routes.len() > 30, "{}", routes.len());
    assert!(wrong.is_empty(), "of {} cells these are wrong: {wrong:#?}", routes.len() * C::ALL.len());
}
