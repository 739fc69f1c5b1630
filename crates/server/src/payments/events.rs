//! The objects that events of Stripe are about. Events arrive twice, late and in any order, so an event is only a hint to look
//! its object up; the object's current state decides.

use super::stripe::{Event, is_id};
use serde_json::Value;

/// The kind of object in an event about a chore that Stripe refused.
pub const REFUSED_CHORE: &str = "tokenwell.chore";

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
    /// An invoice, if the event does not name its subscription.
    Invoice(String),
    /// A chore that Stripe refused and that an operator retries: the name of its kind, and its object.
    Chore(String, String),
    /// An object that the service does not use.
    Nothing,
    /// An object that this version does not know. Says what.
    Unknown(String),
}

/// Where a type of event names its object.
#[derive(Debug, Clone, Copy)]
enum Names {
    Checkout,
    Intent,
    Chore,
    Payment { charge: &'static str },
    Subscription,
    Invoice,
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
    ("invoice.paid", Names::Invoice),
    ("invoice.payment_failed", Names::Invoice),
];

/// The types of event that only accounts with an API version before 2024-10-28 have, in place of `refund.updated` and
/// `refund.failed`.
pub const OLDER_TYPES: [&str; 1] = ["charge.refund.updated"];

/// Kinds of object in events of other types, which an endpoint may be subscribed to: the ones that the service looks up.
const KINDS: [(&str, Names); 8] = [
    (REFUSED_CHORE, Names::Chore),
    ("checkout.session", Names::Checkout),
    ("charge", Names::Payment { charge: "/id" }),
    ("dispute", Names::Payment { charge: "/charge" }),
    ("refund", Names::Payment { charge: "/charge" }),
    ("payment_intent", Names::Intent),
    ("subscription", Names::Subscription),
    ("invoice", Names::Invoice),
];

/// Other kinds of object in Stripe's events. No token and no payment of this service depends on them.
const UNUSED_KINDS: [&str; 43] = [
    "account",
    "application",
    "application_fee",
    "balance",
    "balance_settings",
    "bank_account",
    "card",
    "capability",
    "cash_balance",
    "coupon",
    "credit_note",
    "customer",
    "customer_balance_transaction",
    "customer_cash_balance_transaction",
    "discount",
    "fee_refund",
    "file",
    "invoice_payment",
    "invoiceitem",
    "mandate",
    "payment_attempt_record",
    "payment_link",
    "payment_method",
    "payment_record",
    "payout",
    "person",
    "plan",
    "price",
    "product",
    "promotion_code",
    "quote",
    "review",
    "scheduled_query_run",
    "setup_intent",
    "source",
    "source_mandate_notification",
    "source_transaction",
    "subscription_schedule",
    "tax_deducted_at_source",
    "tax_id",
    "tax_rate",
    "topup",
    "transfer",
];
/// The kinds with these words before a dot are not used either.
const UNUSED_GROUPS: [&str; 16] = [
    "apps",
    "billing",
    "billing_portal",
    "climate",
    "entitlements",
    "financial_connections",
    "identity",
    "issuing",
    "radar",
    "reporting",
    "reserve",
    "tax",
    "terminal",
    "test_helpers",
    "three_d_secure",
    "treasury",
];

/// The types of event that an endpoint at Stripe has to be subscribed to.
pub fn types() -> impl Iterator<Item = &'static str> {
    TYPES.iter().map(|(kind, _)| *kind)
}

/// The object that this event is about.
pub fn subject(event: &Event) -> EventSubject {
    let object = &event.data.object;
    let kind = object["object"].as_str().unwrap_or_default();
    let by_type = TYPES.iter().find(|(known, _)| *known == event.kind);
    let Some((_, names)) = by_type.or_else(|| KINDS.iter().find(|(known, _)| *known == kind)) else {
        let group = kind.split_once('.').map_or("", |(group, _)| group);
        if UNUSED_KINDS.contains(&kind) || UNUSED_GROUPS.contains(&group) {
            return EventSubject::Nothing;
        }
        return EventSubject::Unknown(format!("events about an object of the kind `{kind}` are not known"));
    };
    named(object, *names).unwrap_or_else(|| {
        EventSubject::Unknown(format!("an event of the type {} does not name what it is about", event.kind))
    })
}

fn named(object: &Value, names: Names) -> Option<EventSubject> {
    match names {
        Names::Checkout => id(object, "/id").map(EventSubject::Checkout),
        Names::Chore => Some(EventSubject::Chore(object["kind"].as_str()?.to_owned(), id(object, "/id")?)),
        Names::Intent => id(object, "/id").map(EventSubject::Payment),
        Names::Payment { charge } => id(object, "/payment_intent")
            .map(EventSubject::Payment)
            .or_else(|| id(object, charge).map(EventSubject::Charge)),
        Names::Subscription => id(object, "/id").map(EventSubject::Subscription),
        // Before 2025-03-31 an invoice named its subscription at `subscription`.
        Names::Invoice => id(object, "/parent/subscription_details/subscription")
            .or_else(|| id(object, "/subscription"))
            .map(EventSubject::Subscription)
            .or_else(|| id(object, "/id").map(EventSubject::Invoice)),
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
            // Row 10: as an endpoint older than 2025-03-31 gets it.
            (
                "invoice.paid",
                json!({"id": "in_1", "subscription": "sub_1"}),
                EventSubject::Subscription("sub_1".into()),
            ),
            ("invoice.paid", json!({"id": "in_1", "parent": null}), EventSubject::Invoice("in_1".into())),
            (
                "invoice.of_a_new_type",
                json!({"object": "invoice", "id": "in_1", "subscription": "sub_1"}),
                EventSubject::Subscription("sub_1".into()),
            ),
            (
                "payment_intent.succeeded",
                json!({"object": "payment_intent", "id": "pi_1"}),
                EventSubject::Payment("pi_1".into()),
            ),
            (
                "tokenwell.unclear",
                json!({"object": "subscription", "id": "sub_1"}),
                EventSubject::Subscription("sub_1".into()),
            ),
            ("customer.created", json!({"object": "customer", "id": "cus_1"}), EventSubject::Nothing),
        ];
        for (kind, object, expected) in table {
            let event = json!({"id": "evt_1", "type": kind, "data": {"object": object}});
            assert_eq!(subject(&serde_json::from_value(event).unwrap()), expected, "{kind}");
        }
    }

    #[test]
    fn an_event_that_cannot_be_placed_is_never_taken_for_nothing() {
        for (kind, object, words) in [
            ("token.minted", json!({"object": "token_of_the_future", "id": "tok_1"}), "token_of_the_future"),
            ("token.minted", json!({"id": "tok_1"}), "not known"),
            ("checkout.session.completed", json!({"id": "../refunds"}), "does not name"),
            ("charge.refunded", json!({"object": "charge"}), "does not name"),
        ] {
            let event = json!({"id": "evt_1", "type": kind, "data": {"object": object}});
            let subject = subject(&serde_json::from_value(event).unwrap());
            let EventSubject::Unknown(why) = subject else { panic!("{kind}: {subject:?}") };
            assert!(why.contains(words), "{why}");
        }
    }
}
