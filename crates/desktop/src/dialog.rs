//! Dialogs of the system. They need no web view, so they say and ask what the panel would where none can open.

use crate::command::Command;

/// A dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialog {
    /// One line.
    pub title: String,
    /// A few sentences.
    pub text: String,
    /// The button that agrees.
    pub agree: String,
    /// The button that declines. Without it there is nothing to choose, and closing the dialog agrees.
    pub decline: Option<String>,
    /// What agreeing leads to.
    pub command: Option<Command>,
}
