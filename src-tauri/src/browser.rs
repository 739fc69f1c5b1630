//! The system's browser and file manager.

use std::{io, path::Path, time::Duration};
use tokenwell_desktop::hosted_page::HostedPageUrl;

/// How long a launcher is watched for a failure. One that still runs after that counts as the browser.
const WATCHED: Duration = Duration::from_secs(2);

/// Opens a page in the browser. Blocks while launchers are tried.
pub(crate) fn open(page: &HostedPageUrl) -> io::Result<()> {
    open::that_detached_with_timeout(page.as_str(), WATCHED)
}

/// Opens the folder of a file. Blocks while launchers are tried.
pub(crate) fn show_folder_of(file: &Path) -> io::Result<()> {
    file.parent().map_or(Ok(()), |folder| open::that_detached_with_timeout(folder, WATCHED))
}
