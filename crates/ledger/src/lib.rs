//! The token rules: account + command + now → entries or a refusal.
//!
//! Pure: time, ids and every fact come in as arguments. [`Account::open`] makes an account, [`decide`] is the only way to change
//! it, [`balance`] reads it. Rule numbers in comments are those of `docs/rules.md`.
//!
//! | question | file |
//! |---|---|
//! | what is spent first? | `spend_order.rs` |
//! | what does it cost, what does a plan give? | `catalogue.toml`, `catalogue.rs` |
//! | when does a plan renew? | `calendar.rs` |
//! | what happens by itself? | `catch_up.rs` |
//! | what does a payment, refund or dispute do? | `decide.rs`, `lot.rs` |
//! | why was it refused? | `refusal.rs` |
//! | do the books add up? | `audit.rs` |

mod account;
mod amounts;
mod audit;
mod balance;
mod bucket;
mod calendar;
mod catalogue;
mod catch_up;
mod command;
mod decide;
mod draft;
mod entry;
mod hold;
mod ids;
mod lot;
mod refusal;
mod spend_order;
mod subscription;

pub use account::Account;
pub use amounts::{Currency, CurrencyError, MAX_EXACT, Minor, Money, Tokens};
pub use audit::{Audit, Unsound};
pub use balance::{
    Balance, Buckets, FastBalance, Holding, LockedReason, RolloverBalance, TopUpBalance, balance, balance_at,
    can_buy,
};
pub use bucket::{Bucket, Slice};
pub use catalogue::{
    AllowancePeriod, Catalogue, CatalogueError, Interval, Pack, Plan, PlanPrice, QUANTITY_MAX,
};
pub use command::{Command, Decision, HOLD_LIFE_DEFAULT, HOLD_LIFE_MAX, Outcome};
pub use decide::decide;
pub use entry::{Entry, EntryKind, Standing};
pub use hold::Hold;
pub use ids::{
    AccountId, AdjustmentId, DisputeId, EntryId, HoldId, LotId, PackId, PlanId, SpendId, SubscriptionId,
};
pub use lot::{DisputeState, Lot, LotSource, LotState};
pub use refusal::{Refusal, Remedy};
pub use subscription::{PaidPeriod, PlanTerms, SubscriptionSnapshot, SubscriptionStatus, SubscriptionView};
