//! Reads of history on Postgres: a chart of seven days of a pipeline on 100 nodes, and searches in ten million log
//! lines; and what the indices of log lines add to a flush. Prints a table.
//!
//! Needs a cluster in SYSTOLE_TEST_POSTGRES: `scripts/with-postgres cargo bench --bench history`. Fills a database
//! of its own, which takes some minutes and 6 GB. SYSTOLE_BENCH_LINES says how many lines.

#![expect(clippy::unwrap_used, reason = "a bench that cannot go on ends")]
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use systole::history::hosts;
use systole::history::range::Range;
use systole::history::volume::{breakdown, latency, series};
use systole::store::retention::Retention;
use systole::store::{Breakdown, HistoryQuery, Hour, RolledUp, Store, VolumeOf, open};
use systole_systems::answer::Unflushed;
use systole_systems::report::LogLevel;
use systole_systems::rows::{Batch, InstanceRef, LogRow};
use systole_systems::time::{Millis, TickNumber};
use systole_systems::words::words;

const LINES: u64 = 10_000_000;
const ROUNDS: usize = 20;
/// A page and the line that tells whether there is another.
const PAGE: u32 = 101;
const DAY_MILLIS: u64 = 86_400_000;
/// What a flush wrote to before there was a search.
const DROP_INDICES: &str =
    "drop index log_line_words, log_line_of_severity, log_line_of_environment";

fn main() {
    let Ok(cluster) = std::env::var("SYSTOLE_TEST_POSTGRES") else {
        println!("run it with scripts/with-postgres");
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run(&cluster));
}

async fn run(cluster: &str) {
    let lines = std::env::var("SYSTOLE_BENCH_LINES").map_or(LINES, |text| text.parse().unwrap());
    // Noon of some day: history begins with whole days.
    let day = 20_800;
    let now = Millis(day * DAY_MILLIS);
    let url = fill(cluster, day, lines).await;
    let store = open(&url).await.unwrap();
    roll_up(&*store, day).await;
    store.close().await;

    sizes(&url).await;

    let range = Range::named("7d", now, &Retention::default()).unwrap();
    let live = Unflushed::default();
    let of_pipeline = VolumeOf::Pipeline("p0".into());
    let of_instance = VolumeOf::Instance { pipeline: "p0".into(), node: "n7".into() };
    let day_range = Range::named("1d", now, &Retention::default()).unwrap();
    check(&url, "7 days of a pipeline, all nodes", async |store| {
        series(store, &of_pipeline, &range, &live).await.unwrap().len()
    })
    .await;
    check(&url, "7 days of a pipeline on one node", async |store| {
        series(store, &of_instance, &range, &live).await.unwrap().len()
    })
    .await;
    check(&url, "1 day of a pipeline by 5 minutes", async |store| {
        series(store, &of_pipeline, &day_range, &live).await.unwrap().len()
    })
    .await;
    check(&url, "7 days of latency by component", async |store| {
        latency(store, "p0", &range, &live).await.unwrap().len()
    })
    .await;
    check(&url, "7 days of 5 pipelines by node", async |store| {
        breakdown(store, "e1", Breakdown::Nodes, (&range, &live)).await.unwrap().len()
    })
    .await;
    check(&url, "7 days of a host", async |store| {
        hosts::series(store, "n7", &range, &live).await.unwrap().len()
    })
    .await;
    let minutes = Range::between(
        Millis(now.0 - 7 * DAY_MILLIS),
        Millis(now.0 - 7 * DAY_MILLIS + 500 * 60_000),
        now,
        &Retention::default(),
    );
    let minutes = minutes.unwrap();
    check(&url, "500 single minutes, 7 days ago", async |store| {
        series(store, &of_pipeline, &minutes, &live).await.unwrap().len()
    })
    .await;

    for (what, text) in [
        ("in each second line", "timeout"),
        ("in 1 of 100", "refused"),
        ("in 1 of 1,000", "deadlock"),
        ("in 1 of 500,000", "quux"),
        ("in all lines of an hour, 2 days ago", "incident"),
        ("nowhere", "absent"),
        ("a prefix, in 1 of 1,000", "deadl*"),
        ("two words, each frequent, never together", "established checkpoint"),
    ] {
        search(
            &url,
            &format!("log search, a word {what}"),
            HistoryQuery { words: words(text), ..HistoryQuery::default() },
        )
        .await;
    }
    let since = Some(Millis(now.0 - DAY_MILLIS - 3_600_000));
    let until = Some(Millis(now.0 - DAY_MILLIS));
    for (what, query) in [
        ("the newest lines", HistoryQuery::default()),
        ("errors", HistoryQuery { levels: vec![LogLevel::Error], ..HistoryQuery::default() }),
        ("an hour of yesterday", HistoryQuery { since, until, ..HistoryQuery::default() }),
        (
            "a word in 1 of 1,000 of a node",
            HistoryQuery {
                words: words("deadlock"),
                node: Some("n51".into()),
                ..HistoryQuery::default()
            },
        ),
    ] {
        search(&url, &format!("logs: {what}"), query).await;
    }

    let with = flush_cost(&url, 1_000_000).await;
    raw(&url, DROP_INDICES).await;
    let without = flush_cost(&url, 2_000_000).await;
    println!(
        "flush of a log line: {with:.1} us, without the indices of words, severity and environment {without:.1} us"
    );
}

/// A database with everything in it.
async fn fill(cluster: &str, day: u64, lines: u64) -> String {
    let name = format!("systole_history_{}", std::process::id());
    raw(cluster, &format!("create database {name}")).await;
    let (server, options) = cluster.split_once('?').unwrap_or((cluster, ""));
    let (server, _) = server.rsplit_once('/').unwrap();
    let url = format!("{server}/{name}?{options}");
    open(&url).await.unwrap().close().await;
    let began = Instant::now();
    let script = include_str!("history/fill.sql");
    let script = script.replace("$DAY", &day.to_string()).replace("$LINES", &lines.to_string());
    raw(&url, &script).await;
    println!("filled with {lines} log lines in {:.0} s", began.elapsed().as_secs_f64());
    url
}

async fn raw(url: &str, script: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let script = AssertSqlSafe(script.to_owned());
    sqlx::raw_sql(script).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn roll_up(store: &dyn Store, day: u64) {
    let began = Instant::now();
    let mut hours = 0;
    while let RolledUp::Done(_) = store.roll_up_hour(Hour(day as u32 * 24)).await.unwrap() {
        hours += 1;
    }
    let spent = began.elapsed() / hours;
    println!("rolled up {hours} hours of 500 instances and 100 hosts, {spent:.1?} each");
}

/// Prints what a row takes, indices included.
async fn sizes(url: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    for table in ["log_line", "instance_minute", "node_minute", "component_minute", "instance_hour"]
    {
        let size = format!(
            "select (sum(pg_total_relation_size(inhrelid)) / (select count(*) from {table}))::bigint \
             from pg_inherits where inhparent = '{table}'::regclass"
        );
        let bytes: i64 =
            sqlx::query_scalar(AssertSqlSafe(size)).fetch_one(&mut connection).await.unwrap();
        println!("a row of {table} takes {bytes} bytes");
    }
    connection.close().await.unwrap();
}

async fn search(url: &str, what: &str, query: HistoryQuery) {
    let query = HistoryQuery { environments: vec!["e1".into()], limit: PAGE, ..query };
    check(url, what, async |store| store.logs(&query).await.unwrap().len()).await;
}

/// Prints the first time on new connections, and the middle and longest of some rounds.
async fn check(url: &str, what: &str, read: impl AsyncFn(&dyn Store) -> usize) {
    let mut firsts = Vec::new();
    let mut rounds = Vec::new();
    let mut rows = 0;
    for _ in 0..3 {
        let store: Arc<dyn Store> = open(url).await.unwrap();
        store.ping().await.unwrap();
        for round in 0..=ROUNDS {
            let began = Instant::now();
            rows = read(&*store).await;
            let times = if round == 0 { &mut firsts } else { &mut rounds };
            times.push(began.elapsed());
        }
        store.close().await;
    }
    firsts.sort_unstable();
    rounds.sort_unstable();
    let millis = |time: Duration| time.as_secs_f64() * 1_000.0;
    println!(
        "{what}: {rows} rows; first p50 {:.1} ms, max {:.1} ms; then p50 {:.1} ms, max {:.1} ms",
        millis(firsts[firsts.len() / 2]),
        millis(firsts[firsts.len() - 1]),
        millis(rounds[rounds.len() / 2]),
        millis(rounds[rounds.len() - 1]),
    );
}

/// Microseconds that a line costs in batches of five thousand, merging of the index of words included.
async fn flush_cost(url: &str, first_tick: u64) -> f64 {
    let store = open(url).await.unwrap();
    let (batches, lines) = (40, 5_000);
    let mut spent = Duration::ZERO;
    for number in 0..batches {
        let tick = TickNumber(first_tick + number);
        let line = |ordinal: u32| LogRow {
            tick,
            ordinal,
            instance: InstanceRef {
                node: format!("n{}", ordinal * 17 % 1_000),
                pipeline: format!("p{}", ordinal % 10),
            },
            at: Millis(20_800 * DAY_MILLIS + number),
            level: LogLevel::Info,
            message: format!(
                "GET /api/v1/users/{} 200 in {} ms request_id={:016x}",
                ordinal * 7_919 % 100_000,
                ordinal % 900,
                (number * 5_000 + u64::from(ordinal)).wrapping_mul(0x9e37_79b9_7f4a_7c15),
            ),
        };
        let batch = Batch { tick, logs: (0..lines).map(line).collect(), ..Batch::default() };
        let began = Instant::now();
        store.flush(&batch).await.unwrap();
        spent += began.elapsed();
    }
    store.close().await;
    spent.as_secs_f64() * 1e6 / (batches * u64::from(lines)) as f64
}
