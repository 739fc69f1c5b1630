//! The tray as one comparable value, built from the state of the app.

mod balance;
mod line;
mod meters;
mod shop;
mod tooltip;

pub use balance::{TrayBalance, not_usable};
pub use line::{Line, LineId, command_of, same_structure};
pub use meters::TrayMeters;
pub use shop::{Shop, Standing};
pub(crate) use shop::{per_interval, price};
pub use tooltip::Tooltip;

use crate::{account_key::AccountKey, icon::Icon, text::Texts, well::Levels};
use jiff::Timestamp;

/// Everything that the tray shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tray {
    /// The picture.
    pub icon: Icon,
    /// What pointing at the icon shows.
    pub tooltip: Tooltip,
    /// The text beside the icon, where the platform allows it.
    pub title: String,
    /// The menu, top to bottom.
    pub menu: Vec<Line>,
}

/// What the tray is built from.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(test, derive(strum::EnumCount))]
pub enum TrayState<'a> {
    /// The cache is being read.
    Starting,
    /// Nobody is signed in.
    SignedOut,
    /// The system browser is open at the issuer.
    SigningIn,
    /// Somebody is signed in.
    SignedIn {
        /// The last good balance, if there is one.
        balance: Option<TrayBalance<'a>>,
        /// Whether the service cannot be reached.
        offline: bool,
        /// Whether a checkout is open in the browser.
        paying: bool,
        /// Whether the spendable tokens are below an alert threshold.
        low: bool,
        /// What the menu sells. `None` where the panel does that.
        shop: Option<Shop<'a>>,
    },
    /// The account is read with an API key.
    Key(TrayMeters<'a>),
}

/// A stored account, as the tray lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrayAccount {
    /// Which account.
    pub key: AccountKey,
    /// A name that no other account has.
    pub name: String,
    /// Whether it is the current one.
    pub current: bool,
    /// Whether it has to sign in again.
    pub signed_out: bool,
}

impl Tray {
    /// The tray of a state, with the stored accounts.
    pub fn new(state: TrayState<'_>, accounts: &[TrayAccount], texts: &Texts, now: Timestamp) -> Self {
        match state {
            TrayState::Starting => {
                let condition = texts.say("tray-starting");
                Self::without_balance(texts.say("app"), vec![text(LineId::Condition, condition)], texts)
            }
            TrayState::SignedOut => {
                let condition = texts.say("tray-signed-out");
                let mut menu = vec![text(LineId::Condition, condition.clone())];
                menu.push(choice(LineId::SignIn, "tray-sign-in", texts));
                menu.extend(accounts_menu(accounts, texts));
                Self::without_balance(condition, menu, texts)
            }
            TrayState::SigningIn => {
                let condition = texts.say("tray-signing-in");
                let mut menu = vec![text(LineId::Condition, condition.clone())];
                menu.push(choice(LineId::SignIn, "tray-sign-in-again", texts));
                menu.push(choice(LineId::CancelSignIn, "tray-cancel-sign-in", texts));
                menu.push(choice(LineId::Open, "tray-open", texts));
                menu.extend(accounts_menu(accounts, texts));
                Self::without_balance(condition, menu, texts)
            }
            TrayState::Key(shown) => {
                let mut menu = shown.lines(texts, now);
                menu.push(Line::Separator);
                menu.push(choice(LineId::BuyAtPlatform, "tray-buy", texts));
                menu.extend(always(accounts, texts));
                menu.extend(quit(texts));
                let name = account_name(accounts).unwrap_or(&shown.account.name).to_owned();
                let tooltip = std::iter::once(name).chain(shown.tooltip(texts, now));
                let low = shown.account.is_low();
                Self {
                    icon: Icon { levels: shown.levels(), stale: shown.stale, low },
                    tooltip: Tooltip::of_lines(tooltip.collect()),
                    title: shown.figure(texts),
                    menu,
                }
            }
            TrayState::SignedIn { balance: None, paying, shop, .. } => {
                let mut menu = vec![text(LineId::Condition, texts.say("tray-loading"))];
                menu.extend(commands(paying, shop, accounts, texts));
                Self::without_balance(texts.say("tray-loading"), menu, texts)
            }
            TrayState::SignedIn { balance: Some(shown), offline, paying, low, shop } => {
                let condition = shown.condition(offline, texts, now);
                let mut menu = balance::lines(shown.balance, texts);
                // Always there: a menu whose lines change in number closes while it is open.
                menu.push(text(LineId::Condition, condition.unwrap_or_else(|| texts.say("tray-current"))));
                menu.extend(commands(paying, shop, accounts, texts));
                menu.extend(quit(texts));
                Self {
                    icon: Icon {
                        levels: Some(Levels::new(shown.balance, shown.pending)),
                        stale: shown.stale,
                        low,
                    },
                    tooltip: Tooltip::new(shown, offline, low, account_name(accounts), texts, now),
                    title: texts.tokens(shown.balance.spendable),
                    menu,
                }
            }
        }
    }

    /// The tray whose menu also offers the restart that brings a newer version.
    #[must_use]
    pub fn with_restart(mut self, texts: &Texts) -> Self {
        let quit = self.menu.iter().rposition(|line| *line == Line::Separator).unwrap_or(self.menu.len());
        self.menu.insert(quit, choice(LineId::RestartToUpdate, "tray-restart-to-update", texts));
        self
    }

    fn without_balance(tooltip: String, mut menu: Vec<Line>, texts: &Texts) -> Self {
        menu.extend(quit(texts));
        Self { icon: Icon::default(), tooltip: Tooltip::sentence(tooltip), title: String::new(), menu }
    }
}

fn text(id: LineId, text: String) -> Line {
    Line::Text { id, text }
}

fn choice(id: LineId, message: &str, texts: &Texts) -> Line {
    let keys = id.key().map(|key| texts.say_with("tray-keys", [("key", key.to_string())]));
    Line::Choice { id, text: texts.say(message), keys }
}

fn quit(texts: &Texts) -> [Line; 2] {
    [Line::Separator, choice(LineId::Quit, "tray-quit", texts)]
}

/// The menu items for an account that is signed in.
fn commands(paying: bool, shop: Option<Shop<'_>>, accounts: &[TrayAccount], texts: &Texts) -> Vec<Line> {
    let mut lines = vec![Line::Separator];
    lines.extend(paying.then(|| choice(LineId::ReopenCheckout, "tray-paying", texts)));
    match shop {
        None => lines.push(choice(LineId::AddTokens, "tray-add-tokens", texts)),
        Some(shop) if shop.busy => {
            lines.extend(paying.then(|| choice(LineId::CancelPurchase, "tray-cancel-purchase", texts)));
        }
        Some(shop) => lines.push(shop.line(texts)),
    }
    lines.extend(always(accounts, texts));
    lines
}

/// The menu items for any account.
fn always(accounts: &[TrayAccount], texts: &Texts) -> Vec<Line> {
    let mut lines =
        vec![choice(LineId::Open, "tray-open", texts), choice(LineId::Refresh, "tray-refresh", texts)];
    lines.extend(accounts_menu(accounts, texts));
    lines.push(choice(LineId::Settings, "tray-settings", texts));
    lines
}

/// The menu of the accounts, if there is another one to switch to.
fn accounts_menu(accounts: &[TrayAccount], texts: &Texts) -> Option<Line> {
    let line = |TrayAccount { key, name, current, signed_out }: &TrayAccount| Line::Mark {
        id: LineId::Account(key.clone()),
        text: match signed_out {
            true => texts.say_with("tray-account-signed-out", [("name", name.clone())]),
            false => name.clone(),
        },
        on: *current && !signed_out,
    };
    accounts.iter().any(|account| !account.current).then(|| Line::Menu {
        id: LineId::Accounts,
        text: texts.say("tray-accounts"),
        lines: accounts.iter().map(line).collect(),
    })
}

/// The name of the current account, if there are several accounts.
fn account_name(accounts: &[TrayAccount]) -> Option<&str> {
    let current = accounts.iter().find(|account| account.current)?;
    (accounts.len() > 1).then_some(current.name.as_str())
}

#[cfg(test)]
mod meters_tests;
#[cfg(test)]
mod tests;
