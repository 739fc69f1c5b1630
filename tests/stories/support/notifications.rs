//! A notification server on the session bus that records notifications instead of showing them.

#![expect(
    clippy::unused_self,
    clippy::used_underscore_binding,
    reason = "the interface is org.freedesktop.Notifications"
)]

use anyhow::{Context as _, Result};
use std::{collections::HashMap, time::Duration};
use tokenwell_stage::Desktop;
use tokio::sync::mpsc;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::OwnedValue;

/// One notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    id: u32,
    /// The first line.
    pub title: String,
    /// The text below the title.
    pub body: String,
}

/// The notification server of a desktop.
pub struct Notifications {
    bus: zbus::Connection,
    sent: mpsc::UnboundedReceiver<Notification>,
}

struct Server {
    sent: mpsc::UnboundedSender<Notification>,
    last: u32,
}

const PATH: &str = "/org/freedesktop/Notifications";

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Server {
    #[expect(clippy::too_many_arguments, reason = "the interface is org.freedesktop.Notifications")]
    fn notify(
        &mut self,
        _app: &str,
        _replaces: u32,
        _icon: &str,
        summary: String,
        body: String,
        _actions: Vec<String>,
        _hints: HashMap<String, OwnedValue>,
        _timeout_ms: i32,
    ) -> u32 {
        self.last += 1;
        let notification = Notification { id: self.last, title: summary, body };
        drop(self.sent.send(notification));
        self.last
    }

    fn close_notification(&self, _id: u32) {}

    fn get_capabilities(&self) -> Vec<String> {
        vec!["actions".into(), "body".into()]
    }

    fn get_server_information(&self) -> (String, String, String, String) {
        ("recorder".into(), "tokenwell".into(), "1".into(), "1.2".into())
    }

    #[zbus(signal)]
    async fn action_invoked(emitter: &SignalEmitter<'_>, id: u32, action: &str) -> zbus::Result<()>;
}

impl Notifications {
    /// Takes the notification server's name on the bus.
    pub async fn of(desktop: &Desktop) -> Result<Self> {
        let (sender, sent) = mpsc::unbounded_channel();
        let bus = zbus::connection::Builder::address(desktop.bus_address())?
            .serve_at(PATH, Server { sent: sender, last: 0 })?
            .name("org.freedesktop.Notifications")?
            .build()
            .await?;
        Ok(Self { bus, sent })
    }

    /// Waits for the next notification.
    pub async fn next(&mut self) -> Result<Notification> {
        let next = tokio::time::timeout(Duration::from_secs(30), self.sent.recv()).await;
        next.context("no notification within 30 s")?.context("the server has ended")
    }

    /// The notifications that were received but not waited for.
    pub fn rest(&mut self) -> Vec<Notification> {
        std::iter::from_fn(|| self.sent.try_recv().ok()).collect()
    }

    /// Clicks a notification.
    pub async fn click(&self, notification: &Notification) -> Result<()> {
        let server = self.bus.object_server().interface::<_, Server>(PATH).await?;
        Server::action_invoked(server.signal_emitter(), notification.id, "default").await?;
        Ok(())
    }
}
