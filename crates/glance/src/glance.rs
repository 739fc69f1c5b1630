//! The program's output.

use crate::{
    chosen::{Chosen, names},
    meters::Meters,
    template::{Field, Template},
};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};
use std::path::PathBuf;
use tokenwell_cache::{ReadError, last_heard};
use tokenwell_desktop::{
    cached_state::{CachedAccount, CachedBalance, CachedState},
    freshness::{Freshness, freshness},
    key_account::KeyAccount,
    text::Texts,
    tray,
};
use tokenwell_wire::{Balance, Bucket, Tokens};

/// The format of the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Json,
    Waybar,
    Own(Template),
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
    #[error("there is no account “{0}”; the accounts are: {1}")]
    UnknownAccount(String, String),
    #[error("the cache cannot be read ({0}); start Tokenwell, which replaces it")]
    Unreadable(ReadError),
}

impl NoBalance {
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::NeverUsed => 3,
            Self::SignedOut | Self::NotReceived | Self::UnknownAccount(..) => 4,
            Self::Unreadable(_) => 5,
        }
    }

    fn class(&self) -> &'static str {
        match self {
            Self::NeverUsed => "never-used",
            Self::SignedOut => "signed-out",
            Self::NotReceived => "no-figures",
            Self::UnknownAccount(..) => "unknown-account",
            Self::Unreadable(_) => "unreadable",
        }
    }
}

pub(crate) struct Glance {
    pub(crate) folder: PathBuf,
    pub(crate) format: Format,
    /// The name of the account; without one, it is the account that the app shows.
    pub(crate) account: Option<String>,
    pub(crate) texts: Texts,
}

/// A line, and how long it is right.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Output {
    pub(crate) line: String,
    /// A reader of several lines gets another one when this differs.
    pub(crate) news: String,
    /// From then on the line differs, even if the cache does not change.
    pub(crate) until: Option<Timestamp>,
}

/// A balance with what is known about it.
struct Shown<'a> {
    account: &'a CachedAccount,
    known: &'a CachedBalance,
    heard: Option<Timestamp>,
    low: bool,
    stale: bool,
    now: Timestamp,
}

impl Glance {
    /// Follows a change of the computer's time zone.
    pub(crate) fn set_zone(&mut self, zone: TimeZone) {
        if *self.texts.zone() != zone {
            self.texts = self.texts.in_zone(zone);
        }
    }

    /// The line for the cached balance.
    pub(crate) fn output(&self, now: Timestamp) -> Result<Output, NoBalance> {
        let cached = tokenwell_cache::read(&self.folder).map_err(|error| match error {
            ReadError::Missing => NoBalance::NeverUsed,
            error => NoBalance::Unreadable(error),
        })?;
        self.write(&cached, now)
    }

    fn write(&self, cached: &CachedState, now: Timestamp) -> Result<Output, NoBalance> {
        let chosen = match &self.account {
            Some(name) => Chosen::named(cached, name)
                .ok_or_else(|| NoBalance::UnknownAccount(name.clone(), names(cached).join(", ")))?,
            None => Chosen::shown(cached).ok_or(NoBalance::SignedOut)?,
        };
        match chosen {
            Chosen::Service(account) => self.write_balance(cached, account, now),
            Chosen::Key(account) => self.write_meters(account, now),
        }
    }

    fn write_meters(&self, account: &KeyAccount, now: Timestamp) -> Result<Output, NoBalance> {
        let readings = account.readings.as_ref().ok_or(NoBalance::NotReceived)?;
        let (stale, turns) = account.freshness(now);
        let shown = Meters { account, readings, stale, now, texts: &self.texts };
        let line = match &self.format {
            Format::Text => shown.parts().join(" · "),
            Format::Json => shown.json(true).to_string(),
            Format::Waybar => shown.waybar().to_string(),
            Format::Own(template) => template.fill(|field| shown.value(field)),
        };
        let content = if self.format == Format::Json { &shown.json(false).to_string() } else { &line };
        Ok(Output { news: format!("{} {content}", self.texts.date(now)), line, until: turns })
    }

    fn write_balance(
        &self,
        cached: &CachedState,
        account: &CachedAccount,
        now: Timestamp,
    ) -> Result<Output, NoBalance> {
        let known = account.balance.as_ref().ok_or(NoBalance::NotReceived)?;
        let heard = last_heard::read(&self.folder, &account.key());
        let Freshness { stale, turns } = freshness(known, heard, now, self.texts.zone());
        let shown = Shown { account, known, heard, low: cached.is_account_low(account), stale, now };
        let line = match &self.format {
            Format::Text => self.parts(&shown).join(" · "),
            Format::Json => json(&shown, true).to_string(),
            Format::Waybar => self.waybar(&shown).to_string(),
            Format::Own(template) => template.fill(|field| self.value(field, &shown)),
        };
        let content = if self.format == Format::Json { &json(&shown, false).to_string() } else { &line };
        let news = format!("{} {content}", self.texts.date(now));
        Ok(Output { line, news, until: turns })
    }

    /// The Waybar module that replaces the balance if there is none. Other formats print nothing.
    pub(crate) fn placeholder(&self, reason: &NoBalance) -> Option<String> {
        let module = json!({"text": "–", "tooltip": reason.to_string(), "class": [reason.class()]});
        (self.format == Format::Waybar).then(|| module.to_string())
    }

    fn waybar(&self, shown: &Shown<'_>) -> Value {
        let balance = &shown.known.balance;
        let locked = balance.top_up.locked > Tokens(0);
        let classes: Vec<&str> = [("low", shown.low), ("locked", locked), ("stale", shown.stale)]
            .into_iter()
            .filter_map(|(class, applies)| applies.then_some(class))
            .collect();
        let share = u128::from(balance.spendable.0) * 100 / u128::from(balance.full().0.max(1));
        json!({
            "text": self.texts.tokens(balance.spendable),
            "alt": balance.next_spent_from,
            "tooltip": self.parts(shown).join("\n"),
            "class": classes,
            "percentage": share.min(100),
        })
    }

    /// What is spendable, what is locked, when more tokens arrive, when the balance was received, and whether it may be out
    /// of date.
    fn parts(&self, shown: &Shown<'_>) -> Vec<String> {
        let (texts, balance) = (&self.texts, &shown.known.balance);
        let mut parts = vec![texts.say_with("tray-spendable", [("tokens", texts.tokens(balance.spendable))])];
        parts.extend(shown.low.then(|| texts.say("tray-low")));
        parts.extend(tray::not_usable(balance, texts));
        if let Some(at) = next_reset(balance, shown.now) {
            parts.push(texts.say_with("tray-resets", [("when", texts.moment(at))]));
        }
        parts.push(texts.say_with("glance-as-of", [("when", texts.moment(shown.known.received_at))]));
        parts.extend(shown.stale.then(|| texts.say("glance-stale")));
        parts
    }

    /// The value of a field, and an empty text if there is none.
    fn value(&self, field: Field, shown: &Shown<'_>) -> String {
        let (texts, balance) = (&self.texts, &shown.known.balance);
        let tokens = |tokens| texts.tokens(tokens);
        let if_so = |holds: bool, id| if holds { texts.say(id) } else { String::new() };
        match field {
            Field::Spendable => tokens(balance.spendable),
            Field::Total => tokens(balance.total),
            Field::Rollover => tokens(balance.rollover.available),
            Field::Fast => tokens(balance.fast.available),
            Field::TopUp => tokens(balance.top_up.available),
            Field::Locked => tokens(balance.top_up.locked),
            Field::Allowance => tokens(balance.fast.allowance),
            Field::RolloverCap => tokens(balance.rollover.cap),
            Field::Plan => shown.account.profile.account.plan.name.clone(),
            Field::Next => match balance.next_spent_from {
                Some(Bucket::Rollover) => texts.say("bucket-rollover"),
                Some(Bucket::Fast) => texts.say("bucket-fast"),
                Some(Bucket::TopUp) => texts.say("bucket-top-up"),
                None => String::new(),
            },
            Field::Resets => next_reset(balance, shown.now).map(|at| texts.moment(at)).unwrap_or_default(),
            Field::AsOf => texts.moment(shown.known.received_at),
            Field::Low => if_so(shown.low, "tray-low"),
            Field::Stale => if_so(shown.stale, "glance-stale"),
        }
    }
}

/// The balance as an object, with or without what changes each time.
fn json(shown: &Shown<'_>, changing: bool) -> Value {
    let mut object = json!({
        "plan": shown.account.profile.account.plan.id,
        "received_at": shown.known.received_at,
        "stale": shown.stale,
        "low": shown.low,
        "balance": shown.known.balance,
    });
    if changing {
        let age_s = (shown.now.as_second() - shown.known.received_at.as_second()).max(0);
        object["age_s"] = age_s.into();
        object["heard_at"] = json!(shown.heard);
    }
    object
}

/// The next reset. One that is past says nothing about the future.
fn next_reset(balance: &Balance, now: Timestamp) -> Option<Timestamp> {
    balance.fast.resets_at.filter(|at| *at > now)
}
