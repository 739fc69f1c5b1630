//! Notifications of the desktop.

use tokenwell_desktop::event::Notification;

/// Shows a notification, and calls `clicked` if the notification or its button `open` is clicked. Blocks until it is gone.
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
        // Waiting keeps the connection open: some desktops remove a notification when its sender disconnects.
        Ok(handle) => handle.wait_for_action(|action| {
            if action == CLICK {
                clicked();
            }
        }),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "a notification cannot be shown");
        }
    }
}

/// Notifications are shown on Linux only. Elsewhere the panel and the tray show the same.
#[cfg(not(target_os = "linux"))]
pub(crate) fn show(_notification: &Notification, _open: &str, _clicked: impl FnOnce()) {}
