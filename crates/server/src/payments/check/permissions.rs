//! The permissions of the key. Permissions to write are probed with calls that Stripe has to refuse: with 403 if the key lacks
//! the permission, and otherwise because of a parameter that Stripe does not know, or an object that does not exist.

use crate::base::error_chain::Chain;
use crate::base::finding::{Checked, Finding};
use crate::payments::stripe::{List, NEEDED, Permission, Probe, StripeClient, StripeError, fields};
use reqwest::Method;
use serde_json::Value;

/// Each permission that the service needs.
pub async fn held(stripe: &StripeClient) -> Vec<Finding> {
    let mut findings = Vec::new();
    for permission in &NEEDED {
        let probed = match permission.probe {
            Probe::List(path) => {
                stripe.get::<List<Value>>(path, &fields!["limit" => 1]).await.map(|_| Value::Null)
            }
            Probe::Create(path) => stripe.refused_call(Method::POST, path).await,
            Probe::Cancel(path) => stripe.refused_call(Method::DELETE, path).await,
        };
        findings.push(finding(permission, probed));
    }
    findings
}

fn finding(permission: &Permission, probed: Result<Value, StripeError>) -> Finding {
    let Permission { name, shown_as, without_it, probe } = permission;
    let held = || Finding::fine(Checked::Permission, format!("the key has {shown_as}"));
    let (subject, finding) = match (probed, probe) {
        (Ok(_), Probe::List(_))
        | (Err(StripeError::Request { status: 400, .. }), Probe::Create(_) | Probe::Cancel(_))
        | (Err(StripeError::NotFound(_)), Probe::Cancel(_)) => (None, held()),
        (Err(StripeError::Forbidden { permission, .. }), _) => (
            permission,
            Finding::risk(
                Checked::Permission,
                format!("the key lacks {shown_as}: {without_it}"),
                format!("Give the key the permission {shown_as} in Stripe's dashboard"),
            ),
        ),
        (Ok(made), _) => {
            let id = made["id"].as_str().unwrap_or("an object without an id");
            let what = format!("Stripe accepted a call that it should have refused, and created {id}");
            let remedy = "Delete it in Stripe's dashboard; whether the key has the permission is not known";
            (None, Finding::unknown(Checked::Permission, what, remedy))
        }
        (Err(error), _) => {
            let what = format!("{shown_as} could not be checked: {}", Chain(&error));
            (None, Finding::unknown(Checked::Permission, what, "Check again later"))
        }
    };
    finding.about(subject.unwrap_or_else(|| (*name).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::finding::FindingState;
    use serde_json::json;

    fn refused(status: u16) -> Result<Value, StripeError> {
        Err(StripeError::Request { status, code: None, param: None, message: "No".to_owned() })
    }

    #[test]
    fn a_permission_is_held_only_if_stripe_refused_the_probe_for_another_reason() {
        let [create, _, _, cancel, list, ..] = NEEDED;
        let forbidden = || {
            Err(StripeError::Forbidden {
                permission: Some("rak_other_write".to_owned()),
                message: String::new(),
            })
        };
        let missing = || Err(StripeError::NotFound("No such subscription".to_owned()));
        let table = [
            (&create, refused(400), FindingState::Fine),
            (&create, refused(422), FindingState::Unknown),
            (&create, missing(), FindingState::Unknown),
            (&create, Ok(json!({ "id": "cs_1" })), FindingState::Unknown),
            (&create, forbidden(), FindingState::Risk),
            (&cancel, missing(), FindingState::Fine),
            (&cancel, refused(400), FindingState::Fine),
            (&cancel, forbidden(), FindingState::Risk),
            (&list, Ok(Value::Null), FindingState::Fine),
            (&list, refused(400), FindingState::Unknown),
            (&list, forbidden(), FindingState::Risk),
        ];
        for (permission, probed, expected) in table {
            let shown = format!("{} {probed:?}", permission.name);
            assert_eq!(finding(permission, probed).state, expected, "{shown}");
        }
        // What Stripe names counts, not what was expected.
        assert_eq!(finding(&create, forbidden()).subject.as_deref(), Some("rak_other_write"));
        assert!(finding(&create, Ok(json!({ "id": "cs_1" }))).what.contains("cs_1"));
    }
}
