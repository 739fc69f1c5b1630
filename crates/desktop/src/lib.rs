//! The desktop app without its desktop: a state machine, (event, now) → effects, and the views that the tray and the
//! panel draw. Nothing here asks the clock, the network or the disk.

pub mod bindings;
pub mod view;
