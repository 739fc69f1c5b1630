//! The panel's window: made when it is asked for, warm for a short while after it was closed, then gone. A warm one is
//! hidden, draws nothing and is sent no views, so that nothing in it can grow; shown again, it starts as a new one does.

use crate::{
    event::{Effect, Timer},
    retry::Pause,
};
use std::time::Duration;

/// How often one window is shown. What a page leaves behind each time is collected when it pleases the engine, so that
/// whoever opens and closes the panel all day gets a new one now and then.
const SHOWN_MAX: u32 = 10;

/// The panel's window.
#[derive(Debug, Default)]
pub(crate) struct PanelWindow {
    window: Window,
    /// How often this one was shown.
    shown: u32,
}

/// Where the window is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Window {
    /// There is none, and no webview.
    #[default]
    Gone,
    Open,
    Warm,
    /// Being taken down.
    Going,
    /// Asked for again while it was being taken down.
    GoingThenOpen,
}

impl PanelWindow {
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.window, Window::Open | Window::GoingThenOpen)
    }

    /// It is asked for: made, shown again, or brought to the front.
    pub(crate) fn open(&mut self) -> Option<Effect> {
        match self.window {
            Window::Going | Window::GoingThenOpen => {
                self.window = Window::GoingThenOpen;
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

    /// It is closed, and stays warm for this long, unless it was shown often enough.
    pub(crate) fn close(&mut self, warm: Duration) -> Vec<Effect> {
        match self.window {
            Window::Open if self.shown >= SHOWN_MAX => {
                self.window = Window::Going;
                vec![Effect::HidePanel, Effect::RemovePanel]
            }
            Window::Open => {
                self.window = Window::Warm;
                let pause = Pause { after: warm, spread: Duration::ZERO };
                vec![Effect::HidePanel, Effect::StartTimer(Timer::Panel, pause)]
            }
            Window::GoingThenOpen => {
                self.window = Window::Going;
                vec![]
            }
            Window::Gone | Window::Warm | Window::Going => vec![],
        }
    }

    /// It was warm for long enough, unless it is in use again.
    pub(crate) fn cools(&mut self) -> Option<Effect> {
        (self.window == Window::Warm).then(|| {
            self.window = Window::Going;
            Effect::RemovePanel
        })
    }

    /// The window is gone, or could not be made.
    pub(crate) fn gone(&mut self) -> Option<Effect> {
        match std::mem::take(self).window {
            Window::GoingThenOpen => self.open(),
            Window::Gone | Window::Open | Window::Warm | Window::Going => None,
        }
    }
}
