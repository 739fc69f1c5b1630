//! What a portal configuration lets customers do with their subscriptions, in the shape of Stripe's API.

use crate::stripe::subscriptions::change::{BillingCycleAnchor, ProrationBehavior};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How customers change their plan and quantity. The default is Stripe's, except that plans can be changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SubscriptionUpdate {
    /// Whether they can.
    pub enabled: bool,
    /// When the billing periods start after a change.
    pub billing_cycle_anchor: BillingCycleAnchor,
    /// What can be changed.
    pub default_allowed_updates: Vec<AllowedUpdate>,
    /// The products and their prices; without them, every price of a plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub products: Option<Vec<Product>>,
    /// What happens to the time that was billed at the old price.
    pub proration_behavior: ProrationBehavior,
    /// Which changes wait for the end of the period.
    pub schedule_at_period_end: ScheduleAtPeriodEnd,
    /// What happens to a trial; the sandbox has none.
    pub trial_update_behavior: TrialUpdateBehavior,
}

/// What can be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AllowedUpdate {
    /// The price, and with it plan and interval.
    Price,
    /// The quantity.
    Quantity,
    /// The promotion code; the sandbox's page does not offer it.
    PromotionCode,
}

/// A product that customers can change to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Its id.
    #[serde(rename = "product")]
    pub id: String,
    /// The ids of its prices that customers can change to.
    pub prices: Vec<String>,
    /// Which quantities customers can choose.
    #[serde(default)]
    pub adjustable_quantity: AdjustableQuantity,
}

/// Which quantities customers can choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AdjustableQuantity {
    /// Whether they can choose any.
    pub enabled: bool,
    /// The largest one.
    pub maximum: Option<i64>,
    /// The smallest one.
    pub minimum: i64,
}

impl Default for AdjustableQuantity {
    fn default() -> Self {
        Self { enabled: true, maximum: None, minimum: 1 }
    }
}

/// Which changes wait for the end of the period: those that meet a condition.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScheduleAtPeriodEnd {
    /// The conditions.
    pub conditions: Vec<Condition>,
}

/// A condition under which a change waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: ConditionKind,
}

/// What a condition is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConditionKind {
    /// The item costs less in each period than before.
    DecreasingItemAmount,
    /// The periods are shorter than before.
    ShorteningInterval,
}

/// What happens to a trial when the plan is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrialUpdateBehavior {
    /// It ends.
    EndTrial,
    /// It goes on.
    ContinueTrial,
}

impl Default for SubscriptionUpdate {
    fn default() -> Self {
        Self {
            enabled: true,
            billing_cycle_anchor: BillingCycleAnchor::Unchanged,
            default_allowed_updates: vec![AllowedUpdate::Price],
            products: None,
            proration_behavior: ProrationBehavior::None,
            schedule_at_period_end: ScheduleAtPeriodEnd::default(),
            trial_update_behavior: TrialUpdateBehavior::EndTrial,
        }
    }
}

impl SubscriptionUpdate {
    /// Whether customers can change this.
    pub fn allows(&self, update: AllowedUpdate) -> bool {
        self.enabled && self.default_allowed_updates.contains(&update)
    }

    /// Whether a condition is set.
    pub fn waits_if(&self, kind: ConditionKind) -> bool {
        self.schedule_at_period_end.conditions.iter().any(|condition| condition.kind == kind)
    }
}

/// How customers cancel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SubscriptionCancel {
    /// Whether they can.
    pub enabled: bool,
    /// When the subscription ends.
    pub mode: CancelMode,
    /// Whether a cancellation at once credits the rest of the period.
    pub proration_behavior: ProrationBehavior,
}

/// When a cancelled subscription ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelMode {
    /// With its period.
    AtPeriodEnd,
    /// At once.
    Immediately,
}

impl Default for SubscriptionCancel {
    fn default() -> Self {
        Self { enabled: true, mode: CancelMode::AtPeriodEnd, proration_behavior: ProrationBehavior::None }
    }
}

/// The `features` of a configuration. The features that are not about subscriptions are Stripe's defaults.
pub fn object(update: &SubscriptionUpdate, cancel: &SubscriptionCancel) -> Value {
    let mut features = json!({
        "customer_update": { "allowed_updates": [], "enabled": false },
        "invoice_history": { "enabled": true },
        "payment_method_update": { "enabled": false, "payment_method_configuration": null },
        "subscription_cancel": cancel,
        "subscription_pause": {
            "duration": { "interval_options": [{ "interval": "month", "interval_count": 1 }], "type": "interval_options" },
            "enabled": false,
        },
        "subscription_update": update,
    });
    features["subscription_cancel"]["cancellation_reason"] = json!({
        "enabled": false, "feedback_options": null, "options": ["too_expensive", "missing_features", "unused", "other"],
    });
    features
}
