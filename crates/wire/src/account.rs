//! The account, its plan and subscription, the plans on sale, and the service's description.

use crate::{Minor, Tax, Tokens};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `GET /.well-known/tokenwell`: everything that the app needs to know about a service besides its address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServiceDescription {
    /// The version of the HTTP contract. This is version `1`.
    pub api_version: u32,
    /// The OpenID Connect issuer at which users sign in.
    pub issuer: String,
    /// The app's client id at that issuer.
    pub client_id: String,
    /// The app opens payment and billing pages on these hosts only (`host` or `host:port`).
    pub checkout_hosts: Vec<String>,
    /// The oldest app version that this service supports. `null` supports every version.
    #[serde(default)]
    pub min_app_version: Option<String>,
    /// A balance is low below these shares of the plan's allowance, in percent, highest first.
    pub low_balance_percent: Vec<u8>,
    /// The highest `quantity` of a purchase. The lowest is 1 (rule 14).
    pub quantity_max: u32,
    /// How users reach the operator: an e-mail address or the address of a page. `null` if the operator gives none.
    #[serde(default)]
    pub support_contact: Option<String>,
    /// How the app signs in at the issuer.
    #[serde(default)]
    pub sign_in: SignInDescription,
}

/// How the app signs in at the issuer, beyond what the issuer's own discovery document says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct SignInDescription {
    /// The scopes that the app asks for besides `openid`. `null` leaves them to the app: `email` and `profile`, and
    /// `offline_access` where the issuer knows it.
    pub scopes: Option<Vec<String>>,
    /// Further parameters of the authorization request, such as `audience`. `resource` (RFC 8707) is sent with token requests
    /// too. None is one of [`SIGN_IN_PARAMETERS_OF_THE_APP`].
    pub authorize_parameters: BTreeMap<String, String>,
    /// The host of the address at which the app receives the browser from the issuer: `http://HOST:PORT/callback`.
    pub redirect_host: RedirectHost,
    /// The ports of that address that are registered at the issuer, in the order in which the app tries them. Any free port if
    /// there are none.
    pub redirect_ports: Vec<u16>,
    /// Which token the app sends to the service.
    pub token: SignInToken,
    /// The client secret that some issuers want of desktop apps too. Everybody can read it here, so it is not secret.
    pub client_secret: Option<String>,
}

/// The host of the address at which the app receives the browser from the issuer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum RedirectHost {
    /// The address that RFC 8252 recommends.
    #[default]
    #[serde(rename = "127.0.0.1")]
    Loopback,
    /// For issuers that accept no other.
    #[serde(rename = "localhost")]
    Localhost,
}

/// Which token the app sends to the service.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SignInToken {
    /// The access token.
    #[default]
    Access,
    /// The ID token.
    Id,
}

/// The parameters of the authorization request that are the app's own.
pub const SIGN_IN_PARAMETERS_OF_THE_APP: [&str; 12] = [
    "client_id",
    "client_secret",
    "code_challenge",
    "code_challenge_method",
    "nonce",
    "redirect_uri",
    // Both stand for a whole request, which would replace the app's own (RFC 9101).
    "request",
    "request_uri",
    "response_mode",
    "response_type",
    "scope",
    "state",
];

/// `GET /v1/account`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Account {
    /// The account's id.
    pub id: String,
    /// The e-mail address, if the issuer provides one.
    pub email: Option<String>,
    /// The plan in effect. It is the free plan without an active subscription.
    pub plan: AccountPlan,
    /// The subscription of the plan.
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
    /// How often the allowance is granted.
    pub allowance_period: AllowancePeriod,
    /// The most that the Rollover Bank may hold. It is 0 on a plan without a bank.
    pub rollover_cap: Tokens,
}

/// How often a plan's allowance is granted.
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
    /// Stripe's status of the subscription. `None` if there never was one.
    pub status: Option<SubscriptionStatus>,
    /// Whether the account can use and buy top-up tokens (rule 12).
    pub entitled: bool,
    /// When the next token period starts. `None` without a live subscription.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub renews_at: Option<Timestamp>,
    /// Whether it is to end instead of renewing for ever (rule 9).
    pub cancel_at_period_end: bool,
    /// When it is to end. `None` if it is not, or if the end is not known yet.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    #[serde(default)]
    pub ends_at: Option<Timestamp>,
    /// When the paid period ends. A plan that is billed yearly renews its tokens monthly until then. `None` without a
    /// live subscription.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    #[serde(default)]
    pub paid_until: Option<Timestamp>,
    /// When the subscription ended.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    #[serde(default)]
    pub ended_at: Option<Timestamp>,
    /// The plan that was subscribed to, also after the subscription ended. Resubscribe offers it first.
    #[serde(default)]
    pub plan_id: Option<String>,
    /// How often it is billed. `None` if there never was a subscription, or if the service does not report it.
    #[serde(default)]
    pub interval: Option<Interval>,
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

/// `GET /v1/plans`: the plans that the upgrade prompt offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlanList {
    /// Every plan of the catalogue: the free plan first, then by allowance.
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
    /// How often the allowance is granted.
    pub allowance_period: AllowancePeriod,
    /// The most that the Rollover Bank may hold. It is 0 on a plan without a bank.
    pub rollover_cap: Tokens,
    /// Its prices. Empty for the free plan.
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
    /// Whether the price includes tax.
    pub tax_included: bool,
    /// Who calculates and collects tax.
    #[serde(default)]
    pub tax: Tax,
}

/// How often a subscription is billed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
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
    /// How often it is billed. The default is `month`.
    #[serde(default)]
    pub interval: Interval,
}

/// A page hosted by Stripe. The app opens it in the system browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HostedPage {
    /// Its address. The host is one of [`ServiceDescription::checkout_hosts`].
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
