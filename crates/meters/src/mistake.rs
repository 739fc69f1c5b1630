//! Mistakes in a declared platform, and where they are.

use std::fmt;
use toml::Spanned;

/// A mistake in a platform's file: where it is and how to correct it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The line number, starting with 1.
    pub line: usize,
    /// The JSON pointer or other value on that line that is wrong, if it is one.
    pub value: Option<String>,
    /// What is wrong and what to write instead.
    pub problem: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "line {}: `{value}`: {}", self.line, self.problem),
            None => write!(f, "line {}: {}", self.line, self.problem),
        }
    }
}

impl std::error::Error for Mistake {}

/// A file, for finding lines in it.
pub(crate) struct Source<'a>(pub(crate) &'a str);

impl Source<'_> {
    /// The line of a byte offset.
    pub(crate) fn line_at(&self, at: usize) -> usize {
        self.0.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1
    }

    pub(crate) fn line_of<T>(&self, value: &Spanned<T>) -> usize {
        self.line_at(value.span().start)
    }

    /// The mistake at a value of the file.
    pub(crate) fn mistake(&self, value: &Spanned<String>, problem: impl Into<String>) -> Mistake {
        Mistake { line: self.line_of(value), value: Some(value.get_ref().clone()), problem: problem.into() }
    }

    pub(crate) fn mistake_at(&self, at: usize, problem: &str) -> Mistake {
        Mistake { line: self.line_at(at), value: None, problem: problem.trim_end().replace('\n', "; ") }
    }
}
