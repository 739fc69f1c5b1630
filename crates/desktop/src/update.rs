//! Newer versions of the app: where this one came from, and what is said about the next one.

#[cfg(test)]
mod tests;

use semver::Version;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How this copy of the app came onto the computer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Installation {
    /// `dpkg` owns it.
    Deb,
    /// RPM owns it, below DNF.
    Dnf,
    /// RPM owns it, below Zypper.
    Zypper,
    /// It runs in a Flatpak.
    Flatpak,
    /// It is an `AppImage`.
    AppImage,
    /// Homebrew owns it.
    Homebrew,
    /// It is a bundle of macOS that nobody owns.
    MacBundle,
    /// The installer for Windows wrote it, for one user.
    WindowsInstaller,
    /// Nothing tells.
    Unknown,
}

impl Installation {
    /// What the traces tell. `system` is the name of the operating system, `program` the path of the running program;
    /// `has_line` tells whether a file has this line.
    pub fn found(
        system: &str,
        program: &str,
        variable: impl Fn(&str) -> Option<String>,
        is_there: impl Fn(&str) -> bool,
        has_line: impl Fn(&str, &str) -> bool,
    ) -> Self {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let is_set = |name| set(name).is_some();
        // The variable is dpkg's own.
        let dpkg = set("DPKG_ADMINDIR").unwrap_or_else(|| "/var/lib/dpkg".to_owned());
        match system {
            "linux" if is_set("FLATPAK_ID") && is_there("/.flatpak-info") => Self::Flatpak,
            "linux" if is_set("APPIMAGE") => Self::AppImage,
            "linux" if has_line(&format!("{dpkg}/info/tokenwell.list"), program) => Self::Deb,
            "linux" if program == "/usr/bin/tokenwell" => {
                let rpm = ["/usr/lib/sysimage/rpm", "/var/lib/rpm"].into_iter().any(&is_there);
                if rpm && is_there("/usr/bin/zypper") {
                    Self::Zypper
                } else if rpm {
                    Self::Dnf
                } else {
                    Self::Unknown
                }
            }
            "macos" if program.contains(".app/Contents/MacOS/") => {
                let homebrew = ["/opt/homebrew/Caskroom/tokenwell", "/usr/local/Caskroom/tokenwell"];
                if homebrew.into_iter().any(is_there) { Self::Homebrew } else { Self::MacBundle }
            }
            "windows" => {
                let folder = program.rsplit_once('\\').map_or("", |(folder, _)| folder);
                let uninstaller = format!(r"{folder}\uninstall.exe");
                if is_there(&uninstaller) { Self::WindowsInstaller } else { Self::Unknown }
            }
            _ => Self::Unknown,
        }
    }

    /// The command with which the owner of the files updates them.
    pub(crate) fn command(self) -> Option<&'static str> {
        match self {
            Self::Deb => Some("sudo apt update && sudo apt install --only-upgrade tokenwell"),
            Self::Dnf => Some("sudo dnf upgrade --refresh tokenwell"),
            Self::Zypper => Some("sudo zypper refresh && sudo zypper update tokenwell"),
            Self::Flatpak => Some("flatpak update app.tokenwell.Tokenwell"),
            Self::Homebrew => Some("brew update && brew upgrade --cask tokenwell"),
            Self::AppImage | Self::MacBundle | Self::WindowsInstaller | Self::Unknown => None,
        }
    }
}

/// Which versions are offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// Releases.
    Stable,
    /// Releases and those before them.
    Beta,
}

impl Channel {
    /// The name in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Beta => "beta",
        }
    }
}

/// What a preset says of updates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UpdatePolicy {
    /// The app neither looks for newer versions nor installs them.
    Off,
    /// It follows [`Channel::Stable`].
    Stable,
    /// It follows [`Channel::Beta`].
    Beta,
}

/// Why there is no update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum UpdateFailure {
    /// The server cannot be reached, or refuses.
    Unreachable,
    /// The signature is not the publisher's, or the file is not the signed one.
    NotGenuine,
    /// The signed text is none that this version understands, or has nothing for this system.
    Unreadable,
    /// It is larger than an update can be.
    TooLarge,
    /// The download ended too early.
    Incomplete,
    /// The disk is full, or the folder cannot be written to.
    NotStored,
    /// The installer cannot be started.
    NotStarted,
}

/// What the shell reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpdateStep {
    /// The version that the channel offers.
    Offered(Result<Version, UpdateFailure>),
    /// What was offered is downloaded, or could not be.
    Downloaded(Result<(), UpdateFailure>),
    /// What was downloaded could not be installed.
    NotInstalled(UpdateFailure),
}
