//! What `check` prints, and the exit code that it ends with.

use crate::base::finding::{Finding, FindingState};
use serde::Serialize;
use std::fmt;

/// The findings of a check.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The findings, in the order of the lines.
    findings: Vec<Finding>,
}

impl Report {
    /// A report of these findings.
    pub fn new(findings: Vec<Finding>) -> Self {
        Self { findings }
    }

    /// 0 if everything is fine, 1 if tokens or money are at risk, 2 if something could not be checked.
    pub fn exit_code(&self) -> u8 {
        let has = |state| self.findings.iter().any(|finding| finding.state == state);
        match (has(FindingState::Risk), has(FindingState::Unknown)) {
            (true, _) => 1,
            (false, true) => 2,
            (false, false) => 0,
        }
    }

    /// As JSON: `{"findings": [{"name", "subject", "state", "what", "remedy"}]}`.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }
}

/// One line for each finding.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, finding) in self.findings.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            finding.fmt(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::finding::Checked;

    #[test]
    fn the_exit_code_tells_of_a_risk_first_and_then_of_what_could_not_be_checked() {
        let fine = Finding::fine(Checked::Key, "a");
        let risk = Finding::risk(Checked::Tax, "b", "c");
        let unknown = Finding::unknown(Checked::Clock, "d", "e");
        let code = |findings: &[&Finding]| {
            Report::new(findings.iter().map(|finding| (*finding).clone()).collect()).exit_code()
        };
        assert_eq!(code(&[&fine]), 0);
        assert_eq!(code(&[&fine, &unknown]), 2);
        assert_eq!(code(&[&unknown, &risk, &fine]), 1);
        let report = Report::new(vec![fine, risk.about("x")]);
        assert_eq!(report.to_string(), "fine    key: a.\nrisk    tax x: b. c.");
        let json: serde_json::Value = serde_json::from_str(&report.to_json().unwrap()).unwrap();
        assert_eq!(
            json["findings"][1],
            serde_json::json!({ "name": "tax", "subject": "x", "state": "risk", "what": "b", "remedy": "c" })
        );
    }
}
