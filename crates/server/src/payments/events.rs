//! The objects that events of Stripe are about. Events arrive twice, late and in any order, so an event is only a hint to look
//! its object up; the object's current state decides.

use super::stripe::{Event, is_id};
use serde_json::Value;

/// The object that an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventSubject {
    /// A Checkout session: completed, paid later, failed or expired.
    Checkout(String),
    /// A payment that was refunded or disputed.
    Payment(String),
    /// A charge, if the event does not name its payment.
    Charge(String),
    /// A subscription that started, changed, was paid for or ended.
    Subscription(String),
    /// An object that the service does not use.
    Nothing,
}

/// Where a type of event names its object.
#[derive(Debug, Clone, Copy)]
enum Names {
    Checkout,
    Payment { charge: &'static str },
    Subscription,
    InvoiceOfSubscription,
}

/// The types of event that the service uses. Stripe filters its list by 20 types at most.
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

/// The types of event that an endpoint at Stripe has to be subscribed to.
pub fn types() -> impl Iterator<Item = &'static str> {
    TYPES.iter().map(|(kind, _)| *kind)
}

/// The object that this event is about.
pub fn subject(event: &Event) -> EventSubject {
    let object = &event.data.object;
    let Some((_, names)) = TYPES.iter().find(|(kind, _)| *kind == event.kind) else {
        return EventSubject::Nothing;
    };
    match *names {
        Names::Checkout => id(object, "/id").map_or(EventSubject::Nothing, EventSubject::Checkout),
        Names::Payment { charge } => payment(object, charge),
        Names::Subscription => id(object, "/id").map_or(EventSubject::Nothing, EventSubject::Subscription),
        Names::InvoiceOfSubscription => id(object, "/parent/subscription_details/subscription")
            .map_or(EventSubject::Nothing, EventSubject::Subscription),
    }
}

fn payment(object: &Value, charge: &str) -> EventSubject {
    match (id(object, "/payment_intent"), id(object, charge)) {
        (Some(payment), _) => EventSubject::Payment(payment),
        (None, Some(charge)) => EventSubject::Charge(charge),
        (None, None) => EventSubject::Nothing,
    }
}

/// The id in a reference, which is an id or an expanded object. It becomes part of a path.
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
            ("checkout.session.completed", json!({"id": "cs_1"}), EventSubject::Checkout("cs_1".into())),
            (
                "charge.refunded",
                json!({"id": "ch_1", "payment_intent": "pi_1"}),
                EventSubject::Payment("pi_1".into()),
            ),
            (
                "refund.failed",
                json!({"id": "re_1", "payment_intent": "pi_1"}),
                EventSubject::Payment("pi_1".into()),
            ),
            ("refund.created", json!({"id": "re_1", "charge": "ch_1"}), EventSubject::Charge("ch_1".into())),
            (
                "charge.dispute.closed",
                json!({"id": "dp_1", "payment_intent": {"id": "pi_1"}}),
                EventSubject::Payment("pi_1".into()),
            ),
            (
                "customer.subscription.deleted",
                json!({"id": "sub_1"}),
                EventSubject::Subscription("sub_1".into()),
            ),
            (
                "invoice.paid",
                json!({"id": "in_1", "parent": {"subscription_details": {"subscription": "sub_1"}}}),
                EventSubject::Subscription("sub_1".into()),
            ),
            ("invoice.paid", json!({"id": "in_1", "parent": null}), EventSubject::Nothing),
            ("customer.created", json!({"id": "cus_1"}), EventSubject::Nothing),
            ("checkout.session.completed", json!({"id": "../refunds"}), EventSubject::Nothing),
        ];
        for (kind, object, expected) in table {
            let event = json!({"id": "evt_1", "type": kind, "data": {"object": object}});
            assert_eq!(subject(&serde_json::from_value(event).unwrap()), expected, "{kind}");
        }
    }
}
