//! Notifications of the desktop.

use tokenwell_desktop::event::Notification;

/// Shows a notification and calls `clicked` if it is clicked, or its button that says `open`. Blocks until it is gone.
#[cfg(target_os = "linux")]
pub(crate) fn show(notification: &Notification, open: &str, clicked: impl FnOnce()) {
    const CLICK: &str = "default";
    let shown = notify_rust::Notification::new()
        .appname("Tokenwell")
        .icon("tokenwell")
        .summary(&notification.title)
        .body(&notification.body)
        .action(CLICK, open)
        .show();
    match shown {
        // The handle is kept: some desktops drop a notification together with its sender's connection.
        Ok(handle) => handle.wait_for_action(|action| {
            if action == CLICK {
                clicked();
            }
        }),
        Err(error) => tracing::warn!("a notification cannot be shown: {error}"),
    }
}

/// Other platforms show it once their notification centres are wired up; until then the panel and the tray tell.
#[cfg(not(target_os = "linux"))]
pub(crate) fn show(notification: &Notification, _open: &str, _clicked: impl FnOnce()) {
    tracing::info!(title = notification.title, "notification");
}
