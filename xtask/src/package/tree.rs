//! A folder that becomes a package: files with their places and modes.

use crate::command::run;
use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The files of a package, as they will lie under `/`.
pub struct Tree {
    root: PathBuf,
}

pub const PROGRAM: u32 = 0o755;
pub const FILE: u32 = 0o644;

impl Tree {
    /// An empty tree in this folder.
    pub fn new(root: &Path) -> Result<Self> {
        if root.exists() {
            std::fs::remove_dir_all(root)?;
        }
        std::fs::create_dir_all(root)?;
        set_mode(root, PROGRAM)?;
        Ok(Self { root: root.to_owned() })
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Copies a file to a place such as `usr/bin/tokenwell`.
    pub fn copy(&self, from: &Path, to: &str, mode: u32) -> Result<()> {
        let bytes = std::fs::read(from).with_context(|| format!("{} is missing", from.display()))?;
        self.write(to, bytes, mode)
    }

    /// Writes a file to a place.
    pub fn write(&self, to: &str, bytes: impl AsRef<[u8]>, mode: u32) -> Result<()> {
        let path = self.root.join(to);
        let mut folder = self.root.clone();
        for part in Path::new(to).parent().into_iter().flat_map(Path::components) {
            folder.push(part);
            if !folder.exists() {
                std::fs::create_dir(&folder)?;
                set_mode(&folder, PROGRAM)?;
            }
        }
        std::fs::write(&path, bytes)?;
        set_mode(&path, mode)
    }

    /// Writes a file that is read compressed, such as a man page; its place ends in `.gz`.
    pub fn write_compressed(&self, to: &str, bytes: impl AsRef<[u8]>) -> Result<()> {
        let plain = to.strip_suffix(".gz").context("the place of a compressed file ends in .gz")?;
        self.write(plain, bytes, FILE)?;
        run(Command::new("gzip").args(["--best", "--no-name"]).arg(self.root.join(plain)))
    }

    /// The files in the tree, sorted, as `usr/bin/tokenwell`.
    pub fn files(&self) -> Result<Vec<String>> {
        let mut files = Vec::new();
        let mut folders = vec![self.root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.push(path.strip_prefix(&self.root)?.display().to_string());
                }
            }
        }
        files.sort();
        Ok(files)
    }
}

/// Modes are set and not inherited from the repository, whose umask may be any.
#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))?)
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same shape as on Unix")]
fn set_mode(_: &Path, _: u32) -> Result<()> {
    Ok(())
}
