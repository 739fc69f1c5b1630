//! `GET /openapi.json`: the description of every route, made from the code.

use super::handlers::{
    account, accounts, activity, balance, docs, events, operations, pages, platform, purchases, service,
    subscription, support, webhook,
};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, ResponseBuilder};
use utoipa::{Modify, OpenApi};

#[derive(OpenApi)]
#[openapi(
    info(title = "Tokenwell", description = "The token service: balances, purchases, spends."),
    paths(
        service::describe,
        account::show,
        account::delete,
        balance::mine,
        purchases::packs,
        purchases::plans,
        purchases::create,
        purchases::list,
        purchases::show,
        purchases::cancel,
        subscription::checkout,
        subscription::portal,
        activity::list,
        activity::export,
        activity::daily,
        events::stream,
        accounts::list,
        accounts::show,
        accounts::name,
        accounts::refused_claims,
        balance::of_account,
        platform::spend,
        platform::hold,
        platform::adjust,
        platform::commit_hold,
        platform::release_hold,
        support::refunds_due,
        support::resolve,
        support::events_set_aside,
        support::retry_event,
        service::set_test_clock,
        webhook::receive,
        pages::returned,
        pages::cancelled,
        pages::billing_returned,
        docs::page,
        docs::viewer,
        docs::style,
        operations::openapi,
        operations::health,
        operations::ready,
        operations::metrics,
    ),
    modifiers(&Callers, &Limits)
)]
struct Document;

/// The two kinds of caller.
struct Callers;

impl Modify for Callers {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        for (name, description) in [
            ("user", "An access token of the OpenID Connect issuer"),
            ("platform", "A service key of the platform's own back ends"),
        ] {
            let scheme =
                HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(description)).build();
            components.add_security_scheme(name, SecurityScheme::Http(scheme));
        }
    }
}

/// The responses of every call, except operators' calls, when a limit is reached.
struct Limits;

impl Modify for Limits {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let operations = document.paths.paths.values_mut().flat_map(|path| {
            [&mut path.get, &mut path.post, &mut path.put, &mut path.delete].into_iter().flatten()
        });
        for operation in operations {
            if operation.tags.iter().flatten().any(|tag| tag == "operations") {
                continue;
            }
            for (status, description) in [
                (
                    "429",
                    "The caller sends more requests than are allowed: `rate_limited`, with `Retry-After`",
                ),
                (
                    "503",
                    "The service or what it needs is not able to right now: `overloaded`, `timed_out`, `unavailable` and \
                     others, with `Retry-After`",
                ),
            ] {
                let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
                let response = ResponseBuilder::new()
                    .description(description)
                    .content("application/problem+json", problem)
                    .build();
                operation.responses.responses.entry(status.to_owned()).or_insert_with(|| response.into());
            }
        }
    }
}

/// The OpenAPI description of the service.
pub fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}
