//! The portal's default configuration, and what it means under rule 11.

use super::setup::unreadable;
use crate::base::finding::{Checked, Finding};
use crate::payments::stripe::{List, StripeClient, fields};
use serde::Deserialize;
use serde_json::Value;

/// The permission that reading configurations needs.
const SHOWN_AS: &str = "Customer portal: Read (rak_customer_portal_read)";
/// Where it is configured.
const SETTINGS: &str = "in the customer portal's settings at Stripe";

/// A configuration of the portal.
#[derive(Debug, Deserialize)]
struct Configuration {
    features: Features,
}

#[derive(Debug, Deserialize)]
struct Features {
    subscription_update: SubscriptionUpdate,
    subscription_cancel: SubscriptionCancel,
}

#[derive(Debug, Deserialize)]
struct SubscriptionUpdate {
    enabled: bool,
    #[serde(default)]
    default_allowed_updates: Vec<String>,
    proration_behavior: String,
    #[serde(default)]
    billing_cycle_anchor: Option<String>,
    #[serde(default)]
    schedule_at_period_end: Option<ScheduleAtPeriodEnd>,
}

#[derive(Debug, Default, Deserialize)]
struct ScheduleAtPeriodEnd {
    #[serde(default)]
    conditions: Vec<Condition>,
}

#[derive(Debug, Deserialize)]
struct Condition {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Debug, Deserialize)]
struct SubscriptionCancel {
    enabled: bool,
    mode: String,
    proration_behavior: String,
}

/// How the default configuration is set up.
pub async fn configured(stripe: &StripeClient) -> Vec<Finding> {
    let query = fields!["active" => true, "is_default" => true, "limit" => 1];
    let found = stripe.get::<List<Value>>("/v1/billing_portal/configurations", &query).await;
    let configuration = match found {
        Ok(found) => found.data.into_iter().next(),
        Err(error) => {
            return vec![unreadable(Checked::PortalChanges, "the portal's configuration", &error, SHOWN_AS)];
        }
    };
    let Some(configuration) = configuration else {
        return vec![Finding::risk(
            Checked::PortalChanges,
            "Stripe's portal is not set up, so nobody can change or cancel a plan",
            format!("Save a configuration {SETTINGS}"),
        )];
    };
    match serde_json::from_value::<Configuration>(configuration) {
        Ok(Configuration { features }) => {
            vec![changes(&features.subscription_update), cancellation(&features.subscription_cancel)]
        }
        Err(error) => vec![Finding::unknown(
            Checked::PortalChanges,
            format!("the portal's configuration cannot be read: {error}"),
            "Compare the configuration with docs/operating.md",
        )],
    }
}

/// What happens to tokens when a customer changes the plan (rule 11).
fn changes(update: &SubscriptionUpdate) -> Finding {
    let allowed = |what: &str| update.default_allowed_updates.iter().any(|allowed| allowed == what);
    if !update.enabled || !(allowed("price") || allowed("quantity")) {
        return Finding::fine(Checked::PortalChanges, "customers cannot change plans in the portal");
    }
    let is_scheduled = |kind: &str| {
        let schedule = update.schedule_at_period_end.as_ref();
        schedule.is_some_and(|schedule| schedule.conditions.iter().any(|condition| condition.kind == kind))
    };
    let (lower, shorter) = (is_scheduled("decreasing_item_amount"), is_scheduled("shortening_interval"));
    let proration = update.proration_behavior.as_str();
    let waiting = match (lower, shorter) {
        (true, true) => {
            let what =
                format!("{}; downgrades and shorter intervals wait for the period's end", upgrades(update));
            return Finding::fine(Checked::PortalChanges, what);
        }
        (true, false) => "a change to a shorter interval takes effect at once",
        (false, true) => "a downgrade takes effect at once",
        (false, false) => "downgrades and shorter intervals take effect at once",
    };
    let remedy = format!("Let downgrades and shorter intervals wait for the end of the period, {SETTINGS}");
    let risk = |consequence: &str| {
        Finding::risk(Checked::PortalChanges, format!("{waiting}, {consequence}"), &remedy)
    };
    match proration {
        "always_invoice" => Finding::fine(
            Checked::PortalChanges,
            format!("{}; {waiting}, and the credit takes tokens back at once", upgrades(update)),
        ),
        "create_prorations" => risk(
            "but the credit comes with the next invoice: tokens that are paid back can be spent until then",
        ),
        "none" => risk("without a credit: the customer has paid for more than the plan gives from then on"),
        other => Finding::unknown(
            Checked::PortalChanges,
            format!("{waiting}, and how Stripe settles it is not known: proration_behavior is {other}"),
            remedy,
        ),
    }
}

/// What an upgrade brings.
fn upgrades(update: &SubscriptionUpdate) -> &'static str {
    match (update.billing_cycle_anchor.as_deref(), update.proration_behavior.as_str()) {
        (Some("now"), _) => "an upgrade starts a new token period",
        (_, "always_invoice") => "an upgrade brings tokens for the rest of the period at once",
        (_, "create_prorations") => "an upgrade brings its tokens with the next invoice",
        (_, "none") => "an upgrade brings its tokens at the next renewal",
        _ => "what an upgrade brings is not known",
    }
}

/// What happens to tokens when a customer cancels (rule 9).
fn cancellation(cancel: &SubscriptionCancel) -> Finding {
    let remedy = format!("Let cancellations take effect at the end of the period, {SETTINGS}");
    match cancel.mode.as_str() {
        _ if !cancel.enabled => {
            Finding::fine(Checked::PortalCancellation, "customers cannot cancel plans in the portal")
        }
        "at_period_end" => {
            Finding::fine(Checked::PortalCancellation, "a cancelled plan runs to the period's end")
        }
        "immediately" if cancel.proration_behavior == "none" => Finding::risk(
            Checked::PortalCancellation,
            "a cancellation takes effect at once: the customer loses plan tokens that are paid for",
            remedy,
        ),
        "immediately" => Finding::risk(
            Checked::PortalCancellation,
            "a cancellation takes effect at once with a credit, also for tokens that are already spent",
            remedy,
        ),
        other => Finding::unknown(
            Checked::PortalCancellation,
            format!("how a cancellation takes effect is not known: mode is {other}"),
            remedy,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::finding::FindingState::{Fine, Risk, Unknown};
    use serde_json::json;

    fn update(proration: &str, anchor: Option<&str>, conditions: &[&str]) -> Value {
        let conditions: Vec<Value> = conditions.iter().map(|kind| json!({ "type": kind })).collect();
        json!({
            "enabled": true, "default_allowed_updates": ["price"], "proration_behavior": proration,
            "billing_cycle_anchor": anchor, "schedule_at_period_end": { "conditions": conditions },
        })
    }

    fn found(update: Value) -> Finding {
        changes(&serde_json::from_value(update).unwrap())
    }

    #[test]
    fn changes_are_fine_only_if_downgrades_and_shorter_intervals_wait_or_are_settled_at_once() {
        const LOWER: &str = "decreasing_item_amount";
        const SHORTER: &str = "shortening_interval";
        let table = [
            (update("none", None, &[LOWER, SHORTER]), Fine, "at the next renewal"),
            (update("create_prorations", None, &[SHORTER, LOWER]), Fine, "with the next invoice"),
            (update("always_invoice", Some("now"), &[LOWER, SHORTER]), Fine, "starts a new token period"),
            (update("always_invoice", Some("unchanged"), &[]), Fine, "takes tokens back at once"),
            (update("always_invoice", None, &[LOWER]), Fine, "shorter interval takes effect at once"),
            (update("create_prorations", None, &[]), Risk, "can be spent until then"),
            (update("create_prorations", Some("now"), &[LOWER]), Risk, "shorter interval"),
            (update("none", None, &[]), Risk, "without a credit"),
            (update("none", None, &[SHORTER]), Risk, "a downgrade takes effect at once"),
            (update("sometimes", None, &[]), Unknown, "proration_behavior is sometimes"),
        ];
        for (settings, state, words) in table {
            let found = found(settings.clone());
            assert_eq!(found.state, state, "{settings}: {found}");
            assert!(found.what.contains(words), "{settings}: {found}");
        }
    }

    #[test]
    fn a_portal_without_plan_changes_is_fine_and_quantities_count_as_changes() {
        let mut settings = update("none", None, &[]);
        settings["default_allowed_updates"] = json!(["promotion_code"]);
        assert_eq!(found(settings.clone()).state, Fine);
        settings["default_allowed_updates"] = json!(["quantity"]);
        assert_eq!(found(settings.clone()).state, Risk);
        settings["enabled"] = json!(false);
        assert_eq!(found(settings).state, Fine);
    }

    #[test]
    fn a_cancellation_has_to_wait_for_the_period_s_end() {
        let of = |enabled: bool, mode: &str, proration: &str| {
            let settings = json!({ "enabled": enabled, "mode": mode, "proration_behavior": proration });
            cancellation(&serde_json::from_value(settings).unwrap()).state
        };
        assert_eq!(of(true, "at_period_end", "none"), Fine);
        assert_eq!(of(false, "immediately", "always_invoice"), Fine);
        assert_eq!(of(true, "immediately", "none"), Risk);
        assert_eq!(of(true, "immediately", "create_prorations"), Risk);
        assert_eq!(of(true, "soon", "none"), Unknown);
    }
}
