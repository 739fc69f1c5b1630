//! A webhook's body, once its signature was believed: it is an event or it is not, and what it names can stand in an
//! address.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tokenwell_fuzz::payment_events::{EventSubject, subject};
use tokenwell_fuzz::stripe::Event;

fuzz_target!(|body: &[u8]| {
    let Ok(event) = serde_json::from_slice::<Event>(body) else { return };
    let named = subject(&event);
    if let EventSubject::Checkout(id)
    | EventSubject::Payment(id)
    | EventSubject::Charge(id)
    | EventSubject::Subscription(id) = &named
    {
        assert!((1..=255).contains(&id.len()), "{id:?}");
        assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'), "{id:?}");
    }
    // Delivered or found in Stripe's list, written one way or the other: it is the same event. (Parts that nobody reads
    // are not looked at, and may be no text.)
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return };
    let again: Event =
        serde_json::from_value(value).expect("what is an event in one way is one in the other");
    assert_eq!((&again.id, &again.kind, subject(&again)), (&event.id, &event.kind, named));
});
