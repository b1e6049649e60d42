//! Partitions of history, one a day, made before the first row of their day is written.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use sqlx::{AssertSqlSafe, PgConnection};
use systole_systems::rows::Batch;
use systole_systems::time::{MINUTE_MILLIS, Millis, Minute};

use crate::store::StoreResult;
use crate::store::failure::classify;
use crate::store::statements::WAIT_FOR_FLUSH;

const MINUTES_PER_DAY: u64 = 24 * 60;
/// Rewritten until their minute is over, so their pages keep room for it.
const MINUTE_TABLES: [&str; 4] =
    ["instance_minute", "pipeline_minute", "component_minute", "node_minute"];
const EVENT_TABLES: [&str; 2] = ["status_event", "log_line"];

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
            append_partitions(day, &mut script);
        }
        sqlx::raw_sql(AssertSqlSafe(script)).execute(connection).await.map_err(classify)?;
        self.known.extend(wanted);
        Ok(())
    }
}

fn days_of(batch: &Batch) -> BTreeSet<u64> {
    let of_minute = |minute: Minute| u64::from(minute.0) / MINUTES_PER_DAY;
    let of_instant = |at: Millis| at.0 / (MINUTES_PER_DAY * MINUTE_MILLIS);
    let minutes = batch.node_minutes.iter().map(|row| of_minute(row.minute));
    minutes
        .chain(batch.instance_minutes.iter().map(|row| of_minute(row.minute)))
        .chain(batch.pipeline_minutes.iter().map(|row| of_minute(row.minute)))
        .chain(batch.component_minutes.iter().map(|row| of_minute(row.minute)))
        .chain(batch.status_events.iter().map(|row| of_instant(row.at)))
        .chain(batch.logs.iter().map(|row| of_instant(row.at)))
        .collect()
}

fn append_partitions(day: u64, script: &mut String) {
    for (tables, span, storage) in [
        (&MINUTE_TABLES[..], MINUTES_PER_DAY, " with (fillfactor = 70)"),
        (&EVENT_TABLES[..], MINUTES_PER_DAY * MINUTE_MILLIS, ""),
    ] {
        for table in tables {
            let (from, to) = (day * span, (day + 1) * span);
            writeln!(
                script,
                "create table if not exists {table}_{day} partition of {table} \
                 for values from ({from}) to ({to}){storage};"
            )
            .expect("a string takes what is written");
        }
    }
}
