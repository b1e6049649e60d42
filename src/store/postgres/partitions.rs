//! Partitions of history: made before their first row is written, and dropped when all of them is old.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use sqlx::{AssertSqlSafe, PgConnection, PgPool};
use systole_systems::rows::Batch;
use systole_systems::time::{Millis, Minute};
use tokio::time::sleep;

use crate::store::failure::classify;
use crate::store::resolution::{DAY_MILLIS, MINUTES_PER_DAY};
use crate::store::statements::WAIT_FOR_FLUSH;
use crate::store::{Forgotten, HistoryKind, StoreError, StoreResult};

/// Today, tomorrow, and yesterday's last minutes.
const DAYS_KNOWN_MAX: usize = 3;
/// A drop waits for reads under way, and flushes wait behind it; so it gives up soon and tries again.
const DROP_PATIENCE: &str = "set local lock_timeout = '1s'";
const DROP_ATTEMPTS: u32 = 5;
const DROP_PAUSE: Duration = Duration::from_secs(2);

const PARTITIONS: &str = "\
select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid
where i.inhparent = $1::regclass order by c.relname";

/// Tables of one kind, partitioned alike.
struct Partitioned {
    tables: &'static [&'static str],
    /// What a day is in the column of time, and how many days a partition holds.
    day: u64,
    days: u64,
    storage: &'static str,
}

fn partitioned(kind: HistoryKind) -> Partitioned {
    // Minutes are rewritten until they are over, so their pages keep room for it.
    let (tables, day, days, storage): (&[&str], u64, u64, &str) = match kind {
        HistoryKind::Minutes => (
            &["instance_minute", "pipeline_minute", "component_minute", "node_minute"],
            u64::from(MINUTES_PER_DAY),
            1,
            " with (fillfactor = 70)",
        ),
        HistoryKind::Hours => {
            (&["instance_hour", "pipeline_hour", "component_hour", "node_hour"], 24, 10, "")
        }
        HistoryKind::Days => {
            (&["instance_day", "pipeline_day", "component_day", "node_day"], 1, 100, "")
        }
        HistoryKind::Events => (&["status_event"], DAY_MILLIS, 1, ""),
        HistoryKind::Logs => (&["log_line"], DAY_MILLIS, 1, ""),
    };
    Partitioned { tables, day, days, storage }
}

/// Days since the Unix epoch that are known to have their partitions.
#[derive(Default)]
pub(super) struct Days {
    known: BTreeSet<u64>,
}

impl Days {
    /// Makes the partitions of the days of `batch` and of the days after them: midnight finds its
    /// partitions made, and what a new day costs is paid by its first batch.
    pub(super) async fn prepare(
        &mut self,
        connection: &mut PgConnection,
        batch: &Batch,
    ) -> StoreResult<()> {
        let wanted: BTreeSet<u64> =
            days_of(batch).into_iter().flat_map(|day| [day, day + 1]).collect();
        let new_days: Vec<u64> = wanted.difference(&self.known).copied().collect();
        if new_days.is_empty() {
            return Ok(());
        }
        // One transaction, which takes turns with deletions: both lock the tables of history.
        let mut script = format!("{WAIT_FOR_FLUSH};\n");
        for day in new_days {
            for kind in [HistoryKind::Minutes, HistoryKind::Events, HistoryKind::Logs] {
                append_partitions(kind, day, &mut script);
            }
        }
        sqlx::raw_sql(AssertSqlSafe(script)).execute(connection).await.map_err(classify)?;
        self.known.extend(wanted);
        // Older ones may have been dropped again before a late batch asks for them.
        while DAYS_KNOWN_MAX < self.known.len() {
            self.known.pop_first();
        }
        Ok(())
    }
}

fn days_of(batch: &Batch) -> BTreeSet<u64> {
    let of_minute = |minute: Minute| u64::from(minute.0 / MINUTES_PER_DAY);
    let of_instant = |at: Millis| at.0 / DAY_MILLIS;
    let minutes = batch.node_minutes.iter().map(|row| of_minute(row.minute));
    minutes
        .chain(batch.instance_minutes.iter().map(|row| of_minute(row.minute)))
        .chain(batch.pipeline_minutes.iter().map(|row| of_minute(row.minute)))
        .chain(batch.component_minutes.iter().map(|row| of_minute(row.minute)))
        .chain(batch.status_events.iter().map(|row| of_instant(row.at)))
        .chain(batch.logs.iter().map(|row| of_instant(row.at)))
        .collect()
}

/// Makes the partitions of hours and days that a day is rolled up to.
pub(super) async fn prepare_rollup(pool: &PgPool, day: u64) -> StoreResult<()> {
    let mut script = format!("{WAIT_FOR_FLUSH};\n");
    append_partitions(HistoryKind::Hours, day, &mut script);
    append_partitions(HistoryKind::Days, day, &mut script);
    sqlx::raw_sql(AssertSqlSafe(script)).execute(pool).await.map(drop).map_err(classify)
}

fn append_partitions(kind: HistoryKind, day: u64, script: &mut String) {
    let Partitioned { tables, day: units, days, storage } = partitioned(kind);
    let number = day / days;
    let (from, to) = (number * days * units, (number + 1) * days * units);
    for table in tables {
        writeln!(
            script,
            "create table if not exists {table}_{number} partition of {table} \
             for values from ({from}) to ({to}){storage};"
        )
        .expect("a string takes what is written");
    }
}

/// Drops the partitions that hold nothing but days before `before_day`, each in its turn.
pub(super) async fn drop_old(
    pool: &PgPool,
    kind: HistoryKind,
    before_day: u64,
) -> StoreResult<Forgotten> {
    let Partitioned { tables, days, .. } = partitioned(kind);
    let mut forgotten = Forgotten::default();
    for table in tables {
        for name in names(pool, table).await? {
            if number(&name).is_some_and(|number| (number + 1) * days <= before_day) {
                drop_patiently(pool, &name).await?;
                forgotten.partitions += 1;
            }
        }
    }
    Ok(forgotten)
}

/// The first day that there is a partition of.
pub(super) async fn first_day(pool: &PgPool, kind: HistoryKind) -> StoreResult<u64> {
    let Partitioned { tables, days, .. } = partitioned(kind);
    let mut first = u64::MAX;
    for table in tables {
        let numbers = names(pool, table).await?.into_iter().filter_map(|name| number(&name));
        first = numbers.map(|number| number * days).fold(first, u64::min);
    }
    Ok(first)
}

async fn names(pool: &PgPool, table: &str) -> StoreResult<Vec<String>> {
    sqlx::query_scalar(PARTITIONS).bind(table).fetch_all(pool).await.map_err(classify)
}

fn number(partition: &str) -> Option<u64> {
    partition.rsplit('_').next()?.parse().ok()
}

/// Drops one partition between the reads of others.
async fn drop_patiently(pool: &PgPool, name: &str) -> StoreResult<()> {
    let script = format!("{DROP_PATIENCE}; drop table {name};");
    for _ in 1..DROP_ATTEMPTS {
        match drop_now(pool, &script).await {
            Err(StoreError::Unavailable(_)) => sleep(DROP_PAUSE).await,
            settled @ (Ok(())
            | Err(
                StoreError::Conflict(_) | StoreError::NotFound | StoreError::Refused(_),
            )) => {
                return settled;
            }
        }
    }
    drop_now(pool, &script).await
}

async fn drop_now(pool: &PgPool, script: &str) -> StoreResult<()> {
    let script = AssertSqlSafe(script.to_owned());
    sqlx::raw_sql(script).execute(pool).await.map(drop).map_err(classify)
}
