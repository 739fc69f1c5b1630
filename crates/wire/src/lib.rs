//! The HTTP types that the app and the token service share: the request and response bodies of `/v1`.
//!
//! Tokens are whole ([`Tokens`]), money is whole minor units of a currency ([`Minor`]), and times are RFC 3339 in UTC.
//! An older app ignores a field that a newer service adds. Enums that may grow have an `Unknown` variant for the same
//! reason.

mod account;
mod amounts;
mod balance;
mod events;
mod issuers;
mod naming;
mod platform;
mod problem;
mod purchases;

pub use account::{
    Account, AccountPlan, AccountSubscription, AllowancePeriod, DeleteAccount, HostedPage, Interval, Plan,
    PlanList, PlanPrice, RedirectHost, SIGN_IN_PARAMETERS_OF_THE_APP, ServiceDescription, SignInDescription,
    SignInToken, SubscriptionCheckout, SubscriptionStatus,
};
pub use amounts::{MAX_EXACT, Minor, Tokens};
pub use balance::{
    Activity, Balance, Bucket, DailyUsage, DayUsage, Entry, Fast, LockedReason, Rollover, TopUp, Used,
};
pub use events::{ServerEvent, SpendRefused};
pub use issuers::UnsupportedIssuer;
pub use naming::{
    AccountList, Claimed, ClaimedAccount, FoundAccount, NameAccount, RefusedClaim, RefusedClaims,
};
pub use platform::{
    Adjustment, CommitHold, EndedHold, EventSetAside, EventsSetAside, Hold, NewAdjustment, NewHold, NewSpend,
    RefundDue, RefundsDue, ResolveRefund, Slice, Spend, TestClock,
};
pub use problem::{Problem, Remedy};
pub use purchases::{NewPurchase, Pack, PackList, Purchase, PurchaseList, PurchaseStatus, Tax};
