//! What only a database that several programs share can promise.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use super::{Address, PostgresStore, migrate};
use crate::store::contract::{account, opened, second, spend};
use crate::store::{AccountStore, ChangeStore, Store};
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

#[tokio::test]
async fn a_program_works_with_steps_that_only_add_and_refuses_a_schema_that_left_it_behind() {
    let address = address();
    migrate(&address).await.unwrap();
    by_hand(&address, "INSERT INTO schema_steps VALUES (2, 1)").await;
    PostgresStore::open(&address).await.unwrap().close().await;
    by_hand(&address, "INSERT INTO schema_steps VALUES (3, 3)").await;
    let refused = PostgresStore::open(&address).await.map(drop).unwrap_err();
    assert_eq!(refused, "its schema (version 3) is of a newer tokenwell-server that left version 1 behind");
}

#[tokio::test]
async fn connections_that_the_server_ended_are_replaced_unnoticed() {
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
async fn an_account_that_another_instance_holds_up_keeps_no_other_waiting() {
    let address = address();
    let store = PostgresStore::open(&address).await.unwrap();
    let names: Vec<String> = (0..10).map(|n| format!("user{n}")).collect();
    let accounts = join_all(names.iter().map(|name| opened(&store, name))).await;

    let (other, _) = address.connect().await.unwrap();
    let held = format!("BEGIN; SELECT 1 FROM accounts WHERE id = '{}' FOR UPDATE", accounts[0].id);
    other.batch_execute(&held).await.unwrap();
    let mut of_held = std::pin::pin!(store.commit(spend(&accounts[0], "spend", 10, second(1))));
    assert!(poll!(&mut of_held).is_pending());
    for round in 0..3 {
        let spends = accounts[1..].iter().map(async |of| {
            let of = account(&store, &of.id).await;
            store.commit(spend(&of, &format!("spend-{round}"), 10, second(1))).await
        });
        join_all(spends).await.into_iter().for_each(|outcome| outcome.unwrap());
        assert!(poll!(&mut of_held).is_pending(), "its account is still held");
    }
    other.batch_execute("ROLLBACK").await.unwrap();
    of_held.await.unwrap();
    assert_eq!(account(&store, &accounts[0].id).await.revision, 1);
}

#[tokio::test]
async fn of_several_hosts_the_one_that_can_be_written_to_is_found_past_those_that_hang_or_are_gone() {
    // The system accepts the connection, and nobody ever answers on it.
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
    let away = PostgresStore::open(&address).await.map(drop).unwrap_err();
    assert!(away.contains("database does not allow writes"), "{away}");
}

#[test]
fn an_address_is_shown_without_its_user_and_password_and_its_mistakes_without_the_address() {
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
        let told = Address::parse(wrong).unwrap_err();
        assert!(told.contains(words) && !told.contains("secret"), "{told}");
    }
}
