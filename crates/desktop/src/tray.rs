//! The tray as one comparable value, built from the state. Every line of its menu is in this file.

use crate::{
    account_key::AccountKey,
    command::{Command, PanelEntry},
    icon::Icon,
    text::Texts,
    well::Levels,
};
use jiff::Timestamp;
use std::borrow::Cow;
use tokenwell_wire::{Balance, Bucket, LockedReason, Tokens};

/// Everything that the tray shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tray {
    /// The well.
    pub icon: Icon,
    /// What pointing at the icon says.
    pub tooltip: String,
    /// What stands beside the icon, where the platform allows it.
    pub title: String,
    /// The menu, top to bottom.
    pub menu: Vec<Line>,
}

/// A line of the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Something to read.
    Text {
        /// Stable, for finding the line again.
        id: Id,
        /// What it says.
        text: String,
    },
    /// Something to choose.
    Choice {
        /// Stable, for finding the line again.
        id: Id,
        /// What it says.
        text: String,
    },
    /// One of several to choose, and whether it is the chosen one.
    Mark {
        /// Stable, for finding the line again.
        id: Id,
        /// What it says.
        text: String,
        /// Whether it is the chosen one.
        on: bool,
    },
    /// A menu of its own.
    Menu {
        /// Stable, for finding the line again.
        id: Id,
        /// What it says.
        text: String,
        /// Its lines.
        lines: Vec<Line>,
    },
    /// A rule between groups.
    Separator,
}

impl Line {
    /// What it says, if it says something.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text { text, .. }
            | Self::Choice { text, .. }
            | Self::Mark { text, .. }
            | Self::Menu { text, .. } => Some(text),
            Self::Separator => None,
        }
    }
}

/// Which line it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "they say it")]
pub enum Id {
    Condition,
    Rollover,
    Fast,
    TopUp,
    Next,
    ReopenCheckout,
    AddTokens,
    Open,
    Refresh,
    Accounts,
    Account(AccountKey),
    Settings,
    SignIn,
    Quit,
}

/// What the id of an account's line starts with.
const ACCOUNT: &str = "account ";

impl Id {
    /// All but those of accounts.
    const ALL: [Self; 13] = [
        Self::Condition,
        Self::Rollover,
        Self::Fast,
        Self::TopUp,
        Self::Next,
        Self::ReopenCheckout,
        Self::AddTokens,
        Self::Open,
        Self::Refresh,
        Self::Accounts,
        Self::Settings,
        Self::SignIn,
        Self::Quit,
    ];

    /// The id as the desktop's menu carries it.
    pub fn as_str(&self) -> Cow<'static, str> {
        let fixed = match self {
            Self::Account(key) => return format!("{ACCOUNT}{key}").into(),
            Self::Condition => "condition",
            Self::Rollover => "rollover",
            Self::Fast => "fast",
            Self::TopUp => "top-up",
            Self::Next => "next",
            Self::ReopenCheckout => "reopen-checkout",
            Self::AddTokens => "add-tokens",
            Self::Open => "open",
            Self::Refresh => "refresh",
            Self::Accounts => "accounts",
            Self::Settings => "settings",
            Self::SignIn => "sign-in",
            Self::Quit => "quit",
        };
        fixed.into()
    }
}

/// What choosing a line of the menu means; `None` for lines that are only read.
pub fn chosen(id: &str) -> Option<Command> {
    if let Some(account) = id.strip_prefix(ACCOUNT) {
        return AccountKey::read(account).map(|account| Command::SwitchAccount { account });
    }
    match Id::ALL.into_iter().find(|known| known.as_str() == id)? {
        Id::Condition | Id::Rollover | Id::Fast | Id::TopUp | Id::Next | Id::Accounts | Id::Account(_) => {
            None
        }
        Id::ReopenCheckout => Some(Command::ReopenCheckout),
        Id::AddTokens => Some(Command::Open { entry: PanelEntry::AddTokens }),
        // Signing in starts in the panel, which says where and shows the service's address.
        Id::Open | Id::SignIn => Some(Command::Open { entry: PanelEntry::Home }),
        Id::Refresh => Some(Command::Refresh),
        Id::Settings => Some(Command::Open { entry: PanelEntry::Settings }),
        Id::Quit => Some(Command::Quit),
    }
}

/// What the tray is built from.
#[derive(Debug, Clone, Copy)]
pub enum State<'a> {
    /// The cache is being read.
    Starting,
    /// Nobody is signed in.
    SignedOut,
    /// The system browser is open at the issuer.
    SigningIn,
    /// Somebody is signed in.
    SignedIn {
        /// The last good figures, if any came yet.
        figures: Option<TrayBalance<'a>>,
        /// Whether the service is not reached.
        offline: bool,
        /// Whether a checkout waits in the browser.
        paying: bool,
        /// Whether what can be spent is below a threshold of the user's.
        low: bool,
    },
}

/// An account that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Which it is.
    pub key: AccountKey,
    /// A name that none of the others has.
    pub name: String,
    /// Whether it is the one that is shown.
    pub current: bool,
    /// Whether it has to sign in again.
    pub signed_out: bool,
}

/// The last good figures.
#[derive(Debug, Clone, Copy)]
pub struct TrayBalance<'a> {
    /// As the service sent them.
    pub balance: &'a Balance,
    /// A full well.
    pub full: Tokens,
    /// When they came.
    pub received_at: Timestamp,
    /// Whether they may be out of date.
    pub stale: bool,
}

/// The tray of a state, with the accounts that are kept.
pub fn tray(state: State<'_>, accounts: &[Account], texts: &Texts, now: Timestamp) -> Tray {
    let text = |id, text| Line::Text { id, text };
    let choice = |id, message: &str| Line::Choice { id, text: texts.say(message) };
    let without_figures =
        |tooltip: String, menu| Tray { icon: Icon::default(), tooltip, title: String::new(), menu };
    let quit = || choice(Id::Quit, "tray-quit");
    let switching = || switching(accounts, texts);

    match state {
        State::Starting => without_figures(
            texts.say("app"),
            vec![text(Id::Condition, texts.say("tray-starting")), Line::Separator, quit()],
        ),
        State::SignedOut => without_figures(
            texts.say("tray-signed-out"),
            [text(Id::Condition, texts.say("tray-signed-out")), choice(Id::SignIn, "tray-sign-in")]
                .into_iter()
                .chain(switching())
                .chain([Line::Separator, quit()])
                .collect(),
        ),
        State::SigningIn => without_figures(
            texts.say("tray-signing-in"),
            [text(Id::Condition, texts.say("tray-signing-in")), choice(Id::Open, "tray-open")]
                .into_iter()
                .chain(switching())
                .chain([Line::Separator, quit()])
                .collect(),
        ),
        State::SignedIn { figures, offline, paying, low } => {
            let mut menu = Vec::new();
            match figures {
                Some(figures) => {
                    menu.extend(buckets(figures.balance, texts));
                    // Always there, so that no line moves under the pointer when the connection comes or goes.
                    menu.push(text(Id::Condition, condition(figures, offline, texts, now)));
                }
                None => menu.push(text(Id::Condition, texts.say("tray-loading"))),
            }
            menu.push(Line::Separator);
            if paying {
                menu.push(choice(Id::ReopenCheckout, "tray-paying"));
            }
            menu.extend([
                choice(Id::AddTokens, "tray-add-tokens"),
                choice(Id::Open, "tray-open"),
                choice(Id::Refresh, "tray-refresh"),
            ]);
            menu.extend(switching());
            menu.extend([choice(Id::Settings, "tray-settings"), Line::Separator, quit()]);
            match figures {
                None => without_figures(texts.say("tray-loading"), menu),
                Some(figures) => Tray {
                    icon: Icon {
                        levels: Some(Levels::new(figures.balance, figures.full)),
                        stale: figures.stale,
                        low,
                    },
                    tooltip: tooltip(figures, offline, low, whose(accounts), texts, now),
                    title: texts.tokens(figures.balance.spendable),
                    menu,
                },
            }
        }
    }
}

/// The menu of the accounts, if there is another one to go to.
fn switching(accounts: &[Account], texts: &Texts) -> Option<Line> {
    let line = |Account { key, name, current, signed_out }: &Account| Line::Mark {
        id: Id::Account(key.clone()),
        text: match signed_out {
            true => texts.say_with("tray-account-signed-out", [("name", name.clone())]),
            false => name.clone(),
        },
        on: *current && !signed_out,
    };
    accounts.iter().any(|account| !account.current).then(|| Line::Menu {
        id: Id::Accounts,
        text: texts.say("tray-accounts"),
        lines: accounts.iter().map(line).collect(),
    })
}

/// Whose the figures are, where that is not clear by itself.
fn whose(accounts: &[Account]) -> Option<&str> {
    let current = accounts.iter().find(|account| account.current)?;
    (accounts.len() > 1).then_some(current.name.as_str())
}

/// Whether the figures are current; if not, how old they are, and why.
fn condition(figures: TrayBalance<'_>, offline: bool, texts: &Texts, now: Timestamp) -> String {
    if !figures.stale {
        return texts.say("tray-current");
    }
    let age = texts.age(figures.received_at, now);
    texts.say_with(if offline { "tray-offline" } else { "tray-stale" }, [("age", age)])
}

/// One line per bucket in spend order, and which of them is next.
fn buckets<'a>(balance: &'a Balance, texts: &'a Texts) -> impl Iterator<Item = Line> + 'a {
    let number = |tokens| texts.tokens(tokens);
    let text = |id, text| Line::Text { id, text };

    let Balance { rollover, fast, top_up, .. } = balance;
    // A plan without a bank has no line for it (rule 8).
    let has_bank = rollover.cap > Tokens(0) || rollover.available > Tokens(0);
    let rollover = has_bank.then(|| {
        let figures = [("tokens", number(rollover.available)), ("cap", number(rollover.cap))];
        text(Id::Rollover, texts.say_with("tray-rollover", figures))
    });

    let (tokens, allowance) = (number(fast.available), number(fast.allowance));
    let fast = match fast.resets_at {
        Some(at) => {
            let figures = [("tokens", tokens), ("allowance", allowance), ("when", texts.moment(at))];
            texts.say_with("tray-fast-resets", figures)
        }
        None => texts.say_with("tray-fast", [("tokens", tokens), ("allowance", allowance)]),
    };

    let tokens = number(top_up.available);
    let top_up = if top_up.locked > Tokens(0) {
        let id = match top_up.locked_reason {
            Some(LockedReason::NotEntitled) => "tray-top-up-locked",
            Some(LockedReason::Dispute) => "tray-top-up-frozen",
            Some(LockedReason::Unknown) | None => "tray-top-up-unusable",
        };
        texts.say_with(id, [("tokens", tokens), ("locked", number(top_up.locked))])
    } else {
        texts.say_with("tray-top-up", [("tokens", tokens)])
    };

    let next = match balance.next_spent_from {
        None => texts.say("tray-next-none"),
        Some(bucket) => {
            let name = texts.say(match bucket {
                Bucket::Rollover => "bucket-rollover",
                Bucket::Fast => "bucket-fast",
                Bucket::TopUp => "bucket-top-up",
            });
            texts.say_with("tray-next", [("bucket", name)])
        }
    };

    rollover.into_iter().chain([text(Id::Fast, fast), text(Id::TopUp, top_up), text(Id::Next, next)])
}

/// How many top-up tokens are there and cannot be used: locked (rule 9), or frozen by a dispute (rule 17).
pub fn not_usable(balance: &Balance, texts: &Texts) -> Option<String> {
    let id = match balance.top_up.locked_reason {
        Some(LockedReason::NotEntitled) => "tray-locked",
        Some(LockedReason::Dispute) => "tray-frozen",
        Some(LockedReason::Unknown) | None => "tray-unusable",
    };
    let Tokens(locked) = balance.top_up.locked;
    (locked > 0).then(|| texts.say_with(id, [("tokens", texts.tokens(Tokens(locked)))]))
}

fn tooltip(
    figures: TrayBalance<'_>,
    offline: bool,
    low: bool,
    whose: Option<&str>,
    texts: &Texts,
    now: Timestamp,
) -> String {
    let balance = figures.balance;
    let mut parts: Vec<String> = whose.map(str::to_owned).into_iter().collect();
    parts.push(texts.say_with("tray-spendable", [("tokens", texts.tokens(balance.spendable))]));
    if low {
        parts.push(texts.say("tray-low"));
    }
    parts.extend(not_usable(balance, texts));
    if let Some(at) = balance.fast.resets_at {
        parts.push(texts.say_with("tray-resets", [("when", texts.moment(at))]));
    }
    if figures.stale {
        parts.push(condition(figures, offline, texts, now));
    }
    parts.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{at, balance, texts};

    /// The whole tray as one text: tooltip, title, then the menu; what can be chosen is marked with its id.
    fn drawn(state: State<'_>) -> String {
        drawn_with(state, &[])
    }

    fn drawn_with(state: State<'_>, accounts: &[Account]) -> String {
        let tray = tray(state, accounts, &texts(), at("2026-11-22T12:12:00Z"));
        let menu = tray.menu.iter().map(line);
        [tray.tooltip, tray.title].into_iter().chain(menu).collect::<Vec<_>>().join("\n")
    }

    fn line(line: &Line) -> String {
        match line {
            Line::Text { text, .. } => text.clone(),
            Line::Choice { id, text } => format!("[{}] {text}", id.as_str()),
            Line::Mark { id, text, on } => format!("[{}] {}{text}", id.as_str(), if *on { "✓ " } else { "" }),
            Line::Menu { text, lines, .. } => {
                let lines: Vec<String> =
                    lines.iter().map(|inner| format!("\n  {}", self::line(inner))).collect();
                text.clone() + &lines.concat()
            }
            Line::Separator => "---".to_owned(),
        }
    }

    fn account(id: &str, name: &str, current: bool, signed_out: bool) -> Account {
        let key = AccountKey { service: "https://tokens.example".into(), id: id.into() };
        Account { key, name: name.into(), current, signed_out }
    }

    fn figures(balance: &Balance, stale: bool) -> TrayBalance<'_> {
        TrayBalance { balance, full: Tokens(45_493), received_at: at("2026-11-22T12:00:00Z"), stale }
    }

    #[test]
    fn three_buckets_stand_in_spend_order_with_what_is_spent_next() {
        let balance = balance(1, [1_200, 22_920, 10_000, 0]);
        let state = State::SignedIn {
            figures: Some(figures(&balance, false)),
            offline: false,
            paying: false,
            low: false,
        };
        assert_eq!(
            drawn(state),
            "34,120 tokens to spend · fast tokens reset 5 Dec, 09:14 CET\n\
             34,120\n\
             Rollover Bank 1,200 of 75,000\n\
             Fast 22,920 of 25,000 · resets 5 Dec, 09:14 CET\n\
             Top-up 10,000\n\
             Next spent from Rollover Bank\n\
             Up to date\n\
             ---\n\
             [add-tokens] Add Tokens…\n\
             [open] Open\n\
             [refresh] Refresh\n\
             [settings] Settings…\n\
             ---\n\
             [quit] Quit"
        );
    }

    #[test]
    fn stale_figures_say_their_age_and_locked_tokens_say_so() {
        let mut lapsed = balance(1, [0, 150, 0, 5_000]);
        lapsed.rollover.cap = Tokens(0);
        lapsed.fast.allowance = Tokens(150);
        let state = State::SignedIn {
            figures: Some(figures(&lapsed, true)),
            offline: true,
            paying: false,
            low: true,
        };
        let drawn = drawn(state);
        let menu: Vec<_> = drawn.lines().collect();
        assert_eq!(
            menu[..6],
            [
                "150 tokens to spend · running low · 5,000 locked · fast tokens reset 5 Dec, 09:14 CET · Offline · figures from 12 minutes ago",
                "150",
                "Fast 150 of 150 · resets 5 Dec, 09:14 CET",
                "Top-up 5,000 · 5,000 locked until you have an active plan",
                "Next spent from Fast",
                "Offline · figures from 12 minutes ago",
            ]
        );
    }

    #[test]
    fn tokens_frozen_by_a_dispute_are_told_apart_from_locked_ones() {
        let mut disputed = balance(1, [0, 0, 0, 5_000]);
        disputed.top_up.locked_reason = Some(LockedReason::Dispute);
        let drawn = drawn(State::SignedIn {
            figures: Some(figures(&disputed, false)),
            offline: false,
            paying: false,
            low: false,
        });
        assert!(drawn.contains("Top-up 5,000 · 5,000 frozen while a payment is disputed\nNothing to spend"));
    }

    #[test]
    fn a_checkout_in_the_browser_can_be_reopened_from_the_tray() {
        let drawn = drawn(State::SignedIn { figures: None, offline: false, paying: true, low: true });
        assert!(drawn.contains("[reopen-checkout] Waiting for payment: reopen checkout…"));
        assert!(drawn.contains("Waiting for the first figures"));
    }

    #[test]
    fn without_an_account_there_is_only_signing_in_and_quitting() {
        assert_eq!(drawn(State::SignedOut), "Signed out\n\nSigned out\n[sign-in] Sign in…\n---\n[quit] Quit");
        assert_eq!(
            drawn(State::SigningIn),
            "Signing in: continue in your browser\n\nSigning in: continue in your browser\n[open] Open\n---\n[quit] Quit"
        );
        assert_eq!(drawn(State::Starting), "Tokenwell\n\nStarting…\n---\n[quit] Quit");
    }

    #[test]
    fn with_several_accounts_there_is_a_menu_of_them_and_the_tooltip_says_whose_the_figures_are() {
        let balance = balance(1, [1_200, 22_920, 10_000, 0]);
        let state = State::SignedIn {
            figures: Some(figures(&balance, false)),
            offline: false,
            paying: false,
            low: false,
        };
        let ada = account("a1", "Ada Moreau", true, false);
        let alone = drawn_with(state, std::slice::from_ref(&ada));
        assert_eq!(alone, drawn(state), "one account is nothing to choose from");

        let accounts =
            [ada, account("n1", "Noor Haddad", false, false), account("l1", "Lara Kim", false, true)];
        let drawn = drawn_with(state, &accounts);
        assert!(drawn.starts_with("Ada Moreau · 34,120 tokens to spend · "), "{drawn}");
        assert!(
            drawn.contains(
                "[refresh] Refresh\n\
                 Accounts\n\
                 \u{20} [account https://tokens.example a1] ✓ Ada Moreau\n\
                 \u{20} [account https://tokens.example n1] Noor Haddad\n\
                 \u{20} [account https://tokens.example l1] Lara Kim · sign in again\n\
                 [settings] Settings…"
            ),
            "{drawn}"
        );
        assert_eq!(
            chosen("account https://tokens.example n1"),
            Some(Command::SwitchAccount { account: accounts[1].key.clone() })
        );
        let nobody = drawn_with(State::SignedOut, &accounts[1..]);
        assert!(nobody.contains("Sign in…\nAccounts\n"), "whoever is left can be gone to: {nobody}");
    }

    #[test]
    fn every_choice_of_the_menu_does_something_and_no_text_does() {
        let balance = balance(1, [1, 1, 1, 1]);
        let others = [account("a1", "Ada Moreau", true, false), account("n1", "Noor Haddad", false, false)];
        for state in [
            State::Starting,
            State::SignedOut,
            State::SigningIn,
            State::SignedIn {
                figures: Some(figures(&balance, true)),
                offline: true,
                paying: true,
                low: true,
            },
        ] {
            let mut lines = tray(state, &others, &texts(), Timestamp::UNIX_EPOCH).menu;
            while let Some(line) = lines.pop() {
                match line {
                    Line::Choice { id, .. } | Line::Mark { id, .. } => {
                        assert!(chosen(&id.as_str()).is_some(), "{id:?}");
                    }
                    Line::Text { id, .. } => assert_eq!(chosen(&id.as_str()), None, "{id:?}"),
                    Line::Menu { id, lines: inner, .. } => {
                        assert_eq!(chosen(&id.as_str()), None, "{id:?}");
                        lines.extend(inner);
                    }
                    Line::Separator => {}
                }
            }
        }
        assert_eq!(chosen("something else"), None);
    }
}
