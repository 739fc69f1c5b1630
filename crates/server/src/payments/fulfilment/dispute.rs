//! Stripe's disputes.

use tokenwell_ledger::DisputeState;

/// The ledger's state of a dispute with Stripe's status. An inquiry that was closed took no money, like a dispute that was
/// won or prevented.
pub fn dispute_state(status: &str) -> DisputeState {
    match status {
        "won" | "warning_closed" | "prevented" => DisputeState::Won,
        "lost" => DisputeState::Lost,
        _ => DisputeState::Opened,
    }
}
