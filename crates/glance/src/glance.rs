//! What is printed.

use jiff::Timestamp;
use serde_json::{Value, json};
use std::path::PathBuf;
use tokenwell_cache::ReadError;
use tokenwell_desktop::{
    cached_state::{CachedBalance, CachedState},
    text::Texts,
    tray,
};
use tokenwell_wire::Tokens;

/// How the figures are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Json,
    Waybar,
}

/// Why there are no figures to print.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Nothing {
    #[error("Tokenwell has not been used on this computer yet; start it and sign in")]
    NeverUsed,
    #[error("signed out; start Tokenwell and sign in")]
    SignedOut,
    #[error("no figures yet; Tokenwell has not reached the service since signing in")]
    NoFigures,
    #[error("the cache cannot be read ({0}); start Tokenwell, which makes it anew")]
    Unreadable(ReadError),
}

impl Nothing {
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::NeverUsed => 3,
            Self::SignedOut | Self::NoFigures => 4,
            Self::Unreadable(_) => 5,
        }
    }

    fn class(&self) -> &'static str {
        match self {
            Self::NeverUsed => "never-used",
            Self::SignedOut => "signed-out",
            Self::NoFigures => "no-figures",
            Self::Unreadable(_) => "unreadable",
        }
    }
}

/// Older figures than this count as stale: an app that runs has fresher ones, or says itself why not.
const STALE_AFTER_S: i64 = 3_600;

pub(crate) struct Glance {
    pub(crate) folder: PathBuf,
    pub(crate) format: Format,
    pub(crate) texts: Texts,
}

impl Glance {
    /// The line for the figures as the cache has them now.
    pub(crate) fn line(&self, now: Timestamp) -> Result<String, Nothing> {
        let kept = tokenwell_cache::read(&self.folder).map_err(|error| match error {
            ReadError::Missing => Nothing::NeverUsed,
            error => Nothing::Unreadable(error),
        })?;
        self.write(&kept, now)
    }

    fn write(&self, kept: &CachedState, now: Timestamp) -> Result<String, Nothing> {
        let shown = kept.shown().ok_or(Nothing::SignedOut)?;
        let known = shown.balance.as_ref().ok_or(Nothing::NoFigures)?;
        let low = kept.is_low();
        let age_s = (now.as_second() - known.received_at.as_second()).max(0);
        Ok(match self.format {
            Format::Text => self.parts(known, low).join(" · "),
            Format::Json => json!({
                "plan": shown.profile.account.plan.id,
                "received_at": known.received_at,
                "age_s": age_s,
                "low": low,
                "balance": known.balance,
            })
            .to_string(),
            Format::Waybar => self.waybar(known, low, age_s > STALE_AFTER_S).to_string(),
        })
    }

    /// What a bar shows while there are no figures; a script reads the exit code.
    pub(crate) fn without_figures(&self, nothing: &Nothing) -> Option<String> {
        let module = json!({"text": "–", "tooltip": nothing.to_string(), "class": [nothing.class()]});
        (self.format == Format::Waybar).then(|| module.to_string())
    }

    fn waybar(&self, known: &CachedBalance, low: bool, stale: bool) -> Value {
        let balance = &known.balance;
        let locked = balance.top_up.locked > Tokens(0);
        let classes: Vec<&str> = [("low", low), ("locked", locked), ("stale", stale)]
            .into_iter()
            .filter_map(|(class, holds)| holds.then_some(class))
            .collect();
        let share = u128::from(balance.spendable.0) * 100 / u128::from(known.full.0.max(1));
        json!({
            "text": self.texts.tokens(balance.spendable),
            "alt": balance.next_spent_from,
            "tooltip": self.parts(known, low).join("\n"),
            "class": classes,
            "percentage": share.min(100),
        })
    }

    /// What can be spent, what cannot, when there is more, and of when all this is: a line may stand for long.
    fn parts(&self, known: &CachedBalance, low: bool) -> Vec<String> {
        let (texts, balance) = (&self.texts, &known.balance);
        let mut parts = vec![texts.say_with("tray-spendable", [("tokens", texts.tokens(balance.spendable))])];
        parts.extend(low.then(|| texts.say("tray-low")));
        parts.extend(tray::not_usable(balance, texts));
        if let Some(at) = balance.fast.resets_at {
            parts.push(texts.say_with("tray-resets", [("when", texts.moment(at))]));
        }
        parts.push(texts.say_with("glance-as-of", [("when", texts.moment(known.received_at))]));
        parts
    }
}
