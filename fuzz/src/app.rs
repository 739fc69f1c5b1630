//! The app as targets start and draw it.

use jiff::{Timestamp, tz::TimeZone};
use semver::Version;
use std::{sync::Arc, time::Duration};
use tokenwell_desktop::{
    app::App,
    cached_state::CachedState,
    event::{CacheState, Event, Start},
    preset::Preset,
    text::Texts,
    update::Installation,
};
use tokenwell_meters::Catalogue;

/// The time that does not pass.
pub const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

/// The app after it was started with this cache.
pub fn started(cached: CachedState) -> App {
    let texts = Arc::new(Texts::new("en", TimeZone::UTC));
    let mut app = App::new(texts, Version::new(1, 0, 0), Preset::default());
    let start = Start {
        cached,
        cache: CacheState::Sound,
        service: None,
        open: None,
        warm: Duration::from_secs(30),
        platforms: Catalogue::default(),
        has_title: true,
        installation: Installation::Unknown,
        can_verify: false,
    };
    app.handle(Event::Started(Box::new(start)), NOW);
    app
}

/// Whatever happened, the app can be drawn.
///
/// # Panics
/// If it cannot.
pub fn draw(app: &App) {
    serde_json::to_string(&app.view()).expect("a view can be serialized");
    let _ = app.tray(NOW);
}
