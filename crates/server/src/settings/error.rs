//! Why the settings were not read.

use std::fmt;

/// Why the settings were not read.
#[derive(Debug)]
pub enum SettingsError {
    /// `--help` or `--version`: the text to print on stdout.
    Shown(String),
    /// A wrong or missing setting: one line that names the flag and the fix.
    Wrong(String),
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shown(text) | Self::Wrong(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for SettingsError {}

/// A setting is wrong: one line that names the flag and the fix.
pub fn wrong<T>(line: impl Into<String>) -> Result<T, SettingsError> {
    Err(SettingsError::Wrong(line.into()))
}

/// A setting is missing: `what` to give.
pub fn missing<T>(flag: &str, what: &str) -> Result<T, SettingsError> {
    let variable = flag.trim_start_matches("--").replace('-', "_").to_uppercase();
    wrong(format!("{flag} is missing: give {what}, or set TOKENWELL_{variable}"))
}
