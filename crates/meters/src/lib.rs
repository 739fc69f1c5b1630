//! Balances of platforms that do not run Tokenwell and report a user's balance by API key.
//!
//! A [`Platform`] is a value: the request, how to read the answer into [`Meter`]s, and where to buy. The platforms that
//! Tokenwell knows are written in the same TOML as those that a user declares. [`Poll`] decides when to ask again. The
//! crate uses no clock, network or disk.

mod amount;
mod answer;
mod declaration;
mod key;
mod meter;
mod mistake;
mod platform;
mod platforms;
mod pointer;
mod poll;
mod unreadable;

pub use amount::{Amount, NotAnAmount};
pub use key::{ApiKey, BadKey};
pub use meter::{Meter, Unit, shown};
pub use mistake::Mistake;
pub use platform::Platform;
pub use platforms::{BUILT_IN, BuiltIn, Catalogue, FileMistake};
pub use poll::{Outcome, Poll};
pub use unreadable::{Unreadable, Why};
