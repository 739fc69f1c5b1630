//! The command line.

use clap::{Parser, ValueEnum};
use tokenwell_desktop::{event::PanelPage, pages};

/// Shows your generation tokens in the tray and tops them up in place.
#[derive(Debug, Parser)]
#[command(name = "tokenwell", version)]
pub struct Args {
    /// The token service's address. It is the one in use from now on; without it, the one of the last sign-in
    #[arg(long, env = "TOKENWELL_SERVICE", value_name = "URL", value_parser = address)]
    pub(crate) service: Option<String>,

    /// Opens the panel at the start
    #[arg(long)]
    panel: bool,

    /// Opens the panel at the start, on this page
    #[arg(long, value_name = "PAGE")]
    page: Option<Page>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Page {
    Home,
    AddTokens,
    Settings,
}

impl Args {
    /// The page that is to be open at the start.
    pub(crate) fn open(&self) -> Option<PanelPage> {
        match self.page {
            Some(Page::Home) => Some(PanelPage::Home),
            Some(Page::AddTokens) => Some(PanelPage::AddTokens),
            Some(Page::Settings) => Some(PanelPage::Settings),
            None => self.panel.then_some(PanelPage::Home),
        }
    }
}

/// The address that is proposed before the first sign-in: a service on this machine, while developing.
pub(crate) const PRESET: &str = if cfg!(debug_assertions) { "http://127.0.0.1:8787" } else { "" };

fn address(typed: &str) -> Result<String, String> {
    match pages::service_address(typed) {
        Ok(_) => Ok(typed.to_owned()),
        Err(pages::BadAddress::Malformed) => Err("give the service's address as https://NAME".to_owned()),
        Err(pages::BadAddress::NotEncrypted) => {
            Err("use https:// (http:// is only for a service on this computer)".to_owned())
        }
    }
}
