//! Opening an account.

use crate::account_edit::AccountEdit;
use crate::catalogue::Catalogue;
use crate::{Account, AccountId, Entry, PlanTerms, Standing, Tokens, Used, calendar};
use jiff::Timestamp;

impl Account {
    /// Opens an account on the free plan, with the tokens of the day (rule 8).
    #[must_use]
    pub fn open(id: AccountId, catalogue: &Catalogue, now: Timestamp) -> (Self, Vec<Entry>) {
        let PlanTerms { id: plan, allowance, cap } = catalogue.free_plan().terms();
        let account = Self {
            id,
            version: 0,
            latest: now,
            fast: Tokens::ZERO,
            rollover: Tokens::ZERO,
            lots: Vec::new(),
            holds: Vec::new(),
            subscriptions: Vec::new(),
            current: None,
            period: None,
            stretch: 0,
            fast_period: 0,
            used: Used::none_since(now),
            free_day: calendar::day(now),
            standing: Standing {
                plan,
                entitled: false,
                allowance,
                cap,
                owed: Tokens::ZERO,
                renews_at: None,
                frozen: Tokens::ZERO,
                dispute_open: false,
            },
            deleted_at: None,
        };
        let mut edit = AccountEdit::new(account, catalogue);
        edit.change(now, AccountEdit::grant_daily_tokens);
        (edit.account, edit.entries)
    }
}
