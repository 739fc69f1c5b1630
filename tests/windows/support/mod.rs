//! What the tests drive: the app with its services, the user's folder, and the tray.

mod app;
pub mod sign_in;
pub mod tray;
mod world;

pub use app::App;
pub use world::{World, stored};
