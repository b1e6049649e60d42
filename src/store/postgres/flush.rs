//! Writes a batch to Postgres: one statement a group of tables, rows as arrays, however many there are.

use std::sync::LazyLock;

use sqlx::{Connection as _, PgConnection};
use systole_systems::rows::Batch;

use super::bind::{bind_columns, query};
use crate::store::StoreResult;
use crate::store::failure::classify;
use crate::store::flush_rows::{TableRows, groups};
use crate::store::flush_tables::{ADVANCE, FlushTable, first_hour, stale};
use crate::store::value::Statement;

/// The statement of each group.
static STATEMENTS: LazyLock<[String; 4]> =
    LazyLock::new(|| groups(&Batch::default()).map(|tables| statement(&tables)));

/// Writes `batch` in a transaction of its own: seven statements with its begin and end, fewer when
/// a group has no rows.
pub(super) async fn write(connection: &mut PgConnection, batch: &Batch) -> StoreResult<()> {
    let mut transaction = connection.begin().await.map_err(classify)?;
    let advance = query(Statement::new(ADVANCE).bind(batch.tick).bind(first_hour(batch)));
    let advanced = advance.fetch_optional(&mut *transaction).await.map_err(classify)?;
    if advanced.is_none() {
        transaction.rollback().await.map_err(classify)?;
        return Err(stale(batch.tick));
    }
    for (tables, text) in groups(batch).iter().zip(&*STATEMENTS) {
        if tables.iter().all(TableRows::is_empty) {
            continue;
        }
        let query = tables.iter().fold(sqlx::query(text.as_str()), bind_columns);
        query.execute(&mut *transaction).await.map_err(classify)?;
    }
    transaction.commit().await.map_err(classify)
}

/// One statement that writes all tables of a group.
fn statement(tables: &[TableRows<'_>]) -> String {
    let mut values = 0;
    let writes: Vec<String> = tables
        .iter()
        .enumerate()
        .map(|(position, rows)| {
            let first = values + 1;
            values += rows.table.columns.len();
            format!("written_{position} as ({})", write_table(rows.table, first))
        })
        .collect();
    format!("with {} select 1", writes.join(", "))
}

/// Writes a table from arrays, the first of which is value number `first`.
fn write_table(table: &FlushTable, first: usize) -> String {
    let arrays: Vec<String> =
        (first..first + table.columns.len()).map(|position| format!("${position}")).collect();
    let source = format!("unnest({}) as v({})", arrays.join(", "), table.column_names());
    table.statement(&source)
}
