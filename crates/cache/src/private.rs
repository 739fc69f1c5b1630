//! Files and folders that nobody else on the machine can read. On Windows, the user's folders are the user's own already.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io,
    path::Path,
};

/// Creates a folder, with those above it, if it is missing.
pub fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    make_private(folder)
}

/// Creates an empty file, or opens the one that exists. What is in it stays.
pub fn create_file(file: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let opened = options.open(file)?;
    make_private(file)?;
    Ok(opened)
}

/// Takes a file or folder from everybody but its owner.
#[cfg(unix)]
pub fn make_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut permissions = path.metadata()?.permissions();
    let (before, after) = (permissions.mode(), permissions.mode() & !0o077);
    permissions.set_mode(after);
    if before == after { Ok(()) } else { std::fs::set_permissions(path, permissions) }
}

/// Takes a file or folder from everybody but its owner.
#[cfg(not(unix))]
pub fn make_private(_path: &Path) -> io::Result<()> {
    Ok(())
}
