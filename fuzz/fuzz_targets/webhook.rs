//! A webhook's body after its signature was checked: parsing never panics, and the ids of its object are safe in a
//! URL's path.

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
    // A delivered event and the same event from Stripe's list parse alike. Unused parts are not parsed, so they may be
    // invalid UTF-8.
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return };
    let again: Event = serde_json::from_value(value).expect("an event parses from a JSON value as well");
    assert_eq!((&again.id, &again.kind, subject(&again)), (&event.id, &event.kind, named));
});
