//! The controller and its entry points. The controller owns the app's state. It handles one event at a time, carries
//! out the effects, and then shows the new state.

mod controller;
mod desktop;
mod keys;
mod messages;
mod requests;
mod sessions;
mod updates;

use crate::args::Args;
use controller::Controller;
use messages::{EventSender, Message, command_event};
use tauri::{AppHandle, Manager, async_runtime};
use tokenwell_desktop::{
    cached_state::PanelSize, command::Command, event::Event, preset::Preset, view::View,
};
use tokenwell_meters::ApiKey;
use tokio::sync::watch;
use uuid::Uuid;

/// The part of the controller that the rest of the shell uses. Tauri stores it.
struct Shell {
    events: EventSender,
    view: watch::Receiver<View>,
}

/// Starts the controller.
pub(crate) fn start(app: &AppHandle, args: Args, preset: Preset) -> anyhow::Result<()> {
    let (controller, start, inbox) = Controller::new(app, args, preset)?;
    app.manage(Shell { events: controller.events.clone(), view: controller.view.subscribe() });
    async_runtime::spawn(controller.run(start, inbox));
    Ok(())
}

/// Reports an event to the controller.
pub(crate) fn report(app: &AppHandle, event: Event) {
    app.state::<Shell>().events.send(event);
}

/// Sends a command of the user to the controller.
pub(crate) fn command(app: &AppHandle, command: Command) {
    report(app, command_event(command));
}

/// Takes an API key that the user pasted.
pub(crate) fn add_key(app: &AppHandle, platform: String, pasted: &str) {
    report(app, Event::KeyEntered { platform, key: ApiKey::new(pasted), id: Uuid::new_v4() });
}

/// Reports the size that the panel has after it was resized.
pub(crate) fn panel_resized(app: &AppHandle, size: PanelSize) {
    app.state::<Shell>().events.send_message(Message::PanelResized(size));
}

/// The current view.
pub(crate) fn view(app: &AppHandle) -> View {
    app.state::<Shell>().view.borrow().clone()
}
