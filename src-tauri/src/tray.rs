//! The tray icon. The core computes its content as a plain value. This module creates the icon and updates it.

use crate::panel;
use std::borrow::Cow;
use tauri::{
    AppHandle, PhysicalRect, Position, Rect, Size, Wry,
    image::Image,
    menu::{CheckMenuItem, IsMenuItem, Menu, MenuItem, PredefinedMenuItem, Submenu},
    tray::{MouseButton, MouseButtonState, TrayIconBuilder, TrayIconEvent},
};
use tokenwell_desktop::{
    command::{Command, PanelEntry},
    tray::{self, Line, LineId, Tray, same_structure},
};

/// A multiple of 16, so that the picture is sharp when hosts scale it down.
const ICON_SIZE: u32 = 48;

/// Whether the system colours the icon.
const IS_TEMPLATE: bool = cfg!(target_os = "macos");

/// A tray icon that a host shows.
pub(crate) struct TrayIcon {
    icon: tauri::tray::TrayIcon,
    shown: Tray,
    /// One item for each line of the menu.
    items: Vec<Item>,
}

/// The menu item of a line.
enum Item {
    Plain(MenuItem<Wry>),
    Mark(CheckMenuItem<Wry>),
    Menu(Submenu<Wry>, Vec<Item>),
    Separator(PredefinedMenuItem<Wry>),
}

/// Calls `command` with the user's commands from the icon and its menu. The listeners belong to the app, because listeners
/// of the icon itself would miss clicks right after it was created.
pub(crate) fn listen(app: tauri::Builder<Wry>, command: fn(&AppHandle, Command)) -> tauri::Builder<Wry> {
    app.on_menu_event(move |app, event| {
        if let Some(chosen) = tray::command_of(event.id().as_ref()) {
            command(app, chosen);
        }
    })
    .on_tray_icon_event(move |app, event| {
        if let TrayIconEvent::Click {
            button: MouseButton::Left,
            button_state: MouseButtonState::Up,
            rect,
            ..
        } = event
        {
            // A panel that hangs at its icon is closed by a second click.
            let closes = area(rect).is_some() && panel::is_visible(app);
            command(
                app,
                if closes { Command::ClosePanel } else { Command::Open { entry: PanelEntry::Home } },
            );
        }
    })
}

impl TrayIcon {
    /// Creates the icon.
    ///
    /// # Errors
    /// On Linux: no tray host is running.
    pub(crate) fn create(app: &AppHandle, tray: Tray) -> tauri::Result<Self> {
        let (menu, items) = menu(app, &tray.menu)?;
        let icon = TrayIconBuilder::with_id("tokenwell")
            .icon(picture(&tray))
            .icon_as_template(IS_TEMPLATE)
            .tooltip(tooltip(&tray))
            .title(&tray.title)
            .menu(&menu)
            .show_menu_on_left_click(false)
            .build(app)?;
        Ok(Self { icon, shown: tray, items })
    }

    /// The icon's area on the screen, if the system reports it.
    pub(crate) fn area(&self) -> Option<PhysicalRect<i32, u32>> {
        self.icon.rect().ok().flatten().and_then(area)
    }

    /// Shows another state. Only what differs is changed.
    pub(crate) fn update(&mut self, app: &AppHandle, tray: Tray) -> tauri::Result<()> {
        if tray.icon != self.shown.icon {
            self.icon.set_icon_with_as_template(Some(picture(&tray)), IS_TEMPLATE)?;
        }
        if tray.tooltip != self.shown.tooltip {
            self.icon.set_tooltip(Some(tooltip(&tray)))?;
        }
        if tray.title != self.shown.title {
            self.icon.set_title(Some(&tray.title))?;
        }
        if same_structure(&tray.menu, &self.shown.menu) {
            // The same items, so that a menu that is open stays open.
            update_items(&self.items, &tray.menu, &self.shown.menu)?;
        } else {
            let (menu, items) = menu(app, &tray.menu)?;
            self.icon.set_menu(Some(menu))?;
            self.items = items;
        }
        self.shown = tray;
        Ok(())
    }
}

/// The area of an icon. `None` on systems that do not report it.
fn area(rect: Rect) -> Option<PhysicalRect<i32, u32>> {
    let Rect { position: Position::Physical(position), size: Size::Physical(size) } = rect else {
        return None;
    };
    (size.width > 0 && size.height > 0).then_some(PhysicalRect { position, size })
}

/// The picture. The menu bar of macOS draws a template in its own colour, light or dark.
fn picture(tray: &Tray) -> Image<'static> {
    let pixels = if IS_TEMPLATE { tray.icon.draw_template(ICON_SIZE) } else { tray.icon.draw(ICON_SIZE) };
    Image::new_owned(pixels, ICON_SIZE, ICON_SIZE)
}

/// The tooltip as the host reads it: markup on Linux, and a text of limited length on Windows.
fn tooltip(Tray { tooltip, .. }: &Tray) -> Cow<'_, str> {
    match () {
        () if cfg!(target_os = "linux") => tooltip.markup(),
        () if cfg!(windows) => Cow::Borrowed(&tooltip.short),
        () => Cow::Borrowed(&tooltip.whole),
    }
}

fn menu(app: &AppHandle, lines: &[Line]) -> tauri::Result<(Menu<Wry>, Vec<Item>)> {
    let items = items(app, lines)?;
    let menu = Menu::with_items(app, &items.iter().map(Item::as_menu_item).collect::<Vec<_>>())?;
    Ok((menu, items))
}

fn items(app: &AppHandle, lines: &[Line]) -> tauri::Result<Vec<Item>> {
    lines.iter().map(|line| Item::new(app, line)).collect()
}

impl Item {
    fn new(app: &AppHandle, line: &Line) -> tauri::Result<Self> {
        let label = label(line);
        let plain = |id: &LineId, enabled| {
            let keys = id.key().map(|key| format!("CmdOrCtrl+{key}"));
            MenuItem::with_id(app, id.as_str(), &label, enabled, keys)
        };
        Ok(match line {
            Line::Text { id, .. } => Self::Plain(plain(id, false)?),
            Line::Choice { id, .. } => Self::Plain(plain(id, true)?),
            Line::Mark { id, on, .. } => {
                Self::Mark(CheckMenuItem::with_id(app, id.as_str(), &label, true, *on, None::<&str>)?)
            }
            Line::Menu { id, lines, .. } => {
                let inner = items(app, lines)?;
                let shown: Vec<_> = inner.iter().map(Self::as_menu_item).collect();
                let menu = Submenu::with_id_and_items(app, id.as_str(), &label, true, &shown)?;
                Self::Menu(menu, inner)
            }
            Line::Separator => Self::Separator(PredefinedMenuItem::separator(app)?),
        })
    }

    fn as_menu_item(&self) -> &dyn IsMenuItem<Wry> {
        match self {
            Self::Plain(item) => item,
            Self::Mark(item) => item,
            Self::Menu(item, _) => item,
            Self::Separator(item) => item,
        }
    }

    fn set_text(&self, text: &str) -> tauri::Result<()> {
        match self {
            Self::Plain(item) => item.set_text(text),
            Self::Mark(item) => item.set_text(text),
            Self::Menu(item, _) => item.set_text(text),
            Self::Separator(_) => Ok(()),
        }
    }
}

/// Updates items to their lines. Only what differs is changed.
fn update_items(items: &[Item], lines: &[Line], shown: &[Line]) -> tauri::Result<()> {
    for (item, (line, shown)) in items.iter().zip(lines.iter().zip(shown)) {
        if line.text() != shown.text() {
            item.set_text(&label(line))?;
        }
        match (item, line, shown) {
            // Compared with the item itself, because a click toggles it.
            (Item::Mark(item), Line::Mark { on, .. }, _) if item.is_checked()? != *on => {
                item.set_checked(*on)?;
            }
            (Item::Menu(_, items), Line::Menu { lines, .. }, Line::Menu { lines: shown, .. }) => {
                update_items(items, lines, shown)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// The text of a line, with ampersands escaped, which mark mnemonics. On Linux, tray icons hand no keys to their host, so
/// the text names them.
fn label(line: &Line) -> String {
    let text = line.text().unwrap_or_default().replace('&', "&&");
    match line {
        Line::Choice { keys: Some(keys), .. } if cfg!(target_os = "linux") => format!("{text}\u{2003}{keys}"),
        _ => text,
    }
}

/// Calls `report` with whether a tray host is running, whenever that changes, until the session bus is closed.
#[cfg(target_os = "linux")]
pub(crate) async fn watch_host(mut report: impl FnMut(bool)) -> zbus::Result<()> {
    use futures_util::StreamExt;
    const WATCHER: &str = "org.kde.StatusNotifierWatcher";

    let bus = zbus::Connection::session().await?;
    let dbus = zbus::fdo::DBusProxy::new(&bus).await?;
    let mut changes = dbus.receive_name_owner_changed_with_args(&[(0, WATCHER)]).await?;
    while let Some(change) = changes.next().await {
        if let Ok(args) = change.args() {
            report(args.new_owner().is_some());
        }
    }
    Ok(())
}

/// Elsewhere the tray is always there.
#[cfg(not(target_os = "linux"))]
pub(crate) async fn watch_host(_report: impl FnMut(bool)) -> Result<(), std::convert::Infallible> {
    std::future::pending().await
}
