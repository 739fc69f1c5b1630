//! The files of the database, which nobody else on the machine may read.

use std::path::Path;

/// Creates the file if it is missing, and takes it from everybody but its owner. SQLite gives its other files the same
/// permissions. What fails here is reported when SQLite opens the file.
#[cfg(unix)]
pub fn create(path: &Path) {
    use std::fs::{OpenOptions, Permissions, set_permissions};
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    drop(OpenOptions::new().append(true).create(true).mode(0o600).open(path));
    for suffix in ["", "-wal", "-shm"] {
        let mut file = path.as_os_str().to_owned();
        file.push(suffix);
        let Ok(found) = std::fs::metadata(&file) else { continue };
        let (before, after) = (found.permissions().mode(), found.permissions().mode() & !0o077);
        if before != after
            && let Err(error) = set_permissions(&file, Permissions::from_mode(after))
        {
            tracing::warn!(%error, file = ?file, "others on this machine can read the database");
        }
    }
}

/// On other systems the folder's permissions apply.
#[cfg(not(unix))]
pub fn create(_path: &Path) {}

#[cfg(all(test, unix))]
mod tests {
    use crate::store::Database;
    use std::os::unix::fs::PermissionsExt;

    #[tokio::test]
    async fn nobody_else_on_the_machine_can_read_the_database() {
        for from_before in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("service.sqlite");
            if from_before {
                std::fs::write(&path, "").unwrap();
                std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
            }
            let store = Database::Sqlite(path).open().await.unwrap();
            store.ready().await.unwrap();
            let files = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap());
            let modes: Vec<_> = files
                .map(|file| (file.file_name(), file.metadata().unwrap().permissions().mode() & 0o777))
                .collect();
            assert!(modes.len() == 3 && modes.iter().all(|(_, mode)| *mode == 0o600), "{modes:?}");
            store.close().await;
        }
    }
}
