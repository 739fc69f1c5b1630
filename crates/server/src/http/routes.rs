//! Every route of the service.

use super::access::Access;
use super::admission::Lane;
use super::api_error::ApiError;
use super::auth::scope::Scope;
use super::body_limit::BodyLimit;
use super::handlers::{
    account, accounts, activity, balance, docs, events, operations, pages, platform, purchases, service,
    subscription, support, webhook,
};
use super::middleware::admit;
use super::problem::ProblemKind;
use super::request_log::log_request;
use super::state::{Http, ServiceState};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, MethodRouter, on};
use std::sync::Arc;

/// One route: the method and path that `openapi` must describe, its limits, and the handler.
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path, with `{id}` for an id.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
    /// Whose permits a request takes, and how long it may take.
    pub lane: Lane,
    /// What it reads of a body.
    pub body: BodyLimit,
    handler: MethodRouter<ServiceState>,
}

impl Route {
    fn reads(self, body: BodyLimit) -> Self {
        Self { body, ..self }
    }
}

/// Every route.
pub fn table() -> Vec<Route> {
    use Access::{Everybody, Platform, Stripe, User};
    use BodyLimit::{AnyJson, Event, Unread};
    use Lane::{Checkouts, Operations, Platform as Platforms, Users, Webhooks};
    use Scope::{Accounts, Adjust, Operate, Read, Spend};
    vec![
        get(Operations, Everybody, "/.well-known/tokenwell", service::describe),
        // Users.
        get(Users, User, "/v1/account", account::show),
        delete(Checkouts, User, "/v1/account", account::delete),
        get(Users, User, "/v1/balance", balance::mine),
        get(Users, User, "/v1/packs", purchases::packs),
        get(Users, User, "/v1/plans", purchases::plans),
        post(Checkouts, User, "/v1/purchases", purchases::create),
        get(Users, User, "/v1/purchases", purchases::list),
        get(Users, User, "/v1/purchases/{id}", purchases::show),
        post(Checkouts, User, "/v1/purchases/{id}/cancel", purchases::cancel).reads(Unread),
        post(Checkouts, User, "/v1/subscription/checkout", subscription::checkout),
        post(Checkouts, User, "/v1/subscription/portal", subscription::portal).reads(Unread),
        get(Users, User, "/v1/activity", activity::list),
        get(Users, User, "/v1/activity.csv", activity::export),
        get(Users, User, "/v1/usage/daily", activity::daily),
        get(Users, User, "/v1/events", events::stream),
        // The platform's back ends.
        get(Platforms, Platform(Read), "/v1/accounts", accounts::list),
        get(Platforms, Platform(Read), "/v1/accounts/{id}", accounts::show),
        put(Platforms, Platform(Accounts), "/v1/accounts/{id}", accounts::name),
        get(Platforms, Platform(Read), "/v1/refused-claims", accounts::refused_claims),
        get(Platforms, Platform(Read), "/v1/accounts/{id}/balance", balance::of_account),
        post(Platforms, Platform(Spend), "/v1/accounts/{id}/spends", platform::spend),
        post(Platforms, Platform(Spend), "/v1/accounts/{id}/holds", platform::hold),
        post(Platforms, Platform(Adjust), "/v1/accounts/{id}/adjustments", platform::adjust),
        post(Platforms, Platform(Spend), "/v1/holds/{id}/commit", platform::commit_hold),
        post(Platforms, Platform(Spend), "/v1/holds/{id}/release", platform::release_hold).reads(AnyJson),
        get(Platforms, Platform(Read), "/v1/refunds-due", support::refunds_due),
        post(Platforms, Platform(Operate), "/v1/refunds-due/{id}/resolve", support::resolve),
        get(Platforms, Platform(Read), "/v1/events-set-aside", support::events_set_aside),
        post(Platforms, Platform(Operate), "/v1/events-set-aside/{id}/retry", support::retry_event)
            .reads(AnyJson),
        put(Operations, Platform(Operate), "/v1/test-clock", service::set_test_clock),
        // Stripe, and browsers that return from it.
        post(Webhooks, Stripe, "/webhooks/stripe", webhook::receive).reads(Event),
        get(Checkouts, Everybody, "/checkout/return", pages::returned),
        get(Users, Everybody, "/checkout/cancelled", pages::cancelled),
        get(Checkouts, Everybody, "/billing/return", pages::billing_returned),
        // Programmers.
        get(Users, Everybody, "/docs", docs::page),
        get(Users, Everybody, "/docs/viewer.js", docs::viewer),
        get(Users, Everybody, "/docs/viewer.css", docs::style),
        // Operators.
        get(Operations, Everybody, "/openapi.json", operations::openapi),
        get(Operations, Everybody, "/healthz", operations::health),
        get(Operations, Everybody, "/readyz", operations::ready),
        get(Operations, Everybody, "/metrics", operations::metrics),
    ]
}

/// Makes the functions that build a route of one method.
macro_rules! methods {
    ($($name:ident: $method:ident, $body:ident;)+) => {$(
        fn $name<H, T>(lane: Lane, access: Access, path: &'static str, handler: H) -> Route
        where
            H: Handler<T, ServiceState>,
            T: 'static,
        {
            let handler = on(MethodFilter::$method, handler);
            Route { method: Method::$method, path, access, lane, body: BodyLimit::$body, handler }
        }
    )+};
}

methods! {
    get: GET, Unread;
    post: POST, Json;
    put: PUT, Json;
    delete: DELETE, Json;
}

/// The service as one router.
pub fn router(state: ServiceState) -> Router {
    table()
        .into_iter()
        .fold(Router::new(), |router, Route { path, access, lane, body, handler, .. }| {
            router.route(path, limited(handler, access, lane, body, &state.http))
        })
        .fallback(|| async {
            ApiError::new(
                ProblemKind::NotFound,
                "There is nothing here. GET /openapi.json lists what there is.",
            )
        })
        .method_not_allowed_fallback(|| async {
            ApiError::new(
                ProblemKind::MethodNotAllowed,
                "This path takes other methods. GET /openapi.json lists them.",
            )
        })
        .layer(from_fn_with_state(Arc::clone(&state.http), log_request))
        .with_state(state)
}

/// A handler behind the limits of its route.
fn limited<S: Clone + Send + Sync + 'static>(
    handler: MethodRouter<S>,
    access: Access,
    lane: Lane,
    body: BodyLimit,
    http: &Arc<Http>,
) -> MethodRouter<S> {
    let admit = from_fn_with_state((Arc::clone(http), lane, access), admit);
    handler.layer(DefaultBodyLimit::max(body.bytes_max())).layer(admit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::finding::LatestFindings;
    use crate::base::metrics::registry;
    use crate::base::outgoing::HttpClient;
    use crate::base::random::SystemRandom;
    use crate::http::auth::issuer::Issuer;
    use crate::http::auth::oidc::OidcSettings;
    use crate::http::auth::service_keys::ServiceKeys;
    use crate::http::limits::Limits;
    use crate::http::metrics::HttpMetrics;
    use crate::http::state::{HttpSetup, Published};
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use axum::response::Response;
    use serde_json::Value;
    use std::collections::BTreeSet;
    use tokio::time::Instant;
    use tower::ServiceExt;

    #[test]
    fn every_route_is_described_and_every_description_has_a_route() {
        let document = serde_json::to_value(crate::http::openapi::document()).unwrap();
        let described: BTreeSet<(String, String)> = document["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, methods)| {
                methods.as_object().unwrap().keys().map(move |method| (method.to_uppercase(), path.clone()))
            })
            .collect();
        let routed: BTreeSet<(String, String)> =
            table().into_iter().map(|route| (route.method.to_string(), route.path.to_owned())).collect();
        assert_eq!(described, routed);
    }

    #[test]
    fn every_description_has_a_name_of_its_own() {
        let document = serde_json::to_value(crate::http::openapi::document()).unwrap();
        let mut names = BTreeSet::new();
        let calls =
            document["paths"].as_object().unwrap().values().flat_map(|calls| calls.as_object().unwrap());
        for (method, call) in calls {
            let name = call["operationId"].as_str().unwrap().to_owned();
            assert!(names.insert(name), "{method} {}", call["operationId"]);
        }
    }

    #[test]
    fn the_description_says_who_may_call_each_route() {
        let document = serde_json::to_value(crate::http::openapi::document()).unwrap();
        for Route { method, path, access, .. } in table() {
            let security = &document["paths"][path][method.as_str().to_lowercase()]["security"][0];
            let schemes = security.as_object().into_iter().flat_map(|schemes| schemes.keys());
            let expected = match access {
                Access::User => vec!["user"],
                Access::Platform(_) => vec!["platform"],
                Access::Everybody | Access::Stripe => vec![],
            };
            assert_eq!(schemes.collect::<Vec<_>>(), expected, "{method} {path}");
        }
    }

    fn http(limits: &Limits) -> Http {
        let mut registry = registry();
        let findings = Arc::new(LatestFindings::new(&mut registry));
        let oidc = OidcSettings::of_issuer("https://id.example.com");
        Http::new(
            limits,
            HttpSetup {
                issuer: Issuer::new(oidc, HttpClient::over_network().unwrap()),
                service_keys: ServiceKeys::new(Vec::new()),
                subject_secret: Vec::new(),
                published: Published {
                    checkout_hosts: Vec::new(),
                    min_app_version: None,
                    support_contact: None,
                    openapi: Vec::new().into(),
                },
                metrics: HttpMetrics::new(registry),
                findings,
                random: Arc::new(SystemRandom),
            },
        )
    }

    /// Every route with its limits, and with a handler that never ends.
    fn hanging(limits: &Limits) -> (Arc<Http>, Router) {
        let http = Arc::new(http(limits));
        let router = table().into_iter().fold(Router::new(), |router, route| {
            let method = MethodFilter::try_from(route.method).unwrap();
            let hangs = on(method, std::future::pending::<()>);
            router.route(route.path, limited(hangs, route.access, route.lane, route.body, &http))
        });
        let router = router.layer(from_fn_with_state(Arc::clone(&http), log_request));
        (http, router)
    }

    async fn call(router: &Router, route: &Route) -> Response {
        let request = Request::builder().method(route.method.clone()).uri(route.path.replace("{id}", "1"));
        router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    /// The code of a problem that asks the caller to come back within some seconds.
    async fn code(response: Response) -> String {
        assert_eq!(response.status(), 503);
        let retry_after = response.headers()["Retry-After"].to_str().unwrap().parse::<u32>().unwrap();
        assert!((1..=5).contains(&retry_after), "{retry_after}");
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let problem: Value = serde_json::from_slice(&body).unwrap();
        problem["code"].as_str().unwrap().to_owned()
    }

    #[tokio::test(start_paused = true)]
    async fn every_route_gives_up_what_does_not_end_in_time() {
        let (_, router) = hanging(&Limits::default());
        for route in table() {
            let begun = Instant::now();
            assert_eq!(code(call(&router, &route).await).await, "timed_out", "{}", route.path);
            assert_eq!(begun.elapsed().as_secs(), route.lane.timeout().as_secs(), "{}", route.path);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_route_starts_without_a_permit_but_those_that_operators_need_in_an_overload() {
        let mut without_permits = BTreeSet::new();
        for route in table() {
            let (http, router) = hanging(&Limits { requests_max: 1, ..Limits::default() });
            let Some(permits) = http.admission.of(route.lane).cloned() else {
                without_permits.insert(route.path);
                continue;
            };
            let taken = permits.take().unwrap();
            assert_eq!(code(call(&router, &route).await).await, "overloaded", "{}", route.path);
            drop(taken);
            assert_eq!(code(call(&router, &route).await).await, "timed_out", "{}", route.path);
            assert!(permits.take().is_some(), "{}: the permit is free again", route.path);
        }
        let expected =
            ["/.well-known/tokenwell", "/healthz", "/metrics", "/openapi.json", "/readyz", "/v1/test-clock"];
        assert_eq!(without_permits, expected.into());
    }
}
