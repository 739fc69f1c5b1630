//! The tooltip: the breakdown, a line for each part. Windows shows only the start of a long one, so it gets a short form.

use super::balance::{self, TrayBalance};
use crate::text::Texts;
use jiff::Timestamp;
use std::borrow::Cow;
use tokenwell_wire::{Balance, Bucket, Tokens};

/// How many UTF-16 units of a tooltip Windows shows.
const WINDOWS_MAX: usize = 127;

/// What pointing at the icon shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tooltip {
    /// All of it: the account if there are several, the total, the age of a stale balance, the buckets in spend order, and
    /// the next reset.
    pub whole: String,
    /// The total and the buckets, and of the rest what Windows has room for.
    pub short: String,
}

impl Tooltip {
    /// The tooltip of a state without a balance.
    pub(super) fn sentence(text: String) -> Self {
        Self { short: text.clone(), whole: text }
    }

    /// The tooltip of these lines, of which the short form has as many as Windows shows.
    pub(super) fn of_lines(mut lines: Vec<String>) -> Self {
        let whole = lines.join("\n");
        while lines.len() > 1 && lines.join("\n").encode_utf16().count() > WINDOWS_MAX {
            lines.pop();
        }
        Self { whole, short: lines.join("\n") }
    }

    /// The tooltip of a balance.
    pub(super) fn new(
        shown: TrayBalance<'_>,
        offline: bool,
        low: bool,
        account: Option<&str>,
        texts: &Texts,
        now: Timestamp,
    ) -> Self {
        let parts = Parts { shown, offline, low, account, texts, now };
        let fits = |text: &String| text.encode_utf16().count() <= WINDOWS_MAX;
        let short = FORMS.iter().map(|form| parts.lines(*form).join("\n")).find(fits);
        Self { whole: parts.lines(WHOLE).join("\n"), short: short.unwrap_or_else(|| parts.start()) }
    }

    /// The whole tooltip for a host that reads markup, as hosts of StatusNotifierItem do.
    pub fn markup(&self) -> Cow<'_, str> {
        if !self.whole.contains(['&', '<', '>']) {
            return Cow::Borrowed(&self.whole);
        }
        Cow::Owned(self.whole.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"))
    }
}

/// How much of the tooltip is said.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each says whether one part is there")]
struct Form {
    /// The longest name of an account, in UTF-16 units.
    name_max: usize,
    condition: Condition,
    rounded: bool,
    /// Whether it says that the tokens run low, which the icon shows as well.
    low: bool,
    resets: bool,
    /// Whether it says how many tokens are locked or frozen, if that is not all of the bucket.
    locked: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Condition {
    Whole,
    Short,
    None,
}

const WHOLE: Form = Form {
    name_max: usize::MAX,
    condition: Condition::Whole,
    rounded: false,
    low: true,
    resets: true,
    locked: true,
};
const SHORT: Form = Form { condition: Condition::Short, ..WHOLE };
const CUT: Form = Form { name_max: 20, ..SHORT };
const ROUNDED: Form = Form { name_max: 12, rounded: true, ..CUT };
const WITHOUT_LOW: Form = Form { low: false, ..ROUNDED };
const WITHOUT_NAME: Form = Form { name_max: 0, ..WITHOUT_LOW };
const WITHOUT_LOCKED: Form = Form { locked: false, ..WITHOUT_NAME };
const WITHOUT_CONDITION: Form = Form { condition: Condition::None, ..WITHOUT_LOCKED };
const FIGURES: Form = Form { resets: false, ..WITHOUT_CONDITION };

/// What gives way when the room is short, in this order. The total and the buckets are in every form.
const FORMS: [Form; 9] =
    [WHOLE, SHORT, CUT, ROUNDED, WITHOUT_LOW, WITHOUT_NAME, WITHOUT_LOCKED, WITHOUT_CONDITION, FIGURES];

/// What a tooltip is made of.
struct Parts<'a> {
    shown: TrayBalance<'a>,
    offline: bool,
    low: bool,
    account: Option<&'a str>,
    texts: &'a Texts,
    now: Timestamp,
}

impl Parts<'_> {
    fn lines(&self, form: Form) -> Vec<String> {
        let balance = self.shown.balance;
        let name = self.account.map(|name| cut(name, form.name_max)).filter(|name| !name.is_empty());
        let total = if self.low && form.low { "tray-total-low" } else { "tray-total" };
        let resets_at = balance.fast.resets_at.filter(|_| form.resets);
        name.into_iter()
            .chain([self.say(total, balance.spendable, form)])
            .chain(self.condition(form))
            .chain(balance.spend_order.iter().filter_map(|bucket| self.bucket(*bucket, form)))
            .chain(
                resets_at.map(|at| self.texts.say_with("tray-tip-resets", [("when", self.texts.moment(at))])),
            )
            .collect()
    }

    /// The first figures, for a service with more buckets than there is room for.
    fn start(&self) -> String {
        let mut lines = self.lines(FIGURES);
        while lines.join("\n").encode_utf16().count() > WINDOWS_MAX {
            lines.pop();
        }
        lines.join("\n")
    }

    fn condition(&self, form: Form) -> Option<String> {
        let Self { shown, offline, texts, now, .. } = self;
        match form.condition {
            Condition::Whole => shown.condition(*offline, texts, *now),
            Condition::Short => shown.short_condition(*offline, texts, *now),
            Condition::None => None,
        }
    }

    fn bucket(&self, bucket: Bucket, form: Form) -> Option<String> {
        let balance = self.shown.balance;
        match bucket {
            Bucket::Rollover => balance::has_bank(balance)
                .then(|| self.say("tray-tip-rollover", balance.rollover.available, form)),
            Bucket::Fast => Some(self.say("tray-tip-fast", balance.fast.available, form)),
            Bucket::TopUp => Some(self.top_up(balance, form)),
        }
    }

    /// If all of them are locked or frozen, the amount is said once.
    fn top_up(&self, balance: &Balance, form: Form) -> String {
        let top_up = &balance.top_up;
        let say = |tokens| self.texts.say_with("tray-tip-top-up", [("tokens", tokens)]);
        let all = self.number(top_up.available, form);
        if top_up.locked == Tokens(0) {
            return say(all);
        }
        let locked = self.say(balance::not_usable_message(balance), top_up.locked, form);
        match top_up.locked == top_up.available {
            true => say(locked),
            false if form.locked => format!("{}, {locked}", say(all)),
            false => say(all),
        }
    }

    fn say(&self, id: &str, tokens: Tokens, form: Form) -> String {
        self.texts.say_with(id, [("tokens", self.number(tokens, form))])
    }

    fn number(&self, tokens: Tokens, form: Form) -> String {
        if form.rounded { self.texts.rounded(tokens) } else { self.texts.tokens(tokens) }
    }
}

/// A name on one line, with at most this many UTF-16 units. What is cut off is marked.
fn cut(name: &str, max: usize) -> String {
    let name = name.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let name = name.collect::<Vec<_>>().join(" ");
    if name.encode_utf16().count() <= max {
        return name;
    }
    let Some(room) = max.checked_sub(1) else { return String::new() };
    let mut used = 0;
    let kept = name.chars().take_while(|c| {
        used += c.len_utf16();
        used <= room
    });
    let kept: String = kept.collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests;
