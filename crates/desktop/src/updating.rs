//! Newer versions of the app: who installs them here, and how far the next one is.

#[cfg(test)]
mod tests;

use crate::{
    event::{Effect, Timer},
    retry::Pause,
    update::{Channel, Installation, UpdateFailure, UpdatePolicy, UpdateStep},
    view::UpdateView,
};
use semver::Version;
use std::{cmp::Ordering, time::Duration};

/// The first look, when the start and its requests are over.
const FIRST: Pause = Pause { after: Duration::from_mins(1), spread: Duration::from_mins(4) };

/// The next look. The spread keeps apps that were started together apart.
const DAILY: Pause = Pause { after: Duration::from_hours(24), spread: Duration::from_hours(1) };

/// Who installs newer versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// The app itself.
    Itself(Channel),
    /// The user, with this command.
    Command(&'static str),
    /// The user, with a file from the page of releases.
    Page,
    /// Whoever manages this computer.
    Managed,
}

impl Way {
    fn new(
        installation: Installation,
        can_verify: bool,
        policy: Option<UpdatePolicy>,
        version: &Version,
    ) -> Self {
        let channel = match policy {
            Some(UpdatePolicy::Off) => return Self::Managed,
            Some(UpdatePolicy::Stable) => Channel::Stable,
            None if version.pre.is_empty() => Channel::Stable,
            Some(UpdatePolicy::Beta) | None => Channel::Beta,
        };
        match installation.command() {
            Some(command) => Self::Command(command),
            None if can_verify && installation == Installation::WindowsInstaller => Self::Itself(channel),
            None => Self::Page,
        }
    }
}

/// How far the next version is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Progress {
    /// The last look, if there was one, found nothing newer.
    Current,
    Looking,
    Downloading(Version),
    Ready(Version),
    Installing,
    Failed(UpdateFailure),
}

/// The updates of this copy of the app.
#[derive(Debug)]
pub(crate) struct Updates {
    way: Way,
    version: Version,
    progress: Progress,
}

impl Updates {
    pub(crate) fn new(
        installation: Installation,
        can_verify: bool,
        policy: Option<UpdatePolicy>,
        version: Version,
    ) -> Self {
        Self {
            way: Way::new(installation, can_verify, policy, &version),
            version,
            progress: Progress::Current,
        }
    }

    /// Plans the first look.
    pub(crate) fn start(&self) -> Option<Effect> {
        matches!(self.way, Way::Itself(_)).then_some(Effect::StartTimer(Timer::Update, FIRST))
    }

    /// Looks for a newer version, and plans the next look. One that waits for the restart is enough.
    pub(crate) fn look(&mut self) -> Vec<Effect> {
        let Way::Itself(channel) = self.way else { return vec![] };
        let again = Effect::StartTimer(Timer::Update, DAILY);
        match self.progress {
            Progress::Current | Progress::Failed(_) => {
                self.progress = Progress::Looking;
                vec![Effect::LookForUpdate(channel), again]
            }
            Progress::Looking | Progress::Downloading(_) => vec![again],
            Progress::Ready(_) | Progress::Installing => vec![],
        }
    }

    pub(crate) fn step(&mut self, step: UpdateStep) -> Vec<Effect> {
        match (&self.progress, step) {
            (Progress::Looking, UpdateStep::Offered(Ok(offered))) => {
                if self.is_wanted(&offered) {
                    self.progress = Progress::Downloading(offered);
                    return vec![Effect::DownloadUpdate];
                }
                self.progress = Progress::Current;
            }
            (Progress::Downloading(version), UpdateStep::Downloaded(Ok(()))) => {
                self.progress = Progress::Ready(version.clone());
            }
            (Progress::Looking, UpdateStep::Offered(Err(failure)))
            | (Progress::Downloading(_), UpdateStep::Downloaded(Err(failure)))
            | (Progress::Installing, UpdateStep::NotInstalled(failure)) => {
                self.progress = Progress::Failed(failure);
                // The look that found a version has planned the next one, unless that passed while it was ready.
                return vec![Effect::StartTimer(Timer::Update, DAILY)];
            }
            _ => {}
        }
        vec![]
    }

    /// Only a newer version is installed, and on the stable channel only a release.
    fn is_wanted(&self, offered: &Version) -> bool {
        let fits = offered.pre.is_empty() || self.way == Way::Itself(Channel::Beta);
        fits && offered.cmp_precedence(&self.version) == Ordering::Greater
    }

    /// Installs what is ready, unless the user is buying something.
    pub(crate) fn restart(&mut self, buying: bool) -> Option<Effect> {
        if buying || !self.is_ready() {
            return None;
        }
        self.progress = Progress::Installing;
        Some(Effect::InstallUpdate)
    }

    /// Whether a restart brings a newer version.
    pub(crate) fn is_ready(&self) -> bool {
        matches!(self.progress, Progress::Ready(_))
    }

    /// What the panel shows. Until the service requires a newer app, only a version that is ready is worth a notice.
    pub(crate) fn view(&self, too_old: bool, buying: bool) -> Option<UpdateView> {
        if let Progress::Ready(version) = &self.progress {
            return Some(UpdateView::Ready { version: version.to_string(), waits: buying });
        }
        if !too_old {
            return None;
        }
        Some(match (self.way, &self.progress) {
            (Way::Command(command), _) => UpdateView::Command { command: command.to_owned() },
            (Way::Page, _) => UpdateView::Page,
            (Way::Managed, _) => UpdateView::Managed,
            (Way::Itself(_), Progress::Looking) => UpdateView::Looking,
            (Way::Itself(_), Progress::Downloading(version)) => {
                UpdateView::Downloading { version: version.to_string() }
            }
            (Way::Itself(_), Progress::Failed(why)) => UpdateView::Failed { why: *why },
            (Way::Itself(_), Progress::Current | Progress::Ready(_) | Progress::Installing) => {
                UpdateView::Current
            }
        })
    }
}
