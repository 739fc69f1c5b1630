//! Dialogs of the system, which need no web view.

use std::{
    error::Error,
    sync::{Arc, Mutex, PoisonError},
};
use tauri::AppHandle;
use tokenwell_desktop::{command::Command, dialog::Dialog};

/// The dialogs that are open.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dialogs(Arc<Mutex<Vec<Dialog>>>);

impl Dialogs {
    /// Shows a dialog and calls `agreed` with its command if the user agrees. Does nothing while the same dialog is open.
    pub(crate) fn show(
        &self,
        app: &AppHandle,
        dialog: Dialog,
        agreed: impl FnOnce(Command) + Send + 'static,
    ) {
        if !self.begin(&dialog) {
            return;
        }
        let (dialogs, shown) = (self.clone(), dialog.clone());
        let closed = move |agrees: bool| {
            dialogs.end(&shown);
            if let Some(command) = shown.command.filter(|_| agrees || shown.decline.is_none()) {
                agreed(command);
            }
        };
        if let Err(error) = app.run_on_main_thread(move || show(&dialog, closed)) {
            tracing::error!(error = &error as &dyn Error, "a dialog cannot be shown");
        }
    }

    fn begin(&self, dialog: &Dialog) -> bool {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = !open.contains(dialog);
        if is_new {
            open.push(dialog.clone());
        }
        is_new
    }

    fn end(&self, dialog: &Dialog) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|open| open != dialog);
    }
}

/// Shows a dialog of GTK's in the app's own loop. Calls `closed` with whether the user agreed.
#[cfg(target_os = "linux")]
fn show(dialog: &Dialog, closed: impl FnOnce(bool) + 'static) {
    use gtk::prelude::{DialogExt as _, GtkWindowExt as _, MessageDialogExt as _, WidgetExt as _};
    use gtk::{ButtonsType, DialogFlags, MessageDialog, MessageType, ResponseType, Window};
    use std::cell::Cell;

    let kind = if dialog.decline.is_some() { MessageType::Question } else { MessageType::Warning };
    let window =
        MessageDialog::new(None::<&Window>, DialogFlags::empty(), kind, ButtonsType::None, &dialog.title);
    window.set_title(&dialog.title);
    window.set_secondary_text(Some(&dialog.text));
    if let Some(decline) = &dialog.decline {
        window.add_button(decline, ResponseType::Cancel);
    }
    window.add_button(&dialog.agree, ResponseType::Accept);
    window.set_default_response(ResponseType::Accept);
    let closed = Cell::new(Some(closed));
    window.connect_response(move |window, response| {
        if let Some(closed) = closed.take() {
            closed(response == ResponseType::Accept);
        }
        // Closing it is a response, too, and destroys it.
        if response != ResponseType::DeleteEvent {
            window.close();
        }
    });
    window.show_all();
    window.present();
}

/// Shows a dialog of the system. Calls `closed` with whether the user agreed.
#[cfg(not(target_os = "linux"))]
fn show(dialog: &Dialog, closed: impl FnOnce(bool) + Send + 'static) {
    use rfd::{AsyncMessageDialog, MessageButtons, MessageDialogResult, MessageLevel};

    let agree = dialog.agree.clone();
    let (level, buttons) = match &dialog.decline {
        None => (MessageLevel::Warning, MessageButtons::OkCustom(agree.clone())),
        Some(decline) => (MessageLevel::Info, MessageButtons::OkCancelCustom(agree.clone(), decline.clone())),
    };
    let answer = AsyncMessageDialog::new()
        .set_level(level)
        .set_title(&dialog.title)
        .set_description(&dialog.text)
        .set_buttons(buttons)
        .show();
    tauri::async_runtime::spawn(async move {
        closed(match answer.await {
            MessageDialogResult::Ok | MessageDialogResult::Yes => true,
            MessageDialogResult::Custom(button) => button == agree,
            MessageDialogResult::Cancel | MessageDialogResult::No => false,
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_dialog_is_not_shown_twice_at_a_time() {
        let dialog = |title: &str| Dialog {
            title: title.into(),
            text: String::new(),
            agree: "OK".into(),
            decline: None,
            command: None,
        };
        let dialogs = Dialogs::default();
        assert!(dialogs.begin(&dialog("one")) && dialogs.begin(&dialog("two")));
        assert!(!dialogs.begin(&dialog("one")));
        dialogs.end(&dialog("one"));
        assert!(dialogs.begin(&dialog("one")) && !dialogs.begin(&dialog("two")));
    }
}
