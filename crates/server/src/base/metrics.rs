//! What the metrics of every layer share. `docs/operating.md` says what each metric means.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

/// Upper bounds of durations, in seconds: from what this machine does to what Stripe may take.
const SECONDS: [f64; 13] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];

/// A histogram of durations in seconds.
pub fn seconds() -> Histogram {
    Histogram::new(SECONDS)
}

/// A registry that holds only which program this is.
pub fn registry() -> Registry {
    let mut registry = Registry::with_prefix("tokenwell");
    let version = vec![("version", env!("CARGO_PKG_VERSION"))];
    registry.register("build", "Which program this is", Info::new(version));
    registry
}

/// The label `outcome`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct OutcomeLabel {
    /// How it went.
    pub outcome: &'static str,
}

/// The label `kind`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct KindLabel {
    /// Which kind.
    pub kind: String,
}

/// Fails unless `docs/operating.md` explains every metric in `text`, and there are `count` of them.
#[cfg(test)]
#[track_caller]
pub fn on_the_page(text: &str, count: usize) {
    let page = include_str!("../../../../docs/operating.md");
    let metrics: Vec<_> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' ')).collect();
    assert_eq!(metrics.len(), count, "{text}");
    for (name, kind) in metrics {
        let suffix = match kind {
            "counter" => "_total",
            "info" => "_info",
            _ => "",
        };
        assert!(page.contains(&format!("`{name}{suffix}`")), "{name}{suffix} is not on the page");
    }
}
