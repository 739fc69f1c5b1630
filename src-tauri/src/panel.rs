//! The panel's window. It is made when it is opened and destroyed when it is closed: while it is closed there is no
//! webview at all.

use tauri::{AppHandle, Emitter, Manager, WebviewUrl, WebviewWindowBuilder};
use tokenwell_desktop::view::View;

/// The window's label.
pub(crate) const LABEL: &str = "panel";

/// Opens the panel, or brings it to the front. Tells whether it is new.
pub(crate) fn open(app: &AppHandle) -> tauri::Result<bool> {
    if let Some(window) = app.get_webview_window(LABEL) {
        window.unminimize()?;
        window.show()?;
        window.set_focus()?;
        return Ok(false);
    }
    WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("index.html".into()))
        .title("Tokenwell")
        .inner_size(420.0, 680.0)
        .min_inner_size(360.0, 480.0)
        .center()
        // The panel is one page of the app's own; links are opened by the shell, in the browser.
        .on_navigation(|url| url.scheme() == "tauri" || url.host_str() == Some("tauri.localhost"))
        .build()?;
    Ok(true)
}

/// Closes the panel, if it is open.
pub(crate) fn close(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(LABEL)
        && let Err(error) = window.destroy()
    {
        tracing::warn!("the panel cannot be closed: {error}");
    }
}

/// Pushes a view to the panel, if it is open.
pub(crate) fn show(app: &AppHandle, view: &View) {
    if let Err(error) = app.emit_to(LABEL, "view", view) {
        tracing::warn!("the panel cannot be reached: {error}");
    }
}
