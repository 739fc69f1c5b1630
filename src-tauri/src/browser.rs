//! The system's browser and file manager.

use std::{env, ffi::OsStr, io, path::Path, time::Duration};
use tokenwell_desktop::{hosted_page::HostedPageUrl, surroundings::outside_of_app_image};

/// How long a launcher is watched for a failure. One that still runs after that counts as the browser.
const WATCHED: Duration = Duration::from_secs(2);

/// Opens a page in the browser. Blocks while launchers are tried.
pub(crate) fn open(page: &HostedPageUrl) -> io::Result<()> {
    start(OsStr::new(page.as_str()))
}

/// Opens the folder of a file. Blocks while launchers are tried.
pub(crate) fn show_folder_of(file: &Path) -> io::Result<()> {
    file.parent().map_or(Ok(()), |folder| start(folder.as_os_str()))
}

fn start(what: &OsStr) -> io::Result<()> {
    let changes = outside_of_app_image(
        env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
    );
    if changes.is_empty() {
        return open::that_detached_with_timeout(what, WATCHED);
    }
    app_image::start(what, &changes)
}

/// The library starts programs with the app's own environment, so an `AppImage` starts them itself.
#[cfg(unix)]
mod app_image {
    use super::{OsStr, WATCHED, io};
    use std::{
        os::unix::process::CommandExt as _,
        process::{Command, Stdio},
        sync::mpsc,
        thread,
    };
    use tokenwell_desktop::surroundings::Change;

    pub(super) fn start(what: &OsStr, changes: &[Change]) -> io::Result<()> {
        let mut failed = io::Error::from(io::ErrorKind::NotFound);
        for command in open::commands(what) {
            match launch(command, changes) {
                Ok(()) => return Ok(()),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    fn launch(mut command: Command, changes: &[Change]) -> io::Result<()> {
        for (name, value) in changes {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut launcher = command.process_group(0).spawn()?;
        let (sender, ended) = mpsc::channel();
        thread::spawn(move || drop(sender.send(launcher.wait())));
        match ended.recv_timeout(WATCHED) {
            Ok(status) if !status.as_ref().is_ok_and(std::process::ExitStatus::success) => {
                Err(status.err().unwrap_or_else(|| io::Error::other("the launcher has failed")))
            }
            Ok(_) | Err(_) => Ok(()),
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_launcher_starts_without_the_app_images_variables_and_its_failure_is_noticed() {
            let changes = [
                ("TOKENWELL_INSIDE".to_owned(), None),
                ("TOKENWELL_LIST".to_owned(), Some("/usr".to_owned())),
            ];
            let shell = |script: &str| {
                let mut command = Command::new("sh");
                command.args(["-c", script]).env("TOKENWELL_INSIDE", "1").env("TOKENWELL_LIST", "/tmp:/usr");
                command
            };
            let clean = r#"test -z "$TOKENWELL_INSIDE" && test "$TOKENWELL_LIST" = /usr"#;
            launch(shell(clean), &changes).unwrap();
            launch(shell("exit 3"), &changes).unwrap_err();
            launch(Command::new("tokenwell-no-such-program"), &changes).unwrap_err();
        }
    }
}

/// There are no AppImages.
#[cfg(not(unix))]
mod app_image {
    use super::{OsStr, WATCHED, io};
    use tokenwell_desktop::surroundings::Change;

    pub(super) fn start(what: &OsStr, _: &[Change]) -> io::Result<()> {
        open::that_detached_with_timeout(what, WATCHED)
    }
}
