//! From the ledger's words to those of the wire and the store, and back.

use crate::problem::{Answer, Failure, Kind};
use crate::store::{AccountRecord, EntryRecord, PurchaseRecord};
use tokenwell_ledger as ledger;
use tokenwell_wire as wire;

/// Entries as they are stored.
pub fn entry_records(entries: &[ledger::Entry]) -> Answer<Vec<EntryRecord>> {
    let _ = entries;
    unreachable!()
}
pub fn balance(_: &ledger::Balance) -> wire::Balance {
    unreachable!()
}
pub fn purchase(_: &PurchaseRecord, _: &ledger::Account) -> wire::Purchase {
    unreachable!()
}
pub fn packs(_: &ledger::Catalogue) -> wire::PackList {
    unreachable!()
}
pub fn plans(_: &ledger::Catalogue) -> wire::PlanList {
    unreachable!()
}
pub fn refusal(_: ledger::Refusal) -> Failure {
    Failure::new(Kind::Internal, "")
}
pub fn is_on_sale(_: &ledger::Catalogue, _: &ledger::PlanId, _: wire::Interval) -> bool {
    unreachable!()
}
pub fn subscription(_: &ledger::Account) -> wire::AccountSubscription {
    unreachable!()
}
pub fn account(_: &AccountRecord, _: &ledger::Account, _: &ledger::Catalogue) -> wire::Account {
    unreachable!()
}
pub fn live_subscriptions(_: &ledger::Account) -> Vec<String> {
    unreachable!()
}
pub fn slices(_: &[ledger::Slice]) -> Vec<wire::Slice> {
    unreachable!()
}
pub fn tokens(tokens: ledger::Tokens) -> wire::Tokens {
    wire::Tokens(tokens.0)
}
pub fn remedy(_: ledger::Remedy) -> wire::Remedy {
    unreachable!()
}
pub fn money(_: wire::Minor, _: &str) -> Answer<ledger::Money> {
    unreachable!()
}
pub fn lot<'a>(account: &'a ledger::Account, purchase: &str) -> Option<&'a ledger::Lot> {
    account.lot(&purchase.into())
}
pub fn subscription_status(_: &str) -> ledger::SubscriptionStatus {
    unreachable!()
}
