//! The panel's window: made when it is asked for, warm for a short while after it was closed, then gone. A warm one is
//! hidden, draws nothing and is sent no views, so that nothing in it can grow; shown again, it starts as a new one does.

use crate::{
    event::{Effect, Timer},
    retry::Pause,
};
use std::time::Duration;

/// Where the window is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Panel {
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

impl Panel {
    pub(crate) fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::GoingThenOpen)
    }

    /// It is asked for: made, shown again, or brought to the front.
    pub(crate) fn open(&mut self) -> Option<Effect> {
        match self {
            Self::Going | Self::GoingThenOpen => {
                *self = Self::GoingThenOpen;
                None
            }
            Self::Gone | Self::Open | Self::Warm => {
                *self = Self::Open;
                Some(Effect::OpenPanel)
            }
        }
    }

    /// It is closed, and stays warm for this long.
    pub(crate) fn close(&mut self, warm: Duration) -> Vec<Effect> {
        match self {
            Self::Open => {
                *self = Self::Warm;
                let pause = Pause { after: warm, spread: Duration::ZERO };
                vec![Effect::HidePanel, Effect::Wake(Timer::Panel, pause)]
            }
            Self::GoingThenOpen => {
                *self = Self::Going;
                vec![]
            }
            Self::Gone | Self::Warm | Self::Going => vec![],
        }
    }

    /// It was warm for long enough, unless it is in use again.
    pub(crate) fn cools(&mut self) -> Option<Effect> {
        (*self == Self::Warm).then(|| {
            *self = Self::Going;
            Effect::RemovePanel
        })
    }

    /// The window is gone, or could not be made.
    pub(crate) fn gone(&mut self) -> Option<Effect> {
        match std::mem::take(self) {
            Self::GoingThenOpen => self.open(),
            Self::Gone | Self::Open | Self::Warm | Self::Going => None,
        }
    }
}
