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
