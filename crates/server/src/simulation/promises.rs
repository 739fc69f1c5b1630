//! What must hold once a storm is over, each promise of the rules by its name. What Stripe says is read from Stripe, what
//! the service made of it from its books.

mod plans;

use super::buyers::{Call, Purpose, Storm};
use super::world::{World, text};
use crate::store::{AccountRecord, EntryFilter, Inbox, PurchaseRecord, PurchaseStatus, RefundDueRecord};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use tokenwell_ledger::{Bucket, Entry, EntryKind, Lot, LotId, LotState, Tokens};

const ALL: u32 = 10_000;

/// What Stripe says.
struct Stripe {
    sessions: Vec<Value>,
    charges: HashMap<String, Value>,
    disputes: Vec<Value>,
    subscriptions: Vec<Value>,
    invoices: Vec<Value>,
}

impl Stripe {
    async fn of(world: &World) -> Self {
        let charges = world.list("/v1/charges?").await;
        let paid = charges.into_iter().filter(|charge| charge["status"] == "succeeded");
        Self {
            sessions: world.list("/v1/checkout/sessions?").await,
            charges: paid.map(|charge| (text(&charge["payment_intent"]), charge)).collect(),
            disputes: world.list("/v1/disputes?").await,
            subscriptions: world.list("/v1/subscriptions?status=all&").await,
            invoices: world.list("/v1/invoices?").await,
        }
    }

    fn session_of(&self, purchase: &str) -> Option<&Value> {
        self.sessions.iter().find(|session| session["metadata"]["tokenwell_purchase_id"] == purchase)
    }

    fn charge_of(&self, session: &Value) -> Option<&Value> {
        self.charges.get(session["payment_intent"].as_str()?)
    }

    fn is_wholly_refunded(&self, session: &Value) -> bool {
        self.charge_of(session).is_some_and(|charge| charge["refunded"] == true)
    }

    fn subscriptions_of(&self, account: &str) -> impl Iterator<Item = &Value> {
        self.subscriptions.iter().filter(move |it| it["metadata"]["tokenwell_account_id"] == *account)
    }

    fn dispute_of(&self, charge: &Value) -> Option<&str> {
        let dispute = self.disputes.iter().find(|dispute| dispute["charge"] == charge["id"])?;
        dispute["status"].as_str()
    }
}

/// What the service made of it.
struct Books {
    accounts: Vec<Account>,
    refunds_due: Vec<RefundDueRecord>,
}

struct Account {
    record: AccountRecord,
    entries: Vec<Entry>,
    purchases: Vec<PurchaseRecord>,
}

impl Books {
    async fn of(storm: &Storm) -> Self {
        let books = &storm.world.app().store;
        let mut accounts = Vec::new();
        for buyer in &storm.buyers {
            let all = EntryFilter::default();
            let newest_first = books.entries(&buyer.account, &all, None, ALL).await.unwrap().items;
            let entries = newest_first.iter().rev();
            accounts.push(Account {
                record: books.account(&buyer.account).await.unwrap().unwrap(),
                entries: entries.map(|record| serde_json::from_str(&record.entry).unwrap()).collect(),
                purchases: books.purchases(&buyer.account, None, ALL).await.unwrap().items,
            });
        }
        Self { accounts, refunds_due: books.refunds_due(None, ALL).await.unwrap().items }
    }
}

impl Account {
    fn is_deleted(&self) -> bool {
        self.record.deleted_at.is_some()
    }

    fn lot(&self, id: &str) -> Option<&Lot> {
        self.record.state.lot(&LotId::from(id))
    }

    fn of_kind(&self, kind: EntryKind) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.kind == kind)
    }

    fn grants(&self, purchase: &str) -> Vec<&Entry> {
        self.of_kind(EntryKind::Grant).filter(|entry| entry.reference.as_deref() == Some(purchase)).collect()
    }
}

/// Holds them all.
pub async fn hold(storm: &mut Storm) {
    a_repeated_call_brings_the_same_bytes(storm).await;
    nothing_waits_and_nothing_was_set_aside(storm).await;
    assert_eq!(storm.world.drift().await, Vec::<String>::new(), "the reconciler's dry run tells of no drift");
    let now = storm.now;
    let (stripe, books) = (Stripe::of(&storm.world).await, Books::of(storm).await);
    for account in &books.accounts {
        what_was_paid_is_granted_once(account, &stripe, &books);
        nothing_is_granted_without_payment(account, &stripe);
        a_purchase_stands_where_stripe_has_it(account, &stripe);
        the_balance_is_the_fold_of_the_entries(account);
        a_version_grows_by_one_with_every_change(account);
        a_lot_is_what_its_entries_say(account);
        a_claw_back_is_what_was_refunded_or_lost(account, &stripe);
        the_bank_is_within_its_cap_after_every_renewal(account);
        a_hold_adds_up_and_ends_once(account);
        plans::the_account_is_entitled_while_a_subscription_is(account, &stripe);
        plans::a_charged_period_is_granted_once_or_owed_back(account, &stripe, &books);
        plans::plan_tokens_follow_the_paid_lines(account, &stripe, now);
        a_deleted_account_is_empty(account);
    }
    the_setup_is_fine(storm).await;
    a_spend_is_done_once(storm, &books);
    only_what_was_paid_is_listed_for_refund(&stripe, &books);
}

/// What `tokenwell-server check` looks at.
pub async fn the_setup_is_fine(storm: &Storm) {
    let findings = storm.world.app().checks.run().await.findings;
    let bad: Vec<String> =
        findings.iter().filter(|finding| !finding.is_fine()).map(ToString::to_string).collect();
    assert_eq!(bad, Vec::<String>::new(), "the check finds nothing");
}

async fn a_repeated_call_brings_the_same_bytes(storm: &mut Storm) {
    for call in 0..storm.calls.len() {
        if !storm.buyers[storm.calls[call].buyer].deleted {
            storm.send_again(call).await;
        }
    }
}

async fn nothing_waits_and_nothing_was_set_aside(storm: &Storm) {
    assert_eq!(storm.world.work_left().await, 0, "work is left");
    assert_eq!(storm.world.app().store.inbox().await.unwrap(), Inbox::default());
}

fn is_paid(session: &Value) -> bool {
    let free = session["payment_status"] == "no_payment_required" && session["amount_total"] == 0;
    session["status"] == "complete" && (session["payment_status"] == "paid" || free)
}

/// Rule 15: with costs of shipping, a session does not cost what its purchase does.
fn fits(session: &Value) -> bool {
    session["total_details"]["amount_shipping"] == 0
}

/// Rule 15.
fn what_was_paid_is_granted_once(account: &Account, stripe: &Stripe, books: &Books) {
    for purchase in &account.purchases {
        let Some(session) = stripe.session_of(&purchase.id).filter(|session| is_paid(session)) else {
            continue;
        };
        let grants = account.grants(&purchase.id);
        let fits = fits(session);
        if grants.is_empty() && (account.is_deleted() || !fits) {
            // Rules 15a and 18.
            let listed = books.refunds_due.iter().filter(|due| session["id"] == *due.id).count();
            let disputed = stripe.charge_of(session).and_then(|charge| stripe.dispute_of(charge));
            // The buyer or the buyer's bank has the money.
            let returned = stripe.is_wholly_refunded(session) || disputed.is_some_and(takes_money);
            assert!(listed == 1 || returned, "{} was charged, and is neither granted nor owed", purchase.id);
            continue;
        }
        assert!(fits, "granted for another amount: {session}");
        let tokens: Vec<i64> = grants.iter().map(|grant| grant.amount).collect();
        assert_eq!(tokens, [i64::try_from(purchase.tokens.0).unwrap()], "grants of {}", purchase.id);
    }
}

/// Rule 15.
fn nothing_is_granted_without_payment(account: &Account, stripe: &Stripe) {
    for grant in account.of_kind(EntryKind::Grant) {
        let session = stripe.session_of(grant.reference.as_deref().unwrap());
        assert!(session.is_some_and(is_paid), "granted without payment: {grant:?} {session:?}");
    }
    for purchase in &account.purchases {
        let session = stripe.session_of(&purchase.id).filter(|session| is_paid(session));
        assert!(session.is_some() || account.grants(&purchase.id).is_empty(), "{purchase:?}");
    }
}

fn a_purchase_stands_where_stripe_has_it(account: &Account, stripe: &Stripe) {
    use PurchaseStatus as Is;
    for purchase in account.purchases.iter().filter(|_| !account.is_deleted()) {
        let Some(session) = stripe.session_of(&purchase.id) else {
            assert!(matches!(purchase.status, Is::Open | Is::Expired), "no session: {purchase:?}");
            continue;
        };
        let charge = stripe.charge_of(session);
        let expected = match (session["status"].as_str().unwrap(), is_paid(session)) {
            ("open", _) => Is::Open,
            ("expired", _) => Is::Expired,
            (_, false) if purchase.status == Is::Failed => Is::Failed,
            (_, false) => Is::Processing,
            (_, true) => charge.map_or(Is::Paid, |charge| status_of(stripe, session, charge)),
        };
        assert_eq!(purchase.status, expected, "{purchase:?} {session} {charge:?}");
    }
}

/// Rules 15a to 17: the status of a purchase that was charged.
fn status_of(stripe: &Stripe, session: &Value, charge: &Value) -> PurchaseStatus {
    let refunded = charge["amount_refunded"].as_i64().unwrap();
    match stripe.dispute_of(charge) {
        Some(state) if takes_money(state) => PurchaseStatus::Disputed,
        _ if refunded == 0 && fits(session) => PurchaseStatus::Paid,
        _ if charge["amount"] == refunded => PurchaseStatus::Refunded,
        _ if !fits(session) => PurchaseStatus::RefundDue,
        _ => PurchaseStatus::PartiallyRefunded,
    }
}

/// Rule 17: an inquiry takes none.
fn takes_money(dispute: &str) -> bool {
    dispute != "won" && !dispute.starts_with("warning_")
}

/// "Balance = fold of the entries."
fn the_balance_is_the_fold_of_the_entries(account: &Account) {
    for bucket in Bucket::ALL {
        let (mut available, mut held) = (0, 0);
        for entry in account.entries.iter().filter(|entry| entry.bucket == bucket) {
            available += entry.amount;
            held += entry.held;
            assert_eq!(Tokens(u64::try_from(available).unwrap()), entry.balance_after, "{entry:?}");
            assert!(held >= 0, "{entry:?}");
        }
        let state = &account.record.state;
        assert_eq!(Tokens(available.unsigned_abs()), state.available(bucket), "{bucket:?}");
        assert_eq!(Tokens(held.unsigned_abs()), state.held(bucket), "on hold of {bucket:?}");
    }
}

fn a_version_grows_by_one_with_every_change(account: &Account) {
    let mut version = 0;
    for entry in &account.entries {
        assert!(entry.version == version || entry.version == version + 1, "{entry:?} after {version}");
        version = entry.version;
    }
    assert_eq!(version, account.record.state.version());
}

/// "0 ≤ remaining ≤ granted for every lot."
fn a_lot_is_what_its_entries_say(account: &Account) {
    for lot in account.record.state.lots() {
        let entries = || account.entries.iter().filter(|entry| entry.lot.as_ref() == Some(lot.id()));
        let remaining: i64 = entries().map(|entry| entry.amount).sum();
        let held: i64 = entries().map(|entry| entry.held).sum();
        assert_eq!(Tokens(u64::try_from(remaining).unwrap()), lot.remaining(), "{lot:?}");
        assert_eq!(Tokens(u64::try_from(held).unwrap()), lot.held(), "{lot:?}");
        assert!(lot.remaining() <= lot.granted(), "{lot:?}");
    }
}

/// Rules 16 and 17.
fn a_claw_back_is_what_was_refunded_or_lost(account: &Account, stripe: &Stripe) {
    for purchase in &account.purchases {
        let lot = account.lot(&purchase.id).filter(|lot| lot.granted() > Tokens(0));
        let Some(lot) = lot else { continue };
        let session = stripe.session_of(&purchase.id).unwrap();
        let Some(charge) = stripe.charge_of(session) else {
            assert_eq!((&session["amount_total"], lot.unrecovered()), (&0.into(), Tokens(0)), "{lot:?}");
            continue;
        };
        let figure = |name: &str| charge[name].as_u64().unwrap();
        let dispute = stripe.dispute_of(charge);
        let Tokens(granted) = lot.granted();
        let expected = match dispute {
            Some("lost") => granted,
            _ => (granted * figure("amount_refunded") / figure("amount")).min(granted),
        };
        assert_eq!(lot.clawed_back().0 + lot.unrecovered().0, expected, "{lot:?} {charge}");
        assert!(lot.unrecovered() == Tokens(0) || lot.remaining() == Tokens(0), "{lot:?}");
        let open = dispute.is_some_and(|state| takes_money(state) && state != "lost");
        assert_eq!(lot.state() == LotState::Frozen, open, "{lot:?}");
    }
}

/// Rule 6.
fn the_bank_is_within_its_cap_after_every_renewal(account: &Account) {
    for entry in account.of_kind(EntryKind::Rollover).filter(|entry| entry.bucket == Bucket::Rollover) {
        assert!(entry.balance_after <= entry.standing.cap, "{entry:?}");
    }
}

/// "hold = committed + released + forfeited + expired + open."
fn a_hold_adds_up_and_ends_once(account: &Account) {
    let mut held: BTreeMap<&str, i64> = BTreeMap::new();
    for entry in account.entries.iter().filter(|entry| entry.held != 0) {
        *held.entry(entry.reference.as_deref().unwrap()).or_default() += entry.held;
    }
    for (id, left) in held {
        let open = account.record.state.hold(&id.into()).map_or(Tokens(0), tokenwell_ledger::Hold::amount);
        assert_eq!(Tokens(u64::try_from(left).unwrap()), open, "hold {id}");
    }
}

/// Rule 18.
fn a_deleted_account_is_empty(account: &Account) {
    if account.is_deleted() {
        let state = &account.record.state;
        assert!(Bucket::ALL.iter().all(|bucket| state.available(*bucket) == Tokens(0)), "{state:?}");
        assert_eq!((&account.record.email, &account.record.customer), (&None, &None));
    }
}

/// "An acknowledged one survives", and is there once.
fn a_spend_is_done_once(storm: &Storm, books: &Books) {
    for (buyer, account) in books.accounts.iter().enumerate().filter(|(_, account)| !account.is_deleted()) {
        let mut spent: BTreeMap<String, i64> = BTreeMap::new();
        for entry in account.of_kind(EntryKind::Spend) {
            *spent.entry(entry.reference.clone().unwrap()).or_default() -= entry.amount;
        }
        let calls = storm.calls.iter().filter(|call| call.buyer == buyer && call.purpose == Purpose::Spend);
        let acknowledged: BTreeMap<String, i64> = calls.filter_map(spend).collect();
        assert_eq!(spent, acknowledged, "what was spent, and what was acknowledged");
    }
}

fn spend(call: &Call) -> Option<(String, i64)> {
    let spend = call.response.as_ref().filter(|response| response.status == 201)?.json();
    Some((text(&spend["id"]), spend["amount"].as_i64().unwrap()))
}

fn only_what_was_paid_is_listed_for_refund(stripe: &Stripe, books: &Books) {
    for due in &books.refunds_due {
        let session = stripe.sessions.iter().find(|session| session["id"] == *due.id);
        let invoice = stripe.invoices.iter().find(|invoice| invoice["id"] == *due.id);
        let paid = session.is_some_and(is_paid) || invoice.is_some_and(|invoice| invoice["status"] == "paid");
        assert!(paid, "{due:?}");
        let purchase = due.purchase.as_deref();
        let granted = purchase.is_some_and(|id| books.accounts.iter().any(|it| !it.grants(id).is_empty()));
        assert!(!granted, "granted, and listed for refund: {due:?}");
    }
}
