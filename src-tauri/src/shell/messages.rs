//! The messages to the controller, and their sender.

use tokenwell_desktop::{
    cached_state::PanelSize,
    command::Command,
    event::{Event, Opens},
};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

/// A message to the controller.
pub(super) enum Message {
    /// An event. If it has the number of a session or sign-in, it counts only while that is the current one.
    Event { session: Option<u64>, event: Event },
    /// A notification that was shown in this session was clicked.
    NotificationClicked { session: Option<u64>, opens: Opens },
    /// The user agreed to a dialog that was shown in this session.
    Agreed { session: Option<u64>, command: Command },
    /// The shortcut was pressed.
    ShortcutPressed,
    /// The tray host has started or ended.
    TrayHost { running: bool },
    /// The panel was resized.
    PanelResized(PanelSize),
    /// Every earlier message was handled. The sender waits for that.
    Handled(oneshot::Sender<()>),
}

/// Sends events to the controller, in the name of one session or of none.
#[derive(Clone)]
pub(super) struct EventSender {
    messages: mpsc::UnboundedSender<Message>,
    session: Option<u64>,
}

impl EventSender {
    /// A sender of events that belong to no session.
    pub(super) fn new(messages: mpsc::UnboundedSender<Message>) -> Self {
        Self { messages, session: None }
    }

    /// A sender of events that belong to the session or sign-in of this number.
    pub(super) fn for_session(&self, number: u64) -> Self {
        Self { session: Some(number), ..self.clone() }
    }

    pub(super) fn send(&self, event: Event) {
        self.send_message(Message::Event { session: self.session, event });
    }

    /// Sends an event, and returns once it was handled. What a service pushes without end does not pile up in memory.
    pub(super) async fn send_and_wait(self, event: Event) {
        let (done, handled) = oneshot::channel();
        self.send(event);
        self.send_message(Message::Handled(done));
        // Fails only after the controller has ended.
        let _ = handled.await;
    }

    pub(super) fn send_message(&self, message: Message) {
        // Sending fails only after the controller has ended, which it does with the program.
        drop(self.messages.send(message));
    }
}

/// The event of a command. A purchase that the command starts gets this idempotency key.
pub(super) fn command_event(command: Command) -> Event {
    Event::Command { command, key: Uuid::new_v4() }
}
