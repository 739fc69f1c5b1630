//! Where presets are: a policy of the system, `/etc`, or a file next to the program. The first one that is there counts, whole.

use std::{
    env, fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};
use tokenwell_desktop::preset::{BadPreset, Preset};

const FILE: &str = "tokenwell.json";

/// Why a preset that is there cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the preset in {place} cannot be used: {why}; correct it, or remove it")]
pub(crate) struct PresetError {
    place: String,
    why: BadSource,
}

#[derive(Debug, thiserror::Error)]
enum BadSource {
    #[error(transparent)]
    Content(#[from] BadPreset),
    #[error(transparent)]
    Unreadable(#[from] std::io::Error),
    #[cfg(target_os = "macos")]
    #[error(transparent)]
    Form(#[from] plist::Error),
    #[cfg(windows)]
    #[error("{0}")]
    Policy(String),
}

/// Reads the preset of this computer. `identifier` is the app's.
pub(crate) fn read(identifier: &str) -> Result<Preset, PresetError> {
    if let Some(preset) = policy::read(identifier)? {
        return Ok(preset);
    }
    first_of(&files()).map(Option::unwrap_or_default)
}

/// Files that may have a preset. Only an administrator writes to the first one.
fn files() -> Vec<PathBuf> {
    let shared = cfg!(unix).then(|| Path::new("/etc").join(FILE));
    // An AppImage runs from a temporary folder.
    let program = env::var_os("APPIMAGE").map(PathBuf::from).or_else(|| env::current_exe().ok());
    shared.into_iter().chain(program.and_then(|program| Some(program.parent()?.join(FILE)))).collect()
}

fn first_of(files: &[PathBuf]) -> Result<Option<Preset>, PresetError> {
    for file in files {
        let text = match fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(PresetError { place: file.display().to_string(), why: error.into() }),
        };
        let preset = Preset::parse(&text);
        return preset
            .map(Some)
            .map_err(|bad| PresetError { place: file.display().to_string(), why: bad.into() });
    }
    Ok(None)
}

/// The value `Preset` of this key of the registry, which group policies write, has the text of a file.
#[cfg(windows)]
mod policy {
    use super::{Preset, PresetError};
    use windows_registry::LOCAL_MACHINE;

    const KEY: &str = r"SOFTWARE\Policies\Tokenwell";
    const VALUE: &str = "Preset";
    /// `ERROR_FILE_NOT_FOUND`, as an `HRESULT`.
    const NOT_FOUND: u32 = 0x8007_0002;

    pub(super) fn read(_identifier: &str) -> Result<Option<Preset>, PresetError> {
        let bad = |why| PresetError { place: format!(r"HKEY_LOCAL_MACHINE\{KEY}, {VALUE}"), why };
        match LOCAL_MACHINE.open(KEY).and_then(|key| key.get_string(VALUE)) {
            Ok(text) => Preset::parse(&text).map(Some).map_err(|error| bad(error.into())),
            Err(error) if error.code().0.cast_unsigned() == NOT_FOUND => Ok(None),
            Err(error) => Err(bad(super::BadSource::Policy(error.message()))),
        }
    }
}

/// Managed preferences, which a profile writes, have the fields of a file.
#[cfg(target_os = "macos")]
mod policy {
    use super::{Preset, PresetError};
    use std::path::Path;

    pub(super) fn read(identifier: &str) -> Result<Option<Preset>, PresetError> {
        let file = Path::new("/Library/Managed Preferences").join(format!("{identifier}.plist"));
        let bad = |why| PresetError { place: file.display().to_string(), why };
        if !file.exists() {
            return Ok(None);
        }
        let preset: Preset = plist::from_file(&file).map_err(|error| bad(error.into()))?;
        preset.checked().map(Some).map_err(|error| bad(error.into()))
    }
}

#[cfg(not(any(windows, target_os = "macos")))]
mod policy {
    use super::{Preset, PresetError};

    /// `/etc` is where policies of these systems write.
    #[expect(clippy::unnecessary_wraps, reason = "the other systems can fail")]
    pub(super) fn read(_identifier: &str) -> Result<Option<Preset>, PresetError> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_file_that_is_there_counts_and_a_bad_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let [first, second] = ["first.json", "second.json"].map(|name| folder.path().join(name));
        let files = [first.clone(), second.clone()];
        assert_eq!(first_of(&files).unwrap(), None);
        fs::write(&second, r#"{"service": "https://b.example", "name": "B"}"#).unwrap();
        assert_eq!(first_of(&files).unwrap().unwrap().name.as_deref(), Some("B"));
        fs::write(&first, r#"{"service": "https://a.example"}"#).unwrap();
        assert_eq!(first_of(&files).unwrap().unwrap().name, None, "the other file adds nothing");

        fs::write(&first, "{\n  \"srvice\": \"https://a.example\"\n}").unwrap();
        let error = first_of(&files).unwrap_err().to_string();
        assert!(error.contains("first.json") && error.contains("`srvice`"), "{error}");
        assert!(error.contains("at line 2"), "{error}");
        fs::remove_file(&first).unwrap();
        fs::create_dir(&first).unwrap();
        assert!(first_of(&files).unwrap_err().to_string().contains("first.json"));
    }
}
