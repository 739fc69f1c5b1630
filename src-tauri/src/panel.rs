//! The panel's window. It is made when it is opened, hidden when it is closed, and taken down when it was not opened
//! again for a while: from then on there is no webview at all.

use crate::beside::beside;
use tauri::{
    AppHandle, Emitter, LogicalSize, Manager, PhysicalPosition, PhysicalRect, Theme, WebviewUrl,
    WebviewWindow, WebviewWindowBuilder,
};
use tokenwell_desktop::{cached_state::PanelSize, settings::Appearance, view::View};

/// The window's label.
pub(crate) const LABEL: &str = "panel";

const FIRST: PanelSize = PanelSize { width: 420, height: 680 };
const SMALLEST: PanelSize = PanelSize { width: 360, height: 480 };

/// Opens the panel, or brings it to the front. A new one is as large as the last one was left. What comes onto the screen
/// comes near the tray icon, or into the middle where the system does not say where that is.
pub(crate) fn open(
    app: &AppHandle,
    left: Option<PanelSize>,
    icon: Option<PhysicalRect<i32, u32>>,
) -> tauri::Result<()> {
    if let Some(window) = app.get_webview_window(LABEL) {
        if let (Some(icon), false) = (icon, window.is_visible()?) {
            stand_beside(&window, icon)?;
        }
        window.unminimize()?;
        window.show()?;
        return window.set_focus();
    }
    let size = left.unwrap_or(FIRST);
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("index.html".into()))
        .title("Tokenwell")
        .inner_size(size.width.into(), size.height.into())
        .min_inner_size(SMALLEST.width.into(), SMALLEST.height.into())
        .center()
        .visible(icon.is_none())
        // The panel is one page of the app's own; links are opened by the shell, in the browser.
        .on_navigation(|url| url.scheme() == "tauri" || url.host_str() == Some("tauri.localhost"))
        .build()?;
    #[cfg(target_os = "linux")]
    free_when_closed(&window)?;
    if let Some(icon) = icon {
        stand_beside(&window, icon)?;
        window.show()?;
        window.set_focus()?;
    }
    Ok(())
}

fn stand_beside(window: &WebviewWindow, icon: PhysicalRect<i32, u32>) -> tauri::Result<()> {
    let PhysicalPosition { x, y } = icon.position.cast();
    if let Some(screen) = window.monitor_from_point(x, y)? {
        window.set_position(beside(icon, window.outer_size()?, *screen.work_area()))?;
    }
    Ok(())
}

/// Lets go of the web view once its window is destroyed. In wry the content manager, which the view owns, has a handler
/// that owns the view: without this, neither would ever be freed.
#[cfg(target_os = "linux")]
fn free_when_closed(window: &WebviewWindow) -> tauri::Result<()> {
    use webkit2gtk::{WebViewExt as _, glib::prelude::ObjectExt as _};

    window.with_webview(|webview| {
        let view = webview.inner();
        let Some(manager) = view.user_content_manager() else { return };
        view.connect_local("destroy", false, move |_| {
            #[expect(unsafe_code, reason = "the library marks all disposal as unsafe")]
            // SAFETY: the view was the manager's only user and is being disposed of itself. The manager has no part of
            // its own that disposal would take away: it only lets go of its handlers.
            unsafe {
                manager.run_dispose();
            }
            None
        });
    })
}

/// How large the panel is; `None` if it is not there, or fills the screen.
pub(crate) fn size(app: &AppHandle) -> Option<PanelSize> {
    let window = app.get_webview_window(LABEL)?;
    if window.is_maximized().ok()? || window.is_minimized().ok()? {
        return None;
    }
    let LogicalSize { width, height } = window.inner_size().ok()?.to_logical(window.scale_factor().ok()?);
    Some(PanelSize { width, height })
}

/// Takes the panel off the screen.
pub(crate) fn hide(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(LABEL)
        && let Err(error) = window.hide()
    {
        tracing::warn!("the panel cannot be hidden: {error}");
    }
}

/// Takes the panel down.
pub(crate) fn remove(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(LABEL)
        && let Err(error) = window.destroy()
    {
        tracing::warn!("the panel cannot be taken down: {error}");
    }
}

/// Shows light or dark: the window's frame here, the page by the view.
pub(crate) fn appear(app: &AppHandle, appearance: Appearance) {
    app.set_theme(match appearance {
        Appearance::System => None,
        Appearance::Light => Some(Theme::Light),
        Appearance::Dark => Some(Theme::Dark),
    });
}

/// Pushes a view to the panel, if it is there.
pub(crate) fn show(app: &AppHandle, view: &View) {
    if let Err(error) = app.emit_to(LABEL, "view", view) {
        tracing::warn!("the panel cannot be reached: {error}");
    }
}
