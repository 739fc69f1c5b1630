//! Mistakes in a catalogue, and the lines that they are on.

use toml::Spanned;

/// A mistake in a catalogue: where it is and how to correct it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: `{key}`: {problem}")]
pub struct CatalogueError {
    /// The line number, starting with 1.
    pub line: usize,
    /// The key on that line.
    pub key: String,
    /// What is wrong and what to write instead.
    pub problem: String,
}

/// A mistake at a byte offset of the text.
pub struct Mistake {
    /// The offset.
    pub at: usize,
    /// What is wrong and what to write instead.
    pub problem: String,
}

/// The mistake at a value.
pub fn mistake<T>(value: &Spanned<T>, problem: impl Into<String>) -> Mistake {
    Mistake { at: value.span().start, problem: problem.into() }
}

/// The error for a mistake at a byte offset: finds the line and the key there.
pub fn error_at(text: &str, at: usize, problem: &str) -> CatalogueError {
    let before = &text[..at.min(text.len())];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = text[line_start..].lines().next().unwrap_or_default();
    let within = line.get(..(at - line_start).min(line.len())).unwrap_or_default();
    let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let key = match within.rfind('=') {
        // The offset is in a value. Its key is the last word before the `=`.
        Some(equals) => within[..equals].trim_end().rsplit(|c| !is_key(c)).next().unwrap_or_default(),
        None => line.trim_start_matches(['[', ' ', '{']).split(|c| !is_key(c)).next().unwrap_or_default(),
    };
    CatalogueError {
        line: before.matches('\n').count() + 1,
        key: key.to_owned(),
        problem: problem.trim_end().replace('\n', "; "),
    }
}
