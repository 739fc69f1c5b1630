//! What only a database that several programs share can promise.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use super::schema::{STEPS, Step, migrate_to};
use super::{Address, PostgresStore, migrate};
use crate::store::accounts::AccountStore;
use crate::store::changes::ChangeStore;
use crate::store::contract::{account, opened, second, spend};
use crate::store::error::OpenError;
use crate::store::interface::Store;
use futures_util::future::join_all;
use futures_util::poll;
use tokenwell_stage::Postgres;

fn address() -> Address {
    Address::parse(&Postgres::shared().database()).unwrap()
}

async fn by_hand(address: &Address, sql: &str) {
    let (client, _) = address.connect().await.unwrap();
    client.batch_execute(sql).await.unwrap();
}

#[tokio::test]
async fn instances_that_start_at_once_make_the_schema_once() {
    let address = address();
    let made = join_all((0..4).map(|_| migrate(&address))).await;
    let made: usize = made.into_iter().map(Result::unwrap).sum();
    assert_eq!(made, 1);
    assert_eq!(migrate(&address).await.unwrap(), 0);
}

/// A second version that only adds, and a third that removes what only the first one needs.
const EXPAND: Step = Step { sql: "ALTER TABLE settings ADD COLUMN note TEXT", works_since: 1 };
const CONTRACT: Step = Step { sql: "ALTER TABLE settings RENAME COLUMN value TO bytes", works_since: 2 };

#[tokio::test]
async fn a_program_works_on_with_steps_that_only_add_and_refuses_a_schema_that_it_does_not_work_with() {
    let address = address();
    let old = PostgresStore::open(&address).await.unwrap();
    old.set_setting("before", vec![1]).await.unwrap();

    let second = [STEPS, &[EXPAND]].concat();
    assert_eq!(migrate_to(&address, &second).await.unwrap(), 1);
    assert_eq!(old.setting("before", Vec::new()).await.unwrap(), [1], "the old instance goes on");
    old.set_setting("after", vec![2]).await.unwrap();
    old.close().await;
    PostgresStore::open(&address).await.unwrap().close().await;

    let third = [STEPS, &[EXPAND, CONTRACT]].concat();
    assert_eq!(migrate_to(&address, &third).await.unwrap(), 1);
    assert_eq!(migrate_to(&address, &second).await.unwrap(), 0, "the version before still works");
    let refused = PostgresStore::open(&address).await.map(drop).unwrap_err();
    assert!(matches!(refused, OpenError::NewerSchema { schema: 3, program: 1 }), "{refused}");
    assert_eq!(
        refused.to_string(),
        "its schema (version 3) is for newer versions of tokenwell-server: this one knows version 1"
    );
}

#[tokio::test]
async fn a_step_that_fails_leaves_the_schema_as_it_was() {
    let address = address();
    let fails =
        Step { sql: "CREATE TABLE half (); ALTER TABLE no_such_table ADD COLUMN n BIGINT", works_since: 1 };
    let refused = migrate_to(&address, &[STEPS, &[fails]].concat()).await.unwrap_err();
    assert_eq!(refused.to_string(), "relation \"no_such_table\" does not exist (SQLSTATE 42P01)");
    assert_eq!(migrate(&address).await.unwrap(), 1, "not even the first step was made");
    assert_eq!(migrate_to(&address, &[STEPS, &[EXPAND]].concat()).await.unwrap(), 1);
}

#[tokio::test]
async fn connections_that_the_server_closed_are_replaced_unnoticed() {
    let address = address();
    let store = PostgresStore::open(&address).await.unwrap();
    for n in 0..3_u8 {
        store.set_setting("n", vec![n]).await.unwrap();
        by_hand(
            &address,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .await;
        assert_eq!(store.setting("n", Vec::new()).await.unwrap(), [n]);
    }
}

#[tokio::test]
async fn an_account_that_another_instance_has_locked_delays_no_other() {
    let address = address();
    let store = PostgresStore::open(&address).await.unwrap();
    let names: Vec<String> = (0..10).map(|n| format!("user{n}")).collect();
    let accounts = join_all(names.iter().map(|name| opened(&store, name))).await;

    let (other, _) = address.connect().await.unwrap();
    let lock = format!("BEGIN; SELECT 1 FROM accounts WHERE id = '{}' FOR UPDATE", accounts[0].id);
    other.batch_execute(&lock).await.unwrap();
    let mut locked = std::pin::pin!(store.commit(spend(&accounts[0], "spend", 10, second(1))));
    assert!(poll!(&mut locked).is_pending());
    for round in 0..3 {
        let spends = accounts[1..].iter().map(async |of| {
            let of = account(&store, &of.id).await;
            store.commit(spend(&of, &format!("spend-{round}"), 10, second(1))).await
        });
        join_all(spends).await.into_iter().for_each(|outcome| outcome.unwrap());
        assert!(poll!(&mut locked).is_pending(), "its account is still locked");
    }
    other.batch_execute("ROLLBACK").await.unwrap();
    locked.await.unwrap();
    assert_eq!(account(&store, &accounts[0].id).await.revision, 1);
}

#[tokio::test]
async fn the_host_that_can_be_written_to_is_found_past_hosts_that_hang_or_are_gone() {
    // The system accepts a connection on which nobody ever answers.
    let hangs = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let hangs = hangs.local_addr().unwrap();
    let database = Postgres::shared().database();
    let several = database.replace("postgres@", &format!("postgres@{hangs},127.0.0.1:1,"));
    let address = Address::parse(&several).unwrap();
    let store = PostgresStore::open(&address).await.unwrap();
    store.set_setting("n", vec![1]).await.unwrap();
    store.close().await;
    let standby = format!(
        "ALTER DATABASE {} SET default_transaction_read_only = on",
        database.rsplit('/').next().unwrap()
    );
    by_hand(&Address::parse(&database).unwrap(), &standby).await;
    let refused = PostgresStore::open(&address).await.map(drop).unwrap_err().to_string();
    assert!(refused.contains("database does not allow writes"), "{refused}");
}

#[test]
fn an_address_is_shown_without_user_and_password_and_its_errors_do_not_repeat_it() {
    let address = Address::parse("postgres://ada:secret@db.example.com/tokens?connections=4").unwrap();
    assert_eq!(format!("{address:?}"), "postgres://db.example.com/tokens");
    let address = Address::parse("postgres://ada:secret@one:1,two,three:3/tokens?target_session_attrs=any");
    assert_eq!(format!("{:?}", address.unwrap()), "postgres://one,two,three/tokens");
    for (wrong, words) in [
        ("postgres://ada:secret@db.example.com/tokens?connections=0", "connections is"),
        ("postgres://ada:secret@db.example.com/tokens?sslmode=prefer", "sslmode is"),
        ("postgres://ada:secret@db.example.com/tokens?nonsense=1", "nonsense"),
        ("postgres:///tokens", "no host"),
    ] {
        let error = Address::parse(wrong).unwrap_err();
        for shown in [error.to_string(), format!("{error:?}")] {
            assert!(!shown.contains("secret"), "{shown}");
        }
        assert!(error.to_string().contains(words), "{error}");
    }
}
