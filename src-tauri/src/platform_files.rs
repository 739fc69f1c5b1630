//! The files in which the user declares platforms: `platforms/*.toml` in the app's folder.

use std::{fs, io::Read as _, path::Path};
use tokenwell_meters::Catalogue;

/// The folder in the app's folder.
const FOLDER: &str = "platforms";

/// How many files are read, and how much of each. A longer one is refused.
const FILES_MAX: usize = 50;
const BYTES_MAX: u64 = 65 * 1024;

/// The built-in platforms and those of the user's files, in the order of the files' names.
pub(crate) fn read(folder: &Path) -> Catalogue {
    let files = files(&folder.join(FOLDER));
    let catalogue = Catalogue::with(files.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    for mistake in catalogue.mistakes() {
        tracing::warn!("a platform cannot be used: {mistake}");
    }
    catalogue
}

fn files(folder: &Path) -> Vec<(String, String)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml") && path.is_file());
    paths.sort();
    let read = |path: &Path| -> std::io::Result<(String, String)> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut bytes = Vec::new();
        fs::File::open(path)?.take(BYTES_MAX).read_to_end(&mut bytes)?;
        Ok((name, String::from_utf8_lossy(&bytes).into_owned()))
    };
    paths.iter().take(FILES_MAX).filter_map(|path| read(path).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokenwell_meters::BUILT_IN;

    #[test]
    fn platforms_are_declared_in_files_and_a_mistake_names_its_file() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path()).platforms().len(), BUILT_IN.len(), "there need be no folder");
        let platforms = folder.path().join(FOLDER);
        fs::create_dir(&platforms).unwrap();
        let mine = BUILT_IN[2].text.replace("\"stability\"", "\"mine\"");
        fs::write(platforms.join("mine.toml"), mine).unwrap();
        fs::write(platforms.join("bad.toml"), "id = \"bad\"\nname = 5\n").unwrap();
        fs::write(platforms.join("long.toml"), "# \n".repeat(30_000)).unwrap();
        fs::write(platforms.join("notes.txt"), "nothing").unwrap();
        let catalogue = read(folder.path());
        assert!(catalogue.platform("mine").is_some());
        let mistakes: Vec<String> = catalogue.mistakes().iter().map(ToString::to_string).collect();
        assert_eq!(mistakes.len(), 2, "{mistakes:?}");
        assert!(mistakes[0].starts_with("bad.toml: line 2: "), "{mistakes:?}");
        assert_eq!(mistakes[1], "long.toml: line 1: the file is too long");
    }
}
