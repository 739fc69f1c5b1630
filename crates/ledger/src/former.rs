//! What outlives the deletion of an account (rule 18). The next account of the same person starts from it, so that a
//! deletion sheds no dispute and gains no tokens.

use crate::lot::{Dispute, DisputeState, note_dispute};
use crate::{Account, Command, DisputeId};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

/// What outlives the deletion of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Former {
    /// The last UTC day whose free tokens were given (rule 8).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) free_day: Option<Date>,
    /// Disputes that were open when an account was deleted, with what became of them (rule 13).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) disputes: Vec<Dispute>,
}

impl Former {
    /// The disputes, open or not.
    pub fn disputes(&self) -> impl Iterator<Item = &DisputeId> {
        self.disputes.iter().map(|dispute| &dispute.id)
    }

    /// All but the disputes.
    #[must_use]
    pub fn without_disputes(&self) -> Self {
        Self { disputes: Vec::new(), ..self.clone() }
    }

    /// This, if it and another are of one person. The disputes are this one's.
    #[must_use]
    pub fn and(self, other: &Self) -> Self {
        Self { free_day: self.free_day.max(other.free_day), ..self }
    }

    /// The disputes that are open, as facts for another account of the same person (rule 13).
    pub fn open_disputes(&self) -> impl Iterator<Item = Command> {
        let is_open = |dispute: &&Dispute| dispute.state == DisputeState::Opened;
        self.disputes.iter().filter(is_open).map(|Dispute { id, state, seen_at }| Command::FormerDispute {
            dispute: id.clone(),
            state: *state,
            seen_at: *seen_at,
        })
    }

    /// Notes the state of a dispute, as it was read from Stripe at an instant. `false` if nothing changes.
    pub fn note(&mut self, id: DisputeId, state: DisputeState, seen_at: Timestamp) -> bool {
        let before = self.disputes.clone();
        note_dispute(&mut self.disputes, Dispute { id, state, seen_at });
        before != self.disputes
    }
}

impl Account {
    /// What outlives the account, once it is deleted.
    pub fn former(&self) -> Former {
        Former { free_day: Some(self.free_day), disputes: self.former_disputes.clone() }
    }
}
