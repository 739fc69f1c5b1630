//! Opening an account.

use crate::account_edit::AccountEdit;
use crate::catalogue::Catalogue;
use crate::{Account, AccountId, Entry, Former, PlanTerms, Standing, Tokens, Used, calendar};
use jiff::Timestamp;
use std::collections::BTreeMap;

impl Account {
    /// Opens the first account of a person on the free plan, with the tokens of the day (rule 8).
    #[must_use]
    pub fn open(id: AccountId, catalogue: &Catalogue, now: Timestamp) -> (Self, Vec<Entry>) {
        Self::open_after(&Former::default(), id, catalogue, now)
    }

    /// Opens an account after what outlives earlier ones. The tokens of a day are given once (rule 8).
    #[must_use]
    pub fn open_after(
        former: &Former,
        id: AccountId,
        catalogue: &Catalogue,
        now: Timestamp,
    ) -> (Self, Vec<Entry>) {
        let today = calendar::day(now);
        let given = former.free_day.filter(|day| *day >= today);
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
            used_so_far: BTreeMap::new(),
            free_day: given.unwrap_or(today),
            former_disputes: former.disputes.clone(),
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
        let standing = account.current_standing(catalogue);
        let mut edit = AccountEdit::new(Self { standing, ..account }, catalogue);
        if given.is_none() {
            edit.change(now, AccountEdit::grant_daily_tokens);
        }
        (edit.account, edit.entries)
    }
}
