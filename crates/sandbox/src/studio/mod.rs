//! The demo studio: a stand-in for tools that spend tokens through the service's platform API.

mod page;
mod spending;
mod state;

pub use state::Studio;

use axum::Router;
use axum::routing::{get, post};

/// The studio's pages.
pub fn routes() -> Router<Studio> {
    Router::new().route("/studio", get(page::show)).route("/studio/generate", post(page::generate))
}
