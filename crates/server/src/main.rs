//! `tokenwell-server`: reads the settings, starts the service, stops it when asked to.

use std::fmt::Display;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use tokenwell_server::{
    Chain, CopyError, CopyJob, ImportError, ImportJob, ImportReport, LogFormat, ReconcileError, Running,
    Settings, SettingsError, Task,
};
use tracing_subscriber::EnvFilter;

/// It keeps what is of one size together, so that the untouched halves of HTTP's buffers take no memory: of an open event
/// stream that is a tenth. Huge pages would undo it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What `reconcile` ends with when drift is left.
const DRIFT: u8 = 1;
/// What a wrong setting ends with.
const WRONG_SETTING: u8 = 2;
/// What `copy` and `import` end with when something in the file cannot be right.
const DAMAGED: u8 = 1;
/// What `reconcile`, `copy` and `import` end with when they could not be finished.
const UNFINISHED: u8 = 3;

#[tokio::main]
async fn main() -> ExitCode {
    match Task::from_args(std::env::args_os()) {
        Ok(Task::Serve(settings)) => serve(settings).await,
        Ok(Task::Reconcile { settings, dry_run }) => reconcile(settings, dry_run).await,
        Ok(Task::Check { settings, json }) => check(settings, json).await,
        Ok(Task::Healthcheck { listen }) => match tokenwell_server::healthcheck(listen).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                print_error(&Chain(&error));
                ExitCode::FAILURE
            }
        },
        Ok(Task::Import { settings, job }) => import(settings, job).await,
        Ok(Task::Migrate { database }) => {
            log_to_stderr(LogFormat::Text);
            match tokenwell_server::migrate(&database).await {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => refuse(&Chain(&error)),
            }
        }
        Ok(Task::Copy(job)) => {
            log_to_stderr(LogFormat::Text);
            copy(&job).await
        }
        Err(SettingsError::Shown(text)) => {
            print_line(&mut std::io::stdout(), &text.trim_end());
            ExitCode::SUCCESS
        }
        Err(SettingsError::Wrong(line)) => refuse(&line),
    }
}

async fn serve(settings: Settings) -> ExitCode {
    let log_format = settings.log_format;
    let plain_keys = settings.service_keys.iter().filter(|key| key.is_plain()).count();
    // A service that cannot start writes one line to stderr, so the log begins once it has started.
    let mut running = match tokenwell_server::start(settings).await {
        Ok(running) => running,
        Err(error) => return refuse(&Chain(&error)),
    };
    log_to_stderr(log_format);
    if plain_keys > 0 {
        tracing::warn!(
            plain_keys,
            "a service key may do everything: give it a name and scopes (--service-key NAME:spend+read:KEY)"
        );
    }
    // Signals are heard before anybody is told that the service is there to be stopped.
    let asked = asked_to_stop();
    print_line(&mut std::io::stdout(), &format_args!("listening on http://{}", running.addr));
    tokio::select! {
        () = asked => stop(running).await,
        () = running.failed() => ExitCode::FAILURE,
    }
}

/// Prints one line for each drift on stdout.
async fn reconcile(settings: Settings, dry_run: bool) -> ExitCode {
    log_to_stderr(settings.log_format);
    let print_drift = |drift: &tokenwell_server::Drift| print_line(&mut std::io::stdout(), drift);
    match tokenwell_server::reconcile(settings, dry_run, print_drift).await {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(DRIFT),
        Err(ReconcileError::Start(error)) => refuse(&Chain(&error)),
        Err(error) => {
            print_error(&Chain(&error));
            ExitCode::from(UNFINISHED)
        }
    }
}

/// Prints one line for each finding on stdout, or all of them as JSON.
async fn check(settings: Settings, json: bool) -> ExitCode {
    log_to_stderr(settings.log_format);
    let report = match tokenwell_server::check(settings).await {
        Ok(report) => report,
        Err(error) => return refuse(&Chain(&error)),
    };
    let printed = if json { report.to_json() } else { Ok(report.to_string()) };
    match printed {
        Ok(text) => print_line(&mut std::io::stdout(), &text),
        Err(error) => return refuse(&Chain(&error)),
    }
    ExitCode::from(report.exit_code())
}

/// Prints totals on stdout, and on stderr every line that cannot be imported, and how far it is.
async fn import(settings: Settings, job: ImportJob) -> ExitCode {
    log_to_stderr(settings.log_format);
    let report = |report: ImportReport<'_>| match report {
        ImportReport::BadLine { line, why } => {
            print_line(&mut std::io::stderr(), &format_args!("line {line}: {why}"));
        }
        ImportReport::Progress(line) => print_line(&mut std::io::stderr(), &line),
    };
    match tokenwell_server::import_users(settings, job, report).await {
        Ok(summary) => {
            print_line(&mut std::io::stdout(), &summary);
            ExitCode::SUCCESS
        }
        Err(error) => {
            print_error(&Chain(&error));
            ExitCode::from(match error {
                ImportError::Start(_) | ImportError::File { .. } => WRONG_SETTING,
                ImportError::BadLines { .. } => DAMAGED,
                ImportError::Interrupted { .. } | ImportError::Store(_) | ImportError::Temporary(_) => {
                    UNFINISHED
                }
            })
        }
    }
}

/// Prints what was copied on stdout, and on stderr how far it is.
async fn copy(job: &CopyJob) -> ExitCode {
    match job.run(|line| print_line(&mut std::io::stderr(), &line)).await {
        Ok(summary) => {
            print_line(&mut std::io::stdout(), &summary);
            ExitCode::SUCCESS
        }
        Err(error) => {
            print_error(&Chain(&error));
            ExitCode::from(match error {
                CopyError::Refused(_) => WRONG_SETTING,
                CopyError::Damaged(_) => DAMAGED,
                CopyError::Unfinished(_) => UNFINISHED,
            })
        }
    }
}

/// Lets what is under way finish, unless it is asked a second time. What was acknowledged is durable either way.
async fn stop(running: Running) -> ExitCode {
    let asked_again = asked_to_stop();
    tracing::info!("stopping");
    tokio::select! {
        () = running.shutdown() => {}
        () = asked_again => tracing::warn!("stopped at once, as was asked a second time"),
    }
    ExitCode::SUCCESS
}

fn log_to_stderr(format: LogFormat) {
    let filter = EnvFilter::try_from_env("TOKENWELL_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    // It would log what its statements are run with: e-mail addresses among it.
    let filter = match "tokio_postgres=warn".parse() {
        Ok(quiet) => filter.add_directive(quiet),
        Err(_) => filter,
    };
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(format == LogFormat::Text && std::io::stderr().is_terminal())
        .with_target(false);
    match format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().flatten_event(true).with_span_list(false).init(),
    }
}

fn refuse(reason: &dyn Display) -> ExitCode {
    print_error(reason);
    ExitCode::from(WRONG_SETTING)
}

fn print_error(error: &dyn Display) {
    print_line(&mut std::io::stderr(), &format_args!("tokenwell-server: {error}"));
}

/// Writes a line. A reader that has closed its end is no error.
fn print_line(to: &mut impl Write, line: &dyn Display) {
    let _ = writeln!(to, "{line}");
    let _ = to.flush();
}

/// Listens from now on; the future ends on Ctrl-C, and on Unix on SIGTERM.
fn asked_to_stop() -> impl Future<Output = ()> {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminated = {
        use tokio::signal::unix::{SignalKind, signal};
        let signal = signal(SignalKind::terminate());
        async {
            match signal {
                Ok(mut signal) => drop(signal.recv().await),
                Err(_) => std::future::pending().await,
            }
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    async {
        tokio::select! {
            () = interrupted => {}
            () = terminated => {}
        }
    }
}
