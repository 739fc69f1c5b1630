//! What the platform may say of a user.

use super::api_error::{ApiError, HttpResult};
use super::problem::ProblemKind;

/// The longest external id, in characters.
pub const ID_CHARS_MAX: usize = 200;
/// The longest other text, in characters.
pub const CHARS_MAX: usize = 255;

/// Whether a text can be an external id. Ids are the same only if all of their bytes are.
pub fn is_external_id(id: &str) -> bool {
    is_line(id, ID_CHARS_MAX)
}

/// Whether a text can be a name, or a user's id at the issuer.
pub fn is_own_text(text: &str) -> bool {
    is_line(text, CHARS_MAX)
}

fn is_line(text: &str, chars_max: usize) -> bool {
    (1..=chars_max).contains(&text.chars().count())
        && text.trim() == text
        && !text.chars().any(char::is_control)
}

/// Whether a text has the form of an e-mail address.
pub fn is_email(text: &str) -> bool {
    !text.contains(char::is_whitespace)
        && text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
}

/// A text that fits, or none.
///
/// # Errors
/// `invalid_body`.
pub fn own_text(name: &str, text: Option<String>) -> HttpResult<Option<String>> {
    let detail =
        format!("`{name}` must be 1 to {CHARS_MAX} characters on one line, without blanks at its ends.");
    fitting(text, is_own_text, &detail)
}

/// A text that fits, or none.
///
/// # Errors
/// `invalid_body` with this detail.
pub fn fitting(
    text: Option<String>,
    fits: impl Fn(&str) -> bool,
    detail: &str,
) -> HttpResult<Option<String>> {
    match text {
        Some(text) if !fits(&text) => Err(ApiError::new(ProblemKind::InvalidBody, detail)),
        text => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_external_id_is_any_text_of_a_line_without_blanks_at_its_ends() {
        for id in ["1", "user:42", "a/b?c#d", "Ünï cödé", "日本", "ext:ext:1", "..", "😀", &"x".repeat(200)]
        {
            assert!(is_external_id(id), "{id:?}");
        }
        for id in ["", " ", " a", "a ", "a\u{a0}", "a\nb", "a\0b", "a\u{7f}", "\u{85}", &"é".repeat(201)] {
            assert!(!is_external_id(id), "{id:?}");
        }
    }
}
