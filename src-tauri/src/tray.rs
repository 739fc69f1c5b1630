//! The tray icon of the desktop. What it shows comes as a plain value; here it is put up, and changed in place.

use tauri::{
    AppHandle, PhysicalRect, Position, Rect, Size, Wry,
    image::Image,
    menu::{CheckMenuItem, IsMenuItem, Menu, MenuItem, PredefinedMenuItem, Submenu},
    tray::{MouseButton, MouseButtonState, TrayIconBuilder, TrayIconEvent},
};
use tokenwell_desktop::{
    command::{Command, PanelEntry},
    tray::{self, Line, LineId, Tray},
};

/// A multiple of 16, so that the drawing is sharp; hosts scale it down.
const ICON_SIZE: u32 = 48;

/// The tray, if the desktop has a host for it.
pub(crate) struct TrayIcon {
    icon: tauri::tray::TrayIcon,
    shown: Tray,
    /// The menu's items, one for each line.
    items: Vec<Item>,
}

/// What a line of the menu is on the desktop.
enum Item {
    Plain(MenuItem<Wry>),
    Mark(CheckMenuItem<Wry>),
    Menu(Submenu<Wry>, Vec<Item>),
    Separator(PredefinedMenuItem<Wry>),
}

/// Hears what is done with the icon. A listener that comes with the icon would miss clicks on one that was just put up.
pub(crate) fn listen(app: tauri::Builder<Wry>) -> tauri::Builder<Wry> {
    app.on_menu_event(|app, event| {
        if let Some(command) = tray::command_of(event.id().as_ref()) {
            crate::shell::command(app, command);
        }
    })
    .on_tray_icon_event(|app, event| {
        if let TrayIconEvent::Click {
            button: MouseButton::Left, button_state: MouseButtonState::Up, ..
        } = event
        {
            crate::shell::command(app, Command::Open { entry: PanelEntry::Home });
        }
    })
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
            update(&self.items, &tray.menu, &self.shown.menu)?;
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
        const NO_KEY: Option<&str> = None;
        let plain =
            |id: &LineId, text, enabled| MenuItem::with_id(app, id.as_str(), label(text), enabled, NO_KEY);
        Ok(match line {
            Line::Text { id, text } => Self::Plain(plain(id, text, false)?),
            Line::Choice { id, text } => Self::Plain(plain(id, text, true)?),
            Line::Mark { id, text, on } => {
                Self::Mark(CheckMenuItem::with_id(app, id.as_str(), label(text), true, *on, NO_KEY)?)
            }
            Line::Menu { id, text, lines } => {
                let inner = items(app, lines)?;
                let shown: Vec<_> = inner.iter().map(Self::as_menu_item).collect();
                let menu = Submenu::with_id_and_items(app, id.as_str(), label(text), true, &shown)?;
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
            Self::Plain(item) => item.set_text(label(text)),
            Self::Mark(item) => item.set_text(label(text)),
            Self::Menu(item, _) => item.set_text(label(text)),
            Self::Separator(_) => Ok(()),
        }
    }
}

/// Lets items say what their lines say; only what differs is touched.
fn update(items: &[Item], lines: &[Line], shown: &[Line]) -> tauri::Result<()> {
    for (item, (line, shown)) in items.iter().zip(lines.iter().zip(shown)) {
        if let Some(text) = line.text().filter(|_| line.text() != shown.text()) {
            item.set_text(text)?;
        }
        match (item, line, shown) {
            // Compared with what it shows: a click on it changes that by itself.
            (Item::Mark(item), Line::Mark { on, .. }, _) if item.is_checked()? != *on => {
                item.set_checked(*on)?;
            }
            (Item::Menu(_, items), Line::Menu { lines, .. }, Line::Menu { lines: shown, .. }) => {
                update(items, lines, shown)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// An ampersand marks a mnemonic unless it is doubled.
fn label(text: &str) -> String {
    text.replace('&', "&&")
}

fn same_structure(one: &[Line], other: &[Line]) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|pair| match pair {
            (Line::Text { id, .. }, Line::Text { id: other, .. })
            | (Line::Choice { id, .. }, Line::Choice { id: other, .. })
            | (Line::Mark { id, .. }, Line::Mark { id: other, .. }) => id == other,
            (Line::Menu { id, lines, .. }, Line::Menu { id: other, lines: others, .. }) => {
                id == other && same_structure(lines, others)
            }
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
