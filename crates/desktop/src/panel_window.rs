//! The panel's window. It is created on demand, stays warm for a short while after it was closed, and is then
//! destroyed. A warm window is hidden, draws nothing and receives no views, so its memory cannot grow. It starts like a
//! new one when it is shown again.

use crate::{
    event::{Effect, Timer},
    retry::Pause,
};
use std::time::Duration;

/// How often one window is shown before it is replaced. The web engine frees the memory of earlier views only when it
/// chooses to, so a frequently opened panel gets a new window now and then.
const SHOWN_MAX: u32 = 10;

/// The panel's window.
#[derive(Debug, Default)]
pub(crate) struct PanelWindow {
    window: Window,
    /// How often this window was shown.
    shown: u32,
    /// Whether this window has loaded its page.
    loaded: bool,
    /// Whether a web view has ended since the user last opened the panel.
    ended: bool,
    /// Whether no panel can open, as far as is known.
    fails: bool,
}

/// The state of the window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Window {
    /// There is no window and no webview.
    #[default]
    Gone,
    Open,
    Warm,
    /// It is being destroyed.
    Closing,
    /// It is being destroyed, and a new one is wanted.
    ClosingThenOpen,
}

impl PanelWindow {
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.window, Window::Open | Window::ClosingThenOpen)
    }

    /// Whether no panel can open, as far as is known. The next one is tried all the same.
    pub(crate) fn fails(&self) -> bool {
        self.fails
    }

    /// Opens the window, because the user wants it: creates it, shows it again, or raises it.
    pub(crate) fn open(&mut self) -> Option<Effect> {
        self.ended = false;
        self.show()
    }

    fn show(&mut self) -> Option<Effect> {
        match self.window {
            Window::Closing | Window::ClosingThenOpen => {
                self.window = Window::ClosingThenOpen;
                return None;
            }
            Window::Open => {}
            Window::Gone | Window::Warm => {
                self.window = Window::Open;
                self.shown += 1;
            }
        }
        Some(Effect::OpenPanel)
    }

    /// Closes the window. It stays warm for this long, unless it was shown often enough.
    pub(crate) fn close(&mut self, warm: Duration) -> Vec<Effect> {
        match self.window {
            Window::Open if self.shown >= SHOWN_MAX => {
                self.window = Window::Closing;
                vec![Effect::HidePanel, Effect::RemovePanel]
            }
            Window::Open => {
                self.window = Window::Warm;
                let pause = Pause { after: warm, spread: Duration::ZERO };
                vec![Effect::HidePanel, Effect::StartTimer(Timer::Panel, pause)]
            }
            Window::ClosingThenOpen => {
                self.window = Window::Closing;
                vec![]
            }
            Window::Gone | Window::Warm | Window::Closing => vec![],
        }
    }

    /// The window was warm for long enough. Destroys it, unless it is in use again.
    pub(crate) fn cool_down(&mut self) -> Option<Effect> {
        (self.window == Window::Warm).then(|| {
            self.window = Window::Closing;
            Effect::RemovePanel
        })
    }

    /// The window was destroyed.
    pub(crate) fn gone(&mut self) -> Option<Effect> {
        let Self { window, ended, fails, .. } = std::mem::take(self);
        (self.ended, self.fails) = (ended, fails);
        match window {
            Window::ClosingThenOpen => self.show(),
            Window::Gone | Window::Open | Window::Warm | Window::Closing => None,
        }
    }

    /// The window has loaded its page.
    pub(crate) fn loaded(&mut self) {
        (self.loaded, self.fails) = (true, false);
    }

    /// The window could not be created.
    pub(crate) fn not_created(&mut self) {
        *self = Self { fails: true, ..Self::default() };
    }

    /// The web view of the window has ended. A panel that has worked is opened once more.
    pub(crate) fn web_view_ended(&mut self) -> Option<Effect> {
        let again = self.loaded && !std::mem::replace(&mut self.ended, true);
        self.fails = !again;
        self.window = match self.window {
            Window::Gone => return None,
            Window::Open | Window::ClosingThenOpen if again => Window::ClosingThenOpen,
            Window::Open | Window::Warm | Window::Closing | Window::ClosingThenOpen => Window::Closing,
        };
        Some(Effect::RemovePanel)
    }
}
