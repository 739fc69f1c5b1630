//! What the stories are told with.

mod app;
mod browser;
mod driver;
mod login_manager;
mod notifications;
mod processes;
mod tray;
mod world;

pub use app::App;
pub use browser::{Browser, DECLINED_CARD, GOOD_CARD};
pub use login_manager::LoginManager;
pub use notifications::Notifications;
pub use processes::{memory_kib, wait_for_webviews, webviews};
pub use tray::Tray;
pub use world::{World, grouped};
