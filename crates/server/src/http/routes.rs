//! Every route of the service.

use super::access::Access;
use super::admission::Lane;
use super::api_error::ApiError;
use super::auth::scope::Scope;
use super::handlers::{
    account, accounts, activity, balance, events, operations, pages, platform, purchases, service,
    subscription, support, webhook,
};
use super::middleware::admit;
use super::problem::ProblemKind;
use super::request_log::log_request;
use super::state::ServiceState;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, MethodRouter, on};
use std::sync::Arc;

/// The largest JSON body, in bytes; the webhook has a limit of its own.
const BODY_MAX: usize = 64 * 1024;

/// One route: the method and path that `openapi` must describe, and the handler.
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path, with `{id}` for an id.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
    lane: Lane,
    handler: MethodRouter<ServiceState>,
}

/// Every route.
pub fn table() -> Vec<Route> {
    use Access::{Everybody, Platform, Stripe, User};
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
        post(Checkouts, User, "/v1/purchases/{id}/cancel", purchases::cancel),
        post(Checkouts, User, "/v1/subscription/checkout", subscription::checkout),
        post(Checkouts, User, "/v1/subscription/portal", subscription::portal),
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
        post(Platforms, Platform(Spend), "/v1/holds/{id}/release", platform::release_hold),
        get(Platforms, Platform(Read), "/v1/refunds-due", support::refunds_due),
        post(Platforms, Platform(Operate), "/v1/refunds-due/{id}/resolve", support::resolve),
        get(Platforms, Platform(Read), "/v1/events-set-aside", support::events_set_aside),
        post(Platforms, Platform(Operate), "/v1/events-set-aside/{id}/retry", support::retry_event),
        put(Operations, Platform(Operate), "/v1/test-clock", service::set_test_clock),
        // Stripe, and browsers that return from it.
        post(Webhooks, Stripe, "/webhooks/stripe", webhook::receive),
        get(Checkouts, Everybody, "/checkout/return", pages::returned),
        get(Users, Everybody, "/checkout/cancelled", pages::cancelled),
        get(Checkouts, Everybody, "/billing/return", pages::billing_returned),
        // Operators.
        get(Operations, Everybody, "/openapi.json", operations::openapi),
        get(Operations, Everybody, "/healthz", operations::health),
        get(Operations, Everybody, "/readyz", operations::ready),
        get(Operations, Everybody, "/metrics", operations::metrics),
    ]
}

/// Every route: its method, its path, and who may call it.
pub fn accesses() -> Vec<(Method, &'static str, Access)> {
    table().into_iter().map(|route| (route.method, route.path, route.access)).collect()
}

/// Makes the functions that build a route of one method.
macro_rules! methods {
    ($($name:ident: $method:ident),+) => {$(
        fn $name<H, T>(lane: Lane, access: Access, path: &'static str, handler: H) -> Route
        where
            H: Handler<T, ServiceState>,
            T: 'static,
        {
            let handler = on(MethodFilter::$method, handler);
            Route { method: Method::$method, path, access, lane, handler }
        }
    )+};
}

methods! { get: GET, post: POST, put: PUT, delete: DELETE }

/// The service as one router.
pub fn router(state: ServiceState) -> Router {
    table()
        .into_iter()
        .fold(Router::new(), |router, route| {
            let admit = from_fn_with_state((Arc::clone(&state.http), route.lane, route.access), admit);
            router.route(route.path, route.handler.layer(admit))
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
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(from_fn_with_state(Arc::clone(&state.http), log_request))
        .with_state(state)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

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
}
