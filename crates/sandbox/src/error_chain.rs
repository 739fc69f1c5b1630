//! Errors as text for logs and pages.

use std::error::Error;

/// The message of an error followed by those of its sources, separated by colons.
pub fn error_chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the page could not be loaded")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn every_source_is_part_of_the_text() {
        let error = Outer(std::io::Error::other("connection refused"));
        assert_eq!(error_chain(&error), "the page could not be loaded: connection refused");
    }
}
