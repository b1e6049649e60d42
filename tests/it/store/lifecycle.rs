//! Opening, closing and the version of the schema.

use sha2::{Digest as _, Sha256};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};
use systole::store::{HistoryQuery, Hour, StoreError, open};
use systole_systems::words::words;

use super::fixtures::*;
use super::{TestStore, on_both_stores};

on_both_stores!(
    closed_and_opened_again_it_holds_the_same,
    closed_store_is_not_available,
    identity_is_made_once_whoever_asks_and_kept,
    database_of_the_first_version_is_brought_up_to_date_with_all_it_holds,
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

async fn database_of_the_first_version_is_brought_up_to_date_with_all_it_holds(test: TestStore) {
    test.store.close().await;
    let (first, everything) = if test.store.kind() == "sqlite" {
        let directory = std::path::Path::new(test.url.strip_prefix("sqlite:").unwrap());
        std::fs::remove_file(directory).unwrap();
        (include_str!("../../../migrations/sqlite/0001_fleet.sql"), "select 1")
    } else {
        let everything = "drop schema public cascade; create schema public";
        (include_str!("../../../migrations/postgres/0001_fleet.sql"), everything)
    };
    run_sql(&test, everything).await;
    run_sql(&test, first).await;
    let checksum: String = Sha256::digest(first).iter().map(|byte| format!("{byte:02x}")).collect();
    let day = MINUTE.0 / 1_440;
    run_sql(
        &test,
        &format!(
            "create table schema_migration (number bigint primary key, checksum text not null);
         insert into schema_migration values (1, '{checksum}');"
        ),
    )
    .await;
    if test.store.kind() == "postgres" {
        let (from, to) = (day * 1_440, (day + 1) * 1_440);
        let millis = |minute: u32| u64::from(minute) * 60_000;
        run_sql(
            &test,
            &format!(
                "create table pipeline_minute_{day} partition of pipeline_minute
                for values from ({from}) to ({to});
             create table log_line_{day} partition of log_line
                for values from ({}) to ({});",
                millis(from),
                millis(to)
            ),
        )
        .await;
    }
    run_sql(
        &test,
        &format!(
            "insert into pipeline_minute values ('p1', {}, 1, 2, 3, 4, 5, 6, 0, 0, 0, 0);
         insert into log_line values (1, 2, 'e1', 'n1', 'p1', {}, 'INFO', 'an old line');",
            MINUTE.0, NOW.0
        ),
    )
    .await;

    let store = open(&test.url).await.unwrap();
    assert_eq!(store.identity().await.unwrap(), store.identity().await.unwrap());
    assert_eq!(store.next_hour().await.unwrap(), Hour(MINUTE.0 / 60));
    let query = HistoryQuery { words: words("OLD"), ..history_of("e1") };
    assert_eq!(store.logs(&query).await.unwrap().len(), 1);
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
        let mut connection =
            SqliteConnection::connect(&format!("{}?mode=rwc", test.url)).await.unwrap();
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
