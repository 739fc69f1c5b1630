//! The platforms that Tokenwell knows, and those that the user declares beside them.

use crate::{Mistake, Platform};

/// A platform that Tokenwell knows, as the text of its file.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIn {
    /// Its id.
    pub id: &'static str,
    /// Its file.
    pub text: &'static str,
}

/// The platforms that Tokenwell knows. Their sources are in `docs/meters.md`.
pub const BUILT_IN: [BuiltIn; 4] = [
    BuiltIn { id: "leonardo", text: include_str!("../platforms/leonardo.toml") },
    BuiltIn { id: "elevenlabs", text: include_str!("../platforms/elevenlabs.toml") },
    BuiltIn { id: "stability", text: include_str!("../platforms/stability.toml") },
    BuiltIn { id: "runway", text: include_str!("../platforms/runway.toml") },
];

/// Every platform that can be chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalogue {
    platforms: Vec<Platform>,
    mistakes: Vec<FileMistake>,
}

/// A mistake in one of the user's files.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {mistake}")]
pub struct FileMistake {
    /// The name of the file.
    pub file: String,
    /// The mistake.
    pub mistake: Mistake,
}

impl Catalogue {
    /// The built-in platforms and the user's, which are given as the names and texts of their files. A file with a mistake
    /// leaves the others as they are.
    pub fn with<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut catalogue = Self::default();
        for BuiltIn { id, text } in BUILT_IN {
            catalogue.add(id, text);
        }
        for (file, text) in files {
            catalogue.add(file, text);
        }
        catalogue
    }

    fn add(&mut self, file: &str, text: &str) {
        let declared = Platform::declared(text).and_then(|platform| match self.platform(platform.id()) {
            None => Ok(platform),
            Some(_) => Err(Mistake {
                line: line_of_id(text),
                value: Some(platform.id().to_owned()),
                problem: "another platform has this id already".to_owned(),
            }),
        });
        match declared {
            Ok(platform) => self.platforms.push(platform),
            Err(mistake) => self.mistakes.push(FileMistake { file: file.to_owned(), mistake }),
        }
    }

    /// All of them, the built-in ones first.
    pub fn platforms(&self) -> &[Platform] {
        &self.platforms
    }

    /// The platform of this id.
    pub fn platform(&self, id: &str) -> Option<&Platform> {
        self.platforms.iter().find(|platform| platform.id() == id)
    }

    /// What is wrong in the user's files.
    pub fn mistakes(&self) -> &[FileMistake] {
        &self.mistakes
    }
}

fn line_of_id(text: &str) -> usize {
    let is_id = |line: &str| {
        line.trim_start().strip_prefix("id").is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    text.lines().position(is_id).map_or(1, |line| line + 1)
}
