//! Every route of the service.

use super::admission::Lane;
use super::api_error::ApiError;
use super::handlers::{
    account, activity, balance, events, operations, pages, platform, purchases, service, subscription,
    support, webhook,
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
    #[cfg_attr(not(test), expect(dead_code, reason = "the test compares it with the description"))]
    pub method: Method,
    /// The path, with `{id}` for an id.
    pub path: &'static str,
    lane: Lane,
    handler: MethodRouter<ServiceState>,
}

/// Every route.
pub fn table() -> Vec<Route> {
    use Lane::{Checkouts, Operations, Platform, Users, Webhooks};
    vec![
        get(Operations, "/.well-known/tokenwell", service::describe),
        // Users.
        get(Users, "/v1/account", account::show),
        delete(Checkouts, "/v1/account", account::delete),
        get(Users, "/v1/balance", balance::mine),
        get(Users, "/v1/packs", purchases::packs),
        get(Users, "/v1/plans", purchases::plans),
        post(Checkouts, "/v1/purchases", purchases::create),
        get(Users, "/v1/purchases", purchases::list),
        get(Users, "/v1/purchases/{id}", purchases::show),
        post(Checkouts, "/v1/purchases/{id}/cancel", purchases::cancel),
        post(Checkouts, "/v1/subscription/checkout", subscription::checkout),
        post(Checkouts, "/v1/subscription/portal", subscription::portal),
        get(Users, "/v1/activity", activity::list),
        get(Users, "/v1/activity.csv", activity::export),
        get(Users, "/v1/usage/daily", activity::daily),
        get(Users, "/v1/events", events::stream),
        // The platform's back ends.
        get(Platform, "/v1/accounts", support::accounts),
        get(Platform, "/v1/accounts/{id}/balance", balance::of_account),
        post(Platform, "/v1/accounts/{id}/spends", platform::spend),
        post(Platform, "/v1/accounts/{id}/holds", platform::hold),
        post(Platform, "/v1/accounts/{id}/adjustments", platform::adjust),
        post(Platform, "/v1/holds/{id}/commit", platform::commit_hold),
        post(Platform, "/v1/holds/{id}/release", platform::release_hold),
        get(Platform, "/v1/refunds-due", support::refunds_due),
        post(Platform, "/v1/refunds-due/{id}/resolve", support::resolve),
        get(Platform, "/v1/events-set-aside", support::events_set_aside),
        post(Platform, "/v1/events-set-aside/{id}/retry", support::retry_event),
        put(Operations, "/v1/test-clock", service::set_test_clock),
        // Stripe, and browsers that return from it.
        post(Webhooks, "/webhooks/stripe", webhook::receive),
        get(Checkouts, "/checkout/return", pages::returned),
        get(Users, "/checkout/cancelled", pages::cancelled),
        get(Checkouts, "/billing/return", pages::billing_returned),
        // Operators.
        get(Operations, "/openapi.json", operations::openapi),
        get(Operations, "/healthz", operations::health),
        get(Operations, "/readyz", operations::ready),
        get(Operations, "/metrics", operations::metrics),
    ]
}

fn route<H, T>(lane: Lane, (method, filter): (Method, MethodFilter), path: &'static str, handler: H) -> Route
where
    H: Handler<T, ServiceState>,
    T: 'static,
{
    Route { method, path, lane, handler: on(filter, handler) }
}

fn get<H: Handler<T, ServiceState>, T: 'static>(lane: Lane, path: &'static str, handler: H) -> Route {
    route(lane, (Method::GET, MethodFilter::GET), path, handler)
}

fn post<H: Handler<T, ServiceState>, T: 'static>(lane: Lane, path: &'static str, handler: H) -> Route {
    route(lane, (Method::POST, MethodFilter::POST), path, handler)
}

fn put<H: Handler<T, ServiceState>, T: 'static>(lane: Lane, path: &'static str, handler: H) -> Route {
    route(lane, (Method::PUT, MethodFilter::PUT), path, handler)
}

fn delete<H: Handler<T, ServiceState>, T: 'static>(lane: Lane, path: &'static str, handler: H) -> Route {
    route(lane, (Method::DELETE, MethodFilter::DELETE), path, handler)
}

/// The service as one router.
pub fn router(state: ServiceState) -> Router {
    table()
        .into_iter()
        .fold(Router::new(), |router, route| {
            let admit = from_fn_with_state((Arc::clone(&state.http), route.lane), admit);
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
}
