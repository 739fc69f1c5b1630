//! What is read in pages or in order: entries, purchases, refunds due and notices.

use super::{
    Database, UNKNOWN, account, assert_conflict, assert_fails_with, change, decided, idempotency_record,
    on_every_database, opened, purchase, refund_due, scope, second, spend,
};
use crate::store::{
    AccountRecord, Change, ChangeNotice, Charged, EntryFilter, IdempotencyScope, PurchaseStatus, Store,
    StoreError,
};
use tokenwell_ledger::{AdjustmentId, Bucket, Command, EntryKind, Minor};

on_every_database!(
    entries_come_newest_first_page_by_page_without_gap_or_overlap,
    entries_are_found_by_time_bucket_and_kind,
    the_last_entry_at_each_instant_is_found,
    an_entry_of_an_unknown_kind_or_bucket_is_an_error_that_names_column_and_value,
    purchases_come_newest_first_and_keep_their_position_when_they_change,
    every_purchase_with_a_checkout_is_read_page_by_page,
    a_purchase_is_found_by_its_session_and_its_payment,
    a_purchase_of_an_unknown_status_is_an_error_that_names_column_and_value,
    notices_above_a_sequence_number_come_in_order,
    notices_of_an_unknown_kind_are_skipped_and_hide_no_later_notice,
    a_stream_that_follows_the_notices_misses_none_while_changes_are_written,
    sequence_numbers_stay_valid_when_old_notices_are_tidied_away,
    refunds_due_are_listed_once_newest_first_until_an_operator_resolves_them,
    nothing_is_found_under_an_id_that_holds_a_nul,
);

/// Spends one token so many times, every ten seconds.
async fn spends(store: &dyn Store, name: &str, times: i64) {
    let id = format!("acct_{name}");
    for n in 1..=times {
        let of = account(store, &id).await;
        store.commit(spend(&of, &format!("{name}-{n}"), 1, second(10 * n))).await.unwrap();
    }
}

async fn entries_come_newest_first_page_by_page_without_gap_or_overlap(database: impl Database) {
    let store = database.open().await;
    for name in ["ada", "bob"] {
        opened(&*store, name).await;
        spends(&*store, name, 6).await;
    }
    let (mut before, mut seen, mut pages) = (None, Vec::new(), 0);
    loop {
        let page = store.entries("acct_ada", &EntryFilter::default(), before, 3).await.unwrap();
        pages += 1;
        seen.extend(page.items.into_iter().map(|entry| entry.reference.unwrap_or_default()));
        match page.next {
            Some(next) => before = Some(next),
            None => break,
        }
    }
    assert_eq!(pages, 3);
    assert_eq!(seen[..6], ["ada-6", "ada-5", "ada-4", "ada-3", "ada-2", "ada-1"].map(str::to_owned));
    assert_eq!(seen.len(), 7, "the seventh is the entry that opened the account");
    let exact = store.entries("acct_ada", &EntryFilter::default(), None, 7).await.unwrap();
    assert_eq!((exact.items.len(), exact.next), (7, None), "a full last page has no next page");
}

async fn entries_are_found_by_time_bucket_and_kind(database: impl Database) {
    let store = database.open().await;
    let ada = opened(&*store, "ada").await;
    spends(&*store, "ada", 4).await;
    let gift = Command::Adjust { id: AdjustmentId::from("gift"), amount: 500, reason: "Sorry".to_owned() };
    let gift = decided(&account(&*store, &ada.id).await, gift, second(50));
    store.commit(gift).await.unwrap();

    let found = async |filter: EntryFilter, before| {
        let page = store.entries(&ada.id, &filter, before, 100).await.unwrap();
        page.items
            .into_iter()
            .map(|entry| (entry.seq, entry.reference.unwrap_or_default()))
            .collect::<Vec<_>>()
    };
    let names = |found: Vec<(i64, String)>| found.into_iter().map(|(_, name)| name).collect::<Vec<_>>();
    let between = |from, until| EntryFilter {
        from: Some(second(from)),
        until: Some(second(until)),
        ..EntryFilter::default()
    };
    assert_eq!(
        names(found(between(20, 40), None).await),
        ["ada-3", "ada-2"],
        "`from` is included, `until` is not"
    );
    assert!(found(between(41, 45), None).await.is_empty());
    assert!(found(between(100, 200), None).await.is_empty());
    assert!(found(between(-20, -10), None).await.is_empty());
    let third = found(between(20, 40), None).await[0].0;
    assert_eq!(names(found(between(20, 40), Some(third)).await), ["ada-2"], "and below a sequence number");
    let kinds = EntryFilter { kinds: vec![EntryKind::Spend], ..EntryFilter::default() };
    assert_eq!(names(found(kinds, None).await), ["ada-4", "ada-3", "ada-2", "ada-1"]);
    let kinds = EntryFilter { kinds: vec![EntryKind::Adjustment, EntryKind::Spend], ..between(40, 60) };
    assert_eq!(names(found(kinds, None).await), ["gift", "ada-4"]);
    let buckets = EntryFilter { buckets: vec![Bucket::TopUp], ..EntryFilter::default() };
    assert_eq!(names(found(buckets, None).await), ["gift"]);
    let both = EntryFilter { buckets: vec![Bucket::TopUp, Bucket::Fast], ..EntryFilter::default() };
    assert_eq!(found(both, None).await.len(), 6);
}

async fn the_last_entry_at_each_instant_is_found(database: impl Database) {
    let store = database.open().await;
    let ada = opened(&*store, "ada").await;
    let bob = opened(&*store, "bob").await;
    spends(&*store, "ada", 3).await;
    let last = async |account: &AccountRecord, seconds: &[i64]| {
        let instants: Vec<_> = seconds.iter().map(|at| second(*at)).collect();
        let entries = store.last_entries(&account.id, &instants).await.unwrap();
        entries.into_iter().map(|entry| entry.map(|entry| entry.balance_after.0)).collect::<Vec<_>>()
    };
    let before_the_account_was_opened = None;
    assert_eq!(
        last(&ada, &[-1, 0, 9, 10, 29, 1000]).await,
        [before_the_account_was_opened, Some(150), Some(150), Some(149), Some(148), Some(147)]
    );
    assert_eq!(
        last(&ada, &[1000, -1, 10, 10]).await,
        [Some(147), None, Some(149), Some(149)],
        "in their order"
    );
    assert_eq!(last(&bob, &[1000]).await, [Some(150)], "of the account");
    assert_eq!(last(&ada, &[]).await, []);
    let one = store.last_entry(&ada.id, second(29)).await.unwrap();
    assert_eq!(one.map(|entry| entry.balance_after.0), Some(148));
}

async fn an_entry_of_an_unknown_kind_or_bucket_is_an_error_that_names_column_and_value(
    database: impl Database,
) {
    let store = database.open().await;
    for (name, seq, kind, bucket, column) in
        [("ada", 1000, UNKNOWN, "fast", "kind"), ("bob", 2000, "spend", UNKNOWN, "bucket")]
    {
        let of = opened(&*store, name).await;
        let sql = format!(
            "INSERT INTO entries (account_id, seq, id, at, kind, bucket, amount, balance_after, entry)
             VALUES ('{}', {seq}, 'by hand {name}', {}, '{kind}', '{bucket}', -1, 149, '{{}}')",
            of.id,
            second(1).as_millisecond()
        );
        database.by_hand(&sql).await.unwrap();
        let entries = store.entries(&of.id, &EntryFilter::default(), None, 10).await;
        assert_fails_with(&entries, &[column, UNKNOWN]);
        assert_fails_with(&store.last_entry(&of.id, second(9)).await, &[column, UNKNOWN]);
    }
}

async fn purchases_come_newest_first_and_keep_their_position_when_they_change(database: impl Database) {
    let store = database.open().await;
    let ada = opened(&*store, "ada").await;
    let put = async |purchase| {
        let ada = account(&*store, &ada.id).await;
        store.commit(Change { purchases: vec![purchase], ..change(&ada) }).await.unwrap();
    };
    for id in ["one", "two", "three"] {
        put(purchase(&ada, id)).await;
    }
    let mut paid = purchase(&ada, "one");
    paid.status = PurchaseStatus::Paid;
    (paid.checkout_url, paid.expires_at) = (None, None);
    paid.charged = Some(Charged {
        currency: "eur".to_owned(),
        subtotal: Minor(1800),
        discount: Minor(180),
        tax: Minor(324),
        total: Minor(1944),
    });
    paid.receipt_url = Some("https://pay.stripe.com/receipts/1".to_owned());
    put(paid.clone()).await;
    // What was sold never changes.
    put(crate::store::PurchaseRecord { quantity: 20, ..paid.clone() }).await;

    let first = store.purchases(&ada.id, None, 2).await.unwrap();
    assert_eq!(first.items.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["three", "two"]);
    let second = store.purchases(&ada.id, first.next, 2).await.unwrap();
    assert_eq!((second.items, second.next), (vec![paid], None));
    assert!(store.purchases("acct_bob", None, 2).await.unwrap().items.is_empty());
}

async fn every_purchase_with_a_checkout_is_read_page_by_page(database: impl Database) {
    let store = database.open().await;
    for name in ["ada", "bob"] {
        let of = opened(&*store, name).await;
        let without = crate::store::PurchaseRecord { session: None, ..purchase(&of, &format!("{name}-0")) };
        let purchases =
            vec![without, purchase(&of, &format!("{name}-1")), purchase(&of, &format!("{name}-2"))];
        store.commit(Change { purchases, ..change(&of) }).await.unwrap();
    }
    let (mut after, mut seen) = (0, Vec::new());
    loop {
        let page = store.purchases_after(after, 3).await.unwrap();
        let Some((last, _)) = page.last() else { break };
        after = *last;
        seen.extend(page.into_iter().map(|(_, purchase)| purchase.id));
    }
    assert_eq!(seen, ["ada-1", "ada-2", "bob-1", "bob-2"]);
}

async fn a_purchase_is_found_by_its_session_and_its_payment(database: impl Database) {
    let store = database.open().await;
    let ada = opened(&*store, "ada").await;
    let mut one = purchase(&ada, "one");
    one.payment_intent = Some("pi_1".to_owned());
    let two = crate::store::PurchaseRecord { session: None, ..purchase(&ada, "two") };
    let three = crate::store::PurchaseRecord { session: None, ..purchase(&ada, "three") };
    store.commit(Change { purchases: vec![one.clone(), two, three], ..change(&ada) }).await.unwrap();
    assert_eq!(store.purchase_of_session("cs_one").await.unwrap().as_ref(), Some(&one));
    assert_eq!(store.purchase_of_payment("pi_1").await.unwrap(), Some(one));
    assert_eq!(store.purchase_of_session("cs_none").await.unwrap(), None);
    assert_eq!(store.purchase_of_payment("pi_none").await.unwrap(), None);
}

async fn a_purchase_of_an_unknown_status_is_an_error_that_names_column_and_value(database: impl Database) {
    let store = database.open().await;
    let ada = opened(&*store, "ada").await;
    let purchases = vec![purchase(&ada, "one"), purchase(&ada, "two")];
    store.commit(Change { purchases, ..change(&ada) }).await.unwrap();
    let sql = format!("UPDATE purchases SET status = '{UNKNOWN}' WHERE id = 'one'");
    database.by_hand(&sql).await.unwrap();
    let words = ["status", UNKNOWN];
    assert_fails_with(&store.purchase("one").await, &words);
    assert_fails_with(&store.purchase_of_session("cs_one").await, &words);
    assert_fails_with(&store.purchases(&ada.id, None, 10).await, &words);
    assert_fails_with(&store.purchases_after(0, 10).await, &words);
    assert_eq!(store.purchase("two").await.unwrap(), Some(purchase(&ada, "two")));
}

async fn notices_above_a_sequence_number_come_in_order(database: impl Database) {
    let store = database.open().await;
    let ada = opened(&*store, "ada").await;
    opened(&*store, "bob").await;
    let before = store.last_notice(&ada.id).await.unwrap();
    let notices = vec![
        ChangeNotice::Balance,
        ChangeNotice::Purchase("pur_1".to_owned()),
        ChangeNotice::SpendRefused(r#"{"needed":1}"#.to_owned()),
    ];
    store.commit(Change { notices: notices.clone(), ..change(&ada) }).await.unwrap();
    spends(&*store, "bob", 3).await;
    let all = store.notices_after(&ada.id, before).await.unwrap();
    assert_eq!(all.iter().map(|(_, notice)| notice.clone()).collect::<Vec<_>>(), notices);
    assert!(all.is_sorted_by(|(one, _), (other, _)| one < other));
    assert!(before < all[0].0 && all[2].0 <= store.last_notice(&ada.id).await.unwrap());
    let rest = store.notices_after(&ada.id, all[1].0).await.unwrap();
    assert_eq!(rest, all[2..]);
    assert!(store.notices_after(&ada.id, all[2].0).await.unwrap().is_empty());
}

async fn notices_of_an_unknown_kind_are_skipped_and_hide_no_later_notice(database: impl Database) {
    let store = database.open().await;
    let ada = opened(&*store, "ada").await;
    let before = store.last_notice(&ada.id).await.unwrap();
    // More than one read returns at most.
    let mut notices: Vec<_> = (0..1100).map(|n| ChangeNotice::Purchase(n.to_string())).collect();
    notices.insert(0, ChangeNotice::Balance);
    notices.push(ChangeNotice::AccountDeleted);
    store.commit(Change { notices, ..change(&ada) }).await.unwrap();
    let becomes = async |from: &str, to: &str| {
        let sql = format!("UPDATE notices SET kind = '{to}' WHERE kind = '{from}'");
        database.by_hand(&sql).await.unwrap();
    };
    becomes("purchase", UNKNOWN).await;

    let seen = store.notices_after(&ada.id, before).await.unwrap();
    let [(first, ChangeNotice::Balance), (last, ChangeNotice::AccountDeleted)] = seen[..] else {
        panic!("{seen:?}")
    };
    assert_eq!(last - first, 1101, "each keeps its own sequence number");
    assert_eq!(store.notices_after(&ada.id, first).await.unwrap(), seen[1..], "a stream goes on past them");
    assert!(last <= store.last_notice(&ada.id).await.unwrap());

    // As an instance reads them that knows their kind: they are still there.
    becomes(UNKNOWN, "purchase").await;
    assert_eq!(store.notices_after(&ada.id, first).await.unwrap()[0].0, first + 1);
}

async fn a_stream_that_follows_the_notices_misses_none_while_changes_are_written(database: impl Database) {
    const CHANGES: usize = 30;
    let stores = [database.open().await, database.open().await];
    let id = opened(&*stores[0], "ada").await.id;
    opened(&*stores[0], "bob").await;
    let notify = async |account_id: &str, store: &dyn Store, n: usize| {
        loop {
            let of = account(store, account_id).await;
            let notices = vec![ChangeNotice::Purchase(n.to_string())];
            match store.commit(Change { notices, ..change(&of) }).await {
                Ok(()) => break,
                Err(StoreError::Conflict) => {}
                Err(error) => panic!("{error}"),
            }
        }
    };
    // A stream that opens in between reads the last sequence number, and has to see every later notice.
    let follower = async {
        let mut seen = stores[1].last_notice(&id).await.unwrap();
        let revision = account(&*stores[1], &id).await.revision;
        let mut seen_notices = Vec::new();
        loop {
            let news = stores[0].notices_after(&id, seen).await.unwrap();
            seen = news.last().map_or(seen, |(seq, _)| *seq);
            seen_notices.extend(news);
            if account(&*stores[1], &id).await.revision == CHANGES as u64 {
                seen_notices.extend(stores[1].notices_after(&id, seen).await.unwrap());
                return (revision, seen_notices);
            }
            tokio::task::yield_now().await;
        }
    };
    let changes = futures_util::future::join_all((0..CHANGES).flat_map(|n| {
        let store = &*stores[n % 2];
        [notify("acct_ada", store, n), notify("acct_bob", store, n)]
    }));
    let ((revision, notices), _) = tokio::join!(follower, changes);
    let mut notices: Vec<_> = notices.into_iter().map(|(_, notice)| notice).collect();
    let count = notices.len();
    notices.dedup();
    assert_eq!(notices.len(), count, "no notice is seen twice");
    let later = CHANGES - usize::try_from(revision).unwrap();
    assert!(count >= later, "{count} of at least {later} were seen");
}

async fn sequence_numbers_stay_valid_when_old_notices_are_tidied_away(database: impl Database) {
    let store = database.open().await;
    let ada = opened(&*store, "ada").await;
    spends(&*store, "ada", 3).await;
    let last = store.last_notice(&ada.id).await.unwrap();
    store.tidy(second(1000)).await.unwrap();
    assert!(store.notices_after(&ada.id, 0).await.unwrap().is_empty());
    assert_eq!(store.last_notice(&ada.id).await.unwrap(), last);
    let ada = account(&*store, &ada.id).await;
    store
        .commit(Change { notices: vec![ChangeNotice::Balance], at: second(2000), ..change(&ada) })
        .await
        .unwrap();
    assert_eq!(store.notices_after(&ada.id, last).await.unwrap().len(), 1);
    store.tidy(second(2000)).await.unwrap();
    assert_eq!(
        store.notices_after(&ada.id, last).await.unwrap().len(),
        1,
        "a notice that is not older stays"
    );
}

async fn refunds_due_are_listed_once_newest_first_until_an_operator_resolves_them(database: impl Database) {
    let store = database.open().await;
    let ada = opened(&*store, "ada").await;
    for id in ["one", "two", "three"] {
        store.list_refund_due(refund_due(id)).await.unwrap();
    }
    let again = crate::store::RefundDueRecord { why: "another reason".to_owned(), ..refund_due("one") };
    store.list_refund_due(again.clone()).await.unwrap();
    store.commit(Change { refunds_due: vec![again], ..change(&ada) }).await.unwrap();
    assert_eq!(store.refund_due("one").await.unwrap(), Some(refund_due("one")));

    let listed = async |before, limit| {
        let page = store.refunds_due(before, limit).await.unwrap();
        (page.items.into_iter().map(|due| due.id).collect::<Vec<_>>(), page.next)
    };
    let (first, next) = listed(None, 2).await;
    assert_eq!(first, ["three", "two"]);
    assert_eq!(listed(next, 2).await, (vec!["one".to_owned()], None));

    let scope = IdempotencyScope { account: String::new(), ..scope(&ada, "resolve") };
    let record = idempotency_record(scope.clone(), 1, Some((200, "{}")));
    store.resolve_refund_due("two", "Paid back by hand", second(9), record.clone()).await.unwrap();
    let other = IdempotencyScope { key: "another".to_owned(), ..scope.clone() };
    assert_conflict(
        &store
            .resolve_refund_due("two", "Again", second(9), idempotency_record(other.clone(), 1, None))
            .await,
    );
    assert_conflict(
        &store
            .resolve_refund_due("none", "What", second(9), idempotency_record(other.clone(), 1, None))
            .await,
    );
    assert_eq!(store.idempotency_record(&other).await.unwrap(), None);
    assert_eq!(store.idempotency_record(&scope).await.unwrap(), Some(record));
    assert_eq!(listed(None, 10).await.0, ["three", "one"]);
    let resolved = store.refund_due("two").await.unwrap().unwrap().resolved;
    assert_eq!(resolved, Some((second(9), "Paid back by hand".to_owned())));
}

async fn nothing_is_found_under_an_id_that_holds_a_nul(database: impl Database) {
    let store = database.open().await;
    opened(&*store, "ada").await;
    let id = "a\0b";
    assert!(store.account(id).await.unwrap().is_none());
    assert!(store.purchase(id).await.unwrap().is_none());
    assert!(store.accounts_of_email(id).await.unwrap().is_empty());
    assert_eq!(store.account_of_hold(id).await.unwrap(), None);
    assert_eq!(store.refund_due(id).await.unwrap(), None);
}
