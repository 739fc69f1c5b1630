//! Work that waits: each item is taken by one worker at a time, and by another one if that worker died.

use super::{
    Database, UNKNOWN, account, assert_conflict, change, idempotency_record, lease, on_every_database,
    opened, pack_checkout, purchase, scope, second,
};
use crate::store::{
    Change, Chore, ChoreKind, IdempotencyScope, Inbox, Lease, OpenedCheckout, PurchaseRecord, PurchaseStatus,
    SetAsideRecord, Store,
};
use futures_util::future::join_all;
use std::collections::BTreeSet;

on_every_database!(
    an_event_is_stored_once_however_often_it_is_received,
    each_work_item_is_taken_by_one_worker_however_many_ask_at_once,
    work_that_was_not_finished_is_taken_by_another_worker_once_the_lease_has_expired,
    the_longest_waiting_event_comes_first,
    an_event_that_failed_waits_for_its_next_try,
    an_event_that_is_done_or_set_aside_is_never_taken_again,
    events_set_aside_are_listed_last_first_and_can_be_tried_again,
    what_is_listed_for_an_operator_is_an_event_set_aside,
    an_open_checkout_is_looked_up_until_it_has_ended,
    every_open_checkout_can_be_looked_up_sooner,
    open_checkouts_of_plans_and_open_purchases_are_told_by_account,
    a_subscription_is_looked_up_until_it_has_ended,
    a_chore_is_tried_until_it_is_done,
    a_chore_of_an_unknown_kind_waits_for_an_instance_that_knows_it,
    the_time_of_the_next_work_item_is_known,
    what_is_no_longer_needed_is_tidied_away,
    a_store_that_can_be_written_is_ready,
);

async fn an_event_is_stored_once_however_often_it_is_received(database: impl Database) {
    let stores = [database.open().await, database.open().await];
    let received = join_all((0..8).map(|n| stores[n % 2].receive("evt_1", b"{}".to_vec(), second(0)))).await;
    assert_eq!(received.iter().filter(|new| *new.as_ref().unwrap()).count(), 1);
    let taken = stores[0].take_events(lease(0), 10).await.unwrap();
    assert_eq!(taken.iter().map(|event| event.body.as_slice()).collect::<Vec<_>>(), [b"{}"]);
    stores[0].event_done("evt_1").await.unwrap();
    assert!(!stores[1].receive("evt_1", b"{}".to_vec(), second(9)).await.unwrap(), "it is done");
    assert!(stores[1].take_events(lease(1000), 10).await.unwrap().is_empty());
}

/// Enqueues twelve chores, twelve checkouts and twelve subscriptions of an account, due at once.
async fn enqueue_work(store: &dyn Store) {
    let ada = opened(store, "ada").await;
    let chore = |n| Chore {
        id: format!("chore_{n:02}"),
        kind: ChoreKind::ExpireCheckout,
        object: format!("cs_{n:02}"),
        attempts: 0,
    };
    let chores = (0..12).map(chore).collect();
    let checkouts = (0..12).map(|n| pack_checkout(&format!("cs_{n:02}"), 0)).collect();
    let subscriptions = (0..12).map(|n| (format!("sub_{n:02}"), Some(second(0)))).collect();
    store.commit(Change { checkouts, subscriptions, chores, ..change(&ada) }).await.unwrap();
}

async fn take_all(store: &dyn Store, lease: Lease, limit: u32) -> Vec<String> {
    let mut taken = Vec::new();
    taken.extend(store.take_events(lease, limit).await.unwrap().into_iter().map(|event| event.id));
    taken.extend(store.take_chores(lease, limit).await.unwrap().into_iter().map(|chore| chore.id));
    taken.extend(store.take_checkouts(lease, limit).await.unwrap().into_iter().map(|one| one.id));
    taken.extend(store.take_subscriptions(lease, limit).await.unwrap().into_iter().map(|one| one.id));
    taken
}

async fn each_work_item_is_taken_by_one_worker_however_many_ask_at_once(database: impl Database) {
    let stores = [database.open().await, database.open().await, database.open().await];
    for n in 0..12 {
        stores[0].receive(&format!("evt_{n:02}"), Vec::new(), second(0)).await.unwrap();
    }
    enqueue_work(&*stores[0]).await;
    let taken = join_all((0..9).map(|n| take_all(&*stores[n % 3], lease(0), 2))).await.concat();
    let different: BTreeSet<_> = taken.iter().collect();
    assert_eq!(different.len(), taken.len(), "{taken:?}");
    // Workers that ask at once may skip what another is just taking; the next call gets it.
    let rest = take_all(&*stores[0], lease(1), 12).await;
    let all: BTreeSet<_> = taken.iter().chain(&rest).collect();
    assert_eq!((all.len(), taken.len() + rest.len()), (48, 48));
}

async fn work_that_was_not_finished_is_taken_by_another_worker_once_the_lease_has_expired(
    database: impl Database,
) {
    let stores = [database.open().await, database.open().await];
    stores[0].receive("evt_1", Vec::new(), second(0)).await.unwrap();
    enqueue_work(&*stores[0]).await;
    assert_eq!(take_all(&*stores[0], lease(0), 100).await.len(), 37);
    assert!(take_all(&*stores[1], lease(59), 100).await.is_empty(), "a minute has not passed");
    assert_eq!(take_all(&*stores[1], lease(60), 100).await.len(), 37);
    assert!(take_all(&*stores[0], lease(61), 100).await.is_empty(), "the other worker has leased it");
}

async fn the_longest_waiting_event_comes_first(database: impl Database) {
    let store = database.open().await;
    for (id, at) in [("evt_b", 2), ("evt_a", 3), ("evt_c", 1)] {
        store.receive(id, Vec::new(), second(at)).await.unwrap();
    }
    let taken = store.take_events(lease(10), 2).await.unwrap();
    assert_eq!(taken.iter().map(|event| event.id.as_str()).collect::<Vec<_>>(), ["evt_c", "evt_b"]);
    assert_eq!(store.take_events(lease(10), 2).await.unwrap()[0].id, "evt_a");
}

async fn an_event_that_failed_waits_for_its_next_try(database: impl Database) {
    let store = database.open().await;
    store.receive("evt_1", b"body".to_vec(), second(0)).await.unwrap();
    assert_eq!(store.take_events(lease(0), 1).await.unwrap()[0].attempts, 0);
    store.event_failed("evt_1", "Stripe does not answer", second(5)).await.unwrap();
    assert!(store.take_events(lease(4), 1).await.unwrap().is_empty());
    let again = store.take_events(lease(5), 1).await.unwrap();
    assert_eq!((again[0].attempts, again[0].body.as_slice()), (1, b"body".as_slice()), "its lease has ended");
}

async fn an_event_that_is_done_or_set_aside_is_never_taken_again(database: impl Database) {
    let store = database.open().await;
    for id in ["evt_1", "evt_2", "evt_3"] {
        store.receive(id, Vec::new(), second(0)).await.unwrap();
    }
    let counts = |waiting, set_aside| Inbox { waiting, set_aside, oldest: Some(second(0)) };
    assert_eq!(store.inbox().await.unwrap(), counts(3, 0));
    store.set_event_aside("evt_1", "it makes no sense", second(1)).await.unwrap();
    store.event_done("evt_2").await.unwrap();
    // A slow worker fails at an event that another worker has done since.
    store.event_failed("evt_2", "too late", second(1)).await.unwrap();
    store.set_event_aside("evt_2", "too late", second(1)).await.unwrap();
    assert_eq!(store.inbox().await.unwrap(), counts(1, 1));
    let waiting = store.take_events(lease(1000), 10).await.unwrap();
    assert_eq!(waiting.into_iter().map(|event| event.id).collect::<Vec<_>>(), ["evt_3"]);
}

async fn events_set_aside_are_listed_last_first_and_can_be_tried_again(database: impl Database) {
    let store = database.open().await;
    for (n, id) in (0..).zip(["evt_1", "evt_2", "evt_3"]) {
        store.receive(id, b"body".to_vec(), second(n)).await.unwrap();
    }
    for (n, id) in (10..).zip(["evt_3", "evt_1", "evt_2"]) {
        store.set_event_aside(id, "it makes no sense", second(n)).await.unwrap();
    }
    let listed = async |before, limit| {
        let page = store.events_set_aside(before, limit).await.unwrap();
        (page.items.into_iter().map(|event| event.id).collect::<Vec<_>>(), page.next)
    };
    let (first, next) = listed(None, 2).await;
    assert_eq!(first, ["evt_2", "evt_1"]);
    assert_eq!(listed(next, 2).await, (vec!["evt_3".to_owned()], None));
    let one = SetAsideRecord {
        id: "evt_1".to_owned(),
        body: b"body".to_vec(),
        attempts: 1,
        error: "it makes no sense".to_owned(),
        received_at: second(0),
        set_aside_at: second(11),
    };
    assert_eq!(store.event_set_aside("evt_1").await.unwrap(), Some(one));

    let ada = opened(&*store, "ada").await;
    let record = |key: &str| {
        idempotency_record(
            IdempotencyScope { account: String::new(), ..scope(&ada, key) },
            1,
            Some((200, "{}")),
        )
    };
    store.retry_event("evt_1", record("one")).await.unwrap();
    assert_eq!(store.idempotency_record(&record("one").scope).await.unwrap(), Some(record("one")));
    assert_conflict(&store.retry_event("evt_1", record("two")).await);
    assert_eq!(
        store.idempotency_record(&record("two").scope).await.unwrap(),
        None,
        "the event waits already"
    );
    assert_eq!(store.event_set_aside("evt_1").await.unwrap(), None);
    assert_eq!(store.take_events(lease(20), 10).await.unwrap()[0].attempts, 0);
    assert_eq!(listed(None, 10).await.0, ["evt_2", "evt_3"]);
}

async fn what_is_listed_for_an_operator_is_an_event_set_aside(database: impl Database) {
    let store = database.open().await;
    let list = async |why: &str, at| {
        store.list_set_aside("unclear_1", b"{}".to_vec(), why, second(at)).await.unwrap();
        let listed = store.events_set_aside(None, 10).await.unwrap().items;
        assert_eq!(listed.len(), 1);
        (listed[0].error.clone(), listed[0].attempts)
    };
    assert_eq!(list("no plan", 1).await, ("no plan".to_owned(), 0));
    assert_eq!(list("still no plan", 2).await, ("no plan".to_owned(), 0), "it is listed already");
    let ada = opened(&*store, "ada").await;
    let retry = async |key| {
        let record = idempotency_record(scope(&ada, key), 1, Some((200, "{}")));
        store.retry_event("unclear_1", record).await.unwrap();
        store.take_events(lease(100), 10).await.unwrap()
    };
    assert_eq!(retry("one").await[0].id, "unclear_1");
    // The retry finds that it is still so, and ends.
    assert_eq!(list("as before", 3).await, ("as before".to_owned(), 1));
    store.event_done("unclear_1").await.unwrap();
    assert_eq!(store.inbox().await.unwrap().set_aside, 1, "it stays listed");
    retry("two").await;
    store.event_done("unclear_1").await.unwrap();
    assert_eq!(store.inbox().await.unwrap(), Inbox::default());
    assert_eq!(list("again", 4).await.0, "again");
}

async fn an_open_checkout_is_looked_up_until_it_has_ended(database: impl Database) {
    let store = database.open().await;
    let ada = opened(&*store, "ada").await;
    let checkouts = vec![pack_checkout("cs_1", 15)];
    store.commit(Change { checkouts, ..change(&ada) }).await.unwrap();
    assert!(store.take_checkouts(lease(14), 10).await.unwrap().is_empty());
    assert_eq!(store.take_checkouts(lease(15), 10).await.unwrap()[0].checks, 0);
    store.checkout_checked("cs_1", Some(second(45))).await.unwrap();
    assert_eq!(store.checkouts_of(&ada.id).await.unwrap(), ["cs_1"]);
    let again = store.take_checkouts(lease(45), 10).await.unwrap();
    assert_eq!((again[0].id.as_str(), again[0].checks), ("cs_1", 1));
    store.checkout_checked("cs_1", None).await.unwrap();
    assert!(store.take_checkouts(lease(100_000), 10).await.unwrap().is_empty());
    assert!(store.checkouts_of(&ada.id).await.unwrap().is_empty());
    assert!(store.checkout_is_known("cs_1").await.unwrap(), "until it is tidied away");
    assert!(!store.checkout_is_known("cs_2").await.unwrap());

    // A later change that names the session does not open it again.
    let checkouts = vec![pack_checkout("cs_1", 50)];
    let ada = account(&*store, &ada.id).await;
    store.commit(Change { checkouts, ..change(&ada) }).await.unwrap();
    assert!(store.take_checkouts(lease(100_000), 10).await.unwrap().is_empty());
}

async fn every_open_checkout_can_be_looked_up_sooner(database: impl Database) {
    let store = database.open().await;
    let ada = opened(&*store, "ada").await;
    let checkouts = [("cs_1", 15), ("cs_2", 1000), ("cs_3", 1000)].map(|(id, at)| pack_checkout(id, at));
    store.commit(Change { checkouts: checkouts.to_vec(), ..change(&ada) }).await.unwrap();
    store.checkout_checked("cs_3", None).await.unwrap();
    store.check_all_checkouts(second(20)).await.unwrap();
    let due = store.take_checkouts(lease(20), 10).await.unwrap();
    assert_eq!(due.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["cs_1", "cs_2"]);
}

async fn open_checkouts_of_plans_and_open_purchases_are_told_by_account(database: impl Database) {
    let store = database.open().await;
    let (ada, bob) = (opened(&*store, "ada").await, opened(&*store, "bob").await);
    let of_plan = |session: &str| OpenedCheckout {
        plan_price: Some("price_1".to_owned()),
        ..pack_checkout(session, 15)
    };
    let checkouts = vec![pack_checkout("cs_1", 15), of_plan("cs_2"), of_plan("cs_3")];
    let mut expired = purchase(&ada, "pur_2");
    expired.status = PurchaseStatus::Expired;
    let purchases = vec![purchase(&ada, "pur_1"), expired];
    store.commit(Change { purchases, checkouts, ..change(&ada) }).await.unwrap();
    store.checkout_checked("cs_3", None).await.unwrap();
    let plans = store.plan_checkouts_of(&ada.id).await.unwrap();
    assert_eq!(plans, [("cs_2".to_owned(), "price_1".to_owned())]);
    assert_eq!(store.open_purchases_of(&ada.id).await.unwrap(), 1);
    assert_eq!(store.plan_checkouts_of(&bob.id).await.unwrap(), []);
    assert_eq!(store.open_purchases_of(&bob.id).await.unwrap(), 0);
}

async fn a_subscription_is_looked_up_until_it_has_ended(database: impl Database) {
    let store = database.open().await;
    opened(&*store, "ada").await;
    let note = async |id: &str, next_check: Option<i64>| {
        let ada = account(&*store, "acct_ada").await;
        let subscriptions = vec![(id.to_owned(), next_check.map(second))];
        store.commit(Change { subscriptions, ..change(&ada) }).await.unwrap();
    };
    for id in ["sub_b", "sub_a", "sub_c"] {
        note(id, Some(15)).await;
    }
    note("sub_ended", None).await;
    assert_eq!(store.account_of_subscription("sub_ended").await.unwrap().as_deref(), Some("acct_ada"));
    assert_eq!(store.account_of_subscription("sub_d").await.unwrap(), None);
    assert_eq!(store.subscriptions_after("", 2).await.unwrap(), ["sub_a", "sub_b"]);
    assert_eq!(store.subscriptions_after("sub_b", 2).await.unwrap(), ["sub_c"]);

    assert!(store.take_subscriptions(lease(14), 10).await.unwrap().is_empty());
    assert_eq!(store.take_subscriptions(lease(15), 10).await.unwrap().len(), 3);
    store.subscription_checked("sub_a", Some(second(45))).await.unwrap();
    // A later change that names the subscription keeps the time of its next look-up.
    note("sub_a", Some(20)).await;
    assert!(store.take_subscriptions(lease(44), 10).await.unwrap().is_empty());
    let again = store.take_subscriptions(lease(45), 10).await.unwrap();
    assert_eq!((again[0].id.as_str(), again[0].checks), ("sub_a", 1));
    store.subscription_checked("sub_a", None).await.unwrap();
    note("sub_b", None).await;
    assert_eq!(store.subscriptions_after("", 10).await.unwrap(), ["sub_c"]);
}

async fn a_chore_is_tried_until_it_is_done(database: impl Database) {
    let store = database.open().await;
    let ada = opened(&*store, "ada").await;
    let chores = [("a", ChoreKind::ExpireCheckout), ("b", ChoreKind::CancelSubscription)]
        .map(|(id, kind)| Chore { id: id.to_owned(), kind, object: format!("{id}_1"), attempts: 0 });
    store.commit(Change { chores: chores.to_vec(), ..change(&ada) }).await.unwrap();
    let mut taken = store.take_chores(lease(0), 10).await.unwrap();
    taken.sort_by(|one, other| one.id.cmp(&other.id));
    assert_eq!(taken, chores);
    store.chore_done("a").await.unwrap();
    store.chore_failed("b", "Stripe does not answer", second(5)).await.unwrap();
    assert!(store.take_chores(lease(4), 10).await.unwrap().is_empty());
    assert_eq!(store.take_chores(lease(5), 10).await.unwrap(), [Chore { attempts: 1, ..chores[1].clone() }]);
    store.chore_done("b").await.unwrap();
    assert!(store.take_chores(lease(100_000), 10).await.unwrap().is_empty());
}

async fn a_chore_of_an_unknown_kind_waits_for_an_instance_that_knows_it(database: impl Database) {
    let store = database.open().await;
    let ada = opened(&*store, "ada").await;
    let [known, unknown] = ["known", "unknown"].map(|id| Chore {
        id: id.to_owned(),
        kind: ChoreKind::CancelSubscription,
        object: format!("sub_{id}"),
        attempts: 0,
    });
    store.commit(Change { chores: vec![unknown.clone(), known.clone()], ..change(&ada) }).await.unwrap();
    let becomes = async |kind: &str| {
        database.by_hand(&format!("UPDATE chores SET kind = '{kind}' WHERE id = 'unknown'")).await.unwrap();
    };
    becomes(UNKNOWN).await;
    assert_eq!(store.take_chores(lease(0), 10).await.unwrap(), [known]);
    assert_eq!(store.next_due().await.unwrap(), Some(second(60)), "only the known chore's lease counts");
    store.chore_done("known").await.unwrap();
    assert_eq!(store.next_due().await.unwrap(), None, "this instance has nothing to do");

    // As an instance reads it that knows its kind: it is neither leased nor tried.
    becomes("cancel_subscription").await;
    assert_eq!(store.take_chores(lease(0), 10).await.unwrap(), [unknown]);
}

async fn the_time_of_the_next_work_item_is_known(database: impl Database) {
    let store = database.open().await;
    assert_eq!(store.next_due().await.unwrap(), None);
    let ada = opened(&*store, "ada").await;
    let checkouts = vec![pack_checkout("cs_1", 300)];
    store.commit(Change { checkouts, ..change(&ada) }).await.unwrap();
    assert_eq!(store.next_due().await.unwrap(), Some(second(300)));
    store.receive("evt_1", Vec::new(), second(0)).await.unwrap();
    assert!(store.next_due().await.unwrap().unwrap() <= second(0));
    store.take_events(lease(0), 1).await.unwrap();
    assert_eq!(store.next_due().await.unwrap(), Some(second(60)), "when the lease has expired");
    store.event_done("evt_1").await.unwrap();
    store.checkout_checked("cs_1", None).await.unwrap();
    assert_eq!(store.next_due().await.unwrap(), None);
}

async fn what_is_no_longer_needed_is_tidied_away(database: impl Database) {
    let store = database.open().await;
    let ada = opened(&*store, "ada").await;
    let without = |id: &str, session: Option<&str>, at| PurchaseRecord {
        session: session.map(str::to_owned),
        created_at: second(at),
        ..purchase(&ada, id)
    };
    let purchases =
        vec![without("lost", None, 1), without("young", None, 100), without("open", Some("cs_1"), 1)];
    let checkouts = vec![pack_checkout("cs_1", 15), pack_checkout("cs_2", 15)];
    store.commit(Change { purchases, checkouts, ..change(&ada) }).await.unwrap();
    store.checkout_checked("cs_2", None).await.unwrap();
    for id in ["evt_1", "evt_2"] {
        store.receive(id, b"{}".to_vec(), second(0)).await.unwrap();
    }
    store.event_done("evt_1").await.unwrap();

    store.tidy(second(50)).await.unwrap();

    let status = async |id| store.purchase(id).await.unwrap().unwrap().status;
    assert_eq!(status("lost").await, PurchaseStatus::Expired, "it never got a checkout");
    assert_eq!((status("young").await, status("open").await), (PurchaseStatus::Open, PurchaseStatus::Open));
    assert!(store.checkout_is_known("cs_1").await.unwrap());
    assert!(!store.checkout_is_known("cs_2").await.unwrap(), "it has ended");
    assert!(!store.receive("evt_1", b"{}".to_vec(), second(60)).await.unwrap(), "its id is never deleted");
    assert_eq!(store.take_events(lease(60), 10).await.unwrap()[0].body, b"{}", "this one still waits");
}

async fn a_store_that_can_be_written_is_ready(database: impl Database) {
    let store = database.open().await;
    store.ready().await.unwrap();
    store.close().await;
    assert!(store.ready().await.is_err());
}
