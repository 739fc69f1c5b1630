//! What the panel draws of platforms that are read with an API key. Figures are texts, because an amount is exact and a
//! JavaScript number is not.

use super::problem::ProblemView;
use crate::account_key::AccountKey;
use jiff::Timestamp;
use serde::Serialize;
use ts_rs::TS;

/// The form for another key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct KeyForm {
    /// The platforms that can be chosen.
    pub platforms: Vec<KeyPlatform>,
    /// What is wrong in the user's own files of platforms, one text for each.
    pub mistakes: Vec<String>,
    /// Whether the key is being saved.
    pub saving: bool,
    /// Why the key was not saved.
    pub problem: Option<ProblemView>,
}

/// A platform that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct KeyPlatform {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The host that will receive the key.
    pub host: String,
}

/// The account that is shown, if it is read with an API key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct KeyAccountView {
    /// Its key.
    pub key: AccountKey,
    /// The platform's name.
    pub name: String,
    /// The host that the key is sent to.
    pub host: String,
    /// The host of the platform's page for buying; `None` if the platform is not known any more.
    pub buy_host: Option<String>,
    /// The meters in the platform's order; `None` before the first answer.
    pub meters: Option<Vec<MeterView>>,
    /// When they were received, by this computer's clock.
    #[ts(type = "string | null")]
    pub received_at: Option<Timestamp>,
    /// Whether they may be out of date.
    pub stale: bool,
    /// Whether the platform has refused the key.
    pub refused: bool,
    /// Why the last request failed, if it did.
    pub problem: Option<ProblemView>,
}

/// One meter of a platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct MeterView {
    /// Which meter.
    pub id: String,
    /// The platform's own name.
    pub name: String,
    /// What is left, with its unit; `None` if the platform does not report it.
    pub left: Option<String>,
    /// What was there at the last renewal, without its unit.
    pub limit: Option<String>,
    /// How full its well is, in percent; `None` if the platform reports no limit.
    pub percent: Option<u16>,
    /// Whether something is left.
    pub any: bool,
    /// When the platform fills it again.
    #[ts(type = "string | null")]
    pub renews_at: Option<Timestamp>,
    /// Whether it is below its alert threshold.
    pub low: bool,
    /// The alert threshold that the user set, as a number with a point.
    pub alert: Option<String>,
    /// The alert threshold that applies, as it is written in the user's language.
    pub threshold: Option<String>,
}

/// The figure of an account in the list of accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct LastMeter {
    /// What is left; `None` if nothing is reported.
    pub left: Option<String>,
    /// How full its well is, in percent; `None` if the platform reports no limit.
    pub percent: Option<u16>,
    /// Whether something is left.
    pub any: bool,
    /// When it was received, by this computer's clock.
    #[ts(type = "string | null")]
    pub received_at: Option<Timestamp>,
    /// Whether it may be out of date.
    pub stale: bool,
    /// Whether the platform has refused the key.
    pub refused: bool,
}
