//! The system browser, and the file manager.

use std::path::Path;
use std::time::Duration;
use tokenwell_desktop::hosted_page::HostedPageUrl;

/// How long a launcher is watched for failing; one that runs on is taken for a browser.
const WATCHED: Duration = Duration::from_secs(2);

/// Opens a page; tells whether some launcher took it. Blocks while launchers are tried.
pub(crate) fn open(page: &HostedPageUrl) -> bool {
    let opened = open::that_detached_with_timeout(page.as_str(), WATCHED);
    if let Err(error) = &opened {
        tracing::warn!(?page, "the system browser cannot be started: {error}");
    }
    opened.is_ok()
}

/// Opens the folder that a file is in. Blocks while launchers are tried.
pub(crate) fn show_folder_of(file: &Path) {
    let Some(folder) = file.parent() else { return };
    if let Err(error) = open::that_detached_with_timeout(folder, WATCHED) {
        tracing::warn!("{} cannot be shown: {error}", folder.display());
    }
}
