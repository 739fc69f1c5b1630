//! A change of an account is written whole or not at all, and only on the revision that it was decided on.

use super::{
    Database, account, assert_conflict, change, idempotency_record, on_every_database, opened, pack_checkout,
    purchase, refund_due, scope, second, spend,
};
use crate::store::{
    AccountRecord, Change, ChangeNotice, Chore, ChoreKind, EntryFilter, Lease, Store, StoreError,
};
use futures_util::future::join_all;
use jiff::Timestamp;
use tokenwell_ledger::{Bucket, Buckets, Entry};

on_every_database!(
    a_change_is_written_whole,
    only_one_of_two_changes_decided_on_the_same_revision_is_written,
    concurrent_changes_through_two_stores_are_written_one_after_the_other,
    a_change_that_cannot_be_written_whole_writes_nothing,
    a_change_of_an_unknown_account_is_refused,
    a_conflict_in_a_batch_undoes_no_other_change,
    a_change_is_written_with_all_of_its_idempotency_records_or_not_at_all,
    a_stored_response_is_returned_to_the_byte_and_never_replaced,
    an_idempotency_record_whose_work_is_under_way_is_completed_once,
    rows_that_contradict_themselves_are_refused_by_the_database,
    a_change_is_still_there_when_the_store_is_opened_again,
    ledger_entries_are_never_changed_or_removed,
);

/// A lease that has expired as soon as it is taken.
const EXPIRED: Lease = Lease { now: Timestamp::UNIX_EPOCH, until: Timestamp::UNIX_EPOCH };

/// A change that holds one of everything.
fn everything(of: &AccountRecord, name: &str) -> Change {
    Change {
        purchases: vec![purchase(of, &format!("pur_{name}"))],
        holds: vec![format!("hold_{name}")],
        checkouts: vec![pack_checkout(&format!("cs_{name}"), 15)],
        subscriptions: vec![(format!("sub_{name}"), Some(second(15)))],
        refunds_due: vec![refund_due(&format!("due_{name}"))],
        chores: vec![Chore {
            id: format!("chore_{name}"),
            kind: ChoreKind::CancelSubscription,
            object: "sub_1".to_owned(),
            attempts: 0,
        }],
        notices: vec![ChangeNotice::Balance, ChangeNotice::Purchase(format!("pur_{name}"))],
        idempotency_records: vec![idempotency_record(scope(of, name), 1, Some((201, "made")))],
        ..spend(of, name, 10, second(1))
    }
}

/// Counts what a change wrote: entries, purchases, holds, checkouts, subscriptions, refunds due, chores, notices and
/// idempotency records.
async fn written(store: &dyn Store, of: &AccountRecord, name: &str) -> [usize; 9] {
    let entries = store.entries(&of.id, &EntryFilter::default(), None, 100).await.unwrap().items;
    [
        entries.iter().filter(|entry| entry.reference.as_deref() == Some(name)).count(),
        usize::from(store.purchase(&format!("pur_{name}")).await.unwrap().is_some()),
        usize::from(store.account_of_hold(&format!("hold_{name}")).await.unwrap().is_some()),
        usize::from(store.checkout_is_known(&format!("cs_{name}")).await.unwrap()),
        usize::from(store.account_of_subscription(&format!("sub_{name}")).await.unwrap().is_some()),
        usize::from(store.refund_due(&format!("due_{name}")).await.unwrap().is_some()),
        store.take_chores(EXPIRED, 100).await.unwrap().iter().filter(|c| c.id.ends_with(name)).count(),
        store.notices_after(&of.id, 0).await.unwrap().len(),
        usize::from(store.idempotency_record(&scope(of, name)).await.unwrap().is_some()),
    ]
}

async fn a_change_is_written_whole(database: impl Database) {
    let store = database.open().await;
    let ada = opened(&*store, "ada").await;
    let change = everything(&ada, "one");
    store.commit(change.clone()).await.unwrap();
    let after = account(&*store, &ada.id).await;
    assert_eq!((after.revision, &after.state), (ada.revision + 1, &change.state));
    assert_eq!(written(&*store, &ada, "one").await, [1, 1, 1, 1, 1, 1, 1, 2, 1]);
    assert_eq!(store.purchase("pur_one").await.unwrap().unwrap(), change.purchases[0]);
    assert_eq!(store.account_of_hold("hold_one").await.unwrap().as_deref(), Some("acct_ada"));
    assert_eq!(store.refund_due("due_one").await.unwrap().unwrap(), change.refunds_due[0]);
    assert_eq!(
        store.idempotency_record(&scope(&ada, "one")).await.unwrap().as_ref(),
        change.idempotency_records.first()
    );
    let written = store.entries(&ada.id, &EntryFilter::default(), None, 1).await.unwrap().items.remove(0);
    assert!(written.seq > 0);
    assert_eq!(crate::store::EntryRecord { seq: 0, ..written }, change.entries[0]);
}

async fn only_one_of_two_changes_decided_on_the_same_revision_is_written(database: impl Database) {
    let stores = [database.open().await, database.open().await];
    let ada = opened(&*stores[0], "ada").await;
    let both = [spend(&ada, "one", 10, second(1)), spend(&ada, "two", 20, second(1))];
    let outcomes = join_all(both.into_iter().zip(&stores).map(|(change, store)| store.commit(change))).await;
    let conflicts = outcomes.iter().filter(|outcome| matches!(outcome, Err(StoreError::Conflict))).count();
    assert_eq!((conflicts, outcomes.iter().filter(|outcome| outcome.is_ok()).count()), (1, 1));
    let entries = stores[0].entries(&ada.id, &EntryFilter::default(), None, 10).await.unwrap().items;
    assert_eq!(entries.len(), 2, "the change that lost wrote nothing");
    assert_eq!(account(&*stores[1], &ada.id).await.revision, 1);
}

async fn concurrent_changes_through_two_stores_are_written_one_after_the_other(database: impl Database) {
    let stores = [database.open().await, database.open().await];
    let id = opened(&*stores[0], "ada").await.id;
    join_all((0..20).map(async |n| {
        let store = &stores[n % 2];
        loop {
            let ada = account(&**store, &id).await;
            match store.commit(spend(&ada, &format!("spend-{n}"), 5, second(1))).await {
                Ok(()) => break,
                Err(StoreError::Conflict) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }))
    .await;
    let ada = account(&*stores[0], &id).await;
    assert_eq!(ada.revision, 20);
    let entries = stores[1].entries(&id, &EntryFilter::default(), None, 100).await.unwrap().items;
    let balances: Vec<u64> = entries.iter().rev().map(|entry| entry.balance_after.0).collect();
    assert_eq!(
        balances,
        (0..=20).map(|n| 150 - 5 * n).collect::<Vec<_>>(),
        "in the order of their decisions"
    );
    let entries: Vec<Entry> = entries.iter().rev().map(|entry| entry.ledger_entry().unwrap()).collect();
    assert_eq!(Buckets::fold(&entries), Buckets::of(&ada.state));
}

async fn a_change_that_cannot_be_written_whole_writes_nothing(database: impl Database) {
    let store = database.open().await;
    let ada = opened(&*store, "ada").await;
    store.commit(everything(&ada, "one")).await.unwrap();
    let ada = account(&*store, &ada.id).await;

    // Another purchase has this Checkout session already.
    let mut taken = everything(&ada, "two");
    taken.purchases[0].session = Some("cs_pur_one".to_owned());
    assert!(matches!(store.commit(taken).await, Err(StoreError::Failed(_))));
    // The key was used with another body.
    let mut reused = everything(&ada, "two");
    reused.idempotency_records = vec![idempotency_record(scope(&ada, "one"), 2, Some((201, "another")))];
    assert_conflict(&store.commit(reused).await);

    assert_eq!(
        written(&*store, &ada, "two").await,
        [0, 0, 0, 0, 0, 0, 0, 2, 0],
        "the notices are those of the first change"
    );
    let after = account(&*store, &ada.id).await;
    assert_eq!((after.revision, after.state), (ada.revision, ada.state.clone()));
    store.commit(everything(&ada, "two")).await.expect("the failed changes block no later one");
    assert_eq!(written(&*store, &ada, "two").await, [1, 1, 1, 1, 1, 1, 1, 4, 1]);
}

async fn a_change_of_an_unknown_account_is_refused(database: impl Database) {
    let store = database.open().await;
    let mut eve = opened(&*store, "ada").await;
    eve.id = "acct_eve".to_owned();
    assert_conflict(&store.commit(everything(&eve, "one")).await);
    assert_eq!(written(&*store, &eve, "one").await, [0; 9]);
}

async fn a_conflict_in_a_batch_undoes_no_other_change(database: impl Database) {
    let store = database.open().await;
    let names: Vec<String> = (0..20).map(|n| format!("user{n}")).collect();
    let accounts = join_all(names.iter().map(|name| opened(&*store, name))).await;
    store.commit(spend(&accounts[3], "first", 1, second(1))).await.unwrap();
    let taken = idempotency_record(scope(&accounts[5], "taken"), 1, Some((201, "first")));
    store.commit(Change { idempotency_records: vec![taken.clone()], ..change(&accounts[5]) }).await.unwrap();

    let changes = join_all(accounts.iter().enumerate().map(async |(n, of)| match n {
        // Its key was used with another body meanwhile.
        5 => {
            let of = account(&*store, &of.id).await;
            let other = idempotency_record(scope(&of, "taken"), 2, Some((201, "second")));
            Change { idempotency_records: vec![other], ..spend(&of, "second", 10, second(1)) }
        }
        // An entry with this id exists already.
        7 => {
            let mut change = spend(of, "second", 10, second(1));
            change.entries[0].id =
                store.entries(&of.id, &EntryFilter::default(), None, 1).await.unwrap().items.remove(0).id;
            change
        }
        // Account 3 has changed since its revision was read.
        _ => spend(of, "second", 10, second(1)),
    }))
    .await;
    let outcomes = join_all(changes.into_iter().map(|change| store.commit(change))).await;
    for (n, (outcome, of)) in outcomes.iter().zip(&accounts).enumerate() {
        let (fails, spends) = match n {
            3 => (matches!(outcome, Err(StoreError::Conflict)), 1),
            5 => (matches!(outcome, Err(StoreError::Conflict)), 0),
            7 => (matches!(outcome, Err(StoreError::Failed(_))), 0),
            _ => (outcome.is_ok(), 1),
        };
        assert!(fails, "{n}: {outcome:?}");
        let entries = store.entries(&of.id, &EntryFilter::default(), None, 10).await.unwrap().items;
        assert_eq!(entries.len(), 1 + spends, "{n}");
        let balance = account(&*store, &of.id).await.state.available(Bucket::Fast);
        assert_eq!(entries[0].balance_after.0, balance.0, "{n}");
    }
    assert_eq!(store.idempotency_record(&taken.scope).await.unwrap(), Some(taken));
}

async fn a_change_is_written_with_all_of_its_idempotency_records_or_not_at_all(database: impl Database) {
    let store = database.open().await;
    let ada = opened(&*store, "ada").await;
    let some = |names: [&str; 3]| {
        names.map(|name| idempotency_record(scope(&ada, name), 1, Some((201, name)))).to_vec()
    };
    let first = some(["one", "two", "three"]);
    store
        .commit(Change { idempotency_records: first.clone(), ..spend(&ada, "one", 1, second(1)) })
        .await
        .unwrap();

    let again = account(&*store, &ada.id).await;
    let second_time =
        Change { idempotency_records: some(["four", "two", "five"]), ..spend(&again, "two", 1, second(2)) };
    assert_conflict(&store.commit(second_time).await);

    let scopes = ["one", "two", "three", "four", "five"].map(|name| scope(&ada, name)).to_vec();
    let (found, mut records) =
        store.account_and_idempotency_records(&ada.id, scopes.clone()).await.unwrap().unwrap();
    records.sort_by_key(|kept| scopes.iter().position(|scope| *scope == kept.scope));
    assert_eq!((found.revision, records), (1, first));
    assert!(store.account_and_idempotency_records("acct_eve", scopes).await.unwrap().is_none());
}

async fn a_stored_response_is_returned_to_the_byte_and_never_replaced(database: impl Database) {
    let store = database.open().await;
    let ada = opened(&*store, "ada").await;
    let bob = opened(&*store, "bob").await;
    let bytes = idempotency_record(scope(&ada, "key"), 1, Some((402, "{\"detail\":\"\u{1f41d} \\u0000\"}")));
    store.commit(Change { idempotency_records: vec![bytes.clone()], ..change(&ada) }).await.unwrap();
    assert_eq!(store.idempotency_record(&scope(&ada, "key")).await.unwrap(), Some(bytes.clone()));

    for other in [
        idempotency_record(scope(&ada, "key"), 1, Some((201, "{}"))),
        idempotency_record(scope(&ada, "key"), 2, None),
    ] {
        let ada = account(&*store, &ada.id).await;
        assert_conflict(&store.commit(Change { idempotency_records: vec![other], ..change(&ada) }).await);
    }
    assert_eq!(store.idempotency_record(&scope(&ada, "key")).await.unwrap(), Some(bytes));

    // The same key of another account, caller or route is another key.
    let mut route = scope(&ada, "key");
    "POST /v1/holds".clone_into(&mut route.route);
    let mut caller = scope(&ada, "key");
    "user".clone_into(&mut caller.caller);
    for scope in [scope(&bob, "key"), route, caller] {
        assert_eq!(store.idempotency_record(&scope).await.unwrap(), None, "{scope:?}");
        let of = account(&*store, &scope.account).await;
        let record = idempotency_record(scope.clone(), 3, Some((200, "other")));
        store.commit(Change { idempotency_records: vec![record.clone()], ..change(&of) }).await.unwrap();
        assert_eq!(store.idempotency_record(&scope).await.unwrap(), Some(record));
    }
}

async fn an_idempotency_record_whose_work_is_under_way_is_completed_once(database: impl Database) {
    let store = database.open().await;
    let store_response = async |digest: u8, response: Option<(u16, &str)>| {
        let ada = account(&*store, "acct_ada").await;
        let record = idempotency_record(scope(&ada, "key"), digest, response);
        store.commit(Change { idempotency_records: vec![record], ..change(&ada) }).await
    };
    let ada = opened(&*store, "ada").await;
    store_response(1, None).await.unwrap();
    let under_way = store.idempotency_record(&scope(&ada, "key")).await.unwrap().unwrap();
    assert_eq!((under_way.response, under_way.purchase.as_deref()), (None, Some("pur_1")));
    assert_conflict(&store_response(1, None).await);
    assert_conflict(&store_response(2, Some((201, "of another body"))).await);
    store_response(1, Some((201, "done"))).await.unwrap();
    assert_conflict(&store_response(1, Some((201, "done again"))).await);
    let done = store.idempotency_record(&scope(&ada, "key")).await.unwrap().unwrap();
    assert_eq!(done.response.unwrap().body, b"done");
}

async fn rows_that_contradict_themselves_are_refused_by_the_database(database: impl Database) {
    let store = database.open().await;
    let ada = opened(&*store, "ada").await;
    store.commit(everything(&ada, "one")).await.unwrap();
    for id in ["evt_waiting", "evt_aside"] {
        store.receive(id, b"{}".to_vec(), second(0)).await.unwrap();
    }
    store.set_event_aside("evt_aside", "it makes no sense", second(1)).await.unwrap();
    for contradiction in [
        "UPDATE idempotency_records SET body = NULL",
        "UPDATE idempotency_records SET status = NULL",
        "UPDATE inbox SET body = NULL WHERE id = 'evt_waiting'",
        "UPDATE inbox SET body = NULL WHERE id = 'evt_aside'",
        "UPDATE inbox SET last_error = NULL WHERE id = 'evt_aside'",
        "UPDATE inbox SET set_aside_at = NULL WHERE id = 'evt_aside'",
        "UPDATE inbox SET state = 'of_a_newer_version'",
        "UPDATE refunds_due SET resolved_at = 0",
        "UPDATE accounts SET state = 'no JSON'",
    ] {
        assert!(database.by_hand(contradiction).await.is_err(), "{contradiction}");
    }
}

async fn a_change_is_still_there_when_the_store_is_opened_again(database: impl Database) {
    let store = database.open().await;
    let ada = opened(&*store, "ada").await;
    store.commit(everything(&ada, "one")).await.unwrap();
    let before = account(&*store, &ada.id).await;
    store.close().await;
    assert!(matches!(store.commit(change(&before)).await, Err(StoreError::Failed(_))), "the store is closed");

    let store = database.open().await;
    let after = account(&*store, &ada.id).await;
    assert_eq!((after.revision, after.state), (before.revision, before.state));
    assert_eq!(written(&*store, &ada, "one").await, [1, 1, 1, 1, 1, 1, 1, 2, 1]);
}

async fn ledger_entries_are_never_changed_or_removed(database: impl Database) {
    let store = database.open().await;
    opened(&*store, "ada").await;
    for sql in ["UPDATE entries SET amount = 1000000", "DELETE FROM entries"] {
        let refused = database.by_hand(sql).await.unwrap_err().to_string();
        assert!(refused.contains("ledger entries are never"), "{refused}");
    }
}
