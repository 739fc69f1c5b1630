//! Notifications of the desktop.

use notify_rust::NotificationResponse;
use std::error::Error;
use tokenwell_desktop::event::Notification;

/// The button that does the same as a click.
const CLICK: &str = "default";

/// Prepares notifications in the name of the app with this identifier. They are the installed app's: one that was just
/// built is unknown to the system.
pub(crate) fn set_up(identifier: &str) {
    #[cfg(target_os = "macos")]
    if !cfg!(debug_assertions)
        && let Err(error) = notify_rust::set_application(identifier)
    {
        tracing::warn!(error = &error as &dyn Error, "notifications do not have the app's name");
    }
    #[cfg(not(target_os = "macos"))]
    let _ = identifier;
}

/// Shows a notification of the app with this identifier, and calls `clicked` if the notification or its button `open` is
/// clicked. Blocks until it is gone.
pub(crate) fn show(notification: &Notification, identifier: &str, open: &str, clicked: impl FnOnce()) {
    let mut shown = notify_rust::Notification::new();
    shown
        .appname("Tokenwell")
        .icon("tokenwell")
        .summary(&notification.title)
        .body(&notification.body)
        .action(CLICK, open);
    #[cfg(windows)]
    if !cfg!(debug_assertions) {
        // The installer's entry in the Start menu has the same id.
        shown.app_id(identifier);
    }
    #[cfg(not(windows))]
    let _ = identifier;
    let waited = shown.show().and_then(|handle| {
        // Waiting keeps the connection open: some desktops remove a notification when its sender disconnects.
        handle.wait_for_response(|response: &NotificationResponse| {
            if is_click(response) {
                clicked();
            }
        })
    });
    if let Err(error) = waited {
        tracing::warn!(error = &error as &dyn Error, "a notification cannot be shown");
    }
}

/// Whether a response means that the user wants to see more: a click on the notification, or on its only button.
fn is_click(response: &NotificationResponse) -> bool {
    match response {
        NotificationResponse::Default => true,
        NotificationResponse::Action(id) => id == CLICK,
        NotificationResponse::Reply(_) | NotificationResponse::Closed(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use notify_rust::CloseReason;

    #[test]
    fn only_a_click_on_the_notification_or_on_its_button_opens_the_app() {
        for (response, opens) in [
            (NotificationResponse::Default, true),
            (NotificationResponse::Action("default".into()), true),
            (NotificationResponse::Action("other".into()), false),
            (NotificationResponse::Reply("hello".into()), false),
            (NotificationResponse::Closed(CloseReason::Expired), false),
            (NotificationResponse::Closed(CloseReason::Dismissed), false),
            (NotificationResponse::Closed(CloseReason::CloseAction), false),
        ] {
            assert_eq!(is_click(&response), opens, "{response:?}");
        }
    }
}
