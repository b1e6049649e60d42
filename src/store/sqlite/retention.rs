//! Deletes old history in chunks: between two of them others get to write.

use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _, SqlitePool};

use super::Sqlite;
use super::bind::bind;
use crate::store::dialect::Dialect as _;
use crate::store::failure::classify;
use crate::store::flush_tables::Kind::{self, Integer, Real, Text};
use crate::store::resolution::{DAY_MILLIS, MINUTES_PER_DAY};
use crate::store::value::{Statement, Value};
use crate::store::{Forgotten, HistoryKind, StoreResult};

/// Rows a chunk looks at: some ten milliseconds.
const ROWS_PER_CHUNK: usize = 5_000;

/// A table, the columns of its key in order, and the one that says when.
struct Table {
    name: &'static str,
    key: &'static [(&'static str, Kind)],
    time: &'static str,
    /// Its key is in order of time: old rows are the first ones.
    by_time: bool,
}

fn tables(kind: HistoryKind) -> (&'static [Table], u64) {
    macro_rules! by {
        ($name:literal, $time:literal, [$($column:literal $kind:ident),+]) => {
            Table { name: $name, key: &[$(($column, $kind)),+], time: $time, by_time: false }
        };
    }
    macro_rules! in_order {
        ($name:literal) => {
            Table {
                name: $name,
                key: &[("tick", Integer), ("ordinal", Integer)],
                time: "at",
                by_time: true,
            }
        };
    }
    const MINUTES: &[Table] = &[
        by!("instance_minute", "minute", ["pipeline" Text, "node" Text, "minute" Integer]),
        by!("pipeline_minute", "minute", ["pipeline" Text, "minute" Integer]),
        by!(
            "component_minute",
            "minute",
            ["pipeline" Text, "minute" Integer, "node" Text, "component" Text]
        ),
        by!("node_minute", "minute", ["node" Text, "minute" Integer]),
    ];
    const HOURS: &[Table] = &[
        by!("instance_hour", "hour", ["pipeline" Text, "node" Text, "hour" Integer]),
        by!("pipeline_hour", "hour", ["pipeline" Text, "hour" Integer]),
        by!("component_hour", "hour", ["pipeline" Text, "hour" Integer, "component" Text]),
        by!("node_hour", "hour", ["node" Text, "hour" Integer]),
    ];
    const DAYS: &[Table] = &[
        by!("instance_day", "day", ["pipeline" Text, "node" Text, "day" Integer]),
        by!("pipeline_day", "day", ["pipeline" Text, "day" Integer]),
        by!("component_day", "day", ["pipeline" Text, "day" Integer, "component" Text]),
        by!("node_day", "day", ["node" Text, "day" Integer]),
    ];
    const EVENTS: &[Table] = &[in_order!("status_event")];
    const LOGS: &[Table] = &[in_order!("log_line")];
    match kind {
        HistoryKind::Minutes => (MINUTES, u64::from(MINUTES_PER_DAY)),
        HistoryKind::Hours => (HOURS, 24),
        HistoryKind::Days => (DAYS, 1),
        HistoryKind::Events => (EVENTS, DAY_MILLIS),
        HistoryKind::Logs => (LOGS, DAY_MILLIS),
    }
}

/// Deletes the rows of days before `before_day`.
pub(super) async fn delete_old(
    database: &Sqlite,
    kind: HistoryKind,
    before_day: u64,
) -> StoreResult<Forgotten> {
    let (tables, day) = tables(kind);
    let mut forgotten = Forgotten::default();
    for table in tables {
        forgotten.rows += table.delete_before(database, before_day * day).await?;
    }
    Ok(forgotten)
}

impl Table {
    async fn delete_before(&self, database: &Sqlite, before: u64) -> StoreResult<u64> {
        let mut deleted = 0;
        let mut after = self.start();
        loop {
            let end = self.end_of_chunk(&database.readers, &after).await?;
            let delete = self.delete(&after, end.clone(), before);
            let rows = database.write(vec![delete], |_| Ok(())).await?.len();
            deleted += rows as u64;
            let is_past_the_old = self.by_time && rows < ROWS_PER_CHUNK;
            match end {
                Some(end) if !is_past_the_old => after = end,
                Some(_) | None => return Ok(deleted),
            }
        }
    }

    /// A key before all keys.
    fn start(&self) -> Vec<Value<'static>> {
        let least = |(_, kind): &(&str, Kind)| match kind {
            Text => Value::from(String::new()),
            Integer | Real => Value::Integer(Some(-1)),
        };
        self.key.iter().map(least).collect()
    }

    fn columns(&self) -> String {
        self.key.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    }

    /// The last key of the chunk that follows a key; `None`: there are fewer rows.
    async fn end_of_chunk(
        &self,
        readers: &SqlitePool,
        after: &[Value<'static>],
    ) -> StoreResult<Option<Vec<Value<'static>>>> {
        let columns = self.columns();
        let text = format!(
            "select {columns} from {} where ({columns}) > ({}) order by {columns} limit 1 offset {}",
            self.name,
            marks(1, after.len()),
            ROWS_PER_CHUNK - 1,
        );
        let query = after.iter().fold(sqlx::query(AssertSqlSafe(text)), bind);
        let row = query.fetch_optional(readers).await.map_err(classify)?;
        row.map(|row| self.key_of(&row)).transpose()
    }

    fn key_of(&self, row: &SqliteRow) -> StoreResult<Vec<Value<'static>>> {
        let columns = self.key.iter().enumerate();
        let value = |(at, (_, kind)): (usize, &(&str, Kind))| match kind {
            Text => row.try_get::<String, _>(at).map(Value::from),
            Integer | Real => row.try_get::<i64, _>(at).map(|n| Value::Integer(Some(n))),
        };
        columns.map(value).collect::<Result<_, _>>().map_err(classify)
    }

    fn delete(
        &self,
        after: &[Value<'static>],
        end: Option<Vec<Value<'static>>>,
        before: u64,
    ) -> Statement<'static> {
        let (columns, time, keys) = (self.columns(), self.time, after.len());
        let mut values = after.to_vec();
        values.push(Value::from(before));
        let mut text = format!(
            "delete from {} where ({columns}) > ({}) and {time} < ${}",
            self.name,
            marks(1, keys),
            keys + 1,
        );
        if let Some(end) = end {
            text.push_str(&format!(" and ({columns}) <= ({})", marks(keys + 2, keys)));
            values.extend(end);
        }
        text.push_str(&format!(" returning {time}"));
        Statement::assembled(text, values)
    }
}

/// `count` values, the first of which is number `first`.
fn marks(first: usize, count: usize) -> String {
    (first..first + count).map(|at| format!("${at}")).collect::<Vec<_>>().join(", ")
}
