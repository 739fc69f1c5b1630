//! Platforms that report a user's balance by API key: the paths, headers and examples of their published descriptions, which
//! `docs/meters.md` names. Each is below `/platforms/` and its id. `PUT /sandbox/platforms/{id}` makes it answer otherwise.

mod answers;
mod switches;

pub use switches::Switches;

use answers::{Kind, answer};
use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The platforms with their switches; clones share everything. Nothing of it is stored.
#[derive(Debug, Clone, Default)]
pub struct Platforms(Arc<Mutex<BTreeMap<Kind, Switches>>>);

impl Platforms {
    /// The switches of a platform; `None` if there is no such platform.
    pub fn switches(&self, id: &str) -> Option<Switches> {
        let kind = Kind::of(id)?;
        Some(self.all().get(&kind).cloned().unwrap_or_default())
    }

    /// Sets the switches of a platform. Returns whether there is such a platform.
    pub fn set(&self, id: &str, switches: Switches) -> bool {
        let Some(kind) = Kind::of(id) else { return false };
        let asked = self.all().get(&kind).map_or(0, |before| before.asked);
        self.all().insert(kind, Switches { asked, ..switches });
        true
    }

    fn all(&self) -> std::sync::MutexGuard<'_, BTreeMap<Kind, Switches>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(self, kind: Kind, headers: HeaderMap) -> Response {
        let switches = {
            let mut all = self.all();
            let switches = all.entry(kind).or_default();
            switches.asked += 1;
            switches.clone()
        };
        answer(kind, &headers, switches).await
    }
}

/// Every path of every platform.
pub fn routes() -> Router<Platforms> {
    Kind::ALL.into_iter().fold(Router::new(), |router, kind| {
        let handler =
            move |State(platforms): State<Platforms>, headers: HeaderMap| platforms.answer(kind, headers);
        router.route(&format!("/platforms/{}{}", kind.id(), kind.path()), get(handler))
    })
}
