//! Writes a batch to SQLite, some rows a statement: statements are cheap here, there is no network.

use sqlx::{AssertSqlSafe, SqliteConnection};
use systole_systems::rows::Batch;

use super::bind::{bind, query};
use crate::store::StoreResult;
use crate::store::failure::classify;
use crate::store::flush_rows::{TableRows, groups};
use crate::store::flush_tables::{ADVANCE, first_hour, stale};
use crate::store::value::Statement;

/// Rows in one statement; 17 columns of them stay far below SQLite's 32,766 values.
const ROWS_PER_STATEMENT: usize = 128;

/// Writes `batch` within the transaction of `connection`.
pub(super) async fn write(connection: &mut SqliteConnection, batch: &Batch) -> StoreResult<()> {
    let advance = query(Statement::new(ADVANCE).bind(batch.tick).bind(first_hour(batch)));
    let advanced = advance.fetch_optional(&mut *connection).await.map_err(classify)?;
    if advanced.is_none() {
        return Err(stale(batch.tick));
    }
    for rows in groups(batch).iter().flatten() {
        write_table(&mut *connection, rows).await?;
    }
    Ok(())
}

async fn write_table(connection: &mut SqliteConnection, rows: &TableRows<'_>) -> StoreResult<()> {
    let columns = rows.table.columns.len();
    let row = format!("({})", vec!["?"; columns].join(", "));
    for values in rows.chunks(ROWS_PER_STATEMENT) {
        let count = values.len() / columns;
        let text = format!(
            "with v({}) as (values {}) {}",
            rows.table.column_names(),
            vec![row.as_str(); count].join(", "),
            rows.table.statement("v"),
        );
        // Remainders come in every size; only the full size is worth keeping prepared.
        let query = sqlx::query(AssertSqlSafe(text)).persistent(count == ROWS_PER_STATEMENT);
        let query = values.iter().fold(query, bind);
        query.execute(&mut *connection).await.map_err(classify)?;
    }
    Ok(())
}
