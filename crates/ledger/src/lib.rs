//! The token rules: account + command + now → entries or a refusal.
//!
//! The crate is pure: time, ids and every fact are arguments. [`Account::open`] creates an account, [`decide`] is the
//! only way to change it, and [`balance`] reads it. Rule numbers in comments refer to `docs/rules.md`.
//!
//! | question | file |
//! |---|---|
//! | what is spent first? | `spend_order.rs` |
//! | what does a plan or pack cost and grant? | `catalogue.toml`, `catalogue.rs` |
//! | when does a plan renew? | `calendar.rs` |
//! | what is due without a command? | `catch_up.rs` |
//! | how many tokens do paid lines of plans buy? | `plan_line.rs`, `plan_sum.rs` |
//! | what happens to the tokens when a plan changes? | `plan_grants.rs` |
//! | what does a command do? | `decide.rs` |
//! | how do entries and versions come about? | `account_edit.rs` |
//! | what does a payment, refund or dispute do to a lot? | `lot.rs` |
//! | why can a command be refused? | `refusal.rs` |
//! | do the entries add up to the account? | `audit.rs` |

mod account;
mod account_edit;
mod amounts;
mod audit;
mod balance;
mod bucket;
mod calendar;
mod catalogue;
mod catalogue_checks;
mod catalogue_mistake;
mod catch_up;
mod command;
mod decide;
mod entry;
mod former;
mod hold;
mod ids;
mod import;
mod interval;
mod lookup_key;
mod lot;
mod open;
mod plan_grants;
mod plan_line;
mod plan_sum;
mod refusal;
mod spend_order;
mod subscription;

pub use account::Account;
pub use amounts::{Currency, CurrencyError, MAX_EXACT, Minor, Money, Tokens};
pub use audit::{Audit, AuditError};
pub use balance::{
    Balance, FastBalance, LockedReason, RolloverBalance, TopUpBalance, balance, balance_at, can_buy,
};
pub use bucket::{Bucket, Slice};
pub use catalogue::{
    AllowancePeriod, Catalogue, Pack, PackAtStripe, Plan, PlanPrice, PlanTerms, QUANTITY_MAX, Tax,
};
pub use catalogue_mistake::CatalogueError;
pub use command::{Command, Decision, Outcome};
pub use decide::decide;
pub use entry::{Buckets, Entry, EntryKind, Holding, Standing, Used};
pub use former::Former;
pub use hold::{HOLD_LIFE_DEFAULT, HOLD_LIFE_MAX, Hold};
pub use ids::{
    AccountId, AdjustmentId, DisputeId, EntryId, HoldId, LineId, LotId, PackId, PlanId, SpendId,
    SubscriptionId,
};
pub use import::{Import, ImportedLot, ImportedSubscription};
pub use interval::Interval;
pub use lot::{DisputeState, Lot, LotSource, LotState};
pub use plan_line::{LineKind, PaidInvoice, PaidLine};
pub use refusal::{Refusal, Remedy};
pub use subscription::{SubscriptionSnapshot, SubscriptionStatus, SubscriptionView};
