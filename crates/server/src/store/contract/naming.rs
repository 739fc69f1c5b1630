//! Accounts as the platform names them.

use super::{
    Database, account, assert_conflict, change, email, entry_records, new_account, on_every_database, opened,
    purchase_of, second, subject,
};
use crate::store::accounts::Subject;
use crate::store::{
    AccountRecord, Change, ClaimKind, CustomerRecord, Deletion, EntryFilter, ExternalId, ExternalKey,
    ImportNames, ImportedRows, KnownAccount, KnownNames, Naming, OpenedAccount, PurchaseRecord, RefusedClaim,
    Store,
};
use futures_util::future::join_all;
use tokenwell_ledger::{self as ledger, Catalogue};

on_every_database!(
    namings_of_one_external_id_at_once_open_one_account,
    a_naming_and_a_first_sign_in_at_once_leave_the_subject_one_account,
    a_naming_changes_what_it_says_and_nothing_else,
    what_is_another_accounts_is_not_given_to_a_second_one,
    an_expected_subject_can_be_replaced_until_it_has_signed_in,
    after_a_deletion_the_hash_of_the_external_id_stops_namings_until_one_reopens_it,
    refused_claims_are_listed_once_each_until_they_are_settled_or_an_account_is_deleted,
    every_account_is_on_one_page,
    accounts_are_named_together_or_not_at_all,
    what_is_known_of_an_imports_names_is_said_line_by_line,
);

fn external(id: &str) -> ExternalId {
    let mut key = [0; 32];
    key[..id.len()].copy_from_slice(id.as_bytes());
    ExternalId { id: id.to_owned(), key: ExternalKey(key) }
}

/// Says nothing about the account but its external id.
fn naming(account: &str, external_id: &str) -> Naming {
    Naming {
        account: account.to_owned(),
        opened: None,
        external: external(external_id),
        reopens: false,
        name: None,
        email: None,
        customer: None,
        subject: None,
        at: second(1),
    }
}

/// Opens an account of this external id.
fn opening(account: &str, external_id: &str) -> Naming {
    let id = ledger::AccountId::from(account);
    let (state, entries) = ledger::Account::open(id, &Catalogue::built_in(), second(1));
    let opened = OpenedAccount { state, entries: entry_records(&entries), import: None };
    Naming { opened: Some(opened), ..naming(account, external_id) }
}

/// A line of an import that names everything, and the account that it opens.
pub fn imported(n: u32) -> (ImportNames, Naming) {
    let account = format!("acct_{n}");
    let (customer, subscription, payment) = (format!("cus_{n}"), format!("sub_{n}"), format!("pi_{n}"));
    let mut naming = Naming {
        customer: Some(customer.clone()),
        subject: Some((subject(&account), 0)),
        ..opening(&account, &format!("u-{n}"))
    };
    naming.opened.as_mut().unwrap().import = Some(ImportedRows {
        digest: [7; 32],
        purchases: vec![PurchaseRecord {
            payment_intent: Some(payment.clone()),
            ..purchase_of(&account, &payment)
        }],
        subscription: Some((subscription.clone(), second(1))),
    });
    let names = ImportNames {
        external: naming.external.clone(),
        subjects: vec![subject(&account)],
        customer: Some(customer),
        subscription: Some(subscription),
        payments: vec![payment],
    };
    (names, naming)
}

async fn delete(store: &dyn Store, of: &AccountRecord) {
    let deletion = Deletion { at: second(2), former: of.state.former() };
    store.commit(Change { deletion: Some(deletion), ..change(of) }).await.unwrap();
}

async fn namings_of_one_external_id_at_once_open_one_account(database: impl Database) {
    let stores = [database.open().await, database.open().await];
    let named =
        join_all((0..8).map(|n| stores[n % 2].name_account(opening(&format!("acct_{n}"), "u-1")))).await;
    assert_eq!(named.iter().filter(|named| named.is_ok()).count(), 1, "{named:?}");
    named.iter().filter(|named| named.is_err()).for_each(assert_conflict);
    let id = stores[1].account_of_external_id("u-1").await.unwrap().unwrap();
    assert_eq!(account(&*stores[0], &id).await.external_id.as_deref(), Some("u-1"));
    assert_eq!(stores[0].accounts_after("", 10).await.unwrap().len(), 1);
    let entries = stores[0].entries(&id, &EntryFilter::default(), None, 10).await.unwrap().items;
    assert_eq!(entries.len(), 1, "the day's tokens are given once");
}

async fn a_naming_and_a_first_sign_in_at_once_leave_the_subject_one_account(database: impl Database) {
    let stores = [database.open().await, database.open().await];
    for n in 0..8 {
        let (name, external_id) = (format!("user_{n}"), format!("u-{n}"));
        let mut opening = opening(&format!("acct_{external_id}"), &external_id);
        opening.subject = Some((subject(&name), 0));
        let (named, signed_in) =
            tokio::join!(stores[0].name_account(opening), stores[1].open_account(new_account(&name)));
        let (known, _) = stores[0].subject_and_account(subject(&name)).await.unwrap();
        let of_external = stores[0].account_of_external_id(&external_id).await.unwrap();
        if named.is_ok() {
            assert_eq!((&known.account, known.is_expected), (&of_external, true));
            assert_eq!(signed_in.unwrap(), known.account.unwrap(), "the sign-in finds it");
        } else {
            assert_conflict(&named);
            assert_eq!((known.account, known.is_expected), (Some(signed_in.unwrap()), false));
            assert_eq!(of_external, None, "nothing of the naming was written");
        }
    }
}

async fn a_naming_changes_what_it_says_and_nothing_else(database: impl Database) {
    let store = database.open().await;
    let ada = opened(&*store, "ada").await;
    opened(&*store, "bob").await;
    store.name_account(Naming { name: Some("Ada".to_owned()), ..naming(&ada.id, "u-1") }).await.unwrap();
    let named = account(&*store, &ada.id).await;
    assert_eq!((named.external_id.as_deref(), named.name.as_deref()), (Some("u-1"), Some("Ada")));
    assert_eq!((named.email, named.customer, named.state), (ada.email, None, ada.state));
    assert_eq!(named.revision, 1, "whatever was decided before is decided again");

    let customer = Some("cus_1".to_owned());
    let address = Some(email("lovelace@example.com"));
    store.name_account(Naming { customer, email: address, ..naming(&ada.id, "u-1") }).await.unwrap();
    let named = account(&*store, &ada.id).await;
    assert_eq!((named.name.as_deref(), named.email), (Some("Ada"), Some(email("lovelace@example.com"))));
    assert_eq!(named.customer, Some(CustomerRecord { id: "cus_1".to_owned(), made_here: false }));
    assert_eq!(store.account_of_external_id("u-1").await.unwrap(), Some(ada.id));
    assert_eq!(store.account_of_external_id("U-1").await.unwrap(), None, "its case counts");
    assert_eq!(store.account_of_external_id("u-1\0").await.unwrap(), None);
    let bob = account(&*store, "acct_bob").await;
    assert_eq!((bob.external_id, bob.revision), (None, 0));
}

async fn what_is_another_accounts_is_not_given_to_a_second_one(database: impl Database) {
    let store = database.open().await;
    for (name, external_id) in [("ada", "u-1"), ("bob", "u-2")] {
        let account = opened(&*store, name).await;
        let customer = Some(format!("cus_{name}"));
        store.name_account(Naming { customer, ..naming(&account.id, external_id) }).await.unwrap();
    }
    for refused in [
        naming("acct_bob", "u-1"),
        naming("acct_ada", "u-3"),
        naming("acct_nobody", "u-3"),
        Naming { customer: Some("cus_other".to_owned()), ..naming("acct_ada", "u-1") },
        Naming { customer: Some("cus_ada".to_owned()), ..opening("acct_eve", "u-3") },
        Naming { subject: Some((subject("bob"), 0)), ..naming("acct_ada", "u-1") },
        Naming { subject: Some((subject("eve"), 0)), ..naming("acct_ada", "u-1") },
        Naming { subject: Some((subject("ada"), 0)), ..opening("acct_eve", "u-3") },
        Naming { subject: Some((subject("ada"), 0)), ..opening("acct_eve", "u-1") },
    ] {
        assert_conflict(&store.name_account(refused).await);
    }
    assert!(store.account("acct_eve").await.unwrap().is_none(), "nothing of it was written");
    assert_eq!(store.account_of_external_id("u-3").await.unwrap(), None);
    let ada = account(&*store, "acct_ada").await;
    assert_eq!((ada.revision, ada.customer.unwrap().id.as_str()), (1, "cus_ada"));
    let known = store.subject_and_account(subject("ada")).await.unwrap().0;
    assert_eq!(known, Subject { account: Some("acct_ada".to_owned()), ..Subject::default() });
    assert_eq!(store.subject_and_account(subject("eve")).await.unwrap().0, Subject::default());
}

async fn an_expected_subject_can_be_replaced_until_it_has_signed_in(database: impl Database) {
    let store = database.open().await;
    let expecting = |name: &str| Some((subject(name), 0));
    store.name_account(Naming { subject: expecting("typo"), ..opening("acct_ada", "u-1") }).await.unwrap();
    assert_eq!(store.subject_of_account("acct_ada").await.unwrap(), Some((subject("typo"), true)));
    store.name_account(Naming { subject: expecting("ada"), ..naming("acct_ada", "u-1") }).await.unwrap();
    assert_eq!(store.subject_and_account(subject("typo")).await.unwrap().0.account, None);
    let (known, found) = store.subject_and_account(subject("ada")).await.unwrap();
    assert_eq!((known.is_expected, found.unwrap().id.as_str()), (true, "acct_ada"));

    assert!(!store.claim_account(subject("typo"), "acct_ada").await.unwrap());
    assert!(store.claim_account(subject("ada"), "acct_ada").await.unwrap());
    assert!(!store.claim_account(subject("ada"), "acct_ada").await.unwrap(), "once");
    assert_eq!(store.subject_of_account("acct_ada").await.unwrap(), Some((subject("ada"), false)));
    let replaced = Naming { subject: expecting("eve"), ..naming("acct_ada", "u-1") };
    assert_conflict(&store.name_account(replaced).await);
}

async fn after_a_deletion_the_hash_of_the_external_id_stops_namings_until_one_reopens_it(
    database: impl Database,
) {
    let store = database.open().await;
    let ada = opened(&*store, "ada").await;
    store.name_account(Naming { name: Some("Ada".to_owned()), ..naming(&ada.id, "u-1") }).await.unwrap();
    delete(&*store, &account(&*store, &ada.id).await).await;

    let gone = account(&*store, &ada.id).await;
    assert_eq!((gone.external_id, gone.name, gone.email), (None, None, None));
    assert_eq!(store.account_of_external_id("u-1").await.unwrap(), None);
    let former = store.former_of_external_id(external("u-1").key).await.unwrap();
    assert_eq!(former, Some(ada.state.former()));
    assert_eq!(store.former_of_external_id(external("u-2").key).await.unwrap(), None);
    assert_conflict(&store.name_account(opening("acct_again", "u-1")).await);

    store.name_account(Naming { reopens: true, ..opening("acct_again", "u-1") }).await.unwrap();
    assert_eq!(store.account_of_external_id("u-1").await.unwrap().as_deref(), Some("acct_again"));
    assert_eq!(store.former_of_external_id(external("u-1").key).await.unwrap(), None);
    delete(&*store, &account(&*store, "acct_again").await).await;
    assert!(store.former_of_external_id(external("u-1").key).await.unwrap().is_some(), "and again");
}

async fn refused_claims_are_listed_once_each_until_they_are_settled_or_an_account_is_deleted(
    database: impl Database,
) {
    let store = database.open().await;
    let ada = opened(&*store, "ada").await;
    let bob = opened(&*store, "bob").await;
    store.name_account(naming(&ada.id, "u-1")).await.unwrap();
    let claim = |external_id: &str, kind, holder: &AccountRecord, at| RefusedClaim {
        external_id: external_id.to_owned(),
        kind,
        account: None,
        holder: Some(holder.id.clone()),
        at: second(at),
    };
    let (first, second_one) =
        (claim("u-2", ClaimKind::Subject, &ada, 1), claim("u-2", ClaimKind::Customer, &bob, 2));
    for listed in [&first, &second_one, &claim("u-2", ClaimKind::Subject, &ada, 3)] {
        store.list_refused_claim(listed.clone()).await.unwrap();
    }
    let listed = store.refused_claims(None, 10).await.unwrap();
    assert_eq!((listed.items, listed.next), (vec![second_one.clone(), first.clone()], None));
    let page = store.refused_claims(None, 1).await.unwrap();
    assert_eq!(page.items, [second_one]);
    assert_eq!(store.refused_claims(page.next, 1).await.unwrap().items, [first]);

    store.name_account(opening("acct_eve", "u-2")).await.unwrap();
    assert!(store.refused_claims(None, 10).await.unwrap().items.is_empty(), "u-2 is an account now");
    store.list_refused_claim(claim("u-3", ClaimKind::Subject, &ada, 4)).await.unwrap();
    store.list_refused_claim(claim("u-1", ClaimKind::Customer, &bob, 5)).await.unwrap();
    delete(&*store, &account(&*store, &ada.id).await).await;
    assert!(store.refused_claims(None, 10).await.unwrap().items.is_empty(), "Ada's ids are forgotten");
    store.list_refused_claim(claim("u-4", ClaimKind::Subject, &ada, 6)).await.unwrap();
    assert!(store.refused_claims(None, 10).await.unwrap().items.is_empty(), "nobody is left to be named");
}

async fn every_account_is_on_one_page(database: impl Database) {
    let store = database.open().await;
    for name in ["c", "a", "e", "b", "d"] {
        opened(&*store, name).await;
    }
    delete(&*store, &account(&*store, "acct_d").await).await;
    let mut found = Vec::new();
    let mut after = String::new();
    loop {
        let page = store.accounts_after(&after, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = last.id.clone();
        found.extend(page.into_iter().map(|account| account.id));
    }
    assert_eq!(found, ["acct_a", "acct_b", "acct_c", "acct_e"]);
}

async fn accounts_are_named_together_or_not_at_all(database: impl Database) {
    let store = database.open().await;
    let expecting = |name: &str, naming| Naming { subject: Some((subject(name), 0)), ..naming };
    let together = vec![
        expecting("ada", opening("acct_ada", "u-1")),
        opening("acct_bob", "u-2"),
        naming("acct_ada", "u-1"),
    ];
    store.name_accounts(together).await.unwrap();
    assert_eq!(store.accounts_after("", 10).await.unwrap().len(), 2);
    let (known, _) = store.subject_and_account(subject("ada")).await.unwrap();
    assert_eq!(known.account.as_deref(), Some("acct_ada"));

    for refused in [opening("acct_dan", "u-1"), expecting("ada", opening("acct_dan", "u-4"))] {
        let together = vec![opening("acct_eve", "u-3"), refused, opening("acct_fay", "u-5")];
        assert_conflict(&store.name_accounts(together).await);
    }
    assert_eq!(store.accounts_after("", 10).await.unwrap().len(), 2, "nothing of it was written");
    store.name_accounts(Vec::new()).await.unwrap();
}

async fn what_is_known_of_an_imports_names_is_said_line_by_line(database: impl Database) {
    let store = database.open().await;
    let (_, named) = imported(1);
    store.name_accounts(vec![named, opening("acct_bob", "u-2"), opening("acct_eve", "u-3")]).await.unwrap();
    delete(&*store, &account(&*store, "acct_eve").await).await;

    let line = |id: &str| ImportNames {
        external: external(id),
        subjects: Vec::new(),
        customer: None,
        subscription: None,
        payments: Vec::new(),
    };
    let nothing = KnownNames::default();
    let (known, _) = store.subject_and_account(subject("acct_1")).await.unwrap();
    let some = |id: &str| Some(id.to_owned());
    let lines_and_known = [
        (line("u-1"), KnownNames { account: KnownAccount::Imported([7; 32]), ..nothing.clone() }),
        (line("u-2"), KnownNames { account: KnownAccount::NotImported, ..nothing.clone() }),
        (line("u-3"), KnownNames { is_former: true, ..nothing.clone() }),
        (
            ImportNames { customer: some("cus_2"), payments: vec!["pi_2".to_owned()], ..line("u-4") },
            nothing.clone(),
        ),
        (
            ImportNames { subjects: vec![subject("acct_1"), subject("eve")], ..line("u-5") },
            KnownNames { subject: known, subject_is_taken: true, ..nothing.clone() },
        ),
        (
            ImportNames { subjects: vec![subject("eve"), subject("acct_1")], ..line("u-6") },
            KnownNames { subject_is_taken: true, ..nothing.clone() },
        ),
        (
            ImportNames { customer: some("cus_1"), ..line("u-7") },
            KnownNames { customer_is_taken: true, ..nothing.clone() },
        ),
        (
            ImportNames { subscription: some("sub_1"), ..line("u-8") },
            KnownNames { subscription_is_taken: true, ..nothing.clone() },
        ),
        (
            ImportNames { payments: vec!["pi_2".to_owned(), "pi_1".to_owned()], ..line("u-9") },
            KnownNames { payment_is_taken: true, ..nothing.clone() },
        ),
    ];
    let (lines, expected): (Vec<_>, Vec<_>) = lines_and_known.into_iter().unzip();
    assert_eq!(store.known_names(lines).await.unwrap(), expected);
    assert_eq!(store.known_names(Vec::new()).await.unwrap(), []);
}
