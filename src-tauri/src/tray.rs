//! The tray icon of the desktop. What it shows comes as a plain value; here it is put up, and changed in place.

use tauri::{
    AppHandle, PhysicalRect, Position, Rect, Size, Wry,
    image::Image,
    menu::{IsMenuItem, Menu, MenuItem, PredefinedMenuItem},
    tray::{MouseButton, MouseButtonState, TrayIconBuilder, TrayIconEvent},
};
use tokenwell_desktop::{
    event::{Event, PanelPage, User},
    tray::{self, Line, Tray},
};

/// A multiple of 16, so that the drawing is sharp; hosts scale it down.
const ICON_SIZE: u32 = 48;

/// The tray, if the desktop has a host for it.
pub(crate) struct TrayIcon {
    icon: tauri::tray::TrayIcon,
    shown: Tray,
    /// The menu's items, in the order of the lines that are no separators.
    items: Vec<MenuItem<Wry>>,
}

impl TrayIcon {
    /// Puts the icon up.
    ///
    /// # Errors
    /// On Linux: no host for tray icons is running.
    pub(crate) fn build(app: &AppHandle, tray: Tray) -> tauri::Result<Self> {
        let (menu, items) = menu(app, &tray.menu)?;
        let icon = TrayIconBuilder::with_id("tokenwell")
            .icon(picture(&tray))
            .tooltip(&tray.tooltip)
            .title(&tray.title)
            .menu(&menu)
            .show_menu_on_left_click(false)
            .on_menu_event(|app, event| {
                if let Some(user) = tray::chosen(event.id().as_ref()) {
                    crate::shell::tell(app, Event::User(user));
                }
            })
            .on_tray_icon_event(|tray, event| {
                let button = MouseButton::Left;
                let up = MouseButtonState::Up;
                if matches!(event, TrayIconEvent::Click { button: b, button_state: s, .. } if b == button && s == up) {
                    crate::shell::tell(tray.app_handle(), Event::User(User::Open(PanelPage::Home)));
                }
            })
            .build(app)?;
        Ok(Self { icon, shown: tray, items })
    }

    /// Where the icon is, on the systems that say so.
    pub(crate) fn place(&self) -> Option<PhysicalRect<i32, u32>> {
        let Rect { position: Position::Physical(position), size: Size::Physical(size) } =
            self.icon.rect().ok().flatten()?
        else {
            return None;
        };
        (size.width > 0 && size.height > 0).then_some(PhysicalRect { position, size })
    }

    /// Shows another state; only what differs is touched.
    pub(crate) fn show(&mut self, app: &AppHandle, tray: Tray) -> tauri::Result<()> {
        if tray.icon != self.shown.icon {
            self.icon.set_icon(Some(picture(&tray)))?;
        }
        if tray.tooltip != self.shown.tooltip {
            self.icon.set_tooltip(Some(&tray.tooltip))?;
        }
        if tray.title != self.shown.title {
            self.icon.set_title(Some(&tray.title))?;
        }
        if same_structure(&tray.menu, &self.shown.menu) {
            // An open menu stays open.
            let lines = tray.menu.iter().zip(&self.shown.menu).filter(|(line, _)| **line != Line::Separator);
            for (item, (line, shown)) in self.items.iter().zip(lines) {
                if let (Line::Text { text, .. } | Line::Choice { text, .. }, true) = (line, line != shown) {
                    item.set_text(label(text))?;
                }
            }
        } else {
            let (menu, items) = menu(app, &tray.menu)?;
            self.icon.set_menu(Some(menu))?;
            self.items = items;
        }
        self.shown = tray;
        Ok(())
    }
}

fn picture(tray: &Tray) -> Image<'static> {
    Image::new_owned(tray.icon.draw(ICON_SIZE), ICON_SIZE, ICON_SIZE)
}

fn menu(app: &AppHandle, lines: &[Line]) -> tauri::Result<(Menu<Wry>, Vec<MenuItem<Wry>>)> {
    let menu = Menu::new(app)?;
    let mut items = Vec::new();
    for line in lines {
        let (id, text, enabled) = match line {
            Line::Text { id, text } => (id, text, false),
            Line::Choice { id, text } => (id, text, true),
            Line::Separator => {
                menu.append(&PredefinedMenuItem::separator(app)?)?;
                continue;
            }
        };
        let item = MenuItem::with_id(app, id.as_str(), label(text), enabled, None::<&str>)?;
        menu.append(&item as &dyn IsMenuItem<Wry>)?;
        items.push(item);
    }
    Ok((menu, items))
}

/// An ampersand marks a mnemonic unless it is doubled.
fn label(text: &str) -> String {
    text.replace('&', "&&")
}

fn same_structure(one: &[Line], other: &[Line]) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|pair| match pair {
            (Line::Text { id, .. }, Line::Text { id: other, .. })
            | (Line::Choice { id, .. }, Line::Choice { id: other, .. }) => id == other,
            (Line::Separator, Line::Separator) => true,
            _ => false,
        })
}

/// Tells whenever the host for tray icons appears or goes, for as long as there is a session bus.
#[cfg(target_os = "linux")]
pub(crate) async fn watch_host(mut tell: impl FnMut(bool)) -> zbus::Result<()> {
    use futures_util::StreamExt;
    const WATCHER: &str = "org.kde.StatusNotifierWatcher";

    let bus = zbus::Connection::session().await?;
    let dbus = zbus::fdo::DBusProxy::new(&bus).await?;
    let mut changes = dbus.receive_name_owner_changed_with_args(&[(0, WATCHER)]).await?;
    while let Some(change) = changes.next().await {
        if let Ok(args) = change.args() {
            tell(args.new_owner().is_some());
        }
    }
    Ok(())
}

/// Elsewhere every desktop has a tray.
#[cfg(not(target_os = "linux"))]
pub(crate) async fn watch_host(_tell: impl FnMut(bool)) -> Result<(), std::convert::Infallible> {
    std::future::pending().await
}
