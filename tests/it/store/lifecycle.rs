//! Opening, closing and the version of the schema.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};
use systole::store::{StoreError, open};

use super::fixtures::*;
use super::{TestStore, on_both_stores};

on_both_stores!(
    closed_and_opened_again_it_holds_the_same,
    closed_store_is_not_available,
    identity_is_made_once_whoever_asks_and_kept,
    database_without_an_identity_gets_one_when_it_is_opened_by_this_version,
    schema_of_a_newer_version_is_refused,
    schema_made_by_another_text_is_refused,
);

async fn closed_and_opened_again_it_holds_the_same(test: TestStore) {
    seed(&*test.store).await;
    test.store.flush(&full_batch(4)).await.unwrap();
    test.store.ping().await.unwrap();
    let before = everything(&*test.store).await.unwrap();
    test.store.close().await;
    let store = open(&test.url).await.unwrap();
    assert_eq!(store.kind(), test.store.kind());
    assert_eq!(everything(&*store).await.unwrap(), before);
    store.flush(&full_batch(5)).await.unwrap();
}

async fn closed_store_is_not_available(test: TestStore) {
    test.store.close().await;
    let answer = test.store.ping().await;
    assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
}

async fn identity_is_made_once_whoever_asks_and_kept(test: TestStore) {
    let store = &test.store;
    let (first, second, third) = tokio::join!(store.identity(), store.identity(), store.identity());
    let identity = first.unwrap();
    assert_eq!((second.unwrap(), third.unwrap()), (identity.clone(), identity.clone()));
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    assert!(identity.len() == 32 && identity.bytes().all(is_hex), "{identity}");

    store.close().await;
    let store = open(&test.url).await.unwrap();
    assert_eq!(store.identity().await.unwrap(), identity);
    let other = TestStore::on_sqlite().await;
    assert_ne!(other.store.identity().await.unwrap(), identity);
}

async fn database_without_an_identity_gets_one_when_it_is_opened_by_this_version(test: TestStore) {
    seed(&*test.store).await;
    test.store.close().await;
    let back = "drop table store_identity; delete from schema_migration where number = 2";
    run_sql(&test, back).await;
    let store = open(&test.url).await.unwrap();
    assert_eq!(store.identity().await.unwrap(), store.identity().await.unwrap());
    assert_eq!(store.load_nodes("", 10).await.unwrap().len(), 3);
}

async fn schema_of_a_newer_version_is_refused(test: TestStore) {
    let newer = "insert into schema_migration (number, checksum) values (9999, 'new')";
    check_refused(test, newer, "9999").await;
}

async fn schema_made_by_another_text_is_refused(test: TestStore) {
    let edited = "update schema_migration set checksum = 'edited'";
    check_refused(test, edited, "another text").await;
}

async fn check_refused(test: TestStore, change: &str, reason: &str) {
    test.store.close().await;
    run_sql(&test, change).await;
    match open(&test.url).await {
        Err(StoreError::Refused(why)) => assert!(why.contains(reason), "{why}"),
        other => panic!("not refused: {:?}", other.map(|store| store.kind())),
    }
}

async fn run_sql(test: &TestStore, sql: &str) {
    let sql = AssertSqlSafe(sql.to_owned());
    if test.store.kind() == "sqlite" {
        let mut connection = SqliteConnection::connect(&test.url).await.unwrap();
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    } else {
        let mut connection = PgConnection::connect(&test.url).await.unwrap();
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    }
}

#[tokio::test]
async fn url_of_no_known_database_is_refused() {
    for url in ["", "mysql://host/db", "systole.db", "sqlite:", "sqlite::memory:"] {
        let opened = open(url).await.map(|store| store.kind());
        assert!(matches!(opened, Err(StoreError::Refused(_))), "{url}: {opened:?}");
    }
}

#[tokio::test]
async fn file_that_cannot_be_made_is_not_available() {
    let opened = open("sqlite:/no/such/directory/systole.db").await.map(|store| store.kind());
    assert!(matches!(opened, Err(StoreError::Unavailable(_))), "{opened:?}");
}

#[tokio::test]
async fn file_held_by_another_process_is_not_available_until_it_is_let_go() {
    let test = TestStore::on_sqlite().await;
    seed(&*test.store).await;
    let mut other = SqliteConnection::connect(&test.url).await.unwrap();
    sqlx::raw_sql("begin immediate").execute(&mut other).await.unwrap();
    let flushed = test.store.flush(&full_batch(1)).await;
    assert!(matches!(flushed, Err(StoreError::Unavailable(_))), "{flushed:?}");
    // Reading goes on.
    assert_eq!(test.store.load_nodes("", 10).await.unwrap().len(), 3);
    sqlx::raw_sql("rollback").execute(&mut other).await.unwrap();
    test.store.flush(&full_batch(1)).await.unwrap();
}
