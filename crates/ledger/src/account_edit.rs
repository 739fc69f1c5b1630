//! An account that one command is changing, and the entries of its changes so far.

use crate::catalogue::Catalogue;
use crate::{
    Account, Bucket, Buckets, Entry, EntryKind, Hold, Lot, LotId, Slice, SubscriptionId, Tokens, Used,
};
use jiff::Timestamp;

pub(crate) struct AccountEdit<'a> {
    pub(crate) account: Account,
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) entries: Vec<Entry>,
    /// The number of entries that belong to complete changes.
    complete: usize,
    /// When the change in progress takes effect.
    at: Timestamp,
}

/// The contents of an entry to be added.
#[derive(Clone, Copy)]
pub(crate) struct Posting<'a> {
    pub(crate) kind: EntryKind,
    pub(crate) bucket: Bucket,
    pub(crate) lot: Option<&'a LotId>,
    pub(crate) amount: i64,
    pub(crate) held: i64,
    pub(crate) reason: Option<&'a str>,
    pub(crate) reference: Option<&'a str>,
}

impl<'a> Posting<'a> {
    pub(crate) fn new(kind: EntryKind, bucket: Bucket, amount: i64) -> Self {
        Self { kind, bucket, lot: None, amount, held: 0, reason: None, reference: None }
    }

    /// A change of a lot. The reference is the purchase or adjustment that the lot belongs to.
    pub(crate) fn of_lot(kind: EntryKind, lot: &'a LotId, amount: i64) -> Self {
        Self { lot: Some(lot), reference: Some(lot.as_str()), ..Self::new(kind, Bucket::TopUp, amount) }
    }

    /// A change by one slice of a spend or hold.
    pub(crate) fn of_slice(kind: EntryKind, slice: &'a Slice, amount: i64, held: i64) -> Self {
        Self { lot: slice.lot.as_ref(), held, ..Self::new(kind, slice.bucket, amount) }
    }

    pub(crate) fn with_reason(self, reason: &'a str) -> Self {
        Self { reason: Some(reason), ..self }
    }

    pub(crate) fn with_reference(self, reference: &'a str) -> Self {
        Self { reference: Some(reference), ..self }
    }
}

impl<'a> AccountEdit<'a> {
    pub(crate) fn new(account: Account, catalogue: &'a Catalogue) -> Self {
        let at = account.latest;
        Self { account, catalogue, entries: Vec::new(), complete: 0, at }
    }

    /// Makes one change. It is dated `at`, or with the last entry if that is later: entries never go back in time.
    ///
    /// All entries of the change belong to one version. Each carries the standing and the buckets after the change.
    pub(crate) fn change<T>(&mut self, at: Timestamp, change: impl FnOnce(&mut Self) -> T) -> T {
        debug_assert_eq!(self.complete, self.entries.len(), "changes do not nest");
        self.at = at.max(self.account.latest);
        let outcome = change(self);
        let standing = self.account.current_standing(self.catalogue);
        if self.complete == self.entries.len() && standing != self.account.standing {
            let current = self.account.current.clone();
            let reference = current.as_ref().map(SubscriptionId::as_str);
            self.post(Posting { reference, ..Posting::new(EntryKind::PlanChanged, Bucket::Fast, 0) });
        }
        if self.complete < self.entries.len() {
            self.account.version += 1;
            self.account.latest = self.at;
            let buckets = Buckets::of(&self.account);
            for entry in &mut self.entries[self.complete..] {
                entry.standing = standing.clone();
                entry.buckets = buckets;
                entry.used = self.account.used;
            }
            self.account.standing = standing;
            self.complete = self.entries.len();
        }
        outcome
    }

    /// When the change in progress takes effect.
    pub(crate) fn at(&self) -> Timestamp {
        self.at
    }

    /// Changes a bucket and adds the entry. A change by zero adds no entry, except for the kinds that never change an
    /// amount.
    pub(crate) fn post(&mut self, posting: Posting<'_>) {
        let changes_no_amount =
            matches!(posting.kind, EntryKind::Freeze | EntryKind::Thaw | EntryKind::PlanChanged);
        if posting.amount == 0 && posting.held == 0 && !changes_no_amount {
            return;
        }
        match (posting.bucket, posting.lot) {
            (Bucket::Rollover, _) => self.account.rollover = self.account.rollover.changed_by(posting.amount),
            (Bucket::Fast, _) => self.account.fast = self.account.fast.changed_by(posting.amount),
            (Bucket::TopUp, lot) => {
                if let Some(lot) = lot.and_then(|id| self.lot_mut(id)) {
                    lot.remaining = lot.remaining.changed_by(posting.amount);
                    lot.held = lot.held.changed_by(posting.held);
                }
            }
        }
        let account = &self.account;
        let version = account.version + 1;
        let entry = Entry {
            id: Entry::id_of(&account.id, version, self.entries.len() - self.complete),
            version,
            at: self.at,
            kind: posting.kind,
            bucket: posting.bucket,
            lot: posting.lot.cloned(),
            amount: posting.amount,
            held: posting.held,
            balance_after: account.available(posting.bucket),
            reason: posting.reason.map(str::to_owned),
            reference: posting.reference.map(str::to_owned),
            standing: account.standing.clone(),
            used: account.used,
            buckets: Buckets::default(),
        };
        self.account.used = account.used.plus(entry.spent());
        if !entry.spent().is_zero() {
            let used = Buckets::of(&self.account).get(entry.bucket).used_with(&entry);
            self.account.used_so_far.insert(entry.bucket, used);
        }
        self.entries.push(entry);
    }

    /// Starts a period of fast tokens: a token period, a day of the free plan, a plan, or what follows a plan (rule 8a).
    pub(crate) fn start_fast_period(&mut self) {
        self.account.fast_period += 1;
        self.account.used = Used::none_since(self.at);
    }

    pub(crate) fn lot_mut(&mut self, id: &LotId) -> Option<&mut Lot> {
        self.account.lots.iter_mut().find(|lot| lot.id == *id)
    }

    /// Takes lost tokens out of a bucket.
    pub(crate) fn forfeit(&mut self, bucket: Bucket, amount: Tokens, reference: Option<&str>) {
        self.post(Posting { reference, ..Posting::new(EntryKind::Forfeit, bucket, amount.debit()) });
    }

    /// Rule 6: moves fast tokens to the bank up to its cap and forfeits the excess.
    pub(crate) fn roll_over(&mut self, amount: Tokens, reference: Option<&str>) {
        let cap = self.account.terms(self.catalogue).cap;
        let moved = amount.min(cap.less(self.counted_towards_cap()));
        for (bucket, amount) in [(Bucket::Fast, moved.debit()), (Bucket::Rollover, moved.credit())] {
            self.post(Posting { reference, ..Posting::new(EntryKind::Rollover, bucket, amount) });
        }
        self.forfeit(Bucket::Fast, amount.less(moved), reference);
    }

    /// Rules 4 and 11: forfeits what the bank holds over its cap.
    pub(crate) fn forfeit_over_cap(&mut self, reference: Option<&str>) {
        let cap = self.account.terms(self.catalogue).cap;
        let excess = self.counted_towards_cap().less(cap).min(self.account.rollover);
        self.forfeit(Bucket::Rollover, excess, reference);
    }

    /// The bank's tokens, and those that open holds took from it and may give back (rule 4).
    fn counted_towards_cap(&self) -> Tokens {
        let account = &self.account;
        let held = account
            .holds
            .iter()
            .filter(|hold| hold.stretch == account.stretch)
            .flat_map(Hold::slices)
            .filter(|slice| slice.bucket == Bucket::Rollover)
            .map(|slice| slice.amount)
            .sum();
        account.rollover.plus(held)
    }

    /// Rule 16: claws back what refunds and lost disputes are owed, as far as the lot has tokens left. Returns tokens if
    /// more was clawed back than is owed.
    pub(crate) fn settle(&mut self, id: &LotId) {
        let Some(lot) = self.lot_mut(id) else { return };
        let target = lot.claw_back();
        let taken = target.less(lot.clawed_back).min(lot.remaining);
        let returned = lot.clawed_back.less(target);
        lot.clawed_back = lot.clawed_back.plus(taken).less(returned);
        self.post(Posting::of_lot(EntryKind::ClawBack, id, taken.debit()));
        self.post(Posting::of_lot(EntryKind::ClawBackReversed, id, returned.credit()));
    }

    /// Ends a hold (rule 4). The first `commit` tokens are used for good. The rest goes back, starting with the slice that
    /// was taken last. Returns the committed slices.
    pub(crate) fn end_hold(&mut self, hold: &Hold, commit: Tokens, kind: EntryKind) -> Vec<Slice> {
        self.account.holds.retain(|open| open.id != hold.id);
        let mut wanted = commit;
        let mut committed = Vec::new();
        let mut rest = Vec::new();
        for slice in &hold.slices {
            let part = slice.amount.min(wanted);
            wanted = wanted.less(part);
            committed.push(Slice { amount: part, ..slice.clone() });
            rest.push(Slice { amount: slice.amount.less(part), ..slice.clone() });
        }
        committed.retain(|slice| !slice.amount.is_zero());
        for slice in &committed {
            let posting = Posting::of_slice(EntryKind::HoldCommitted, slice, 0, slice.amount.debit());
            self.post(posting.with_reason(&hold.reason).with_reference(hold.id.as_str()));
        }
        for slice in rest.iter().rev().filter(|slice| !slice.amount.is_zero()) {
            self.give_back(hold, slice, kind);
        }
        // Rule 11: what is owed is taken from plan tokens as soon as they are there.
        self.take_back([Bucket::Fast, Bucket::Rollover], Some(hold.id.as_str()));
        committed
    }

    /// Rule 4: returns an unused slice to its bucket, then moves or forfeits it if its period or plan has ended.
    fn give_back(&mut self, hold: &Hold, slice: &Slice, kind: EntryKind) {
        let reference = Some(hold.id.as_str());
        let posting = Posting::of_slice(kind, slice, slice.amount.credit(), slice.amount.debit());
        self.post(Posting { reason: Some(&hold.reason), reference, ..posting });

        let same_stretch = hold.stretch == self.account.stretch;
        let same_period = hold.fast_period == self.account.fast_period;
        match (slice.bucket, &slice.lot) {
            (Bucket::TopUp, Some(lot)) => self.settle(lot),
            (bucket, _) if !same_stretch => self.forfeit(bucket, slice.amount, reference),
            (Bucket::Rollover, _) => self.forfeit_over_cap(reference),
            (Bucket::Fast, _) if same_period => {}
            (Bucket::Fast, _) if self.account.is_entitled() => self.roll_over(slice.amount, reference),
            (bucket, _) => self.forfeit(bucket, slice.amount, reference),
        }
    }
}
