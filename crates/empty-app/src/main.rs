//! The smallest Tauri app with a tray icon: a click on the icon opens a window of the panel's size, which is removed when it
//! is closed.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::{error::Error, process::ExitCode};
use tauri::{
    App, AppHandle, RunEvent, WebviewUrl, WebviewWindowBuilder,
    image::Image,
    menu::{Menu, MenuItem},
    tray::{MouseButton, MouseButtonState, TrayIconBuilder, TrayIconEvent},
};

fn main() -> ExitCode {
    let app = tauri::Builder::default().setup(set_up).build(tauri::generate_context!());
    match app {
        Ok(app) => ExitCode::from(u8::try_from(app.run_return(stay)).unwrap_or(1)),
        Err(_) => ExitCode::FAILURE,
    }
}

fn set_up(app: &mut App) -> Result<(), Box<dyn Error>> {
    let quit = MenuItem::with_id(app, "quit", "Quit", true, None::<&str>)?;
    TrayIconBuilder::with_id("empty")
        .icon(Image::new_owned(vec![0x80; 48 * 48 * 4], 48, 48))
        .tooltip("Empty")
        .menu(&Menu::with_items(app, &[&quit])?)
        .show_menu_on_left_click(false)
        .on_menu_event(|app, _| app.exit(0))
        .on_tray_icon_event(|icon, event| {
            if let TrayIconEvent::Click {
                button: MouseButton::Left,
                button_state: MouseButtonState::Up,
                ..
            } = event
            {
                drop(open(icon.app_handle()));
            }
        })
        .build(app)?;
    Ok(())
}

fn open(app: &AppHandle) -> tauri::Result<()> {
    WebviewWindowBuilder::new(app, "window", WebviewUrl::App("index.html".into()))
        .title("Empty")
        .inner_size(420.0, 680.0)
        .center()
        .build()
        .map(drop)
}

/// The app stays in the tray when its window is closed.
fn stay(_: &AppHandle, event: RunEvent) {
    if let RunEvent::ExitRequested { code: None, api, .. } = event {
        api.prevent_exit();
    }
}
