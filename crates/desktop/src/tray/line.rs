//! The lines of the tray's menu, and the command that each one sends.

use crate::{
    account_key::AccountKey,
    command::{Command, PanelEntry},
};
use std::borrow::Cow;
use strum::{EnumString, IntoStaticStr};
use tokenwell_wire::Interval;

/// A line of the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// A line that is only read.
    Text {
        /// Which line.
        id: LineId,
        /// Its text.
        text: String,
    },
    /// A line that can be chosen.
    Choice {
        /// Which line.
        id: LineId,
        /// Its text.
        text: String,
        /// The keys that do the same in the open panel, such as `Ctrl+N`.
        keys: Option<String>,
    },
    /// A line that can be chosen and shows whether it is the current one of its group.
    Mark {
        /// Which line.
        id: LineId,
        /// Its text.
        text: String,
        /// Whether it is the current one.
        on: bool,
    },
    /// A submenu.
    Menu {
        /// Which line.
        id: LineId,
        /// Its text.
        text: String,
        /// Its lines.
        lines: Vec<Line>,
    },
    /// A rule between groups.
    Separator,
}

impl Line {
    /// The text; a separator has none.
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

/// Which line it is. The desktop's menu carries it as text, such as `add-tokens`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EnumString, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
#[expect(missing_docs, reason = "each is the line of the same name")]
pub enum LineId {
    Condition,
    Rollover,
    Fast,
    TopUp,
    Next,
    ReopenCheckout,
    CancelPurchase,
    AddTokens,
    /// The menu of packs, where no panel can open.
    Packs,
    /// Written as `pack ID`.
    #[strum(disabled)]
    Pack(String),
    /// The menu of plans, where no panel can open.
    Plans,
    /// Written as `plan INTERVAL ID`.
    #[strum(disabled)]
    Plan(String, Interval),
    Open,
    Refresh,
    Accounts,
    /// Written as `account SERVICE ID`.
    #[strum(disabled)]
    Account(AccountKey),
    /// A meter of a platform, by its place. Written as `meter 0`.
    #[strum(disabled)]
    Meter(usize),
    BuyAtPlatform,
    RestartToUpdate,
    Settings,
    SignIn,
    CancelSignIn,
    Quit,
}

/// What the id of an account's line starts with.
const ACCOUNT: &str = "account ";
/// What the id of a pack's line starts with.
const PACK: &str = "pack ";
/// What the ids of a plan's lines start with.
const PLAN: [(&str, Interval); 2] = [("plan month ", Interval::Month), ("plan year ", Interval::Year)];

/// What the id of a meter's line starts with.
const METER: &str = "meter ";

impl LineId {
    /// The key that does the same in the open panel, together with Ctrl or ⌘ (`ui/src/Panel.svelte`).
    pub fn key(&self) -> Option<char> {
        match self {
            Self::AddTokens => Some('N'),
            Self::Refresh => Some('R'),
            Self::Settings => Some(','),
            _ => None,
        }
    }

    /// The id as the desktop's menu carries it.
    pub fn as_str(&self) -> Cow<'static, str> {
        match self {
            Self::Account(key) => format!("{ACCOUNT}{key}").into(),
            Self::Meter(index) => format!("{METER}{index}").into(),
            Self::Pack(id) => format!("{PACK}{id}").into(),
            Self::Plan(id, interval) => {
                let start = PLAN.iter().find(|(_, of)| of == interval).map_or("", |(start, _)| start);
                format!("{start}{id}").into()
            }
            fixed => <&'static str>::from(fixed).into(),
        }
    }

    /// Reads what [`LineId::as_str`] wrote.
    fn read(id: &str) -> Option<Self> {
        if let Some(account) = id.strip_prefix(ACCOUNT) {
            return AccountKey::read(account).map(Self::Account);
        }
        if let Some(pack) = id.strip_prefix(PACK) {
            return Some(Self::Pack(pack.to_owned()));
        }
        if let Some(index) = id.strip_prefix(METER) {
            return index.parse().ok().map(Self::Meter);
        }
        let plan = |(start, interval): &(&str, Interval)| Some((id.strip_prefix(start)?, *interval));
        match PLAN.iter().find_map(plan) {
            Some((plan, interval)) => Some(Self::Plan(plan.to_owned(), interval)),
            None => id.parse().ok(),
        }
    }
}

/// The command that choosing a line sends; `None` for lines that are only read.
pub fn command_of(id: &str) -> Option<Command> {
    match LineId::read(id)? {
        LineId::Condition
        | LineId::Rollover
        | LineId::Fast
        | LineId::TopUp
        | LineId::Next
        | LineId::Meter(_)
        | LineId::Packs
        | LineId::Plans
        | LineId::Accounts => None,
        LineId::BuyAtPlatform => Some(Command::BuyAtPlatform),
        LineId::Account(account) => Some(Command::SwitchAccount { account }),
        LineId::ReopenCheckout => Some(Command::ReopenCheckout),
        LineId::CancelPurchase => Some(Command::CancelPurchase),
        LineId::Pack(pack_id) => Some(Command::AskToBuy { pack_id }),
        LineId::Plan(plan_id, interval) => Some(Command::AskToSubscribe { plan_id, interval }),
        LineId::AddTokens => Some(Command::Open { entry: PanelEntry::AddTokens }),
        LineId::SignIn => Some(Command::SignInAtKnownService),
        LineId::CancelSignIn => Some(Command::CancelSignIn),
        LineId::Open => Some(Command::Open { entry: PanelEntry::Home }),
        LineId::Refresh => Some(Command::Refresh),
        LineId::Settings => Some(Command::Open { entry: PanelEntry::Settings }),
        LineId::RestartToUpdate => Some(Command::RestartToUpdate),
        LineId::Quit => Some(Command::Quit),
    }
}

/// Whether two menus have the same lines, whatever their texts. Then the items of the one can show the other, and a menu
/// that is open stays open.
pub fn same_structure(one: &[Line], other: &[Line]) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|pair| match pair {
            (Line::Text { id, .. }, Line::Text { id: other, .. })
            | (Line::Choice { id, .. }, Line::Choice { id: other, .. })
            | (Line::Mark { id, .. }, Line::Mark { id: other, .. }) => id == other,
            (Line::Menu { id, lines, .. }, Line::Menu { id: other, lines: others, .. }) => {
                id == other && same_structure(lines, others)
            }
            (Line::Separator, Line::Separator) => true,
            _ => false,
        })
}
