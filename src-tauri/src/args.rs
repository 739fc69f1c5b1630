//! The command line.

use clap::{Parser, ValueEnum};
use std::time::Duration;
use tokenwell_desktop::{
    command::{Command, PanelEntry},
    deep_links,
    hosted_page::{self, BadAddress},
};

/// Shows your generation tokens in the tray and tops them up in place.
#[derive(Debug, Parser)]
#[command(name = "tokenwell", version)]
pub struct Args {
    /// The token service's address. Without it, the service of the last sign-in is used
    #[arg(long, env = "TOKENWELL_SERVICE", value_name = "URL", value_parser = address)]
    pub(crate) service: Option<String>,

    /// Opens the panel at the start
    #[arg(long)]
    panel: bool,

    /// Opens the panel at the start, on this page
    #[arg(long, value_name = "PAGE")]
    page: Option<Page>,

    /// How long a closed panel stays in memory, so that it opens at once; 0 frees its memory as soon as it is closed
    #[arg(long, env = "TOKENWELL_PANEL_WARM_S", value_name = "SECONDS", default_value_t = 30)]
    panel_warm_s: u32,

    /// The desktop's token for taking the focus, which a second start hands to the first
    #[cfg(target_os = "linux")]
    #[arg(long, value_name = "TOKEN", hide = true)]
    pub(crate) activation_token: Option<String>,

    /// A `tokenwell://` link, as a browser passes it on
    #[arg(value_name = "LINK")]
    link: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Page {
    Home,
    AddTokens,
    Settings,
}

impl Args {
    /// What to do at the start.
    pub(crate) fn command(&self) -> Option<Command> {
        if let Some(link) = &self.link {
            return deep_links::command(link);
        }
        let entry = match self.page {
            Some(Page::Home) => PanelEntry::Home,
            Some(Page::AddTokens) => PanelEntry::AddTokens,
            Some(Page::Settings) => PanelEntry::Settings,
            None if self.panel => PanelEntry::Home,
            None => return None,
        };
        Some(Command::Open { entry })
    }

    /// How long a closed panel stays warm.
    pub(crate) fn panel_warm(&self) -> Duration {
        Duration::from_secs(self.panel_warm_s.into())
    }

    /// What a second start does in the running app: it opens Home, unless its link is not one of Tokenwell's.
    pub(crate) fn command_again(&self) -> Option<Command> {
        let home = Command::Open { entry: PanelEntry::Home };
        self.command().or_else(|| self.link.is_none().then_some(home))
    }
}

/// The address that is proposed before the first sign-in. Debug builds propose a service on this computer.
pub(crate) const PROPOSED: &str = if cfg!(debug_assertions) { "http://127.0.0.1:8787" } else { "" };

/// Why an address on the command line is refused.
#[derive(Debug, thiserror::Error)]
enum AddressError {
    #[error("give the service's address as https://NAME")]
    Malformed,
    #[error("use https:// (http:// is only for a service on this computer)")]
    NotEncrypted,
}

fn address(typed: &str) -> Result<String, AddressError> {
    match hosted_page::service_address(typed) {
        Ok(_) => Ok(typed.to_owned()),
        Err(BadAddress::Malformed) => Err(AddressError::Malformed),
        Err(BadAddress::NotEncrypted) => Err(AddressError::NotEncrypted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_start_opens_what_it_names_in_the_running_app() {
        for (command_line, page) in [
            (vec![], Some(PanelEntry::Home)),
            (vec!["--panel"], Some(PanelEntry::Home)),
            (vec!["--page", "settings"], Some(PanelEntry::Settings)),
            (vec!["tokenwell://add-tokens"], Some(PanelEntry::AddTokens)),
            (vec!["tokenwell://checkout?purchase=p1"], Some(PanelEntry::Checkout)),
            (vec!["tokenwell://elsewhere"], None),
        ] {
            let args = Args::try_parse_from([&["tokenwell"], &command_line[..]].concat()).unwrap();
            assert_eq!(args.command_again(), page.map(|entry| Command::Open { entry }), "{command_line:?}");
        }
        let link = "tokenwell://connect?service=https://tokens.example.com";
        let connect = Command::Connect { service: "https://tokens.example.com".into() };
        assert_eq!(Args::parse_from(["tokenwell", link]).command_again(), Some(connect));
    }
}
