//! Accounts: a change of one is loaded, caught up, decided and committed as a unit of work, and wakes the account's event
//! streams. This module does not depend on HTTP: a response that is stored for replay is opaque bytes.
//!
//! A spend goes from its handler to [`Accounts::submit`] (`batch.rs`), which decides every call that waits for the account in
//! one [`UnitOfWork`].

mod attempts;
mod batch;
mod cache;
mod current;
mod deletion;
mod error;
mod event_streams;
mod former;
mod lock;
mod metrics;
mod naming;
mod queues;
mod request_identity;
mod sign_in;
mod state;
mod test_clock;
mod unit_of_work;

pub use attempts::{AttemptError, attempts};
pub use current::CurrentAccount;
pub use error::{AccountError, DecisionError};
pub use event_streams::{StreamAlarm, follow_other_instances};
pub use former::DisputeSeen;
pub use metrics::AccountMetrics;
pub use naming::{NameAccount, NamedAccount};
pub use request_identity::{Replay, RequestIdentity};
pub use sign_in::{SignIn, SignedIn};
pub use state::{Accounts, AccountsSetup};
pub use test_clock::stored_test_clock;
pub use unit_of_work::UnitOfWork;
