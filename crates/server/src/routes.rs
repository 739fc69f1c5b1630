//! Every route of the service.

use crate::App;
use crate::handlers::{
    account, activity, balance, events, operations, pages, platform, purchases, service, subscription,
    support, webhook,
};
use crate::metrics;
use crate::problem::{Failure, Kind};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, MethodRouter, on};
use std::sync::Arc;
use tower_http::trace::TraceLayer;

/// The largest JSON body, in bytes; the webhook has a limit of its own.
const BODY_MAX: usize = 64 * 1024;

/// One route: the method and path that `openapi` must describe, and what answers it.
pub struct Route {
    /// The method.
    #[cfg_attr(not(test), expect(dead_code, reason = "the test compares it with the description"))]
    pub method: Method,
    /// The path, with `{id}` where an id stands.
    pub path: &'static str,
    handler: MethodRouter<Arc<App>>,
}

/// All of them.
pub fn table() -> Vec<Route> {
    vec![
        get("/.well-known/tokenwell", service::describe),
        // Users.
        get("/v1/account", account::show),
        delete("/v1/account", account::delete),
        get("/v1/balance", balance::mine),
        get("/v1/packs", purchases::packs),
        get("/v1/plans", purchases::plans),
        post("/v1/purchases", purchases::create),
        get("/v1/purchases", purchases::list),
        get("/v1/purchases/{id}", purchases::show),
        post("/v1/purchases/{id}/cancel", purchases::cancel),
        post("/v1/subscription/checkout", subscription::checkout),
        post("/v1/subscription/portal", subscription::portal),
        get("/v1/activity", activity::list),
        get("/v1/activity.csv", activity::export),
        get("/v1/usage/daily", activity::daily),
        get("/v1/events", events::stream),
        // The platform's back ends.
        get("/v1/accounts", support::accounts),
        get("/v1/accounts/{id}/balance", balance::of_account),
        post("/v1/accounts/{id}/spends", platform::spend),
        post("/v1/accounts/{id}/holds", platform::hold),
        post("/v1/accounts/{id}/adjustments", platform::adjust),
        post("/v1/holds/{id}/commit", platform::commit_hold),
        post("/v1/holds/{id}/release", platform::release_hold),
        get("/v1/refunds-due", support::refunds_due),
        post("/v1/refunds-due/{id}/resolve", support::resolve),
        get("/v1/events-set-aside", support::events_set_aside),
        post("/v1/events-set-aside/{id}/retry", support::retry_event),
        put("/v1/test-clock", service::set_test_clock),
        // Stripe, and browsers that come back from it.
        post("/webhooks/stripe", webhook::receive),
        get("/checkout/return", pages::returned),
        get("/checkout/cancelled", pages::cancelled),
        get("/billing/return", pages::billing_returned),
        // Whoever runs the service.
        get("/openapi.json", operations::openapi),
        get("/healthz", operations::health),
        get("/readyz", operations::ready),
        get("/metrics", operations::metrics),
    ]
}

fn route<H, T>(method: Method, filter: MethodFilter, path: &'static str, handler: H) -> Route
where
    H: Handler<T, Arc<App>>,
    T: 'static,
{
    Route { method, path, handler: on(filter, handler) }
}

fn get<H: Handler<T, Arc<App>>, T: 'static>(path: &'static str, handler: H) -> Route {
    route(Method::GET, MethodFilter::GET, path, handler)
}

fn post<H: Handler<T, Arc<App>>, T: 'static>(path: &'static str, handler: H) -> Route {
    route(Method::POST, MethodFilter::POST, path, handler)
}

fn put<H: Handler<T, Arc<App>>, T: 'static>(path: &'static str, handler: H) -> Route {
    route(Method::PUT, MethodFilter::PUT, path, handler)
}

fn delete<H: Handler<T, Arc<App>>, T: 'static>(path: &'static str, handler: H) -> Route {
    route(Method::DELETE, MethodFilter::DELETE, path, handler)
}

/// The service as one router.
pub fn router(app: Arc<App>) -> Router {
    table()
        .into_iter()
        .fold(Router::new(), |router, route| router.route(route.path, route.handler))
        .fallback(|| async {
            Failure::new(Kind::NotFound, "There is nothing here. GET /openapi.json lists what there is.")
        })
        .method_not_allowed_fallback(|| async {
            Failure::new(
                Kind::MethodNotAllowed,
                "This path takes other methods. GET /openapi.json lists them.",
            )
        })
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&app), metrics::count))
        .layer(TraceLayer::new_for_http())
        .with_state(app)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_route_is_described_and_every_description_has_a_route() {
        let document = serde_json::to_value(crate::openapi::document()).unwrap();
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
