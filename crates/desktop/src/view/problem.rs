//! An error as the panel shows it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A problem and what to do about it. The text comes from the message file or from the service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProblemView {
    /// A stable code for programs and tests, such as `offline`, `subscription_required`, `certificate`.
    pub code: String,
    /// The text for the user.
    pub text: String,
}
