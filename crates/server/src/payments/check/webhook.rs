//! The webhook endpoint: whether Stripe sends the events that the service needs to where it runs.

use super::setup::{StripeChecks, unreadable};
use crate::base::finding::{Checked, Finding};
use crate::payments::events;
use crate::payments::stripe::{API_VERSION, Identified, List, Pages, StripeClient, StripeError, fields};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

/// Where the service receives events.
const PATH: &str = "/webhooks/stripe";
/// The permission that reading endpoints needs.
const SHOWN_AS: &str = "Webhook Endpoints: Read (rak_webhook_read)";
/// What happens without events.
const LATE: &str = "so payments, refunds and cancellations take effect up to an hour late";

/// An endpoint at Stripe.
#[derive(Debug, Clone, Deserialize)]
struct Endpoint {
    id: String,
    url: String,
    status: String,
    enabled_events: Vec<String>,
    /// Null: the account's default.
    api_version: Option<String>,
}

impl Identified for Endpoint {
    fn id(&self) -> &str {
        &self.id
    }
}

/// How the endpoint is set up.
pub async fn configured(checks: &StripeChecks<'_>) -> Vec<Finding> {
    let wanted = format!("{}{PATH}", checks.public_url);
    let endpoints = match all(checks.stripe).await {
        Ok(endpoints) => endpoints,
        Err(error) => {
            return vec![unreadable(Checked::Webhook, "the webhook endpoints", &error, SHOWN_AS)];
        }
    };
    let (endpoint, address) = address(&endpoints, &wanted);
    let Some(endpoint) = endpoint else { return vec![address] };
    let version = match &endpoint.api_version {
        Some(version) => Some(version.clone()),
        None => default_version(checks.stripe).await,
    };
    vec![address, events(endpoint), self::version(version.as_deref())]
}

async fn all(stripe: &StripeClient) -> Result<Vec<Endpoint>, StripeError> {
    let mut pages = Pages::of("/v1/webhook_endpoints", Vec::new());
    let mut endpoints = Vec::new();
    while let Some(page) = pages.next::<Endpoint>(stripe).await? {
        endpoints.extend(page);
    }
    Ok(endpoints)
}

/// The account's default version, in which its newest event was made.
async fn default_version(stripe: &StripeClient) -> Option<String> {
    let newest = stripe.get::<List<Value>>("/v1/events", &fields!["limit" => 1]).await.ok()?;
    Some(newest.data.first()?["api_version"].as_str()?.to_owned())
}

/// The endpoint with the service's address: an enabled one if there is one.
fn address<'a>(endpoints: &'a [Endpoint], wanted: &str) -> (Option<&'a Endpoint>, Finding) {
    let here = || endpoints.iter().filter(|endpoint| is_same(&endpoint.url, wanted));
    if let Some(enabled) = here().find(|endpoint| endpoint.status == "enabled") {
        let found = Finding::fine(Checked::Webhook, format!("Stripe sends events to {wanted}"));
        return (Some(enabled), found);
    }
    if let Some(disabled) = here().next() {
        let what = format!("the webhook endpoint {wanted} is {}, {LATE}", disabled.status);
        let remedy = format!("Enable {} in Stripe's dashboard", disabled.id);
        return (Some(disabled), Finding::risk(Checked::Webhook, what, remedy));
    }
    let what = format!("Stripe has no webhook endpoint with the address {wanted}, {LATE}");
    let remedy = "Add the endpoint in Stripe's dashboard, or correct --public-url";
    (None, Finding::risk(Checked::Webhook, what, remedy))
}

/// Whether two addresses are the same for the server behind them.
fn is_same(one: &str, other: &str) -> bool {
    match (Url::parse(one), Url::parse(other)) {
        (Ok(one), Ok(other)) => {
            one.origin() == other.origin()
                && one.path().trim_end_matches('/') == other.path().trim_end_matches('/')
        }
        _ => false,
    }
}

fn events(endpoint: &Endpoint) -> Finding {
    let is_enabled = |kind: &str| endpoint.enabled_events.iter().any(|it| it == "*" || it == kind);
    let missing: Vec<&str> = events::types().filter(|kind| !is_enabled(kind)).collect();
    if missing.is_empty() {
        return Finding::fine(Checked::WebhookEvents, "the endpoint is sent every type of event that counts");
    }
    Finding::risk(
        Checked::WebhookEvents,
        format!("the endpoint is not sent {}, {LATE}", missing.join(", ")),
        format!("Add these types of event to {} in Stripe's dashboard", endpoint.id),
    )
}

fn version(version: Option<&str>) -> Finding {
    let remedy = format!("Make a new endpoint with the API version {API_VERSION}, then delete the old one");
    let Some(version) = version else {
        return Finding::unknown(
            Checked::WebhookVersion,
            "the endpoint has the account's default API version, which is not known until there is an event",
            remedy,
        );
    };
    match (parts(version), parts(API_VERSION)) {
        (Some((_, name)), Some((_, pinned))) if name.is_some() && name == pinned => {
            Finding::fine(Checked::WebhookVersion, format!("events have the API version {version}"))
        }
        (Some((date, _)), Some((pinned, _))) if date < pinned => Finding::risk(
            Checked::WebhookVersion,
            format!("events have the API version {version}, which is older than the service's {API_VERSION}"),
            remedy,
        ),
        (Some(_), Some(_)) => Finding::risk(
            Checked::WebhookVersion,
            format!("events have the API version {version}, which is newer than the service's {API_VERSION}"),
            remedy,
        ),
        _ => Finding::unknown(
            Checked::WebhookVersion,
            format!("events have the API version {version}, which the service does not know"),
            remedy,
        ),
    }
}

/// The date of a version, and its name since versions have one. Versions of one name are compatible.
fn parts(version: &str) -> Option<(jiff::civil::Date, Option<&str>)> {
    let (date, name) = match version.split_once('.') {
        Some((date, name)) => (date, Some(name)),
        None => (version, None),
    };
    Some((date.parse().ok()?, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::finding::FindingState::{Fine, Risk, Unknown};

    const HERE: &str = "https://tokens.example.com/webhooks/stripe";

    fn endpoint(url: &str, status: &str, enabled_events: &[&str]) -> Endpoint {
        Endpoint {
            id: "we_1".to_owned(),
            url: url.to_owned(),
            status: status.to_owned(),
            enabled_events: enabled_events.iter().map(|kind| (*kind).to_owned()).collect(),
            api_version: None,
        }
    }

    #[test]
    fn an_enabled_endpoint_with_the_service_s_address_is_needed() {
        let other = endpoint("https://other.example.com/webhooks/stripe", "enabled", &["*"]);
        let disabled = endpoint(HERE, "disabled", &["*"]);
        let same = endpoint("https://TOKENS.example.com:443/webhooks/stripe/", "enabled", &["*"]);
        let state = |endpoints: &[&Endpoint]| {
            let endpoints: Vec<Endpoint> = endpoints.iter().map(|endpoint| (*endpoint).clone()).collect();
            address(&endpoints, HERE).1.state
        };
        assert_eq!(state(&[]), Risk);
        assert_eq!(state(&[&other]), Risk);
        assert_eq!(state(&[&other, &disabled]), Risk);
        assert_eq!(state(&[&other, &disabled, &same]), Fine);
    }

    #[test]
    fn every_type_of_event_has_to_be_enabled() {
        let types: Vec<&str> = events::types().collect();
        assert_eq!(events(&endpoint(HERE, "enabled", &types)).state, Fine);
        assert_eq!(events(&endpoint(HERE, "enabled", &["*"])).state, Fine);
        let found = events(&endpoint(HERE, "enabled", &types[2..]));
        assert_eq!(found.state, Risk);
        assert!(types[..2].iter().all(|kind| found.what.contains(kind)), "{found}");
        assert!(!found.what.contains(types[2]), "{found}");
    }

    #[test]
    fn events_need_a_version_of_the_same_name_as_the_service_s() {
        let table = [
            (Some(API_VERSION), Fine),
            (Some("2026-10-28.endive"), Fine),
            (Some("2026-08-26.dahlia"), Risk),
            (Some("2025-02-24.acacia"), Risk),
            (Some("2022-11-15"), Risk),
            (Some("2027-03-31.fennel"), Risk),
            (Some("tomorrow"), Unknown),
            (None, Unknown),
        ];
        for (version, expected) in table {
            assert_eq!(super::version(version).state, expected, "{version:?}");
        }
    }
}
