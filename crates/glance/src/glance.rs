//! The program's output.

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

/// The format of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Json,
    Waybar,
}

/// Why there is no balance to print.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoBalance {
    #[error("Tokenwell has not been used on this computer yet; start it and sign in")]
    NeverUsed,
    #[error("signed out; start Tokenwell and sign in")]
    SignedOut,
    #[error("no balance yet; Tokenwell has not reached the service since signing in")]
    NotReceived,
    #[error("the cache cannot be read ({0}); start Tokenwell, which replaces it")]
    Unreadable(ReadError),
}

impl NoBalance {
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::NeverUsed => 3,
            Self::SignedOut | Self::NotReceived => 4,
            Self::Unreadable(_) => 5,
        }
    }

    fn class(&self) -> &'static str {
        match self {
            Self::NeverUsed => "never-used",
            Self::SignedOut => "signed-out",
            Self::NotReceived => "no-figures",
            Self::Unreadable(_) => "unreadable",
        }
    }
}

/// A balance that was received longer ago counts as stale. The cache does not show whether the app is running.
const STALE_AFTER_S: i64 = 3_600;

pub(crate) struct Glance {
    pub(crate) folder: PathBuf,
    pub(crate) format: Format,
    pub(crate) texts: Texts,
}

impl Glance {
    /// The line for the cached balance.
    pub(crate) fn line(&self, now: Timestamp) -> Result<String, NoBalance> {
        let cached = tokenwell_cache::read(&self.folder).map_err(|error| match error {
            ReadError::Missing => NoBalance::NeverUsed,
            error => NoBalance::Unreadable(error),
        })?;
        self.write(&cached, now)
    }

    fn write(&self, cached: &CachedState, now: Timestamp) -> Result<String, NoBalance> {
        let shown = cached.shown().ok_or(NoBalance::SignedOut)?;
        let known = shown.balance.as_ref().ok_or(NoBalance::NotReceived)?;
        let low = cached.is_low();
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

    /// The Waybar module that replaces the balance if there is none. Other formats print nothing.
    pub(crate) fn placeholder(&self, reason: &NoBalance) -> Option<String> {
        let module = json!({"text": "–", "tooltip": reason.to_string(), "class": [reason.class()]});
        (self.format == Format::Waybar).then(|| module.to_string())
    }

    fn waybar(&self, known: &CachedBalance, low: bool, stale: bool) -> Value {
        let balance = &known.balance;
        let locked = balance.top_up.locked > Tokens(0);
        let classes: Vec<&str> = [("low", low), ("locked", locked), ("stale", stale)]
            .into_iter()
            .filter_map(|(class, applies)| applies.then_some(class))
            .collect();
        let share = u128::from(balance.spendable.0) * 100 / u128::from(balance.full().0.max(1));
        json!({
            "text": self.texts.tokens(balance.spendable),
            "alt": balance.next_spent_from,
            "tooltip": self.parts(known, low).join("\n"),
            "class": classes,
            "percentage": share.min(100),
        })
    }

    /// What is spendable, what is locked, when more tokens arrive, and when the balance was received.
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
