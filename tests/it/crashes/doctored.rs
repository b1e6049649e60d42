//! The checks of these tests, checked: rows that are right pass, and none that are doctored.

use std::fs::copy;

use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};

use super::{begin, check_rows};
use crate::server::{Kind, Place};

/// Changes that a loss, or counting twice, would make.
const CHANGES: [&str; 11] = [
    "update instance_minute set events_in = events_in + 1 where node = 'n1' and pipeline = 'p1'",
    "update pipeline_minute set bytes_out = bytes_out - 1 where pipeline = 'p2'",
    "update instance_minute set errors = errors + 1 where node = 'n2' and pipeline = 'p3';
     update pipeline_minute set errors = errors + 1 where pipeline = 'p3'",
    "update instance_minute set utilization_count = utilization_count + 1,
         utilization_sum = utilization_sum + 0.5 where node = 'n3' and pipeline = 'p1';
     update pipeline_minute set utilization_count = utilization_count + 1,
         utilization_sum = utilization_sum + 0.5 where pipeline = 'p1'",
    "update component_minute set latency_weight = latency_weight + 2 where node = 'n6'",
    "update instance_state set events_in = events_in - 1 where node = 'n4' and pipeline = 'p2'",
    "delete from log_line where message = (select max(message) from log_line)",
    "insert into log_line select tick + 1000000, ordinal, environment, node, pipeline, at, level,
         message from log_line limit 1",
    "delete from status_event where node = 'n5' and to_status = 'PHASE_1'",
    "insert into status_event select tick + 1, ordinal + 1000, environment, node, pipeline,
         from_status, to_status, reason, at from status_event where to_status = 'PHASE_2' limit 1",
    "delete from status_event where node = 'n2' and pipeline is null",
];

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_are_doctored_do_not_pass() {
    let place = Place::new(Kind::Sqlite).await;
    let (process, load, _) = begin(&place).await;
    load.until_acknowledged(100).await;
    let ledgers = load.rest().await;
    process.stop().await;
    check_rows(&place.database_url, &ledgers).await;

    let file = place.database_url.strip_prefix("sqlite:").unwrap();
    for (number, change) in CHANGES.into_iter().enumerate() {
        let doctored = format!("{file}.{number}");
        copy(file, &doctored).unwrap();
        let url = format!("sqlite:{doctored}");
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        let change = AssertSqlSafe(change);
        let changed = sqlx::raw_sql(change).execute(&mut connection).await.unwrap();
        assert!(changed.rows_affected() > 0, "{}", CHANGES[number]);
        connection.close().await.unwrap();
        let ledgers = ledgers.clone();
        let passed = tokio::spawn(async move { check_rows(&url, &ledgers).await }).await;
        assert!(passed.is_err(), "it was not found: {}", CHANGES[number]);
    }
}
