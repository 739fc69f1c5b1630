//! `GET /openapi.json`: the description of every route, made from the code.

use crate::handlers::{
    account, activity, balance, events, operations, pages, platform, purchases, service, subscription,
    support, webhook,
};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
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
        support::accounts,
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
        operations::openapi,
        operations::health,
        operations::ready,
        operations::metrics,
    ),
    modifiers(&Callers)
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

/// The OpenAPI description of the service.
pub fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}
