//! The account, its plan and subscription, and what the service says of itself.

use crate::{Minor, Tokens};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// `GET /.well-known/tokenwell`: all that the app needs to know of a service besides its address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServiceDescription {
    /// The version of the HTTP contract; this is `1`.
    pub api_version: u32,
    /// The OpenID Connect issuer at which users sign in.
    pub issuer: String,
    /// The app's client id at that issuer.
    pub client_id: String,
    /// The only hosts (`host` or `host:port`) that the app opens for paying and billing.
    pub checkout_hosts: Vec<String>,
    /// The oldest app version that this service still serves, if there is such a limit.
    #[serde(default)]
    pub min_app_version: Option<String>,
    /// Below which shares of the plan's allowance a balance is low, in percent, highest first.
    #[serde(default = "a_tenth")]
    pub low_balance_percent: Vec<u8>,
    /// The highest `quantity` of a purchase; the lowest is 1 (rule 14).
    pub quantity_max: u32,
}

/// What a service means that does not say.
fn a_tenth() -> Vec<u8> {
    vec![10]
}

/// `GET /v1/account`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Account {
    /// The account's id.
    pub id: String,
    /// The e-mail address that the issuer vouches for, if it gives one.
    pub email: Option<String>,
    /// The plan that the account is on now; `free` without an active subscription.
    pub plan: AccountPlan,
    /// The subscription behind the plan.
    pub subscription: AccountSubscription,
}

/// The plan of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AccountPlan {
    /// The plan's id in the catalogue, such as `premium`.
    pub id: String,
    /// The plan's name on screen.
    pub name: String,
    /// Fast tokens per allowance period.
    pub allowance: Tokens,
    /// How often the allowance comes.
    pub allowance_period: AllowancePeriod,
    /// The most that the Rollover Bank holds; 0 on a plan without one.
    pub rollover_cap: Tokens,
}

/// How often a plan's allowance comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum AllowancePeriod {
    /// On the subscription's anchor day and time (rule 5).
    Month,
    /// At 00:00 UTC (rule 8).
    Day,
}

/// The subscription of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AccountSubscription {
    /// Stripe's status of the subscription; `None` if there never was one.
    pub status: Option<SubscriptionStatus>,
    /// Whether the account may use and buy top-up tokens (rule 12).
    pub entitled: bool,
    /// When the next token period starts; `None` without a live subscription.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub renews_at: Option<Timestamp>,
    /// Whether it ends with the paid period instead of renewing (rule 9).
    pub cancel_at_period_end: bool,
    /// When the paid period ends: a plan that is billed yearly renews monthly until then. `None` without a live
    /// subscription.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    #[serde(default)]
    pub paid_until: Option<Timestamp>,
    /// When the subscription ended, if it has.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    #[serde(default)]
    pub ended_at: Option<Timestamp>,
    /// The plan that was subscribed to, also after the subscription ended: what Resubscribe offers first.
    #[serde(default)]
    pub plan_id: Option<String>,
}

/// Stripe's status of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names and their meaning are Stripe's")]
pub enum SubscriptionStatus {
    Trialing,
    Active,
    PastDue,
    Unpaid,
    Canceled,
    Incomplete,
    IncompleteExpired,
    Paused,
    #[serde(other)]
    Unknown,
}

/// `GET /v1/plans`: what the upgrade prompt offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlanList {
    /// Every plan of the catalogue, the free one first, then by allowance.
    pub plans: Vec<Plan>,
}

/// A plan of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Plan {
    /// The plan's id, such as `premium`.
    pub id: String,
    /// The plan's name on screen.
    pub name: String,
    /// Fast tokens per allowance period.
    pub allowance: Tokens,
    /// How often the allowance comes.
    pub allowance_period: AllowancePeriod,
    /// The most that the Rollover Bank holds; 0 on a plan without one.
    pub rollover_cap: Tokens,
    /// What it costs; empty for the free plan.
    pub prices: Vec<PlanPrice>,
}

/// One price of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PlanPrice {
    /// How often it is billed.
    pub interval: Interval,
    /// The price per interval, in minor units.
    pub amount: Minor,
    /// ISO 4217 code in lower case, as Stripe writes it.
    pub currency: String,
    /// Whether tax is in the price.
    pub tax_included: bool,
}

/// How often a subscription is billed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "they say it")]
pub enum Interval {
    #[default]
    Month,
    Year,
}

/// `POST /v1/subscription/checkout`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SubscriptionCheckout {
    /// A paid plan's id.
    pub plan_id: String,
    /// How often it is billed; a month if left out.
    #[serde(default)]
    pub interval: Interval,
}

/// A page that Stripe hosts, to be opened in the system browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HostedPage {
    /// Its address; the host is one of [`ServiceDescription::checkout_hosts`].
    pub url: String,
}

/// `DELETE /v1/account`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DeleteAccount {
    /// The word `DELETE`.
    pub confirm: String,
}
