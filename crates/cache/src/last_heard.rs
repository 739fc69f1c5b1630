//! When the app last heard from the service, in a file of its own. It lies in a folder of its own, so that those who wait for
//! changes of the cache do not wake up for it.

use crate::private;
use jiff::Timestamp;
use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};
use tokenwell_desktop::account_key::AccountKey;

const FOLDER: &str = "heard";
const FILE: &str = "last";

/// Notes that the account's service was heard.
pub fn note(folder: &Path, account: &AccountKey, at: Timestamp) -> io::Result<()> {
    let folder = folder.join(FOLDER);
    private::create_folder(&folder)?;
    let new = folder.join("new");
    let mut file = private::create_file(&new)?;
    file.set_len(0)?;
    writeln!(file, "{at} {account}")?;
    fs::rename(new, folder.join(FILE))
}

/// When the account's service was last heard, if the app noted it.
pub fn read(folder: &Path, account: &AccountKey) -> Option<Timestamp> {
    let file: PathBuf = [folder, Path::new(FOLDER), Path::new(FILE)].iter().collect();
    let text = fs::read_to_string(file).ok()?;
    let (at, noted) = text.trim_end().split_once(' ')?;
    if AccountKey::read(noted)? == *account { at.parse().ok() } else { None }
}
