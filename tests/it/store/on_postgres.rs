//! What only Postgres has: a second server, an outage, days, and statements that can be counted.

use std::time::{Duration, Instant};

use sqlx::{Connection as _, PgConnection};
use systole::store::{StoreError, StoreResult, open};
use systole_systems::rows::Batch;
use systole_systems::time::{Millis, Minute, TickNumber};

use super::TestStore;
use super::fixtures::*;
use super::flush::wide_batch;
use crate::postgres_cluster::Cluster;

#[tokio::test]
async fn second_server_is_refused_while_the_first_runs() {
    let test = TestStore::on_postgres().await;
    match open(&test.url).await {
        Err(StoreError::Refused(why)) => assert!(why.contains("another server"), "{why}"),
        other => panic!("not refused: {:?}", other.map(|store| store.kind())),
    }
    test.store.flush(&full_batch(1)).await.unwrap();
    test.store.close().await;
    open(&test.url).await.unwrap();
}

#[tokio::test]
async fn stopped_database_is_reported_soon_and_used_again_once_it_is_back() {
    // Its own, since others use the shared one.
    let cluster = Cluster::start_new();
    let store = open(&cluster.url()).await.unwrap();
    seed(&*store).await;
    store.flush(&full_batch(1)).await.unwrap();

    cluster.stop();
    for _ in 0..2 {
        let asked = Instant::now();
        is_unavailable(store.ping().await);
        is_unavailable(store.flush(&full_batch(2)).await);
        is_unavailable(store.revoke_node("n1").await);
        assert!(asked.elapsed() < Duration::from_secs(12), "{:?}", asked.elapsed());
    }

    cluster.start();
    store.ping().await.unwrap();
    store.flush(&full_batch(2)).await.unwrap();
    store.revoke_node("n1").await.unwrap();
    assert_eq!(store.last_tick().await.unwrap(), TickNumber(2));
    // The lock is held again.
    let second = open(&cluster.url()).await.map(|store| store.kind());
    assert!(matches!(second, Err(StoreError::Refused(_))), "{second:?}");
}

fn is_unavailable(result: StoreResult<()>) {
    assert!(matches!(result, Err(StoreError::Unavailable(_))), "{result:?}");
}

#[tokio::test]
async fn database_that_does_not_answer_is_not_available_at_start() {
    let opened = open("postgres://postgres@localhost/postgres?host=/no/such/directory").await;
    let opened = opened.map(|store| store.kind());
    assert!(matches!(opened, Err(StoreError::Unavailable(_))), "{opened:?}");
}

#[tokio::test]
async fn flush_takes_seven_statements_for_one_row_and_for_a_thousand() {
    let test = TestStore::on_postgres().await;
    seed(&*test.store).await;
    let mut connection = PgConnection::connect(&test.url).await.unwrap();
    sqlx::raw_sql("create extension pg_stat_statements").execute(&mut connection).await.unwrap();
    // The first flush makes the partitions of its day.
    test.store.flush(&wide_batch(1, 1_000)).await.unwrap();

    for (tick, rows) in [(2, 1), (3, 1_000), (4, 1)] {
        let before = statements(&mut connection).await;
        test.store.flush(&wide_batch(tick, rows)).await.unwrap();
        assert_eq!(statements(&mut connection).await - before, 7, "{rows} rows");
    }
    let before = statements(&mut connection).await;
    test.store.flush(&Batch { tick: TickNumber(5), ..Batch::default() }).await.unwrap();
    assert_eq!(statements(&mut connection).await - before, 3, "no rows");
}

/// Statements that this test's database has run, this one left out.
async fn statements(connection: &mut PgConnection) -> i64 {
    sqlx::query_scalar(
        "select coalesce(sum(s.calls), 0)::bigint from pg_stat_statements s
         join pg_database d on d.oid = s.dbid
         where d.datname = current_database() and s.query not like '%pg_stat_statements%'",
    )
    .fetch_one(connection)
    .await
    .unwrap()
}

#[tokio::test]
async fn history_of_several_days_has_a_partition_for_each() {
    let test = TestStore::on_postgres().await;
    seed(&*test.store).await;
    let midnight = 20_000 * 1_440;
    for (tick, minute) in [(1, midnight - 1), (2, midnight), (3, midnight + 30 * 1_440)] {
        let mut batch = full_batch(tick);
        batch.pipeline_minutes[0].minute = Minute(minute);
        batch.logs[0].at = Millis(u64::from(minute) * 60_000);
        test.store.flush(&batch).await.unwrap();
    }
    assert_eq!(test.store.pipeline_minutes("p1", None, Minute(0)).await.unwrap().len(), 3);
    assert_eq!(test.store.logs(&history_of("e1")).await.unwrap().len(), 3);

    let mut connection = PgConnection::connect(&test.url).await.unwrap();
    let log_days: Vec<String> = sqlx::query_scalar(
        "select inhrelid::regclass::text from pg_inherits
         where inhparent = 'log_line'::regclass order by 1",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    // Each day that was written and the day after it; the fixture's day besides.
    let fixture_day = MINUTE.0 / 1_440;
    let mut days = [19_999, 20_000, 20_001, 20_030, 20_031, fixture_day, fixture_day + 1];
    days.sort_unstable();
    let expected: Vec<String> = days.iter().map(|day| format!("log_line_{day}")).collect();
    assert_eq!(log_days, expected);
}
