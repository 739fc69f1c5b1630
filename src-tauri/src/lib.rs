//! The desktop shell: everything that touches the outside. What the app does is decided in `tokenwell_desktop`; here
//! its effects are carried out and what happens is told to it.

mod api;
mod args;
mod autostart;
mod beside;
mod browser;
mod commands;
mod diagnostics;
mod export;
mod instance;
mod keyring;
mod notify;
mod panel;
mod redirect;
mod session;
mod shell;
mod sign_in;
mod sleep;
mod stream;
mod tray;

pub use args::Args;

use std::{io::IsTerminal as _, process::ExitCode, sync::Mutex};
use tauri::{Manager as _, RunEvent, WindowEvent};
use tokenwell_desktop::{command::Command, event::Event};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// Runs the app until it is quit.
pub fn run(args: Args) -> ExitCode {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,tokenwell_app=info"));
    let context = tauri::generate_context!();
    let log = diagnostics::log_folder(&context.config().identifier)
        .and_then(|folder| diagnostics::log_file(&folder))
        .map(|file| fmt::layer().with_ansi(false).with_writer(Mutex::new(file)));
    tracing_subscriber::registry()
        .with(filter)
        .with(fmt::layer().with_ansi(std::io::stderr().is_terminal()).with_writer(std::io::stderr))
        .with(log)
        .init();
    tracing::info!("version {} starts", env!("CARGO_PKG_VERSION"));
    // Only fails if a provider was installed before, and none was.
    drop(rustls::crypto::ring::default_provider().install_default());

    let app = tray::listen(tauri::Builder::default())
        .plugin(instance::plugin())
        .plugin(autostart::plugin())
        .invoke_handler(commands::handler())
        .setup(move |app| {
            // Reached by a second start only where the first cannot be told of it.
            let folder = app.path().app_local_data_dir()?;
            match instance::lock(&folder) {
                Ok(lock) => app.manage(lock),
                Err(running) => {
                    tracing::error!("{running}");
                    app.handle().cleanup_before_exit();
                    std::process::exit(1);
                }
            };
            Ok(shell::start(app.handle(), args)?)
        })
        .build(context);
    match app {
        Ok(app) => {
            let code = app.run_return(|app, event| match event {
                // The last window is gone, which says nothing: the app lives in the tray until it is quit.
                RunEvent::ExitRequested { code: None, api, .. } => api.prevent_exit(),
                RunEvent::WindowEvent { label, event: WindowEvent::CloseRequested { api, .. }, .. }
                    if label == panel::LABEL =>
                {
                    api.prevent_close();
                    shell::command(app, Command::ClosePanel);
                }
                RunEvent::WindowEvent { label, event: WindowEvent::Destroyed, .. }
                    if label == panel::LABEL =>
                {
                    shell::tell(app, Event::PanelGone);
                }
                RunEvent::WindowEvent { label, event: WindowEvent::Resized(_), .. }
                    if label == panel::LABEL =>
                {
                    shell::panel_resized(app);
                }
                // On macOS links come as an event; elsewhere they are in the command line.
                #[cfg(target_os = "macos")]
                RunEvent::Opened { urls } => {
                    for entry in
                        urls.iter().filter_map(|url| tokenwell_desktop::deep_links::opens(url.as_str()))
                    {
                        shell::command(app, Command::Open { entry });
                    }
                }
                _ => {}
            });
            ExitCode::from(u8::try_from(code).unwrap_or(1))
        }
        Err(error) => {
            tracing::error!("the app cannot start: {error:#}");
            ExitCode::FAILURE
        }
    }
}
