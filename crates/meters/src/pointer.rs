//! JSON pointers (RFC 6901) with the line of the file that they are written on.

use std::fmt;

/// A pointer to one value of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pointer {
    written: String,
    /// The names and indexes that lead to the value.
    steps: Vec<String>,
    /// The line of the file, starting with 1.
    pub(crate) line: usize,
}

const STEPS_MAX: usize = 16;
const LENGTH_MAX: usize = 200;

impl Pointer {
    /// Reads a pointer. The error says what to write instead.
    pub(crate) fn read(written: &str, line: usize) -> Result<Self, &'static str> {
        let Some(steps) = written.strip_prefix('/') else {
            return Err("a JSON pointer starts with `/`, such as `/data/0/credits`");
        };
        let steps: Vec<&str> = steps.split('/').collect();
        if written.len() > LENGTH_MAX || steps.len() > STEPS_MAX {
            return Err("this JSON pointer is too long");
        }
        let escaped = |step: &str| step.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
        if !steps.iter().all(|step| escaped(step)) {
            return Err("in a JSON pointer, `~` is written as `~0` and a `/` in a name as `~1`");
        }
        let steps = steps.iter().map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
        Ok(Self { written: written.to_owned(), steps, line })
    }

    pub(crate) fn steps(&self) -> &[String] {
        &self.steps
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.written
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}
