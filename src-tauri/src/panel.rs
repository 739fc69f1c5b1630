//! The panel's window. It is created when the panel is opened and hidden when the panel is closed. If the panel is not opened
//! again for a while, the window is removed with its webview.

use crate::panel_position::{near_icon, on_screen_of};
use std::error::Error;
use tauri::{
    AppHandle, Emitter, LogicalSize, Manager, PhysicalPosition, PhysicalRect, Theme, WebviewUrl,
    WebviewWindow, WebviewWindowBuilder,
};
use tokenwell_desktop::{cached_state::PanelSize, event::PanelFailure, settings::Appearance, view::View};

/// The window's label.
pub(crate) const LABEL: &str = "panel";

const DEFAULT: PanelSize = PanelSize { width: 420, height: 680 };
const MINIMUM: PanelSize = PanelSize { width: 360, height: 480 };

/// Says to the page that the panel hangs below its tray icon, so that Escape closes it (`ui/src/lib/shell.ts`).
const HANGS: &str = "window.tokenwellHangs = true";

/// Whether the system has a web view. Windows may lack it; elsewhere the app does not start without one.
pub(crate) fn has_web_view() -> bool {
    !cfg!(windows) || tauri::webview_version().is_ok()
}

/// Opens the panel, or raises it. Calls `failed` if its web view ends, where the system reports that. A new window has the given size. The panel hangs at the tray icon, without a frame and
/// without an entry in the task bar. If the icon's position is unknown, it is a window in the middle of the screen.
pub(crate) fn open(
    app: &AppHandle,
    size: Option<PanelSize>,
    icon: Option<PhysicalRect<i32, u32>>,
    failed: impl Fn(PanelFailure) + Send + 'static,
) -> tauri::Result<()> {
    if let Some(window) = app.get_webview_window(LABEL) {
        if let (Some(icon), false) = (icon, window.is_visible()?) {
            move_near(&window, icon)?;
        }
        window.unminimize()?;
        window.show()?;
        return window.set_focus();
    }
    let size = size.unwrap_or(DEFAULT);
    let hangs = icon.is_some();
    let mut window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("index.html".into()))
        .title("Tokenwell")
        .inner_size(size.width.into(), size.height.into())
        .min_inner_size(MINIMUM.width.into(), MINIMUM.height.into())
        .center()
        .visible(!hangs)
        .decorations(!hangs)
        .skip_taskbar(hangs)
        // The panel stays on the app's own page. The shell opens links in the browser.
        .on_navigation(|url| url.scheme() == "tauri" || url.host_str() == Some("tauri.localhost"));
    if hangs {
        window = window.initialization_script(HANGS);
    }
    let window = window.build()?;
    #[cfg(target_os = "linux")]
    {
        free_with_window(&window)?;
        notice_end(&window, failed)?;
    }
    #[cfg(not(target_os = "linux"))]
    drop(failed);
    if let Some(icon) = icon {
        move_near(&window, icon)?;
        window.show()?;
        window.set_focus()?;
    }
    Ok(())
}

/// Whether the panel is on the screen.
pub(crate) fn is_visible(app: &AppHandle) -> bool {
    app.get_webview_window(LABEL).is_some_and(|window| window.is_visible().unwrap_or(false))
}

/// Whether the user types into the panel.
pub(crate) fn is_focused(app: &AppHandle) -> bool {
    is_visible(app)
        && app.get_webview_window(LABEL).is_some_and(|window| window.is_focused().unwrap_or(false))
}

fn move_near(window: &WebviewWindow, icon: PhysicalRect<i32, u32>) -> tauri::Result<()> {
    let PhysicalPosition { x, y } = icon.position.cast();
    if let Some(screen) = window.monitor_from_point(x, y)? {
        // The window may still be on a screen of another scale. It grows or shrinks when it moves.
        let size = on_screen_of(screen.scale_factor(), window.outer_size()?, window.scale_factor()?);
        window.set_position(near_icon(icon, size, *screen.work_area(), screen.scale_factor()))?;
    }
    Ok(())
}

/// Frees the web view when its window is destroyed. The web view owns its content manager, and wry gives the manager a
/// handler that owns the web view, so without this neither is ever freed.
#[cfg(target_os = "linux")]
fn free_with_window(window: &WebviewWindow) -> tauri::Result<()> {
    use webkit2gtk::{WebViewExt as _, glib::prelude::ObjectExt as _};

    window.with_webview(|webview| {
        let view = webview.inner();
        let Some(manager) = view.user_content_manager() else { return };
        view.connect_local("destroy", false, move |_| {
            #[expect(unsafe_code, reason = "the library marks `run_dispose` as unsafe")]
            // SAFETY: the view is the manager's only user and is being destroyed. Disposing of the manager only removes its
            // handlers.
            unsafe {
                manager.run_dispose();
            }
            None
        });
    })
}

/// Calls `failed` when the process that draws the page ends by itself, such as one that cannot start.
#[cfg(target_os = "linux")]
fn notice_end(window: &WebviewWindow, failed: impl Fn(PanelFailure) + Send + 'static) -> tauri::Result<()> {
    use webkit2gtk::{WebProcessTerminationReason, WebViewExt as _};

    window.with_webview(move |webview| {
        webview.inner().connect_web_process_terminated(move |_, reason| {
            if reason != WebProcessTerminationReason::TerminatedByApi {
                tracing::error!("the web view has ended: {reason:?}");
                failed(PanelFailure::Ended);
            }
        });
    })
}

/// The panel's size; `None` if there is no panel, or if it is maximized or minimized.
pub(crate) fn size(app: &AppHandle) -> Option<PanelSize> {
    let window = app.get_webview_window(LABEL)?;
    if window.is_maximized().ok()? || window.is_minimized().ok()? {
        return None;
    }
    let LogicalSize { width, height } = window.inner_size().ok()?.to_logical(window.scale_factor().ok()?);
    Some(PanelSize { width, height })
}

/// Hides the panel.
pub(crate) fn hide(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(LABEL)
        && let Err(error) = window.hide()
    {
        tracing::warn!(error = &error as &dyn Error, "the panel cannot be hidden");
    }
}

/// Removes the panel's window and webview.
pub(crate) fn remove(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(LABEL)
        && let Err(error) = window.destroy()
    {
        tracing::warn!(error = &error as &dyn Error, "the panel cannot be removed");
    }
}

/// Sets the window's frame to light or dark. The page gets its appearance with the view.
pub(crate) fn set_appearance(app: &AppHandle, appearance: Appearance) {
    app.set_theme(match appearance {
        Appearance::System => None,
        Appearance::Light => Some(Theme::Light),
        Appearance::Dark => Some(Theme::Dark),
    });
}

/// Pushes a view to the panel, if there is one.
pub(crate) fn push_view(app: &AppHandle, view: &View) {
    if let Err(error) = app.emit_to(LABEL, "view", view) {
        tracing::warn!(error = &error as &dyn Error, "the view cannot be pushed to the panel");
    }
}
