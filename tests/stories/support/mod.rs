//! What the stories drive: the app, a browser, and the desktop's tray, notifications and login manager.

mod app;
mod browser;
mod clean_root;
mod demo_accounts;
mod driver;
mod login_manager;
mod notifications;
mod processes;
mod tray;
mod world;

pub use app::App;
pub use browser::{Browser, DECLINED_CARD, GOOD_CARD};
pub use clean_root::{CleanRoot, Edition};
pub use login_manager::LoginManager;
pub use notifications::Notifications;
pub use processes::{memory_kib, wait_for_webviews, webviews};
pub use tray::Tray;
pub use world::{World, grouped};
