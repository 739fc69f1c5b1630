//! Metrics of the ledger. `docs/operating.md` says what each means.

use crate::base::metrics::KindLabel;
use crate::store::EntryRecord;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// The metrics of account changes.
#[derive(Debug)]
pub struct AccountMetrics {
    entries: Family<KindLabel, Counter>,
    tokens: Family<KindLabel, Counter>,
    refusals: Family<KindLabel, Counter>,
    conflicts: Counter,
}

/// The entries of a change by kind, each with the tokens that it moved.
pub struct EntryTally(Vec<(&'static str, u64)>);

impl EntryTally {
    /// Counts these entries.
    pub fn of(entries: &[EntryRecord]) -> Self {
        Self(entries.iter().map(|entry| (entry.kind.name(), entry.amount.unsigned_abs())).collect())
    }
}

impl AccountMetrics {
    /// Registers the metrics.
    pub fn new(registry: &mut Registry) -> Self {
        let metrics = Self {
            entries: Family::default(),
            tokens: Family::default(),
            refusals: Family::default(),
            conflicts: Counter::default(),
        };
        registry.register("ledger_entries", "Entries written to the ledger", metrics.entries.clone());
        registry.register("ledger_tokens", "Tokens that they moved", metrics.tokens.clone());
        registry.register("ledger_refusals", "What the rules refused", metrics.refusals.clone());
        registry.register(
            "ledger_conflicts",
            "Changes decided again because another was committed first",
            metrics.conflicts.clone(),
        );
        metrics
    }

    /// Counts entries that were committed.
    pub fn committed(&self, tally: &EntryTally) {
        for (kind, tokens) in &tally.0 {
            self.entry_committed(kind, *tokens);
        }
    }

    /// Counts one entry, and the tokens that it moved.
    pub fn entry_committed(&self, kind: &str, tokens: u64) {
        let label = KindLabel { kind: kind.to_owned() };
        self.entries.get_or_create(&label).inc();
        self.tokens.get_or_create(&label).inc_by(tokens);
    }

    /// Counts a refusal by the rules.
    pub fn refused(&self, kind: &str) {
        self.refusals.get_or_create(&KindLabel { kind: kind.to_owned() }).inc();
    }

    /// Counts a change that is decided again.
    pub fn conflicted(&self) {
        self.conflicts.inc();
    }
}
