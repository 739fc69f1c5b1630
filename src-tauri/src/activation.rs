//! The right to take the focus. A desktop gives it as a token to the program that a click of the user starts. A second start
//! hands its token to the first, because a window that nobody asked for stays behind others.

use gdk_wayland_sys::{GdkWaylandDisplay, gdk_wayland_display_set_startup_notification_id};
use gdkx11::X11Display;
use gtk::gdk::{Backend, Display, prelude::DisplayExtManual as _};
use gtk::glib::object::{Cast as _, ObjectType as _};
use std::{env, error::Error, ffi::CString};
use tauri::AppHandle;

/// Where desktops put the token: those of Wayland, and those of X11.
const VARIABLES: [&str; 2] = ["XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID"];

/// The token that this program was started with. To be called before GTK starts, which removes it.
pub(crate) fn token() -> Option<String> {
    VARIABLES.iter().find_map(|name| env::var(name).ok().filter(|token| !token.is_empty()))
}

/// Lets the window that is shown or raised next take the focus.
pub(crate) fn allow_focus(app: &AppHandle, token: String) {
    if let Err(error) = app.run_on_main_thread(move || hand_to_display(&token)) {
        tracing::warn!(error = &error as &dyn Error, "the panel may stay behind other windows");
    }
}

fn hand_to_display(token: &str) {
    let Some(display) = Display::default() else { return };
    match (display.backend(), CString::new(token)) {
        (Backend::Wayland, Ok(token)) => {
            let display = display.as_ptr().cast::<GdkWaylandDisplay>();
            #[expect(unsafe_code, reason = "the library has no safe function for it")]
            // SAFETY: GTK's only thread calls this, the display is a Wayland one, and the token is copied.
            unsafe {
                gdk_wayland_display_set_startup_notification_id(display, token.as_ptr());
            }
        }
        (Backend::X11, Ok(_)) => {
            if let Ok(display) = display.downcast::<X11Display>() {
                display.set_startup_notification_id(token);
            }
        }
        _ => {}
    }
}
