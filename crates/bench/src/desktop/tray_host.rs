//! A host of tray icons that notes when an icon is there and when its tooltip changes.

use anyhow::{Context as _, Result, bail};
use futures_util::StreamExt as _;
use std::collections::HashMap;
use std::time::{Duration, Instant};
use tokenwell_stage::Desktop;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::timeout;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};
use zbus::{Connection, Proxy, connection, interface, message::Header};

const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const ITEM: &str = "org.kde.StatusNotifierItem";
/// The path of an icon that registers with its name only.
const ITEM_PATH: &str = "/StatusNotifierItem";
/// Ends a measurement of a program that shows nothing.
const LIMIT: Duration = Duration::from_mins(1);

/// The host. There is one icon at a time.
pub struct TrayHost {
    bus: Connection,
    registered: UnboundedReceiver<Registered>,
}

/// The name and the path on the bus of an icon that has registered.
type Registered = (String, String);

/// A tray icon.
pub struct Icon(Proxy<'static>);

struct Watcher {
    registered: UnboundedSender<Registered>,
}

#[expect(clippy::unused_self, clippy::needless_pass_by_value, reason = "the signatures are the interface's")]
#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(&self, service: &str, #[zbus(header)] header: Header<'_>) {
        let sender = header.sender().map(ToString::to_string).unwrap_or_default();
        let icon = if service.starts_with('/') {
            (sender, service.to_owned())
        } else {
            (service.to_owned(), ITEM_PATH.to_owned())
        };
        // The host is gone when the benchmark ends.
        drop(self.registered.send(icon));
    }

    fn register_status_notifier_host(&self, service: &str) {
        let _ = service;
    }

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        Vec::new()
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }
}

impl TrayHost {
    /// Becomes the host of a desktop that has none.
    pub async fn of(desktop: &Desktop) -> Result<Self> {
        let (sender, registered) = mpsc::unbounded_channel();
        let bus = connection::Builder::address(desktop.bus_address())?
            .serve_at("/StatusNotifierWatcher", Watcher { registered: sender })?
            .name(WATCHER)?
            .build()
            .await?;
        Ok(Self { bus, registered })
    }

    /// Waits for the icon of a program that has just been started.
    pub async fn icon(&mut self) -> Result<Icon> {
        let (name, path) = timeout(LIMIT, self.registered.recv())
            .await
            .context("no tray icon was registered")?
            .context("the host is running")?;
        Ok(Icon(Proxy::new(&self.bus, name, path, ITEM).await?))
    }
}

impl Icon {
    /// The text of the tooltip, or the icon's title if it has none. A host reads it when it shows the icon.
    pub async fn tooltip(&self) -> Result<String> {
        type ToolTip = (String, Vec<(i32, i32, Vec<u8>)>, String, String);
        let reply = self.0.connection().call_method(
            Some(self.0.destination()),
            self.0.path(),
            Some("org.freedesktop.DBus.Properties"),
            "Get",
            &(ITEM, "ToolTip"),
        );
        let value: OwnedValue = reply.await?.body().deserialize()?;
        let (_, _, title, text): ToolTip = value.try_into()?;
        Ok(format!("{title}\n{text}"))
    }

    /// Waits until the tooltip has a number, written in the English way. Returns when it had.
    pub async fn tooltip_has(&self, number: u64) -> Result<Instant> {
        let mut changes = self.0.receive_signal("NewToolTip").await?;
        let number = number.to_string();
        loop {
            if self.tooltip().await?.replace(',', "").contains(&number) {
                return Ok(Instant::now());
            }
            if timeout(LIMIT, changes.next()).await.ok().flatten().is_none() {
                bail!("the tooltip has no {number}, but: {}", self.tooltip().await?);
            }
        }
    }

    /// Clicks the icon.
    pub async fn click(&self) -> Result<()> {
        Ok(self.0.call_noreply("Activate", &(0, 0)).await?)
    }

    /// Chooses the line of the menu that has this text.
    pub async fn choose(&self, text: &str) -> Result<()> {
        type Line = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);
        let path: OwnedObjectPath = self.0.get_property("Menu").await?;
        let destination = self.0.destination().to_owned();
        let menu = Proxy::new(self.0.connection(), destination, path, "com.canonical.dbusmenu").await?;
        let (_, root): (u32, Line) = menu.call("GetLayout", &(0, 1, vec!["label"])).await?;
        for line in root.2 {
            let (id, properties, _): Line = line.try_into()?;
            let label = properties.get("label").and_then(|label| label.downcast_ref::<&str>().ok());
            if label == Some(text) {
                return Ok(menu.call_noreply("Event", &(id, "clicked", Value::from(0), 0_u32)).await?);
            }
        }
        bail!("the menu has no line `{text}`")
    }
}
