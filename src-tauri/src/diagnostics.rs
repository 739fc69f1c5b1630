//! The logs of the last days, and the diagnostics file with which the user passes them on.

use crate::downloads;
use futures_util::stream;
use jiff::{Timestamp, Zoned, civil::Date, tz::TimeZone};
use std::{
    fs::{self, File},
    io::{Read as _, Seek as _, SeekFrom, Write},
    path::{Path, PathBuf},
};
use tauri::{AppHandle, Manager as _};
use tokenwell_cache::private;
use tokenwell_desktop::{diagnostics::Report, failure::Failure};
use tracing_appender::rolling::{RollingFileAppender, Rotation};

const LOG: &str = "tokenwell";
const DAYS_KEPT: usize = 7;
/// How much of each day's log goes into the diagnostics file, counted from its end.
const LOG_BYTES_MAX: u64 = 256 * 1024;

/// The file that logs are written to, one a day, which nobody else on the machine can read. `None` if the folder cannot be
/// written to.
pub(crate) fn log_file(folder: &Path) -> Option<LogFile> {
    private::create_folder(folder.parent()?).and_then(|()| private::create_folder(folder)).ok()?;
    let file = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .max_log_files(DAYS_KEPT)
        .filename_prefix(LOG)
        .filename_suffix("log")
        .build(folder)
        .ok()?;
    Some(LogFile { file, folder: folder.to_owned(), day: None })
}

/// The log of the day. Its files are made private when the first line of a day is written.
pub(crate) struct LogFile {
    file: RollingFileAppender,
    folder: PathBuf,
    day: Option<Date>,
}

impl Write for LogFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.file.write(bytes)?;
        let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
        if self.day.replace(today) != Some(today) {
            for file in files(&self.folder) {
                private::make_private(&file)?;
            }
        }
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// The folder of the logs.
pub(crate) fn log_folder(identifier: &str) -> Option<PathBuf> {
    Some(dirs::data_local_dir()?.join(identifier).join("logs"))
}

/// Writes the diagnostics file to the user's folder for downloads, and returns its path.
pub(crate) async fn save(app: &AppHandle, report: &Report, now: &Zoned) -> Result<PathBuf, Failure> {
    let folder = downloads::folder(app).ok_or(Failure::FileUnwritable)?;
    let home = app.path().home_dir().unwrap_or_default();
    let system = format!("{} {}{}", std::env::consts::OS, std::env::consts::ARCH, desktop());
    let logs = log_folder(&app.config().identifier).map(|folder| logs(&folder)).unwrap_or_default();
    let text = report.file(&system, &home.to_string_lossy(), &logs);
    let name = now.strftime("tokenwell-diagnostics-%Y-%m-%d").to_string();
    downloads::save(&folder, &name, "txt", stream::iter([Ok(text)])).await
}

/// The desktop environment; only Linux has several.
#[cfg(target_os = "linux")]
fn desktop() -> String {
    let name = std::env::var("XDG_CURRENT_DESKTOP");
    format!(", {}", name.as_deref().unwrap_or("unknown desktop"))
}

#[cfg(not(target_os = "linux"))]
fn desktop() -> String {
    String::new()
}

/// The logs, oldest first.
fn logs(folder: &Path) -> String {
    let mut files = files(folder);
    // Their names end with the date.
    files.sort();
    files.iter().filter_map(|file| end_of(file).ok()).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
        .unwrap_or_default()
}

fn end_of(file: &Path) -> std::io::Result<String> {
    let mut file = File::open(file)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LOG_BYTES_MAX)))?;
    let mut end = Vec::new();
    file.read_to_end(&mut end)?;
    Ok(String::from_utf8_lossy(&end).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_of_a_long_log_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let line = "0123456789abcde\n";
        let lines = usize::try_from(LOG_BYTES_MAX).unwrap() / line.len() + 10;
        fs::write(folder.path().join("tokenwell.2026-11-22.log"), line.repeat(lines)).unwrap();
        fs::write(folder.path().join("tokenwell.2026-11-23.log"), "today\n").unwrap();
        let logs = logs(folder.path());
        assert_eq!(logs.len() as u64, LOG_BYTES_MAX + 6);
        assert!(logs.ends_with("today\n"), "the newest log is last");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_on_the_machine_can_read_the_log() {
        use std::os::unix::fs::PermissionsExt as _;
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("app/logs");
        log_file(&folder).unwrap().write_all(b"a line\n").unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!([mode(&folder), mode(folder.parent().unwrap())], [0o700; 2]);
        let files = files(&folder);
        assert_eq!(files.iter().map(|file| mode(file)).collect::<Vec<_>>(), [0o600]);
    }
}
