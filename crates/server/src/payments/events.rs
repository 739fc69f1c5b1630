//! What an event of Stripe means: which object to look up. The event itself is only a hint, since events come twice,
//! late and in any order; what counts is the object's present state.

use crate::payments::stripe::{Event, is_id};
use serde_json::Value;

/// What an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A Checkout session: completed, paid later, failed or expired.
    Checkout(String),
    /// A payment that was refunded or disputed.
    Payment(String),
    /// A charge, where the event does not name its payment.
    Charge(String),
    /// A subscription that started, changed, was paid for or ended.
    Subscription(String),
    /// Nothing that matters here.
    Nothing,
}

/// How an event names what it is about.
#[derive(Debug, Clone, Copy)]
enum Names {
    Checkout,
    Payment { charge: &'static str },
    Subscription,
    InvoiceOfSubscription,
}

/// Every type of event that matters here. Stripe filters its list by 20 types at most.
const TYPES: [(&str, Names); 20] = [
    ("checkout.session.completed", Names::Checkout),
    ("checkout.session.async_payment_succeeded", Names::Checkout),
    ("checkout.session.async_payment_failed", Names::Checkout),
    ("checkout.session.expired", Names::Checkout),
    ("charge.refunded", Names::Payment { charge: "/id" }),
    ("refund.created", Names::Payment { charge: "/charge" }),
    ("refund.updated", Names::Payment { charge: "/charge" }),
    ("refund.failed", Names::Payment { charge: "/charge" }),
    ("charge.dispute.created", Names::Payment { charge: "/charge" }),
    ("charge.dispute.updated", Names::Payment { charge: "/charge" }),
    ("charge.dispute.closed", Names::Payment { charge: "/charge" }),
    ("charge.dispute.funds_withdrawn", Names::Payment { charge: "/charge" }),
    ("charge.dispute.funds_reinstated", Names::Payment { charge: "/charge" }),
    ("customer.subscription.created", Names::Subscription),
    ("customer.subscription.updated", Names::Subscription),
    ("customer.subscription.deleted", Names::Subscription),
    ("customer.subscription.paused", Names::Subscription),
    ("customer.subscription.resumed", Names::Subscription),
    ("invoice.paid", Names::InvoiceOfSubscription),
    ("invoice.payment_failed", Names::InvoiceOfSubscription),
];

/// The types of the events that matter here: what an endpoint at Stripe has to be subscribed to.
pub fn types() -> impl Iterator<Item = &'static str> {
    TYPES.iter().map(|(kind, _)| *kind)
}

/// What this event is about.
pub fn subject(event: &Event) -> Subject {
    let object = &event.data.object;
    let Some((_, names)) = TYPES.iter().find(|(kind, _)| *kind == event.kind) else {
        return Subject::Nothing;
    };
    match *names {
        Names::Checkout => id(object, "/id").map_or(Subject::Nothing, Subject::Checkout),
        Names::Payment { charge } => payment(object, charge),
        Names::Subscription => id(object, "/id").map_or(Subject::Nothing, Subject::Subscription),
        Names::InvoiceOfSubscription => id(object, "/parent/subscription_details/subscription")
            .map_or(Subject::Nothing, Subject::Subscription),
    }
}

fn payment(object: &Value, charge: &str) -> Subject {
    match (id(object, "/payment_intent"), id(object, charge)) {
        (Some(payment), _) => Subject::Payment(payment),
        (None, Some(charge)) => Subject::Charge(charge),
        (None, None) => Subject::Nothing,
    }
}

/// A reference, whether it is an id or an expanded object; it ends up in an address.
fn id(object: &Value, pointer: &str) -> Option<String> {
    let value = object.pointer(pointer)?;
    let id = value.as_str().or_else(|| value.get("id")?.as_str());
    id.filter(|id| is_id(id)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_event_names_the_object_to_look_up() {
        let table = [
            ("checkout.session.completed", json!({"id": "cs_1"}), Subject::Checkout("cs_1".into())),
            (
                "charge.refunded",
                json!({"id": "ch_1", "payment_intent": "pi_1"}),
                Subject::Payment("pi_1".into()),
            ),
            (
                "refund.failed",
                json!({"id": "re_1", "payment_intent": "pi_1"}),
                Subject::Payment("pi_1".into()),
            ),
            ("refund.created", json!({"id": "re_1", "charge": "ch_1"}), Subject::Charge("ch_1".into())),
            (
                "charge.dispute.closed",
                json!({"id": "dp_1", "payment_intent": {"id": "pi_1"}}),
                Subject::Payment("pi_1".into()),
            ),
            ("customer.subscription.deleted", json!({"id": "sub_1"}), Subject::Subscription("sub_1".into())),
            (
                "invoice.paid",
                json!({"id": "in_1", "parent": {"subscription_details": {"subscription": "sub_1"}}}),
                Subject::Subscription("sub_1".into()),
            ),
            ("invoice.paid", json!({"id": "in_1", "parent": null}), Subject::Nothing),
            ("customer.created", json!({"id": "cus_1"}), Subject::Nothing),
            ("checkout.session.completed", json!({"id": "../refunds"}), Subject::Nothing),
        ];
        for (kind, object, expected) in table {
            let event = json!({"id": "evt_1", "type": kind, "data": {"object": object}});
            assert_eq!(subject(&serde_json::from_value(event).unwrap()), expected, "{kind}");
        }
    }
}
