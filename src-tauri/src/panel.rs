//! The panel's window. It is made when it is opened and destroyed when it is closed: while it is closed there is no
//! webview at all.

use tauri::{AppHandle, Emitter, LogicalSize, Manager, Theme, WebviewUrl, WebviewWindowBuilder};
use tokenwell_desktop::{event::PanelSize, settings::Appearance, view::View};

/// The window's label.
pub(crate) const LABEL: &str = "panel";

const FIRST: PanelSize = PanelSize { width: 420, height: 680 };
const SMALLEST: PanelSize = PanelSize { width: 360, height: 480 };

/// Opens the panel, or brings it to the front. A new one is as large as the last one was left. Tells whether it is new.
pub(crate) fn open(app: &AppHandle, left: Option<PanelSize>) -> tauri::Result<bool> {
    if let Some(window) = app.get_webview_window(LABEL) {
        window.unminimize()?;
        window.show()?;
        window.set_focus()?;
        return Ok(false);
    }
    let size = left.unwrap_or(FIRST);
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("index.html".into()))
        .title("Tokenwell")
        .inner_size(size.width.into(), size.height.into())
        .min_inner_size(SMALLEST.width.into(), SMALLEST.height.into())
        .center()
        // The panel is one page of the app's own; links are opened by the shell, in the browser.
        .on_navigation(|url| url.scheme() == "tauri" || url.host_str() == Some("tauri.localhost"))
        .build()?;
    #[cfg(target_os = "linux")]
    free_when_closed(&window)?;
    #[cfg(not(target_os = "linux"))]
    let _ = window;
    Ok(true)
}

/// Lets go of the web view once its window is destroyed. In wry the content manager, which the view owns, has a handler
/// that owns the view: without this, neither would ever be freed.
#[cfg(target_os = "linux")]
fn free_when_closed(window: &tauri::WebviewWindow) -> tauri::Result<()> {
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

/// Closes the panel, if it is open.
pub(crate) fn close(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(LABEL)
        && let Err(error) = window.destroy()
    {
        tracing::warn!("the panel cannot be closed: {error}");
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

/// Pushes a view to the panel, if it is open.
pub(crate) fn show(app: &AppHandle, view: &View) {
    if let Err(error) = app.emit_to(LABEL, "view", view) {
        tracing::warn!("the panel cannot be reached: {error}");
    }
}
