//! Answers that cannot be read.

use crate::{NotAnAmount, pointer::Pointer};
use std::fmt;

/// An answer from which no figure is taken, so that what is already known stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The line of the platform's file, and the JSON pointer on it, if one value is to blame.
    pub place: Option<(usize, String)>,
    /// What is wrong.
    pub why: Why,
}

/// What is wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// It is no JSON: a page of HTML, or nothing.
    #[error("the answer is no JSON")]
    NotJson,
    /// It is longer than any balance.
    #[error("the answer is too long")]
    TooLong,
    /// None of the figures is in it.
    #[error("the answer has none of the figures")]
    NothingReported,
    /// A name is in an object twice, so it has no one value.
    #[error("a name is in an object twice")]
    Duplicate,
    /// The pointer leads through a value that has no parts.
    #[error("the pointer leads through {0}")]
    NoParts(Kind),
    /// The figure is of another type.
    #[error("a number is expected, and it is {0}")]
    NoNumber(Kind),
    /// The figure is no number, or one that cannot be shown exactly.
    #[error("{0}")]
    NoAmount(#[from] NotAnAmount),
    /// What is left cannot be computed exactly.
    #[error("the limit and the figure differ too much in size")]
    Inexact,
    /// The renewal is no time.
    #[error("a time is expected: as in RFC 3339, or in seconds since 1970")]
    NoTime,
}

/// The type of a JSON value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`.
    Bool,
    /// A string.
    Text,
    /// A number.
    Number,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bool => "true or false",
            Self::Text => "text",
            Self::Number => "a number",
            Self::Array => "an array",
            Self::Object => "an object",
        })
    }
}

impl Unreadable {
    pub(crate) fn at(pointer: &Pointer, why: impl Into<Why>) -> Self {
        Self { place: Some((pointer.line, pointer.to_string())), why: why.into() }
    }
}

impl From<Why> for Unreadable {
    fn from(why: Why) -> Self {
        Self { place: None, why }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some((line, pointer)) => write!(f, "line {line}: `{pointer}`: {}", self.why),
            None => self.why.fmt(f),
        }
    }
}

impl std::error::Error for Unreadable {}
