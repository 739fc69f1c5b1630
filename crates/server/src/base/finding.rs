//! What a check found: one line for each thing that was looked at. `docs/operating.md` says what to do about each.

use super::spelling::{Spelled, spellings};
use jiff::SignedDuration;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use serde::{Serialize, Serializer};
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// What a check looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Checked {
    /// Whether Stripe accepts the secret key.
    Key,
    /// Live or test mode, and where the service is reached.
    Mode,
    /// A permission of the secret key.
    Permission,
    /// The price of a plan.
    Price,
    /// What customers may change in the portal, and how it is settled.
    PortalChanges,
    /// How a cancellation in the portal takes effect.
    PortalCancellation,
    /// The webhook endpoint.
    Webhook,
    /// The types of event that it is sent.
    WebhookEvents,
    /// The API version of its events.
    WebhookVersion,
    /// Stripe Tax.
    Tax,
    /// Where tax is collected.
    TaxRegistrations,
    /// This machine's clock.
    Clock,
    /// Whether the database can be written.
    Database,
    /// The version of its schema.
    DatabaseSchema,
    /// The issuer that users sign in at.
    Issuer,
}

impl Serialize for Checked {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.spelling())
    }
}

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FindingState {
    /// It is as it should be.
    Fine,
    /// Tokens or money are at risk.
    Risk,
    /// It could not be checked.
    Unknown,
}

// Their names in lines, JSON and metrics.
spellings! {
    Checked {
        Key = "key",
        Mode = "mode",
        Permission = "permission",
        Price = "price",
        PortalChanges = "portal_changes",
        PortalCancellation = "portal_cancellation",
        Webhook = "webhook",
        WebhookEvents = "webhook_events",
        WebhookVersion = "webhook_version",
        Tax = "tax",
        TaxRegistrations = "tax_registrations",
        Clock = "clock",
        Database = "database",
        DatabaseSchema = "database_schema",
        Issuer = "issuer",
    }
    FindingState {
        Fine = "fine",
        Risk = "risk",
        Unknown = "unknown",
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub name: Checked,
    /// Which one of several, such as a permission or a price.
    pub subject: Option<String>,
    /// How it stands.
    pub state: FindingState,
    /// What is so, or what is wrong.
    pub what: String,
    /// What to do.
    pub remedy: Option<String>,
}

impl Finding {
    /// It is as it should be.
    pub fn fine(name: Checked, what: impl Into<String>) -> Self {
        Self { name, subject: None, state: FindingState::Fine, what: what.into(), remedy: None }
    }

    /// Tokens or money are at risk.
    pub fn risk(name: Checked, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            name,
            subject: None,
            state: FindingState::Risk,
            what: what.into(),
            remedy: Some(remedy.into()),
        }
    }

    /// It could not be checked.
    pub fn unknown(name: Checked, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { state: FindingState::Unknown, ..Self::risk(name, what, remedy) }
    }

    /// How far another clock is ahead of this machine's, which may be `most` in either direction. Otherwise `effect` is what
    /// follows.
    pub fn of_clock(
        whose: &str,
        ahead: SignedDuration,
        most: SignedDuration,
        effect: &str,
        remedy: &str,
    ) -> Self {
        if ahead.abs() <= most {
            return Self::fine(Checked::Clock, format!("this machine's clock agrees with {whose}"));
        }
        let seconds = ahead.as_secs().unsigned_abs();
        let direction = if ahead.is_positive() { "behind" } else { "ahead of" };
        let what = format!("this machine's clock is {seconds} s {direction} {whose}{effect}");
        Self::risk(Checked::Clock, what, remedy)
    }

    /// Whether it is as it should be.
    pub fn is_fine(&self) -> bool {
        self.state == FindingState::Fine
    }

    /// Names which one of several it is about.
    #[must_use]
    pub fn about(self, subject: impl Into<String>) -> Self {
        Self { subject: Some(subject.into()), ..self }
    }
}

/// One line: state, name, subject, what is wrong, and the remedy.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<7} {}", self.state.spelling(), self.name.spelling())?;
        if let Some(subject) = &self.subject {
            write!(f, " {subject}")?;
        }
        write!(f, ": {}.", self.what)?;
        match &self.remedy {
            Some(remedy) => write!(f, " {remedy}."),
            None => Ok(()),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FindingLabels {
    name: &'static str,
    state: &'static str,
}

/// The findings of the last check, and their metrics.
#[derive(Debug, Default)]
pub struct LatestFindings {
    latest: Mutex<Vec<Finding>>,
    counts: Family<FindingLabels, Gauge>,
    checked_at: Gauge,
}

impl LatestFindings {
    /// Registers the metrics. Nothing was checked yet.
    pub fn new(registry: &mut Registry) -> Self {
        let findings = Self::default();
        registry.register(
            "check_findings",
            "Findings of the last check, by name and state",
            findings.counts.clone(),
        );
        registry.register("check_timestamp_seconds", "Time of the last check", findings.checked_at.clone());
        findings
    }

    /// Replaces the findings. Returns whether they differ from those before.
    pub fn set(&self, findings: Vec<Finding>, at_second: i64) -> bool {
        for &name in Checked::ALL {
            for &state in FindingState::ALL {
                let count = findings.iter().filter(|it| it.name == name && it.state == state).count();
                let labels = FindingLabels { name: name.spelling(), state: state.spelling() };
                self.counts.get_or_create(&labels).set(i64::try_from(count).unwrap_or(i64::MAX));
            }
        }
        self.checked_at.set(at_second);
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let differ = *latest != findings;
        *latest = findings;
        differ
    }

    /// Those that are not fine.
    pub fn not_fine(&self) -> Vec<Finding> {
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        latest.iter().filter(|finding| !finding.is_fine()).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operators_page_says_what_to_do_about_every_line_and_knows_no_other() {
        let page = include_str!("../../../../docs/operating.md");
        let table = page.split("| line | what to do if it is not `fine` |").nth(1).unwrap();
        let rows = table.lines().skip(2).take_while(|line| line.starts_with("| "));
        let named: Vec<&str> = rows.map(|row| row.split('`').nth(1).unwrap()).collect();
        let lines: Vec<&str> = Checked::ALL.iter().map(|checked| checked.spelling()).collect();
        assert_eq!(named, lines);
    }

    #[test]
    fn a_line_has_the_state_the_name_what_is_wrong_and_the_remedy() {
        let fine = Finding::fine(Checked::Key, "Stripe accepts the key");
        assert_eq!(fine.to_string(), "fine    key: Stripe accepts the key.");
        let risk =
            Finding::risk(Checked::Price, "Stripe charges 13.00", "Correct one of them").about("premium");
        assert_eq!(risk.to_string(), "risk    price premium: Stripe charges 13.00. Correct one of them.");
    }

    #[test]
    fn findings_that_were_corrected_leave_the_metrics() {
        let mut registry = Registry::default();
        let latest = LatestFindings::new(&mut registry);
        assert!(latest.set(vec![Finding::risk(Checked::Tax, "a", "b")], 7));
        assert_eq!(latest.not_fine().len(), 1);
        assert!(latest.set(vec![Finding::fine(Checked::Tax, "a")], 8));
        assert!(!latest.set(vec![Finding::fine(Checked::Tax, "a")], 9));
        assert_eq!(latest.not_fine(), []);
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        assert!(text.contains("check_findings{name=\"tax\",state=\"risk\"} 0"), "{text}");
        assert!(text.contains("check_findings{name=\"tax\",state=\"fine\"} 1"), "{text}");
        assert!(text.contains("check_timestamp_seconds 9"), "{text}");
    }
}
