//! How a platform answers.

use serde::{Deserialize, Serialize};

/// The switches of one platform. Without any it gives its published example to every key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Switches {
    /// The body of the answer instead of the published example, whatever it is.
    pub body: Option<String>,
    /// The keys that are not accepted any more.
    pub revoked: Vec<String>,
    /// What goes wrong.
    pub fault: Option<Fault>,
    /// The seconds or the date in `Retry-After` of a fault.
    pub retry_after: Option<String>,
    /// How many requests there were. It cannot be set.
    #[serde(skip_deserializing)]
    pub asked: u64,
}

/// What goes wrong at a platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// 401 for every key.
    Unauthorized,
    /// 403: the key may not read the balance.
    Forbidden,
    /// 429.
    TooManyRequests,
    /// 500.
    ServerError,
    /// 200 with a page of HTML, as a captive portal gives.
    Html,
    /// A redirect to another address.
    Redirect,
    /// No answer for five minutes.
    Slow,
    /// Without end.
    Huge,
}
