//! The balance in words: the lines of the menu.

use super::line::{Line, LineId};
use crate::text::Texts;
use jiff::Timestamp;
use tokenwell_wire::{Balance, Bucket, LockedReason, Tokens};

/// The last good balance, as the tray shows it.
#[derive(Debug, Clone, Copy)]
pub struct TrayBalance<'a> {
    /// As the service sent it.
    pub balance: &'a Balance,
    /// The tokens that are being paid for.
    pub pending: Tokens,
    /// When it was received.
    pub received_at: Timestamp,
    /// Whether it may be out of date.
    pub stale: bool,
}

impl TrayBalance<'_> {
    /// How old a stale balance is, and whether the service is offline.
    pub(super) fn condition(self, offline: bool, texts: &Texts, now: Timestamp) -> Option<String> {
        let age = || texts.age(self.received_at, now);
        self.stale
            .then(|| texts.say_with(if offline { "tray-offline" } else { "tray-stale" }, [("age", age())]))
    }

    /// The same in a few words.
    pub(super) fn short_condition(self, offline: bool, texts: &Texts, now: Timestamp) -> Option<String> {
        let age = || texts.say_with("tray-tip-stale", [("age", texts.age(self.received_at, now))]);
        self.stale.then(|| if offline { texts.say("tray-tip-offline") } else { age() })
    }
}

/// One line per bucket in spend order, and one that names the bucket that is spent next.
pub(super) fn lines(balance: &Balance, texts: &Texts) -> Vec<Line> {
    let buckets = balance.spend_order.iter().filter_map(|bucket| match bucket {
        Bucket::Rollover => rollover(balance, texts),
        Bucket::Fast => Some(fast(balance, texts)),
        Bucket::TopUp => Some(top_up(balance, texts)),
    });
    buckets.chain([next(balance, texts)]).collect()
}

/// A plan without a bank has no line for it (rule 8).
pub(super) fn has_bank(Balance { rollover, .. }: &Balance) -> bool {
    rollover.cap > Tokens(0) || rollover.available > Tokens(0)
}

fn rollover(balance: &Balance, texts: &Texts) -> Option<Line> {
    let rollover = &balance.rollover;
    has_bank(balance).then(|| {
        let numbers = [("tokens", texts.tokens(rollover.available)), ("cap", texts.tokens(rollover.cap))];
        Line::Text { id: LineId::Rollover, text: texts.say_with("tray-rollover", numbers) }
    })
}

fn fast(Balance { fast, .. }: &Balance, texts: &Texts) -> Line {
    let (tokens, allowance) = (texts.tokens(fast.available), texts.tokens(fast.allowance));
    let text = match fast.resets_at {
        Some(at) => {
            let numbers = [("tokens", tokens), ("allowance", allowance), ("when", texts.moment(at))];
            texts.say_with("tray-fast-resets", numbers)
        }
        None => texts.say_with("tray-fast", [("tokens", tokens), ("allowance", allowance)]),
    };
    Line::Text { id: LineId::Fast, text }
}

fn top_up(Balance { top_up, .. }: &Balance, texts: &Texts) -> Line {
    let tokens = texts.tokens(top_up.available);
    let text = if top_up.locked > Tokens(0) {
        let id = match top_up.locked_reason {
            Some(LockedReason::NotEntitled) => "tray-top-up-locked",
            Some(LockedReason::Dispute) => "tray-top-up-frozen",
            Some(LockedReason::Unknown) | None => "tray-top-up-unusable",
        };
        texts.say_with(id, [("tokens", tokens), ("locked", texts.tokens(top_up.locked))])
    } else {
        texts.say_with("tray-top-up", [("tokens", tokens)])
    };
    Line::Text { id: LineId::TopUp, text }
}

fn next(balance: &Balance, texts: &Texts) -> Line {
    let text = match balance.next_spent_from {
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
    Line::Text { id: LineId::Next, text }
}

/// How many top-up tokens cannot be used now: locked (rule 9), or frozen by a dispute (rule 17).
pub fn not_usable(balance: &Balance, texts: &Texts) -> Option<String> {
    let locked = balance.top_up.locked;
    (locked > Tokens(0))
        .then(|| texts.say_with(not_usable_message(balance), [("tokens", texts.tokens(locked))]))
}

/// The message that says why top-up tokens cannot be used now.
pub(super) fn not_usable_message(balance: &Balance) -> &'static str {
    match balance.top_up.locked_reason {
        Some(LockedReason::NotEntitled) => "tray-locked",
        Some(LockedReason::Dispute) => "tray-frozen",
        Some(LockedReason::Unknown) | None => "tray-unusable",
    }
}
