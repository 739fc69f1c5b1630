//! The tray icon as a tray host reads it over D-Bus: StatusNotifierItem and its menu.

use anyhow::{Context as _, Result, anyhow};
use std::collections::HashMap;
use tokenwell_stage::{Desktop, eventually};
use zbus::fdo::DBusProxy;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Structure, Value};
use zbus::{Connection, Proxy};

/// The response of `GetLayout`: a revision, and the root item with its properties and children.
type Layout = (u32, (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>));

/// Width, height, and ARGB pixels.
pub type Picture = (i32, i32, Vec<u8>);

const WATCHER: &str = "org.kde.StatusNotifierWatcher";

/// A reader of the one tray icon on a desktop.
pub struct Tray {
    bus: Connection,
}

/// One line of the tray's menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    id: i32,
    /// Its text.
    pub label: String,
    /// The keys that do the same in the panel.
    pub keys: Option<String>,
    /// Whether it can be clicked.
    pub enabled: bool,
}

impl Tray {
    /// Joins the desktop's session bus.
    pub async fn of(desktop: &Desktop) -> Result<Self> {
        Ok(Self { bus: zbus::connection::Builder::address(desktop.bus_address())?.build().await? })
    }

    /// The menu's lines without separators.
    pub async fn lines(&self) -> Result<Vec<Line>> {
        let menu = self.menu().await?;
        let (_, (_, _, children)): Layout = menu.call("GetLayout", &(0, -1, Vec::<&str>::new())).await?;
        let mut lines = Vec::new();
        for child in children {
            collect(&child, &mut lines)?;
        }
        Ok(lines)
    }

    /// A number that grows when the menu is built anew, which closes an open one.
    pub async fn menu_revision(&self) -> Result<u32> {
        let (revision, _): Layout = self.menu().await?.call("GetLayout", &(0, 0, Vec::<&str>::new())).await?;
        Ok(revision)
    }

    /// The texts of the menu's lines.
    pub async fn text(&self) -> Result<String> {
        let labels: Vec<String> = self.lines().await?.into_iter().map(|line| line.label).collect();
        Ok(labels.join("\n"))
    }

    /// Waits until a line of the menu contains `text`.
    pub async fn shows(&self, text: &str) -> Result<()> {
        let mut last = String::new();
        let result = eventually(&format!("the tray's menu contains “{text}”"), async || {
            last = self.text().await?;
            Ok(last.contains(text).then_some(()))
        })
        .await;
        result.with_context(|| format!("the last menu was:\n{last}"))
    }

    /// Waits until the service has confirmed the balance: no line says how old it is.
    pub async fn is_current(&self) -> Result<()> {
        eventually("the tray's balance is current", async || {
            let text = self.text().await?;
            Ok((text.contains("Top-up") && !text.contains("ast updated")).then_some(()))
        })
        .await
    }

    /// The icon's picture: width, height and pixels.
    pub async fn picture(&self) -> Result<Picture> {
        let pictures: Vec<Picture> = self.item().await?.get_property("IconPixmap").await?;
        pictures.into_iter().next().context("the icon has no picture")
    }

    /// The icon's tooltip.
    pub async fn tooltip(&self) -> Result<String> {
        let tooltip: (String, Vec<Picture>, String, String) =
            self.item().await?.get_property("ToolTip").await?;
        Ok(tooltip.3)
    }

    /// Waits until the tooltip contains `text`.
    pub async fn tooltip_contains(&self, text: &str) -> Result<()> {
        let mut last = String::new();
        let result = eventually(&format!("the tray's tooltip contains “{text}”"), async || {
            last = self.tooltip().await?;
            Ok(last.contains(text).then_some(()))
        })
        .await;
        result.with_context(|| format!("the last tooltip was: {last}"))
    }

    /// Clicks the icon.
    pub async fn activate(&self) -> Result<()> {
        self.item().await?.call::<_, _, ()>("Activate", &(0, 0)).await?;
        Ok(())
    }

    /// Clicks the menu line that starts with `label`.
    pub async fn click(&self, label: &str) -> Result<()> {
        let lines = self.lines().await?;
        let line = lines.iter().find(|line| line.label.starts_with(label));
        let id = line.with_context(|| format!("no line “{label}” in the tray's menu: {lines:?}"))?.id;
        // No reply is awaited, because Quit ends the app before it can reply.
        self.menu().await?.call_noreply("Event", &(id, "clicked", Value::from(0), 0_u32)).await?;
        Ok(())
    }

    async fn menu(&self) -> Result<Proxy<'static>> {
        let item = self.item().await?;
        let path: OwnedObjectPath = item.get_property("Menu").await?;
        let destination = item.destination().to_owned();
        Ok(Proxy::new(&self.bus, destination, path, "com.canonical.dbusmenu").await?)
    }

    async fn item(&self) -> Result<Proxy<'static>> {
        let watcher = Proxy::new(&self.bus, WATCHER, "/StatusNotifierWatcher", WATCHER).await?;
        let (bus_name, path) = eventually("the app's icon is in the tray", async || {
            let items: Vec<String> = watcher.get_property("RegisteredStatusNotifierItems").await?;
            for item in items {
                let slash = item.find('/').ok_or_else(|| anyhow!("`{item}` names no object"))?;
                let (bus_name, path) = item.split_at(slash);
                if self.is_running(bus_name).await? {
                    return Ok(Some((bus_name.to_owned(), path.to_owned())));
                }
            }
            Ok(None)
        })
        .await?;
        Ok(Proxy::new(&self.bus, bus_name, path, "org.kde.StatusNotifierItem").await?)
    }

    /// Whether the program that owns a name on the bus is alive. The bus lists a program for a moment after it ended.
    async fn is_running(&self, bus_name: &str) -> Result<bool> {
        let bus = DBusProxy::new(&self.bus).await?;
        let Ok(id) = bus.get_connection_unix_process_id(bus_name.try_into()?).await else {
            return Ok(false);
        };
        // A program that has ended has no command line, even while it is still listed.
        Ok(std::fs::read(format!("/proc/{id}/cmdline")).is_ok_and(|command| !command.is_empty()))
    }
}

fn collect(node: &Value<'_>, lines: &mut Vec<Line>) -> Result<()> {
    let node = Structure::try_from(node.try_clone()?)?;
    let [id, properties, children] = node.fields() else { return Err(anyhow!("not a menu item: {node:?}")) };
    let properties = HashMap::<String, OwnedValue>::try_from(properties.try_clone()?)?;
    let property = |name: &str| properties.get(name);
    if property("type").is_none_or(|kind| !matches!(&**kind, Value::Str(text) if text == "separator")) {
        let label = match property("label").map(|value| &**value) {
            Some(Value::Str(label)) => label.replace("__", "\u{0}").replace('_', "").replace('\u{0}', "_"),
            _ => String::new(),
        };
        let enabled = !matches!(property("enabled").map(|value| &**value), Some(Value::Bool(false)));
        let (label, keys) = match label.split_once('\u{2003}') {
            Some((label, keys)) => (label.to_owned(), Some(keys.to_owned())),
            None => (label, None),
        };
        lines.push(Line { id: i32::try_from(id)?, label, keys, enabled });
    }
    for child in Vec::<OwnedValue>::try_from(children.try_clone()?)? {
        collect(&child, lines)?;
    }
    Ok(())
}
