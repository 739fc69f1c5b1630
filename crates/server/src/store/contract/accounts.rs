//! Accounts, and the people and customers that they belong to.

use super::{
    Database, account, assert_conflict, change, email, idempotency_record, new_account, on_every_database,
    opened, purchase, scope, second, spend, subject,
};
use crate::store::accounts::Subject;
use crate::store::{AccountRecord, Change, ChangeNotice, CustomerRecord, Deletion, Email, EntryFilter};
use futures_util::future::join_all;
use tokenwell_ledger::{DisputeState, Former};

on_every_database!(
    a_setting_keeps_its_first_value_until_it_is_changed,
    first_sign_ins_at_once_open_one_account,
    an_account_is_found_by_subject_and_by_email_whatever_its_case,
    a_subject_is_read_with_the_account_as_it_is_now,
    a_subject_is_renamed_once_and_never_over_another,
    an_account_has_one_customer_and_a_customer_one_account,
    a_change_brings_a_customer_to_an_account_that_has_none,
    a_deleted_account_keeps_its_ledger_and_nothing_personal,
    a_sign_in_after_a_deletion_opens_a_new_account,
    a_dispute_that_outlives_an_account_is_found_by_its_id_and_changed_on_the_newest_state,
);

async fn a_setting_keeps_its_first_value_until_it_is_changed(database: impl Database) {
    let stores = [database.open().await, database.open().await];
    let values = join_all((0..8_u8).map(|n| stores[usize::from(n % 2)].setting("key", vec![n]))).await;
    let first = values[0].as_ref().unwrap();
    assert!(values.iter().all(|value| value.as_ref().unwrap() == first), "{values:?}");
    stores[0].set_setting("key", vec![0, 255]).await.unwrap();
    assert_eq!(stores[1].setting("key", vec![1]).await.unwrap(), [0, 255]);
}

async fn first_sign_ins_at_once_open_one_account(database: impl Database) {
    let stores = [database.open().await, database.open().await];
    let opened = join_all((0..8).map(|n| {
        let mut account = new_account("ada");
        account.id = format!("acct_{n}");
        for entry in &mut account.entries {
            entry.id = format!("{}-{n}", entry.id);
        }
        stores[n % 2].open_account(account)
    }))
    .await;
    let first = opened[0].as_ref().unwrap();
    assert!(opened.iter().all(|id| id.as_ref().unwrap() == first), "{opened:?}");
    let (known, account) = stores[1].subject_and_account(subject("ada")).await.unwrap();
    assert_eq!(known, Subject { account: Some(first.clone()), ..Subject::default() });
    assert_eq!(account.unwrap().id, *first);
    let entries = stores[0].entries(first, &EntryFilter::default(), None, 10).await.unwrap();
    assert_eq!(entries.items.len(), 1, "the day's tokens are given once");
    assert_eq!(stores[0].accounts_of_email("ada@example.com").await.unwrap().len(), 1);
}

async fn an_account_is_found_by_subject_and_by_email_whatever_its_case(database: impl Database) {
    let store = database.open().await;
    let ada = opened(&*store, "ada").await;
    opened(&*store, "bob").await;
    assert_eq!((ada.revision, ada.deleted_at), (0, None));
    assert_eq!(ada.email, Some(email("ada@Example.com")));
    assert_eq!(ada.state, new_account("ada").state);
    let found = store.accounts_of_email("ADA@example.com").await.unwrap();
    assert_eq!(found.iter().map(|found| found.id.as_str()).collect::<Vec<_>>(), ["acct_ada"]);
    let (eve, account) = store.subject_and_account(subject("eve")).await.unwrap();
    assert!(eve == Subject::default() && account.is_none());
    assert!(store.account("acct_eve").await.unwrap().is_none());

    let unverified = Email { is_verified: false, ..email("Lovelace@Example.com") };
    store.set_email("acct_ada", &unverified).await.unwrap();
    assert!(store.accounts_of_email("ada@example.com").await.unwrap().is_empty());
    let found = store.accounts_of_email("lovelace@example.com").await.unwrap();
    assert_eq!((found[0].id.as_str(), &found[0].email), ("acct_ada", &Some(unverified)));
}

async fn a_subject_is_read_with_the_account_as_it_is_now(database: impl Database) {
    let store = database.open().await;
    let ada = opened(&*store, "ada").await;
    opened(&*store, "bob").await;
    store.claim_customer(&ada.id, made_here("cus_1")).await.unwrap();
    store.commit(spend(&ada, "one", 10, second(1))).await.unwrap();

    let (known, found) = store.subject_and_account(subject("ada")).await.unwrap();
    assert_eq!(known, Subject { account: Some(ada.id.clone()), ..Subject::default() });
    let (found, expected) = (found.unwrap(), account(&*store, &ada.id).await);
    assert_eq!((found.id, found.revision, found.state), (expected.id, 1, expected.state));
    assert_eq!((found.email, found.customer), (expected.email, Some(made_here("cus_1"))));
    assert_eq!(found.deleted_at, None);
}

async fn a_subject_is_renamed_once_and_never_over_another(database: impl Database) {
    let stores = [database.open().await, database.open().await];
    let ada = opened(&*stores[0], "ada").await;
    opened(&*stores[0], "bob").await;
    let (ada_key, new) = (subject("ada"), subject("ada at the new issuer"));
    let renamed = join_all((0..4).map(|n| stores[n % 2].rename_subject(ada_key, new))).await;
    assert_eq!(renamed.into_iter().filter(|renamed| *renamed.as_ref().unwrap()).count(), 1);
    let (known, account) = stores[1].subject_and_account(new).await.unwrap();
    assert_eq!((known.account.as_deref(), account.unwrap().id), (Some("acct_ada"), ada.id));
    assert_eq!(stores[0].subject_and_account(ada_key).await.unwrap().0, Subject::default());

    assert!(!stores[0].rename_subject(subject("eve"), subject("eve anew")).await.unwrap(), "nobody");
    assert!(!stores[0].rename_subject(subject("bob"), new).await.unwrap(), "the key is Ada's");
    assert_eq!(stores[0].subject_and_account(subject("bob")).await.unwrap().0.account.unwrap(), "acct_bob");
}

fn made_here(customer: &str) -> CustomerRecord {
    CustomerRecord { id: customer.to_owned(), made_here: true }
}

async fn an_account_has_one_customer_and_a_customer_one_account(database: impl Database) {
    let store = database.open().await;
    opened(&*store, "ada").await;
    opened(&*store, "bob").await;
    let claimed =
        join_all(["cus_1", "cus_2"].map(|customer| store.claim_customer("acct_ada", made_here(customer))))
            .await;
    let customer = claimed[0].as_ref().unwrap();
    assert_eq!(claimed[1].as_ref().unwrap(), customer, "the second claim returns the first customer");
    assert_eq!(store.account_of_customer(customer).await.unwrap().as_deref(), Some("acct_ada"));
    assert_eq!(account(&*store, "acct_ada").await.customer, Some(made_here(customer)));
    assert!(store.claim_customer("acct_bob", made_here(customer)).await.is_err(), "Ada's account has it");
    assert_eq!(account(&*store, "acct_bob").await.customer, None);

    store.forget_customer("acct_ada", "cus_of_another").await.unwrap();
    assert_eq!(account(&*store, "acct_ada").await.customer, Some(made_here(customer)));
    store.forget_customer("acct_ada", customer).await.unwrap();
    assert_eq!(account(&*store, "acct_ada").await.customer, None);
    let brought = CustomerRecord { id: "cus_3".to_owned(), made_here: false };
    store.claim_customer("acct_ada", brought.clone()).await.unwrap();
    assert_eq!(account(&*store, "acct_ada").await.customer, Some(brought));
}

async fn a_change_brings_a_customer_to_an_account_that_has_none(database: impl Database) {
    let store = database.open().await;
    let (ada, bob) = (opened(&*store, "ada").await, opened(&*store, "bob").await);
    let brought = CustomerRecord { id: "cus_1".to_owned(), made_here: false };
    let bring = |of: &AccountRecord| Change { customer: Some(brought.clone()), ..change(of) };
    store.commit(bring(&ada)).await.unwrap();
    assert_eq!(account(&*store, &ada.id).await.customer, Some(brought.clone()));
    store.commit(bring(&bob)).await.unwrap();
    let bob = account(&*store, &bob.id).await;
    assert_eq!((bob.customer, bob.revision), (None, 1), "Ada's account has it, and the rest is written");
    let other = Change { customer: Some(made_here("cus_2")), ..change(&account(&*store, &ada.id).await) };
    store.commit(other).await.unwrap();
    assert_eq!(account(&*store, &ada.id).await.customer, Some(brought), "it has one");
}

async fn a_deleted_account_keeps_its_ledger_and_nothing_personal(database: impl Database) {
    let store = database.open().await;
    let ada = opened(&*store, "ada").await;
    store.claim_customer(&ada.id, made_here("cus_1")).await.unwrap();
    let mut bought = spend(&ada, "one", 10, second(1));
    bought.purchases.push(purchase(&ada, "pur_1"));
    bought.idempotency_records = vec![idempotency_record(scope(&ada, "one"), 1, Some((201, "{}")))];
    store.commit(bought).await.unwrap();

    let ada = account(&*store, &ada.id).await;
    let mut deletion = change(&ada);
    deletion.deletion = Some(Deletion { at: second(2), former: ada.state.former() });
    deletion.notices.push(ChangeNotice::AccountDeleted);
    deletion.idempotency_records = vec![idempotency_record(scope(&ada, "last"), 1, Some((204, "")))];
    store.commit(deletion).await.unwrap();

    let gone = account(&*store, &ada.id).await;
    assert_eq!((gone.deleted_at, gone.email, gone.customer), (Some(second(2)), None, None));
    assert_eq!(store.account_of_customer("cus_1").await.unwrap(), None);
    let purchase = store.purchase("pur_1").await.unwrap().unwrap();
    assert_eq!((purchase.checkout_url, purchase.receipt_url), (None, None));
    assert_eq!(purchase.session.as_deref(), Some("cs_pur_1"), "a late payment finds its purchase");
    assert_eq!(store.idempotency_record(&scope(&ada, "one")).await.unwrap(), None);
    assert!(
        store.idempotency_record(&scope(&ada, "last")).await.unwrap().is_some(),
        "the deletion can be replayed"
    );
    let notices = store.notices_after(&ada.id, 0).await.unwrap();
    assert_eq!(
        notices.into_iter().map(|(_, notice)| notice).collect::<Vec<_>>(),
        [ChangeNotice::AccountDeleted]
    );
    let ledger = store.entries(&ada.id, &EntryFilter::default(), None, 10).await.unwrap().items;
    assert_eq!(ledger.len(), 2);

    assert_conflict(&store.commit(change(&account(&*store, &ada.id).await)).await);
    assert_conflict(&store.claim_customer(&ada.id, made_here("cus_2")).await);
    store.set_email(&ada.id, &email("ada@example.com")).await.unwrap();
    assert_eq!(account(&*store, &ada.id).await.email, None);
}

async fn a_sign_in_after_a_deletion_opens_a_new_account(database: impl Database) {
    let store = database.open().await;
    let ada = opened(&*store, "ada").await;
    let former = ada.state.former();
    let deletion = Deletion { at: second(2), former: former.clone() };
    store.commit(Change { deletion: Some(deletion), ..change(&ada) }).await.unwrap();
    let (known, account) = store.subject_and_account(subject("ada")).await.unwrap();
    let deleted = Subject { deleted_at: Some(second(2)), former, revision: 1, ..Subject::default() };
    assert_eq!(known, deleted);
    assert!(account.is_none(), "the deleted account is nobody's");

    let mut again = new_account("ada");
    again.id = "acct_ada_again".to_owned();
    again.entries.clear();
    assert_conflict(&store.open_account(again.clone()).await);
    again.subject_revision = 1;
    assert_eq!(store.open_account(again).await.unwrap(), "acct_ada_again");
    let (known, account) = store.subject_and_account(subject("ada")).await.unwrap();
    let expected = Subject { account: Some("acct_ada_again".to_owned()), revision: 2, ..deleted };
    assert_eq!(known, expected, "access tokens from before the deletion stay invalid");
    let account = account.unwrap();
    assert_eq!(
        (account.id.as_str(), account.deleted_at),
        ("acct_ada_again", None),
        "the deletion is the subject's"
    );
}

async fn a_dispute_that_outlives_an_account_is_found_by_its_id_and_changed_on_the_newest_state(
    database: impl Database,
) {
    let store = database.open().await;
    let ada = opened(&*store, "ada").await;
    opened(&*store, "bob").await;
    let mut former = Former::default();
    former.note("dp_1".into(), DisputeState::Opened, second(1));
    let deletion = Deletion { at: second(2), former: former.clone() };
    store.commit(Change { deletion: Some(deletion), ..change(&ada) }).await.unwrap();
    let deleted =
        Subject { deleted_at: Some(second(2)), former: former.clone(), revision: 1, ..Subject::default() };
    assert_eq!(store.subject_of_dispute("dp_1").await.unwrap(), Some((subject("ada"), deleted.clone())));
    assert_eq!(store.subject_of_dispute("dp_2").await.unwrap(), None);

    former.note("dp_1".into(), DisputeState::Won, second(3));
    assert_conflict(&store.set_former(subject("ada"), 0, former.clone()).await);
    assert_conflict(&store.set_former(subject("eve"), 0, former.clone()).await);
    store.set_former(subject("ada"), 1, former.clone()).await.unwrap();
    let (known, _) = store.subject_and_account(subject("ada")).await.unwrap();
    assert_eq!(known, Subject { former, revision: 2, ..deleted });
}
