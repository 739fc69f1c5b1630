//! Files that the user saves to the folder for downloads.

use futures_util::{Stream, StreamExt as _};
use std::{
    error::Error,
    io::{self, Write},
    path::{Path, PathBuf},
    pin::pin,
};
use tauri::{AppHandle, Manager as _};
use tempfile::{Builder, NamedTempFile};
use tokenwell_desktop::failure::Failure;
use tokio::task::block_in_place;

/// The user's folder for downloads; `Downloads` in the home folder if the desktop names none.
pub(crate) fn folder(app: &AppHandle) -> Option<PathBuf> {
    let paths = app.path();
    paths.download_dir().or_else(|_| paths.home_dir().map(|home| home.join("Downloads"))).ok()
}

/// Writes all `parts` to `folder/name.extension`, or to the next free name if that file exists. A file appears only when it
/// is complete.
pub(crate) async fn save<P: AsRef<[u8]>>(
    folder: &Path,
    name: &str,
    extension: &str,
    parts: impl Stream<Item = Result<P, Failure>>,
) -> Result<PathBuf, Failure> {
    let unwritable = |error: io::Error| {
        tracing::warn!(error = &error as &dyn Error, "{} cannot be written to", folder.display());
        Failure::FileUnwritable
    };
    let mut file = block_in_place(|| begin(folder)).map_err(unwritable)?;
    let mut parts = pin!(parts);
    while let Some(part) = parts.next().await {
        let part = part?;
        block_in_place(|| file.write_all(part.as_ref())).map_err(unwritable)?;
    }
    block_in_place(|| finish(file, folder, name, extension)).map_err(unwritable)
}

fn begin(folder: &Path) -> io::Result<NamedTempFile> {
    std::fs::create_dir_all(folder)?;
    Builder::new().prefix(".tokenwell-").suffix(".part").tempfile_in(folder)
}

/// Gives the file its name: `name.csv`, `name (2).csv` and so on. An existing file is never overwritten.
fn finish(mut file: NamedTempFile, folder: &Path, name: &str, extension: &str) -> io::Result<PathBuf> {
    file.as_file().sync_all()?;
    for number in 1_u32.. {
        let name = if number == 1 {
            format!("{name}.{extension}")
        } else {
            format!("{name} ({number}).{extension}")
        };
        let path = folder.join(name);
        match file.persist_noclobber(&path) {
            Ok(_) => return Ok(path),
            Err(taken) if taken.error.kind() == io::ErrorKind::AlreadyExists => file = taken.file,
            Err(failed) => return Err(failed.error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;
    use std::fs;

    async fn save_two_parts(folder: &Path) -> Result<PathBuf, Failure> {
        save(folder, "tokens", "csv", stream::iter([Ok("a,b\r\n"), Ok("1,2\r\n")])).await
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = entries.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn each_file_gets_its_own_name_and_none_is_overwritten() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("Downloads");
        assert_eq!(save_two_parts(&folder).await, Ok(folder.join("tokens.csv")));
        fs::write(folder.join("tokens (2).csv"), "somebody else's").unwrap();
        assert_eq!(save_two_parts(&folder).await, Ok(folder.join("tokens (3).csv")));
        assert_eq!(names(&folder), ["tokens (2).csv", "tokens (3).csv", "tokens.csv"]);
        assert_eq!(fs::read_to_string(folder.join("tokens (3).csv")).unwrap(), "a,b\r\n1,2\r\n");
        assert_eq!(fs::read_to_string(folder.join("tokens (2).csv")).unwrap(), "somebody else's");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_interrupted_download_creates_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let parts = stream::iter([Ok("a,b\r\n"), Err(Failure::Offline)]);
        let saved = save(folder.path(), "tokens", "csv", parts).await;
        assert_eq!(saved, Err(Failure::Offline));
        assert_eq!(names(folder.path()), [] as [String; 0]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_unwritable_folder_is_reported_as_such() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert_eq!(save_two_parts(&file).await, Err(Failure::FileUnwritable));
    }
}
