//! What Stripe says and this version cannot place: a paid line of no plan, a status that it does not know. It is listed for an
//! operator among the events that were set aside. A retry looks the object up again.

use super::events::REFUSED_CHORE;
use crate::store::Chore;
use serde_json::json;
use sha2::{Digest, Sha256};

/// A chore that Stripe refused: its id in the list, and the event that is listed.
pub fn refused_chore(Chore { id, kind, object, .. }: &Chore) -> (String, Vec<u8>) {
    let id = format!("chore_{id}");
    let object = json!({ "id": object, "object": REFUSED_CHORE, "kind": kind.name() });
    let event = json!({ "id": id, "object": "event", "type": "tokenwell.chore.refused", "data": { "object": object } });
    (id, event.to_string().into_bytes())
}

/// One object that cannot be placed, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unclear {
    /// What is unclear, as the metric names it: `subscription_status`.
    pub what: &'static str,
    /// Stripe's name of its kind, such as `subscription`.
    pub kind: &'static str,
    /// Its id at Stripe.
    pub object: String,
    /// What is unclear and what to do.
    pub why: String,
}

impl Unclear {
    /// Its id in the list. The same object is listed once for the same reason.
    pub fn id(&self) -> String {
        let digest = Sha256::digest(&self.why);
        format!("unclear_{}_{}", self.object, hex::encode(&digest[..6]))
    }

    /// The event that is listed: it names the object.
    pub fn event(&self) -> Vec<u8> {
        let object = json!({ "id": self.object, "object": self.kind });
        json!({ "id": self.id(), "object": "event", "type": "tokenwell.unclear", "data": { "object": object } })
            .to_string()
            .into_bytes()
    }
}
