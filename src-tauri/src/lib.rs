//! The desktop shell: everything in the app that uses the system or the network. `tokenwell_desktop` decides what the
//! app does. The shell carries out its effects and reports events to it.

#[cfg(target_os = "linux")]
mod activation;
mod api;
mod args;
mod autostart;
mod browser;
mod commands;
mod diagnostics;
mod dialog;
mod downloads;
mod instance;
mod issuer;
mod keyring;
mod last_heard;
mod notify;
mod panel;
mod panel_position;
mod platform_client;
mod platform_files;
mod preset;
mod redirect;
mod refresh_token;
mod response;
mod session;
mod shell;
mod shortcut;
mod sign_in;
mod sleep;
mod stream;
mod time_zone;
mod tray;
mod updates;
#[cfg(target_os = "linux")]
mod web_view;

pub use args::Args;

use instance::Begin;
use std::{error::Error, io::IsTerminal as _, process::ExitCode, sync::Mutex};
use tauri::{App, AppHandle, Manager as _, RunEvent, WindowEvent};
#[cfg(target_os = "macos")]
use tokenwell_desktop::command::PanelEntry;
use tokenwell_desktop::{command::Command, event::Event, preset::Preset};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// What the app ends with if it cannot use the preset, like with a wrong command line.
const WRONG_PRESET: u8 = 2;

/// Runs the app until it is quit.
pub fn run(args: Args) -> ExitCode {
    #[cfg(target_os = "linux")]
    let worked_around = web_view::work_around();
    let context = tauri::generate_context!();
    start_logging(&context.config().identifier);
    tracing::info!("version {} starts", env!("CARGO_PKG_VERSION"));
    notify::set_up(&context.config().identifier);
    #[cfg(target_os = "linux")]
    if let Some((name, value)) = worked_around {
        tracing::info!("{name}={value}, because web views stay empty on Wayland with NVIDIA's driver");
    }
    let preset = match preset::read(&context.config().identifier) {
        Ok(preset) => preset,
        Err(error) => {
            tracing::error!("{error}");
            return ExitCode::from(WRONG_PRESET);
        }
    };
    let lock = match instance::begin(&context.config().identifier) {
        Ok(Begin::Start(lock)) => lock,
        #[cfg(target_os = "linux")]
        Ok(Begin::HandedOver) => return ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            return ExitCode::FAILURE;
        }
    };
    // Fails only if another provider is installed, and there is no other.
    drop(rustls::crypto::ring::default_provider().install_default());

    let app = shortcut::set_up(autostart::set_up(tauri::Builder::default()));
    let app = tray::listen(app, shell::command)
        .plugin(instance::plugin(shell::command))
        .invoke_handler(commands::handler())
        .setup(move |app| set_up(app, args, preset, lock))
        .build(context);
    match app {
        Ok(app) => ExitCode::from(u8::try_from(app.run_return(on_event)).unwrap_or(1)),
        Err(error) => {
            tracing::error!(error = &error as &dyn Error, "the app cannot start");
            ExitCode::FAILURE
        }
    }
}

/// Logs to stderr, and to a file a day in the app's folder if that can be written to.
fn start_logging(identifier: &str) {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,tokenwell_app=info"));
    let file = diagnostics::log_folder(identifier)
        .and_then(|folder| diagnostics::log_file(&folder))
        .map(|file| fmt::layer().with_ansi(false).with_writer(Mutex::new(file)));
    tracing_subscriber::registry()
        .with(filter)
        .with(fmt::layer().with_ansi(std::io::stderr().is_terminal()).with_writer(std::io::stderr))
        .with(file)
        .init();
}

fn set_up(
    app: &mut App,
    args: Args,
    preset: Preset,
    lock: Option<instance::Lock>,
) -> Result<(), Box<dyn Error>> {
    // The app lives in the menu bar, without an icon in the Dock.
    #[cfg(target_os = "macos")]
    app.set_activation_policy(tauri::ActivationPolicy::Accessory);
    // The lock fails only where the first app has no session bus, but this one has.
    let folder = app.path().app_local_data_dir()?;
    match lock.map_or_else(|| instance::lock(&folder), Ok) {
        Ok(lock) => app.manage(lock),
        Err(error) => {
            tracing::error!("{error}");
            app.handle().cleanup_before_exit();
            std::process::exit(1);
        }
    };
    Ok(shell::start(app.handle(), args, preset)?)
}

fn on_event(app: &AppHandle, event: RunEvent) {
    match event {
        // Tauri asks to exit when the last window is closed, but the app stays in the tray until it is quit.
        RunEvent::ExitRequested { code: None, api, .. } => api.prevent_exit(),
        RunEvent::WindowEvent { label, event, .. } if label == panel::LABEL => on_panel_event(app, &event),
        // macOS passes links as events; the other systems pass them on the command line.
        #[cfg(target_os = "macos")]
        RunEvent::Opened { urls } => {
            for command in urls.iter().filter_map(|url| tokenwell_desktop::deep_links::command(url.as_str()))
            {
                shell::command(app, command);
            }
        }
        // The app was started again from the Finder, or its icon in the Dock was clicked.
        #[cfg(target_os = "macos")]
        RunEvent::Reopen { .. } => shell::command(app, Command::Open { entry: PanelEntry::Home }),
        _ => {}
    }
}

fn on_panel_event(app: &AppHandle, event: &WindowEvent) {
    match event {
        WindowEvent::CloseRequested { api, .. } => {
            api.prevent_close();
            shell::command(app, Command::ClosePanel);
        }
        WindowEvent::Destroyed => shell::report(app, Event::PanelGone),
        WindowEvent::Resized(_) => {
            if let Some(size) = panel::size(app) {
                shell::panel_resized(app, size);
            }
        }
        _ => {}
    }
}
