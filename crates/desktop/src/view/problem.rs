//! An error as the panel shows it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What went wrong and what to do, ready to show. The text comes from the message file, or from the service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProblemView {
    /// For programs and tests, such as `offline`, `subscription_required`, `certificate`.
    pub code: String,
    /// For a person.
    pub text: String,
}
