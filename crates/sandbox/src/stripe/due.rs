//! What happens as time passes: checkout sessions expire, and billing periods end.

use super::checkout::expiry;
use super::subscriptions::renewal;
use crate::store::Store;
use jiff::Timestamp;
use serde_json::Value;

/// Work that is due at a certain time.
enum DueWork {
    SessionExpiry(Value),
    PeriodEnd(Value),
}

fn next(store: &Store) -> Option<(Timestamp, DueWork)> {
    let expiry = expiry::next_expiry(store).map(|(due, session)| (due, DueWork::SessionExpiry(session)));
    let period_end =
        renewal::next_period_end(store).map(|(due, subscription)| (due, DueWork::PeriodEnd(subscription)));
    [expiry, period_end].into_iter().flatten().min_by_key(|(due, _)| *due)
}

/// Does all overdue work in the order of its due times, each as of its due time.
pub fn catch_up(store: &mut Store) {
    while let Some((due, work)) = next(store) {
        if due > store.now() {
            return;
        }
        store.as_of(due, |store| match work {
            DueWork::SessionExpiry(session) => {
                expiry::expire(store, session);
            }
            DueWork::PeriodEnd(subscription) => renewal::end_period(store, subscription),
        });
    }
}

/// When the next work is due in real time; `None` while the billing clock is stopped.
pub fn next_due(store: &Store) -> Option<Timestamp> {
    if store.stopped_clock().is_some() {
        return None;
    }
    next(store).map(|(due, _)| due)
}
