//! The tray as one comparable value, built from the state. Every line of its menu is in this file.

use crate::{
    event::{PanelPage, User},
    icon::Icon,
    text::Texts,
    well::Levels,
};
use jiff::Timestamp;
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
    /// A rule between groups.
    Separator,
}

/// Which line it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
    Settings,
    SignIn,
    Quit,
}

impl Id {
    const ALL: [Self; 12] = [
        Self::Condition,
        Self::Rollover,
        Self::Fast,
        Self::TopUp,
        Self::Next,
        Self::ReopenCheckout,
        Self::AddTokens,
        Self::Open,
        Self::Refresh,
        Self::Settings,
        Self::SignIn,
        Self::Quit,
    ];

    /// The id as the desktop's menu carries it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Condition => "condition",
            Self::Rollover => "rollover",
            Self::Fast => "fast",
            Self::TopUp => "top-up",
            Self::Next => "next",
            Self::ReopenCheckout => "reopen-checkout",
            Self::AddTokens => "add-tokens",
            Self::Open => "open",
            Self::Refresh => "refresh",
            Self::Settings => "settings",
            Self::SignIn => "sign-in",
            Self::Quit => "quit",
        }
    }
}

/// What choosing a line of the menu means; `None` for lines that are only read.
pub fn chosen(id: &str) -> Option<User> {
    match Id::ALL.into_iter().find(|known| known.as_str() == id)? {
        Id::Condition | Id::Rollover | Id::Fast | Id::TopUp | Id::Next => None,
        Id::ReopenCheckout => Some(User::ReopenCheckout),
        Id::AddTokens => Some(User::Open(PanelPage::AddTokens)),
        // Signing in starts in the panel, which says where and shows the service's address.
        Id::Open | Id::SignIn => Some(User::Open(PanelPage::Home)),
        Id::Refresh => Some(User::Refresh),
        Id::Settings => Some(User::Open(PanelPage::Settings)),
        Id::Quit => Some(User::Quit),
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
        figures: Option<Figures<'a>>,
        /// Whether the service is not reached.
        offline: bool,
        /// Whether a checkout waits in the browser.
        paying: bool,
        /// Whether what can be spent is below a threshold of the user's.
        low: bool,
    },
}

/// The last good figures.
#[derive(Debug, Clone, Copy)]
pub struct Figures<'a> {
    /// As the service sent them.
    pub balance: &'a Balance,
    /// A full well.
    pub full: Tokens,
    /// When they came.
    pub received_at: Timestamp,
    /// Whether they may be out of date.
    pub stale: bool,
}

/// The tray of a state.
pub fn tray(state: State<'_>, texts: &Texts, now: Timestamp) -> Tray {
    let text = |id, text| Line::Text { id, text };
    let choice = |id, message: &str| Line::Choice { id, text: texts.say(message) };
    let without_figures =
        |tooltip: String, menu| Tray { icon: Icon::default(), tooltip, title: String::new(), menu };
    let quit = || choice(Id::Quit, "tray-quit");

    match state {
        State::Starting => without_figures(
            texts.say("app"),
            vec![text(Id::Condition, texts.say("tray-starting")), Line::Separator, quit()],
        ),
        State::SignedOut => without_figures(
            texts.say("tray-signed-out"),
            vec![
                text(Id::Condition, texts.say("tray-signed-out")),
                choice(Id::SignIn, "tray-sign-in"),
                Line::Separator,
                quit(),
            ],
        ),
        State::SigningIn => without_figures(
            texts.say("tray-signing-in"),
            vec![
                text(Id::Condition, texts.say("tray-signing-in")),
                choice(Id::Open, "tray-open"),
                Line::Separator,
                quit(),
            ],
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
                choice(Id::Settings, "tray-settings"),
                Line::Separator,
                quit(),
            ]);
            match figures {
                None => without_figures(texts.say("tray-loading"), menu),
                Some(figures) => Tray {
                    icon: Icon {
                        levels: Some(Levels::new(figures.balance, figures.full)),
                        stale: figures.stale,
                        low,
                    },
                    tooltip: tooltip(figures, offline, low, texts, now),
                    title: texts.tokens(figures.balance.spendable),
                    menu,
                },
            }
        }
    }
}

/// Whether the figures are current; if not, how old they are, and why.
fn condition(figures: Figures<'_>, offline: bool, texts: &Texts, now: Timestamp) -> String {
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

fn tooltip(figures: Figures<'_>, offline: bool, low: bool, texts: &Texts, now: Timestamp) -> String {
    let balance = figures.balance;
    let mut parts = vec![texts.say_with("tray-spendable", [("tokens", texts.tokens(balance.spendable))])];
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
        let tray = tray(state, &texts(), at("2026-11-22T12:12:00Z"));
        let menu = tray.menu.iter().map(|line| match line {
            Line::Text { text, .. } => text.clone(),
            Line::Choice { id, text } => format!("[{}] {text}", id.as_str()),
            Line::Separator => "---".to_owned(),
        });
        [tray.tooltip, tray.title].into_iter().chain(menu).collect::<Vec<_>>().join("\n")
    }

    fn figures(balance: &Balance, stale: bool) -> Figures<'_> {
        Figures { balance, full: Tokens(45_493), received_at: at("2026-11-22T12:00:00Z"), stale }
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
    fn every_choice_of_the_menu_does_something_and_no_text_does() {
        let balance = balance(1, [1, 1, 1, 1]);
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
            for line in tray(state, &texts(), Timestamp::UNIX_EPOCH).menu {
                match line {
                    Line::Choice { id, .. } => assert!(chosen(id.as_str()).is_some(), "{id:?}"),
                    Line::Text { id, .. } => assert_eq!(chosen(id.as_str()), None, "{id:?}"),
                    Line::Separator => {}
                }
            }
        }
        assert_eq!(chosen("something else"), None);
    }
}
