//! Why the settings were not read.

use clap::error::{ContextKind, ContextValue, ErrorKind};
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

/// A wrong setting.
pub fn wrong<T>(line: impl Into<String>) -> Result<T, SettingsError> {
    Err(SettingsError::Wrong(line.into()))
}

/// The error of clap, in one line.
pub fn in_one_line(error: &clap::Error) -> SettingsError {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        _ => String::new(),
    };
    let flag = text(ContextKind::InvalidArg);
    let flag = flag.split(' ').next().unwrap_or_default();
    SettingsError::Wrong(match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => return SettingsError::Shown(error.to_string()),
        ErrorKind::UnknownArgument => {
            format!("{flag} is not a setting: see tokenwell-server --help for those that are")
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation
            if text(ContextKind::InvalidValue).is_empty() =>
        {
            format!("{flag} has no value: write it as {flag} VALUE")
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation if flag == "--test-clock" => {
            "--test-clock is neither true nor false: set TOKENWELL_TEST_CLOCK to one of them, or leave it out"
                .to_owned()
        }
        ErrorKind::ArgumentConflict => format!("{flag} is given twice: give it once"),
        _ => {
            one_line(error.to_string().trim_start_matches("error: ").split("\n\n").next().unwrap_or_default())
        }
    })
}

/// A text of several lines, in one.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
