//! Stripe's clock and the service's, moved together. Stripe's comes first, because the service reads its time from events.

use crate::support::World;
use crate::webhooks::waiting;
use serde_json::json;

/// Moves both clocks. The service may hear of what Stripe did when its own clock is there.
pub async fn move_clocks(world: &World, now: &str) {
    world.sandbox_set("/sandbox/clock", json!({ "now": now })).await;
    world.set_clock(now).await;
}

/// Moves both clocks. The service knows what Stripe did until then before its own clock is there.
pub async fn live_until(world: &World, now: &str) {
    world.sandbox_set("/sandbox/clock", json!({ "now": now })).await;
    settled(world).await;
    world.set_clock(now).await;
}

/// Waits until the service has worked off all events of Stripe.
pub async fn settled(world: &World) {
    world.sandbox("/sandbox/webhooks/flush", json!({})).await;
    while waiting(world).await > 0 {}
}
